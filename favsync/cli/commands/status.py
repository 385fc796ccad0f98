"""`favsync status`: what is kept here, what waits, and how the last runs went. The site is not asked.

It is run often, by people and by scripts: neither SQLAlchemy nor rich is imported for it.
"""

from collections.abc import Iterator
from datetime import datetime, timedelta

import click

from favsync.cli.invocation import Invocation
from favsync.cli.parameters.options import DURATION, json_option
from favsync.cli.terminal.console import Line, Mark, Style, age, clean, count, counted, minute, size
from favsync.clock import utc_now
from favsync.store.status import AccountStatus

CLOCK_ERROR = timedelta(minutes=5)
"""How far in the future a run may have ended: as far as clocks are set right by their own kind."""

TOO_OLD = 3
"""The exit code when a last good run is older than it may be."""


@click.command()
@click.option(
    "--max-age",
    type=DURATION,
    metavar="DURATION",
    help="End with exit code 3 if an account's last good run is older than this: 2d.",
)
@json_option
@click.pass_obj
def status(invocation: Invocation, *, max_age: timedelta | None, as_json: bool) -> int:
    """Show each account's favorites, its queue and its last run, and the age of the newest backup.

    The site is not asked. A good run is one that proved the list to be complete.
    """
    console, found = invocation.console, invocation.library.status()
    now = utc_now()
    if as_json:
        from favsync.cli.views.results.accounts import Status  # noqa: PLC0415 - 4 ms that only --json needs
        from favsync.cli.views.results.to_json import to_json  # noqa: PLC0415 - as above

        console.json(to_json(Status, found))
    else:
        console.data(f"{found.site} in {found.database}", "")
        for account in found.accounts:
            console.data(*_lines(account, now))
        newest = found.last_backup
        when = f"{_when(newest.created_at, now)}, {newest.path}" if newest else f"none in {found.backup_folder}"
        console.data("", f"last backup: {when}")
        if (files := found.files) is not None:
            kept = f"{count(files.stored)} kept, {size(files.bytes)}"
            console.data(f"files: {kept}; {count(files.wanted)} wanted, {count(files.unavailable)} unavailable")
        if any(account.failed for account in found.accounts):
            console.say("", "Why changes failed: favsync queue list --state failed")
    too_old = [words for account in found.accounts if (words := _too_old(account, max_age, now))]
    for words in too_old:
        console.error(words)
    return TOO_OLD if too_old else 0


def _lines(account: AccountStatus, now: datetime) -> Iterator[Line]:
    """What is said of an account: its favorites and its queue, its last run, and the good one before that."""
    user = "" if account.username == account.name else f" ({clean(account.username)})"
    pending, failed = f"{count(account.pending)} pending", f"{count(account.failed)} failed"
    marks = [Mark(account.name, Style.NAME), Mark(pending, Style.WAITING if account.pending else None)]
    queue = f"queue: {pending}"
    if account.failed:
        queue += f", {failed}"
        marks.append(Mark(failed, Style.FAILED))
    yield Line(f"{account.name}{user}: {counted(account.favorites, 'favorite')}; {queue}", tuple(marks))
    run, good = account.last_run, account.last_good_run_at
    if run is None:
        yield Line("  last run: none yet")
        return
    if run.finished_at is None:
        still = "still at work or interrupted"
        yield Line(f"  last run: begun {_when(run.started_at, now)}, and {still}", (Mark(still, Style.WAITING),))
    else:
        because = f": {clean(run.reason)}" if run.reason else ""
        when, outcome = _when(run.finished_at, now), str(run.outcome)
        style = Style.GOOD if outcome == "complete" else Style.FAILED
        yield Line(f"  last run: {when}, {outcome}{because}", (Mark(when), Mark(outcome, style)))
    if run.outcome != "complete" or run.finished_at != good:
        yield Line(f"  last good run: {_when(good, now) if good else 'none yet'}")


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
            f"{account.name}: the last good run was recorded on {minute(account.last_good_run_at)}, which is in"
            " the future. A clock was wrong, then or now; the next good run puts it right."
        )
    if past > most:
        return f"{account.name}: the last good run was {_when(account.last_good_run_at, now)}, which is too long ago."
    return None


def _when(moment: str, now: datetime) -> str:
    if datetime.fromisoformat(moment) - now > CLOCK_ERROR:
        return f"in the future ({minute(moment)}; a clock was wrong)"
    return f"{age(moment, now)} ({minute(moment)})"
