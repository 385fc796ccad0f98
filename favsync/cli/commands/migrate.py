"""`favsync migrate`: one account's favorites into another one, oldest first, so that its list gets the same order."""

from datetime import timedelta
from typing import Any

import click

from favsync.app.migrate import Migrate, MigrateOptions
from favsync.app.migration_task import MigrateRequest, why_nothing_moves
from favsync.app.sync.report import SyncReport
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_accounts
from favsync.cli.parameters.confirming import confirm
from favsync.cli.parameters.options import SECONDS, WholeNumber, json_option, number_option, where_option
from favsync.cli.terminal.console import Console, count, counted
from favsync.cli.views.migrate import migration_as_json, say_end, say_plan, say_prospect
from favsync.cli.views.search_hints import nothing_found
from favsync.cli.views.sync import say_report
from favsync.config.durations import EXAMPLES

_NO_TERMINAL = "Nothing was sent: there is no terminal to ask on. Use --yes to remove these, or --dry-run."


@click.command()
@click.argument("source_name", metavar="FROM", shell_complete=complete_accounts)
@click.argument("target_name", metavar="TO", shell_complete=complete_accounts)
@click.option("--mirror", is_flag=True, help="Also remove from TO what FROM does not have, after asking.")
@where_option("Add only those of FROM that this search finds: 'rating:s -wolf'.")
@number_option("--limit", help="Send only the first N; run it again to continue.")
@click.option("--for", "seconds", type=SECONDS, metavar="DURATION", help=f"Stop sending after this time: {EXAMPLES}.")
@click.option("--newest-that-fit", is_flag=True, help="Where TO has too little room, leave the oldest out.")
@click.option("--skip", type=WholeNumber(min=1), multiple=True, metavar="POST", help="Leave this post out.")
@click.option("--accept-removals", is_flag=True, help="Apply removals even above 'max_removals'.")
@click.option("--dry-run", is_flag=True, help="Read both lists and show the plan; write nothing, here or on the site.")
@click.option("--yes", is_flag=True, help="Remove without asking.")
@json_option
@click.pass_obj
def migrate(
    invocation: Invocation,
    /,
    *,
    source_name: str,
    target_name: str,
    where: str | None,
    skip: tuple[int, ...],
    accept_removals: bool,
    yes: bool,
    as_json: bool,
    **given: Any,  # fields of MigrateOptions, by their names
) -> int:
    """Add to the account TO the favorites of FROM that it lacks, oldest first, so that TO gets FROM's order.

    It reads both lists first. What TO has already stays where it is, and pending changes in the queues are left to
    'sync'. After an interruption, or a slice of --for or --limit, run the same command again to continue. At the end,
    it reads TO again and compares it with FROM.
    """
    if given["mirror"] and where is not None:
        raise click.UsageError("--mirror makes TO equal to all of FROM, so --where cannot leave a part of it out.")
    settings = invocation.settings
    options = MigrateOptions(
        skipped=frozenset(skip),
        allowed_removals=None if accept_removals else settings.max_removals.allowed,
        full_every=timedelta(seconds=settings.full_every),
        **given,
    )
    request = MigrateRequest(source_name, target_name, where, options)
    with invocation.library.migration(request) as task:
        code = _migrate(invocation.console, task, yes=yes, in_words=not as_json)
        if where is not None and not as_json and (nothing := why_nothing_moves(task, where)):
            invocation.console.say(*nothing_found(nothing.search, nothing.hints))
        return code


def _migrate(console: Console, task: Migrate, *, yes: bool, in_words: bool) -> int:
    prepared = task.prepare()
    if isinstance(prepared, SyncReport):
        say_report(console, prepared, in_words=in_words)
        console.error("Nothing was sent: both lists have to be read first.")
        if not in_words:
            console.json(None)
        return prepared.exit_code or 3
    for report in (prepared.source, prepared.target):
        say_report(console, report, in_words=in_words, is_about_queue=False)
    if task.choose is not None and task.options.dry_run and prepared.source.added:
        console.warn(
            f"{task.source.name}: {counted(prepared.source.added, 'post')} that this dry run has just read"
            f" {'is' if prepared.source.added == 1 else 'are'} not stored yet, so the search does not find them."
            f" First: favsync sync {task.source.name}"
        )
    if in_words:
        say_plan(console, task, prepared)
    task.guard(prepared)
    if in_words:
        say_prospect(console, task, prepared)
    migrated = None
    if not task.options.dry_run:
        add, remove = count(len(prepared.plan.add)), count(len(prepared.plan.remove))
        if prepared.plan.remove and not yes and not confirm(f"Remove {remove} and add {add}?", otherwise=_NO_TERMINAL):
            raise click.Abort
        migrated = task.apply(prepared)
        say_report(console, migrated.report, in_words=in_words, is_about_queue=False)
        say_end(console, task, prepared, migrated, in_words=in_words)
    if not in_words:
        console.json(migration_as_json(task, prepared, migrated))
    return 0 if migrated is None else migrated.exit_code
