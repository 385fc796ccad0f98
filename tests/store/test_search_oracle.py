"""The database and the oracle answer every search alike: the same rows in the same order.

By hand, with as many worlds as one likes: `python -m tests.store.test_search_oracle 5000`.
"""

import shutil
import sqlite3
import sys
import tempfile
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from unittest.mock import patch

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from favsync.errors import NoSuchAccount
from favsync.query.tree import And, FavoriteOf, Node, Not, Or, Search
from favsync.store.database import Database
from favsync.store.search import answers as plans
from favsync.store.search import tag_index as search_tags
from favsync.store.search.answers import PostSearch
from favsync.store.sqlite import connect as sqlite
from tests.query.kept import Kept
from tests.query.oracle import find
from tests.query.worlds import kepts, searches
from tests.store.written import write

pytestmark = pytest.mark.slow

WORLDS = 50
"""In CI: five seconds or so."""

MOST = 20
"""Searches of each world."""

Asked = tuple[Search, int, int]
"""A search, how many posts are few, and how many rows are looked at first for each that is wanted."""


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A database with nothing in it, to be copied: making one takes longer than all that is asked of it."""
    path = tmp_path_factory.mktemp("empty") / "favsync.db"
    Database.open(path).close()
    return path


def answered_alike(empty: Path, kept: Kept, asked: list[Asked]) -> None:
    """Write `kept` into a copy of `empty`, and hold each answer against the oracle's."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "favsync.db"
        shutil.copy(empty, path)
        with Database(path, busy_timeout=1) as database, database.write() as conn:
            write(conn, kept)
        with closing(sqlite.connect(path, writable=False)) as connection:
            for search, few, looked_at in asked:
                # As if the lists were long, and the tags many: how many posts are few, for one, decides how it asks.
                with (
                    patch.multiple(plans, FEW=few, LOOKED_AT_FIRST=looked_at),
                    patch.multiple(search_tags, MOST_NAMED=few, _DEEPEST=looked_at),
                ):
                    if not favorites_of(search.where) <= named(kept):
                        with pytest.raises(NoSuchAccount):
                            rows_of(connection, search)
                        continue
                    assert rows_of(connection, search) == find(kept, search), search
                    assert count_of(connection, search) == len(find(kept, replace(search, limit=None))), search


def favorites_of(node: Node) -> set[int | str]:
    """The names that stand behind `fav:`."""
    match node:
        case FavoriteOf(name):
            return {name}
        case And(terms) | Or(terms):
            return {name for term in terms for name in favorites_of(term)}
        case Not(term):
            return favorites_of(term)
        case _:
            return set()


def named(kept: Kept) -> set[int | str]:
    """The names and numbers by which the accounts are known."""
    numbers = range(1, len(kept.accounts) + 1)
    return {*numbers, *(name.lower() for account in kept.accounts for name in (account.name, account.username))}


def rows_of(connection: sqlite3.Connection, search: Search) -> list[tuple[str, int]]:
    """What the database finds: the account's name, and the post's id."""
    names = dict(connection.execute("SELECT id, name FROM accounts").fetchall())
    return [(names[row.account_id], row.post_id) for row in PostSearch(connection, search).rows()]


def count_of(connection: sqlite3.Connection, search: Search) -> int:
    """How many rows the database counts."""
    return PostSearch(connection, search).count()


def about(kept: Kept) -> st.SearchStrategy[list[Asked]]:
    """Several searches of one database."""
    search = searches([account.name for account in kept.accounts])
    few = st.sampled_from((plans.FEW, 0, 2, 5))
    return st.lists(
        st.tuples(search, few, st.sampled_from((plans.LOOKED_AT_FIRST, 1, 2))), min_size=MOST // 2, max_size=MOST
    )


ASKED = kepts().flatmap(lambda kept: st.tuples(st.just(kept), about(kept)))


@settings(max_examples=WORLDS, deadline=None, suppress_health_check=list(HealthCheck))
@given(asked=ASKED)
def test_the_database_finds_what_the_oracle_finds(empty: Path, asked: tuple[Kept, list[Asked]]) -> None:
    """Whatever is kept, and whatever is asked."""
    answered_alike(empty, *asked)


def main() -> None:
    """Ask much more than CI does."""
    worlds = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "favsync.db"
        Database.open(path).close()

        @settings(max_examples=worlds, deadline=None, suppress_health_check=list(HealthCheck), database=None)
        @given(asked=ASKED)
        def ask(asked: tuple[Kept, list[Asked]]) -> None:
            answered_alike(path, *asked)

        ask()
    print(f"{worlds:,} worlds: alike")


if __name__ == "__main__":
    main()
