"""What a shell completes on a line for favsync: the names of accounts and tags, from the database.

Who presses the tab key wants no errors, no waiting and no changes: whatever goes wrong, nothing is offered; nothing is
imported that costs; and the database is only looked at, so that no file comes to be, beside it or anywhere.
"""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from typing import Final

import click

from favsync.cli.console import clean
from favsync.cli.invocation import Invocation
from favsync.sync.names import folded

MOST: Final = 500
"""Names that are offered; of more, the first ones and the last, so that a shell sees what all of them begin with."""

_CATEGORIES: Final = frozenset(
    {"general", "artist", "contributor", "copyright", "character", "species", "invalid", "meta", "lore"}
)
_BEFORE_A_TAG: Final = re.compile(r"(?:.*\s)?[-~(]*", re.DOTALL)
_BEHIND_ALL: Final = "\U0010ffff"
_PATIENCE: Final = 0.2
"""Seconds to wait for a database that another program holds."""


def complete_accounts(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The accounts whose names begin so, without regard to case."""
    names = _ask(ctx, "SELECT name FROM accounts ORDER BY name")
    return [name for name in names if folded(name).startswith(folded(incomplete))]


def complete_tags(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The tags that begin so."""
    return _tags(ctx, incomplete)


def complete_search(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The same for the last word of a search, which may have a `-`, a `~`, a `(` or a category before its tag."""
    before = _BEFORE_A_TAG.match(incomplete)
    head = before[0] if before else ""
    tag = incomplete[len(head) :]
    category, colon, rest = tag.partition(":")
    if colon and category in _CATEGORIES:
        return [f"{head}{category}:{name}" for name in _tags(ctx, rest, category)]
    return [head + name for name in _tags(ctx, tag)]


def _tags(ctx: click.Context, beginning: str, category: str | None = None) -> list[str]:
    among = "FROM tags WHERE name >= ? AND name < ?" + (" AND category = ?" if category else "")
    values = (beginning, beginning + _BEHIND_ALL, *([category] if category else []))
    first = f"SELECT name {among} ORDER BY name LIMIT {MOST}"
    last = f"SELECT max(name) {among}"
    return _ask(ctx, f"SELECT name FROM ({first}) UNION {last} ORDER BY name", *values, *values)  # noqa: S608 - as just put together


def _ask(ctx: click.Context, sql: str, *values: str) -> list[str]:
    try:
        given = ctx.find_root().params
        settings = Invocation(
            database_option=given.get("database"), config_option=given.get("config"), leaves_rights=True
        ).settings
        with closing(_look_at(settings.database)) as connection:
            found = [name for (name,) in connection.execute(sql, values)]
    except Exception:  # noqa: BLE001 - there is no place on the line where it could be said
        return []
    # The shell writes them to the terminal as they are.
    return [name for name in found if isinstance(name, str) and clean(name) == name]


def _look_at(database: Path) -> sqlite3.Connection:
    """Open the file to be read, without making the files that SQLite keeps beside one in use."""
    is_in_use = all(database.with_name(database.name + suffix).exists() for suffix in ("-wal", "-shm"))
    how = "mode=ro" if is_in_use else "mode=ro&immutable=1"
    return sqlite3.connect(f"{database.absolute().as_uri()}?{how}", uri=True, timeout=_PATIENCE)
