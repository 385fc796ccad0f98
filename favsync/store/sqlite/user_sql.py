"""SQL that a user wrote, answered by a connection that can do nothing but read.

Three locks, each of which would do: the file is opened with `mode=ro`, `query_only` is on, and an authorizer lets
nothing through but reading. On top of that it is asked for one statement, of a limited size and for a limited time.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Final

from favsync.errors import FavsyncError, NotADatabase, NoTemporaryRoom, QueryTooLong, SqlInvalid
from favsync.store.posts.payload_codec import PayloadReader
from favsync.store.sqlite import connect as sqlite
from favsync.store.sqlite.deadline import STEPS_BETWEEN_LOOKS, Deadline
from favsync.store.sqlite.read_only import load_site_url, reading
from favsync.store.sqlite.read_only_media import open_where_nothing_can_be_written
from favsync.store.sqlite.sql_place import find_place

Value = str | int | float | bytes | None

LONGEST_VALUE: Final = 32_000_000
"""Bytes of one text, BLOB or row: more than any that favsync keeps, and less than a machine has."""

LONGEST_SQL: Final = 1_000_000
"""Bytes of a statement."""

MOST_MEMORY: Final = 256_000_000
"""Bytes that SQLite may take in this process: a row of many such values is more than a machine has, too."""

_MOST_COLUMNS: Final = 200
_LONGEST_PATTERN: Final = 1_000
"""Bytes of a LIKE or GLOB pattern: matching a long one against a long text is one step, which nothing can interrupt."""

_ALLOWED: Final = frozenset(
    {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}
)
# They tell and change nothing. `data_version` is asked by the full-text index for itself.
_PRAGMAS: Final = frozenset(
    {
        *("table_list", "table_info", "table_xinfo", "index_list", "index_info", "index_xinfo", "foreign_key_list"),
        *("function_list", "collation_list", "compile_options", "database_list", "data_version"),
    }
)
_EPONYMOUS: Final = ("json_each", "json_tree", *sorted(f"pragma_{name}" for name in _PRAGMAS - {"data_version"}))
"""Virtual tables that are there without being made."""

_OURS: Final = ("posts_fts", "post_tags_fts")
"""favsync's own virtual tables, known without importing SQLAlchemy; a test holds them against the models."""

_FUNCTIONS: Final = frozenset({"load_extension", "fts3_tokenizer", "writefile", "readfile", "edit"})
"""Functions that reach beyond the database, where a build of SQLite has them."""

_REFUSED: Final = {
    sqlite3.SQLITE_INSERT: "INSERT",
    sqlite3.SQLITE_UPDATE: "UPDATE",
    sqlite3.SQLITE_DELETE: "DELETE",
    sqlite3.SQLITE_ATTACH: "ATTACH",
    sqlite3.SQLITE_DETACH: "DETACH",
    sqlite3.SQLITE_PRAGMA: "PRAGMA",
    sqlite3.SQLITE_TRANSACTION: "a transaction",
    sqlite3.SQLITE_SAVEPOINT: "a transaction",
    sqlite3.SQLITE_ALTER_TABLE: "ALTER TABLE",
    sqlite3.SQLITE_ANALYZE: "ANALYZE",
    sqlite3.SQLITE_REINDEX: "REINDEX",
    sqlite3.SQLITE_FUNCTION: "the function",
}
_SCHEMA_TABLES: Final = frozenset({"sqlite_master", "sqlite_schema", "sqlite_temp_master", "sqlite_temp_schema"})

# What the statement is to blame for; all else is the database's trouble.
_OF_THE_STATEMENT: Final = frozenset(
    {
        *(sqlite3.SQLITE_ERROR, sqlite3.SQLITE_AUTH, sqlite3.SQLITE_TOOBIG, sqlite3.SQLITE_MISMATCH),
        *(sqlite3.SQLITE_RANGE, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_READONLY),
    }
)


# Only temporary files are written here: what is sorted, or kept until it is asked for again.
_OF_TEMPORARY_FILES: Final = frozenset(
    {sqlite3.SQLITE_FULL, sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_GETTEMPPATH}
)


@dataclass(frozen=True, slots=True)
class Answer:
    """The columns' names, the rows as they come, and the site that the posts are on."""

    columns: tuple[str, ...]
    rows: Iterator[tuple[Value, ...]]
    site_url: str


