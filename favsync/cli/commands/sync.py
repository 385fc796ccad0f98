"""`favsync sync`: the main job, once for each account, ending with a line that a person understands."""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

import click

from favsync import interruption
from favsync.app.sync.lock import RunLock
from favsync.app.sync.report import Observer, PushTally, SyncReport, Unobserved
from favsync.app.sync.run import Ordered, Sync, SyncOptions
from favsync.cli.access import (
    anonymous_like,
    choose_accounts,
    connect_account,
    open_database,
    pacing_of,
    read_keys,
    require_site_url,
)
from favsync.cli.commands.backup import back_up_after
from favsync.cli.invocation import Invocation
from favsync.cli.on_failure import Watched
from favsync.cli.parameters.completion import complete_accounts
from favsync.cli.parameters.options import json_option
from favsync.cli.views.sync import run_as_json, say_plan, say_report
from favsync.errors import DatabaseTrouble, FavsyncError, InternalError, unforeseen
from favsync.model import Account, RunKind, RunOutcome
from favsync.site.http.pacing import Pacing
from favsync.store.database import Database
from favsync.store.favorites import count_favorites
from favsync.store.operations import count_pending
from favsync.store.sites import load_site_url

if TYPE_CHECKING:
    from favsync.cli.terminal.progress import Progress


@click.command()
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete_accounts)
@click.option("--full", is_flag=True, help="Read the whole list, not only what changed.")
@click.option("--dry-run", is_flag=True, help="Show what would be done, from the same code; write nothing anywhere.")
@click.option("--pull-only", is_flag=True, help="Leave the queue alone.")
@click.option("--push-only", is_flag=True, help="Carry the queue out, and do not read the list.")
@click.option("--accept-removals", is_flag=True, help="Believe it, however many favorites are gone from the site.")
@click.option("--backup/--no-backup", default=None, help="Make a backup after it, or none, whatever the setting says.")
@json_option
@click.pass_obj
def sync(
    invocation: Invocation,
    *,
    names: tuple[str, ...],
    full: bool,
    dry_run: bool,
    pull_only: bool,
    push_only: bool,
    accept_removals: bool,
    backup: bool | None,
    as_json: bool,
) -> int:
    """Carry out what is queued, then learn what changed on the site.

    NAME is an account; without one, all of them are synced, one after the other.
    """
    if pull_only and push_only:
        raise click.UsageError("--pull-only and --push-only exclude each other.")
    if backup and (dry_run or push_only):
        raise click.UsageError(
            "--backup follows a list that was read, and neither --dry-run nor --push-only keeps one."
        )
    options = SyncOptions(pull=not push_only, push=not pull_only, dry_run=dry_run, full=full)
    request = Request(names, options, accept_removals=accept_removals, backup=backup, as_json=as_json)
    watched = Watched.of(invocation)
    return _sync(watched, request) if dry_run else watched.run(lambda watched: _sync(watched, request))


@dataclass(frozen=True, slots=True)
class Request:
    """What was typed. `options` lacks what only the settings say."""

    names: tuple[str, ...]
    options: SyncOptions
    accept_removals: bool
    backup: bool | None
    as_json: bool


def _sync(watched: Watched, request: Request) -> int:
    invocation, reports = watched.invocation, watched.reports
    settings = invocation.settings
    options = replace(
        request.options,
        full_every=timedelta(seconds=settings.full_every),
        allowed_removals=None if request.accept_removals else settings.max_removals.allowed,
    )
    with open_database(invocation) as database:
        with database.read() as conn:
            watched.site = load_site_url(conn)
            accounts = choose_accounts(conn, request.names)
            read_keys(invocation, accounts, require_site_url(conn))
        # A dry run as well: the site is asked by one run at a time.
        with RunLock(settings.database):
            with database.read() as conn:
                accounts = choose_accounts(conn, request.names)
            runs = Runs.of(invocation, database, options)
            for account in accounts:
                reports.append(_run_and_say(runs, account, as_json=request.as_json))
    if request.as_json:
        invocation.console.json([run_as_json(report) for report in reports])
    code = worst_code(report.exit_code for report in reports)
    wants_backup = settings.backup_after_sync if request.backup is None else request.backup
    if wants_backup and options.pull and not options.dry_run:
        # The run's lock is given back: a backup needs none, and keeps nobody waiting.
        code = worst_code([code, back_up_after(invocation, reports, in_words=not request.as_json)])
    return code


def worst_code(codes: Iterable[int]) -> int:
    """The exit code of several runs: that of a mistake in favsync, else the highest."""
    known = tuple(codes)
    return InternalError.exit_code if InternalError.exit_code in known else max(known, default=0)


def _run_and_say(runs: "Runs", account: Account, *, as_json: bool) -> SyncReport:
    report = runs.run(account)
    console = runs.invocation.console
    if runs.options.dry_run and not as_json:
        say_plan(console, report, runs.site_url)
    say_report(console, report, in_words=not as_json)
    return report


@dataclass(frozen=True)
class Runs:
    """Runs of accounts of one site, one at a time and at one pace."""

    invocation: Invocation
    database: Database
    site_url: str
    options: SyncOptions
    pacing: Pacing

    @classmethod
    def of(cls, invocation: Invocation, database: Database, options: SyncOptions) -> "Runs":
        """Prepare runs of accounts of the database's site. Raises NoAccounts where it has none yet."""
        with database.read() as conn:
            site_url = require_site_url(conn)
        return cls(invocation, database, site_url, options, pacing_of(invocation, site_url))

    def run(
        self, account: Account, options: SyncOptions | None = None, *, in_order: Ordered | None = None
    ) -> SyncReport:
        """Run one account; what went wrong is in its report, so that the others are still run.

        `options` are others than those of the rest. `in_order` are wishes to carry out in place of the queue.
        Raises DatabaseTrouble: no other account would fare better.
        """
        try:
            with (
                connect_account(self.invocation, account, self.site_url, self.pacing) as client,
                _observer(self.invocation, account.name) as observer,
            ):
                return Sync(
                    database=self.database,
                    client=client,
                    account=account,
                    anonymous=partial(anonymous_like, self.invocation, client, account.username),
                    options=options or self.options,
                    observer=observer,
                    in_order=in_order,
                ).run()
        except DatabaseTrouble:
            raise
        except Exception as exc:  # noqa: BLE001 - it ends this account's run, and the others go on
            interruption.check()
            return self._not_begun(account, unforeseen(exc))

    def _not_begun(self, account: Account, error: FavsyncError) -> SyncReport:
        with self.database.read() as conn:
            total = count_favorites(conn, account.id)
            pushed = PushTally(pending=count_pending(conn, account.id))
        return SyncReport(
            account.name,
            None,
            RunKind.FULL,
            RunOutcome.FAILED,
            total=total,
            pushed=pushed,
            reason=error.message,
            error=error,
        )


@contextmanager
def _observer(invocation: Invocation, title: str) -> Iterator["Observer | Progress"]:
    """A progress bar where a person is looking at stderr."""
    if not invocation.console.shows_progress:
        yield Unobserved()
        return
    from favsync.cli.terminal.progress import Progress  # noqa: PLC0415 - rich costs 50 ms that a nightly run need not pay

    with Progress(title) as progress, invocation.waiting.drawn_by(progress.waiting):
        yield progress
