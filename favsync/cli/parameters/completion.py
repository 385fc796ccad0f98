"""What a shell completes on a line for favsync: the names of accounts and tags, from the database.

Who presses the tab key wants no errors, no waiting and no changes: whatever goes wrong, nothing is offered; nothing is
imported that costs; and the database is only looked at, so that no file comes to be, beside it or anywhere.
"""

import re
import sqlite3
from contextlib import closing
from pathlib import Path
from time import monotonic
from typing import Final

import click

from favsync.cli.invocation import Invocation
from favsync.cli.terminal.console import clean
from favsync.core.names import folded

MOST: Final = 500
"""Names that are offered; of more, the first ones and the last, so that a shell sees what all of them begin with."""

COMMANDS_OF: Final[dict[tuple[str, ...], tuple[str, ...]]] = {
    ("account",): ("add", "list", "show", "check", "login", "remove"),
    ("backup",): ("create", "list", "verify", "prune", "restore"),
    ("queue",): ("list", "cancel", "retry"),
}
"""The commands below these, which take half a second to import. After `backup` click would only offer folders."""

_CATEGORIES: Final = frozenset(
    {"general", "artist", "contributor", "copyright", "character", "species", "invalid", "meta", "lore"}
)
_BEFORE_A_TAG: Final = re.compile(r"(?:.*\s)?[-~(]*", re.DOTALL)
_BEHIND_ALL: Final = "\U0010ffff"
_PATIENCE: Final = 0.2
"""Seconds to wait for a database that another program holds."""

_LONGEST: Final = 1.0
"""Seconds that SQLite may look for names. A million tags take less."""


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


def complete_commands(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The commands below those that are named already."""
    group: click.Command | None = ctx.find_root().command
    for name in ctx.params.get(param.name or "") or ():
        group = group.get_command(ctx, name) if isinstance(group, click.Group) else None
        below = COMMANDS_OF.get((name,))
        if below:
            return [name for name in below if name.startswith(incomplete)]
    listed = group.list_commands(ctx) if isinstance(group, click.Group) else []
    return [name for name in listed if name.startswith(incomplete)]


def complete_runs(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The newest runs that have ended."""
    ended = "SELECT id FROM runs WHERE finished_at IS NOT NULL ORDER BY id DESC LIMIT 20"
    return _beginning(ctx, incomplete, ended)


def complete_favorites(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The newest favorites whose ids begin so."""
    return _beginning(ctx, incomplete, "SELECT post_id AS id FROM favorites ORDER BY sort_key DESC")


def complete_pending(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The numbers of the changes in the queue that are not sent yet."""
    return _beginning(ctx, incomplete, "SELECT id FROM operations WHERE state = 'pending'")


def complete_failed(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The numbers of the changes in the queue that failed."""
    return _beginning(ctx, incomplete, "SELECT id FROM operations WHERE state = 'failed'")


def complete_categories(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The categories of tags."""
    return [name for name in sorted(_CATEGORIES) if name.startswith(incomplete.lower())]


def _beginning(ctx: click.Context, beginning: str, numbers: str) -> list[str]:
    if beginning and not (beginning.isascii() and beginning.isdigit()):
        return []
    found = f"SELECT DISTINCT CAST(id AS TEXT) FROM ({numbers}) WHERE id GLOB :beginning LIMIT {MOST}"  # noqa: S608 - ours
    return _ask(ctx, found, beginning=f"{beginning}*")


def _tags(ctx: click.Context, beginning: str, category: str | None = None) -> list[str]:
    among = "FROM tags WHERE name >= ? AND name < ?" + (" AND category = ?" if category else "")
    values = (beginning, beginning + _BEHIND_ALL, *([category] if category else []))
    first = f"SELECT name {among} ORDER BY name LIMIT {MOST}"
    last = f"SELECT max(name) {among}"
    return _ask(ctx, f"SELECT name FROM ({first}) UNION {last} ORDER BY name", *values, *values)  # noqa: S608 - as just put together


def _ask(ctx: click.Context, sql: str, *values: str, **named: str) -> list[str]:
    try:
        given = ctx.find_root().params
        settings = Invocation(
            database_option=given.get("database"), config_option=given.get("config"), leaves_rights=True
        ).settings
        with closing(_look_at(settings.database)) as connection:
            found = [name for (name,) in connection.execute(sql, named or values)]
    except Exception:  # noqa: BLE001 - there is no place on the line where it could be said
        return []
    # The shell writes them to the terminal as they are.
    return [name for name in found if isinstance(name, str) and clean(name) == name]


def _look_at(database: Path) -> sqlite3.Connection:
    """Open the file to be read, without making the files that SQLite keeps beside one in use."""
    is_in_use = all(database.with_name(database.name + suffix).exists() for suffix in ("-wal", "-shm"))
    how = "mode=ro" if is_in_use else "mode=ro&immutable=1"
    connection = sqlite3.connect(f"{database.absolute().as_uri()}?{how}", uri=True, timeout=_PATIENCE)
    ends_at = monotonic() + _LONGEST
    connection.set_progress_handler(lambda: monotonic() > ends_at, 10_000)  # a table may be an endless view
    return connection
