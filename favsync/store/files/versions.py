"""Which original a post had, from which run to which: `post_files`, kept while posts are saved."""

from collections.abc import Collection
from typing import Final

from sqlalchemy import Connection

from favsync.batches import batches
from favsync.core.files.names import read_md5
from favsync.store.sqlite.statements import execute_many

_DIFFERING: Final = """
SELECT posts.id, posts.file_md5, posts.file_ext, current.md5, current.ext FROM posts
LEFT JOIN post_files AS current ON current.post_id = posts.id AND current.last_run_id IS NULL
WHERE posts.id IN ({}) AND posts.file_md5 IS NOT NULL
  AND (current.md5 IS NOT posts.file_md5 OR current.ext IS NOT posts.file_ext)
"""
_END: Final = "UPDATE post_files SET last_run_id = ? WHERE post_id = ? AND last_run_id IS NULL"
_BEGIN: Final = "INSERT INTO post_files (post_id, md5, ext, first_run_id) VALUES (?, ?, ?, ?)"
_CORRECT: Final = "UPDATE post_files SET md5 = ?, ext = ? WHERE post_id = ? AND last_run_id IS NULL"
_REOPEN: Final = """
UPDATE post_files SET last_run_id = NULL
WHERE md5 = ? AND id = (SELECT max(id) FROM post_files WHERE post_id = ? AND last_run_id IS NOT NULL)
"""
_BEGIN_AFTER: Final = """
INSERT INTO post_files (post_id, md5, ext, first_run_id)
SELECT ?1, ?2, ?3, (SELECT last_run_id FROM post_files
  WHERE post_id = ?1 AND last_run_id IS NOT NULL ORDER BY id DESC LIMIT 1)
"""
_OF_ANOTHER: Final = "SELECT EXISTS (SELECT 1 FROM post_files WHERE md5 = ? AND last_run_id IS NULL AND post_id <> ?)"
_AT_ONCE: Final = 320
_NEWEST_RUN: Final = "SELECT max(id) FROM runs"


def save_versions(conn: Connection, post_ids: Collection[int], *, run_id: int | None) -> None:
    """Note which of these posts, as they were saved, have another original than before.

    A post that tells no md5 keeps what it had. `run_id` is None where no run asked: a version then ends and begins with
    the newest run, the last to see the other.
    """
    differing = _load_differing(conn, post_ids)
    changed = {post_id: new for post_id, (new, kept) in differing.items() if kept != new[0]}
    if changed and run_id is None:
        run_id = conn.exec_driver_sql(_NEWEST_RUN).scalar_one()
    execute_many(conn, _END, ((run_id, post_id) for post_id in changed if differing[post_id][1] is not None))
    execute_many(conn, _BEGIN, ((post_id, md5, ext, run_id) for post_id, (md5, ext) in changed.items()))
    # The same file under another type is no other version of it.
    execute_many(conn, _CORRECT, ((*new, post_id) for post_id, (new, _) in differing.items() if post_id not in changed))


def correct_versions(conn: Connection, post_ids: Collection[int]) -> None:
    """Let the current version of posts be what they say: one that is not there, or says otherwise, was damaged."""
    for post_id, ((md5, ext), kept) in _load_differing(conn, post_ids).items():
        if kept is None and conn.exec_driver_sql(_REOPEN, (md5, post_id)).rowcount == 0:
            conn.exec_driver_sql(_BEGIN_AFTER, (post_id, md5, ext))
        conn.exec_driver_sql(_CORRECT, (md5, ext, post_id))


def is_file_of_another(conn: Connection, md5: str, post_id: int) -> bool:
    """Tell whether an original is today's file of another post than this one."""
    return bool(conn.exec_driver_sql(_OF_ANOTHER, (md5, post_id)).scalar_one())


def _load_differing(
    conn: Connection, post_ids: Collection[int]
) -> dict[int, tuple[tuple[str, str | None], str | None]]:
    """Of posts whose current version is not what they say: md5 and type that they say, and the md5 that is kept."""
    differing = {}
    for some in batches(list(post_ids), _AT_ONCE):
        for post_id, said, ext, kept, kept_ext in conn.exec_driver_sql(
            _DIFFERING.format(", ".join("?" * len(some))), tuple(some)
        ):
            md5 = read_md5(said)
            if md5 is not None and (md5, ext) != (kept, kept_ext):
                differing[post_id] = ((md5, ext), kept)
    return differing
