"""The database as the app sees it: opened once, read in consistent snapshots, written in whole transactions."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Self, TypeAlias

from sqlalchemy import Connection, Engine, create_engine, event
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from sqlalchemy.pool import QueuePool

from favsync import interruption
from favsync.errors import NoAccounts
from favsync.private_paths import is_there
from favsync.store.sqlite import connect as sqlite
from favsync.store.sqlite import patience, upgrade

Transaction: TypeAlias = Connection
"""What `Database.read` and `write` hand out, and the store's functions are given: one snapshot, or one transaction."""


class Database:
    """One open database file. Use it as a context manager, or call `close`."""

    def __init__(self, path: Path, *, busy_timeout: float) -> None:
        self.path = path
        self._reader = _engine(path, writable=False, busy_timeout=busy_timeout)
        self._writer = _engine(path, writable=True, busy_timeout=busy_timeout)
        self._writing: list[sqlite3.Connection] = []
        event.listen(self._writer, "connect", lambda raw, _record: self._writing.append(raw))

    @classmethod
    def open(cls, path: Path, *, create: bool = True, busy_timeout: float = sqlite.BUSY_TIMEOUT) -> Self:
        """Open the database at `path`; make it when it is missing and `create`, upgrade it when it is older.

        `busy_timeout` is how many seconds another program's lock is waited for. Raises the DatabaseTrouble family.
        """
        upgrade.bring_to_head(path, create=create, busy_timeout=busy_timeout)
        return cls(path, busy_timeout=busy_timeout)

    @classmethod
    def open_existing(cls, path: Path) -> Self:
        """Open the database that is there. Raises NoAccounts where there is none, and the DatabaseTrouble family."""
        if not is_there(path):
            raise NoAccounts(path)
        return cls.open(path, create=False)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """Hand out a connection that sees one state of the database throughout and can change nothing."""
        with self._translated(), self._reader.connect() as connection, connection.begin():
            yield connection

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """Hand out a connection in one transaction: saved as a whole at the end, or not at all on an exception.

        After a signal none begins, and none is saved: KeyboardInterrupt.
        """
        interruption.check()
        with self._translated(), self._writer.connect() as connection:
            try:
                with connection.begin():
                    yield connection
                    interruption.check()
            except BaseException:
                _forget(connection)  # a COMMIT that failed, too, and no rollback follows one that could be heard of
                raise

    def abandon(self) -> None:
        """Undo what is being written: an exception that came in the middle of SQLAlchemy's own steps leaves it open."""
        for raw in self._writing:
            with suppress(sqlite3.Error):
                raw.rollback()

    def close(self) -> None:
        """Close every connection; the last one folds the write-ahead log into the file."""
        self._reader.dispose()
        self._writer.dispose()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.close()

    @contextmanager
    def _translated(self) -> Iterator[None]:
        """The boundary of `sqlite.translated`, with what SQLAlchemy makes of the driver's errors."""
        with sqlite.translated(self.path):
            try:
                yield
            except DBAPIError as exc:
                interruption.check()
                raise sqlite.translate(exc.orig, self.path) from exc
            except SQLAlchemyError as exc:  # one row was expected, and there was none, or there were two
                trouble = sqlite.blame(exc, self.path)
                if trouble is None:
                    raise
                raise trouble from exc


def _forget(connection: Connection) -> None:
    """Forget what is known of rows, such as the numbers of tags: one that was made is gone when that is undone."""
    connection.info.clear()


def _engine(path: Path, *, writable: bool, busy_timeout: float) -> Engine:
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite.connect(path, writable=writable, busy_timeout=busy_timeout),
        poolclass=QueuePool,
    )
    # A writer takes its lock at once: a transaction that has read and then finds the lock taken could only give up.
    statement = "BEGIN IMMEDIATE" if writable else "BEGIN"

    def begin(connection: Connection) -> None:
        patience.begin(upgrade.driver_connection(connection), statement, busy_timeout=busy_timeout)

    event.listen(engine, "begin", begin)
    event.listen(engine, "rollback_savepoint", lambda connection, _name, _context: _forget(connection))
    return engine
