"""The full-text index: always about the texts that are there, after whatever happened to them."""

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from favsync.model import Account
from favsync.store.database import Database
from favsync.store.posts.saving import ensure_posts, mark_destroyed, save_posts
from tests.store.conftest import Ask, text_index_complaint
from tests.store.samples import AT, new_account, new_run, post

WORDS = st.sampled_from(["sky", "blue_hat", "hat", "Ünïcode", "fox_(of_ink)", "日本", "🦊", "a'b\"c"])
TEXTS = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=12) | WORDS
REPORTED = st.tuples(st.integers(1, 6), st.lists(WORDS, max_size=4, unique=True), TEXTS, st.none() | st.just("odd"))
STEPS = st.one_of(
    st.tuples(st.just("save"), st.lists(REPORTED, max_size=5)),
    st.tuples(st.just("ensure"), st.sets(st.integers(1, 6))),
    st.tuples(st.just("destroy"), st.sets(st.integers(1, 6))),
)


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[Database, int]]:
    """One database for many histories, and a run in it."""
    with Database.open(tmp_path_factory.mktemp("shared") / "favsync.db") as database:
        with database.write() as conn:
            run_id = new_run(conn, new_account(conn).id)
        yield database, run_id


@settings(max_examples=80, deadline=None)
@given(steps=st.lists(STEPS, max_size=6))
def test_after_any_history_the_index_is_about_the_texts_that_are_there(
    shared: tuple[Database, int], steps: list[tuple[str, list[tuple[int, list[str], str | None, str | None]]]]
) -> None:
    """Posts bare, told, retold, half understood, without tags, destroyed: SQLite finds index and texts the same."""
    database, run_id = shared
    with database.write() as conn:
        for kind, values in steps:
            if kind == "save":
                reported = [
                    post(number, tags={"general": names}, description=text, problem=problem)
                    for number, names, text, problem in values
                ]
                save_posts(conn, reported, run_id=run_id, at=AT)
            elif kind == "ensure":
                ensure_posts(conn, values, run_id=run_id)  # type: ignore[arg-type]  # ids here
            else:
                mark_destroyed(conn, values, run_id=run_id, at=AT)  # type: ignore[arg-type]  # ids here
        posts = conn.exec_driver_sql("SELECT count(*) FROM posts").scalar_one()
        assert conn.exec_driver_sql("SELECT count(*) FROM posts_fts_docsize").scalar_one() == posts
    assert text_index_complaint(database) is None


def found(ask: Ask, words: str) -> list[int]:
    return [post_id for (post_id,) in ask("SELECT rowid FROM posts_fts WHERE posts_fts MATCH ? ORDER BY rowid", words)]


@pytest.mark.usefixtures("account")
def test_posts_are_found_by_tag_and_by_description(database: Database, run_id: int, ask: Ask) -> None:
    """Either column, accents or not, and the tag with its underline."""
    with database.write() as conn:
        hat = post(1, tags={"general": ["blue_hat"]}, description="Ein Café")
        save_posts(conn, [hat, post(2, description="blue, and a hat")], run_id=run_id, at=AT)
    assert found(ask, "blue_hat") == [1]
    assert found(ask, "tags : blue") == [1]
    assert found(ask, "blue AND hat") == [1, 2]
    assert found(ask, "cafe") == [1]


def test_words_that_are_gone_are_not_found(database: Database, run_id: int, account: Account, ask: Ask) -> None:
    """After an edit the old words lead nowhere."""
    with database.write() as conn:
        save_posts(conn, [post(1, tags={"general": ["sky"]}, description="old")], run_id=run_id, at=AT)
        save_posts(conn, [post(1, tags={"general": ["lake"]}, description="new")], run_id=run_id, at=AT)
    assert (found(ask, "sky"), found(ask, "old"), found(ask, "lake"), found(ask, "new")) == ([], [], [1], [1])


def test_the_index_says_when_it_is_not_about_the_texts(database: Database, run_id: int) -> None:
    """The check that the tests above rely on does find a difference."""
    with database.write() as conn:
        save_posts(conn, [post(1, description="old")], run_id=run_id, at=AT)
        conn.exec_driver_sql("UPDATE posts SET description = 'new'")
    assert text_index_complaint(database) is not None
