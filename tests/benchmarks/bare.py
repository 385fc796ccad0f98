"""The bare script that a full pull is held against: pages from disk, parsed, written with sqlite3. No more than that.

    python bare.py json|msgspec PAGES DATABASE PRAGMAS

It writes the very rows that favsync writes (`pull.py` compares them) into a database that has the schema already, with
one commit a page, and does without everything that makes favsync worth having: no questions to the site, no rows that
are known already, no checkpoint, no plan.
"""

import json
import sqlite3
import sys
import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from hashlib import blake2b
from pathlib import Path
from typing import Any

Post = dict[str, Any]
Told = list[tuple[bytes, Post]]

_DICTIONARY = 16_384
_NOW = "2026-01-02T03:04:05.678Z"
_POST = (
    "INSERT INTO posts (id, created_at, updated_at, rating, score, score_up, score_down, fav_count, comment_count,"
    " file_ext, file_size, file_md5, file_url, preview_url, sample_url, width, height, duration, uploader_id,"
    " uploader_name, approver_id, parent_id, change_seq, is_deleted, is_pending, is_flagged, description, fetched_at,"
    " run_id, has_children)"
    " VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)"
)
_TAG = "INSERT INTO tags (id, name, category) VALUES (?, ?, ?)"
_POST_TAG = "INSERT INTO post_tags (post_id, tag_id) VALUES (?, ?)"
_SOURCE = "INSERT INTO post_sources (post_id, position, url) VALUES (?, ?, ?)"
_POOL = "INSERT INTO post_pools (post_id, pool_id) VALUES (?, ?)"
_TEXT = "INSERT INTO posts_fts (rowid, tags, description) VALUES (?, ?, ?)"
_NUMBERS = "INSERT INTO post_tags_fts (rowid, tag_ids) VALUES (?, ?)"
_DICTIONARY_ROW = "INSERT INTO payload_dictionaries (id, content, created_at) VALUES (1, ?, ?)"
_PAYLOAD = "INSERT INTO payloads (post_id, dictionary_id, digest, data) VALUES (?, 1, ?, ?)"
_RUN = "INSERT INTO runs (id, account_id, started_at, kind) VALUES (1, 1, ?, 'full')"
_FAVORITE = (
    "INSERT INTO favorites (account_id, post_id, sort_key, is_placed, first_seen_at, run_id) VALUES (1, ?, ?, 1, ?, 1)"
)
_EVENT = (
    "INSERT INTO favorite_events (account_id, post_id, kind, reason, sort_key, run_id, happened_at)"
    " VALUES (1, ?, 'added', 'listed', ?, 1, ?)"
)


def read_with_json(page: bytes) -> Told:
    """Parse a page with the standard library; each post's own JSON is written again: there is no other way to it."""
    posts = json.loads(page)["posts"]
    return [(json.dumps(post, ensure_ascii=False, separators=(",", ":")).encode(), post) for post in posts]


def reader_with_msgspec() -> Callable[[bytes], Told]:
    """Parse a page with msgspec, which can hand out each post's own bytes."""
    import msgspec  # noqa: PLC0415 - the other script has nothing but the standard library

    class Page(msgspec.Struct):
        posts: list[msgspec.Raw]

    pages = msgspec.json.Decoder(Page)
    return lambda page: [(bytes(raw), msgspec.json.decode(raw)) for raw in pages.decode(page).posts]


def main() -> None:
    """Write all pages, then the list."""
    parser, pages, database, pragmas = sys.argv[1:]
    read = read_with_json if parser == "json" else reader_with_msgspec()
    connection = sqlite3.connect(database, isolation_level=None)
    for name, value in json.loads(pragmas).items():
        connection.execute(f"PRAGMA {name} = {value}")
    connection.execute(_RUN, (_NOW,))
    writer = Writer(connection)
    listing: list[int] = []
    for path in sorted(Path(pages).iterdir()):
        reported = read(path.read_bytes())
        listing += [post["id"] for _, post in reported]
        writer.write(sorted(reported, key=lambda one: one[1]["id"]))
    writer.write_list(listing)
    connection.close()


