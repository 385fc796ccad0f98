"""A search drawn as a tree for a person to read."""

from favsync.query import tree
from favsync.query.fields import Gone, NumberField, OrderKey
from favsync.query.printer import print_term
from favsync.query.range_text import span_text

_INDENT = "  "
_UNITS = {
    NumberField.WIDTH: " pixels",
    NumberField.HEIGHT: " pixels",
    NumberField.MPIXELS: " megapixels",
    NumberField.FILESIZE: " bytes",
    NumberField.DURATION: " seconds",
}
_HUNDREDTHS = {NumberField.MPIXELS, NumberField.RATIO}
_ROWS = {
    None: "favorites of today",
    Gone.ANY: "former favorites",
    Gone.UNFAVORITED: "former favorites that were removed from the list",
    Gone.MOVED: "former favorites that were moved to the parent post",
    Gone.DESTROYED: "former favorites that the site destroyed",
    Gone.UNKNOWN: "former favorites for which the site does not say why",
}


def explain(search: tree.Search) -> str:
    """Several lines without an end of line after the last: the rows, the tree, the order, the limit."""
    whose = f"of {', '.join(search.accounts)}" if search.accounts else "of all accounts"
    lines = [f"{_ROWS[search.gone]}, {whose}", *_tree(search.where, "")]
    lines.append(f"ordered by {_order(search)}")
    if search.limit is not None:
        lines.append(f"the first {search.limit:,} of them")
    return "\n".join(lines)


def _tree(node: tree.Node, indent: str) -> list[str]:
    match node:
        case tree.And(()):
            return [f"{indent}everything"]
        case tree.And(terms):
            words = "all of"
        case tree.Or(terms):
            words = "at least one of"
        case tree.Not(term):
            words, terms = "not", (term,)
        case _:
            return [f"{indent}{_leaf(node)}"]
    return [f"{indent}{words}", *(line for term in terms for line in _tree(term, indent + _INDENT))]


def _leaf(node: tree.Node) -> str:
    match node:
        case tree.Tag(name, category) | tree.Wildcard(name, category):
            words = "the tag" if isinstance(node, tree.Tag) else "a tag like"
            return f"{words} {name} of the category {category}" if category else f"{words} {name}"
        case tree.NumberIn(field, spans):
            return f"{field} {' or '.join(_span(field, span) for span in spans)}"
        case tree.MomentIn(field, periods):
            return f"{field} {' or '.join(_period(period) for period in periods)}"
        case tree.TextHas(text):
            return f"a description with the words {' '.join(text)}"
        case _:
            return print_term(node)


def _span(field: NumberField, span: tree.Span) -> str:
    unit = _UNITS.get(field, "")
    if field is NumberField.DURATION:
        return span_text(field, span) + unit
    if span.low is None or span.high is None:
        bound = span.low if span.low is not None else span.high
        return f"{'at least' if span.low is not None else 'at most'} {_number(field, bound or 0)}{unit}"
    if span.low == span.high:
        return f"{_number(field, span.low)}{unit}"
    return f"{_number(field, span.low)} to {_number(field, span.high)}{unit}"


def _number(field: NumberField, number: int | float) -> str:
    if field in _HUNDREDTHS:
        return f"{number / 100:,.2f}"
    return str(number) if field is NumberField.ID else f"{number:,}"


def _period(period: tree.Period) -> str:
    start = f"from {period.start} on" if period.start is not None else ""
    end = f"before {period.end}" if period.end is not None else ""
    return ", ".join(filter(None, (start, end)))


def _order(search: tree.Search) -> str:
    order = search.order
    match order.key:
        case OrderKey.RANDOM:
            return "chance" if order.seed is None else f"chance, as the seed {order.seed} has it"
        case OrderKey.FAVORITED if search.gone is not None:
            return f"favorited, {'last' if order.descending else 'first'} removed first"
        case OrderKey.FAVORITED | OrderKey.CREATED | OrderKey.UPDATED:
            return f"{order.key}, {'newest' if order.descending else 'oldest'} first"
        case _:
            return f"{order.key}, {'highest' if order.descending else 'lowest'} first"
