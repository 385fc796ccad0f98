"""`favsync account`: the accounts that are kept."""

import click

from favsync.cli.commands.account_add import add, login
from favsync.cli.commands.account_check import check
from favsync.cli.commands.account_list import list_accounts, show
from favsync.cli.commands.account_remove import remove


@click.group()
def account() -> None:
    """Add, list, check and remove accounts."""


for command in (add, list_accounts, show, check, login, remove):
    account.add_command(command)
