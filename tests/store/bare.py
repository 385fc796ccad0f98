"""What somebody would write who needs the same rows once and nothing else: the measure of the store's own cost."""

import sqlite3
import time
from collections.abc import Iterable
from dataclasses import dataclass

from favsync.model import Post
from favsync.store.posts.payload_codec import Packer, train_dictionary
from favsync.store.posts.payloads import digest_of


@dataclass(frozen=True, slots=True)
class BarePage:
    number: int
    posts: list[Post]
    answer: str


_POST = (
    "INSERT INTO posts (id, created_at, updated_at, rating, score, score_up, score_down, fav_count, comment_count,"
    " file_ext, file_size, file_md5, file_url, preview_url, sample_url, width, height, duration, uploader_id,"
    " uploader_name, approver_id, parent_id, change_seq, is_deleted, is_pending, is_flagged, is_destroyed, problem,"
    " fetched_at, run_id, description, has_children)"
    " VALUES (?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?,?)"
)
_EVENT = (
    "INSERT INTO favorite_events (account_id, post_id, kind, reason, run_id, happened_at)"
    " VALUES (1, ?, 'added', 'listed', 1, ?)"
)


def write_bare(connection: sqlite3.Connection, pages: Iterable[BarePage], at: str) -> float:
    """Write pages of new posts and the list that they make, and return the seconds of CPU that it took."""
    connection.execute("INSERT INTO accounts VALUES (1, 'alice', 'alice', 1, 0, ?, NULL, NULL, 0)", (at,))
    connection.execute("INSERT INTO runs (id, account_id, started_at, kind) VALUES (1, 1, ?, 'full')", (at,))
    seconds = 0.0
    tags: dict[str, int] = {}
    listed: list[int] = []
    packer = None
    for page in pages:
        began = time.process_time()
        connection.execute("BEGIN IMMEDIATE")
        if packer is None:
            dictionary = train_dictionary(post.payload for post in page.posts)
            packer = Packer(dictionary)
            connection.execute("INSERT INTO payload_dictionaries VALUES (1, ?, ?)", (dictionary, at))
        _write_page(connection, page, at, tags, packer)
        connection.execute("COMMIT")
        listed += [post.id for post in page.posts]
        seconds += time.process_time() - began
    began = time.process_time()
    _write_list(connection, listed, at)
    return seconds + time.process_time() - began


def _write_page(connection: sqlite3.Connection, page: BarePage, at: str, tags: dict[str, int], packer: Packer) -> None:
    posts = page.posts
    connection.executemany(_POST, [_post(post, at) for post in posts])
    before = len(tags)
    names = [(post.id, name, category) for post in posts for category, names in post.tags for name in names]
    new = [(tags.setdefault(name, len(tags) + 1), name, category) for _, name, category in names]
    connection.executemany("INSERT OR IGNORE INTO tags VALUES (?, ?, ?)", [row for row in new if row[0] > before])
    connection.executemany("INSERT INTO post_tags VALUES (?, ?)", [(post_id, tags[name]) for post_id, name, _ in names])
    sources = [(post.id, place, url) for post in posts for place, url in enumerate(post.sources)]
    connection.executemany("INSERT INTO post_sources VALUES (?, ?, ?)", sources)
    connection.executemany(
        "INSERT INTO post_pools VALUES (?, ?)", [(post.id, pool) for post in posts for pool in post.pools]
    )
    connection.executemany(
        "INSERT INTO payloads (post_id, dictionary_id, digest, data) VALUES (?, 1, ?, ?)",
        [(post.id, digest_of(post.payload), packer.pack(post.payload)) for post in posts],
    )
    texts = [(post.id, " ".join(n for _, names in post.tags for n in names), post.description) for post in posts]
    connection.executemany("INSERT INTO posts_fts (rowid, tags, description) VALUES (?, ?, ?)", texts)
    numbers = [(post.id, " ".join(str(tags[n]) for _, names in post.tags for n in names)) for post in posts]
    connection.executemany("INSERT INTO post_tags_fts (rowid, tag_ids) VALUES (?, ?)", numbers)
    step = (page.number, f"page {page.number}", page.answer, at)
    connection.execute("INSERT INTO reading_steps VALUES (1, ?, 1, ?, ?, ?)", step)


def _write_list(connection: sqlite3.Connection, listed: list[int], at: str) -> None:
    connection.execute("BEGIN IMMEDIATE")
    keys = [(post_id, key, at) for key, post_id in zip(range(len(listed), 0, -1), listed, strict=True)]
    connection.executemany("INSERT INTO favorites VALUES (1, ?, ?, 1, 0, ?, NULL, 1)", keys)
    connection.executemany(_EVENT, [(post_id, at) for post_id in reversed(listed)])
    connection.execute("DELETE FROM reading_steps")
    connection.execute("COMMIT")
    connection.close()


def _post(post: Post, at: str) -> tuple[object, ...]:
    return (
        *(post.id, post.created_at, post.updated_at, post.rating, post.score, post.score_up, post.score_down),
        *(post.fav_count, post.comment_count, post.file_ext, post.file_size, post.file_md5, post.file_url),
        *(post.preview_url, post.sample_url, post.width, post.height, post.duration, post.uploader_id),
        *(post.uploader_name, post.approver_id, post.parent_id, post.change_seq, post.is_deleted, post.is_pending),
        *(post.is_flagged, False, post.problem, at, 1, post.description, post.has_children),
    )
