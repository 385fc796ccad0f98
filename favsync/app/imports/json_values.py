"""Posts in JSON: a list of ids, objects, or lists of either, as one value or one a line."""

import io
import re
from collections.abc import Callable
from functools import partial
from typing import Any, Final

from favsync.app.exports.lines import KINDS
from favsync.app.imports import json_text
from favsync.app.imports.found import FoundPosts, Reason, Verdict
from favsync.app.imports.gallery_dl import judge_metadata
from favsync.app.imports.json_text import LONGEST_ELEMENT, LONGEST_VALUE, JsonDamaged, NameTwice
from favsync.app.imports.record import LOOKED_FOR as IN_A_RECORD
from favsync.app.imports.record import as_id, judge, of_url
from favsync.errors import FileUnreadable
from favsync.post_urls import PostSite

LISTS: Final = ("posts", "favorites", "data", "items")
"""Names of an object under which a list of entries may stand."""

ONE: Final = "post"
"""The name under which the site's older answers have a single post."""

LOOKED_FOR: Final = f"ids in a list, or objects, bare or in a list or under {', '.join(LISTS)}, with {IN_A_RECORD}"

_MESSAGES: Final = (2, 3)
"""Of the messages that `gallery-dl --dump-json` writes, those that have the metadata of a post at their end."""

_MESSAGE: Final = re.compile(r'\[\s*-?[0-9]\s*,\s*[{"]')
_LINES_OF_AN_EXPORT: Final = frozenset(KINDS) - {"favorite"}
_OF_AN_EXPORT: Final = frozenset({"post_id", "run_id", "fetched_at"})
"""Lines of a full export without its first one: they speak of former favorites, and of removals, as well."""

_SHOWN: Final = 400
"""Characters of an entry that are looked at to show it."""

Line = Callable[[int], int]
"""Tells the line of a place in a text."""


def read_json(text: io.TextIOWrapper, name: str, found: FoundPosts) -> None:
    """Read a text that is one JSON value, or one a line. Raises FileUnreadable when it is neither."""

    def here(_: int) -> int:
        return number

    first = _line(text, name)
    number = 1
    while first and not first.strip():
        first, number = _line(text, name), number + 1
    try:
        read_value(first, found, here)
    except JsonDamaged:
        _read_one(first, text, name, found, number)
        return
    for line in iter(lambda: _line(text, name), ""):
        number += 1
        if line.strip():
            try:
                read_value(line, found, here)
            except JsonDamaged:
                found.skip(Reason.DAMAGED, line, number)


def _read_one(first: str, text: io.TextIOWrapper, name: str, found: FoundPosts, number: int) -> None:
    """Read a value that stands over several lines, of which the first is read already."""
    rest = text.read(LONGEST_VALUE + 1 - len(first))
    whole = first + rest
    if len(whole) > LONGEST_VALUE:
        raise FileUnreadable(
            name,
            f"it is one JSON value of more than {LONGEST_VALUE:,} characters. Write one a line: jq -c '.[]' FILE, or"
            " jq -c '.posts[]' FILE",
        )
    try:
        read_value(whole, found, lambda at: number + whole.count("\n", 0, at))
    except JsonDamaged as exc:
        line = number + whole.count("\n", 0, exc.at)
        raise FileUnreadable(name, f"it looks like JSON, but {exc.problem}.", line=line) from exc


def _line(text: io.TextIOWrapper, name: str) -> str:
    line = text.readline(LONGEST_VALUE + 1)
    if len(line) > LONGEST_VALUE:
        raise FileUnreadable(name, f"a line is longer than {LONGEST_VALUE:,} characters.")
    return line


def read_value(text: str, found: FoundPosts, line_of: Line) -> None:
    """Take in the posts of one JSON value. Raises JsonDamaged, and then nothing of a broken text was taken in."""
    start = len(text) - len(text.lstrip())
    end = start + len(text[start:].rstrip())
    value: Any = None
    if end - start <= LONGEST_ELEMENT and not text.startswith("[", start):
        value = json_text.loads(text)
    else:
        json_text.check(text)
    if text.startswith("[", start):
        _take_elements(text, start, found, line_of)
        return
    is_entry = value is not None and not isinstance(value, dict)
    if isinstance(value, dict):
        is_entry = (
            isinstance(value, NameTwice) or "post_ids" in value or not isinstance(_judge(value, found.site), Reason)
        )
    # Where the lists begin in which entries may stand, of an object that names no post itself.
    named = () if is_entry else json_text.members(text, start)
    lists = [at for name, at in named if name in LISTS and text.startswith("[", at)]
    for at in lists:
        _take_elements(text, at, found, line_of)
    if not lists:
        inner = value.get(ONE) if isinstance(value, dict) and len(value) == 1 else None
        shown = text[start : min(end, start + _SHOWN)]
        found.take(_judge(inner if isinstance(inner, dict) else value, found.site), shown, partial(line_of, start))


def _take_elements(text: str, at: int, found: FoundPosts, line_of: Line) -> None:
    """Take in the elements of the list that begins at `at`, or the list itself where it is a message of gallery-dl."""
    if _MESSAGE.match(text, at) and (end := json_text.value_end(text, at)) - at <= LONGEST_ELEMENT:
        message = json_text.loads(text[at:end])
        if isinstance(message[-1], dict):
            found.take(_judge(message, found.site), text[at : min(end, at + _SHOWN)], partial(line_of, at))
            return
    for start, end in json_text.elements(text, at):
        shown = text[start : min(end, start + _SHOWN)]
        if end - start > LONGEST_ELEMENT:
            found.skip(Reason.DAMAGED, shown, line_of(start))
        else:
            found.take(_judge(json_text.loads(text[start:end]), found.site), shown, partial(line_of, start))


def _judge(element: Any, site: PostSite) -> Verdict:
    match element:
        case dict():
            is_line_of_an_export = element.get("type") in _LINES_OF_AN_EXPORT and not _OF_AN_EXPORT.isdisjoint(element)
            if isinstance(element, NameTwice) or is_line_of_an_export:
                return Reason.DAMAGED
            verdict = judge_metadata(element, site)
            return judge(element, site) if verdict is None else verdict
        case [int(message), dict(metadata)] | [int(message), str(), dict(metadata)]:
            return _judge(metadata, site) if message in _MESSAGES else Reason.NO_POST
        case str():  # an id, or a URL, and nothing besides
            verdict = of_url(element, site)
            return as_id(element) if verdict is Reason.NO_POST and element.strip().isdigit() else verdict
        case list():
            return Reason.NO_POST
    return as_id(element)
