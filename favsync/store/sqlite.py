"""SQLite itself, in one place: how connections are opened and set, and how its errors become favsync's own.

Nothing here needs SQLAlchemy: `favsync status` reads the database through this module alone.
"""

import sqlite3
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Final

from favsync.errors import (
    DatabaseBusy,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseTooNew,
    DatabaseTrouble,
    FavsyncError,
    NotADatabase,
)
from favsync.store.payload_codec import PayloadReader

MAGIC: Final = b"SQLite format 3\0"
"""What every SQLite file begins with."""

APPLICATION_ID: Final = 0x66617673
"""Marks a SQLite file as favsync's ("favs" in ASCII), where `file(1)` and other programs look for it."""

HEAD: Final = "0004"
"""The newest revision of the schema, known without importing Alembic; a test holds it against the scripts."""

BUSY_TIMEOUT: Final = 10.0
"""Seconds that a statement waits for another program's lock before `DatabaseBusy`."""

CACHE_KIB: Final = 16_384
"""Page cache of a writing connection, in KiB: see docs/decisions.md for what less and more cost."""

CHECKPOINT_PAGES: Final = 8_000
"""Pages (4 KiB each) that the write-ahead log grows to before it is copied into the file."""

OLDEST_SQLITE: Final = (3, 38, 0)
"""STRICT tables came with 3.37, `->>` for the payloads with 3.38."""

OWNER_ONLY: Final = 0o600
_BESIDE: Final = ("", "-wal", "-shm")


def is_there(path: Path) -> bool:
    """Tell whether there is a file. One that cannot be looked at counts as there: opening it says why."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def database_of(connection: sqlite3.Connection) -> Path:
    """The file that a connection is to."""
    return Path(next(file for _, name, file in connection.execute("PRAGMA database_list") if name == "main"))


def connect(
    path: Path, *, writable: bool, foreign_keys: bool = True, busy_timeout: float = BUSY_TIMEOUT
) -> sqlite3.Connection:
    """Open an existing database file, with favsync's settings and the SQL function `payload(post_id)`.

    The driver begins no transactions by itself: whoever wants one says BEGIN. A connection that is not `writable`
    refuses every change. `busy_timeout` is in seconds. Raises the DatabaseTrouble family.
    """
    if sqlite3.sqlite_version_info < OLDEST_SQLITE:
        raise DatabaseTrouble(
            f"This Python comes with SQLite {sqlite3.sqlite_version}; favsync needs {'.'.join(map(str, OLDEST_SQLITE))}"
            " or newer. Run it with a newer Python."
        )
    with dressed(path):
        connection = sqlite3.connect(
            f"{path.absolute().as_uri()}?mode=rw",
            uri=True,
            isolation_level=None,
            timeout=busy_timeout,
            check_same_thread=False,
        )
        try:
            connection.execute(f"PRAGMA foreign_keys = {'ON' if foreign_keys else 'OFF'}")
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA temp_store = MEMORY")
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


@contextmanager
def dressed(path: Path) -> Iterator[None]:
    """Turn what SQLite and the file system raise inside the block into favsync's own errors about `path`."""
    try:
        yield
    except sqlite3.Error as exc:
        raise dress(exc, path) from exc
    except UnicodeDecodeError as exc:
        raise garbled(path) from exc


def garbled(path: Path) -> NotADatabase:
    """What it means that SQLite's own words, or a text, are not UTF-8: they quote what is damaged."""
    return NotADatabase(f"The database at {path} is damaged (it is garbled). Restore it from a backup.")


def dress(error: BaseException | None, path: Path) -> FavsyncError:
    """Say in favsync's words what a driver's error means for the database at `path`."""
    extended = getattr(error, "sqlite_errorcode", sqlite3.SQLITE_MISUSE)
    for codes, trouble, words in _SITUATIONS:
        if extended in codes or extended & 0xFF in codes:
            return trouble(words.format(path=path, error=error))
    return DatabaseTrouble(f"The database at {path} could not be used ({error}).")


_SITUATIONS: Final[tuple[tuple[frozenset[int], type[FavsyncError], str], ...]] = (
    (
        frozenset({sqlite3.SQLITE_NOTADB}),
        NotADatabase,
        "{path} is not SQLite. Name another file with --database.",
    ),
    (
        frozenset({sqlite3.SQLITE_CORRUPT}),
        NotADatabase,
        "The database at {path} is damaged ({error}). Restore it from a backup.",
    ),
    (
        frozenset({sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM, sqlite3.SQLITE_CANTOPEN}),
        DatabaseReadOnly,
        "The database at {path} cannot be written ({error}). Check who owns the file and its folder, and their rights.",
    ),
    (
        frozenset({sqlite3.SQLITE_FULL}),
        DatabaseFull,
        "No room is left to write the database at {path}. What was saved before stands: make room, and run it again.",
    ),
    (
        # A quota or a file size limit reaches SQLite as a failed write, not as a full disk.
        frozenset({sqlite3.SQLITE_IOERR_WRITE, sqlite3.SQLITE_IOERR_TRUNCATE, sqlite3.SQLITE_IOERR_SHMSIZE}),
        DatabaseFull,
        "The disk takes no more of the database at {path} ({error}): it is full, over a quota, or failing."
        " What was saved before stands.",
    ),
    (
        frozenset({sqlite3.SQLITE_BUSY, sqlite3.SQLITE_LOCKED}),
        DatabaseBusy,
        "Another program holds the database at {path}. Wait for it, or close it, and try again.",
    ),
    (
        frozenset({sqlite3.SQLITE_CONSTRAINT, sqlite3.SQLITE_ERROR, sqlite3.SQLITE_MISMATCH, sqlite3.SQLITE_MISUSE}),
        FavsyncError,
        "The database at {path} refused a statement ({error}). This is an error of favsync's own; nothing of this step"
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
    (marked,) = connection.execute("SELECT count(*) FROM sqlite_master WHERE name = 'alembic_version'").fetchone()
    row = connection.execute("SELECT version_num FROM alembic_version").fetchone() if marked else None
    if row is None:
        raise NotADatabase(
            f"The database at {path} does not say which version it is: it is damaged. Restore it from a backup."
        )
    return str(row[0])


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
        # Not ours to change (or gone meanwhile): then it is not ours to read in private either.
        with suppress(FileNotFoundError, PermissionError):
            if file.stat().st_mode & (stat.S_IRWXG | stat.S_IRWXO):
                file.chmod(OWNER_ONLY)
