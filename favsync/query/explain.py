"""A search drawn as a tree for a person to read."""

from decimal import Decimal
from math import inf, nextafter
from typing import assert_never

from favsync.query import tree
from favsync.query.fields import Gone, NumberField, OrderKey, Part

_INDENT = "  "
_UNITS = {
    NumberField.WIDTH: " pixels",
    NumberField.HEIGHT: " pixels",
    NumberField.MPIXELS: " megapixels",
    NumberField.FILESIZE: " bytes",
    NumberField.DURATION: " seconds",
}
_HUNDREDTHS = {NumberField.MPIXELS, NumberField.RATIO}
_PARTS = {
    Part.PARENT: "ischild:true",
    Part.CHILD: "isparent:true",
    Part.POOL: "inpool:true",
    Part.SOURCE: "hassource:true",
    Part.DESCRIPTION: "hasdescription:true",
    Part.APPROVER: "approver:any",
}
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
    order = search.order
    match order.key:
        case OrderKey.RANDOM:
            words = "chance" if order.seed is None else f"chance, as the seed {order.seed} has it"
        case OrderKey.FAVORITED if search.gone is not None:
            words = f"favorited, {'last' if order.descending else 'first'} removed first"
        case OrderKey.FAVORITED | OrderKey.CREATED | OrderKey.UPDATED:
            words = f"{order.key}, {'newest' if order.descending else 'oldest'} first"
        case _:
            words = f"{order.key}, {'highest' if order.descending else 'lowest'} first"
    lines.append(f"ordered by {words}")
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
            spelled = []
            for period in periods:
                start = f"from {period.start} on" if period.start is not None else ""
                end = f"before {period.end}" if period.end is not None else ""
                spelled.append(", ".join(filter(None, (start, end))))
            return f"{field} {' or '.join(spelled)}"
        case tree.TextHas(text):
            return f"a description with the words {' '.join(text)}"
        case _:
            return term_text(node)


def term_text(node: tree.Node) -> str:  # noqa: PLR0911, PLR0912 -- one line for each node
    """Write a term as the language has it, where that says enough: no tag, number, moment or text."""
    match node:
        case tree.RatingIs(rating):
            return f"rating:{rating}"
        case tree.TypeIs(ext):
            return valued("type", ext)
        case tree.StatusIs(status):
            return f"status:{status}"
        case tree.Has(part):
            return _PARTS[part]
        case tree.ParentIs(number):
            return f"parent:{number}"
        case tree.PoolIs(number):
            return f"pool:{number}"
        case tree.ApproverIs(number):
            return f"approver:!{number}"
        case tree.SourceLike(pattern):
            # Without the `*` at the end, unless nothing else is left, or what is left would be another word.
            shorter = pattern.removesuffix("*")
            is_told = shorter.strip() and shorter.lower() not in {"any", "none"}
            return valued("source", shorter if is_told else pattern)
        case tree.DeletedBecause(pattern):
            return valued("delreason", pattern)
        case tree.DescriptionHas(text):
            return valued("description", text)
        case tree.Md5Is(digests):
            return f"md5:{','.join(digests)}"
        case tree.UploaderIs(user) | tree.FavoriteOf(user):
            metatag = "user" if isinstance(node, tree.UploaderIs) else "fav"
            return valued(metatag, user if isinstance(user, str) else f"!{user}")
        case tree.And() | tree.Or() | tree.Not() | tree.Tag() | tree.Wildcard():
            raise ValueError(node)
        case tree.NumberIn() | tree.MomentIn() | tree.TextHas():
            raise ValueError(node)
        case _ as never:
            assert_never(never)


def valued(name: str, value: str) -> str:
    """Write a metatag with its value, in quotes where it needs them."""
    if value.startswith('"') or any(char.isspace() for char in value):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name}:"{escaped}"'
    return f"{name}:{value}"


def seconds_text(span: tree.Span) -> str:
    """Write a span of seconds as the language has it: what begins right above 5 is `>5`."""

    def written(number: float) -> str:
        return format(Decimal(repr(number)), "f").removesuffix(".0")

    if span.low is not None and span.high is not None:
        return written(span.low) if span.low == span.high else f"{written(span.low)}..{written(span.high)}"
    if span.low is not None:
        sign, inner, outer = ">", span.low, nextafter(span.low, -inf)
    else:
        sign, inner, outer = "<", span.high or 0, nextafter(span.high or 0, inf)
    return f"{sign}{written(outer)}" if len(repr(outer)) < len(repr(inner)) else f"{sign}={written(inner)}"


def _span(field: NumberField, span: tree.Span) -> str:
    unit = _UNITS.get(field, "")
    if field is NumberField.DURATION:
        return seconds_text(span) + unit
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
