"""A second answer to every search: it goes through plain objects one by one, and says of each whether it is meant.

It is written from what `favsync/query/tree.py` says that the nodes mean, and knows nothing of SQL. Slow and obvious.
"""

import re
import unicodedata
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import groupby
from typing import Any, assert_never

from favsync.query.fields import TAG_COUNTS, Gone, MomentField, NumberField, OrderKey, Part, Status
from favsync.query.search_options import shuffled
from favsync.query.tree import (
    And,
    ApproverIs,
    DeletedBecause,
    DescriptionHas,
    FavoriteOf,
    Has,
    Md5Is,
    MomentIn,
    Node,
    Not,
    NumberIn,
    Or,
    Order,
    ParentIs,
    PoolIs,
    RatingIs,
    Search,
    SourceLike,
    StatusIs,
    Tag,
    TextHas,
    TypeIs,
    UploaderIs,
    Wildcard,
)
from tests.query.kept import Kept, KeptAccount, KeptPost

WHY_GONE = {
    Gone.ANY: {"unfavorited", "pushed", "unlisted", "moved_to_parent", "destroyed", "unknown"},
    Gone.UNFAVORITED: {"unfavorited", "pushed", "unlisted"},
    Gone.MOVED: {"moved_to_parent"},
    Gone.DESTROYED: {"destroyed"},
    Gone.UNKNOWN: {"unknown"},
}


@dataclass(frozen=True)
class Row:
    """One post in the list of one account, or once in it."""

    account: int
    """Which of the accounts, from 0."""
    place: int
    """Where it stands among the rows of its account, from 0: the newest favorite, or what went last."""
    post: KeptPost
    favorited: datetime | None


def find(kept: Kept, search: Search) -> list[tuple[str, int]]:
    """The rows that a search means, in its order: the account's name, and the post's id."""
    rows = [
        row
        for number, account in enumerate(kept.accounts)
        if not search.accounts or _ascii_lower(account.name) in search.accounts
        for row in (_todays(kept, number, account) if search.gone is None else _former(kept, number, search.gone))
    ]
    found = in_order([row for row in rows if matches(kept, row, search.where)], search.order)
    return [(kept.accounts[row.account].name, row.post.id) for row in found[: search.limit]]


def _todays(kept: Kept, number: int, account: KeptAccount) -> list[Row]:
    return [
        Row(number, place, kept.posts[favorite.post_id], favorite.first_seen_at)
        for place, favorite in enumerate(account.listed)
    ]


def _former(kept: Kept, number: int, gone: Gone) -> list[Row]:
    account = kept.accounts[number]
    here = {favorite.post_id for favorite in account.listed}
    newest = {event.post_id: event for event in account.events}  # the last one stands
    added = {event.post_id: event.happened_at for event in account.events if event.kind == "added"}
    went = [event for event in reversed(account.events) if event is newest[event.post_id] and event.post_id not in here]
    return [
        Row(number, place, kept.posts[event.post_id], added.get(event.post_id))
        for place, event in enumerate(went)
        if event.reason in WHY_GONE[gone]
    ]


# ---- what matches ----


def matches(kept: Kept, row: Row, node: Node) -> bool:  # noqa: PLR0912 - one case a node
    """Tell whether a node is true of a row."""
    post = row.post
    match node:
        case And(terms):
            return all(matches(kept, row, term) for term in terms)
        case Or(terms):
            return any(matches(kept, row, term) for term in terms)
        case Not(term):
            return not matches(kept, row, term)
        case Tag(name, category):
            return name in _names(post, category)
        case Wildcard(pattern, category):
            return any(_is_like(name, pattern) for name in _names(post, category))
        case NumberIn(field, spans):
            value = number_of(post, field)
            return value is not None and any(
                (span.low is None or span.low <= value) and (span.high is None or value <= span.high) for span in spans
            )
        case MomentIn(of, periods):
            moment = post.created_at if of is MomentField.DATE else row.favorited
            return moment is not None and any(
                (period.start is None or _moment(period.start) <= moment)
                and (period.end is None or moment < _moment(period.end))
                for period in periods
            )
        case RatingIs(rating):
            return post.rating == rating.value
        case TypeIs(ext):
            return post.file_ext == ext
        case StatusIs(status):
            return _is_in_state(post, status)
        case Has(part):
            return _has(kept, post, part)
        case ParentIs(parent):
            return post.parent_id == parent
        case PoolIs(pool):
            return pool in post.pools
        case SourceLike(pattern):
            return any(_is_source(url, pattern) for url in post.sources)
        case DeletedBecause(pattern):
            return post.deletion_reason is not None and _is_source(_folded(post.deletion_reason), _folded(pattern))
        case DescriptionHas(text):
            same = _ascii_lower if text.isascii() else _folded
            return post.description is not None and same(text) in same(post.description)
        case TextHas(words):
            indexed = indexed_words(post.description or "")
            return all(_is_phrase_in(word, indexed) for word in words)
        case Md5Is(digests):
            return post.file_md5 in digests
        case UploaderIs(int() as user_id):
            return post.uploader_id == user_id
        case UploaderIs(name):
            return post.uploader_name is not None and _ascii_lower(post.uploader_name) == name
        case ApproverIs(user_id):
            return post.approver_id == user_id
        case FavoriteOf(name):
            return any(
                name in (_ascii_lower(account.name), _ascii_lower(account.username), number)
                and post.id in {favorite.post_id for favorite in account.listed}
                for number, account in enumerate(kept.accounts, start=1)
            )
        case _ as never:
            assert_never(never)


