"""A search written as text that reads back as the same search."""

from datetime import UTC, datetime
from typing import assert_never

from favsync.errors import SearchError
from favsync.query import tree
from favsync.query.fields import OrderKey, Part, Status
from favsync.query.lexer import tokens_of
from favsync.query.parser import parse
from favsync.query.range_text import period_text, span_text
from favsync.query.terms import slot_of

_ANY_TIME = datetime(2000, 1, 1, tzinfo=UTC)
_PARTS = {
    Part.PARENT: "ischild:true",
    Part.CHILD: "isparent:true",
    Part.POOL: "inpool:true",
    Part.SOURCE: "hassource:true",
    Part.DESCRIPTION: "hasdescription:true",
    Part.APPROVER: "approver:any",
}


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


def print_term(node: tree.Node) -> str:  # noqa: PLR0911, PLR0912 -- one line for each node
    """Write a node that joins no others."""
    match node:
        case tree.And() | tree.Or() | tree.Not():
            return " ".join(_terms(node))
        case tree.Tag(name, category) | tree.Wildcard(name, category):
            return name if category is None and _reads_as(name, node) else _valued(category or "tag", name)
        case tree.NumberIn(field, spans):
            return f"{field}:{','.join(span_text(field, span) for span in spans)}"
        case tree.MomentIn(moment_field, periods):
            return f"{moment_field}:{','.join(period_text(period) for period in periods)}"
        case tree.RatingIs(rating):
            return f"rating:{rating}"
        case tree.TypeIs(ext):
            return _valued("type", ext)
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
            return _valued("source", shorter if is_told else pattern)
        case tree.DeletedBecause(pattern):
            return _valued("delreason", pattern)
        case tree.DescriptionHas(text):
            return _valued("description", text)
        case tree.TextHas(words):
            return _valued("text", " ".join(words))
        case tree.Md5Is(digests):
            return f"md5:{','.join(digests)}"
        case tree.UploaderIs(user) | tree.FavoriteOf(user):
            metatag = "user" if isinstance(node, tree.UploaderIs) else "fav"
            return _valued(metatag, user if isinstance(user, str) else f"!{user}")
        case _ as never:
            assert_never(never)


def _reads_as(text: str, node: tree.Node) -> bool:
    try:
        return parse(text, now=_ANY_TIME) == tree.Search(node)
    except SearchError:
        return False


def _valued(name: str, value: str) -> str:
    if value.startswith('"') or any(char.isspace() for char in value):
        escaped = value.replace("\\", "\\\\").replace('"', '\\"')
        return f'{name}:"{escaped}"'
    return f"{name}:{value}"
