"""`favsync account`: the accounts that are kept, and whether the site still knows their users and takes their keys."""

from typing import assert_never

import click

from favsync.app.sync.identity import is_renamed
from favsync.cli.commands.account_add import add, login
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_accounts
from favsync.cli.parameters.confirming import confirm
from favsync.cli.parameters.options import json_option, names_argument
from favsync.cli.terminal.console import age, clean, count, counted, minute
from favsync.cli.views.results.accounts import Account, AccountChecked, AccountFailed, AccountShown
from favsync.cli.views.results.to_json import to_json
from favsync.clock import utc_now
from favsync.config.keys import KeyPlace
from favsync.errors import FavsyncError


@click.group()
def account() -> None:
    """Add, list, check and remove accounts."""


account.add_command(add)


@account.command("list")
@json_option
@click.pass_obj
def list_accounts(invocation: Invocation, *, as_json: bool) -> None:
    """List the accounts that are kept."""
    accounts = invocation.library.accounts()
    if as_json:
        invocation.console.json([to_json(Account, account) for account in accounts])
        return
    now = utc_now()
    invocation.console.table(
        ["account", "user", "user id", "access", "added"],
        [
            [
                known.name,
                known.username,
                str(known.site_user_id),
                "read" if known.is_public else "read and write",
                age(known.created_at, now),
            ]
            for known in accounts
        ],
    )


@account.command()
@click.argument("name", shell_complete=complete_accounts)
@json_option
@click.pass_obj
def show(invocation: Invocation, *, name: str, as_json: bool) -> None:
    """Show what is known here of one account, without asking the site."""
    library = invocation.library
    known, site_url = library.account(name), library.site_url()
    place = library.find_key(known)
    if as_json:
        invocation.console.json(to_json(AccountShown, known, site=site_url, key=place))
        return
    match place:
        case _ if known.is_public:
            key = "none needed"
        case None:
            key = f"none found: favsync account login {known.name}"
        case KeyPlace.FILE:
            key = f"in {invocation.settings.key_file}"
        case KeyPlace.KEYRING:
            key = "in the system keyring"
        case KeyPlace.COMMAND:
            key = "printed by a command"
        case _ as never:
            assert_never(never)
    invocation.console.table(
        ["account", known.name],
        [
            ["user", known.username],
            ["user id", str(known.site_user_id)],
            ["site", site_url],
            ["access", "read" if known.is_public else "read and write"],
            ["API key", key],
            ["added", minute(known.created_at)],
        ],
    )


@account.command(short_help="Ask the site whether each account still works.")
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
            number, most = user.favorite_count, user.favorite_limit
            here = "favorites that are not counted" if number is None else counted(number, "favorite")
            limit = "" if most is None else f" of at most {count(most)}"
            access = "can be read" if known.is_public else "the key is good"
            if user.is_banned and not known.is_public:
                access += ", but the user is banned on the site: it can be read, and nothing can be added or removed"
            login_again = f" The user was called {known.username} before: favsync account login {known.name}"
            renamed = login_again if is_renamed(known, user) else ""
            invocation.console.data(f"{known.name}: {access}; {user.name} has {here}{limit}.{renamed}")
    return max((user.exit_code for _, user in results if isinstance(user, FavsyncError)), default=0)


account.add_command(login)


@account.command(short_help="Forget an account here; nothing changes on the site.")
@click.argument("name", shell_complete=complete_accounts)
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.pass_obj
def remove(invocation: Invocation, *, name: str, yes: bool) -> None:
    """Forget an account: its list, its history, its queue and its API key. Nothing changes on the site.

    Posts and their data stay in the database.
    """
    library = invocation.library
    known, site_url = library.account(name), library.site_url()
    question = f"Forget '{known.name}' ({clean(known.username)}), with its list and its history?"
    if not yes and not confirm(
        question, otherwise="There is no terminal to ask on. Confirm on the command line: --yes"
    ):
        invocation.console.say("Nothing was changed.")
        return
    library.forget_account(known.name)
    invocation.console.say(f"{known.name} is forgotten here. Nothing was changed on {site_url}.")
