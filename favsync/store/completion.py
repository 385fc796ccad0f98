"""What a shell completes on a line: names of accounts and tags, and numbers of posts, runs and queued changes.

Nothing is imported that costs, and the database is only looked at, so that no file comes to be, beside it or anywhere.
Every function raises sqlite3.Error where something is wrong.
"""

import sqlite3
from contextlib import closing
from enum import StrEnum
from pathlib import Path
from time import monotonic
from typing import Final

from favsync.store import plain_statements

MOST: Final = 500
"""Names that are offered; of more, the first ones and the last, so that a shell sees what all of them begin with."""

_BEHIND_ALL: Final = "\U0010ffff"
_PATIENCE: Final = 0.2  # seconds to wait for a database that another program holds
_LONGEST: Final = 1.0  # seconds that SQLite may look for names. A million tags take less.


class Numbers(StrEnum):
    """What numbers a word may be one of: the statement that finds them, in a column `id`."""

    RUNS = plain_statements.LAST_RUNS
    FAVORITES = plain_statements.FAVORITES
    PENDING = plain_statements.PENDING
    FAILED = plain_statements.FAILED


def load_account_names(database: Path) -> list[str]:
    """Load the names of all accounts."""
    return _ask(database, plain_statements.ACCOUNT_NAMES)


def load_tag_names(database: Path, beginning: str, category: str | None = None) -> list[str]:
    """Load the tags that begin so, of one category or of all."""
    among = "FROM tags WHERE name >= ? AND name < ?" + (" AND category = ?" if category else "")
    values = (beginning, beginning + _BEHIND_ALL, *([category] if category else []))
    first = f"SELECT name {among} ORDER BY name LIMIT {MOST}"
    last = f"SELECT max(name) {among}"
    return _ask(database, f"SELECT name FROM ({first}) UNION {last} ORDER BY name", *values, *values)  # noqa: S608 - as just put together


def load_numbers(database: Path, beginning: str, among: Numbers) -> list[str]:
    """Load the numbers that begin with these digits; without any, all."""
    if beginning and not (beginning.isascii() and beginning.isdigit()):
        return []
    found = f"SELECT DISTINCT CAST(id AS TEXT) FROM ({among}) WHERE id GLOB :beginning LIMIT {MOST}"  # noqa: S608 - ours
    return _ask(database, found, beginning=f"{beginning}*")


def _ask(database: Path, sql: str, *values: str, **named: str) -> list[str]:
    # Opened so that the files are not made that SQLite keeps beside one in use.
    is_in_use = all(database.with_name(database.name + suffix).exists() for suffix in ("-wal", "-shm"))
    how = "mode=ro" if is_in_use else "mode=ro&immutable=1"
    with closing(sqlite3.connect(f"{database.absolute().as_uri()}?{how}", uri=True, timeout=_PATIENCE)) as connection:
        ends_at = monotonic() + _LONGEST
        connection.set_progress_handler(lambda: monotonic() > ends_at, 10_000)  # a table may be an endless view
        return [name for (name,) in connection.execute(sql, named or values) if isinstance(name, str)]
