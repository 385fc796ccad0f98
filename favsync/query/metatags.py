"""What each metatag about a post makes of its value."""

import re
from collections.abc import Callable
from datetime import datetime
from typing import Final, TypeVar

from favsync.query import tree
from favsync.query.comparisons import MOST_IN_A_LIST, listed
from favsync.query.fields import MomentField, Part, Rating, Status
from favsync.query.lexer import Piece
from favsync.query.moments import age_in, moment_in
from favsync.query.numbers import whole_number
from favsync.query.words import nearest

Reader = Callable[[Piece, datetime], tree.Node]
T = TypeVar("T")

_RATINGS: Final = {
    **{rating.value: rating for rating in Rating},
    **{rating.name.lower(): rating for rating in Rating},
}
_STATUSES: Final = {**{status.value: status for status in Status}, "all": Status.ANY}
_YES_OR_NO: Final = {"true": True, "false": False}
_ANY_OR_NONE: Final = {"any": True, "none": False}
_LONGEST_SOURCE: Final = 999
"""Characters; as on the site, which looks at no more."""
_MD5: Final = re.compile(r"[0-9a-f]{32}")
_UPPER_TO_LOWER: Final = {code: code + 32 for code in range(ord("A"), ord("Z") + 1)}


def lower(text: str) -> str:
    """`text` with `A`-`Z` made lower and nothing else, as SQLite compares."""
    return text.translate(_UPPER_TO_LOWER)


def one_of(words: dict[str, T], piece: Piece, what: str) -> T:
    """What a word of a closed list means, whatever the case. Raises SearchError that names the list."""
    word = piece.text.lower()
    if word not in words:
        raise piece.error(f"This is no {what}. There are: {', '.join(words)}.", nearest(word, tuple(words)))
    return words[word]


def _either(part: Part, there: bool) -> tree.Node:
    return tree.Has(part) if there else tree.Not(tree.Has(part))


def _yes_or_no(part: Part) -> Reader:
    return lambda value, _: _either(part, one_of(_YES_OR_NO, value, "yes or no"))


def _any_none_or(part: Part, read: Callable[[Piece], tree.Node]) -> Reader:
    def reader(value: Piece, _: datetime) -> tree.Node:
        there = _ANY_OR_NONE.get(value.text.lower())
        return read(value) if there is None else _either(part, there)

    return reader


def _text(value: Piece, _: datetime) -> tree.Node:
    words = tuple(value.text.replace('"', " ").split())
    if len(words) > MOST_IN_A_LIST:
        raise value.error(f"There are too many words: {MOST_IN_A_LIST} is the limit.")
    for word in words:
        if not any(char.isalnum() for char in word):
            raise value.error(f"There is no letter or digit in '{word}' to search for.")
    if not words:
        raise value.error("There is no word here to search for.")
    return tree.TextHas(words)


def _md5(value: Piece, _: datetime) -> tree.Node:
    digests = []
    for part in listed(value):
        digest = part.text.lower()
        if not _MD5.fullmatch(digest):
            raise part.error("This is no MD5: it has 32 hexadecimal digits.")
        digests.append(digest)
    return tree.Md5Is(tuple(digests))


def _somebody(value: Piece) -> int | str:
    """A user's name, or number after a `!`: digits alone are a name, as on the site."""
    if value.text.lower() == "me":
        raise value.error("'me' works only on the site: write the name.")
    if re.fullmatch(r"![0-9]+", value.text):
        return whole_number(value.part(1), what=_USER)
    return re.sub(r"\s", "_", lower(value.text))


_POST: Final = "a post's number, 'any' or 'none'"
_POOL: Final = "a pool's number, 'any' or 'none'; names of pools are not kept"
_APPROVER: Final = "a user's number ('!14'), 'any' or 'none'; names of approvers are not kept"
_USER: Final = "a user's number"

READERS: Final[dict[str, Reader]] = {
    "date": lambda value, now: moment_in(MomentField.DATE, value, now),
    "age": age_in,
    "favorited": lambda value, now: moment_in(MomentField.FAVORITED, value, now),
    "rating": lambda value, _: tree.RatingIs(one_of(_RATINGS, value, "rating")),
    "type": lambda value, _: tree.TypeIs(lower(value.text)),
    "status": lambda value, _: tree.StatusIs(one_of(_STATUSES, value, "status")),
    "parent": _any_none_or(Part.PARENT, lambda value: tree.ParentIs(whole_number(value, what=_POST))),
    "child": lambda value, _: _either(Part.CHILD, one_of(_ANY_OR_NONE, value, "answer to 'child'")),
    "ischild": _yes_or_no(Part.PARENT),
    "isparent": _yes_or_no(Part.CHILD),
    "inpool": _yes_or_no(Part.POOL),
    "pool": _any_none_or(Part.POOL, lambda value: tree.PoolIs(whole_number(value, what=_POOL))),
    "source": _any_none_or(
        Part.SOURCE, lambda value: tree.SourceLike(re.sub(r"\*+", "*", value.text[:_LONGEST_SOURCE] + "*"))
    ),
    "delreason": lambda value, _: tree.DeletedBecause(re.sub(r"\*+", "*", value.text[:_LONGEST_SOURCE].lower())),
    "hassource": _yes_or_no(Part.SOURCE),
    "description": lambda value, _: tree.DescriptionHas(lower(value.text)),
    "hasdescription": _yes_or_no(Part.DESCRIPTION),
    "text": _text,
    "md5": _md5,
    "uploader": lambda value, _: tree.UploaderIs(_somebody(value)),
    "user_id": lambda value, _: tree.UploaderIs(whole_number(value, what=_USER)),
    "approver": _any_none_or(
        Part.APPROVER,
        lambda value: tree.ApproverIs(whole_number(value.part(1 if value.text.startswith("!") else 0), what=_APPROVER)),
    ),
    "fav": lambda value, _: tree.FavoriteOf(_somebody(value)),
}
"""The metatags that are neither a number, nor a setting, nor a tag."""

READERS.update(
    {
        "filetype": READERS["type"],
        "hasparent": READERS["ischild"],
        "haschild": READERS["isparent"],
        "haschildren": READERS["isparent"],
        "user": READERS["uploader"],
        "favoritedby": READERS["fav"],
    }
)
