"""JSON in pieces: the elements of a large value one after the other, so that it is never in memory as a whole.

A value of 64 MB would be 2 GB of Python's objects. Small texts are read at once; of large ones only the extents are
told, by their brackets, and then each element is read.
"""

import json
import math
import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec

LONGEST_VALUE: Final = 128 * 1024**2
"""Characters of one JSON value."""

LONGEST_ELEMENT: Final = 4 * 1024**2
"""Characters of what is read at once. A post has some thousands."""

MOST_DEPTH: Final = 200
"""Levels of lists and objects in what is read at once."""

_BLANK: Final = re.compile(r"[ \t\r\n]*")
_STRING: Final = re.compile(r'"(?:[^"\\]|\\.)*"', re.DOTALL)
_SCALAR: Final = re.compile(r'[^\s,\[\]{}":]+')
_TO_BRACKET: Final = re.compile(r'(?:[^"\[\]{}]+|"(?:[^"\\]|\\.)*")*([\[\]{}])', re.DOTALL)


class JsonDamaged(ValueError):
    """A text is no JSON. `at` is the place, in characters."""

    def __init__(self, problem: str, at: int = 0) -> None:
        super().__init__(problem)
        self.problem = problem
        self.at = at


class NameTwice(dict[str, Any]):
    """An object in which a name stands twice: which of the two is meant, nobody can tell."""


def loads(text: str) -> Any:
    """Read a small value. A number that no id can be, however it is written, is a float. Raises JsonDamaged."""
    if text.count("[") + text.count("{") > MOST_DEPTH:  # else how deep it may be is up to Python, and its version
        value_end(text, _blank(text, 0))
    try:
        return json.loads(
            text, parse_int=lambda digits: int(digits) if len(digits) <= 19 else math.inf, object_pairs_hook=_object
        )
    except json.JSONDecodeError as exc:
        raise JsonDamaged(exc.msg, exc.pos) from exc
    except RecursionError as exc:
        raise JsonDamaged("it is nested too deeply") from exc


def check(text: str) -> None:
    """Make sure that a large text is one JSON value. Raises JsonDamaged."""
    try:
        msgspec.json.decode(text, type=msgspec.Raw)
    except (msgspec.DecodeError, UnicodeEncodeError) as exc:
        raise JsonDamaged("it is cut off or damaged") from exc
    except RecursionError as exc:
        raise JsonDamaged("it is nested too deeply") from exc


def value_end(text: str, at: int) -> int:
    """Where the value ends that begins at `at`. Raises JsonDamaged."""
    first = text[at : at + 1]
    if first == '"' or first not in {"{", "["}:
        match = (_STRING if first == '"' else _SCALAR).match(text, at)
        if match is None:
            raise JsonDamaged("it is cut off or damaged", at)
        return match.end()
    depth = 0
    place = at
    while (bracket := _TO_BRACKET.match(text, place)) is not None:
        place = bracket.end()
        depth += 1 if bracket[1] in "[{" else -1
        if depth > MOST_DEPTH:
            raise JsonDamaged("it is nested too deeply", place)
        if depth == 0:
            return place
    raise JsonDamaged("it is cut off or damaged", at)


def elements(text: str, at: int) -> Iterator[tuple[int, int]]:
    """The extent of each element of the list that begins at `at`. Raises JsonDamaged."""
    at = _blank(text, at + 1)
    while text[at : at + 1] != "]":
        end = value_end(text, at)
        yield at, end
        at = _blank(text, end)
        if text[at : at + 1] == ",":
            at = _blank(text, at + 1)
        elif text[at : at + 1] != "]":
            raise JsonDamaged("it is cut off or damaged", at)


def members(text: str, at: int) -> Iterator[tuple[str, int]]:
    """The names of the object that begins at `at`, and where the value of each begins. Raises JsonDamaged."""
    at = _blank(text, at + 1)
    while text[at : at + 1] != "}":
        name = _STRING.match(text, at)
        if name is None:
            raise JsonDamaged("it is cut off or damaged", at)
        at = _blank(text, name.end())
        if text[at : at + 1] != ":":
            raise JsonDamaged("it is cut off or damaged", at)
        at = _blank(text, at + 1)
        yield str(loads(name[0])), at
        at = _blank(text, value_end(text, at))
        if text[at : at + 1] == ",":
            at = _blank(text, at + 1)


def _blank(text: str, at: int) -> int:
    match = _BLANK.match(text, at)
    return at if match is None else match.end()


def _object(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    found = dict(pairs)
    return found if len(found) == len(pairs) else NameTwice(found)
