"""Waiting for the lock of another program, for as long as is fair to those that wait as well.

SQLite has no queue: who waits asks now and then whether the lock is free, and of a hundred that write at once some
never ask at the right moment. And nobody can break off the wait inside of SQLite, which is why it is a short one here.
"""

import random
import sqlite3
import time
from collections.abc import Callable
from typing import Final, TypeVar

T = TypeVar("T")

PATIENCE: Final = 12
"""How many times as long as a statement the opening of a database and the beginning of a transaction may wait."""

_ONE_WAIT: Final = 0.1
_PAUSE: Final = 0.05


def begin(connection: sqlite3.Connection, statement: str, *, busy_timeout: float) -> None:
    """Begin a transaction with `statement`, when others have ended theirs. `busy_timeout` is that of the connection.

    Raises sqlite3.OperationalError when the lock was never free.
    """
    connection.execute(f"PRAGMA busy_timeout = {round(min(busy_timeout, _ONE_WAIT) * 1000)}")
    try:
        patiently(lambda: connection.execute(statement), busy_timeout=busy_timeout)
    finally:
        connection.execute(f"PRAGMA busy_timeout = {round(busy_timeout * 1000)}")


def patiently(attempt: Callable[[], T], *, busy_timeout: float) -> T:
    """Try until no lock of others is in the way.

    Raises sqlite3.OperationalError after `PATIENCE` times `busy_timeout`, in seconds.
    """
    deadline = time.monotonic() + PATIENCE * busy_timeout
    while True:
        try:
            return attempt()
        except sqlite3.OperationalError as exc:
            is_busy = getattr(exc, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}
            if not is_busy or time.monotonic() > deadline:
                raise
        time.sleep(random.uniform(0, _PAUSE))  # noqa: S311 - not two at the same moment, and no secret
