"""`favsync files check`: is every file that is kept still there, and still what it was?"""

import click

from favsync.cli.invocation import Invocation
from favsync.cli.parameters.options import json_option, names_argument, number_option
from favsync.cli.views.files.check import check_as_json, say_check


@click.command(short_help="Verify the kept files; --fix repairs them.")
@names_argument
@click.option("--all", "reads_all", is_flag=True, help="Read every file and compare its MD5.")
@number_option("--random", help="Read N files, chosen at random.")
@click.option("--fix", is_flag=True, help="Repair what can be repaired, and fetch damaged files again.")
@click.option("--yes", is_flag=True, help="Take files for gone although their folder is missing or empty.")
@json_option
@click.pass_obj
def check(
    invocation: Invocation,
    *,
    names: tuple[str, ...],
    reads_all: bool,
    random: int | None,
    fix: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Verify that the kept files are there, whole and private.

    With --all or --random their bytes are read as well. NAME is an account whose files are checked; default: all. The
    exit code is 0 if nothing is wrong, 3 if nothing is lost, and 8 if a file is lost.
    """
    report = invocation.library.check_files(
        names, read_all=reads_all, read_random=random or 0, fix=fix, accept_loss=yes
    )
    if as_json:
        invocation.console.json(check_as_json(report))
    else:
        say_check(invocation.console, report)
    return report.exit_code
