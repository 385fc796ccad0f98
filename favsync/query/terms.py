"""One term of a search: a tag, a tag with a category, or a metatag about a post."""

import re
import unicodedata
from datetime import datetime
from typing import Final

from favsync.query.lexer import Piece, Token
from favsync.query.metatags import READERS
from favsync.query.numbers import number_in
from favsync.query.tree import Node, Tag, TypeIs, Wildcard
from favsync.query.words import CATEGORIES, FILE_TYPES, KNOWN, NOT_KEPT, NUMBERS, is_nearly_known, nearest

_LIKE_A_RANGE: Final = re.compile(r"[<>=]|.*\.\.|(?:true|false|any|none)$", re.IGNORECASE | re.DOTALL)

_WORDS: Final[dict[str, Node]] = {**{ext: TypeIs(ext) for ext in FILE_TYPES}, "flash": TypeIs("swf")}
"""Words that look like tags and, as on the site, ask for something else."""

_SAME: Final = {"hasparent": "ischild", "haschild": "isparent", "haschildren": "isparent"}
_ONCE: Final = frozenset(
    {"md5", "child", "comment_count", "hassource", "hasdescription", "ischild", "isparent", "inpool"}
)
_ANY_OR_NONE: Final = frozenset({"parent", "pool", "source", "approver"})


def read_term(token: Token, now: datetime) -> Node:
    """Read a term that is no setting of the whole search. Raises SearchError."""
    if token.name is None or token.value is None:
        return _WORDS.get(token.body.text.lower()) or _tag(token.body, None)
    name = token.name.text.lower()
    if name in NOT_KEPT:
        raise token.name.error(f"'{name}:' is not offered here: {NOT_KEPT[name]}.")
    if name not in KNOWN and name not in CATEGORIES:
        # Part of a tag (`re:zero`, `nier:_automata`), or a slip of the finger: that where the word is nearly one, or
        # what follows looks like the value of one.
        slip = is_nearly_known(name) and not token.value.text.startswith("_")
        if not slip and not token.quoted and not _LIKE_A_RANGE.match(token.value.text):
            return _tag(token.body, None)
        hint = "" if token.quoted else f"If it is a tag, write 'tag:{token.body.text[:40]}'."
        raise token.name.error(f"There is no '{name[:40]}:'.", nearest(name, KNOWN | CATEGORIES.keys()), hint=hint)
    if not token.value.text.strip():
        raise token.body.error(f"'{name}:' needs a value after the colon.")
    if name in CATEGORIES:
        return _tag(token.value, CATEGORIES[name])
    if name == "tag":
        return _tag(token.value, None)
    if name in NUMBERS:
        return number_in(NUMBERS[name], token.value)
    return READERS[name](token.value, now)


def slot_of(token: Token) -> str | None:
    """The slot of its group that a term takes; None where there can be many of its kind.

    On the site, each of these is one setting of its group: a later one replaces an earlier one. Before most
    of them a `-` is no sign there, but a letter of a tag; here it makes the opposite, and takes no slot.
    """
    if token.name is None or token.value is None or token.prefix == "~":
        return None
    name = _SAME.get(token.name.text.lower(), token.name.text.lower())
    if name == "status" or (name in _ANY_OR_NONE and token.value.text.lower() in {"any", "none"}):
        return name
    return name if name in _ONCE and not token.prefix else None


def normal(name: str) -> str:
    """A tag's name as the site has it: NFC, lower."""
    return unicodedata.normalize("NFC", name.lower())


def _tag(piece: Piece, category: str | None) -> Node:
    name = normal(re.sub(r"\s+", "_", piece.text.strip()))
    if "*" in name:
        return Wildcard(re.sub(r"\*+", "*", name), category)
    return Tag(name, category)
