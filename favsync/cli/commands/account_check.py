"""`favsync account check`: does the site still know the user, and still take the key?"""

import click

from favsync.app.sync.identity import is_renamed
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.options import json_option, names_argument
from favsync.cli.terminal.console import count, counted
from favsync.cli.views.results.accounts import AccountChecked, AccountFailed
from favsync.cli.views.results.to_json import to_json
from favsync.errors import FavsyncError
from favsync.model import Account, SiteUser


@click.command(short_help="Ask the site whether each account still works.")
@names_argument
@json_option
@click.pass_obj
def check(invocation: Invocation, *, names: tuple[str, ...], as_json: bool) -> int:
    """Ask the site whether each account can still be read, and what the user is called there now.

    Nothing is changed, here or on the site. Only a sync finds out whether a key may also write.
    """
    results = [(each.account, each.answer) for each in invocation.library.check_accounts(names)]
    if as_json:
        invocation.console.json(
            [
                to_json(AccountFailed, known, ok=False, error=user.message)
                if isinstance(user, FavsyncError)
                else to_json(AccountChecked, known, user, ok=True, error=None, username_on_site=user.name)
                for known, user in results
            ]
        )
    for known, user in results:
        if isinstance(user, FavsyncError):
            invocation.console.error(f"{known.name}: {user.message}")
        elif not as_json:
            invocation.console.data(_sentence(known, user))
    return max((user.exit_code for _, user in results if isinstance(user, FavsyncError)), default=0)


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
