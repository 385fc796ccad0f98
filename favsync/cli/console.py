"""The one place that writes to the terminal: data to stdout, everything else to stderr.

Text that came from a site may hold anything. Whatever is written here has its control characters made visible first,
so that a tag or a user name can neither move the cursor nor turn a line around.
"""

import json
import os
import re
import shutil
import sys
import textwrap
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import chain

from favsync.errors import FavsyncError

MOST_LINES = 40
"""Lines of one kind that are shown on a terminal where no other number is asked for; a pipe gets them all."""

_UNSAFE = re.compile(
    "["
    "\x00-\x1f\x7f-\x9f"  # C0 (escape sequences begin there), delete, C1
    "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"  # marks and overrides of the writing direction
    "\u2028\u2029"  # other ends of a line
    "\ud800-\udfff"  # half characters, which no stream can write
    "]"
)


def clean(text: str) -> str:
    r"""Make every control character of `text` visible: an escape becomes the four characters `\x1b`.

    The ends of lines are among them, so one line comes out. Letters of all scripts and emoji stay as they are.
    """
    return _UNSAFE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def aligned(cells: Sequence[str], widths: Sequence[int], numeric: Sequence[bool]) -> str:
    """A line of a table: each cell padded to its width, `numeric` ones to the right."""
    return "  ".join(
        cell.rjust(width) if right else cell.ljust(width)
        for cell, width, right in zip(cells, widths, numeric, strict=True)
    ).rstrip()


def count(number: int) -> str:
    """A number as people read it: `12,345`."""
    return f"{number:,}"


def counted(number: int, one: str, several: str | None = None) -> str:
    """A number of things: `1 post`, `12,345 posts`. `several` is None where an s makes it."""
    return f"{count(number)} {one if number == 1 else several or f'{one}s'}"


def size(number: int) -> str:
    """A number of bytes as people read it: `177 MB`, and with a digit after the point below ten: `2.8 MB`."""
    amount, unit = float(number), "bytes"
    for larger in ("kB", "MB", "GB", "TB"):
        if amount < 999.5:
            break
        amount, unit = amount / 1000, larger
    return f"{amount:.1f} {unit}" if amount < 9.95 and unit != "bytes" else f"{amount:,.0f} {unit}"


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
        return shutil.get_terminal_size().columns

    @property
    def shows_progress(self) -> bool:
        """True when a person is looking at stderr, and wants to be told."""
        return not self.is_quiet and sys.stderr is not None and sys.stderr.isatty()

    def data(self, text: str) -> None:
        """Write a line of what was asked for to stdout."""
        _write_data(text)

    def json(self, value: object) -> None:
        """Write `value` as JSON to stdout, in ASCII: nothing is lost, and nothing can harm a terminal."""
        _write_data(json.dumps(value, indent=2).replace("\x7f", "\\u007f"))

    def stream(self, chunks: Iterable[bytes]) -> None:
        """Write what another program is to read to stdout, byte for byte; on a terminal as text that cannot harm it."""
        for chunk in chunks:
            _write_bytes(chunk)

    def table(
        self,
        columns: Sequence[str],
        rows: Sequence[Sequence[str | int | None]],
        *,
        bars: Sequence[float] | None = None,
    ) -> None:
        """Write a table to stdout: drawn on a terminal, plain aligned text in a pipe.

        A column of numbers stands to the right. None is shown as `-`. `bars` are lengths of zero to one, one a row: on
        a terminal each row has a bar at its end, as far as there is room.
        """
        numeric = [_is_numeric([row[i] for row in rows]) for i in range(len(columns))]
        self.draw(columns, [[_cell(value) for value in row] for row in rows], numeric, bars=bars)

    def draw(
        self,
        columns: Sequence[str],
        cells: Sequence[Sequence[str]],
        numeric: Sequence[bool],
        *,
        bars: Sequence[float] | None = None,
    ) -> None:
        """Write a table of texts as `table` does; `numeric` columns stand to the right. Line ends must be visible."""
        if is_terminal():
            from favsync.cli.drawing import draw_table  # noqa: PLC0415 - rich costs 50 ms that a pipe need not pay

            draw_table(columns, cells, numeric, bars)
            return
        widths = [max(len(row[i]) for row in [columns, *cells]) for i in range(len(columns))]
        for row in [columns, *cells]:
            _write_data(aligned(row, widths, numeric))

    def gap(self) -> None:
        """Write an empty line to stdout where a table follows that has none above it: one in a pipe."""
        if not is_terminal():
            _write_data("")

    def say(self, text: str) -> None:
        """Write a line about what was done to stderr, unless it shall be quiet."""
        if not self.is_quiet:
            _write_aside(text)

    def detail(self, text: str) -> None:
        """Write a line to stderr that only `--verbose` shows."""
        if self.is_verbose:
            _write_aside(text)

    def warn(self, text: str) -> None:
        """Write a line to stderr that nobody should miss: `--quiet` does not hide it."""
        self._keep(text)
        _write_aside(f"favsync: warning: {text}")

    def error(self, text: str) -> None:
        """Write the reason why a command failed to stderr."""
        self._keep(text)
        _write_aside(f"favsync: {text}")

    def _keep(self, text: str) -> None:
        if self.heard is not None:
            self.heard.append(_clean_lines(text))

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


def _is_numeric(values: Sequence[str | int | None]) -> bool:
    return not any(isinstance(value, str) for value in values) and any(isinstance(value, int) for value in values)


def _cell(value: str | int | None) -> str:
    if value is None:
        return "-"
    return count(value) if isinstance(value, int) else clean(value)


def _clean_lines(text: str) -> str:
    return "\n".join(map(clean, text.split("\n")))


def _fitted(text: str) -> str:
    """Break long lines between words where a terminal would break them within."""
    try:
        width = os.get_terminal_size(sys.stderr.fileno()).columns
    except (OSError, ValueError):  # no terminal
        return text
    if not width:
        return text
    wrapped = (
        textwrap.wrap(line, width, break_long_words=False, break_on_hyphens=False) or [""] for line in text.split("\n")
    )
    return "\n".join(chain.from_iterable(wrapped))


def _write_aside(text: str) -> None:
    # A closed stream is None, and printing to None would go to stdout instead.
    if sys.stderr is not None:
        sys.stderr.write(_fitted(_clean_lines(text)) + "\n")
        sys.stderr.flush()


def _write_bytes(chunk: bytes) -> None:
    if sys.stdout is None:
        return
    if is_terminal():
        _write_data(chunk.decode(errors="replace").replace("\r\n", "\n").removesuffix("\n"))
        return
    try:
        sys.stdout.buffer.write(chunk)
    except BrokenPipeError:
        raise
    except OSError as exc:
        raise stdout_failed(exc) from exc


def _write_data(text: str | None) -> None:
    """Write a line to stdout; None: only flush it."""
    if sys.stdout is None:
        return
    try:
        if text is None:
            sys.stdout.flush()
        else:
            sys.stdout.write(_clean_lines(text) + "\n")
    except BrokenPipeError:
        raise
    except OSError as exc:
        raise stdout_failed(exc) from exc
