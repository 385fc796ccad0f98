"""Posts in tables, told by the names of their columns. Rows are read one by one, however many there are."""

import csv
import re
from collections.abc import Iterable, Iterator, Sequence
from itertools import dropwhile
from typing import Final

from favsync.engine.transfer.forms import Recognised
from favsync.engine.transfer.found import FoundPosts, Reason
from favsync.engine.transfer.record import COLUMNS, judge
from favsync.engine.transfer.record import LOOKED_FOR as IN_A_RECORD
from favsync.errors import FileUnreadable

LOOKED_FOR: Final = f"a heading with {IN_A_RECORD}"

_LONGEST_CELL: Final = 1024**2
"""Characters. The longest description on the site has 50,000."""

_FIRST: Final = re.compile(r"\s*(\S+)(?:\s{2,}.*)?\s*", re.DOTALL)
_SECOND: Final = re.compile(r"\s*\S+\s{2,}(\S+)(?:\s{2,}.*)?\s*", re.DOTALL)

Lines = Iterable[tuple[int, str]]


def read_table(lines: Lines, table: Recognised, name: str, found: FoundPosts) -> None:
    """Read a table with a heading. Raises FileUnreadable when it is damaged, or a column that counts is there twice."""
    for column in COLUMNS:
        if table.columns.count(column) > 1:
            raise FileUnreadable(name, f"two columns are called '{column}': which of them is meant?", line=table.line)
    csv.field_size_limit(_LONGEST_CELL)
    below = _below(lines, table)
    rows = csv.reader((line for _, line in below), delimiter=table.delimiter, strict=True)
    number = table.line + 1
    try:
        for row in rows:
            _take(row, table.columns, number, found)
            number = table.line + rows.line_num + 1
    except csv.Error as exc:
        raise FileUnreadable(name, f"the table is damaged ({exc}).", line=table.line + rows.line_num) from exc


def _take(row: Sequence[str], columns: Sequence[str], number: int, found: FoundPosts) -> None:
    if not any(cell.strip() for cell in row):
        return
    # Spreadsheets leave empty cells at the end of a row.
    if len(row) < len(columns) or any(row[len(columns) :]):
        found.skip(Reason.DAMAGED, ", ".join(row), number)
        return
    verdict = judge(dict(zip(columns, row, strict=False)), found.site)
    if isinstance(verdict, Reason):
        found.skip(verdict, ", ".join(row), number)
        return
    for post_id in verdict:
        found.add(post_id)


def read_drawn_table(lines: Lines, table: Recognised, found: FoundPosts) -> None:
    """Read a table as `favsync search` and `favsync query` draw it in a pipe.

    Only its first column can be told apart with certainty, or the second behind `account`: a cell may be empty, and
    may have blanks in it.
    """
    is_second = table.columns[0] == "account"
    pattern, column = (_SECOND, table.columns[1]) if is_second else (_FIRST, table.columns[0])
    others = dict.fromkeys(table.columns, "") if column == "id" else {}
    for number, line in _below(lines, table):
        if not line.strip():
            continue
        match = pattern.fullmatch(line)
        named = {"post_id" if column == "post" else column: match[1]} if match else {}
        verdict = judge(others | named, found.site) if match else Reason.DAMAGED
        if isinstance(verdict, Reason):
            found.skip(verdict, line, number)
            continue
        for post_id in verdict:
            found.add(post_id)


def _below(lines: Lines, table: Recognised) -> Iterator[tuple[int, str]]:
    return dropwhile(lambda numbered: numbered[0] <= table.line, lines)