class Writer:
    """Writes pages of posts to one database."""

    def __init__(self, connection: sqlite3.Connection) -> None:
        self._connection = connection
        self._tags: dict[str, int] = {}
        self._packer: Any = None

    def write(self, reported: Told) -> None:
        """Write one page, sorted by id, in a transaction of its own."""
        many = self._connection.executemany
        self._connection.execute("BEGIN IMMEDIATE")
        posts = [post for _, post in reported]
        many(_POST, [_row(post) for post in posts])
        many(_TAG, self._new_tags(posts))
        many(_POST_TAG, [(post["id"], number) for post in posts for number in self._numbers(post)])
        many(_SOURCE, [(post["id"], n, url) for post in posts for n, url in enumerate(post["sources"])])
        many(_POOL, [(post["id"], pool) for post in posts for pool in sorted(post["pools"])])
        many(_TEXT, [(post["id"], " ".join(_names(post)), post["description"]) for post in posts])
        many(_NUMBERS, [(post["id"], " ".join(map(str, self._numbers(post)))) for post in posts])
        many(_PAYLOAD, [(post["id"], _digest(raw), self._packed(raw, reported)) for raw, post in reported])
        self._connection.execute("COMMIT")

    def write_list(self, listing: list[int]) -> None:
        """Write the favorites, given newest first, and their events."""
        keys = {post_id: key for key, post_id in enumerate(reversed(listing), start=1)}
        self._connection.execute("BEGIN IMMEDIATE")
        self._connection.executemany(_FAVORITE, [(post_id, keys[post_id], _NOW) for post_id in sorted(listing)])
        self._connection.executemany(_EVENT, [(post_id, keys[post_id], _NOW) for post_id in reversed(listing)])
        self._connection.execute("COMMIT")

    def _new_tags(self, posts: list[Post]) -> Iterator[tuple[int, str, str]]:
        for post in posts:
            for category, names in post["tags"].items():
                for name in names:
                    if name not in self._tags:
                        self._tags[name] = len(self._tags) + 1
                        yield self._tags[name], name, category

    def _numbers(self, post: Post) -> list[int]:
        return sorted(self._tags[name] for name in _names(post))

    def _packed(self, payload: bytes, reported: Told) -> bytes:
        if self._packer is None:
            dictionary = b"".join(raw for raw, _ in reported)[:_DICTIONARY]
            self._packer = zlib.compressobj(6, zdict=dictionary)
            self._connection.execute(_DICTIONARY_ROW, (dictionary, _NOW))
        packer = self._packer.copy()
        packed: bytes = packer.compress(payload) + packer.flush()
        return packed


def _row(post: Post) -> tuple[Any, ...]:
    file, score, flags = post["file"], post["score"], post["flags"]
    return (
        *(post["id"], _utc(post["created_at"]), _utc(post["updated_at"]), post["rating"]),
        *(score["total"], score["up"], score["down"], post["fav_count"], post["comment_count"]),
        *(file["ext"], file["size"], file["md5"], file["url"], post["preview"]["url"], post["sample"]["url"]),
        *(file["width"], file["height"], post["duration"], post["uploader_id"], post["uploader_name"]),
        *(post["approver_id"], post["relationships"]["parent_id"], post["change_seq"]),
        *(flags["deleted"], flags["pending"], flags["flagged"], post["description"], _NOW, 1),
        post["relationships"]["has_children"],
    )


def _utc(text: str) -> str:
    moment = datetime.fromisoformat(text).astimezone(UTC)
    return moment.isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"


def _names(post: Post) -> list[str]:
    return [name for names in post["tags"].values() for name in names]


def _digest(payload: bytes) -> bytes:
    return blake2b(payload, digest_size=8).digest()


if __name__ == "__main__":
    main()
