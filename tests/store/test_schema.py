"""The schema: the same in models, views, migrations and docs, and strict about types."""

import pytest
from alembic.autogenerate import compare_metadata
from alembic.migration import MigrationContext
from sqlalchemy import Table
from sqlalchemy.dialects.sqlite import pysqlite
from sqlalchemy.schema import CreateIndex, CreateTable

from favsync.errors import FavsyncError
from favsync.model import Account
from favsync.store.database import Database
from favsync.store.models import Base
from favsync.store.sites import save_site_url
from favsync.store.views import VIEWS, View, is_comparable
from tests.store.conftest import Ask
from tests.store.samples import AT
from tests.store.schema_doc import PATH, schema_doc

TABLES = list(Base.metadata.tables.values())


def squeezed(sql: str) -> str:
    """SQL without what means nothing: line breaks, blanks, quotes."""
    return "".join(sql.replace('"', "").split())


def test_alembic_finds_no_difference_between_models_and_migrations(database: Database) -> None:
    """What a developer's `alembic revision --autogenerate` would write is empty."""

    def ours(_item: object, name: str | None, kind: str, _reflected: bool, _other: object) -> bool:
        return is_comparable(name, kind)

    with database.read() as conn:
        context = MigrationContext.configure(conn, opts={"include_object": ours, "compare_server_default": True})
        assert compare_metadata(context, Base.metadata) == []


@pytest.mark.parametrize("table", TABLES, ids=lambda table: str(table.name))
def test_a_table_is_what_its_model_says(ask: Ask, table: Table) -> None:
    """Word for word, with the checks and options that Alembic does not compare."""
    [(made,)] = ask("SELECT sql FROM sqlite_master WHERE type = 'table' AND name = ?", table.name)
    said = str(CreateTable(table).compile(dialect=pysqlite.dialect()))
    assert _parts(made) == _parts(said)


def _parts(sql: str) -> list[str]:
    """A table's columns, its constraints (which may stand in any order), and its options."""
    body, _, options = squeezed(sql).rpartition(")")
    columns, *constraints = body.split("CONSTRAINT")
    return [columns.strip(","), *sorted(constraint.strip(",") for constraint in constraints), options]


def test_the_indexes_are_what_the_models_say(ask: Ask) -> None:
    """Columns, order, uniqueness and conditions."""
    made = {squeezed(sql) for (sql,) in ask("SELECT sql FROM sqlite_master WHERE type = 'index' AND sql IS NOT NULL")}
    dialect = pysqlite.dialect()
    assert made == {
        squeezed(str(CreateIndex(index).compile(dialect=dialect))) for table in TABLES for index in table.indexes
    }


@pytest.mark.parametrize("view", VIEWS, ids=lambda view: view.name)
def test_a_view_is_what_its_description_says(ask: Ask, view: View) -> None:
    """The statement letter for letter, and every column named in its order."""
    assert ask("SELECT sql FROM sqlite_master WHERE name = ?", view.name) == [(view.sql,)]
    columns = [name for (name,) in ask("SELECT name FROM pragma_table_info(?)", view.name)]
    assert columns == [name for name, _ in view.columns]


@pytest.mark.parametrize(
    "statement",
    [
        "UPDATE accounts SET site_user_id = 'seven'",
        "UPDATE accounts SET is_public = 2",
        "UPDATE accounts SET created_at = NULL",
        "INSERT INTO accounts VALUES (9, 'ALICE', 'x', 1, 0, 'x', NULL, NULL, 0)",
        "INSERT INTO sites VALUES (2, 'https://other.example', 'x')",
        "INSERT INTO runs (account_id, started_at, kind) VALUES (1, 'x', 'odd')",
        "INSERT INTO runs (account_id, started_at, kind) VALUES (99, 'x', 'full')",
        "INSERT INTO runs (account_id, started_at, kind, is_base) VALUES (1, 'x', 'full', 2)",
        "INSERT INTO favorites VALUES (1, 12345, 1, 1, 0, 'x', NULL, 1)",
        "INSERT INTO operations (account_id, post_id, action, state, created_at, updated_at)"
        " VALUES (1, 1, 'add', 'pending', 'x', 'x'), (1, 1, 'remove', 'pending', 'x', 'x')",
        "INSERT INTO posts (id, width) VALUES (1, 'wide')",
    ],
)
def test_the_database_itself_refuses_what_cannot_be(database: Database, account: Account, statement: str) -> None:
    """Types, words, keys and uniqueness are held by SQLite, whoever writes; a sound database is not called damaged."""
    with database.write() as conn:
        save_site_url(conn, "https://site.example", at=AT)

    def write() -> None:
        with database.write() as conn:
            conn.exec_driver_sql(statement)

    with pytest.raises(FavsyncError, match="refused a statement"):
        write()


def test_the_schemas_description_is_current() -> None:
    """docs/schema.md is what `python -m tests.store.schema_doc` writes."""
    assert PATH.read_text() == schema_doc()
