"""The line that is shown while a request waits for its next try.

HTTP 503; retrying in 7 s (attempt 2, until 03:42)
"""

import math
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime

from favsync.cli.terminal.console import Console, clean, width_of_stderr
from favsync.site.http.retries import Waiting


class WaitingLine:
    """Shown on a terminal alone, in place, and gone when the wait is over. With `--verbose` the log says the same."""

    def __init__(self, console: Console) -> None:
        self._is_shown = console.shows_progress and not console.is_verbose
        self._draw: Callable[[str], None] = _draw_alone

    def __call__(self, waiting: Waiting | None) -> None:
        """Show what is waited for; None: the wait is over."""
        if self._is_shown:
            self._draw("" if waiting is None else waiting_words(waiting))

    @contextmanager
    def drawn_by(self, draw: Callable[[str], None]) -> Iterator[None]:
        """Leave the drawing to what else is on the terminal; it is given an empty text when a wait is over."""
        before, self._draw = self._draw, draw
        try:
            yield
        finally:
            self._draw = before


def waiting_words(waiting: Waiting) -> str:
    """Return the line. The time of day is that of the clock on the user's wall, as nothing is written down of it."""
    until = datetime.fromtimestamp(waiting.until, UTC).astimezone()
    seconds = math.ceil(waiting.seconds)
    left = f"{seconds} s" if seconds < 120 else f"{math.ceil(seconds / 60)} min"
    return f"{clean(waiting.reason)}; retrying in {left} (attempt {waiting.attempt}, until {until:%H:%M})"


def _draw_alone(text: str) -> None:
    """Write over the line that the cursor is on, and leave the cursor at its beginning."""
    if sys.stderr is None:
        return
    width = width_of_stderr() or 80
    # A blank takes the place of what stood there: an escape sequence is not known to every terminal.
    sys.stderr.write(f"\r{text[: width - 1].ljust(width - 1)}\r{text[: width - 1]}")
    sys.stderr.flush()
