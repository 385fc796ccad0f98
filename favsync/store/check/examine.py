"""Looking at a database without changing a byte of it, and at the file as SQLite sees it."""

import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from functools import lru_cache
from pathlib import Path
from typing import Final

from favsync.errors import NotADatabase
from favsync.private_paths import is_there
from favsync.store.check.findings import Finding, Findings, repairable
from favsync.store.sqlite import connect as sqlite
from favsync.store.sqlite.read_only_media import open_where_nothing_can_be_written
from favsync.store.sqlite.salvage import any_text, is_garbled
from favsync.store.views import POST_TAGS_FTS, POSTS_FTS

_MOST_COMPLAINTS: Final = 100
_SAYS: Final = "SQLite says: {}. Restore it from a backup."
_TEXTS_KEPT: Final = 2_000
"""Texts of posts that are kept while words are searched for: most words are found in one that others were found in."""

_OF_A_VALUE: Final = re.compile(r"^(?:NULL|NUMERIC|TEXT|non-\w+) value in |^CHECK constraint failed in ")
_OF_AN_INDEX: Final = re.compile(r"(wrong # of entries in index|row \d+ missing from index) (?P<index>\S+)$")
_NOT_DAMAGE: Final = frozenset(
    {
        *(sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED, sqlite3.SQLITE_FULL, sqlite3.SQLITE_NOMEM),
        *(sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_PERM),
    }
)


def is_damage(error: sqlite3.Error) -> bool:
    """Tell whether an error may come from what is in the file: not from another program, its rights or a full disk."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF not in _NOT_DAMAGE


@contextmanager
def examined(path: Path, *, busy_timeout: float = sqlite.BUSY_TIMEOUT) -> Iterator[sqlite3.Connection]:
    """Open the database at `path` to read one state of it throughout, and leave every byte as it is.

    The last connection that closes folds the write-ahead log into the file and deletes it, unless it may only read. So
    this one may only read where there is such a log; where there is none, it may write, or it would leave an empty
    log behind. Text that is not UTF-8 comes with surrogates in it. Raises sqlite3.Error as it comes: what it means is
    for the check to say.
    """
    real = path.resolve()
    has_log = is_there(real.with_name(f"{real.name}-wal"))
    connection = sqlite.open_file(path, mode="ro" if has_log else "rw", busy_timeout=busy_timeout)
    try:
        connection.execute("PRAGMA schema_version").fetchone()
    except sqlite3.Error as exc:
        connection.close()
        if not sqlite.needs_to_write(exc):
            raise
        connection = open_where_nothing_can_be_written(path)
    with closing(connection):
        connection.execute("PRAGMA query_only = ON")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA cell_size_check = ON")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA cache_size = -{sqlite.CACHE_KIB}")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, sqlite.LONGEST_VALUE)
        connection.text_factory = any_text
        connection.execute("BEGIN")
        yield connection


@contextmanager
def damage_found(path: Path, found: Findings) -> Iterator[None]:
    """Damage that ends the block is a finding. Raises the DatabaseTrouble family for what is not the file's fault."""
    try:
        yield
    except sqlite3.Error as exc:  # nothing of it can be read
        said = sqlite.translate(exc, path)
        if not is_damage(exc):
            raise said from exc
        found.add(Finding("file-damaged", str(path), said.message))
    except UnicodeDecodeError:
        found.add(Finding("file-damaged", str(path), sqlite.garbled(path).message))


@dataclass(frozen=True, slots=True)
class Unread:
    """A part of a database could not be looked at. `finding` is None where that is no fault of the file's."""

    reason: str
    finding: Finding | None


def until_unread(findings: Iterator[Finding], path: Path, what: str) -> Iterator[Finding | Unread]:
    """Yield findings, up to an error of SQLite's. Raises DatabaseTrouble for what is not the file's fault."""
    try:
        yield from findings
    except sqlite3.Error as exc:
        if sqlite.needs_to_write(exc):
            yield Unread(f"nothing can be written beside the database ({exc})", None)
        elif not is_damage(exc):
            raise sqlite.translate(exc, path) from exc
        elif getattr(exc, "sqlite_errorcode", sqlite3.SQLITE_ERROR) & 0xFF == sqlite3.SQLITE_ERROR:
            yield Unread(str(exc), None)
        else:
            words = f"A part of the database cannot be read ({what}: {exc}). Restore it from a backup."
            yield Unread(str(exc), Finding("unreadable", what, words))


