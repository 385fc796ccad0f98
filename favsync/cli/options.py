"""Options that several commands share."""

import click

from favsync.cli.completion import complete_accounts

json_option = click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout, and nothing else there.")

account_option = click.option(
    "--account",
    "account_name",
    metavar="NAME",
    help="The account; needed only where there are several.",
    shell_complete=complete_accounts,
)
