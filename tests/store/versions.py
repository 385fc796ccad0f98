"""The originals of a post, as `favsync show` loads them."""

from typing import NamedTuple

from sqlalchemy import Connection

from favsync.store.posts import shown


class FileVersion(NamedTuple):
    """An original that a post has or had; the runs are those of `post_files`."""

    md5: str
    ext: str | None
    first_run_id: int | None
    last_run_id: int | None


def load_versions(conn: Connection, post_id: int) -> list[FileVersion]:
    """Load the originals of a post, today's first."""
    rows = conn.exec_driver_sql(shown._VERSIONS, {"post": post_id})
    return [FileVersion(row.md5, row.ext, row.first_run_id, row.last_run_id) for row in rows]
