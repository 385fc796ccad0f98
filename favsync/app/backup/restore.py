"""A backup put in the place of the database: the whole of it or nothing, and what was there before is kept.

    1  FILE is checked            it is as it was made; nothing is changed before that
    2  copied beside the database favsync.db.restoring, checked again, its queue set aside
    3  what is there is kept      its log is folded into it; favsync.db.before-restore-TIME.bak is a second name for it
    4  one rename                 favsync.db is the backup; before it, it was the old database

A log of the old database must never stand beside the new one: SQLite would take its pages for the new one's. So the
log is gone before the rename, and what is in it is in the file that is kept, or beside that.
"""

import os
import shutil
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from favsync import interruption
from favsync.app.sync.lock import RunLock
from favsync.atomic_file import sync_folder
from favsync.clock import as_text, utc_now
from favsync.errors import DatabaseReadOnly, UsageError
from favsync.private_paths import OWNER_ONLY, is_there, make_private_folder
from favsync.store.sqlite.backup import (
    Contents,
    LogNotFolded,
    check_copy,
    fold_log,
    refuse_another_programs,
    set_queue_aside,
)

UNFINISHED: Final = ".restoring"
"""What the name of a database ends in while it is put together."""

_LOGS: Final = ("-wal", "-journal")


@dataclass(frozen=True, slots=True)
class Restored:
    """A backup that is now the database."""

    file: Path
    contents: Contents
    kept: Path | None
    """Where the database is that was there before; None: there was none."""
    superseded: int
    """Queued changes that waited in the backup, and do not wait any more."""


def look_at_backup(database: Path, file: Path) -> Contents:
    """Check that a file can take the place of the database, and return what is in it. Nothing is changed.

    Raises UsageError when there is no such file or it is the database itself, BackupInvalid, DatabaseTooNew, and
    NotADatabase when what is in the database's place is another program's.
    """
    if not is_there(file) or file.is_dir():
        raise UsageError(f"There is no file {file}. 'favsync backup list' shows which backups there are.")
    if is_there(database):
        if database.is_dir():
            raise UsageError(f"{database} is a folder. Name the database that is to be replaced: --database PATH")
        if file.samefile(database):
            raise UsageError(f"{file} is the database itself. Name a backup of it: 'favsync backup list' shows them.")
        refuse_another_programs(database)
    return check_copy(file)


def restore_backup(database: Path, file: Path, *, keep_queue: bool) -> Restored:
    """Put a backup in the place of the database at `database`, and keep the one that is there.

    A link in that place stays one. Killed anywhere, the old or the new database is there, and what was kept is whole.
    Raises what `look_at_backup` does, AnotherRun while there is a run, and the DatabaseTrouble family; then the
    database is the one that was there.
    """
    look_at_backup(database, file)
    real = database.resolve()
    with _saying_what_failed(real):
        make_private_folder(real.parent)
    with RunLock(database), _unfinished(real) as new, _saying_what_failed(real):
        with (
            file.open("rb") as source,
            os.fdopen(os.open(new, os.O_CREAT | os.O_EXCL | os.O_WRONLY, OWNER_ONLY), "wb") as to,
        ):
            os.fchmod(to.fileno(), OWNER_ONLY)  # whatever the umask took away
            shutil.copyfileobj(source, to, 2**20)
        contents = check_copy(new)
        moment = as_text(utc_now())
        superseded = 0 if keep_queue else set_queue_aside(new, at=moment)
        _flush(new)
        interruption.check()  # its exception may have been lost within a statement
        kept = _keep(real, real.with_name(f"{real.name}.before-restore-{moment.replace(':', '')}.bak"))
        new.replace(real)
        with suppress(OSError):  # it is there, and its name will be on the disk soon
            sync_folder(real.parent)
    return Restored(file, contents, kept, superseded)


@contextmanager
def _unfinished(real: Path) -> Iterator[Path]:
    """A name for the new database until it is whole. What a killed restore left there is removed, and so is ours."""
    new = real.with_name(f"{real.name}{UNFINISHED}")
    try:
        with _saying_what_failed(real):
            _remove(new)
        yield new
    finally:
        with suppress(OSError):
            _remove(new)


def _remove(new: Path) -> None:
    for suffix in ("", *_LOGS, "-shm"):
        new.with_name(f"{new.name}{suffix}").unlink(missing_ok=True)


def _flush(new: Path) -> None:
    descriptor = os.open(new, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


def _keep(real: Path, kept: Path) -> Path | None:
    """Give the old database a second name, and take away whatever SQLite kept beside its first one."""
    there = is_there(real)
    if there:
        with suppress(LogNotFolded):
            fold_log(real)
        _link(real, kept)
    for suffix in _LOGS:
        # Only where it could not be folded: then the two belong together, and stay so.
        log = real.with_name(f"{real.name}{suffix}")
        if is_there(log):
            _link(log, kept.with_name(f"{kept.name}{suffix}"))
            log.unlink()
    real.with_name(f"{real.name}-shm").unlink(missing_ok=True)
    return kept if there else None


def _link(file: Path, kept: Path) -> None:
    try:
        kept.hardlink_to(file)
    except OSError:  # a file system without links
        shutil.copyfile(file, kept)
        kept.chmod(OWNER_ONLY)
        _flush(kept)


@contextmanager
def _saying_what_failed(real: Path) -> Iterator[None]:
    try:
        yield
    except OSError as exc:
        raise DatabaseReadOnly(
            f"The database {real} cannot be replaced ({exc.strerror}). It is as it was. Make room, or see to the rights"
            " of its folder."
        ) from exc
