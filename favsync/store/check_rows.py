"""Rows that cannot be as they stand: accounts, runs, times, and the queue. Each is looked at by itself."""

import json
import sqlite3
from collections.abc import Iterator
from datetime import datetime
from typing import Any, Final

from sqlalchemy import Column, Table, Text

from favsync.store.findings import Finding, mendable
from favsync.store.models import Base
from favsync.store.posts import URLS

_MOMENT: Final = "[0-9][0-9][0-9][0-9]-[0-9][0-9]-[0-9][0-9]T[0-9][0-9]:[0-9][0-9]:[0-9][0-9].[0-9][0-9][0-9]Z"


def find_malformed_times(conn: sqlite3.Connection, *, now: str) -> Iterator[Finding]:
    """Find times that are not UTC in ISO 8601 with milliseconds, which would not sort, and such that are still to come.

    `now` is the time of day, as it would be kept.
    """
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if not column.name.endswith("_at") and column.name != "as_of":
                continue
            malformed = f"{column.name} NOT GLOB '{_MOMENT}' OR julianday({column.name}) IS NULL"
            where = f"{column.name} IS NOT NULL AND ({malformed} OR {column.name} > ?)"
            for place, text in _select(conn, table, column, where, now):
                if _is_moment(text):
                    words = f"{column.name} of {place} is {text}, which is still to come: the clock was set meanwhile."
                    yield Finding("clock-jumped", place, words)
                else:
                    words = f"{column.name} of {place} is '{text}', which is no time. Restore it from a backup."
                    yield Finding("time-malformed", place, words)


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except (TypeError, ValueError):
        return False


_OWN_TEXTS: Final = frozenset({"accounts", "sites", "runs", "operations", "reading_steps"})


