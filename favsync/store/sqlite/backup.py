"""A copy of the whole database in one file: made while others read and write, and checked without touching it.

SQLite's own online backup does the copying. Nothing here needs SQLAlchemy.
"""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from time import monotonic
from typing import Annotated, Final

from favsync.errors import (
    BackupFailed,
    BackupInvalid,
    DatabaseBusy,
    DatabaseFull,
    DatabaseReadOnly,
    DatabaseTooNew,
    DatabaseTrouble,
    NotADatabase,
)
from favsync.private_paths import is_there
from favsync.store.sqlite import connect as sqlite
from favsync.store.sqlite.interruptible import Interruptible

_PAGES_AT_ONCE: Final = 2_048  # pages that are copied before Python has its turn, so that Ctrl-C is heard in between
_VERSIONS_AT: Final = 18
"""Where the header of a SQLite file says, in two bytes, whether it needs a log beside it (2) or not (1)."""

_LONGEST_SETTING_ASIDE: Final = 60.0  # seconds. A queue of a hundred thousand takes one.
_UNREADABLE: Final = "{} cannot be read ({}). Check its permissions, and the disk that it is on."

_COMPLAINTS: Final = 3  # how many of SQLite's complaints about a damaged file are shown: the first ones tell most


@dataclass(frozen=True, slots=True)
class AccountContents:
    """One account in a copy."""

    name: Annotated[str, "Its local name."]
    username: Annotated[str, "The user's name on the site."]
    favorites: Annotated[int, "Its favorites."]


@dataclass(frozen=True, slots=True)
class Contents:
    """What is in a copy. `favorites` are those of all accounts; `site` is None before the first account."""

    schema: str
    site: str | None
    accounts: tuple[AccountContents, ...]
    favorites: int
    posts: int
    events: int
    runs: int


@dataclass(frozen=True, slots=True)
class Origin:
    """Which database a file is, or is a copy of: its site, and when that was named there. Both None: nobody knows."""

    site: str | None
    since: str | None


def copy_database(source: Path, target: Path) -> Contents | None:
    """Copy the database at `source` into the empty file `target`, and return what was in it then.

    Others may write to it meanwhile: the copy is of one moment, and holds nobody up. It needs no log beside it, and is
    on the disk when this returns. None: there is nothing in the database yet. Raises BackupFailed when the target
    cannot be written, else the DatabaseTrouble family.
    """
    with closing(sqlite.connect(source, writable=False)) as database:
        with sqlite.translated(source):
            # From the first question on it is one state: that of the copy and of the counts.
            database.execute("BEGIN")
            revision = sqlite.load_revision(database, source)
            if revision is None:
                return None
            if revision > sqlite.HEAD:
                raise sqlite.too_new(source, revision)
        try:
            return _copy(database, target)
        except OSError as exc:
            raise BackupFailed(target.parent, os.strerror(exc.errno or 0)) from exc
        except sqlite3.Error as exc:
            trouble = sqlite.translate(exc, source)
            if isinstance(trouble, DatabaseFull | DatabaseReadOnly):  # only the target is written
                raise BackupFailed(target.parent, str(exc)) from exc
            raise trouble from exc


def _copy(database: sqlite3.Connection, target: Path) -> Contents:
    descriptor = os.open(target, os.O_RDWR)
    try:
        with closing(sqlite3.connect(target, isolation_level=None)) as copy:
            # A copy that is cut off is thrown away: it needs neither a journal nor to be safe before it is whole.
            copy.execute("PRAGMA journal_mode = OFF")
            copy.execute("PRAGMA synchronous = OFF")
            (page_size,) = database.execute("PRAGMA page_size").fetchone()

            def begin_to_write(_status: int, left: int, total: int) -> None:
                # The system writes what was just copied while more is: then the end waits for little.
                if hasattr(os, "posix_fadvise"):  # not on macOS
                    length = _PAGES_AT_ONCE * page_size
                    start = max(0, (total - left) * page_size - length)
                    with suppress(OSError):
                        os.posix_fadvise(descriptor, start, length, os.POSIX_FADV_DONTNEED)

            database.backup(copy, pages=_PAGES_AT_ONCE, progress=begin_to_write)
        # It says that it needs a log, as the database does that it was copied from: all that was in that one is in it.
        os.pwrite(descriptor, b"\1\1", _VERSIONS_AT)
        contents = _count(database)  # while the system is still writing
        os.fsync(descriptor)
        return contents
    finally:
        os.close(descriptor)


