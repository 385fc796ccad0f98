"""How far a run has come, drawn on a terminal: posts read with their rate and the time left, queued changes sent."""

from collections.abc import Iterable
from types import TracebackType
from typing import Self

from rich.console import Console as RichConsole
from rich.console import RenderableType
from rich.progress import BarColumn, ProgressColumn, Task, TaskID, TextColumn, TimeRemainingColumn
from rich.progress import Progress as RichProgress
from rich.text import Text

from favsync.app.listener import Observer
from favsync.cli.terminal.console import size


class _Rate(ProgressColumn):
    """Things a second, once there is an estimate; of files, bytes."""

    def render(self, task: Task) -> Text:
        speed = task.finished_speed or task.speed
        if task.fields["in_bytes"]:
            return Text(f"{size(int(speed))}/s" if speed else "", style="dim")
        return Text("" if not speed else f"{speed:,.0f}/s" if speed >= 10 else f"{speed:.1f}/s", style="dim")


class _Bars(RichProgress):
    """Bars, and below them a line about the site that is waited for."""

    waiting = ""

    def get_renderables(self) -> Iterable[RenderableType]:
        """What is drawn, from top to bottom."""
        yield from super().get_renderables()
        if self.waiting:
            yield Text(self.waiting, style="dim", no_wrap=True, overflow="crop")


class Progress(Observer):
    """Draws to stderr. A context manager; what it drew is gone afterwards."""

    def __init__(self, title: str) -> None:
        self._title = title
        self._drawn = _Bars(
            TextColumn("{task.description}", markup=False),
            BarColumn(bar_width=None),
            TextColumn("{task.fields[done]}", markup=False),
            _Rate(),
            TimeRemainingColumn(compact=True),
            console=RichConsole(stderr=True, highlight=False),
            transient=True,
            expand=True,
        )
        self._tasks: dict[str, TaskID] = {}

    def __enter__(self) -> Self:
        self._drawn.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._drawn.stop()

    def pushing(self, done: int, total: int) -> None:
        self._draw("pushing", done, total)

    def reading(self, seen: int, expected: int | None) -> None:
        self._draw("reading", seen, None if expected is None else max(seen, expected))

    def checking(self, what: str, done: int, of: int | None) -> None:
        self._draw(what, done, of)

    def fetching(self, done: int, files: int, received: int, expected: int) -> None:
        words = f"{done:,} of {files:,}, {size(received)} of {size(max(received, expected))}"
        self._draw("fetching", received, max(received, expected), words=words)

    def waiting(self, text: str) -> None:
        """The site is waited for, as `text` says; empty: no longer."""
        self._drawn.waiting = text
        self._drawn.refresh()

    def _draw(self, what: str, done: int, total: int | None, *, words: str | None = None) -> None:
        in_bytes = words is not None
        if words is None:
            words = f"{done:,}" if total is None else f"{done:,} of {total:,}"
        if what not in self._tasks:
            named = f"{self._title}: {what}"
            self._tasks[what] = self._drawn.add_task(named, total=total, done=words, in_bytes=in_bytes)
        self._drawn.update(self._tasks[what], completed=done, total=total, done=words)
