"""`favsync files fetch`: download what is not kept yet, the most endangered first."""

import sys
from typing import Final

import click

from favsync.cli.invocation import Invocation
from favsync.cli.on_failure import Watched
from favsync.cli.parameters.confirming import confirm
from favsync.cli.parameters.file_kinds import kinds_option
from favsync.cli.parameters.options import (
    SECONDS,
    json_option,
    names_argument,
    number_option,
    where_option,
)
from favsync.cli.terminal.console import size
from favsync.cli.views.files.fetch import plan_as_json, report_as_json, say_plan, say_report
from favsync.config.durations import EXAMPLES
from favsync.model import FileKind

_MUCH: Final = 1_000_000_000
"""Bytes from which on a person is asked first."""


@click.command()
@names_argument
@kinds_option("Fetch", "the setting 'files', else original")
@where_option("Fetch only files of posts that this search finds: 'rating:s -wolf'.")
@number_option("--limit", help="Fetch the first N only; run it again to continue.")
@click.option("--for", "seconds", type=SECONDS, metavar="DURATION", help=f"Stop after this time: {EXAMPLES}.")
@click.option("--now", "ignores_hours", is_flag=True, help="Fetch outside of 'file_hours' as well.")
@click.option("--again", is_flag=True, help="Try again what was corrupt or not found before.")
@click.option("--dry-run", is_flag=True, help="Show what would be fetched; write nothing.")
@click.option("--yes", is_flag=True, help="Fetch without asking.")
@click.option(
    "--scheduled", is_flag=True, help="Fetch nothing if the setting 'files' is off; run 'on_failure' after a failure."
)
@json_option
@click.pass_obj
def fetch(
    invocation: Invocation,
    *,
    names: tuple[str, ...],
    kinds: tuple[str, ...],
    where: str | None,
    limit: int | None,
    seconds: float | None,
    ignores_hours: bool,
    again: bool,
    dry_run: bool,
    yes: bool,
    scheduled: bool,
    as_json: bool,
) -> int:
    """Download the files of favorites that are not kept yet.

    Files of flagged and pending posts come first, then the newest favorites, and former favorites last. It goes on
    where an earlier fetch ended, and keeps only what it has verified. NAME is an account; default: all.
    """

    def run(watched: Watched) -> int:
        library, console = watched.invocation.library, watched.invocation.console
        if scheduled and not kinds and not library.settings.files:
            return 0
        from favsync.app.files.fetch_task import FetchRequest  # noqa: PLC0415 - no other command of files asks a host

        chosen = tuple(FileKind(kind) for kind in kinds)
        request = FetchRequest(names, chosen, where, limit, seconds, ignores_hours=ignores_hours, again=again)
        watched.site = library.site_url()
        with library.fetching(request) as task:
            if not as_json:
                say_plan(console, task)
            if dry_run:
                if as_json:
                    console.json(plan_as_json(task))
                return 0
            task.guard()
            much, is_asked = task.plan.estimated_bytes, sys.stdin is not None and sys.stdin.isatty()
            if much > _MUCH and is_asked and not yes and not confirm(f"Fetch {size(much)}?", otherwise=""):
                raise click.Abort
            report = task.run()
            say_report(console, task, in_words=not as_json)
            watched.files = report_as_json(report)
            if as_json:
                console.json(watched.files)
            return report.exit_code

    watched = Watched.of(invocation)
    return watched.run(run, untold=3) if scheduled else run(watched)
