"""Options that several commands share."""

import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any, Final, TypeVar, cast

import click

from favsync.cli.parameters.completion import complete_accounts, complete_search
from favsync.config.durations import parse_duration
from favsync.errors import SeveralAccounts

Decorated = TypeVar("Decorated", bound=Callable[..., Any])
Value = TypeVar("Value")

LARGEST: Final = 2**63 - 1
"""The largest whole number that SQLite, and Python for the length of anything, can take."""


class WholeNumber(click.IntRange):
    """A whole number from `min` to `LARGEST`. Help tells the first alone, for nobody needs to know the second."""

    def convert(self, value: str | int, param: click.Parameter | None, ctx: click.Context | None) -> int:
        """The number. Raises click.BadParameter, also for one that is too large."""
        # click reads the text itself, and says in its types that it was a number before.
        number = super().convert(cast("int", value), param, ctx)
        if number > LARGEST:
            self.fail(f"{number} is too large; {LARGEST} is the most.", param, ctx)
        return number


class ReadBy(click.ParamType[Value]):
    """What `read` makes of a text. Where it raises ValueError, in words that say what is accepted, usage is wrong."""

    def __init__(self, name: str, read: Callable[[str], Value]) -> None:
        self.name = name
        self._read = read

    def convert(self, value: str | Value, param: click.Parameter | None, ctx: click.Context | None) -> Value:
        """Read it, unless it is a default that was never a text."""
        if not isinstance(value, str):
            return value
        try:
            return self._read(value)
        except (ValueError, OverflowError) as exc:
            self.fail(f"'{value}' is not {exc}.", param, ctx)


DURATION: Final = ReadBy("duration", lambda text: timedelta(seconds=parse_duration(text)))
"""A duration: `2d`."""

SECONDS: Final = ReadBy("duration", lambda text: parse_duration(f"{text}s" if re.fullmatch("[0-9]+", text) else text))
"""A duration in seconds: `2m`, and `30` alone means seconds."""

json_option = click.option("--json", "as_json", is_flag=True, help="Output JSON.")

name_argument = click.argument("name", metavar="[NAME]", required=False, shell_complete=complete_accounts)
names_argument = click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete_accounts)


def account_named(words: str) -> Callable[[Decorated], Decorated]:
    """The option that names an account, with `words` for its help."""
    return click.option("--account", "account_name", metavar="NAME", help=words, shell_complete=complete_accounts)


account_option = account_named("The account; needed only if there are several.")


def number_option(*names: str, help: str) -> Callable[[Decorated], Decorated]:
    """An option that takes a whole number from one on."""
    return click.option(*names, type=WholeNumber(min=1), metavar="N", help=help)


def file_option(*names: str, help: str) -> Callable[[Decorated], Decorated]:
    """An option that names a file."""
    return click.option(*names, type=click.Path(path_type=Path), metavar="FILE", help=help)


def timeout_option(what: str, default: float) -> Callable[[Decorated], Decorated]:
    """The option that ends a query or a search; the help says what it is by default, 30 seconds."""
    words = f"Stop the {what} after this time, such as 2m. Default: 30s."
    return click.option("--timeout", type=SECONDS, default=default, metavar="DURATION", help=words)


def where_option(help: str, *, required: bool = False) -> Callable[[Decorated], Decorated]:
    """The option that takes a search, and offers what a search may go on with."""
    return click.option("--where", metavar="SEARCH", required=required, help=help, shell_complete=complete_search)


@contextmanager
def naming_one(say: str = "--account NAME") -> Iterator[None]:
    """Where no account was named and several could be meant, say how the command at hand is told which."""
    try:
        yield
    except SeveralAccounts as exc:
        raise SeveralAccounts(exc.names, say) from exc
