"""A database on disk with one account in it, and questions put to the file as another program would."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from favsync.model import Account
from favsync.store.database import Database
from favsync.store.sqlite import connect as sqlite
from tests.store.samples import new_account, new_run

Rows = list[tuple[Any, ...]]
Ask = Callable[..., Rows]


@pytest.fixture
def path(tmp_path: Path) -> Path:
    return tmp_path / "data" / "favsync.db"


@pytest.fixture
def database(path: Path) -> Iterator[Database]:
    with Database.open(path, busy_timeout=0.2) as opened:
        yield opened


@pytest.fixture
def account(database: Database) -> Account:
    with database.write() as conn:
        return new_account(conn)


@pytest.fixture
def run_id(database: Database, account: Account) -> int:
    with database.write() as conn:
        return new_run(conn, account.id)


@pytest.fixture
def ask(database: Database) -> Ask:
    """Ask a question in SQL on a connection of its own."""

    def answer(question: str, *values: object) -> Rows:
        with closing(sqlite.connect(database.path, writable=False)) as connection:
            return connection.execute(question, values).fetchall()

    return answer


@pytest.fixture
def rows_of(ask: Ask) -> Callable[[], dict[str, Rows]]:
    """Everything in the database, table by table."""

    def everything() -> dict[str, Rows]:
        names = [name for (name,) in ask("SELECT name FROM sqlite_master WHERE type = 'table' ORDER BY name")]
        questions = {name: f"SELECT * FROM {name} ORDER BY 1" for name in names if "fts" not in name}  # noqa: S608 - our names
        return {name: ask(question) for name, question in questions.items()}

    return everything


def text_index_complaint(database: Database) -> str | None:
    """What SQLite finds wrong with the indexes of FTS5, against what they are about; None when nothing."""
    with closing(sqlite.connect(database.path, writable=True)) as connection:
        try:
            connection.execute("INSERT INTO posts_fts (posts_fts, rank) VALUES ('integrity-check', 1)")
            connection.execute("INSERT INTO post_tags_fts (post_tags_fts, rank) VALUES ('integrity-check', 1)")
        except sqlite3.DatabaseError as exc:
            return str(exc)
    return None