def check_copy(path: Path) -> Contents:
    """Check a copy from its first to its last page, and return what is in it. Neither it nor its folder changes.

    Raises BackupInvalid when it is damaged, cut short, in use as a database, or not favsync's, and DatabaseTooNew.
    """
    with opened_copy(path) as copy:
        # What is too short, SQLite refuses itself.
        (pages,) = copy.execute("PRAGMA page_count").fetchone()
        (page_size,) = copy.execute("PRAGMA page_size").fetchone()
        size = path.stat().st_size
        if size != pages * page_size:
            raise BackupInvalid(_damaged(path, f"it has {size:,} bytes, and should have {pages * page_size:,}"))
        schema = _require_known(copy, path)
        complaints = [row[0] for row in copy.execute(f"PRAGMA integrity_check({_COMPLAINTS})")]
        if complaints != ["ok"]:
            raise BackupInvalid(_damaged(path, "; ".join(complaints)))
        broken = {row[0] for row in copy.execute("PRAGMA foreign_key_check")}
        if broken:
            raise BackupInvalid(_damaged(path, f"rows of {', '.join(sorted(broken))} point nowhere"))
        return _count(copy, schema)


def load_origin(path: Path) -> Origin:
    """Tell which database a copy is of, by a look at its first pages. Raises BackupInvalid and DatabaseTooNew."""
    with opened_copy(path) as copy:
        _require_known(copy, path)
        return _origin(copy)


def load_own_origin(database: Path) -> Origin:
    """Tell which database that in use at `database` is. Raises the DatabaseTrouble family."""
    with closing(sqlite.connect(database, writable=False)) as connection, sqlite.translated(database):
        return Origin(None, None) if sqlite.load_revision(connection, database) is None else _origin(connection)


@contextmanager
def opened_copy(path: Path) -> Iterator[sqlite3.Connection]:
    """Open a copy as what it is: a file that does not change. So no log or lock is made beside it.

    A database that is in use is refused: a part of it would be in the log, and not in the file.
    """
    try:
        log = path.with_name(f"{path.name}-wal")
        if is_there(log) and log.stat().st_size:
            raise BackupInvalid(
                f"{path} is in use as a database, or was not closed: a part of it is in {log.name}."
                " 'favsync backup' makes a backup of a database that is in use."
            )
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        with closing(sqlite3.connect(uri, uri=True, factory=Interruptible)) as connection:
            connection.execute("PRAGMA trusted_schema = OFF")
            connection.execute("PRAGMA temp_store = MEMORY")  # a full temporary folder is no damaged backup
            connection.setlimit(sqlite3.SQLITE_LIMIT_LENGTH, sqlite.LONGEST_VALUE)
            yield connection
    except OSError as exc:
        raise BackupInvalid(_UNREADABLE.format(path, exc.strerror)) from exc
    except UnicodeDecodeError as exc:
        raise BackupInvalid(_damaged(path, "it is garbled")) from exc
    except sqlite3.Error as exc:
        match getattr(exc, "sqlite_errorcode", 0) & 0xFF:
            case sqlite3.SQLITE_NOTADB:
                words = f"{path} is not SQLite, or is damaged from its first byte on: it is no backup of favsync."
            case sqlite3.SQLITE_CANTOPEN | sqlite3.SQLITE_IOERR:
                words = _UNREADABLE.format(path, exc)
            case _:
                words = _damaged(path, str(exc))
        raise BackupInvalid(words) from exc


