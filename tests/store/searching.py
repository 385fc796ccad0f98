"""Small databases to search: posts with what a test says of them, in lists whose order it says."""

import sqlite3
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

from favsync.core.plan import Addition, PullPlan, Removal
from favsync.model import Account, Post
from favsync.query.tree import Node, Search
from favsync.store.database import Database
from favsync.store.favorites import count_favorites, save_pull
from favsync.store.posts.saving import save_posts
from favsync.store.search.answers import PostSearch
from favsync.store.sqlite import connect as sqlite
from tests.store.samples import AT, bare_posts, new_run

Look = Callable[[Search], PostSearch]


@contextmanager
def searching(path: Path) -> Iterator[Look]:
    """Search a database, through one connection that can only read."""
    with closing(sqlite.connect(path, writable=False)) as connection:
        yield lambda search: PostSearch(connection, search)


def found(path: Path, where: Node | Search) -> list[int]:
    """The posts that a search finds, in order."""
    with searching(path) as look:
        return look(where if isinstance(where, Search) else Search(where)).post_ids()


def keep(database: Database, account: Account, posts: Sequence[Post | int], *, at: str = AT) -> None:
    """Make posts the account's newest favorites, the first one the newest; of numbers nothing else is known."""
    ids = [each if isinstance(each, int) else each.id for each in posts]
    with database.write() as conn:
        known = conn.exec_driver_sql("SELECT coalesce(max(sort_key), 0) FROM favorites").scalar_one()
        run_id = bare_posts(conn, account.id, ids)
        save_posts(conn, [each for each in posts if not isinstance(each, int)], run_id=run_id, at=at)
        keys = range(known + len(ids), known, -1)
        added = tuple(Addition(post_id, key, True, "listed") for post_id, key in zip(ids, keys, strict=True))
        save_pull(
            conn,
            account.id,
            PullPlan(added=added, total=count_favorites(conn, account.id) + len(ids)),
            run_id=run_id,
            at=at,
        )


def lose(database: Database, account: Account, *gone: Removal, at: str = AT) -> None:
    """Take favorites off the account's list."""
    with database.write() as conn:
        left = count_favorites(conn, account.id) - len(gone)
        save_pull(conn, account.id, PullPlan(removed=gone, total=left), run_id=new_run(conn, account.id), at=at)


def query_plan(connection: sqlite3.Connection, sql: str, parameters: Sequence[object]) -> list[str]:
    """How SQLite goes about a statement."""
    return [str(row[3]) for row in connection.execute(f"EXPLAIN QUERY PLAN {sql}", tuple(parameters))]
