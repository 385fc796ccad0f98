"""What a shell completes on a line for favsync: the names of accounts and tags, from the database.

Who presses the tab key wants no errors, no waiting and no changes: whatever goes wrong, nothing is offered; nothing is
imported that costs; and the database is only looked at, so that no file comes to be, beside it or anywhere.
"""

import re
from collections.abc import Callable
from pathlib import Path
from typing import Final

import click

from favsync.cli.invocation import Invocation
from favsync.cli.terminal.console import clean
from favsync.core.names import folded
from favsync.store.completion import Numbers, load_account_names, load_numbers, load_tag_names

Completer = Callable[[click.Context, click.Parameter, str], list[str]]
"""Finds what the word that is being typed may become."""

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


def complete_accounts(ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The accounts whose names begin so, without regard to case."""
    names = _ask(ctx, load_account_names)
    return [name for name in names if folded(name).startswith(folded(incomplete))]


def complete_tags(
    ctx: click.Context, _param: click.Parameter, incomplete: str, category: str | None = None
) -> list[str]:
    """The tags that begin so; with `category` only those of it."""
    return _ask(ctx, lambda database: load_tag_names(database, incomplete, category))


def complete_search(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The same for the last word of a search, which may have a `-`, a `~`, a `(` or a category before its tag."""
    before = _BEFORE_A_TAG.match(incomplete)
    head = before[0] if before else ""
    tag = incomplete[len(head) :]
    category, colon, rest = tag.partition(":")
    if colon and category in _CATEGORIES:
        return [f"{head}{category}:{name}" for name in complete_tags(ctx, param, rest, category)]
    return [head + name for name in complete_tags(ctx, param, tag)]


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


def _complete_numbers(among: Numbers) -> Completer:
    return lambda ctx, _param, incomplete: _ask(ctx, lambda database: load_numbers(database, incomplete, among))


complete_runs = _complete_numbers(Numbers.RUNS)
"""The newest runs that have ended."""

complete_favorites = _complete_numbers(Numbers.FAVORITES)
"""The newest favorites whose ids begin so."""

complete_pending = _complete_numbers(Numbers.PENDING)
"""The numbers of the changes in the queue that are not sent yet."""

complete_failed = _complete_numbers(Numbers.FAILED)
"""The numbers of the changes in the queue that failed."""


def complete_categories(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The categories of tags."""
    return [name for name in sorted(_CATEGORIES) if name.startswith(incomplete.lower())]


def _ask(ctx: click.Context, load: Callable[[Path], list[str]]) -> list[str]:
    try:
        given = ctx.find_root().params
        settings = Invocation(
            database_option=given.get("database"), config_option=given.get("config"), leaves_rights=True
        ).settings
        found = load(settings.database)
    except Exception:  # noqa: BLE001 - there is no place on the line where it could be said
        return []
    # The shell writes them to the terminal as they are.
    return [name for name in found if clean(name) == name]
