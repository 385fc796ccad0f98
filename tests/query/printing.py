"""A search written as text that reads back as the same search: what the parser is held to."""

from datetime import UTC, datetime

from favsync.errors import SearchError
from favsync.query import tree
from favsync.query.explain import seconds_text, term_text, valued
from favsync.query.fields import NumberField, OrderKey, Status
from favsync.query.lexer import tokens_of
from favsync.query.moments import DAY, TICK
from favsync.query.parser import parse
from favsync.query.terms import slot_of
from favsync.timestamps import as_text

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)


def print_search(search: tree.Search) -> str:
    """Write a search so that `parse`, at any time, returns it again. Moments are written out."""
    words = []
    if search.accounts:
        words.append(f"account:{','.join(search.accounts)}")
    if search.gone is not None:
        words.append(f"gone:{search.gone}")
    words.extend(_terms(search.where))
    if search.order != tree.NEWEST_FIRST:
        words.append(print_order(search.order))
    if search.limit is not None:
        words.append(f"limit:{search.limit}")
    return " ".join(words)


def print_order(order: tree.Order) -> str:
    """Write an order."""
    if order.key is OrderKey.RANDOM:
        return "order:random" if order.seed is None else f"order:random randseed:{order.seed}"
    usual = order.key is not OrderKey.ID
    suffix = "" if order.descending == usual else "_desc" if order.descending else "_asc"
    return f"order:{order.key}{suffix}"


def _terms(node: tree.Node) -> list[str]:
    """The node as the words of a search, or of the inside of a group."""
    if isinstance(node, tree.Or):
        return [_signed("~", term) for term in node.terms]
    if not isinstance(node, tree.And):
        return [_signed("", node)]
    several = sum(isinstance(term, tree.Or) for term in node.terms) > 1
    words: list[str] = []
    for term in node.terms:
        if isinstance(term, tree.Or) and not several:
            words.extend(_terms(term))
        else:
            words.append(_signed("", term))
    taken: set[str | None] = set()
    for index, word in enumerate(words):
        slot = slot_of(next(tokens_of(word)))
        if slot is not None and slot in taken:  # it would take the place of one before it: not in a group
            words[index] = f"( {word} )"
        taken.add(slot)
    return words


def _signed(sign: str, node: tree.Node) -> str:
    """The node as one word or group with a sign before it."""
    if isinstance(node, tree.Not) and not sign:
        return _signed("-", node.term)
    if isinstance(node, tree.And | tree.Or | tree.Not) or (sign == "-" and node == tree.StatusIs(Status.ANY)):
        return " ".join([f"{sign}(", *_terms(node), ")"])
    return sign + print_term(node)


def print_term(node: tree.Node) -> str:
    """Write a node that joins no others."""
    match node:
        case tree.And() | tree.Or() | tree.Not():
            return " ".join(_terms(node))
        case tree.Tag(name, category) | tree.Wildcard(name, category):
            return name if category is None and _reads_as(name, node) else valued(category or "tag", name)
        case tree.NumberIn(field, spans):
            return f"{field}:{','.join(span_text(field, span) for span in spans)}"
        case tree.MomentIn(moment_field, periods):
            return f"{moment_field}:{','.join(period_text(period) for period in periods)}"
        case tree.TextHas(words):
            return valued("text", " ".join(words))
        case _:
            return term_text(node)


def _reads_as(text: str, node: tree.Node) -> bool:
    try:
        return parse(text, now=_ANY_TIME) == tree.Search(node)
    except SearchError:
        return False


def span_text(field: NumberField, span: tree.Span) -> str:
    """A span; an exact one is written with two ends where one would be taken as roughly so."""
    if field is NumberField.DURATION:
        return seconds_text(span)
    if span.low is not None and span.high is not None:
        if span.low == span.high and field not in {NumberField.FILESIZE, NumberField.MPIXELS}:
            return _number(field, span.low)
        return f"{_number(field, span.low)}..{_number(field, span.high)}"
    return f">={_number(field, span.low)}" if span.low is not None else f"<={_number(field, span.high or 0)}"


def _number(field: NumberField, number: int | float) -> str:
    if field in {NumberField.MPIXELS, NumberField.RATIO}:
        return f"{int(number) // 100}.{int(number) % 100:02}"
    return str(number)


def period_text(period: tree.Period) -> str:
    """A period in days where it is one of whole days, else to the millisecond."""
    start = None if period.start is None else datetime.fromisoformat(period.start)
    end = None if period.end is None else datetime.fromisoformat(period.end)
    if end is None:
        return f">={_moment(start)}" if start else ""
    if start is None:
        return f"<{_moment(end)}"
    if start + DAY == end and _is_midnight(start):
        return _moment(start)
    last = _moment(end - DAY) if _is_midnight(end) else as_text(end - TICK)
    return f"{_moment(start)}..{last}"


def _moment(moment: datetime) -> str:
    return moment.date().isoformat() if _is_midnight(moment) else as_text(moment)


def _is_midnight(moment: datetime) -> bool:
    return moment.time() == datetime.min.time()
