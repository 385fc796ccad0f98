"""Options that several commands share."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, Final, TypeVar, cast

import click

from favsync.cli.parameters.completion import complete_accounts, complete_search
from favsync.errors import SeveralAccounts

Decorated = TypeVar("Decorated", bound=Callable[..., Any])

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


json_option = click.option("--json", "as_json", is_flag=True, help="Output JSON.")

name_argument = click.argument("name", metavar="[NAME]", required=False, shell_complete=complete_accounts)
names_argument = click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete_accounts)

account_option = click.option(
    "--account",
    "account_name",
    metavar="NAME",
    help="The account; needed only where there are several.",
    shell_complete=complete_accounts,
)


def where_option(help: str) -> Callable[[Decorated], Decorated]:
    """The option that takes a search, and offers what a search may go on with."""
    return click.option("--where", metavar="SEARCH", help=help, shell_complete=complete_search)


@contextmanager
def naming_one(say: str = "--account NAME") -> Iterator[None]:
    """Where no account was named and several could be meant, say how the command at hand is told which."""
    try:
        yield
    except SeveralAccounts as exc:
        raise SeveralAccounts(exc.names, say) from exc
