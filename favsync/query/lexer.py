"""A search's text cut into tokens, each knowing where it stands."""

import re
import unicodedata
from collections.abc import Iterator
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from favsync.errors import SearchError

MOST_CHARACTERS: Final = 5_000
"""Longer than any search that a person writes, and quick to refuse."""

MOST_MARKS: Final = 30
"""Combining marks in a row: as many as Unicode's stream-safe text has. To sort more takes time that grows too fast."""

_LONGEST_SUGGESTION: Final = 60

_WORD: Final = re.compile(r"\s*(?P<word>\S+)")
_NAME: Final = re.compile(r"\w+")
_QUOTED: Final = re.compile(r'(?P<name>\w+):"(?P<inside>(?:[^"\\]|\\.)*)"', re.DOTALL)
_BEGINS_QUOTED: Final = re.compile(r'\w+:"')
_ESCAPED: Final = re.compile(r"\\(.)", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Piece:
    """A part of a search: `text` is what it says, and it stands in `query` at `start`, `length` characters long.

    These differ where a value was quoted.
    """

    text: str
    query: str
    start: int
    length: int

    def part(self, begin: int, end: int | None = None) -> "Piece":
        """The part from `begin` to before `end`; where the place cannot be told, it is the whole that is pointed at."""
        text = self.text[begin:end]
        if len(self.text) != self.length:
            return Piece(text, self.query, self.start, self.length)
        return Piece(text, self.query, self.start + begin, len(text))

    def error(self, problem: str, suggestion: str | None = None, *, hint: str = "") -> SearchError:
        """The error that this piece is; what is suggested is said after the problem, and the hint last."""
        if suggestion is not None and len(suggestion) > _LONGEST_SUGGESTION:
            suggestion = None
        meant = f"Did you mean '{suggestion}'?" if suggestion else ""
        message = " ".join(part for part in (problem, meant, hint) if part)
        return SearchError(message, self.query, self.start, self.length, suggestion)


class Kind(Enum):
    """What a token is."""

    OPEN = auto()
    CLOSE = auto()
    TERM = auto()


@dataclass(frozen=True, slots=True)
class Token:
    """One token. `prefix` is `-`, `~` or nothing; `whole` is all of it, `body` the same without the prefix.

    `name` and `value` are the two sides of the first colon of a term whose left side is a word, else None.
    """

    kind: Kind
    prefix: str
    whole: Piece
    body: Piece
    name: Piece | None = None
    value: Piece | None = None
    quoted: bool = False


def tokens_of(text: str) -> Iterator[Token]:
    """Cut `text` into tokens, in time that grows with its length only.

    The text is made NFC first, and errors point into that. Raises SearchError for what can be no token.
    """
    if len(text) > MOST_CHARACTERS:
        problem = f"This search is {len(text):,} characters long; {MOST_CHARACTERS:,} is the limit."
        raise SearchError(problem, text, MOST_CHARACTERS, 1)
    marks = 0
    for at, char in enumerate(text):
        marks = marks + 1 if unicodedata.combining(char) else 0
        if marks > MOST_MARKS:
            raise SearchError("One letter has too many marks.", text, at, 1)
        if unicodedata.category(char) in {"Cc", "Cs"} and not char.isspace():
            raise SearchError("This character is not allowed in a search.", text, at, 1)
    query = unicodedata.normalize("NFC", text)
    at = 0
    while (found := _WORD.match(query, at)) is not None:
        token = _token(query, found.start("word"), found["word"])
        yield token
        at = token.whole.start + token.whole.length


def _token(query: str, at: int, word: str) -> Token:
    begin = at + 1 if query[at] in "-~" else at
    if _BEGINS_QUOTED.match(query, begin):
        return _quoted(query, at, begin)
    whole = Piece(word, query, at, len(word))
    if whole.text == ")":
        return Token(Kind.CLOSE, "", whole, whole)
    prefix = whole.text[0] if begin > at else ""
    body = whole.part(begin - at)
    if body.text == "(":
        return Token(Kind.OPEN, prefix, whole, body)
    _refuse(whole, body)
    name, colon, _ = body.text.partition(":")
    if not colon or not _NAME.fullmatch(name):
        return Token(Kind.TERM, prefix, whole, body)
    return Token(Kind.TERM, prefix, whole, body, body.part(0, len(name)), body.part(len(name) + 1))


def _refuse(whole: Piece, body: Piece) -> None:
    if not body.text:
        raise whole.error(f"There is nothing after this '{whole.text}'; write it and what it belongs to as one word.")
    if body.text[0] in "-~":
        instead = f"~( {body.text} )" if whole.text[:2] == "~-" and body.text[1:] else None
        raise whole.error("Only one '-' or '~' is allowed here.", instead)
    if body.text == ")":
        raise whole.error("A group ends in a ')' with spaces around it.", ")")
    if body.text[0] == "(":
        sign, inside = whole.text[: -len(body.text)], body.text[1:].removesuffix(")")
        problem = "A group has a space after its '(' and before its ')'."
        instead = f"{sign}( {inside} )" if body.text[-1] == ")" and inside else None
        raise whole.error(problem, instead, hint=f"If it is a tag, write '{sign}tag:{body.text[:40]}'.")


def _quoted(query: str, at: int, begin: int) -> Token:
    found = _QUOTED.match(query, begin)
    if found is None:
        opening = query.index('"', begin)
        raise SearchError("This quote is not closed.", query, opening, 1)
    end = found.end()
    if end < len(query) and not query[end].isspace():
        raise SearchError(
            "A closing quote is followed by a space; a quote in the value is written '\\\"'.", query, end, 1
        )
    inside = _ESCAPED.sub(r"\1", found["inside"])
    name = Piece(found["name"], query, begin, len(found["name"]))
    value = Piece(inside, query, found.start("inside"), len(found["inside"]))
    whole = Piece(query[at:end], query, at, end - at)
    return Token(Kind.TERM, query[at:begin], whole, whole.part(begin - at), name, value, quoted=True)
