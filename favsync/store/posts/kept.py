"""Posts as they are kept, with everything that belongs to them, in batches: to be held against their payloads."""

import sqlite3
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from favsync.store.posts.payload_codec import unpack
from favsync.store.posts.payloads import digest_of
from favsync.store.posts.saving import REPORTED

BATCH: Final = 500
"""Posts that are looked at together: a few megabytes."""

_IS_REASON_STRAY: Final = "is_deleted = 0 AND coalesce(deletion_reason, deletion_reason_at) IS NOT NULL"
_COLUMNS: Final = (*REPORTED, "description", "problem", "is_destroyed", "fetched_at", "run_id", _IS_REASON_STRAY)
_POSTS: Final = f"SELECT {', '.join(_COLUMNS)} FROM posts WHERE id BETWEEN ? AND ?"  # noqa: S608 - names of our own
_PAYLOADS: Final = """
SELECT post_id, digest, data, content, shape FROM payloads
LEFT JOIN payload_dictionaries ON payload_dictionaries.id = dictionary_id WHERE post_id BETWEEN ? AND ?
"""
_TAGS: Final = "SELECT post_id, tag_id FROM post_tags WHERE post_id BETWEEN ? AND ?"
_ORIGINALS: Final = """
SELECT post_id, md5, ext FROM post_files WHERE post_id BETWEEN ? AND ? AND last_run_id IS NULL
"""
_POOLS: Final = "SELECT post_id, pool_id FROM post_pools WHERE post_id BETWEEN ? AND ?"
_SOURCES: Final = """
SELECT post_id, position, url FROM post_sources WHERE post_id BETWEEN ? AND ? ORDER BY post_id, position
"""


@dataclass(frozen=True, slots=True)
class KeptPayload:
    """A payload as it is kept, packed: of many posts at once, only one is unpacked at a time."""

    digest: bytes
    data: bytes
    dictionary: bytes | None
    """None: it is not there."""
    shape: str
    """How it is said to be laid out."""

    def unpack(self) -> bytes:
        """The payload as it came. Raises PayloadDamaged."""
        return unpack(self.data, self.dictionary)

    def has_digest_of(self, payload: bytes) -> bool:
        """Tell whether the digest is that of a payload."""
        return digest_of(payload) == self.digest

    @property
    def is_asked_for(self) -> bool:
        """True when it has no digest, so that whatever the site says next takes its place."""
        return self.digest == b""


@dataclass(slots=True)
class KeptPost:
    """Everything that is kept of one post."""

    id: int
    reported: tuple[Any, ...]
    """The columns named in `posts.REPORTED`."""
    description: str | None
    problem: str | None
    is_destroyed: bool
    fetched_at: str | None
    run_id: int | None
    is_reason_stray: bool
    """It has a reason why it was deleted, and is not."""
    payload: KeptPayload | None
    tag_ids: set[int] = field(default_factory=set)
    pools: set[int] = field(default_factory=set)
    sources: list[str] = field(default_factory=list)
    original: tuple[str, str | None] | None = None
    """Md5 and type of its current version."""
    are_sources_in_place: bool = True
    """False when their positions are not 0, 1, 2, …"""


def load_kept_posts(conn: sqlite3.Connection, ids: Sequence[int]) -> list[KeptPost]:
    """Load those posts whose ids are from the first of `ids` to the last."""
    between = (ids[0], ids[-1])
    payloads = {row[0]: KeptPayload(*row[1:]) for row in conn.execute(_PAYLOADS, between)}
    width = len(REPORTED)
    posts: dict[int, KeptPost] = {}
    for row in conn.execute(_POSTS, between):
        described, problem, destroyed, at, run_id, is_stray = row[width:]
        post_id, payload = row[0], payloads.get(row[0])
        posts[post_id] = KeptPost(
            post_id, row[:width], described, problem, destroyed == 1, at, run_id, is_stray == 1, payload
        )
    # Rows of a post that is not there are found elsewhere.
    for post_id, tag_id in conn.execute(_TAGS, between):
        if post_id in posts:
            posts[post_id].tag_ids.add(tag_id)
    for post_id, pool_id in conn.execute(_POOLS, between):
        if post_id in posts:
            posts[post_id].pools.add(pool_id)
    for post_id, md5, ext in conn.execute(_ORIGINALS, between):
        if post_id in posts:
            posts[post_id].original = (md5, ext)
    for post_id, position, url in conn.execute(_SOURCES, between):
        if post_id in posts:
            posts[post_id].are_sources_in_place &= position == len(posts[post_id].sources)
            posts[post_id].sources.append(url)
    return list(posts.values())


class RowsUnreadable(Exception):  # the end of a part of a check, caught by it
    """Rows that SQLite cannot read; the text is what it said."""


def load_tags(conn: sqlite3.Connection) -> Iterator[tuple[int, str, str]]:
    """Load number, name and category of every tag. Raises RowsUnreadable."""
    try:
        yield from conn.execute("SELECT id, name, category FROM tags")
    except sqlite3.DatabaseError as exc:
        raise RowsUnreadable(str(exc)) from exc


def load_ids(conn: sqlite3.Connection) -> Iterator[int]:
    """Load the number of every post, rising. Raises RowsUnreadable, after those that can be read."""
    try:
        for (post_id,) in conn.execute("SELECT id FROM posts ORDER BY id"):
            yield post_id
    except sqlite3.DatabaseError as exc:
        raise RowsUnreadable(str(exc)) from exc


def load_tag_ids(conn: sqlite3.Connection) -> dict[str, int]:
    """Load the number of every tag by its name."""
    return dict(conn.execute("SELECT name, id FROM tags").fetchall())


def load_readable_posts(conn: sqlite3.Connection, ids: Sequence[int]) -> list[KeptPost]:
    """Load posts as `load_kept_posts` does. Raises RowsUnreadable, and sqlite3.Error where a table is not there."""
    try:
        return load_kept_posts(conn, ids)
    except (sqlite3.DatabaseError, OverflowError) as exc:
        if getattr(exc, "sqlite_errorcode", None) == sqlite3.SQLITE_ERROR:
            raise  # no post can be looked at
        raise RowsUnreadable(str(exc)) from exc
