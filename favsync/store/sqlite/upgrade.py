"""Making a database, and bringing an older one to this version's schema: completely, or not at all."""

import os
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from typing import Final

from sqlalchemy import Connection, create_engine
from sqlalchemy.exc import DBAPIError
from sqlalchemy.pool import NullPool

from favsync import about, interruption
from favsync.errors import DatabaseBusy, DatabaseReadOnly, DatabaseTrouble, FavsyncError, NotADatabase, UpgradeFailed
from favsync.private_paths import OWNER_ONLY, is_there, make_private_folder
from favsync.store.sqlite import connect as sqlite

_PAGES_AT_ONCE: Final = 2_048


def find_migrations() -> Path:
    """Find the migration scripts: inside the installed package, else beside `alembic.ini` of the checkout.

    Raises UpgradeFailed when they are in neither place: then the installation is incomplete.
    """
    package = Path(about.__file__).resolve().parent
    if (package / "migrations" / "env.py").is_file():
        return package / "migrations"
    checkout = package.parent
    if (checkout / "alembic.ini").is_file() and (checkout / "migrations" / "env.py").is_file():
        return checkout / "migrations"
    raise UpgradeFailed(f"The migration scripts are missing from {package}. Install favsync again.")


def bring_to_head(
    path: Path, *, create: bool, busy_timeout: float, migrations: Path | None = None, head: str = sqlite.HEAD
) -> None:
    """Leave the database at `path` with this version's schema; do nothing when it has it already.

    Raises NotADatabase for a file that is not favsync's, DatabaseTooNew for one of a newer version, and UpgradeFailed,
    which names the backup copy, when a migration fails; the file is then as it was.
    """
    if not is_there(path):
        if not create:
            raise NotADatabase(f"There is no database at {path}.")
        create_file(path)
    with closing(sqlite.connect(path, writable=False, busy_timeout=busy_timeout)) as probe, sqlite.translated(path):
        revision = sqlite.load_revision(probe, path)
        if revision is None and path.stat().st_uid != os.geteuid():
            # Its owner could read all that is written into it, and change it.
            raise NotADatabase(
                f"{path} is an empty file of another user, and nothing of yours is written into it. Name another file"
                " with --database."
            )
        sqlite.make_private(path)  # only now: a file that is not favsync's keeps its rights
        has_log = probe.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    if revision != head:
        _upgrade(path, migrations or find_migrations(), head, busy_timeout)
    elif not has_log:
        # A backup was put in the place of the database: it has a log again, so that nobody waits for a reader.
        # One that may not be written, or that another program holds, can be read as it is.
        with (
            suppress(sqlite3.OperationalError, DatabaseReadOnly, DatabaseBusy),
            closing(sqlite.connect(path, writable=True, busy_timeout=busy_timeout)) as connection,
        ):
            connection.execute("PRAGMA journal_mode = WAL")


def create_file(path: Path) -> None:
    """Make an empty file that only its owner can read, and its folder where it is missing."""
    try:
        make_private_folder(path.parent)
        with suppress(FileExistsError):
            _create_private(path)
    except OSError as exc:
        raise DatabaseReadOnly(f"The database {path} cannot be made ({exc.strerror}).") from exc


def _create_private(path: Path) -> None:
    descriptor = os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ONLY)
    try:
        os.fchmod(descriptor, OWNER_ONLY)  # whatever the umask took away
    finally:
        os.close(descriptor)


def _upgrade(path: Path, migrations: Path, head: str, busy_timeout: float) -> None:
    with begin_upgrade(path, busy_timeout=busy_timeout) as connection:
        raw = driver_connection(connection)
        revision = sqlite.load_revision(raw, path)  # again, now that nobody else can change it
        if revision == head:
            return
        if revision is not None and revision not in known_revisions(migrations):
            raise sqlite.too_new(path, revision)
        backup = None if revision is None else save_backup(path, head, busy_timeout)
        try:
            migrate(connection, migrations, head)
            broken = raw.execute("PRAGMA foreign_key_check").fetchall()
        except Exception as exc:
            raise _failure(exc, path, backup) from exc
        if broken:
            tables = ", ".join(sorted({row[0] for row in broken}))
            raise _failure(f"{len(broken)} rows of {tables} would point nowhere", path, backup)


