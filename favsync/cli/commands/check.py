"""`favsync check`: is everything that is kept still whole, and still what the site says?"""

from dataclasses import replace

import click

from favsync.cli.invocation import Invocation
from favsync.cli.parameters.options import json_option, names_argument, number_option
from favsync.cli.views.check import check_as_json, say_check


@click.command(short_help="Verify the database.")
@names_argument
@click.option("--remote", is_flag=True, help="Read the whole list on the site as well, and compare.")
@number_option("--sample", help="Compare N posts of each list with what the site says of them; implies --remote.")
@click.option("--fix", is_flag=True, help="Copy the database, then repair what is safe to repair.")
@json_option
@click.pass_obj
def check(
    invocation: Invocation, *, names: tuple[str, ...], remote: bool, sample: int | None, fix: bool, as_json: bool
) -> int:
    """Verify everything that can be verified: files, database, posts, history, queue.

    Without --fix, nothing is written. NAME is an account whose history, queue and list are checked; without it, all
    accounts are. The exit code is 0 if nothing is wrong, 3 if nothing is lost, and 8 for damage.
    """
    invocation = replace(invocation, leaves_rights=True)  # they are among what is looked at
    report = invocation.library.check(names, remote=remote, sample=sample, fix=fix)
    if report.is_upgraded:
        invocation.console.say(f"{report.database} was upgraded.")
    if as_json:
        invocation.console.json(check_as_json(report))
    else:
        say_check(invocation.console, report)
    return report.exit_code
