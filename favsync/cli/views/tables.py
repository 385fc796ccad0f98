"""Tables for people at a terminal, with bars where there is something to compare."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import zip_longest

from rich import box
from rich.bar import Bar
from rich.console import Console as RichConsole
from rich.console import ConsoleOptions, RenderResult
from rich.measure import Measurement
from rich.segment import Segment
from rich.style import Style
from rich.table import Table
from rich.text import Text

from favsync.cli.terminal.text import columns_of, longest_word

_LONGEST = 40
_SHORTEST = 8
"""Cells of a bar. Where there is not even room for the shortest, the numbers have to do."""

_BETWEEN = 3
"""Cells that a column takes beside its own, lines and edges included."""


def draw_table(
    columns: Sequence[str],
    rows: Sequence[Sequence[str]],
    numeric: Sequence[bool],
    bars: Sequence[float] | None = None,
    links: Mapping[int, str] | None = None,
) -> None:
    """Draw a table on the terminal; `numeric` columns stand to the right. Cells are text: nothing in them is markup.

    `bars` are lengths of zero to one, one a row. `links` has the columns that hold ids of posts, each with what stands
    before an id in its URL.
    """
    console = RichConsole(highlight=False)
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    room_of = _widths([columns, *rows], console.width - _BETWEEN * len(columns) + 1)
    for column, right, width in zip(columns, numeric, room_of, strict=True):
        table.add_column(Text(column), justify="right" if right else "left", overflow="fold", width=width)
    room = 0
    if bars is not None:
        widths = [max(Text(cell).cell_len for cell in column) for column in zip(columns, *rows, strict=True)]
        room = min(_LONGEST, console.width - sum(widths) - _BETWEEN * (len(widths) + 1))
    drawn = [] if bars is None or room < _SHORTEST else [_Bar(bar) for bar in bars]
    if drawn:
        table.add_column(width=room)
    for row, bar in zip_longest(rows, drawn):
        texts = [Text(cell) for cell in row]
        for i, before in (links or {}).items():
            if row[i].isdecimal():
                texts[i] = Text(row[i], Style(link=before + row[i]))
        table.add_row(*texts, *([bar] if bar else []))
    console.print(table)


def _widths(rows: Sequence[Sequence[str]], room: int) -> Sequence[int | None]:
    """How wide each column is, so that no usual word is broken; None: as wide as it wants to be.

    Left to itself, rich makes the widest columns equally narrow, whatever words are in them.
    """
    columns = list(zip(*rows, strict=True))
    natural = [max(map(columns_of, column)) for column in columns]
    widths = [longest_word(column) for column in columns]
    left = room - sum(widths)
    if sum(natural) <= room or left < 0:
        return [None] * len(columns)
    wanting = sorted(range(len(columns)), key=lambda i: natural[i] - widths[i])
    for waiting, i in zip(range(len(columns), 0, -1), wanting, strict=True):
        more = min(max(natural[i] - widths[i], 0), left // waiting)
        widths[i] += more
        left -= more
    return widths


@dataclass(frozen=True, slots=True)
class _Bar:
    """rich's bar; where the terminal has no blocks to draw it with, one of `#`. More than nothing is never no bar."""

    length: float

    def __rich_console__(self, console: RichConsole, options: ConsoleOptions) -> RenderResult:
        length = max(self.length, 1 / 8 / options.max_width) if self.length else 0.0
        if options.ascii_only:
            yield Segment("#" * max(round(length * options.max_width), 1 if self.length else 0))
        else:
            yield Bar(1, 0, length, color="cyan")

    def __rich_measure__(self, console: RichConsole, options: ConsoleOptions) -> Measurement:
        return Measurement(_SHORTEST, options.max_width)
