"""`favsync account check`: does the site still know the user, and still take the key?"""

import click

from favsync.app.accounts import CheckedAccount
from favsync.app.sync.identity import is_renamed
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_accounts
from favsync.cli.parameters.options import json_option
from favsync.cli.terminal.console import count, counted
from favsync.cli.views.results import accounts as results
from favsync.cli.views.results.to_json import to_json
from favsync.errors import FavsyncError
from favsync.model import Account, SiteUser


@click.command(short_help="Ask the site whether each account still works.")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete_accounts)
@json_option
@click.pass_obj
def check(invocation: Invocation, *, names: tuple[str, ...], as_json: bool) -> int:
    """Ask the site whether each account can still be read, and what the user is called there now.

    Nothing is changed, here or there. Whether a key may also write is known only to a sync that tries it.
    """
    results = invocation.library.check_accounts(names)
    if as_json:
        invocation.console.json([_as_json(result) for result in results])
    for result in results:
        if isinstance(result.answer, FavsyncError):
            invocation.console.error(f"{result.account.name}: {result.answer.message}")
        elif not as_json:
            invocation.console.data(_sentence(result.account, result.answer))
    return max((result.answer.exit_code for result in results if isinstance(result.answer, FavsyncError)), default=0)


def _sentence(account: Account, user: SiteUser) -> str:
    here = "favorites that are not counted" if user.favorite_count is None else counted(user.favorite_count, "favorite")
    limit = "" if user.favorite_limit is None else f" of at most {count(user.favorite_limit)}"
    access = "can be read" if account.is_public else "the key is good"
    if user.is_banned and not account.is_public:
        access += ", but the user is banned on the site: it can be read, and nothing can be added or removed"
    renamed = (
        f" The user was called {account.username} before: favsync account login {account.name}"
        if is_renamed(account, user)
        else ""
    )
    return f"{account.name}: {access}; {user.name} has {here}{limit}.{renamed}"


def _as_json(result: CheckedAccount) -> dict[str, object]:
    if isinstance(result.answer, FavsyncError):
        return to_json(results.AccountFailed, result.account, ok=False, error=result.answer.message)
    user = result.answer
    return to_json(results.AccountChecked, result.account, user, ok=True, error=None, username_on_site=user.name)
