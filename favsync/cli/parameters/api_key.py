"""How a command comes by an API key: from a prompt, from stdin, or from a command that prints it. Never from argv."""

import sys
from dataclasses import dataclass

import click

from favsync.cli.parameters.options import Decorated
from favsync.cli.terminal.console import clean
from favsync.config.keys import ApiKey, KeyStore, SavedKey, parse_key, run_key_command
from favsync.errors import KeyMissing

_LONGEST_LINE = 4096
"""Bytes: far more than any key."""


@dataclass(frozen=True, slots=True)
class GivenKey:
    """An API key, and the command that printed it. `command` is None when the key was given itself."""

    key: ApiKey
    command: str | None = None

    def save(self, store: KeyStore, username: str, site_url: str) -> SavedKey:
        """Keep the key, or the command in its place."""
        if self.command is not None:
            return store.save_command(username, site_url, self.command)
        return store.save_key(username, site_url, self.key)


def key_options(command: Decorated) -> Decorated:
    """Give a command the options that say where an API key comes from."""
    from_stdin = click.option("--api-key-stdin", is_flag=True, help="Read the API key from the first line of stdin.")
    from_command = click.option(
        "--api-key-command",
        metavar="CMD",
        help="Run CMD whenever the API key is needed, and use the first line that it prints. The key is not stored.",
    )
    return from_stdin(from_command(command))


def read_key(username: str, *, from_stdin: bool, command: str | None) -> GivenKey:
    """Read the API key of a user from where the options say, or ask for it at the terminal, unseen.

    Raises KeyMissing when there is none to be had.
    """
    if from_stdin and command is not None:
        raise click.UsageError("--api-key-stdin and --api-key-command cannot be combined.")
    if command is not None:
        return GivenKey(run_key_command(command), command)
    if from_stdin and sys.stdin is not None:
        # As bytes: an error about the wrong encoding would quote them.
        line = sys.stdin.buffer.readline(_LONGEST_LINE)
        return GivenKey(parse_key(line.decode("utf-8", "replace")))
    if sys.stdin is None or not sys.stdin.isatty():
        raise KeyMissing(
            "There is no terminal to ask for the API key at. Use --api-key-stdin or --api-key-command CMD."
        )
    return GivenKey(parse_key(click.prompt(f"API key of {clean(username)}", hide_input=True, err=True)))
