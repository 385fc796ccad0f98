"""Who hears, while something is done, what a person should: whoever opens a `Library` says who."""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from favsync.app.check.parts import CheckObserver
    from favsync.app.sync.report import Observer
    from favsync.site.http.retries import Waiting


class Listener(Protocol):
    """Hears of things as they happen. Its methods must be quick and must not raise."""

    def warn(self, text: str) -> None:
        """Hear of something that was not as it should be and is no failure: a key file that others could read."""

    def waiting(self, waiting: Waiting | None) -> None:
        """Hear that a request waits for its next try; None: the wait is over."""

    def running(self, account: str) -> AbstractContextManager[Observer]:
        """Enter what hears how far the run of an account has come."""

    def checking(self) -> AbstractContextManager[CheckObserver]:
        """Enter what hears how far a check has come."""


class LogListener:
    """Writes warnings to the log `favsync`, and leaves the rest unheard."""

    def warn(self, text: str) -> None:
        """Log it as a warning, which Python shows on stderr unless the program says otherwise."""
        import logging  # noqa: PLC0415 - only who is warned pays for it

        logging.getLogger("favsync").warning(text)

    def waiting(self, waiting: Waiting | None) -> None:
        """Leave it unheard."""

    def running(self, account: str) -> AbstractContextManager[Observer]:  # noqa: ARG002 - a Listener is given it
        """Leave it unheard."""
        from favsync.app.sync.report import Unobserved  # noqa: PLC0415 - only a sync needs it

        return nullcontext(Unobserved())

    def checking(self) -> AbstractContextManager[CheckObserver]:
        """Leave it unheard."""
        from favsync.app.check.parts import Unwatched  # noqa: PLC0415 - only a check needs it

        return nullcontext(Unwatched())
