"""Who hears, while something is done, what a person should: whoever opens a `Library` says who.

What hears must be quick and must not raise.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from favsync.site.http.retries import Waiting


class Observer:
    """Told, often, how far a run or a check has come; this one makes nothing of it."""

    def pushing(self, done: int, total: int) -> None:
        """`done` of `total` operations are settled or deferred."""

    def reading(self, seen: int, expected: int | None) -> None:
        """`seen` posts were read, of about `expected` (None: the site does not say)."""

    def checking(self, what: str, done: int, of: int | None) -> None:
        """`done` of `of` (None: nobody knows) of a part of a check are looked at."""


class LogListener:
    """Hears of things as they happen: writes warnings to the log `favsync`, and leaves the rest unheard."""

    def warn(self, text: str) -> None:
        """Hear of something that was not as it should be and is no failure: a key file that others could read.

        Python shows a warning in the log on stderr unless the program says otherwise.
        """
        import logging  # noqa: PLC0415 - only who is warned pays for it

        logging.getLogger("favsync").warning(text)

    def waiting(self, waiting: Waiting | None) -> None:
        """Hear that a request waits for its next try; None: the wait is over."""

    def running(self, account: str) -> AbstractContextManager[Observer]:  # noqa: ARG002 - others say whose run it is
        """Enter what hears how far the run of an account has come."""
        return nullcontext(Observer())

    def checking(self) -> AbstractContextManager[Observer]:
        """Enter what hears how far a check has come."""
        return nullcontext(Observer())