@contextmanager
def answering(path: Path, sql: str, *, timeout: float, deadline: Deadline | None = None) -> Iterator[Answer]:
    """Ask the database at `path` one question; the rows are read while the block lasts.

    `timeout` is in seconds, of SQLite's own work: the time that the caller takes for a row does not count. It is looked
    at between SQLite's steps, and a step may be long: `deadline` is kept for whoever can end it from outside.
    A database of an older schema is upgraded first. From then on all of SQLite has no more than MOST_MEMORY in this
    process: there is no such limit for one connection, and no way back. Raises NoAccounts before there was one,
    SqlInvalid, QueryTooLong, KeyboardInterrupt also from within, and the DatabaseTrouble family; the rows do, too.
    """
    with reading(path) as first:
        site_url = load_site_url(first)
        # The first connection stays: it is the last to close then, and leaves no write-ahead log behind.
        with closing(_connect(path)) as connection:
            question = _Question(connection, path, sql, timeout, deadline or Deadline())
            cursor = connection.cursor()
            with question.at_work():
                cursor.execute(sql)
            if cursor.description is None:
                raise SqlInvalid("There is no statement in it. Write a SELECT.")
            yield Answer(tuple(column[0] for column in cursor.description), question.rows(cursor), site_url)


def _connect(path: Path) -> sqlite3.Connection:
    with sqlite.translated(path):
        uri = f"{path.absolute().as_uri()}?mode=ro"
        try:
            connection = _begun(sqlite3.connect(uri, uri=True, isolation_level=None, timeout=sqlite.BUSY_TIMEOUT))
        except sqlite3.OperationalError as exc:
            if not sqlite.needs_to_write(exc):
                raise
            connection = _begun(open_where_nothing_can_be_written(path))
    connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
    connection.setlimit(sqlite3.SQLITE_LIMIT_SQL_LENGTH, LONGEST_SQL)
    connection.setlimit(sqlite3.SQLITE_LIMIT_COLUMN, _MOST_COLUMNS)
    connection.setlimit(sqlite3.SQLITE_LIMIT_LIKE_PATTERN_LENGTH, _LONGEST_PATTERN)
    connection.setlimit(sqlite3.SQLITE_LIMIT_ATTACHED, 0)
    connection.setlimit(sqlite3.SQLITE_LIMIT_WORKER_THREADS, 0)
    # `CAST(x'ff' AS TEXT)` is a text that is none. It is the question's doing, and no damage.
    connection.text_factory = lambda text: text.decode(errors="replace")
    return connection


def _begun(connection: sqlite3.Connection) -> sqlite3.Connection:
    try:
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA query_only = ON")
        # What is sorted may be larger than the memory. The files are unlinked at once, and closed to others.
        connection.execute("PRAGMA temp_store = FILE")
        connection.execute(f"PRAGMA hard_heap_limit = {MOST_MEMORY}")
        # One state of the database throughout: of its schema, too, which is not read again then.
        connection.execute("BEGIN")
        connection.execute("PRAGMA schema_version").fetchone()
        # SQLite makes the acquaintance of the virtual tables that may be asked (its own, and favsync's two) by writing
        # to its picture of the schema, for which the authorizer has no kind word. Others are not met, and so refused:
        # what they are is up to whoever made the file, to the letters of their names.
        for name in (*_OURS, *_EPONYMOUS):
            with suppress(sqlite3.OperationalError):  # an older SQLite has not all of them
                connection.execute(f"SELECT 1 FROM {name} LIMIT 0")  # noqa: S608 - names of favsync's and SQLite's own
    except BaseException:
        connection.close()
        raise
    return connection


def _temporary_folder() -> str:
    """Where SQLite puts temporary files, which is not quite where Python does."""
    for name in ("SQLITE_TMPDIR", "TMPDIR"):
        if (folder := os.environ.get(name)) and os.access(folder, os.W_OK | os.X_OK):
            return folder
    return next((folder for folder in ("/var/tmp", "/usr/tmp", "/tmp") if os.access(folder, os.W_OK | os.X_OK)), ".")  # noqa: S108 - as SQLite looks for them


