"""Making a backup that is whole or not there, and thinning out the older ones by the rules.

It takes no run's lock: a sync may be at work. Two backups into one folder may be, too.
"""

import fcntl
import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from favsync.app.backup.folder import UNFINISHED, Backup, BackupFolder, manifest_of
from favsync.app.backup.manifest import write_manifest
from favsync.atomic_file import sync_folder
from favsync.clock import Clock, utc_now
from favsync.core.retention import Keep, reasons_to_keep
from favsync.errors import BackupFailed, BackupInvalid, DatabaseReadOnly, NoAccounts, UsageError
from favsync.private_paths import OWNER_ONLY, is_there, make_private_folder
from favsync.store.sqlite.backup import Contents, check_copy, copy_database
from favsync.timestamps import whole_milliseconds

_STEP: Final = timedelta(milliseconds=1)
"""What tells two names apart."""


@dataclass(frozen=True, slots=True)
class MadeBackup:
    """A backup that was made and checked."""

    backup: Backup
    contents: Contents


@dataclass(frozen=True, slots=True)
class Kept:
    """A backup that stays, and why: see `favsync.core.retention`."""

    backup: Backup
    reasons: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Retention:
    """Which backups stay and which go, newest first, as of `now`."""

    now: datetime
    kept: tuple[Kept, ...]
    removed: tuple[Backup, ...]
    ignored: tuple[Backup, ...]
    """Files that are named as backups of this database and are none: they count for nothing, and stay."""


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was made, and what became of the older ones."""

    made: MadeBackup
    retention: Retention


@dataclass(frozen=True, slots=True)
class PlannedBackup:
    """What a backup would come to."""

    planned: Backup
    retention: Retention


def back_up(folder: BackupFolder, keep: Keep, *, on_made: Callable[[MadeBackup], None]) -> BackedUp:
    """Make a backup, and remove what no rule keeps. Raises as `make_backup` and `remove_backups` do.

    `on_made` is given the new one before the older ones are removed: where that fails, there is a new one all the same.
    """
    made = make_backup(folder)
    on_made(made)
    retention = plan_retention(folder.find(), keep, now=max(made.backup.moment, utc_now()))
    remove_backups(retention)
    return BackedUp(made, retention)


def plan_backup(folder: BackupFolder, keep: Keep) -> PlannedBackup:
    """Find what `back_up` would do, and do nothing. Raises NoAccounts and NotABackupFolder."""
    if not is_there(folder.database):
        raise NoAccounts(folder.database)
    folder.require()
    now = utc_now()
    planned = Backup(folder.path / folder.name_of(now), now, 0)
    return PlannedBackup(planned, plan_retention([planned, *folder.find()], keep, now=now))


def prune(folder: BackupFolder, keep: Keep, *, dry_run: bool) -> Retention:
    """Remove what no rule keeps, and make nothing. Raises UsageError without a rule, and DatabaseReadOnly."""
    if keep.is_empty:
        raise UsageError(
            "No rule says which backups to keep, so none is removed. Use --keep-last 10, or --keep-daily 7."
        )
    folder.require()
    retention = plan_retention(folder.find(), keep, now=utc_now())
    if not dry_run:
        remove_backups(retention)
    return retention


def make_backup(folder: BackupFolder, clock: Clock = utc_now) -> MadeBackup:
    """Make a backup of the database into the folder, which is made where it is missing, and check it.

    It is written under another name: under its own it is whole, checked and on the disk, or not there. What a killed
    one left is cleaned up. Raises NoAccounts where there is nothing to copy, NotABackupFolder, BackupFailed when it
    cannot be written, BackupInvalid when it does not pass its check, and the DatabaseTrouble family.
    """
    if not is_there(folder.database):
        raise NoAccounts(folder.database)
    folder.require()
    try:
        with _at_work(folder), _claimed(folder, clock()) as (moment, unfinished):
            contents = copy_database(folder.database, unfinished)
            if contents is None:
                raise NoAccounts(folder.database)
            try:
                why = None if check_copy(unfinished) == contents else "It does not hold what the database does."
            except BackupInvalid as exc:
                why = exc.message
            if why is not None:
                raise BackupInvalid(
                    f"The backup failed its check, and was deleted. {why} If this happens again, the database at"
                    f" {folder.database} is damaged: restore the newest of the older backups, which are kept."
                )
            made = Backup(folder.path / folder.name_of(moment), moment, unfinished.stat().st_size)
            try:
                write_manifest(unfinished, made.path)
                unfinished.rename(made.path)
            except BaseException:
                manifest_of(made.path).unlink(missing_ok=True)
                raise
            with suppress(OSError):  # it is there, and its name will be on the disk soon
                sync_folder(folder.path)
    except OSError as exc:
        raise BackupFailed(folder.path, os.strerror(exc.errno or 0)) from exc
    return MadeBackup(made, contents)


@contextmanager
def _at_work(folder: BackupFolder) -> Iterator[None]:
    """Make the folder, remove what killed backups left there, and keep others from removing what this one writes.

    Who writes holds a shared lock on the folder itself, which the system takes back however the process ends.
    """
    make_private_folder(folder.path)
    descriptor = os.open(folder.path, os.O_RDONLY | os.O_DIRECTORY)
    try:
        # Where there are no locks for folders, what is left stays: nobody takes it for a backup.
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for left in folder.leftovers():
                left.unlink(missing_ok=True)
        with suppress(OSError):
            fcntl.flock(descriptor, fcntl.LOCK_SH)
        yield
    finally:
        os.close(descriptor)


@contextmanager
def _claimed(folder: BackupFolder, moment: datetime) -> Iterator[tuple[datetime, Path]]:
    """Claim the name of a moment, or of the next that is free, by an empty file; nothing of it is left at the end."""
    moment = whole_milliseconds(moment)  # what a name tells
    while True:
        final = folder.path / folder.name_of(moment)
        unfinished = final.with_name(final.name + UNFINISHED)
        try:
            os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_RDWR, OWNER_ONLY))
        except FileExistsError:
            moment += _STEP
            continue
        try:
            # Looked for only now: while the claim stands, nobody else can put a backup there.
            if final.exists():
                moment += _STEP
                continue
            yield moment, unfinished
            return
        finally:
            with suppress(OSError):
                unfinished.unlink(missing_ok=True)


def plan_retention(backups: Sequence[Backup], keep: Keep, *, now: datetime) -> Retention:
    """Decide which backups stay. `backups` are as `BackupFolder.find` returns them; one with a problem stays."""
    sound = [backup for backup in backups if backup.problem is None]
    decided = list(zip(sound, reasons_to_keep([backup.moment for backup in sound], keep, now=now), strict=True))
    return Retention(
        now=now,
        kept=tuple(Kept(backup, reasons) for backup, reasons in decided if reasons),
        removed=tuple(backup for backup, reasons in decided if not reasons),
        ignored=tuple(backup for backup in backups if backup.problem is not None),
    )


def remove_backups(retention: Retention) -> None:
    """Remove the backups that go, the oldest first. Raises DatabaseReadOnly when one cannot be removed."""
    for backup in reversed(retention.removed):
        try:
            backup.path.unlink(missing_ok=True)
            manifest_of(backup.path).unlink(missing_ok=True)
        except OSError as exc:
            raise DatabaseReadOnly(
                f"{backup.path} is no longer needed, but cannot be removed ({exc.strerror})."
                " The new backup is made. Check the permissions of the folder."
            ) from exc
