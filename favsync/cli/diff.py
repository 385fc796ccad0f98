"""`favsync diff`: the plan of a sync, without carrying it out."""

from datetime import timedelta

import click

from favsync.cli.access import choose_account, open_database
from favsync.cli.invocation import Invocation
from favsync.cli.options import json_option
from favsync.cli.sync import Runs
from favsync.cli.sync_words import plan_as_json, say_plan, say_report
from favsync.engine.lock import RunLock
from favsync.engine.sync import SyncOptions


@click.command()
@click.argument("name", metavar="[NAME]", required=False)
@json_option
@click.pass_obj
def diff(invocation: Invocation, *, name: str | None, as_json: bool) -> int:
    """Show what a sync of an account would do: what changed on the site, and what is queued.

    It is the plan that 'favsync sync' carries out, from the same code. Nothing is written, here or on the site.
    NAME is the account; it is needed only where there are several.
    """
    options = SyncOptions(
        dry_run=True,
        full_every=timedelta(seconds=invocation.settings.full_every),
        allowed_removals=invocation.settings.max_removals.allowed,
    )
    with open_database(invocation) as database:
        with database.read() as conn:
            account = choose_account(conn, name, say="favsync diff NAME")
        with RunLock(invocation.settings.database):  # nothing is written, but the site is asked by one run at a time
            report = Runs.of(invocation, database, options).run(account)
    if as_json:
        invocation.console.json(plan_as_json(report))
    else:
        say_plan(invocation.console, report)
    say_report(invocation.console, report, in_words=not as_json)
    return report.exit_code
