"""Reading the database without SQLAlchemy: importing it costs more than all the rest of a command that only looks."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

from favsync.errors import NoAccounts, NoSuchAccount, UsageError
from favsync.store import sqlite


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database at `path`, which must be there, to read one state of it throughout.

    A database of an older schema is upgraded first. Raises the DatabaseTrouble family.
    """
    with closing(sqlite.connect(path, writable=False)) as connection, sqlite.dressed(path):
        is_current = sqlite.load_revision(connection, path) == sqlite.HEAD
        sqlite.make_private(path)
    if not is_current:
        from favsync.store.database import Database  # noqa: PLC0415 - only an upgrade needs what is beyond SQLite

        Database.open(path).close()
    with closing(sqlite.connect(path, writable=False)) as connection, sqlite.dressed(path):
        connection.execute("BEGIN")
        yield connection


def choose_account(connection: sqlite3.Connection, name: str | None, *, say: str) -> str:
    """The local name of the account that `name` means; for None the only one. `say` is how to say which.

    Raises NoAccounts, NoSuchAccount, and UsageError when several could be meant.
    """
    names = tuple(str(row[0]) for row in connection.execute("SELECT name FROM accounts ORDER BY id"))
    if not names:
        raise NoAccounts
    if name is None:
        if len(names) > 1:
            raise UsageError(f"There are several accounts ({', '.join(names)}). Say which one: {say}")
        return names[0]
    for known in names:
        if known.casefold() == name.casefold():
            return known
    raise NoSuchAccount(name, names)
