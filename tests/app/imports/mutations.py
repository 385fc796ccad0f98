"""Damaging and rearranging files at random: bytes, structure and encodings. No mutation writes a digit."""

import csv
import gzip
import io
import json
import random
from collections.abc import Callable, Sequence
from typing import Any, Literal

_NO_DIGITS = bytes(sorted(set(range(256)) - set(b"0123456789")))
_FAVOURITES = b"\"'\\{}[]<>(),;:#/|-.*\n\r\t \x00\xff"


def damaged(content: bytes, rng: random.Random) -> bytes:
    """One byte changed, put in or taken out, or the rest cut off."""
    if not content:
        return content
    at = rng.randrange(len(content))
    byte = bytes([rng.choice(_FAVOURITES if rng.random() < 0.6 else _NO_DIGITS)])
    match rng.randrange(5):
        case 0:
            return content[:at] + byte + content[at + 1 :]
        case 1:
            return content[:at] + byte + content[at:]
        case 2:
            return content[:at] + content[at + 1 :]
        case 3:
            return content[:at]
        case _:
            flipped = content[at] ^ (1 << rng.randrange(8))
            return content[:at] + (bytes([flipped]) if flipped in _NO_DIGITS else byte) + content[at + 1 :]


def encoded(text: str, rng: random.Random) -> bytes:
    """In any of the encodings that files have."""
    ends = rng.choice(["\n", "\n", "\r\n", "\r"])
    text = text.replace("\n", ends)
    encoding = rng.choice(["utf-8", "utf-8", "utf-8", "utf-8-sig", "utf-16", "utf-32", "utf-16-le", "latin-1"])
    content = text.encode(encoding, "replace")
    return gzip.compress(content) if rng.random() < 0.1 else content


def rearranged(text: str, rng: random.Random) -> str:
    """The same with another structure: of lines, of JSON or of a table, whichever it has."""
    changes: Sequence[Callable[[str, random.Random], str]] = (_lines_changed, _json_changed, _table_changed)
    return rng.choice(changes)(text, rng)


def _lines_changed(text: str, rng: random.Random) -> str:
    """Lines doubled, left out, joined or in another order; the first, by which a form is told, stays the first."""
    first, *lines = text.split("\n")
    if not lines:
        return text
    at = rng.randrange(len(lines))
    match rng.randrange(4):
        case 0:
            del lines[at]
        case 1:
            lines.insert(rng.randrange(len(lines) + 1), lines[at])
        case 2:
            rng.shuffle(lines)
        case _:
            lines[at : at + 2] = [rng.choice([" ", ", ", "\t", ""]).join(lines[at : at + 2])]
    return "\n".join([first, *lines])


def _json_changed(text: str, rng: random.Random) -> str:
    try:
        value = json.loads(text)
    except ValueError:
        return _lines_changed(text, rng)
    changed = _value_changed(value, rng)
    if isinstance(changed, list) and rng.random() < 0.2:
        return "".join(f"{json.dumps(each)}\n" for each in changed)
    return json.dumps(changed, indent=rng.choice([None, 2]))


def _value_changed(value: Any, rng: random.Random) -> Any:
    match value:
        case dict() if value and rng.random() < 0.5:
            name = rng.choice(list(value))
            return value | {name: _value_changed(value[name], rng)}
        case dict() if value:
            return _object_changed(value, rng)
        case [_, *_] if rng.random() < 0.5:
            at = rng.randrange(len(value))
            return [*value[:at], _value_changed(value[at], rng), *value[at + 1 :]]
        case [_, *_]:
            return rng.choice(
                [value[::-1], [*value, None], [*value, {}], [*value, "x"], {"items": value}, {"other": value}]
            )
        case int():
            return rng.choice([str(value), float("nan"), -value, value * 10**30, [value], {"x": value}, None])
    return rng.choice([None, True, "", [value], {"x": value}, value])


def _object_changed(value: dict[str, Any], rng: random.Random) -> Any:
    items = list(value.items())
    at = rng.randrange(len(items))
    match rng.randrange(4):
        case 0:
            rng.shuffle(items)
        case 1:
            items[at] = (rng.choice(["other", "Name", "", "x" * 50]), items[at][1])
        case 2:
            return rng.choice([[value], {"data": [value]}, {"data": value}, [[value]], {"posts": [value, value]}])
        case _:
            items.insert(rng.randrange(len(items)), ("more", [items[at][1]]))
    return dict(items)


def _table_changed(text: str, rng: random.Random) -> str:
    if text.startswith(("{", "[", "<")):
        return _lines_changed(text, rng)
    delimiter = max(",;\t", key=text.partition("\n")[0].count)
    try:
        rows = list(csv.reader(io.StringIO(text), delimiter=delimiter))
    except csv.Error:
        return _lines_changed(text, rng)
    order = list(range(len(rows[0]) if rows else 0))
    if len(order) < 2:
        return _lines_changed(text, rng)
    rng.shuffle(order)
    if rng.random() < 0.7:
        rows = [[row[at] for at in order if at < len(row)] for row in rows]
    if rng.random() < 0.3:
        rows = [rows[0], *rows[:0:-1]]
    out = io.StringIO()
    quoting: Literal[0, 1] = rng.choice([csv.QUOTE_ALL, csv.QUOTE_MINIMAL])
    csv.writer(out, delimiter=rng.choice(",;\t"), quoting=quoting, lineterminator="\n").writerows(rows)
    return out.getvalue()
