"""`favsync account list` and `account show`: what is known here, without asking the site."""

from typing import assert_never

import click

from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_accounts
from favsync.cli.parameters.options import json_option
from favsync.cli.terminal.console import age, minute
from favsync.cli.views.results import accounts as results
from favsync.cli.views.results.to_json import to_json
from favsync.clock import utc_now
from favsync.config.keys import KeyPlace
from favsync.model import Account


@click.command("list")
@json_option
@click.pass_obj
def list_accounts(invocation: Invocation, *, as_json: bool) -> None:
    """List the accounts that are kept."""
    accounts = invocation.library.accounts()
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
    library = invocation.library
    known, site_url = library.account(name), library.site_url()
    place = library.find_key(known)
    if as_json:
        invocation.console.json(to_json(results.AccountShown, known, site=site_url, key=place))
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
            ["access", _access(known)],
            ["API key", key],
            ["added", minute(known.created_at)],
        ],
    )


def _access(account: Account) -> str:
    return "read" if account.is_public else "read and write"
