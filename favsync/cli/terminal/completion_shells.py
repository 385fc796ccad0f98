"""The shells that favsync completes lines for: click's own, made quick and quiet, and bash with quoted names.

Imported only when a shell asks.
"""

import math
import os
import re
import shlex
from collections.abc import Sequence
from contextlib import suppress
from typing import Final

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

from favsync.cli.parameters.completion import COMMANDS_OF, Completer, complete_accounts, complete_search
from favsync.cli.parameters.global_options import NAMES, hoisted

ACCOUNTS_OF: Final[dict[tuple[str, ...], float]] = {
    **dict.fromkeys((("sync",), ("check",), ("account", "check")), math.inf),
    **dict.fromkeys((("diff",), ("migrate",)), 2),
    **dict.fromkeys((("restore",), ("account", "show"), ("account", "login"), ("account", "remove")), 1),
}
"""How many accounts these commands name. It stands here because they take half a second to import."""

VALUE_FOLLOWS_IN_SEARCH: Final = frozenset(
    {"--account", "--columns", "--config", "--database", "--format", "--limit", "--timeout"}
)
"""The options of `search` after which no word of it comes."""

_SPECIAL_IN_BASH: Final = re.compile(r"([^\w@%+=:,./~^-])")


def install() -> None:
    """Have click use these shells."""
    for shell in SHELLS.values():
        add_completion_class(shell)


class _Quick(ShellComplete):
    """Completes what is known here without importing the command, and ends in silence whatever happens."""

    def complete(self) -> str:
        """What to send to the shell."""
        with suppress(Exception):
            return super().complete()
        return ""

    def get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        """What the line may go on with."""
        args = hoisted(args)
        with self.cli.make_context(self.prog_name, list(args), resilient_parsing=True) as ctx:
            words = [*ctx._protected_args, *ctx.args]
            complete = _completer(words, incomplete)
            below = [name for name in COMMANDS_OF.get(tuple(words), ()) if name.startswith(incomplete)]
            offered = complete(ctx, click.Argument(["word"]), incomplete) if complete else below
        found = [CompletionItem(name) for name in offered]
        if not (complete or found):
            found = super().get_completions(args, incomplete)
        if words and incomplete.startswith("--"):
            found += [CompletionItem(name) for name in NAMES if name.startswith(incomplete) and name not in args]
        return found


class _Bash(_Quick, BashComplete):
    """bash puts into the line what it is told, letter for letter."""

    def format_completion(self, item: CompletionItem[str]) -> str:
        """Quote what the shell would take for something else, unless a quotation mark is open."""
        if item.type == "plain":
            with suppress(ValueError):  # a quotation mark is open
                shlex.split(os.environ["COMP_WORDS"])
                # Two, of which click's script for bash loses one when it reads the line.
                item = CompletionItem(_SPECIAL_IN_BASH.sub(r"\\\\\1", item.value))
        return super().format_completion(item)


class _Zsh(_Quick, ZshComplete):
    pass


class _Fish(_Quick, FishComplete):
    pass


SHELLS: Final[dict[str, type[ShellComplete]]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}
"""The shells that lines are completed for."""


def _completer(words: Sequence[str], incomplete: str) -> Completer | None:
    """What completes the next word where that is known without the command: an account, or a word of a search.

    A word of a search may have a dash before it: only two make an option of it (`commands/search.py`).
    """
    if words[-1:] == ["--account"]:
        return complete_accounts
    if words[:1] == ["search"] and not incomplete.startswith("--"):
        return complete_search if "--" in words or words[-1] not in VALUE_FOLLOWS_IN_SEARCH else None
    if not any(word.startswith("-") for word in (*words, incomplete)):
        for n in (1, 2):
            if len(words) - n < ACCOUNTS_OF.get(tuple(words[:n]), -math.inf):
                return complete_accounts
    return None
