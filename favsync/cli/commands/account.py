"""`favsync account`: the accounts that are kept."""

import click

from favsync.cli.commands.account_add import add, login
from favsync.cli.commands.account_check import check
from favsync.cli.commands.account_list import list_accounts, show
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_accounts
from favsync.cli.parameters.confirming import confirm
from favsync.cli.terminal.console import clean


@click.group()
def account() -> None:
    """Add, list, check and remove accounts."""


@click.command(short_help="Forget an account here; nothing changes on the site.")
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
    if not yes and not confirm(question, otherwise="There is no terminal to ask at. Say it on the command line: --yes"):
        invocation.console.say("Nothing was changed.")
        return
    library.forget_account(known.name)
    invocation.console.say(f"{known.name} is forgotten here. Nothing was changed on {site_url}.")


for command in (add, list_accounts, show, check, login, remove):
    account.add_command(command)
