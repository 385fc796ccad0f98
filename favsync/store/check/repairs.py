"""What `check --fix` does to a database: one kind of thing a function, all in the one transaction of the caller.

Nothing here deletes a favorite, an event, an operation, a payload or a post.
"""

import sqlite3
from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import closing, contextmanager, suppress
from pathlib import Path

from sqlalchemy import Connection, delete, func, insert, or_, select, true, update
from sqlalchemy.dialects.sqlite import insert as upsert
from sqlalchemy.exc import DatabaseError
from sqlalchemy.orm import aliased

from favsync.model import OperationOutcome, OperationState, Post
from favsync.store import models
from favsync.store.check.replay import Replay
from favsync.store.check.schema import SchemaObject, fresh_schema
from favsync.store.files.versions import correct_versions
from favsync.store.posts.saving import SAVE, SAVE_UNDERSTOOD, row_of
from favsync.store.posts.tags import save_tags
from favsync.store.sqlite import connect as sqlite
from favsync.store.sqlite.salvage import any_text
from favsync.store.sqlite.statements import execute_many, insert_into, values_of
from favsync.store.sqlite.upgrade import driver_connection
from favsync.store.views import FTS, View

_INSERT_TAG = insert_into(models.PostTag, ["post_id", "tag_id"])
_INSERT_SOURCE = insert_into(models.PostSource, ["post_id", "position", "url"])
_INSERT_POOL = insert_into(models.PostPool, ["post_id", "pool_id"])


@contextmanager
def reading_any_text(conn: Connection) -> Iterator[None]:
    """Let text that is not UTF-8 be read meanwhile: it is what is to be repaired."""
    raw = driver_connection(conn)
    before, raw.text_factory = raw.text_factory, any_text
    try:
        yield
    finally:
        raw.text_factory = before


def count_kept(conn: Connection) -> tuple[int, ...]:
    """Count what must never become fewer: favorites, events, operations, posts, payloads."""
    kept = (models.Favorite, models.FavoriteEvent, models.Operation, models.Post, models.Payload)
    return tuple(conn.execute(select(func.count()).select_from(model)).scalar_one() for model in kept)


def repair_header(conn: Connection, *, lacks_version: bool) -> None:
    """Mark the file as favsync's, and with `lacks_version` say of which version it is."""
    conn.exec_driver_sql(f"PRAGMA application_id = {sqlite.APPLICATION_ID}")
    if lacks_version:
        conn.exec_driver_sql("DELETE FROM alembic_version")
        conn.exec_driver_sql("INSERT INTO alembic_version (version_num) VALUES (?)", (sqlite.HEAD,))


def rebuild(conn: Connection, wrong: Iterable[SchemaObject]) -> None:
    """Make indexes and views, FTS5's among them, as this version makes them."""
    for thing in wrong:
        # One that its table does not allow (two rows that must not be alike) stays as it is.
        with suppress(DatabaseError), conn.begin_nested():
            if thing.fts is not None:
                _make_fts(conn, thing.fts)
            else:
                conn.exec_driver_sql(f'DROP {thing.kind} IF EXISTS "{thing.name}"')
                conn.exec_driver_sql(thing.sql)


def fill_fts(conn: Connection) -> None:
    """Fill the indexes of FTS5 from tags and descriptions; one that cannot even be emptied is made again."""
    raw = driver_connection(conn)
    for index in FTS:
        try:
            raw.execute(f"INSERT INTO {index.name} ({index.name}) VALUES ('rebuild')")  # noqa: S608 - its name is ours
            raw.execute(f"INSERT INTO {index.name} ({index.name}, rank) VALUES ('integrity-check', 1)")  # noqa: S608 - ours
        except sqlite3.DatabaseError:
            _make_fts(conn, index)


