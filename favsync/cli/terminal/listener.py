"""What `Library` has to tell while it works, on the terminal: warnings, waits, and bars of progress."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from typing import TYPE_CHECKING

from favsync.app.listener import LogListener, Observer

if TYPE_CHECKING:
    from favsync.cli.terminal.console import Console
    from favsync.cli.terminal.progress import Progress
    from favsync.cli.terminal.waiting import WaitingLine
    from favsync.site.http.retries import Waiting


class TerminalListener(LogListener):
    """Tells the person at the terminal. Bars are drawn where somebody is looking at stderr."""

    def __init__(self, console: Console) -> None:
        self.console = console

    def warn(self, text: str) -> None:
        """Write it to stderr."""
        self.console.warn(text)

    def waiting(self, waiting: Waiting | None) -> None:
        """Show the line that is shown while the site is waited for: one, whoever asks the site."""
        self._waiting_line(waiting)

    @contextmanager
    def running(self, account: str) -> Iterator[Observer]:
        """A progress bar of a run."""
        with self._progress(account) if self.console.shows_progress else super().running(account) as observer:
            yield observer

    @contextmanager
    def checking(self) -> Iterator[Observer]:
        """A line of progress of a check."""
        with self._progress("check") if self.console.shows_progress else super().checking() as observer:
            yield observer

    @contextmanager
    def fetching(self) -> Iterator[Observer]:
        """A progress bar of a fetch of files."""
        with self._progress("files") if self.console.shows_progress else super().fetching() as observer:
            yield observer

    @contextmanager
    def _progress(self, title: str) -> Iterator[Progress]:
        from favsync.cli.terminal.progress import Progress  # noqa: PLC0415 - rich costs 50 ms that a night need not pay

        with Progress(title) as progress, self._waiting_line.drawn_by(progress.waiting):
            yield progress

    @cached_property
    def _waiting_line(self) -> WaitingLine:
        from favsync.cli.terminal.waiting import WaitingLine  # noqa: PLC0415 - only a command that asks the site needs it

        return WaitingLine(self.console)