def _failure(exc: Exception | str, path: Path, backup: Path | None) -> FavsyncError:
    # A statement of the migration that failed is told as it is, with the copy: it says more than what is damaged.
    if isinstance(exc, DBAPIError) and exc.orig is not None and not sqlite.is_uncertain(exc.orig):
        translated = sqlite.translate(exc.orig, path)
        if isinstance(translated, DatabaseTrouble):
            return translated
    kept = f" A copy was made before: {backup}." if backup is not None else ""
    return UpgradeFailed(f"The database at {path} could not be upgraded ({exc}). It is as it was.{kept}")


@contextmanager
def begin_upgrade(path: Path, *, busy_timeout: float = sqlite.BUSY_TIMEOUT) -> Iterator[Connection]:
    """Hand out a connection of its own in one transaction that ends with the block: kept, or undone by an exception.

    Foreign keys are off: with them on, a table that is rebuilt would take its children's rows along.
    """
    engine = create_engine(
        "sqlite://",
        creator=lambda: sqlite.connect(path, writable=True, foreign_keys=False, busy_timeout=busy_timeout),
        poolclass=NullPool,
    )
    with sqlite.translated(path), engine.connect() as connection:
        raw = driver_connection(connection)
        raw.execute("PRAGMA journal_mode = WAL")
        raw.execute("BEGIN IMMEDIATE")
        connection.begin()
        try:
            yield connection
            interruption.check()  # its exception may have been lost within a statement, where SQLite drops it
            raw.execute(f"PRAGMA application_id = {sqlite.APPLICATION_ID}")
            raw.execute("COMMIT")
        except BaseException:
            raw.rollback()
            raise


def driver_connection(connection: Connection) -> sqlite3.Connection:
    """The sqlite3 connection under a SQLAlchemy one."""
    raw = connection.connection.driver_connection
    if not isinstance(raw, sqlite3.Connection):
        raise TypeError(f"not a sqlite3 connection: {raw!r}")
    return raw


def save_backup(path: Path, step: str, busy_timeout: float, *, what: str = "upgraded") -> Path:
    """Copy the database beside itself before `step` (a revision, or a repair); an older copy of that name is replaced.

    The copy is made under another name first: under its own it is always whole. `what` is the step in a word.
    """
    target = path.with_name(f"{path.name}.before-{step}.bak")
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        unfinished.unlink(missing_ok=True)
        _create_private(unfinished)
        with (
            closing(sqlite.connect(path, writable=False, busy_timeout=busy_timeout)) as source,
            closing(sqlite.connect(unfinished, writable=True)) as copy,
            sqlite.translated(unfinished),
        ):
            # Piece by piece: between two of them Ctrl-C is heard.
            source.backup(copy, pages=_PAGES_AT_ONCE, progress=lambda *_: None)
        unfinished.replace(target)
    except OSError as exc:
        raise DatabaseReadOnly(
            f"No copy of {path} can be made before it is {what} ({exc.strerror}): it was not {what}."
        ) from exc
    finally:
        with suppress(OSError):
            unfinished.unlink(missing_ok=True)
    return target


def known_revisions(migrations: Path) -> set[str]:
    """Name every revision that there are scripts for."""
    from alembic.script import ScriptDirectory  # noqa: PLC0415 - costs more than all else that opening a database does

    return {script.revision for script in ScriptDirectory(str(migrations)).walk_revisions()}


def migrate(connection: Connection, migrations: Path, head: str) -> None:
    """Run the migration scripts up to the revision `head` on a connection, in the transaction that is its caller's."""
    from alembic import command  # noqa: PLC0415 - as above
    from alembic.config import Config  # noqa: PLC0415 - as above

    config = Config()
    config.set_main_option("script_location", str(migrations).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    config.attributes["connection"] = connection
    command.upgrade(config, head)