class _Question:
    """One statement on a connection of its own, which is locked here."""

    def __init__(
        self, connection: sqlite3.Connection, path: Path, sql: str, timeout: float, deadline: Deadline
    ) -> None:
        self._connection = connection
        self._path = path
        self._sql = sql
        self._timeout = timeout
        self._left = timeout
        self._deadline = deadline
        self._refused: str | None = None
        self._payload = PayloadReader(connection)
        connection.create_function("payload", 1, self._payload)
        connection.set_authorizer(self._authorize)
        connection.set_progress_handler(deadline.is_over, STEPS_BETWEEN_LOOKS)

    def rows(self, cursor: sqlite3.Cursor) -> Iterator[tuple[Value, ...]]:
        """Yield the rows while SQLite finds them."""
        while True:
            with self.at_work():
                row: tuple[Value, ...] | None = cursor.fetchone()
            if row is None:
                return
            yield row

    @contextmanager
    def at_work(self) -> Iterator[None]:
        """Let SQLite work in the block, and say in favsync's words what it raises."""
        began = monotonic()
        self._deadline.at = began + self._left
        try:
            yield
        except UnicodeDecodeError as exc:
            raise sqlite.garbled(self._path) from exc
        except (sqlite3.Error, sqlite3.Warning, UnicodeEncodeError, MemoryError) as exc:
            raise self._translate(exc) from exc
        finally:
            self._deadline.at = None
            self._left -= monotonic() - began

    def _authorize(
        self, action: int, first: str | None, second: str | None, _database: str | None, _within: str | None
    ) -> int:
        """Let through what only reads. A word that is not known here is refused."""
        name = (second if action == sqlite3.SQLITE_FUNCTION else first) or ""
        allowed = (
            name.lower() in _PRAGMAS
            if action == sqlite3.SQLITE_PRAGMA
            else action in _ALLOWED and not (action == sqlite3.SQLITE_FUNCTION and name.lower() in _FUNCTIONS)
        )
        if allowed:
            return sqlite3.SQLITE_OK
        if self._refused is None:
            what = _REFUSED.get(action, "a change of the schema")
            if name in _SCHEMA_TABLES:
                is_update = action == sqlite3.SQLITE_UPDATE
                what = "a PRAGMA, or a change of the schema," if is_update else "a change of the schema"
            elif action in {sqlite3.SQLITE_PRAGMA, sqlite3.SQLITE_FUNCTION}:
                what += f" {name}"
            self._refused = what
        return sqlite3.SQLITE_DENY

    def _translate(self, exc: BaseException) -> BaseException:
        """Whose fault it is, and what to say."""
        code = getattr(exc, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF
        if code == sqlite3.SQLITE_INTERRUPT:
            # A signal is noticed between two steps, by the handler, which SQLite takes for a wish to end.
            return QueryTooLong(self._timeout) if self._deadline.is_over() else KeyboardInterrupt()
        if self._refused is not None:
            return SqlInvalid(f"Only reading is allowed: {self._refused} is refused. Write a SELECT.")
        if self._payload.failure is not None:
            if isinstance(self._payload.failure, KeyboardInterrupt):
                return self._payload.failure
            return NotADatabase(f"A payload in the database at {self._path} is damaged. 'favsync check' finds which.")
        if isinstance(exc, sqlite3.Error) and code not in _OF_THE_STATEMENT:
            is_temporary = code in _OF_TEMPORARY_FILES or exc.sqlite_errorcode in _OF_TEMPORARY_FILES
            return NoTemporaryRoom(_temporary_folder(), str(exc)) if is_temporary else sqlite.translate(exc, self._path)
        return self._explain(exc)

    def _explain(self, exc: BaseException) -> FavsyncError:
        match exc:
            case sqlite3.Warning() | sqlite3.ProgrammingError() if "one statement" in str(exc):
                return SqlInvalid("This is more than one statement. Write one.")
            case sqlite3.ProgrammingError() if "binding" in str(exc):
                return SqlInvalid("It has a placeholder ('?' or ':name'). Write the value itself.")
            case UnicodeEncodeError():
                return SqlInvalid("It is not UTF-8.")
            case MemoryError():
                return SqlInvalid("It takes more memory than it may. Ask for fewer columns, or for shorter texts.")
            case _:
                words, hint = str(exc), ""
                if words.startswith("no such "):  # the statement misspelled it, or the database lacks it
                    from favsync.store.sqlite.damage import find_schema_damage  # noqa: PLC0415 - SQLAlchemy, which an answer does not need

                    if (damage := find_schema_damage(self._path)) is not None:
                        return sqlite.damaged(self._path, damage)
                    hint = " 'favsync query --schema' names what there is."
                place = find_place(self._connection, self._sql, words)
                return SqlInvalid(f"SQLite says: {words}.{hint}", sql=self._sql, place=place)
