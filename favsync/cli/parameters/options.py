"""Options that several commands share."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Final, cast

import click

from favsync.cli.parameters.completion import complete_accounts
from favsync.errors import SeveralAccounts

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

account_option = click.option(
    "--account",
    "account_name",
    metavar="NAME",
    help="The account; needed only where there are several.",
    shell_complete=complete_accounts,
)


@contextmanager
def naming_one(say: str = "--account NAME") -> Iterator[None]:
    """Where no account was named and several could be meant, say how the command at hand is told which."""
    try:
        yield
    except SeveralAccounts as exc:
        raise SeveralAccounts(exc.names, say) from exc
