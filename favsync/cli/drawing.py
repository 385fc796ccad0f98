"""Tables for people at a terminal."""

from collections.abc import Sequence

from rich import box
from rich.console import Console as RichConsole
from rich.table import Table
from rich.text import Text


def draw_table(columns: Sequence[str], rows: Sequence[Sequence[str]], numeric: Sequence[bool]) -> None:
    """Draw a table on the terminal; `numeric` columns stand to the right. Cells are text: nothing in them is markup."""
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for column, right in zip(columns, numeric, strict=True):
        table.add_column(Text(column), justify="right" if right else "left", overflow="fold")
    for row in rows:
        table.add_row(*map(Text, row))
    RichConsole(highlight=False).print(table)
