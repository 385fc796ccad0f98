"""Which original a post had, from which run to which: `post_files`, kept while posts are saved."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

from sqlalchemy import Connection

from favsync.batches import batches
from favsync.core.files.names import read_md5
from favsync.model import Post
from favsync.store.sqlite.statements import execute_many

_CURRENT: Final = "SELECT post_id, md5 FROM post_files WHERE last_run_id IS NULL AND post_id IN ({})"
_END: Final = "UPDATE post_files SET last_run_id = ? WHERE post_id = ? AND last_run_id IS NULL"
_BEGIN: Final = "INSERT INTO post_files (post_id, md5, ext, first_run_id) VALUES (?, ?, ?, ?)"
_OF_POST: Final = """
SELECT post_files.md5, post_files.ext, first_run_id, last_run_id FROM post_files WHERE post_id = ?
ORDER BY last_run_id IS NOT NULL, last_run_id DESC, post_files.id DESC
"""
_OF_ANOTHER: Final = "SELECT EXISTS (SELECT 1 FROM post_files WHERE md5 = ? AND last_run_id IS NULL AND post_id <> ?)"
_AT_ONCE: Final = 320
_NEWEST_RUN: Final = "SELECT max(id) FROM runs"


@dataclass(frozen=True, slots=True)
class FileVersion:
    """An original that a post has or had; the runs are those of `post_files`."""

    md5: str
    ext: str | None
    first_run_id: int | None
    last_run_id: int | None
    """None: it is the post's file."""


def save_versions(conn: Connection, posts: Sequence[Post], *, run_id: int | None) -> None:
    """Note which of these posts have another original than before. One that tells no md5 keeps what it had.

    `run_id` is None where no run asked: a version then ends and begins with the newest run, the last to see the other.
    """
    reported = {post.id: (md5, post.file_ext) for post in posts if (md5 := read_md5(post.file_md5)) is not None}
    current: dict[int, str] = {}
    for some in batches(list(reported), _AT_ONCE):
        rows = conn.exec_driver_sql(_CURRENT.format(", ".join("?" * len(some))), tuple(some))
        current |= {row.post_id: row.md5 for row in rows}
    changed = {post_id: new for post_id, new in reported.items() if current.get(post_id) != new[0]}
    if changed and run_id is None:
        run_id = conn.exec_driver_sql(_NEWEST_RUN).scalar_one()
    execute_many(conn, _END, ((run_id, post_id) for post_id in changed if post_id in current))
    execute_many(conn, _BEGIN, ((post_id, md5, ext, run_id) for post_id, (md5, ext) in changed.items()))


def load_versions(conn: Connection, post_id: int) -> list[FileVersion]:
    """Load the originals of a post, today's first."""
    return [FileVersion(*row) for row in conn.exec_driver_sql(_OF_POST, (post_id,))]


def is_file_of_another(conn: Connection, md5: str, post_id: int) -> bool:
    """Tell whether an original is today's file of another post than this one."""
    return bool(conn.exec_driver_sql(_OF_ANOTHER, (md5, post_id)).scalar_one())
