"""Posts in tables, told by the names of their columns. Rows are read one by one, however many there are."""

import csv
import re
from collections.abc import Iterable
from itertools import dropwhile
from typing import Final

from favsync.app.imports.forms import Recognised
from favsync.app.imports.found import FoundPosts, Reason
from favsync.app.imports.record import COLUMNS, judge
from favsync.app.imports.record import LOOKED_FOR as IN_A_RECORD
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
            raise FileUnreadable(name, f"two columns are called '{column}': rename one of them.", line=table.line)
    csv.field_size_limit(_LONGEST_CELL)
    below = dropwhile(lambda numbered: numbered[0] <= table.line, lines)
    rows = csv.reader((line for _, line in below), delimiter=table.delimiter, strict=True)
    number = table.line + 1
    try:
        for row in rows:
            if any(cell.strip() for cell in row):
                # Spreadsheets leave empty cells at the end of a row.
                is_whole = len(row) >= len(table.columns) and not any(row[len(table.columns) :])
                record = dict(zip(table.columns, row, strict=False))
                found.take(judge(record, found.site) if is_whole else Reason.DAMAGED, ", ".join(row), number)
            number = table.line + rows.line_num + 1
    except csv.Error as exc:
        raise FileUnreadable(name, f"the table is damaged ({exc}).", line=table.line + rows.line_num) from exc


def read_drawn_table(lines: Lines, table: Recognised, found: FoundPosts) -> None:
    """Read a table as `favsync search` and `favsync query` draw it in a pipe.

    Only its first column can be told apart with certainty, or the second behind `account`: a cell may be empty, and
    may have blanks in it. Each id stands under its heading, or the line is no row.
    """
    is_second = table.columns[0] == "account"
    pattern, column = (_SECOND, table.columns[1]) if is_second else (_FIRST, table.columns[0])
    others = dict.fromkeys(table.columns, "") if column == "id" else {}
    heading: re.Match[str] | None = None
    for number, line in dropwhile(lambda numbered: numbered[0] < table.line, lines):
        cell = pattern.fullmatch(line)
        if number == table.line:
            heading = cell
        elif (
            cell is None
            or heading is None
            or not (
                # Flush with its heading; one that is wider pushes what follows to the right.
                cell.end(1) == heading.end(1)
                or cell.start(1) == heading.start(1)
                or (cell.start(1) == 0 and cell.end(1) > heading.end(1))
            )
        ):
            if line.strip():
                found.skip(Reason.DAMAGED, line, number)
        else:
            named = {"post_id" if column == "post" else column: cell[1]}
            found.take(judge(others | named, found.site), line, number)