def _names(post: KeptPost, category: str | None) -> list[str]:
    return [name for name, of in post.tags.items() if category in (None, of)]


def _is_like(text: str, pattern: str) -> bool:
    return re.fullmatch(".*".join(map(re.escape, pattern.split("*"))), text, re.DOTALL) is not None


def _is_source(url: str, pattern: str) -> bool:
    """Tell whether all of a pattern fits all of a text: letter by letter, from the left."""
    if not pattern:
        return not url
    if pattern[0] == "*":
        return any(_is_source(url[at:], pattern[1:]) for at in range(len(url) + 1))
    if pattern[0] == "\\" and len(pattern) > 1:
        pattern = pattern[1:]
    elif pattern[0] == "?":
        return bool(url) and _is_source(url[1:], pattern[1:])
    return url[:1] == pattern[0] and _is_source(url[1:], pattern[1:])


def _ascii_lower(text: str) -> str:
    return "".join(letter.lower() if letter.isascii() else letter for letter in text)


def _folded(text: str) -> str:
    return unicodedata.normalize("NFC", text.lower())


def _moment(text: str) -> datetime:
    return datetime.strptime(text, "%Y-%m-%dT%H:%M:%S.%fZ").replace(tzinfo=UTC)


def number_of(post: KeptPost, field: NumberField | OrderKey) -> int | float | None:  # noqa: PLR0912 - one case a field
    """A number of a post, in the unit of the field."""
    match field.value:
        case "id":
            return post.id
        case "score":
            return post.score
        case "favcount":
            return post.fav_count
        case "comments":
            return post.comment_count
        case "width":
            return post.width
        case "height":
            return post.height
        case "mpixels":
            return (
                None
                if None in (post.width, post.height)
                else (_known(post.width) * _known(post.height) + 5000) // 10000
            )
        case "ratio":
            if post.width is None or not post.height:
                return None
            return (200 * post.width + post.height) // (2 * post.height)
        case "filesize":
            return post.file_size
        case "duration":
            return post.duration
        case "change":
            return post.change_seq
        case "tagcount":
            return len(post.tags)
        case counted:
            return len(_names(post, TAG_COUNTS[NumberField(counted)]))


def _known(number: int | None) -> int:
    assert number is not None
    return number


def _is_in_state(post: KeptPost, status: Status) -> bool:
    is_deleted = post.is_deleted or post.is_destroyed
    match status:
        case Status.ANY:
            return True
        case Status.DELETED:
            return is_deleted
        case Status.DESTROYED:
            return post.is_destroyed
        case Status.PENDING:
            return post.is_pending
        case Status.FLAGGED:
            return post.is_flagged
        case Status.MODQUEUE:
            return post.is_pending or post.is_flagged
        case Status.ACTIVE:
            return post.was_read and not (is_deleted or post.is_pending or post.is_flagged)
        case _ as never:
            assert_never(never)


def _has(kept: Kept, post: KeptPost, part: Part) -> bool:
    match part:
        case Part.PARENT:
            return post.parent_id is not None
        case Part.CHILD:
            return post.has_children is True
        case Part.POOL:
            return len(post.pools) > 0
        case Part.SOURCE:
            return len(post.sources) > 0
        case Part.DESCRIPTION:
            return bool(post.description)
        case Part.APPROVER:
            return post.approver_id is not None
        case _ as never:
            assert_never(never)


# ---- words, as the full-text index has them ----


def indexed_words(text: str) -> list[str]:
    """Runs of letters and digits, without regard to case and accents."""
    bare = "".join(letter for letter in unicodedata.normalize("NFD", text) if not unicodedata.combining(letter))
    return re.findall(r"[^\W_]+", bare.lower())


def _is_phrase_in(word: str, indexed: Sequence[str]) -> bool:
    *first, last = indexed_words(word)
    return any(
        list(indexed[at : at + len(first)]) == first
        and at + len(first) < len(indexed)
        and (indexed[at + len(first)].startswith(last) if word.endswith("*") else indexed[at + len(first)] == last)
        for at in range(len(indexed))
    )


# ---- order ----


def in_order(rows: Sequence[Row], order: Order) -> list[Row]:
    """Sort rows: those of which the value is not known come last, whatever the direction."""
    if order.key is OrderKey.FAVORITED:
        per_account = [list(some) for _, some in groupby(rows, key=lambda row: row.account)]
        return [row for some in per_account for row in (some if order.descending else reversed(some))]
    if order.key is OrderKey.RANDOM:
        seed = _known(order.seed)
        return sorted(rows, key=lambda row: (shuffled(row.post.id, seed), row.post.id, row.account))
    value = _value_of(order.key)
    known = [row for row in rows if value(row.post) is not None]
    unknown = [row for row in rows if value(row.post) is None]
    by_account = [sorted(some, key=lambda row: row.account) for some in (known, unknown)]
    known, unknown = (sorted(some, key=lambda row: row.post.id, reverse=order.descending) for some in by_account)
    return [*sorted(known, key=lambda row: value(row.post), reverse=order.descending), *unknown]


def _value_of(key: OrderKey) -> Callable[[KeptPost], Any]:
    match key:
        case OrderKey.CREATED:
            return lambda post: post.created_at
        case OrderKey.UPDATED:
            return lambda post: post.updated_at
        case OrderKey.MD5:
            return lambda post: post.file_md5
        case _:
            return lambda post: number_of(post, key)
