"""Rows of chosen columns: the right ones, in the order that was asked for."""

import sqlite3
from contextlib import closing
from dataclasses import replace
from datetime import timedelta

import pytest

from favsync.store.database import Database
from favsync.store.posts.rows import COLUMNS, load_rows
from favsync.store.sqlite import connect as sqlite
from tests.query.kept import Event, Kept, KeptAccount, KeptPost, Listed
from tests.query.worlds import MOMENTS, as_text
from tests.store.conftest import Ask
from tests.store.written import write

ALICE, BOB = 1, 2
FIRST, LATER = MOMENTS[0], MOMENTS[-1]
POST = KeptPost(
    5,
    score=-3,
    duration=1.5,
    description="ends\nof lines",
    tags={"wolf": "species", "b_artist": "artist", "a_artist": "artist", "sky": "general"},
)


@pytest.fixture
def two_lists(database: Database) -> Database:
    """Alice has 5 and 7, bob had 5 twice and has 7; of 7 nothing is known."""
    alice = KeptAccount("alice", "alice", [Listed(7, FIRST), Listed(5, LATER)])
    went = [
        Event(5, "added", "listed", FIRST),
        Event(5, "removed", "pushed", FIRST + timedelta(hours=1)),
        Event(5, "added", "listed", FIRST + timedelta(hours=2)),
        Event(5, "removed", "unfavorited", LATER),
    ]
    bob = KeptAccount("bob", "bob", [Listed(7, LATER)], [Event(7, "added", "listed", FIRST), *went])
    kept = Kept({5: POST, 7: KeptPost(7, was_read=False), 9: replace(POST, id=9, tags={})}, [alice, bob])
    with database.write() as conn:
        write(conn, kept)
    return database


def rows(database: Database, found: list[tuple[int, int]], *columns: str) -> list[tuple[object, ...]]:
    with closing(sqlite.connect(database.path, writable=False)) as connection:
        return list(load_rows(connection, found, columns))


def test_rows_come_in_the_order_that_was_asked_for(two_lists: Database) -> None:
    """Each account's row for itself, however many there are."""
    asked = [(ALICE, 7), (BOB, 7), (ALICE, 5)] * 300
    assert rows(two_lists, asked, "account", "post_id") == [("alice", 7), ("bob", 7), ("alice", 5)] * 300
    assert rows(two_lists, [], "account") == []


def test_a_row_is_what_the_view_says_of_the_favorite(two_lists: Database, ask: Ask) -> None:
    """Column by column, under the same names."""
    shared = [name for name in COLUMNS if not name.startswith("removed_")]
    question = f"SELECT {', '.join(shared)} FROM favorite_posts ORDER BY account, position"  # noqa: S608 - names of ours
    assert rows(two_lists, [(ALICE, 7), (ALICE, 5), (BOB, 7)], *shared) == ask(question)
    (five,) = rows(two_lists, [(ALICE, 5)], "artists", "species", "tags", "characters", "page_url", "description")
    assert five == (
        *("a_artist b_artist", "wolf", "a_artist b_artist sky wolf", None),
        *("https://site.example/posts/5", "ends\nof lines"),
    )


def test_of_a_former_favorite_it_says_when_it_came_last_and_how_it_went(two_lists: Database) -> None:
    """Of one of today, only when it came."""
    asked = ("first_seen_at", "removed_at", "removed_reason")
    assert rows(two_lists, [(BOB, 5), (BOB, 7), (ALICE, 5)], *asked) == [
        (as_text(FIRST + timedelta(hours=2)), as_text(LATER), "unfavorited"),
        (as_text(LATER), None, None),
        (as_text(LATER), None, None),
    ]


def test_a_column_that_there_is_not_is_never_sql(two_lists: Database) -> None:
    """Whoever asks has to know the columns."""
    with pytest.raises(KeyError):
        rows(two_lists, [(ALICE, 5)], "1; DROP TABLE posts")
    with closing(sqlite3.connect(two_lists.path)) as connection:
        assert connection.execute("SELECT count(*) FROM posts").fetchone() == (3,)
