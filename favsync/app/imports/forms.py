"""Telling what a text is by how it begins: JSON, a table, HTML, XML, or none of these."""

import csv
import re
from dataclasses import dataclass
from enum import Enum
from typing import Final

from favsync.app.imports.record import COLUMNS

DELIMITERS: Final = (",", ";", "\t")

_JSON_LIST: Final = re.compile(
    r"""\[\s*(?:
        [{"]                                    # of objects, of texts
        | \[\s*[\[{"\d\]-]                      # of lists
        | \]\s*(?:\n|$)                         # empty
        | -?\d[\d.eE+-]*\s*(?:,|\n|$)           # of numbers
        | -?\d[\d.eE+-]*\s*\]\s*(?:\n|$)        # of one number
        | (?:true|false|null)\s*[,\]]
    )""",
    re.VERBOSE,
)
_HTML: Final = re.compile(
    r"<(?:!doctype\b|!--|/?(?:html|head|body|title|meta|link|script|style|h[1-6]|dl|dt|dd|a|p|div|span|ul|ol|li|table|br|hr)\b)",
    re.IGNORECASE,
)
_XML: Final = re.compile(r"<(?:\?xml\b|[A-Za-z_][\w.-]*(?:\s[^<>]*)?/?>)")
_EXCEL: Final = re.compile(r'"?sep=(.)"?\s*')
_APART: Final = re.compile(r"\s{2,}")
_COLUMN_OF_NUMBERS: Final = re.compile(r'"?[a-z_]*(?:_id|_count|_size|score|width|height|duration|position)"?', re.I)
"""A heading of one column of numbers that are no ids of posts."""

_BLANKS: Final = "\ufeff" + "".join(char for char in map(chr, range(0x3001)) if char.isspace())
_LONGEST_NAME: Final = 64


class Form(Enum):
    """What a text is. The value is how it is called."""

    EMPTY = "an empty file"
    JSON = "JSON"
    TABLE = "a table"
    DRAWN_TABLE = "a table of 'favsync search' or 'favsync query'"
    OTHER_TABLE = "a table without a column that names posts"
    HTML = "bookmarks (HTML)"
    XML = "XML"
    TEXT = "text"


@dataclass(frozen=True, slots=True)
class Recognised:
    """What a text is, and for a table how its columns are called."""

    form: Form
    columns: tuple[str, ...] = ()
    delimiter: str = ","
    line: int = 1
    """Where the heading is."""


def recognise(start: str) -> Recognised:
    """Tell what a text is from its first 64 kB."""
    text = without_blanks(start)
    if not text:
        return Recognised(Form.EMPTY)
    if text.startswith("{") or _JSON_LIST.match(text):
        return Recognised(Form.JSON)
    if _HTML.match(text):
        return Recognised(Form.HTML)
    if _XML.match(text):
        return Recognised(Form.XML)
    return _table(start.removeprefix("\ufeff")) or Recognised(Form.TEXT)


def without_blanks(text: str) -> str:
    """The text from its first character that says anything: neither white space nor a mark of its encoding."""
    return text.lstrip(_BLANKS)


def _table(start: str) -> Recognised | None:
    lines = start.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    at = next(number for number, line in enumerate(lines) if without_blanks(line))
    if _EXCEL.fullmatch(lines[at]):
        at += 1
    heading, below = [*lines[at : at + 1], *filter(without_blanks, lines[at + 1 :]), "", ""][:2]
    for delimiter in sorted(DELIMITERS, key=heading.count, reverse=True):
        cells = split_row(heading, delimiter)
        columns = tuple(column_name(cell) for cell in cells)
        if all(not cell.strip() or _is_name(cell) for cell in cells) and not COLUMNS.isdisjoint(columns):
            return Recognised(Form.TABLE, columns, delimiter, at + 1)
    drawn = tuple(column_name(name) for name in _APART.split(heading.strip()))
    if len(drawn) > 1 and drawn[drawn[0] == "account"] in {"post", "post_id", "page_url", "id"}:
        return Recognised(Form.DRAWN_TABLE, drawn, line=at + 1)
    is_other = _COLUMN_OF_NUMBERS.fullmatch(heading.strip()) or _is_above(heading, below)
    return Recognised(Form.OTHER_TABLE) if is_other else None


def split_row(line: str, delimiter: str) -> list[str]:
    """The cells of one line; none of a line that is no row."""
    try:
        return next(csv.reader([line], delimiter=delimiter, strict=True), [])
    except csv.Error:
        return []


def column_name(cell: str) -> str:
    """How a column is called, whatever a spreadsheet made of its name: `Post ID` is `post_id`."""
    return "_".join(cell.strip().casefold().split())


def _is_name(cell: str) -> bool:
    return bool(cell.strip()) and len(cell) <= _LONGEST_NAME and "://" not in cell and not cell.strip().isdigit()


def _is_above(heading: str, below: str) -> bool:
    """Tell whether a line names columns, none of them known, of the line below: it has as many cells."""
    for delimiter in DELIMITERS:
        cells = _strict_cells(heading, delimiter)
        if len(cells) > 1 and len(cells) == len(_cells(below, delimiter)):
            return all(map(_is_word, cells))
    drawn = _APART.split(heading.strip())
    return len(drawn) > 1 < len(_APART.split(below.strip())) and all(map(_is_word, drawn))


def begins_as_heading(line: str) -> bool:
    """Tell whether a line begins with two names of columns, with a delimiter and no blanks between."""
    for delimiter in DELIMITERS:
        first = _strict_cells(line, delimiter)[:2]
        if len(first) > 1 and all(map(_is_word, first)):
            return True
    drawn = _APART.split(line.strip())
    return sum(map(_is_word, drawn)) > 2


def is_row(line: str) -> bool:
    """Tell whether a line is a row of a table: three cells or more, without blanks beside the delimiters."""
    return any(len(_strict_cells(line, delimiter)) > 2 for delimiter in DELIMITERS)


def _cells(line: str, delimiter: str) -> list[str]:
    # A quote that is not closed belongs to a row that goes on.
    return split_row(line, delimiter) or line.split(delimiter)


def _strict_cells(line: str, delimiter: str) -> list[str]:
    cells = _cells(line.rstrip("\r\n"), delimiter) if delimiter in line else []
    return cells if all(cell == cell.strip(" ") for cell in cells) else []


def _is_word(name: str) -> bool:
    return _is_name(name) and not name.startswith(("#", "-", "*")) and any(map(str.isalpha, name))
