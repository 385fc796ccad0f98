"""`favsync migrate`: one account's favorites into another one, oldest first, so that its list gets the same order."""

import os
from datetime import timedelta
from pathlib import Path

import click

from favsync.app.migrate import Migrate, MigrateOptions, choose_where, require_two
from favsync.app.sync.lock import RunLock
from favsync.app.sync.report import SyncReport
from favsync.app.sync.run import SyncOptions
from favsync.app.sync.runs import Runs
from favsync.cli.access import open_database, site_access
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_accounts, complete_search
from favsync.cli.parameters.confirming import confirm
from favsync.cli.parameters.durations import Seconds
from favsync.cli.parameters.options import WholeNumber, json_option
from favsync.cli.terminal.console import count, counted
from favsync.cli.views.migrate import migration_as_json, say_end, say_plan, say_prospect
from favsync.cli.views.sync import say_report
from favsync.clock import stopwatch
from favsync.config.durations import EXAMPLES
from favsync.errors import NoSuchAccount, UsageError
from favsync.model import Account
from favsync.store.accounts import load_account
from favsync.store.database import Database
from favsync.store.sites import require_site_url
from favsync.store.sqlite.upgrade import driver_connection

_NOBODY = "Nothing was sent: there is no terminal to ask on. Say --yes to remove these, or --dry-run."


@click.command()
@click.argument("source_name", metavar="FROM", shell_complete=complete_accounts)
@click.argument("target_name", metavar="TO", shell_complete=complete_accounts)
@click.option("--mirror", is_flag=True, help="Also remove from TO what FROM does not have, after asking.")
@click.option(
    "--where",
    metavar="SEARCH",
    help="Add only those of FROM that this search finds: 'rating:s -wolf'.",
    shell_complete=complete_search,
)
@click.option("--limit", type=WholeNumber(min=1), metavar="N", help="Send only the first N; run it again to continue.")
@click.option("--for", "seconds", type=Seconds(), metavar="DURATION", help=f"Send no more after that: {EXAMPLES}.")
@click.option("--newest-that-fit", is_flag=True, help="Where TO has too little room, leave the oldest out.")
@click.option("--skip", type=WholeNumber(min=1), multiple=True, metavar="POST", help="Leave this post out.")
@click.option("--accept-removals", is_flag=True, help="Apply removals even above 'max_removals'.")
@click.option("--dry-run", is_flag=True, help="Read both lists and show the plan; write nothing, here or on the site.")
@click.option("--yes", is_flag=True, help="Remove without asking.")
@json_option
@click.pass_obj
def migrate(
    invocation: Invocation,
    *,
    source_name: str,
    target_name: str,
    mirror: bool,
    where: str | None,
    limit: int | None,
    seconds: float | None,
    newest_that_fit: bool,
    skip: tuple[int, ...],
    accept_removals: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> int:
    """Give the account TO what it lacks of FROM's favorites, oldest first: TO's list gets FROM's order.

    Both lists are read first. What TO has already stays where it is, and what waits in the queues is left to 'sync'.
    Interrupted, or cut into slices by --for and --limit, the same command goes on. At the end TO is read again and
    compared with FROM.
    """
    if mirror and where is not None:
        raise click.UsageError("--mirror makes TO equal to all of FROM, so --where cannot leave a part of it out.")
    settings = invocation.settings
    options = MigrateOptions(
        mirror=mirror,
        skipped=frozenset(skip),
        limit=limit,
        newest_that_fit=newest_that_fit,
        seconds=seconds,
        dry_run=dry_run,
        allowed_removals=None if accept_removals else settings.max_removals.allowed,
        full_every=timedelta(seconds=settings.full_every),
    )
    elapsed = stopwatch()
    with open_database(invocation) as database:
        with database.read() as conn:
            site = site_access(invocation, require_site_url(conn))
        site.read_keys(_two_accounts(database, source_name, target_name))
        with RunLock(settings.database):
            source, target = _two_accounts(database, source_name, target_name)
            runs = Runs.of(database, site, SyncOptions())
            choose = None if where is None else choose_where(database, source, where)
            task = Migrate(database, source, target, options, runs.run, elapsed, choose)
            code = _migrate(invocation, task, interval=runs.pacing.interval, yes=yes, in_words=not as_json)
            if where is not None and not as_json:
                _say_where(invocation, database, source, where)
            return code


def _say_where(invocation: Invocation, database: Database, source: Account, where: str) -> None:
    """Say why --where may find nothing, where it does."""
    from favsync.app.search import load_chosen, parse_where  # noqa: PLC0415 - only --where needs it
    from favsync.cli.views.search_hints import where_finds_nothing  # noqa: PLC0415 - only --where needs it

    with database.read() as conn:
        connection = driver_connection(conn)
        if not load_chosen(connection, source.name, parse_where(where)):
            invocation.console.say(*where_finds_nothing(connection, (source.name,), where))


def _two_accounts(database: Database, source_name: str, target_name: str) -> tuple[Account, Account]:
    with database.read() as conn:
        try:
            source, target = (load_account(conn, name) for name in (source_name, target_name))
        except NoSuchAccount as exc:
            if _is_a_file(exc.name):
                raise UsageError(
                    f"'{exc.name}' is a file, and favorites are moved between two accounts of one database. For a list"
                    f" in another database: favsync restore TO --from {exc.name}, or with an export of it: favsync"
                    " import FILE"
                ) from exc
            raise
    require_two(source, target)
    return source, target


def _is_a_file(name: str) -> bool:
    return os.sep in name or Path(name).suffix in (".db", ".jsonl", ".sqlite", ".sqlite3") or Path(name).is_file()


def _migrate(invocation: Invocation, task: Migrate, *, interval: float, yes: bool, in_words: bool) -> int:
    console = invocation.console
    prepared = task.prepare()
    if isinstance(prepared, SyncReport):
        say_report(console, prepared, in_words=in_words)
        console.error("Nothing was sent: both lists have to be known first.")
        if not in_words:
            console.json(None)
        return prepared.exit_code or 3
    for report in (prepared.source, prepared.target):
        say_report(console, report, in_words=in_words, is_about_queue=False)
    if task.choose is not None and task.options.dry_run and prepared.source.added:
        console.warn(
            f"{task.source.name}: {counted(prepared.source.added, 'post')} that this dry run has just read of"
            f" {'is' if prepared.source.added == 1 else 'are'} not kept yet, and a search finds only what is."
            f" First: favsync sync {task.source.name}"
        )
    if in_words:
        say_plan(console, task, prepared, interval=interval)
    task.guard(prepared)
    if in_words:
        say_prospect(console, task, prepared)
    migrated = None
    if not task.options.dry_run:
        add, remove = count(len(prepared.plan.add)), count(len(prepared.plan.remove))
        if prepared.plan.remove and not yes and not confirm(f"Remove {remove} and add {add}?", nobody=_NOBODY):
            raise click.Abort
        migrated = task.carry_out(prepared)
        say_report(console, migrated.report, in_words=in_words, is_about_queue=False)
        say_end(console, task, prepared, migrated, in_words=in_words)
    if not in_words:
        console.json(migration_as_json(task, prepared, migrated, interval=interval))
    return 0 if migrated is None else migrated.exit_code
