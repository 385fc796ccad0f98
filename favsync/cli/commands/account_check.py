"""`favsync account check`: does the site still know the user, and still take the key?"""

from dataclasses import dataclass
from functools import partial

import click

from favsync.app.site_access import SiteAccess
from favsync.app.sync.identity import identify_account, is_renamed
from favsync.cli.access import open_database, site_access
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_accounts
from favsync.cli.parameters.options import json_option
from favsync.cli.terminal.console import count, counted
from favsync.cli.views.results import accounts as results
from favsync.cli.views.results.to_json import to_json
from favsync.errors import FavsyncError
from favsync.model import Account, SiteUser
from favsync.site.http.pacing import Pacing
from favsync.store.accounts import choose_accounts
from favsync.store.sites import require_site_url


@dataclass(frozen=True, slots=True)
class Checked:
    """What the site said about one account: the user, or why not."""

    account: Account
    answer: SiteUser | FavsyncError


@click.command(short_help="Ask the site whether each account still works.")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete_accounts)
@json_option
@click.pass_obj
def check(invocation: Invocation, *, names: tuple[str, ...], as_json: bool) -> int:
    """Ask the site whether each account can still be read, and what the user is called there now.

    Nothing is changed, here or there. Whether a key may also write is known only to a sync that tries it.
    """
    with open_database(invocation) as database, database.read() as conn:
        accounts, site_url = choose_accounts(conn, names), require_site_url(conn)
    site = site_access(invocation, site_url)
    pacing = site.pacing()
    results = [Checked(account, _ask(site, account, pacing)) for account in accounts]
    if as_json:
        invocation.console.json([_as_json(result) for result in results])
    for result in results:
        if isinstance(result.answer, FavsyncError):
            invocation.console.error(f"{result.account.name}: {result.answer.message}")
        elif not as_json:
            invocation.console.data(_sentence(result.account, result.answer))
    return max((result.answer.exit_code for result in results if isinstance(result.answer, FavsyncError)), default=0)


def _ask(site: SiteAccess, account: Account, pacing: Pacing) -> SiteUser | FavsyncError:
    """The user of an account; or the error, so that the other accounts are asked too."""
    try:
        with site.connect_account(account, pacing) as client:
            user = identify_account(client, account, anonymous=partial(site.anonymous_like, client, account.username))
            if account.is_public:
                # An empty list and a hidden one look alike; only this search tells them apart (contract section 6).
                client.fetch_favorites_by_id(user.name, None)
            return user
    except FavsyncError as exc:
        return exc


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


def _as_json(result: Checked) -> dict[str, object]:
    if isinstance(result.answer, FavsyncError):
        return to_json(results.AccountFailed, result.account, ok=False, error=result.answer.message)
    user = result.answer
    return to_json(results.AccountChecked, result.account, user, ok=True, error=None, username_on_site=user.name)
