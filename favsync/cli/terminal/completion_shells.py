"""The shells that favsync completes lines for: click's own, made quick and quiet, and bash with quoted names.

Imported only when a shell asks.
"""

import os
import re
import shlex
from collections.abc import Sequence
from contextlib import suppress
from typing import Final, TypeVar

import click
from click.shell_completion import (
    BashComplete,
    CompletionItem,
    FishComplete,
    ShellComplete,
    ZshComplete,
    add_completion_class,
)

from favsync.cli.parameters.completion import COMMANDS_OF, complete_accounts, complete_search
from favsync.cli.parameters.global_options import NAMES, hoisted

ACCOUNTS_OF: Final[dict[tuple[str, ...], int | None]] = {
    ("sync",): None,
    ("check",): None,
    ("diff",): 2,
    ("migrate",): 2,
    ("restore",): 1,
    ("account", "show"): 1,
    ("account", "check"): None,
    ("account", "login"): 1,
    ("account", "remove"): 1,
}
"""How many accounts these commands name; None: any number. It stands here because they take half a second to import."""

VALUE_FOLLOWS_IN_SEARCH: Final = frozenset(
    {"--account", "--columns", "--config", "--database", "--format", "--limit", "--timeout"}
)
"""The options of `search` after which no word of it comes."""

_SPECIAL_IN_BASH: Final = re.compile(r"([^\w@%+=:,./~^-])")

Shell = TypeVar("Shell", bound=type[ShellComplete])


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
        found = self._get_completions(args, incomplete)
        if incomplete.startswith("--") and self._command_was_named(args):
            found += [CompletionItem(name) for name in NAMES if name.startswith(incomplete) and name not in args]
        return found

    def _command_was_named(self, args: list[str]) -> bool:
        with self.cli.make_context(self.prog_name, list(args), resilient_parsing=True) as ctx:
            return bool([*ctx._protected_args, *ctx.args])

    def _get_completions(self, args: list[str], incomplete: str) -> list[CompletionItem[str]]:
        with self.cli.make_context(self.prog_name, list(args), resilient_parsing=True) as ctx:
            words = [*ctx._protected_args, *ctx.args]
            if _names_an_account(words, incomplete):
                return [CompletionItem(name) for name in complete_accounts(ctx, click.Argument(["name"]), incomplete)]
            if _is_a_word_of_a_search(words, incomplete):
                return [CompletionItem(word) for word in complete_search(ctx, click.Argument(["words"]), incomplete)]
        below = [name for name in COMMANDS_OF.get(tuple(words), ()) if name.startswith(incomplete)]
        if below:
            return [CompletionItem(name) for name in below]
        return super().get_completions(args, incomplete)


class _Bash(_Quick, BashComplete):
    """bash puts into the line what it is told, letter for letter."""

    def format_completion(self, item: CompletionItem[str]) -> str:
        """Quote what the shell would take for something else, unless a quotation mark is open."""
        if item.type == "plain" and not self._is_in_quotes():
            # Two, of which click's script for bash loses one when it reads the line.
            item = CompletionItem(_SPECIAL_IN_BASH.sub(r"\\\\\1", item.value))
        return super().format_completion(item)

    @staticmethod
    def _is_in_quotes() -> bool:
        try:
            shlex.split(os.environ["COMP_WORDS"])
        except ValueError:
            return True
        return False


class _Zsh(_Quick, ZshComplete):
    pass


class _Fish(_Quick, FishComplete):
    pass


SHELLS: Final[dict[str, type[ShellComplete]]] = {"bash": _Bash, "zsh": _Zsh, "fish": _Fish}
"""The shells that lines are completed for."""


def _is_a_word_of_a_search(words: Sequence[str], incomplete: str) -> bool:
    """Tell whether it is one, with a dash before it as well: only two make an option of it (`parameters/args.py`)."""
    if words[:1] != ["search"] or incomplete.startswith("--"):
        return False
    return "--" in words or words[-1] not in VALUE_FOLLOWS_IN_SEARCH


def _names_an_account(words: Sequence[str], incomplete: str) -> bool:
    if words[-1:] == ["--account"]:
        return True
    if incomplete.startswith("-") or any(word.startswith("-") for word in words):
        return False
    for command, most in ACCOUNTS_OF.items():
        if tuple(words[: len(command)]) == command:
            return most is None or len(words) - len(command) < most
    return False
