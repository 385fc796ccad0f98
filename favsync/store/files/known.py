"""Which md5s are those of originals that posts have or had, and what is known of these files.

Rows by the hundred thousand are read from the driver itself.
"""

import json
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from typing import Final, NamedTuple

from sqlalchemy import Connection

from favsync.model import FileKind
from favsync.store.sqlite.statements import execute_many
from favsync.store.sqlite.upgrade import driver_connection

# Every md5 that a post ever had here is in this table: whatever saves a post writes it.
_ORIGINALS: Final = "SELECT md5, post_id, ext FROM post_files WHERE md5 IN (SELECT value FROM json_each(?)) ORDER BY id"
_KEPT: Final = "SELECT md5, state, path, member FROM files WHERE kind = ? AND md5 IN (SELECT value FROM json_each(?))"
_POSTS: Final = "SELECT id FROM posts WHERE id IN (SELECT value FROM json_each(?))"
_SIZES: Final = "SELECT DISTINCT file_size FROM posts WHERE file_size > 0"

# It was the post's file before all that were seen here, so its number is lower than theirs. The run that found another
# in its place is the one that first found the oldest of these; where that is not known, at the earliest the first one.
_SAVE_EARLIER: Final = """
INSERT INTO post_files (id, post_id, md5, ext, first_run_id, last_run_id)
SELECT (SELECT min(id) FROM post_files) - 1, ?1, ?2, ?3, NULL,
  coalesce((SELECT min(first_run_id) FROM post_files WHERE post_id = ?1 AND last_run_id IS NOT NULL),
    (SELECT first_run_id FROM post_files WHERE post_id = ?1 AND last_run_id IS NULL), (SELECT min(id) FROM runs))
WHERE EXISTS (SELECT 1 FROM runs) AND EXISTS (SELECT 1 FROM post_files WHERE post_id = ?1 AND last_run_id IS NULL)
  AND NOT EXISTS (SELECT 1 FROM post_files WHERE post_id = ?1 AND md5 = ?2)
"""


@dataclass(frozen=True, slots=True)
class Original:
    """A file that posts have or had. Most have one post."""

    post_ids: tuple[int, ...]
    ext: str | None
    """As the site said."""


def load_originals(conn: Connection, md5s: Collection[str]) -> dict[str, Original]:
    """Load which of these md5s are those of originals, and of which posts."""
    found: dict[str, Original] = {}
    for md5, post_id, ext in driver_connection(conn).execute(_ORIGINALS, (json.dumps(list(md5s)),)):
        known = found.get(md5)
        found[md5] = Original((post_id,), ext) if known is None else Original((*known.post_ids, post_id), known.ext)
    return found


class Kept(NamedTuple):
    """What is known of an original. A tuple, because there are a hundred thousand of them."""

    state: str
    path: str | None
    member: str | None


def load_kept(conn: Connection, md5s: Collection[str]) -> dict[str, Kept]:
    """Load what is known of the originals with these md5s."""
    rows = driver_connection(conn).execute(_KEPT, (FileKind.ORIGINAL.value, json.dumps(list(md5s))))
    return {md5: Kept(state, path, member) for md5, state, path, member in rows}


def load_known_posts(conn: Connection, post_ids: Collection[int]) -> set[int]:
    """Load which of these posts are in the database."""
    return {row[0] for row in conn.exec_driver_sql(_POSTS, (json.dumps(list(post_ids)),))}


def load_sizes(conn: Connection) -> frozenset[int]:
    """Load the sizes in bytes that the site says of its files; it may be wrong about any."""
    return frozenset(row[0] for row in conn.exec_driver_sql(_SIZES))


def save_earlier(conn: Connection, versions: Iterable[tuple[int, str, str | None]]) -> None:
    """Note originals (post, md5, ext) that posts had before favsync first saw them; nothing where no run saw any."""
    execute_many(conn, _SAVE_EARLIER, versions)
