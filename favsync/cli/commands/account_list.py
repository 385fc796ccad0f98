"""`favsync account list` and `account show`: what is known here, without asking the site."""

from typing import assert_never

import click

from favsync.cli.access import open_database, site_access
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_accounts
from favsync.cli.parameters.options import json_option
from favsync.cli.terminal.console import age, minute
from favsync.cli.views.results import accounts as results
from favsync.cli.views.results.to_json import to_json
from favsync.clock import utc_now
from favsync.config.keys import KeyPlace
from favsync.model import Account
from favsync.store.accounts import choose_accounts, load_account
from favsync.store.sites import require_site_url


@click.command("list")
@json_option
@click.pass_obj
def list_accounts(invocation: Invocation, *, as_json: bool) -> None:
    """List the accounts that are kept."""
    with open_database(invocation) as database, database.read() as conn:
        accounts = choose_accounts(conn, ())
    if as_json:
        invocation.console.json([to_json(results.Account, account) for account in accounts])
        return
    now = utc_now()
    invocation.console.table(
        ["account", "user", "user id", "access", "added"],
        [
            [known.name, known.username, str(known.site_user_id), _access(known), age(known.created_at, now)]
            for known in accounts
        ],
    )


@click.command()
@click.argument("name", shell_complete=complete_accounts)
@json_option
@click.pass_obj
def show(invocation: Invocation, *, name: str, as_json: bool) -> None:
    """Show what is known here of one account, without asking the site."""
    with open_database(invocation) as database, database.read() as conn:
        known, site_url = load_account(conn, name), require_site_url(conn)
    place = None if known.is_public else site_access(invocation, site_url).find_key(known.username)
    if as_json:
        invocation.console.json(to_json(results.AccountShown, known, site=site_url, key=place))
        return
    key = "none needed" if known.is_public else _where(place, invocation, known)
    invocation.console.table(
        ["account", known.name],
        [
            ["user", known.username],
            ["user id", str(known.site_user_id)],
            ["site", site_url],
            ["access", _access(known)],
            ["API key", key],
            ["added", minute(known.created_at)],
        ],
    )


def _where(place: KeyPlace | None, invocation: Invocation, account: Account) -> str:
    match place:
        case None:
            return f"none found: favsync account login {account.name}"
        case KeyPlace.FILE:
            return f"in {invocation.settings.key_file}"
        case KeyPlace.KEYRING:
            return "in the system keyring"
        case KeyPlace.COMMAND:
            return "printed by a command"
        case _ as never:
            assert_never(never)


def _access(account: Account) -> str:
    return "read" if account.is_public else "read and write"