def _make_fts(conn: Connection, index: View) -> None:
    """Make an index of FTS5 again, from nothing: it keeps nothing that is not in the tables.

    A definition that was changed is put right first, or what it defines could not be dropped; and where FTS5 cannot
    even open what it would have to drop, its name is taken away, and its parts are ordinary tables.
    """
    raw = driver_connection(conn)
    for part in (thing for thing in fresh_schema() if thing.fts == index):
        _change_schema(
            raw, "UPDATE sqlite_master SET sql = ? WHERE name = ? AND sql <> ?", part.sql, part.name, part.sql
        )
    try:
        raw.execute(f"DROP TABLE IF EXISTS {index.name}")
    except sqlite3.DatabaseError:
        _change_schema(raw, "DELETE FROM sqlite_master WHERE name = ?", index.name)
    parts = raw.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND name GLOB ?", (f"{index.name}_*",))
    for (name,) in parts.fetchall():
        raw.execute(f'DROP TABLE IF EXISTS "{name}"')
    raw.execute(index.sql)
    raw.execute(f"INSERT INTO {index.name} ({index.name}) VALUES ('rebuild')")  # noqa: S608 - its name is ours


def _change_schema(raw: sqlite3.Connection, statement: str, *values: str) -> None:
    raw.execute("PRAGMA writable_schema = ON")
    raw.execute(statement, values)
    raw.execute("PRAGMA writable_schema = RESET")


def rebuild_indexes(conn: Connection) -> None:
    """Make every index again from its table."""
    with suppress(DatabaseError), conn.begin_nested():
        conn.exec_driver_sql("REINDEX")


def save_posts_again(conn: Connection, posts: Sequence[Post]) -> None:
    """Save posts as their payloads tell them: columns, original, tags, sources, pools; no full-text index is touched.

    What is known beside the payload stays: that a post is destroyed, when it was told, URLs that are not told any more,
    and of one that was not understood in full, what its payload does not tell.
    """
    columns = (models.Post.id, models.Post.is_destroyed, models.Post.fetched_at, models.Post.run_id)
    rows = conn.execute(select(*columns).where(models.Post.id.in_([post.id for post in posts])))
    kept = {post_id: (destroyed == 1, fetched_at, run_id) for post_id, destroyed, fetched_at, run_id in rows}
    for post in posts:
        destroyed, fetched_at, run_id = kept.get(post.id, (False, None, None))
        if fetched_at is None:  # the one says nothing without the other
            run_id = None
        row = row_of(post, is_destroyed=destroyed, fetched_at=fetched_at, run_id=run_id)
        conn.exec_driver_sql(SAVE if post.problem is None else SAVE_UNDERSTOOD, row)
        misnamed = (models.Payload.post_id == post.id, models.Payload.shape != post.shape)
        conn.execute(update(models.Payload).where(*misnamed).values(shape=post.shape))
    reported = {name: category for post in posts for category, names in post.tags for name in names}
    # A tag that is here keeps its category: other posts may have told it later.
    kept_tags = select(models.Tag.name, models.Tag.category).where(models.Tag.name.in_(values_of(reported)))
    numbers = save_tags(conn, reported | {name: category for name, category in conn.execute(kept_tags)})  # noqa: C416 - rows are no pairs to the type checker
    for post in posts:
        _save_details(conn, post, [numbers[name][0] for _, names in post.tags for name in names])
    correct_versions(conn, [post.id for post in posts])


def _save_details(conn: Connection, post: Post, tag_ids: Iterable[int]) -> None:
    in_full = post.problem is None
    sources: Sequence[str] = post.sources
    if not sources and not in_full:
        kept = select(models.PostSource.url).where(models.PostSource.post_id == post.id)
        sources = conn.execute(kept.order_by(models.PostSource.position)).scalars().all()
    conn.execute(delete(models.PostSource).where(models.PostSource.post_id == post.id))
    execute_many(conn, _INSERT_SOURCE, ((post.id, place, url) for place, url in enumerate(sources)))
    if in_full or post.pools:
        conn.execute(delete(models.PostPool).where(models.PostPool.post_id == post.id))
    execute_many(conn, _INSERT_POOL, ((post.id, pool) for pool in sorted(set(post.pools))))
    wanted, tag_id = set(tag_ids), models.PostTag.tag_id
    gone = true() if in_full else or_(tag_id.in_(wanted), tag_id.not_in(select(models.Tag.id)))
    conn.execute(delete(models.PostTag).where(models.PostTag.post_id == post.id, gone))
    execute_many(conn, _INSERT_TAG, ((post.id, tag_id) for tag_id in sorted(wanted)))


