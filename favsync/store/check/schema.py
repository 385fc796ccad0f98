"""The schema as the migrations make it, to hold that of a database against."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Final

from sqlalchemy import create_engine

from favsync.store.check.findings import Finding, repairable
from favsync.store.sqlite import connect as sqlite
from favsync.store.sqlite.upgrade import driver_connection, find_migrations, known_revisions, migrate
from favsync.store.views import View, fts_of

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
    def fts(self) -> View | None:
        """The index of FTS5 that this is, or that it was made with; None: of neither."""
        return fts_of(self.name) if self.kind == "table" else None

    @property
    def can_be_rebuilt(self) -> bool:
        """True when it keeps nothing that is not in the tables. The index of a key is made with its table."""
        return not self.name.startswith(_OF_SQLITE) and (self.kind != "table" or self.fts is not None)

    @property
    def code(self) -> str:
        if self.fts is not None:
            return "fts-out-of-step"
        return _CODES[self.kind] if self.can_be_rebuilt else "table-wrong"


@cache
def fresh_schema(revision: str = sqlite.HEAD) -> tuple[SchemaObject, ...]:
    """What the migrations make up to a revision, in the order in which they make it."""
    engine = create_engine("sqlite://")
    try:
        with engine.connect() as connection:
            migrate(connection, find_migrations(), revision)
            return _load(driver_connection(connection))
    finally:
        engine.dispose()


def _load(conn: sqlite3.Connection) -> tuple[SchemaObject, ...]:
    return tuple(SchemaObject(kind, name, sql or "") for kind, name, sql in conn.execute(_OBJECTS))


def find_in_schema(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Find tables, indexes and views that are missing, other than they should be, or not favsync's."""
    there = {(found.kind, found.name): found.sql for found in _load(conn)}
    said_of: set[View] = set()
    for wanted in fresh_schema():
        sql = there.pop((wanted.kind, wanted.name), None)
        if sql == wanted.sql or wanted.fts in said_of:
            continue
        if wanted.fts is not None:
            said_of.add(wanted.fts)
        words = f"The {wanted.kind} {wanted.name} is {'missing' if sql is None else 'not what this version makes'}."
        if wanted.can_be_rebuilt:
            yield repairable(wanted.code, wanted.name, words)
        else:
            yield Finding(wanted.code, wanted.name, f"{words} Restore it from a backup.")
    for kind, name in there:
        if name.startswith(_OF_SQLITE):
            continue  # made by ANALYZE
        yield Finding("schema-extra", name, f"The {kind} {name} is not favsync's. It is left alone.")


def load_version(conn: sqlite3.Connection) -> str | None:
    """Load the revision that the database says it is of; None: it does not say one."""
    try:
        rows = conn.execute("SELECT version_num FROM alembic_version").fetchall()
    except sqlite3.Error:
        return None
    return str(rows[0][0]) if len(rows) == 1 else None


def is_older(conn: sqlite3.Connection, revision: str) -> bool:
    """Tell whether nothing that the migrations make after `revision` is there. False for a revision that never was."""
    if revision == sqlite.HEAD or revision not in known_revisions(find_migrations()):
        return False
    before = {made.name for made in fresh_schema(revision)}
    there = {found.name for found in _load(conn)}
    return there.isdisjoint(made.name for made in fresh_schema() if made.name not in before)


def wrong_objects(conn: sqlite3.Connection) -> list[SchemaObject]:
    """Of what can be made again: what is missing or other than it should be."""
    there = set(_load(conn))
    return [wanted for wanted in fresh_schema() if wanted.can_be_rebuilt and wanted not in there]
