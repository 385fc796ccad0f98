"""SQLite itself, in one place: how connections are opened and set, and how its errors become favsync's own.

Nothing here needs SQLAlchemy: `favsync status` reads the database through this module alone.
"""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final, TypeAlias

from favsync import interruption
from favsync.errors import (
    DatabaseBusy,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseTooNew,
    DatabaseTrouble,
    FavsyncError,
    NotADatabase,
)
from favsync.private_paths import OWNER_ONLY
from favsync.store.posts.payload_codec import PayloadDamaged, PayloadReader
from favsync.store.sqlite.interruptible import Interruptible
from favsync.store.sqlite.patience import patiently
from favsync.store.sqlite.read_only_media import open_where_nothing_can_be_written

Reader: TypeAlias = sqlite3.Connection
"""What those of the store's functions are given that need no SQLAlchemy: a connection that only looks."""

MAGIC: Final = b"SQLite format 3\0"
"""What every SQLite file begins with."""

APPLICATION_ID: Final = 0x66617673
"""Marks a SQLite file as favsync's ("favs" in ASCII), where `file(1)` and other programs look for it."""

HEAD: Final = "0006"
"""The newest revision of the schema, known without importing Alembic; a test holds it against the scripts."""

BUSY_TIMEOUT: Final = 10.0
"""Seconds that a statement waits for another program's lock before `DatabaseBusy`."""

CACHE_KIB: Final = 8_192
"""Page cache of a writing connection, in KiB: see docs/decisions.md for what less and more cost."""

CHECKPOINT_PAGES: Final = 8_000
"""Pages (4 KiB each) that the write-ahead log grows to before it is copied into the file."""

OLDEST_SQLITE: Final = (3, 38, 0)
"""STRICT tables came with 3.37, `->>` for the payloads with 3.38."""

TABLES: Final = frozenset(
    {
        *("posts", "tags", "post_tags", "post_sources", "post_pools", "payload_dictionaries", "payloads"),
        *("sites", "accounts", "runs", "reading_steps", "operations", "alembic_version"),
        *("favorites", "favorite_events", "favorite_placements"),
        *("files", "post_files", "file_hashes", "file_trees", "tree_links"),
    }
)
"""favsync's tables, known without importing SQLAlchemy; a test holds it against the models."""

LONGEST_VALUE: Final = 100_000_000
"""Bytes of one value that SQLite makes or reads for favsync: more than any that is kept, less than a machine has."""

_BESIDE: Final = ("", "-wal", "-shm")


def has_magic(file: Path) -> bool:
    """Whether a file begins as every SQLite file does. Raises OSError."""
    with file.open("rb") as opened:
        return opened.read(len(MAGIC)) == MAGIC


def database_of(connection: sqlite3.Connection) -> Path:
    """The file that a connection is to."""
    return Path(next(file for _, name, file in connection.execute("PRAGMA database_list") if name == "main"))


def connect(
    path: Path, *, writable: bool, foreign_keys: bool = True, busy_timeout: float = BUSY_TIMEOUT
) -> sqlite3.Connection:
    """Open an existing database file, with favsync's settings and the SQL function `payload(post_id)`.

    The driver begins no transactions by itself: whoever wants one says BEGIN. A connection that is not `writable`
    refuses every change, and needs no right to write anywhere (`read_only_media.py`). `busy_timeout` is in seconds.
    Raises the DatabaseTrouble family, and NoTemporaryRoom.
    """
    with translated(path):
        return connect_untranslated(path, writable=writable, foreign_keys=foreign_keys, busy_timeout=busy_timeout)


def connect_untranslated(
    path: Path, *, writable: bool, foreign_keys: bool = True, busy_timeout: float = BUSY_TIMEOUT
) -> sqlite3.Connection:
    """Do what `connect` does, and let SQLite's and Python's own errors through, for whoever looks for their cause."""
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise DatabaseTrouble(
            f"This Python comes with SQLite {sqlite3.sqlite_version}; favsync needs {'.'.join(map(str, OLDEST_SQLITE))}"
            " or newer. Run it with a newer Python."
        )
    try:
        return patiently(
            lambda: _prepared(open_file(path, busy_timeout=busy_timeout), writable=writable, foreign_keys=foreign_keys),
            busy_timeout=busy_timeout,
        )
    except sqlite3.OperationalError as exc:
        if writable or not needs_to_write(exc):
            raise
    return _prepared(open_where_nothing_can_be_written(path), writable=False, foreign_keys=foreign_keys)


