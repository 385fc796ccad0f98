"""Warnings and progress, for the listener that `Library.open` is given.

A listener must be quick, and must not raise.
"""

from __future__ import annotations

from contextlib import AbstractContextManager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from favsync.site.http.retries import Waiting


class Observer:
    """Receives the progress of a run or a check, often. This one ignores it."""

    def pushing(self, done: int, total: int) -> None:
        """`done` of `total` operations are resolved or deferred."""

    def reading(self, seen: int, expected: int | None) -> None:
        """`seen` posts were read, of about `expected` (None: the site does not say)."""

    def checking(self, what: str, done: int, of: int | None) -> None:
        """`done` of `of` (None: not known) of a part of a check are checked."""

    def fetching(self, done: int, files: int, received: int, size: int) -> None:
        """`done` of `files` are stored; `received` bytes came, of about `size`."""


class LogListener:
    """Writes warnings to the log `favsync`, and ignores everything else."""

    def warn(self, text: str) -> None:
        """Receive a warning: something was wrong, but nothing failed, such as a key file that others could read.

        Python shows a warning in the log on stderr unless the program says otherwise.
        """
        import logging  # noqa: PLC0415 - only who is warned pays for it

        logging.getLogger("favsync").warning(text)

    def waiting(self, waiting: Waiting | None) -> None:
        """Receive a wait of a request for its next try; None: the wait is over."""

    def running(self, account: str) -> AbstractContextManager[Observer]:  # noqa: ARG002 - others say whose run it is
        """Return the observer of a run of an account, for a `with` block."""
        return nullcontext(Observer())

    def checking(self) -> AbstractContextManager[Observer]:
        """Return the observer of a check, for a `with` block."""
        return nullcontext(Observer())

    def fetching(self) -> AbstractContextManager[Observer]:
        """Return the observer of a fetch of files, for a `with` block."""
        return nullcontext(Observer())
