"""`favsync status`: what is kept here, what waits, and how the last runs went. The site is not asked.

It is run often, by people and by scripts: neither SQLAlchemy nor rich is imported for it.
"""

from datetime import datetime, timedelta

import click

from favsync.app.overview import Overview
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.durations import Duration
from favsync.cli.parameters.options import json_option
from favsync.cli.terminal.console import Line, Mark, Style, age, clean, count, counted, minute
from favsync.cli.views.results.accounts import Status
from favsync.cli.views.results.to_json import to_json
from favsync.clock import utc_now
from favsync.store.status import AccountStatus, LastRun

CLOCK_ERROR = timedelta(minutes=5)
"""How far in the future a run may have ended: as far as clocks are set right by their own kind."""

TOO_OLD = 3
"""The exit code when a last good run is older than it may be."""


@click.command()
@click.option(
    "--max-age",
    type=Duration(),
    metavar="DURATION",
    help="End with exit code 3 if an account's last good run is older than this: 2d.",
)
@json_option
@click.pass_obj
def status(invocation: Invocation, *, max_age: timedelta | None, as_json: bool) -> int:
    """Show each account's favorites, its queue and its last run, and the age of the newest backup.

    The site is not asked. A good run is one that proved the list to be complete.
    """
    found = invocation.library.status()
    now = utc_now()
    if as_json:
        invocation.console.json(to_json(Status, found))
    else:
        _say(invocation, found, now)
    too_old = [words for account in found.accounts for words in [_too_old(account, max_age, now)] if words]
    for words in too_old:
        invocation.console.error(words)
    return TOO_OLD if too_old else 0


def _say(invocation: Invocation, found: Overview, now: datetime) -> None:
    invocation.console.data(f"{found.site} in {found.database}", "")
    for account in found.accounts:
        invocation.console.data(_headline(account))
        invocation.console.data(_last_run(account, now))
        if account.last_run and not _is_good(account.last_run, account):
            good = account.last_good_run_at
            invocation.console.data(f"  last good run: {_when(good, now) if good else 'none yet'}")
    newest = found.last_backup
    when = f"{_when(newest.created_at, now)}, {newest.path}" if newest else f"none in {found.backup_folder}"
    invocation.console.data("", f"last backup: {when}")
    if any(account.failed for account in found.accounts):
        invocation.console.say("", "Why changes failed: favsync queue list --state failed")


def _headline(account: AccountStatus) -> Line:
    user = "" if account.username == account.name else f" ({clean(account.username)})"
    failed = f", {count(account.failed)} failed" if account.failed else ""
    pending = f"{count(account.pending)} pending"
    return Line(
        f"{account.name}{user}: {counted(account.favorites, 'favorite')}; queue: {pending}{failed}",
        (
            Mark(account.name, Style.NAME),
            Mark(pending, Style.WAITING if account.pending else None),
            *((Mark(failed.removeprefix(", "), Style.FAILED),) if failed else ()),
        ),
    )


def _last_run(account: AccountStatus, now: datetime) -> Line:
    run = account.last_run
    if run is None:
        return Line("  last run: none yet")
    if run.finished_at is None:
        words = f"begun {_when(run.started_at, now)}, and still at work or interrupted"
        return Line(f"  last run: {words}", (Mark("still at work or interrupted", Style.WAITING),))
    because = f": {clean(run.reason)}" if run.reason else ""
    when, outcome = _when(run.finished_at, now), str(run.outcome)
    style = Style.GOOD if outcome == "complete" else Style.FAILED
    return Line(f"  last run: {when}, {outcome}{because}", (Mark(when), Mark(outcome, style)))


def _is_good(run: LastRun, account: AccountStatus) -> bool:
    return run.outcome == "complete" and run.finished_at == account.last_good_run_at


def _too_old(account: AccountStatus, most: timedelta | None, now: datetime) -> str | None:
    """Say why an account's last good run is not good enough; None: it is, or nobody asked."""
    if most is None:
        return None
    if account.last_good_run_at is None:
        return f"{account.name}: there was no good run yet."
    past = now - datetime.fromisoformat(account.last_good_run_at)
    if past < -CLOCK_ERROR:
        # It would look young for as long as the clock was wrong by.
        return (
            f"{account.name}: the last good run is said to have been on {minute(account.last_good_run_at)}, which is in"
            " the future. A clock was wrong, then or now; the next good run puts it right."
        )
    if past > most:
        return f"{account.name}: the last good run was {_when(account.last_good_run_at, now)}, which is too long ago."
    return None


def _when(moment: str, now: datetime) -> str:
    if datetime.fromisoformat(moment) - now > CLOCK_ERROR:
        return f"in the future ({minute(moment)}; a clock was wrong)"
    return f"{age(moment, now)} ({minute(moment)})"
