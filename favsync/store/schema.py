"""The schema as the migrations make it, to hold that of a database against."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from sqlalchemy import create_engine

from favsync.store import sqlite
from favsync.store.findings import Finding, mendable
from favsync.store.upgrade import driver_connection, find_migrations, migrate
from favsync.store.views import POSTS_FTS

_OBJECTS: Final = "SELECT type, name, sql FROM sqlite_master ORDER BY rowid"
_OF_SQLITE: Final = "sqlite_"
_CODES: Final = {"table": "table-wrong", "index": "index-wrong", "view": "view-wrong"}


@dataclass(frozen=True, slots=True)
class SchemaObject:
    """A table, index or view, and the statement that makes it."""

    kind: str
    name: str
    sql: str

    @property
    def is_of_text_index(self) -> bool:
        """True for the full-text index, and for the tables that FTS5 makes with it."""
        return self.name.startswith(POSTS_FTS.name)

    @property
    def can_be_made_anew(self) -> bool:
        """True when it keeps nothing that is not in the tables. The index of a key is made with its table."""
        return not self.name.startswith(_OF_SQLITE) and (self.kind != "table" or self.is_of_text_index)

    @property
    def code(self) -> str:
        if self.is_of_text_index:
            return "fts-out-of-step"
        return _CODES[self.kind] if self.can_be_made_anew else "table-wrong"


@cache
def fresh_schema() -> tuple[SchemaObject, ...]:
    """What the migrations of this version make, in the order in which they make it."""
    engine = create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            migrate(connection, find_migrations(), sqlite.HEAD)
            return _load(driver_connection(connection))
    finally:
        engine.dispose()


def _load(conn: sqlite3.Connection) -> tuple[SchemaObject, ...]:
    return tuple(SchemaObject(kind, name, sql or "") for kind, name, sql in conn.execute(_OBJECTS))


def find_in_schema(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Find tables, indexes and views that are missing, other than they should be, or not favsync's."""
    there = {(found.kind, found.name): found.sql for found in _load(conn)}
    said_of_text_index = False
    for wanted in fresh_schema():
        sql = there.pop((wanted.kind, wanted.name), None)
        if sql == wanted.sql or (wanted.is_of_text_index and said_of_text_index):
            continue
        said_of_text_index |= wanted.is_of_text_index
        words = f"The {wanted.kind} {wanted.name} is {'missing' if sql is None else 'not what this version makes'}."
        if wanted.can_be_made_anew:
            yield mendable(wanted.code, wanted.name, words)
        else:
            yield Finding(wanted.code, wanted.name, f"{words} Restore it from a backup.")
    for kind, name in there:
        if name.startswith(_OF_SQLITE):
            continue  # made by ANALYZE
        yield Finding("schema-extra", name, f"The {kind} {name} is not favsync's. It is left alone.")


def wrong_objects(conn: sqlite3.Connection) -> list[SchemaObject]:
    """Of what can be made anew: what is missing or other than it should be."""
    there = set(_load(conn))
    return [wanted for wanted in fresh_schema() if wanted.can_be_made_anew and wanted not in there]
