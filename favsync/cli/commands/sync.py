"""`favsync sync`: the main job, once for each account, ending with a line that a person understands."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any

import click

from favsync.app.sync.report import SyncReport
from favsync.cli.invocation import Invocation
from favsync.cli.on_failure import Watched
from favsync.cli.parameters.options import json_option, names_argument
from favsync.cli.views.backup import say_made, say_retention
from favsync.cli.views.sync import run_as_json, say_plan, say_report
from favsync.errors import DatabaseTrouble, FavsyncError, InternalError, UsageError


@click.command()
@names_argument
@click.option("--full", is_flag=True, help="Read the whole list, not only what changed.")
@click.option("--dry-run", is_flag=True, help="Show the plan; write nothing, here or on the site.")
@click.option("--pull-only", is_flag=True, help="Only learn what changed; leave the queue alone.")
@click.option("--push-only", is_flag=True, help="Only apply the queue; do not read the list.")
@click.option("--accept-removals", is_flag=True, help="Apply removals even above 'max_removals'.")
@click.option(
    "--backup/--no-backup", default=None, help="Make a backup afterwards, or none, whatever the setting says."
)
@click.option("--files/--no-files", default=None, help="Fetch files afterwards, or none, whatever the setting says.")
@json_option
@click.pass_obj
def sync(invocation: Invocation, /, **given: Any) -> int:
    """Apply the queue, then learn what changed on the site.

    NAME is an account; without one, all of them are synced, one after the other.
    """
    request = Request(**given)
    if request.pull_only and request.push_only:
        raise click.UsageError("--pull-only and --push-only cannot be combined.")
    if request.backup and (request.dry_run or request.push_only):
        raise click.UsageError("--backup cannot be combined with --dry-run or --push-only: they store no list.")
    if request.files and (request.dry_run or request.push_only):
        raise click.UsageError("--files cannot be combined with --dry-run or --push-only: 'favsync files fetch' can.")
    watched = Watched.of(invocation)
    return _sync(watched, request) if request.dry_run else watched.run(lambda watched: _sync(watched, request))


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """What was typed, by the names of the parameters."""

    names: tuple[str, ...]
    full: bool
    dry_run: bool
    pull_only: bool
    push_only: bool
    accept_removals: bool
    backup: bool | None
    files: bool | None
    as_json: bool


def _sync(watched: Watched, request: Request) -> int:
    invocation = watched.invocation
    library, console = invocation.library, invocation.console
    watched.site = site_url = library.site_url()

    def say(report: SyncReport) -> None:
        watched.reports.append(report)
        if request.dry_run and not request.as_json:
            say_plan(console, report, site_url)
        say_report(console, report, in_words=not request.as_json)

    reports = library.sync(
        request.names,
        full=request.full,
        pull=not request.push_only,
        push=not request.pull_only,
        dry_run=request.dry_run,
        accept_removals=request.accept_removals,
        on_report=say,
    )
    if request.as_json:
        console.json([run_as_json(report) for report in reports])
    code = worst_code(report.exit_code for report in reports)
    wants_backup = invocation.settings.backup_after_sync if request.backup is None else request.backup
    if wants_backup and not request.push_only and not request.dry_run:
        # The run's lock is given back: a backup needs none, and keeps nobody waiting.
        code = worst_code([code, _back_up(invocation, reports, in_words=not request.as_json)])
    wants_files = bool(invocation.settings.files) if request.files is None else request.files
    if wants_files and not request.push_only and not request.dry_run:
        code = worst_code([code, _fetch_files(watched, request)])
    return code


def worst_code(codes: Iterable[int]) -> int:
    """The exit code of several runs: that of a mistake in favsync, else the highest."""
    known = tuple(codes)
    return InternalError.exit_code if InternalError.exit_code in known else max(known, default=0)


def _back_up(invocation: Invocation, reports: Sequence[SyncReport], *, in_words: bool) -> int:
    """Make a backup after a sync, if a run of it came to a complete list; return the exit code of that alone.

    What fails is said, and is no failure of the sync, whose result stands.
    """
    console = invocation.console
    if not any(report.is_worth_a_backup for report in reports):
        console.warn("No backup was made: no list is complete.")
        return 0
    try:
        done = invocation.library.back_up(on_made=lambda made: say_made(console, made) if in_words else None)
    except (DatabaseTrouble, UsageError) as exc:
        console.error(f"The sync is done, but its backup is not. {exc.message}")
        return DatabaseTrouble.exit_code
    say_retention(console, done.retention, invocation.settings.keep, in_words=in_words)
    return 0


def _fetch_files(watched: Watched, request: Request) -> int:
    """Fetch files after a sync; return 3 if something that is wanted is left, or 0.

    What fails is said and told, and is no failure of the sync, whose result stands.
    """
    from favsync.app.files.fetch_report import FetchReport  # noqa: PLC0415 - a night without files does without all of it
    from favsync.app.files.fetch_task import FetchRequest  # noqa: PLC0415 - as above
    from favsync.cli.views.files import fetch as views  # noqa: PLC0415 - as above

    console, in_words = watched.invocation.console, not request.as_json
    try:
        with watched.invocation.library.fetching(FetchRequest(request.names)) as task:
            if in_words:
                views.say_plan(console, task)
            task.guard()
            report = task.run()
            views.say_report(console, task, in_words=in_words)
    except FavsyncError as exc:
        console.error(f"The sync is done, but no files were fetched. {exc.message}")
        report = FetchReport(error=exc)
    watched.files = views.report_as_json(report)
    return 3 if report.exit_code else 0
