"""How many files are kept, wanted and unavailable: counted in SQL, without SQLAlchemy, because `status` shows it."""

import sqlite3
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

from favsync.core.files.plan import wanted_kinds
from favsync.model import FileKind
from favsync.store.files.wanted import CURRENT, IS_WANTED, URL

_STATES: Final = "SELECT state, count(*), CAST(total(size) AS INTEGER) FROM files GROUP BY state"
_REASONS: Final = "SELECT reason, count(*) FROM files WHERE state = 'unavailable' GROUP BY reason"
# As `core/files/plan.py` and the candidates have it, which `load_candidates` loads one by one.
_IS_MADE: Final = {
    FileKind.ORIGINAL: "1",
    FileKind.SAMPLE: "(coalesce(posts.file_ext, '') IN ('webm', 'mp4') OR posts.file_url IS NULL"
    " OR coalesce({url} <> posts.file_url, 0))",
    FileKind.PREVIEW: "1",
}
_CAN_BE_HAD: Final = (
    "(posts.is_deleted = 0 AND posts.is_destroyed = 0 AND {url} IS NOT NULL"
    f" AND NOT ({{url}} GLOB '*/{'[0-9a-f]' * 32}[._]*' AND instr({{url}}, '/' || post_files.md5) = 0))"
)
# Most files are kept: they are passed over along two indexes in the same order, with no look at a row.
_WANTED: Final = """
WITH open(id) AS (
  SELECT post_files.id FROM post_files INDEXED BY ix_post_files_md5
    WHERE NOT EXISTS (SELECT 1 FROM files WHERE files.md5 = post_files.md5 AND files.kind = :kind)
  UNION ALL SELECT post_files.id FROM files JOIN post_files ON post_files.md5 = files.md5
    WHERE files.kind = :kind AND files.state IN ('wanted', 'partial', 'unavailable'))
SELECT count(DISTINCT CASE WHEN {can} THEN post_files.md5 END), coalesce(sum(NOT {can}), 0),
  count(DISTINCT CASE WHEN files.state = 'unavailable' THEN files.id END)
FROM open CROSS JOIN {current} AND post_files.id = open.id AND {wanted} AND {made}
"""
_AGAIN: Final = """
SELECT files.reason, count(DISTINCT files.id) FROM {current} AND {wanted} AND files.state = 'unavailable' GROUP BY 1
"""
_VERSIONS: Final = """
SELECT count(*), CAST(total(size) AS INTEGER) FROM files WHERE kind = 'original' AND state IN ('stored', 'external')
  AND md5 IN (SELECT md5 FROM post_files WHERE last_run_id IS NOT NULL)
  AND md5 NOT IN (SELECT md5 FROM post_files WHERE last_run_id IS NULL)
"""
_OF_ACCOUNTS: Final = """
SELECT account_id, state, count(*), CAST(total(size) AS INTEGER) FROM
  (SELECT DISTINCT account_id, files.id, state, size
    FROM (SELECT DISTINCT account_id, post_id FROM favorite_events) AS ever
    JOIN post_files ON post_files.post_id = ever.post_id JOIN files ON files.md5 = post_files.md5)
GROUP BY account_id, state
"""
_UNAVAILABLE_OF_ACCOUNTS: Final = """
SELECT DISTINCT account_id, files.md5, files.kind FROM files
JOIN post_files ON post_files.md5 = files.md5 JOIN favorite_events ON favorite_events.post_id = post_files.post_id
WHERE state = 'unavailable'
"""


@dataclass(frozen=True, slots=True)
class FilesCounts:
    """The files of a database, in four numbers."""

    stored: int
    """Files that are kept, in the files folder or where they were adopted."""
    bytes: int
    """Their bytes."""
    wanted: int
    """Files of the wanted kinds that the next fetch would fetch."""
    unavailable: int
    """Files that cannot be had."""


@dataclass(frozen=True, slots=True)
class StateCounts:
    """Files, and their bytes, by state."""

    number: Counter[str]
    size: Counter[str]


def count_files(connection: sqlite3.Connection, kinds: Collection[str]) -> FilesCounts:
    """Count the files. `kinds` are those that are wanted, by the setting `files`."""
    states = count_states(connection)
    wanted, unavailable = 0, states.number["unavailable"]
    for kind in wanted_kinds(kinds):
        can = _CAN_BE_HAD.format(url=URL[kind])
        made, current = _IS_MADE[kind].format(url=URL[kind]), CURRENT.format(kind=":kind")
        question = _WANTED.format(can=can, current=current, wanted=IS_WANTED, made=made)
        obtainable, others, again = connection.execute(question, {"kind": kind}).fetchone()
        wanted += obtainable
        unavailable += others - again
    return FilesCounts(
        states.number["stored"] + states.number["external"],
        states.size["stored"] + states.size["external"],
        wanted,
        unavailable,
    )


def count_states(connection: sqlite3.Connection) -> StateCounts:
    """Count the files in each state."""
    rows = connection.execute(_STATES).fetchall()
    return StateCounts(Counter({row[0]: row[1] for row in rows}), Counter({row[0]: row[2] for row in rows}))


def count_states_of_accounts(connection: sqlite3.Connection) -> dict[int, StateCounts]:
    """Count the files of all posts that are or were favorites, by account and state."""
    counts: dict[int, StateCounts] = {}
    for account_id, state, number, size in connection.execute(_OF_ACCOUNTS):
        of_account = counts.setdefault(account_id, StateCounts(Counter(), Counter()))
        of_account.number[state], of_account.size[state] = number, size
    return counts


def load_unavailable_of_accounts(connection: sqlite3.Connection) -> dict[int, set[tuple[str, FileKind]]]:
    """Load which files the site did not have, by md5 and kind, of all posts that are or were favorites, by account."""
    files: dict[int, set[tuple[str, FileKind]]] = {}
    for account_id, md5, kind in connection.execute(_UNAVAILABLE_OF_ACCOUNTS):
        files.setdefault(account_id, set()).add((md5, FileKind(kind)))
    return files


def count_unavailable(connection: sqlite3.Connection, kinds: Collection[FileKind]) -> Counter[str]:
    """Count files that the site did not have, by reason, without those of these kinds that are wanted again."""
    reasons = Counter({reason or "": number for reason, number in connection.execute(_REASONS)})
    for kind in kinds:
        question = _AGAIN.format(current=CURRENT.format(kind=":kind"), wanted=IS_WANTED)
        reasons.subtract({reason or "": number for reason, number in connection.execute(question, {"kind": kind})})
    return +reasons


def count_versions(connection: sqlite3.Connection) -> tuple[int, int]:
    """Count the kept originals that no post has today, and their bytes."""
    number, size = connection.execute(_VERSIONS).fetchone()
    return number, size