def open_file(path: Path, *, mode: str = "rw", busy_timeout: float) -> sqlite3.Connection:
    """Open an existing database file as it is, without settings; a signal breaks off what the connection is at."""
    uri = f"{path.absolute().as_uri()}?mode={mode}"
    return sqlite3.connect(
        uri, uri=True, isolation_level=None, timeout=busy_timeout, check_same_thread=False, factory=Interruptible
    )


def needs_to_write(error: sqlite3.Error) -> bool:
    """Tell whether SQLite could not read a database because it could not write beside it."""
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY}


def _prepared(connection: sqlite3.Connection, *, writable: bool, foreign_keys: bool) -> sqlite3.Connection:
    try:
        connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
        connection.execute("PRAGMA trusted_schema = OFF")
        connection.execute("PRAGMA temp_store = MEMORY")
        connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, LONGEST_VALUE)
        if writable:
            # FULL: what a command said is done stays done through a power cut, too.
            connection.execute("PRAGMA synchronous = FULL")
            connection.execute(f"PRAGMA cache_size = -{CACHE_KIB}")
            connection.execute(f"PRAGMA wal_autocheckpoint = {CHECKPOINT_PAGES}")
        else:
            connection.execute("PRAGMA query_only = ON")
        # The first statement that reads the file: one that is no database shows here, and not in some later place.
        connection.execute("PRAGMA schema_version").fetchone()
        connection.create_function("payload", 1, PayloadReader(connection))
    except BaseException:
        connection.close()
        raise
    return connection


_STORED_WRONG: Final = (
    *(TypeError, ValueError, LookupError, AttributeError, ArithmeticError, RecursionError),
    PayloadDamaged,
)
"""What a stored value comes to that is not what it should be. A mistake of ours comes to the same."""

_UNCERTAIN: Final = frozenset(
    {sqlite3.SQLITE_ERROR, sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_MISUSE}
)
"""Codes that a statement of ours ends with when it is wrong, or when the database is."""


@contextmanager
def translated(path: Path) -> Iterator[None]:
    """Turn what SQLite and stored values raise inside the block into favsync's own errors about `path`.

    This is the one boundary behind which the database may hold anything. Where an error may come from what is stored
    or from a mistake of ours, the database is looked through: `damaged` is said only of one that is. After a signal,
    which may have broken a statement off, it is KeyboardInterrupt.
    """
    try:
        yield
    except sqlite3.Error as exc:
        interruption.check()
        raise translate(exc, path) from exc
    except UnicodeDecodeError as exc:
        raise garbled(path) from exc
    except _STORED_WRONG as exc:
        interruption.check()
        trouble = blame(exc, path)
        if trouble is None:
            raise
        raise trouble from exc


def blame(error: BaseException, path: Path) -> NotADatabase | None:
    """The damage at `path` that an error of Python's own comes from; None: the database has none."""
    if isinstance(error, PayloadDamaged):
        return NotADatabase(f"A payload in the database at {path} is damaged ({error}). 'favsync check' finds which.")
    from favsync.store.sqlite.damage import find_damage  # noqa: PLC0415 - looks at everything, which a sound database need not pay

    found = find_damage(path)
    interruption.check()  # a look that was broken off finds that it was
    return None if found is None else damaged(path, found)


def damaged(path: Path, what: str) -> NotADatabase:
    """What it means that something is damaged; `what` is a sentence. Its own advice gives way to the one said here."""
    sentence = what.removesuffix(" Restore it from a backup.").rstrip(".")
    return NotADatabase(
        f"The database at {path} is damaged ({sentence}). 'favsync check' finds all that is; restore it from a backup."
    )


def garbled(path: Path) -> NotADatabase:
    """What it means that SQLite's own words, or a text, are not UTF-8: they quote what is damaged."""
    return NotADatabase(f"The database at {path} is damaged (it is garbled). Restore it from a backup.")