def is_empty(conn: sqlite3.Connection) -> bool:
    """Whether a database has nothing in it, and belongs to no program."""
    (objects,) = conn.execute("SELECT count(*) FROM sqlite_master").fetchone()
    return conn.execute("PRAGMA application_id").fetchone() == (0,) and not objects


def find_in_header(conn: sqlite3.Connection, path: Path) -> Iterator[Finding]:
    """Find what the file says of itself that is not so. Raises NotADatabase for that of another program."""
    (application_id,) = conn.execute("PRAGMA application_id").fetchone()
    ours = "SELECT count(*) FROM sqlite_master WHERE name IN ('alembic_version', 'favorite_events')"
    if application_id != sqlite.APPLICATION_ID:
        if conn.execute(ours).fetchone() != (2,):
            raise NotADatabase(f"{path} is a SQLite database of another program. Name another file with --database.")
        yield repairable("application-id", str(path), "The file is not marked as a database of favsync.")
    # In the header: where nothing can be written, another mode is at work.
    with path.open("rb") as file:
        has_log = file.read(20)[18:] == b"\2\2"
    if not has_log:
        yield repairable("not-wal", str(path), "There is no write-ahead log: readers and a run wait for each other.")


def find_file_damage(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Find what SQLite's own check of the whole file complains of; where it breaks off, table by table."""
    try:
        yield from _problems(conn, str(_MOST_COMPLAINTS), "the file")
    except sqlite3.DatabaseError as exc:
        if not is_damage(exc):
            raise
        yield Finding("file-damaged", "the file", _SAYS.format(exc))
        for (table,) in conn.execute("SELECT name FROM sqlite_master WHERE type = 'table' AND rootpage > 0").fetchall():
            try:
                yield from _problems(conn, "'" + table.replace("'", "''") + "'", f"table {table}")
            except sqlite3.DatabaseError as broken:
                yield Finding("file-damaged", f"table {table}", _SAYS.format(f"{broken} in {table}"))


def _problems(conn: sqlite3.Connection, argument: str, place: str) -> Iterator[Finding]:
    for (text,) in conn.execute(f"PRAGMA integrity_check({argument})"):
        for line in str(text).splitlines():
            if found := _OF_AN_INDEX.search(line):
                yield repairable("index-out-of-step", f"index {found['index']}", f"SQLite says: {line}.")
            elif _OF_A_VALUE.search(line):
                yield Finding("value-impossible", place, _SAYS.format(line))
            elif line and line != "ok" and not line.startswith("*** in database"):
                yield Finding("file-damaged", place, _SAYS.format(line))


def find_fts_damage(path: Path, *, busy_timeout: float = sqlite.BUSY_TIMEOUT) -> Iterator[Finding]:
    """Find out whether the indexes of FTS5 agree with what they are about.

    FTS5's own check is a statement that writes, though it changes nothing: it is undone at once, on a connection of
    its own, and another program that writes waits for it meanwhile. To be called while `examined` is open, or this
    connection would be the last one. Raises sqlite3.Error where it cannot be asked.
    """
    with closing(sqlite.open_file(path, busy_timeout=busy_timeout)) as connection:
        connection.text_factory = any_text
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.execute(f"PRAGMA cache_size = -{sqlite.CACHE_KIB}")
        for index, what, find_misled in (
            (POSTS_FTS, "The full-text index does not agree with the posts", _find_misled_search),
            (POST_TAGS_FTS, "The index of the tags does not agree with the posts", find_misled_number),
        ):
            connection.execute("BEGIN IMMEDIATE")
            try:
                connection.execute(f"INSERT INTO {index.name} ({index.name}, rank) VALUES ('integrity-check', 1)")  # noqa: S608 - ours
                misled = find_misled(connection)
            except sqlite3.Error as exc:
                if sqlite.needs_to_write(exc) or not is_damage(exc):
                    raise
                misled = str(exc)
            finally:
                connection.rollback()
            if misled is not None:
                yield repairable("fts-out-of-step", index.name, f"{what}: {misled}.")


def _find_misled_search(connection: sqlite3.Connection) -> str | None:
    """Search for every word of the index; say of which one fewer or more posts are found than there are, or wrong ones.

    FTS5's own check reads the index from end to end, and not the way into it that a search takes. And it adds up what
    it reads, so that a word that became another in an even number of places makes no difference to it.
    """

    @lru_cache(maxsize=_TEXTS_KEPT)
    def text_of(post_id: int) -> str:
        texts = connection.execute("SELECT tags, description FROM post_texts WHERE post_id = ?", (post_id,))
        return "\n".join(text for text in texts.fetchone() or () if text is not None)

    connection.execute("CREATE VIRTUAL TABLE temp.vocabulary USING fts5vocab (main, posts_fts, row)")
    for term, posts in connection.execute("SELECT term, doc FROM vocabulary"):
        if is_garbled(term):
            return f"the word '{term}' is not text"
        if not term.isascii():
            continue  # how others are folded is FTS5's secret
        phrase = '"' + term.replace('"', '""') + '"'
        found, post_id = connection.execute("SELECT count(*), min(rowid) FROM posts_fts (?)", (phrase,)).fetchone()
        if found != posts:
            return f"a search for '{term}' finds {found:,} of {posts:,}"
        text = text_of(post_id)
        if text.isascii() and term not in text.lower():
            return f"a search for '{term}' finds post {post_id}, which has no such word"
    return None


def find_misled_number(connection: sqlite3.Connection) -> str | None:
    """The same as for the text, for the index of the tags: its words are their numbers. None: nothing is wrong."""
    connection.execute("CREATE VIRTUAL TABLE temp.numbers USING fts5vocab (main, post_tags_fts, row)")
    tagged = "SELECT count(*) FROM post_tags WHERE tag_id = ? AND post_id IN (?, ?)"
    for term, posts in connection.execute("SELECT term, doc FROM numbers"):
        if not (term.isascii() and term.isdigit()):
            return f"'{term}' is no number of a tag"
        search = "SELECT count(*), min(rowid), max(rowid) FROM post_tags_fts (?)"
        found, first, last = connection.execute(search, (f'"{term}"',)).fetchone()
        if found != posts:
            return f"a search for tag {term} finds {found:,} of {posts:,}"
        if connection.execute(tagged, (int(term), first, last)).fetchone() != (len({first, last}),):
            return f"a search for tag {term} finds post {first} and post {last}, which have not both that tag"
    return None


_OF_POSTS: Final = frozenset(
    {*("favorites", "favorite_events", "favorite_placements"), *("post_tags", "post_sources", "post_pools", "payloads")}
    | {"post_files"}
)
"""Tables whose rows are about posts: they tell which post is missing, so that it can be saved again."""


def find_broken_references(conn: sqlite3.Connection) -> Iterator[Finding]:
    """Find rows that point to rows that are not there: of posts and tags once for each, of others once for each row."""
    broken = conn.execute('SELECT "table", rowid, parent, fkid FROM pragma_foreign_key_check').fetchall()
    for table in sorted({table for table, _, parent, _ in broken if parent == "posts" and table in _OF_POSTS}):
        missing = f"SELECT DISTINCT post_id FROM {table} WHERE post_id NOT IN (SELECT id FROM posts)"  # noqa: S608 - ours
        for (post_id,) in conn.execute(missing):
            words = f"There are rows of post {post_id} in {table}, and no such post."
            yield repairable("post-missing", f"{table}, post {post_id}", words, about=post_id)
    if any((table, parent) == ("post_tags", "tags") for table, _, parent, _ in broken):
        for (post_id,) in conn.execute(
            "SELECT DISTINCT post_id FROM post_tags WHERE tag_id NOT IN (SELECT id FROM tags)"
        ):
            words = f"Post {post_id} has a tag that is not there."
            yield repairable("tag-missing", f"post_tags, post {post_id}", words, about=post_id)
    for table, row, parent, _ in broken:
        if (table, parent) != ("post_tags", "tags") and not (parent == "posts" and table in _OF_POSTS):
            where = f"{table}, row {row}" if row is not None else str(table)
            words = f"A row of {table} points to a row of {parent} that is not there. Restore it from a backup."
            yield Finding("reference-broken", where, words)