def _require_known(copy: sqlite3.Connection, path: Path) -> str:
    (application_id,) = copy.execute("PRAGMA application_id").fetchone()
    if application_id != sqlite.APPLICATION_ID:
        raise BackupInvalid(f"{path} was not made by favsync: it is empty, or a database of another program.")
    impostor = sqlite.find_impostor(copy)
    if impostor is not None:
        raise BackupInvalid(_damaged(path, impostor))
    row = copy.execute("SELECT version_num FROM alembic_version").fetchone()
    if row is None:
        raise BackupInvalid(_damaged(path, "it does not say which version it is"))
    revision = str(row[0])
    if revision > sqlite.HEAD:
        raise DatabaseTooNew(f"{path} was made by a newer favsync (revision {revision}). Upgrade this one.")
    return revision


def _damaged(path: Path, why: str) -> str:
    return f"{path} is damaged ({why}). Take another backup."


def _origin(connection: sqlite3.Connection) -> Origin:
    row = connection.execute("SELECT url, created_at FROM sites").fetchone()
    return Origin(None, None) if row is None else Origin(*row)


def _count(connection: sqlite3.Connection, schema: str | None = None) -> Contents:
    def one(sql: str) -> int:
        (number,) = connection.execute(sql).fetchone()
        return int(number)

    accounts = connection.execute(
        "SELECT name, username, (SELECT count(*) FROM favorites WHERE account_id = accounts.id) FROM accounts"
        " ORDER BY id"
    )
    return Contents(
        schema=schema or str(connection.execute("SELECT version_num FROM alembic_version").fetchone()[0]),
        site=_origin(connection).site,
        accounts=tuple(AccountContents(*row) for row in accounts),
        favorites=one("SELECT count(*) FROM favorites"),
        posts=one("SELECT count(*) FROM posts"),
        events=one("SELECT count(*) FROM favorite_events"),
        runs=one("SELECT count(*) FROM runs"),
    )


# ---- going back to one ----


class LogNotFolded(Exception):
    """A database is too damaged for what is in its log to be brought into it."""


def refuse_another_programs(path: Path) -> None:
    """Raise NotADatabase when a file is a sound database of another program; what is damaged is nobody's any more."""
    try:
        with closing(sqlite.connect(path, writable=False)) as connection:
            (application_id,) = connection.execute("PRAGMA application_id").fetchone()
            (tables,) = connection.execute("SELECT count(*) FROM sqlite_master").fetchone()
            ours = "SELECT count(*) FROM sqlite_master WHERE name IN ('alembic_version', 'favorite_events')"
            is_ours = application_id == sqlite.APPLICATION_ID or connection.execute(ours).fetchone() == (2,)
    except (DatabaseTrouble, sqlite3.Error, UnicodeDecodeError):
        return
    if tables and not is_ours:
        raise NotADatabase(f"{path} is a SQLite database of another program. Name another file with --database.")


def fold_log(path: Path) -> None:
    """Bring what is in the log of a database into its file, and leave no file beside it.

    Raises DatabaseBusy while another program has it open, and LogNotFolded.
    """
    try:
        with closing(sqlite.connect(path, writable=True)) as connection, sqlite.translated(path):
            connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
            (mode,) = connection.execute("PRAGMA journal_mode = DELETE").fetchone()
    except DatabaseBusy:
        raise
    except DatabaseTrouble as exc:
        raise LogNotFolded from exc
    if mode != "delete":
        raise DatabaseBusy(f"Another program has the database at {path} open. Close it, and try again.")


def set_queue_aside(path: Path, *, at: str) -> int:
    """Mark every operation that waits in a copy as superseded, at the time `at`; return how many there were."""
    ends_at = monotonic() + _LONGEST_SETTING_ASIDE
    with closing(sqlite.connect(path, writable=True)) as copy, sqlite.translated(path):
        copy.set_progress_handler(lambda: monotonic() > ends_at, 100_000)  # a trigger in it need not come to an end
        return copy.execute(
            "UPDATE operations SET state = 'superseded', outcome = 'cancelled', updated_at = ?1, settled_at = ?1"
            " WHERE state = 'pending'",
            (at,),
        ).rowcount
