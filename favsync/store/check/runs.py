"""Runs that cannot have been as they stand, and a clock that jumped."""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any, Final

from favsync.store.check.findings import Finding
from favsync.store.checkpoints import Step

_COUNTS: Final = (
    *("requests", "pages_read", "total", "added", "removed", "moved", "changed"),
    *("pushed_applied", "pushed_already", "pushed_failed", "pushed_pending"),
)
_RUNS: Final = f"""
SELECT id, started_at, finished_at, outcome, reason, evidence, is_base, as_of, change_seq, {", ".join(_COUNTS)}
FROM runs WHERE account_id = ? ORDER BY id
"""  # noqa: S608 - names of our own


def load_checkpoint(conn: sqlite3.Connection, account_id: int) -> list[Step]:
    """Load what an interrupted scan had learned, as it stands there."""
    rows = conn.execute(
        "SELECT ordinal, question, answer, answered_at FROM reading_steps WHERE account_id = ? ORDER BY ordinal",
        (account_id,),
    )
    return [Step(*row) for row in rows]


def find_in_runs(conn: sqlite3.Connection, account_id: int, name: str) -> Iterator[Finding]:
    """Find runs that cannot have been, and a clock that jumped between them."""
    before = ""
    for row in conn.execute(_RUNS, (account_id,)):
        run_id, started_at, finished_at, *_ = row
        place = f"runs, row {run_id}"
        for words in _problems_of_run(row):
            yield Finding("run-impossible", place, f"{name}: run {run_id} {words}.")
        if started_at < before or (finished_at is not None and finished_at < started_at):
            words = f"{name}: run {run_id} began or ended before what came before it: the clock was set meanwhile."
            yield Finding("clock-jumped", place, words)
        before = max(before, started_at)
    for run_id, what in conn.execute(_OUTSIDE, {"account": account_id}):
        words = f"{name}: {what} is dated outside of run {run_id}, which wrote it: the clock was set meanwhile."
        yield Finding("clock-jumped", f"runs, row {run_id}", words)


def _problems_of_run(row: tuple[Any, ...]) -> Iterator[str]:
    _, _, finished_at, outcome, reason, evidence, is_base, as_of, change_seq, *counts = row
    if (outcome is None) != (finished_at is None):
        yield "has an end without an outcome, or an outcome without an end"
    if outcome in {"incomplete", "refused", "failed"} and not reason and evidence is None:
        yield f"is {outcome}, and does not say why"
    if evidence is not None:
        try:
            is_object = isinstance(json.loads(evidence), dict)
        except (ValueError, RecursionError):
            is_object = False
        if not is_object:
            yield "has evidence that is no JSON"
    if (is_base or as_of is not None or change_seq is not None) and evidence is None:
        yield "is built on, and has no evidence"
    if any(value is not None and value < 0 for value in counts):
        yield "has counted less than nothing"
    if counts[0] < counts[1]:
        yield "has read more pages than it made requests"


# A run writes down when it ended before it writes what it concluded, and may have to wait for another program then.
_LATEST: Final = "strftime('%Y-%m-%dT%H:%M:%fZ', finished_at, '+1 minute')"

# Seen from both ends: what a run wrote, and when it was at work. A clock that is set in between makes the same picture.
_OUTSIDE: Final = f"""
SELECT runs.id, 'an event' FROM favorite_events JOIN runs ON runs.id = favorite_events.run_id
WHERE runs.account_id = :account AND (happened_at < started_at OR happened_at > {_LATEST}) GROUP BY runs.id
UNION ALL
SELECT runs.id, 'post ' || posts.id FROM posts JOIN runs ON runs.id = posts.run_id
WHERE runs.account_id = :account AND (fetched_at < started_at OR fetched_at > {_LATEST})
UNION ALL
SELECT runs.id, 'a step of a scan' FROM reading_steps JOIN runs ON runs.id = reading_steps.run_id
WHERE runs.account_id = :account AND (answered_at < started_at OR answered_at > {_LATEST}) GROUP BY runs.id
UNION ALL
SELECT runs.id, 'what the site had come to' FROM runs
WHERE runs.account_id = :account AND as_of > finished_at
UNION ALL
SELECT runs.id, 'the account' FROM runs JOIN accounts ON accounts.id = runs.account_id
WHERE runs.account_id = :account AND accounts.created_at > started_at
"""  # noqa: S608 - of our own