def find_garbled_texts(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Find text that is not UTF-8 where nothing else would tell: what a payload tells is held against that."""
    for table in Base.metadata.sorted_tables:
        for column in table.columns:
            if isinstance(column.type, Text) and (table.name in _OWN_TEXTS or column.name in URLS):
                for place, text in _select(conn, table, column, f"{column.name} IS NOT NULL"):
                    if _is_garbled(text):
                        words = f"{column.name} of {place} is not text: '{text}'. Restore it from a backup."
                        yield Finding("text-garbled", place, words)


def _is_garbled(text: str) -> bool:
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False


def _select(
    conn: sqlite3.Connection, table: Table, column: Column[Any], where: str, *values: str
) -> Iterator[tuple[str, str]]:
    """The values of a column, each with its place in words."""
    key = [part.name for part in table.primary_key]
    rows = conn.execute(f"SELECT {', '.join(key)}, {column.name} FROM {table.name} WHERE {where}", values)  # noqa: S608 - ours
    for row in rows:
        yield f"{table.name}, row {', '.join(map(str, row[: len(key)]))}", row[len(key)]


def find_in_accounts(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Find accounts that cannot be, and a site that is not told."""
    names: set[str] = set()
    # What the last complete run was told stands in its evidence, too.
    accounts = conn.execute(
        "SELECT id, name, username, site_user_id, is_public, favorite_count, favorite_limit,"
        " (SELECT count(*) FROM operations WHERE operations.account_id = accounts.id),"
        " (SELECT count(*) FROM favorites"
        "  WHERE favorites.account_id = accounts.id AND absent_since_run_id IS NOT NULL),"
        " (SELECT evidence ->> '$.count_after' FROM runs WHERE runs.account_id = accounts.id"
        "  AND outcome = 'complete' AND json_valid(evidence) AND evidence ->> '$.count_after' IS NOT NULL"
        "  ORDER BY id DESC LIMIT 1)"
        " FROM accounts"
    ).fetchall()
    for number, name, username, user_id, is_public, told, limit, wishes, absent, counted in accounts:
        said = []
        if not name or not username or name.casefold() in names:
            said.append("has a name that is empty or another's")
        if user_id < 1 or min(told or 0, limit or 0) < 0:
            said.append("has a number that is none")
        if is_public and wishes:
            said.append("is read without a key, and has wishes")
        if not is_public and absent:
            said.append("is read with a key, and has favorites marked as not seen")
        names.add(name.casefold())
        if told is not None and counted is not None and told != counted:
            said.append("has another number of favorites on the site than its last complete run was told")
        for words in said:
            yield Finding("account-impossible", f"accounts, row {number}", f"Account {number} ('{name}') {words}.")
    site = conn.execute("SELECT url FROM sites").fetchall()
    if len(site) != 1 and accounts:
        words = "The database does not say which site it is about. Restore it from a backup."
        yield Finding("site-unknown", "sites", words)


_COUNTS: Final = (
    *("requests", "pages_read", "total", "added", "removed", "moved", "changed"),
    *("pushed_applied", "pushed_already", "pushed_failed", "pushed_pending"),
)
_RUNS: Final = f"""
SELECT id, started_at, finished_at, outcome, reason, evidence, is_base, as_of, change_seq, {", ".join(_COUNTS)}
FROM runs WHERE account_id = ? ORDER BY id
"""  # noqa: S608 - names of our own


def find_in_runs(conn: sqlite3.Connection, account_id: int, name: str) -> Iterator[Finding]:
    """Find runs that cannot have been, and a clock that jumped between them."""
    before = ""
    for row in conn.execute(_RUNS, (account_id,)):
        run_id, started_at, finished_at, *_ = row
        place = f"runs, row {run_id}"
        for words in _complaints_of_run(row):
            yield Finding("run-impossible", place, f"{name}: run {run_id} {words}.")
        if started_at < before or (finished_at is not None and finished_at < started_at):
            words = f"{name}: run {run_id} began or ended before what came before it: the clock was set meanwhile."
            yield Finding("clock-jumped", place, words)
        before = max(before, started_at)
    yield from _find_outside(conn, account_id, name)


def _complaints_of_run(row: tuple[Any, ...]) -> Iterator[str]:
    _, _, finished_at, outcome, reason, evidence, is_base, as_of, change_seq, *counts = row
    if (outcome is None) != (finished_at is None):
        yield "has an end without an outcome, or an outcome without an end"
    if outcome in {"incomplete", "refused", "failed"} and not reason and evidence is None:
        yield f"is {outcome}, and does not say why"
    if evidence is not None and not _is_object(evidence):
        yield "has evidence that is no JSON"
    if (is_base or as_of is not None or change_seq is not None) and evidence is None:
        yield "is built on, and has no evidence"
    if any(value is not None and value < 0 for value in counts):
        yield "has counted less than nothing"
    if counts[0] < counts[1]:
        yield "has read more pages than it made requests"


def _is_object(text: str) -> bool:
    try:
        return isinstance(json.loads(text), dict)
    except (ValueError, RecursionError):
        return False


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
SELECT runs.id, 'a step of a reading' FROM reading_steps JOIN runs ON runs.id = reading_steps.run_id
WHERE runs.account_id = :account AND (answered_at < started_at OR answered_at > {_LATEST}) GROUP BY runs.id
UNION ALL
SELECT runs.id, 'what the site had come to' FROM runs
WHERE runs.account_id = :account AND as_of > finished_at
UNION ALL
SELECT runs.id, 'the account' FROM runs JOIN accounts ON accounts.id = runs.account_id
WHERE runs.account_id = :account AND accounts.created_at > started_at
"""  # noqa: S608 - of our own


def _find_outside(conn: sqlite3.Connection, account_id: int, name: str) -> Iterator[Finding]:
    for run_id, what in conn.execute(_OUTSIDE, {"account": account_id}):
        words = f"{name}: {what} is dated outside of run {run_id}, which wrote it: the clock was set meanwhile."
        yield Finding("clock-jumped", f"runs, row {run_id}", words)


_OPERATIONS: Final = """
SELECT id, post_id, action, state, outcome, reason, attempts, created_at, updated_at, settled_at,
  run_id, pushed_run_id, noticed_run_id FROM operations WHERE account_id = ? ORDER BY id
"""
_OUTCOMES: Final[dict[str, frozenset[str | None]]] = {
    "pending": frozenset({None, "later", "refused"}),  # a wish that was refused can be queued again
    "done": frozenset({"applied", "already"}),
    "failed": frozenset({"refused"}),
    "superseded": frozenset({"cancelled", "replaced", "applied", "already"}),  # superseded while it was on its way
}


def find_in_queue(conn: sqlite3.Connection, account_id: int, name: str) -> Iterator[Finding]:
    """Find wishes in a state that no wish can be in, and two that wait for one post."""
    own = frozenset(row[0] for row in conn.execute("SELECT id FROM runs WHERE account_id = ?", (account_id,)))
    waiting: dict[int, int] = {}
    for row in conn.execute(_OPERATIONS, (account_id,)):
        operation_id, post_id, *_, state = row[:4]
        place = f"operations, row {operation_id}"
        for words in _complaints_of_wish(row, own):
            yield Finding("wish-impossible", place, f"{name}: wish {operation_id}, post {post_id}, {words}.")
        if state != "pending":
            continue
        if post_id in waiting:
            words = f"{name}: wishes {waiting[post_id]} and {operation_id} both wait, for post {post_id}."
            yield mendable("wish-twice", f"operations, row {waiting[post_id]}", words)
        waiting[post_id] = operation_id
    yield from _find_push_counts(conn, account_id, name)


def _complaints_of_wish(row: tuple[Any, ...], own: frozenset[int]) -> Iterator[str]:
    _, post_id, _, state, outcome, reason, attempts, created_at, updated_at, settled_at, *runs = row
    run_id, pushed, noticed = runs
    if post_id < 1 or attempts < 0:
        yield "has a number that is none"
    if outcome not in _OUTCOMES[state]:
        yield f"is {state}, and its outcome is {outcome or 'not there'}"
    if (state == "pending") != (settled_at is None):
        yield "waits, and has an end" if state == "pending" else f"is {state}, and has no end"
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
        yield "was put off, and never tried"
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


def _find_push_counts(conn: sqlite3.Connection, account_id: int, name: str) -> Iterator[Finding]:
    for run_id, applied, already, *found in conn.execute(_PUSHES, (account_id,)):
        words = (
            f"{name}: run {run_id} tells of {applied:,} wishes carried out and {already:,} that were so already;"
            f" the queue knows of {found[0]:,} and {found[1]:,}. Restore it from a backup."
        )
        yield Finding("push-counts", f"runs, row {run_id}", words)


_DESTROYED: Final = """
SELECT posts.id, posts.is_destroyed FROM posts
LEFT JOIN (SELECT post_id, max(run_id) AS run_id FROM favorite_events WHERE reason = 'destroyed' GROUP BY post_id)
  AS event ON event.post_id = posts.id
WHERE (posts.is_destroyed = 1 AND event.run_id IS NULL) OR (posts.is_destroyed = 0 AND event.run_id = posts.run_id)
"""


def find_destroyed(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Find posts that are destroyed by one account of them, and not by the other."""
    # With an account, its events are deleted, and nobody knows any more why a post is marked.
    (removed,) = conn.execute("SELECT count(*) FROM runs WHERE account_id IS NULL").fetchone()
    for post_id, is_destroyed in conn.execute(_DESTROYED):
        place = f"post {post_id}"
        if not is_destroyed:
            words = f"The history says that the site has no post {post_id} any more, and the post does not."
            yield mendable("post-destroyed", place, words, about=post_id)
        elif not removed:
            words = f"Post {post_id} is marked as destroyed, and the history knows nothing of it."
            yield Finding("post-not-destroyed", place, words)