def ensure_bare_posts(conn: Connection, ids: Iterable[int]) -> None:
    """Make a row with nothing but its id for each post that has none."""
    for post_id in sorted(ids):
        conn.execute(upsert(models.Post).values(id=post_id).on_conflict_do_nothing())


def save_digests(conn: Connection, digests: Mapping[int, bytes]) -> None:
    """Save the digests of payloads, given by post."""
    for post_id, digest in digests.items():
        conn.execute(update(models.Payload).where(models.Payload.post_id == post_id).values(digest=digest))


def save_categories(conn: Connection, categories: Mapping[int, str]) -> None:
    """Save what tags are called, given as number → category."""
    for number, category in categories.items():
        conn.execute(update(models.Tag).where(models.Tag.id == number).values(category=category))


def mark_as_destroyed(conn: Connection, ids: Iterable[int]) -> None:
    """Mark posts as what the history says of them."""
    for post_id in ids:
        conn.execute(update(models.Post).where(models.Post.id == post_id).values(is_destroyed=True))


def resolve_duplicates(conn: Connection, *, at: str) -> None:
    """Of several queued changes that wait for one post, let the latest count, as the queue does."""
    later = aliased(models.Operation)
    is_pending = models.Operation.state == OperationState.PENDING
    replaced = (
        select(later.id)
        .where(
            later.account_id == models.Operation.account_id,
            later.post_id == models.Operation.post_id,
            later.state == OperationState.PENDING,
            later.id > models.Operation.id,
        )
        .exists()
    )
    conn.execute(
        update(models.Operation)
        .where(is_pending, replaced)
        .values(state=OperationState.SUPERSEDED, outcome=OperationOutcome.REPLACED, updated_at=at, settled_at=at)
    )


def put_back_favorites(conn: Connection, account_id: int) -> None:
    """Put back favorites with which the history ends, and the times at which they were first seen.

    Only where the history is proven: it agrees with itself and with the runs. Where a favorite stands is marked as not
    known, so that the next sync reads the whole list.
    """
    replay = Replay(driver_connection(conn), account_id, "")
    deque(replay.play(), maxlen=0)
    if not replay.is_clean:
        return
    of_the_account = models.Favorite.account_id == account_id
    rows = conn.execute(
        select(models.Favorite.post_id, models.Favorite.sort_key, models.Favorite.first_seen_at).where(of_the_account)
    )
    kept = {post_id: (key, seen) for post_id, key, seen in rows}
    taken = {key for key, _ in kept.values()}
    for post_id, listed in replay.favorites.items():
        if post_id not in kept and listed.sort_key not in taken:
            conn.execute(
                insert(models.Favorite).values(
                    account_id=account_id,
                    post_id=post_id,
                    sort_key=listed.sort_key,
                    is_placed=False,
                    first_seen_at=listed.first_seen_at,
                    run_id=listed.run_id,
                )
            )
        elif post_id in kept and kept[post_id][1] != listed.first_seen_at:
            of_the_post = models.Favorite.post_id == post_id
            conn.execute(
                update(models.Favorite).where(of_the_account, of_the_post).values(first_seen_at=listed.first_seen_at)
            )


def use_wal(path: Path) -> None:
    """Let the database have a write-ahead log, as all of favsync's have. Raises the DatabaseTrouble family."""
    with sqlite.translated(path), closing(sqlite.connect(path, writable=True)) as connection:
        connection.execute("PRAGMA journal_mode = WAL")
