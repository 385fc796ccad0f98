"""Queued changes in a state that no queued change can be in, and what runs say of them."""

import sqlite3
from collections.abc import Iterator
from typing import Any, Final

from favsync.store.check.findings import Finding, repairable

_OPERATIONS: Final = """
SELECT id, post_id, action, state, outcome, reason, attempts, created_at, updated_at, settled_at,
  run_id, pushed_run_id, noticed_run_id FROM operations WHERE account_id = ? ORDER BY id
"""
_OUTCOMES: Final[dict[str, frozenset[str | None]]] = {
    "pending": frozenset({None, "later", "refused"}),  # a queued change that was refused can be queued again
    "done": frozenset({"applied", "already"}),
    "failed": frozenset({"refused"}),
    "superseded": frozenset({"cancelled", "replaced", "applied", "already"}),  # superseded while it was on its way
}


def find_in_queue(conn: sqlite3.Connection, account_id: int, name: str) -> Iterator[Finding]:
    """Find queued changes in a state that no queued change can be in, and two that wait for one post."""
    own = frozenset(row[0] for row in conn.execute("SELECT id FROM runs WHERE account_id = ?", (account_id,)))
    waiting: dict[int, int] = {}
    for row in conn.execute(_OPERATIONS, (account_id,)):
        operation_id, post_id, *_, state = row[:4]
        place = f"operations, row {operation_id}"
        for words in _complaints_of_operation(row, own):
            yield Finding("wish-impossible", place, f"{name}: queued change {operation_id}, post {post_id}, {words}.")
        if state != "pending":
            continue
        if post_id in waiting:
            words = (
                f"{name}: queued changes {waiting[post_id]} and {operation_id} are both pending, for post {post_id}."
            )
            yield repairable("wish-twice", f"operations, row {waiting[post_id]}", words)
        waiting[post_id] = operation_id
    for run_id, applied, already, *found in conn.execute(_PUSHES, (account_id,)):
        words = (
            f"{name}: run {run_id} counts {applied:,} queued changes applied and {already:,} that were so already;"
            f" the queue knows of {found[0]:,} and {found[1]:,}. Restore it from a backup."
        )
        yield Finding("push-counts", f"runs, row {run_id}", words)


def _complaints_of_operation(row: tuple[Any, ...], own: frozenset[int]) -> Iterator[str]:
    _, post_id, _, state, outcome, reason, attempts, created_at, updated_at, settled_at, *runs = row
    run_id, pushed, noticed = runs
    if post_id < 1 or attempts < 0:
        yield "has an invalid number"
    if outcome not in _OUTCOMES[state]:
        yield f"is {state}, and its outcome is {outcome or 'not there'}"
    if (state == "pending") != (settled_at is None):
        yield "is pending, and has an end time" if state == "pending" else f"is {state}, and has no end time"
    if state in {"done", "failed"} and (attempts < 1 or run_id is None):
        yield f"is {state}, and was never tried"
    if state == "failed" and not reason:
        yield "failed, and does not say why"
    if (outcome in {"applied", "already"}) != (pushed is not None):
        yield "does not agree with itself about whether the site has it so"
    if noticed is not None and (pushed is None or noticed < pushed):
        yield "was noticed before it was done"
    if attempts > 0 and (run_id is None or outcome is None):
        yield "was tried, and does not say by which run or with what outcome"
    if attempts == 0 and outcome == "later":
        yield "was deferred, and never tried"
    if any(run is not None and run not in own for run in runs):
        yield "names a run that is not one of the account"
    is_last = state in {"done", "failed"} or (state == "superseded" and run_id is None)
    if is_last and settled_at is not None and settled_at != updated_at:
        yield "has two times of its end"
    if attempts == 0 and outcome is None and run_id is None and updated_at != created_at:
        yield "has two times of its beginning"


# A run that was killed or interrupted wrote down nothing of what it had pushed.
_PUSHES: Final = """
SELECT runs.id, pushed_applied, pushed_already,
  count(operations.id) FILTER (WHERE operations.outcome = 'applied'),
  count(operations.id) FILTER (WHERE operations.outcome = 'already')
FROM runs LEFT JOIN operations ON operations.pushed_run_id = runs.id
WHERE runs.account_id = ? AND runs.outcome IS NOT NULL AND (runs.reason IS NULL OR runs.reason <> 'interrupted')
GROUP BY runs.id HAVING pushed_applied <> count(operations.id) FILTER (WHERE operations.outcome = 'applied')
  OR pushed_already <> count(operations.id) FILTER (WHERE operations.outcome = 'already')
"""
