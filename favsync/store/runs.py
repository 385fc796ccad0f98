"""What each run did, and what proved it complete."""

from contextlib import closing
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, insert, update

from favsync.model import RunEnd, RunKind, RunOutcome
from favsync.store.models import Run as RunRow
from favsync.store.sqlite import connect as sqlite

LAST_PATIENCE: Final = 0.4
"""Seconds that an interrupted run waits for another program's lock, to write down that it has ended."""


def start_run(conn: Connection, account_id: int, *, kind: RunKind, at: str) -> int:
    """Begin a run and return its id."""
    started = conn.execute(insert(RunRow).values(account_id=account_id, kind=kind, started_at=at).returning(RunRow.id))
    return started.scalar_one()


def close_abandoned_runs(conn: Connection, account_id: int, *, at: str) -> int:
    """End the runs that a killed process left open, as incomplete; return how many there were."""
    return conn.execute(
        update(RunRow)
        .where(RunRow.account_id == account_id, RunRow.outcome.is_(None))
        .values(outcome=RunOutcome.INCOMPLETE, reason="interrupted", finished_at=at)
    ).rowcount


def note_step(conn: Connection, run_id: int, *, requests: int, pages: int) -> None:
    """Note how many requests a run has made, and that it read so many more pages: it may be cut off right after."""
    values = {"requests": requests, "pages_read": RunRow.pages_read + pages}
    conn.execute(update(RunRow).where(RunRow.id == run_id).values(values))


def close_interrupted_run(path: Path, account_id: int, *, requests: int, at: str) -> None:
    """End the run of an account that a signal cuts off, as `close_abandoned_runs` would at the start of the next one.

    Over a connection of its own, for what the run's own was at is not known, and from any thread. Raises the
    DatabaseTrouble family, after LAST_PATIENCE where another program holds the database.
    """
    opened = closing(sqlite.connect(path, writable=True, busy_timeout=LAST_PATIENCE))
    with opened as connection, sqlite.translated(path):
        connection.execute(
            "UPDATE runs SET outcome = 'incomplete', reason = 'interrupted', finished_at = ?,"
            " requests = max(requests, ?) WHERE account_id = ? AND outcome IS NULL",
            (at, requests, account_id),
        )


def finish_run(conn: Connection, run_id: int, end: RunEnd, *, kind: RunKind | None = None) -> None:
    """Save how a run ended. One that has ended stays as it is: an interrupt right after its end changes nothing.

    `kind` is what it came to be, where that is not what it began as: one that had to read everything in the end.
    """
    values = {name: getattr(end, name) for name in RunEnd.__dataclass_fields__}
    values |= {} if kind is None else {"kind": kind}
    conn.execute(update(RunRow).where(RunRow.id == run_id, RunRow.outcome.is_(None)).values(values))