def translate(error: BaseException | None, path: Path) -> FavsyncError:
    """Say in favsync's words what a driver's error means for the database at `path`."""
    extended = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE)
    if str(error).startswith("Could not decode to UTF-8"):
        return garbled(path)
    if str(error).startswith("unsupported file format"):
        return damaged(path, "its schema format is unknown")
    if error is not None and is_uncertain(error):
        trouble = blame(error, path)
        if trouble is not None:
            return trouble
    for codes, trouble_kind, words in _SITUATIONS:
        if extended in codes or extended & 0xFF in codes:
            return trouble_kind(words.format(path=path, error=error))
    return DatabaseTrouble(f"The database at {path} could not be used ({error}).")


def is_uncertain(error: BaseException) -> bool:
    """Tell whether a driver's error may come from a statement that is wrong as well as from a database that is."""
    return getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE) & 0xFF in _UNCERTAIN


_SITUATIONS: Final[tuple[tuple[frozenset[int], type[FavsyncError], str], ...]] = (
    (frozenset({sqlite3.SQLITE_NOTADB}), NotADatabase, "{path} is not SQLite. Name another file with --database."),
    (
        frozenset({sqlite3.SQLITE_CORRUPT}),
        NotADatabase,
        "The database at {path} is damaged ({error}). Restore it from a backup.",
    ),
    (
        frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN}),
        DatabaseReadOnly,
        "The database at {path} cannot be written ({error}). Check the owner and permissions of the file and folder.",
    ),
    (
        frozenset({sqlite3.SQLITE_FULL}),
        DatabaseFull,
        "No room is left to write the database at {path}. What was saved before is kept: make room, and run it again.",
    ),
    (
        # A quota or a file size limit reaches SQLite as a failed write, not as a full disk.
        frozenset({sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_TRUNCATE, sqlite3.SQLITE_IOERR_SHMSIZE}),
        DatabaseFull,
        "The disk has no room for more of the database at {path} ({error}): it is full, over a quota, or failing."
        " What was saved before is kept.",
    ),
    (
        frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}),
        DatabaseBusy,
        "Another program holds the database at {path}. Wait for it, or close it, and try again.",
    ),
    (
        _UNCERTAIN,
        FavsyncError,
        "The database at {path} refused a statement ({error}). This is an error in favsync; nothing of this step"
        " was saved.",
    ),
)


def load_revision(connection: sqlite3.Connection, path: Path) -> str | None:
    """Tell the revision of a database's schema; None when it is empty. Raises NotADatabase for another program's."""
    (application_id,) = connection.execute("PRAGMA application_id").fetchone()
    (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
    if application_id == 0 and tables == 0:
        return None
    if application_id != APPLICATION_ID:
        raise NotADatabase(f"{path} is a SQLite database of another program. Name another file with --database.")
    impostor = find_impostor(connection)
    if impostor is not None:
        raise damaged(path, impostor)
    (marked,) = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if marked else None
    if row is None:
        raise NotADatabase(
            f"The database at {path} does not say which version it is: it is damaged. Restore it from a backup."
        )
    return str(row[0])


def find_impostor(connection: sqlite3.Connection) -> str | None:
    """Say which of favsync's tables is none, but a view or a virtual table; None: each that is there is one.

    Nothing may be asked of such a thing: it is a program of whoever made the file, and need not come to an end.
    """
    for database, name, kind, *_ in connection.execute("PRAGMA table_list"):
        if database == "main" and kind != "table" and name.lower() in TABLES:
            return f"{name} should be a table, and is not"
    return None


def too_new(path: Path, revision: str) -> DatabaseTooNew:
    """What it means that a database is of a revision that is not known here."""
    return DatabaseTooNew(
        f"The database at {path} was upgraded by a newer favsync (to revision {revision}). Upgrade this one."
    )


def make_private(path: Path) -> None:
    """Take everybody's rights but the owner's from the database and the files that SQLite keeps beside it.

    SQLite gives new `-wal` and `-shm` files the mode of the database, so that this holds for later ones too.
    """
    real = path.resolve()  # SQLite keeps them beside the file, not beside a link to it
    for suffix in _BESIDE:
        file = real.with_name(real.name + suffix)
        # Gone meanwhile, on a medium that takes no change, or another user's: then nothing of ours is in it.
        with suppress(OSError):
            found = file.stat()
            if found.st_uid == os.geteuid() and found.st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                file.chmod(OWNER_ONLY)
