"""The one place that writes to the terminal: data to stdout, everything else to stderr.

Text that came from a site may hold anything. Whatever is written here has its control characters made visible first,
so that a tag or a user name can neither move the cursor nor turn a line around. The ends of lines are among them: what
has several lines is given as several, and no name can begin one that looks like favsync's own.
"""

import os
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TextIO

from favsync.cli.terminal.paint import Line, Mark, Style, has_colours, has_links, painted
from favsync.cli.terminal.text import as_json, clean, columns_of, fitted, longest_word
from favsync.counting import count, counted, size
from favsync.errors import FavsyncError

# What others import from here, although it is made elsewhere.
__all__ = ["Console", "Line", "Mark", "Style", "clean", "count", "counted", "size"]

MOST_LINES = 40
"""Lines of one kind that are shown on a terminal where no other number is asked for; a pipe gets them all."""

WIDEST_CELL = 80
"""Characters that a column is padded to where nobody looks; a longer cell pushes what follows to the right."""

NARROWEST = 9
"""Columns of a terminal that a column of a table needs to be readable, its distance from the next included."""

_BETWEEN = 3

Links = Mapping[int, str]
"""Which columns of a table hold ids of posts, and what stands before an id in its URL."""


def aligned(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    """A line of a table: each cell padded to its width, `numeric` ones to the right."""
    return "  ".join(
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    ).rstrip()


def age(then: str, now: datetime) -> str:
    """How long before `now` the time `then` (ISO 8601 with its zone) was, in one unit: `3 hours ago`.

    Less than a minute, or a time to come, is `just now`.
    """
    seconds = (now - datetime.fromisoformat(then)).total_seconds()
    for unit, length in (("day", 86_400), ("hour", 3_600), ("minute", 60)):
        if seconds >= length:
            n = int(seconds // length)
            return f"{counted(n, unit)} ago"
    return "just now"


def minute(moment: str) -> str:
    """The time `moment` (ISO 8601 with its zone) to the minute: `2024-01-02 07:04 UTC`."""
    return f"{datetime.fromisoformat(moment).astimezone(UTC):%Y-%m-%d %H:%M} UTC"


@dataclass(frozen=True, slots=True)
class Console:
    """Writes for one command. Everything passes through `clean`, line by line.

    When stdout cannot take the data, every method that writes there raises FavsyncError; a reader that has gone away
    (`| head`) is the BrokenPipeError that click ends quietly.
    """

    is_quiet: bool = False
    is_verbose: bool = False
    heard: list[str] | None = None
    """Where every warning and error is kept as well; None: nowhere."""

    @property
    def width(self) -> int | None:
        """How many characters a line of stdout has; None: it is no terminal."""
        if not is_terminal():
            return None
        import shutil  # noqa: PLC0415 - milliseconds, which the tab key need not pay

        return shutil.get_terminal_size().columns

    @property
    def shows_progress(self) -> bool:
        """True when a person is looking at stderr, and wants to be told."""
        return not self.is_quiet and sys.stderr is not None and sys.stderr.isatty()

    def data(self, *lines: str | Line) -> None:
        """Write lines of what was asked for to stdout; on a terminal they break between words, and have colours."""
        for line in lines:
            for shown in _shown(line, sys.stdout, self.width):
                _write_data(shown)

    def json(self, value: object) -> None:
        """Write `value` as JSON to stdout, in ASCII: nothing is lost, and nothing can harm a terminal."""

        _write_data(as_json(value, indent=2))

    def stream(self, chunks: Iterable[bytes]) -> None:
        """Write what another program is to read to stdout, byte for byte; on a terminal as text that cannot harm it."""
        for chunk in chunks:
            if is_terminal():
                for line in chunk.decode(errors="replace").replace("\r\n", "\n").removesuffix("\n").split("\n"):
                    _write_data(clean(line))
            else:
                _write_data(chunk)

    def table(
        self,
        columns: Sequence[str],
        rows: Sequence[Sequence[str | int | None]],
        *,
        bars: Sequence[float] | None = None,
        links: Links | None = None,
    ) -> None:
        """Write a table to stdout: drawn on a terminal, plain aligned text in a pipe.

        A column of numbers stands to the right. None is shown as `-`. `bars` are lengths of zero to one, one a row: on
        a terminal each row has a bar at its end, as far as there is room.
        """
        numeric = [
            not any(isinstance(row[i], str) for row in rows) and any(isinstance(row[i], int) for row in rows)
            for i in range(len(columns))
        ]
        cells = [
            ["-" if value is None else count(value) if isinstance(value, int) else clean(value) for value in row]
            for row in rows
        ]
        self.draw(columns, cells, numeric, bars=bars, links=links)

    def draw(
        self,
        columns: Sequence[str],
        cells: Sequence[Sequence[str]],
        numeric: Sequence[bool],
        *,
        bars: Sequence[float] | None = None,
        links: Links | None = None,
    ) -> None:
        """Write a table of texts as `table` does; `numeric` columns stand to the right. Line ends must be visible.

        On a terminal too narrow for its columns, each row is written as lines with a name and a value.
        """
        width = self.width
        if width is None:
            widths = [min(WIDEST_CELL, max(len(row[i]) for row in [columns, *cells])) for i in range(len(columns))]
            for row in [columns, *cells]:
                _write_data(aligned(row, widths, numeric))
            return
        links = links if links and has_links(sys.stdout) else {}
        needed = natural = _BETWEEN * len(columns) - 1  # between two, and one at either edge
        for column in zip(columns, *cells, strict=True):
            natural += max(map(columns_of, column))
            needed += longest_word(column)
        # In a table that has room, no word of a usual length is broken.
        if len(columns) > 2 and width < min(natural, max(needed, len(columns) * NARROWEST)):
            self.records(columns, cells, links=links)
            return
        from favsync.cli.views.tables import draw_table  # noqa: PLC0415 - rich costs 50 ms that a pipe need not pay

        draw_table(columns, cells, numeric, bars, links)

    def records(self, columns: Sequence[str], rows: Iterable[Sequence[str]], *, links: Links | None = None) -> None:
        """Write rows one under the other, each as lines with a name and a value, and an empty line between two."""
        widest = max(map(len, columns), default=0)
        for number, row in enumerate(rows):
            if number:
                _write_data("")
            for i, (name, value) in enumerate(zip(columns, row, strict=True)):
                before = (links or {}).get(i, "")
                marks = (Mark(value, link=before + value),) if before and value.isdecimal() else ()
                self.data(Line(f"{name:<{widest}}  {value}", marks))

    def gap(self) -> None:
        """Write an empty line to stdout where a table follows that has none above it: one in a pipe."""
        if not is_terminal():
            _write_data("")

    def say(self, *lines: str | Line) -> None:
        """Write lines about what was done to stderr, unless it shall be quiet."""
        if not self.is_quiet:
            _write_aside(*lines)

    def detail(self, *lines: str) -> None:
        """Write lines to stderr that only `--verbose` shows."""
        if self.is_verbose:
            _write_aside(*lines)

    def warn(self, text: str, *more: str) -> None:
        """Write lines to stderr that nobody should miss: `--quiet` does not hide them."""
        self._keep(text, *more)
        _write_aside(Line(f"favsync: warning: {text}", (Mark("warning:", Style.WAITING),)), *more)

    def error(self, text: str, *more: str) -> None:
        """Write the reason why a command failed to stderr."""
        self._keep(text, *more)
        _write_aside(Line(f"favsync: {text}", (Mark("favsync:", Style.FAILED),)), *more)

    def _keep(self, *lines: str) -> None:
        if self.heard is not None:
            self.heard.append("\n".join(map(clean, lines)))

    def end_line(self) -> None:
        """On a terminal, end the line that something else has begun there."""
        if sys.stderr is not None and sys.stderr.isatty():
            _write_aside("")

    def flush(self) -> None:
        """Hand over all that was written to stdout."""
        _write_data(None)


def is_terminal() -> bool:
    """True when stdout is a terminal, not a pipe or a file."""
    return sys.stdout is not None and sys.stdout.isatty()


def stdout_failed(exc: OSError) -> FavsyncError:
    """Give up on stdout (the disk it goes to is full, say) and return the error to raise."""
    # What is still in the buffer can go nowhere: the interpreter must not try it again on its way out.
    os.dup2(os.open(os.devnull, os.O_WRONLY), 1)
    return FavsyncError(f"What was asked for could not be written to stdout: {exc.strerror}.")


def _shown(line: str | Line, stream: TextIO | None, width: int | None) -> list[str]:
    """A line as it is written: harmless, in lines that fit, and with its marks where they can be seen."""
    line = line if isinstance(line, Line) else Line(line)
    text, marks = clean(line.text), line.marks
    lines = [text] if line.is_verbatim else list(fitted(text, width))
    if not marks:
        return lines
    return painted(lines, marks, colours=has_colours(stream), links=has_links(stream))


def _write_aside(*lines: str | Line) -> None:
    # A closed stream is None, and printing to None would go to stdout instead.
    if sys.stderr is not None:
        width = width_of_stderr()
        sys.stderr.write("".join(f"{shown}\n" for line in lines for shown in _shown(line, sys.stderr, width)))
        sys.stderr.flush()


def width_of_stderr() -> int | None:
    """How many columns a line of stderr has; None: it is no terminal."""
    try:
        return os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):  # no terminal
        return None


def _write_data(data: str | bytes | None) -> None:
    """Write a line that is harmless, or bytes, to stdout; None: only flush it."""
    if sys.stdout is None:
        return
    try:
        if data is None:
            sys.stdout.flush()
        elif isinstance(data, bytes):
            sys.stdout.buffer.write(data)
        else:
            sys.stdout.write(f"{data}\n")
    except BrokenPipeError:
        raise
    except OSError as exc:
        raise stdout_failed(exc) from exc
