"""Reading the database without SQLAlchemy: importing it costs more than all the rest of a command that only looks."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from favsync.core.names import find_named, only_one
from favsync.errors import NoAccounts
from favsync.private_paths import is_there
from favsync.store.plain_statements import ACCOUNTS, SITE_URL
from favsync.store.sqlite import connect as sqlite


@dataclass(frozen=True, slots=True)
class NamedAccount:
    """An account: its number in the database, and its local name."""

    id: int
    name: str


@contextmanager
def reading(path: Path) -> Iterator[sqlite3.Connection]:
    """Open the database at `path` to read one state of it throughout.

    A database of an older schema is upgraded first. Raises NoAccounts where there is none, and the DatabaseTrouble
    family.
    """
    if not is_there(path):
        raise NoAccounts(path)
    with closing(sqlite.connect(path, writable=False)) as connection, sqlite.translated(path):
        is_current = sqlite.load_revision(connection, path) == sqlite.HEAD
        sqlite.make_private(path)
    if not is_current:
        from favsync.store.database import Database  # noqa: PLC0415 - only an upgrade needs what is beyond SQLite

        Database.open(path).close()
    with closing(sqlite.connect(path, writable=False)) as connection, sqlite.translated(path):
        connection.execute("BEGIN")
        yield connection


def load_site_url(connection: sqlite3.Connection) -> str:
    """The site that the database is about. Raises NoAccounts before the first account."""
    site = connection.execute(SITE_URL).fetchone()
    if site is None:
        raise NoAccounts(sqlite.database_of(connection))
    return str(site[0])


def choose_account(connection: sqlite3.Connection, name: str | None) -> str:
    """The local name of the account that `name` means; for None the only one.

    Raises NoAccounts, NoSuchAccount, and SeveralAccounts.
    """
    return only_one(choose_accounts(connection, name)).name


def choose_accounts(connection: sqlite3.Connection, name: str | None) -> list[NamedAccount]:
    """The account that `name` means, alone; for None all that there are. Raises NoAccounts and NoSuchAccount."""
    every = load_named(connection)
    if not every:
        raise NoAccounts(sqlite.database_of(connection))
    return every if name is None else find_named(every, name)


def load_named(connection: sqlite3.Connection) -> list[NamedAccount]:
    """Every account, in the order in which they were added."""
    return [NamedAccount(*row) for row in connection.execute(ACCOUNTS)]


def load_answer(path: Path, sql: str) -> tuple[list[str], list[tuple[Any, ...]]]:
    """Load what a statement of our own finds: the names of its columns, and its rows. Raises as `reading` does."""
    with reading(path) as connection:
        found = connection.execute(sql)
        return [column[0] for column in found.description], found.fetchall()
