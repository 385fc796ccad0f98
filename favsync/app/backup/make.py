"""A backup in one step: made, and then the older ones thinned out by the rules; or only what that would come to."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime

from favsync.app.backup.create import MadeBackup, Retention, make_backup, plan_retention, remove_backups
from favsync.app.backup.folder import Backup, BackupFolder
from favsync.clock import Clock, utc_now
from favsync.core.retention import Keep
from favsync.errors import NoAccounts, UsageError
from favsync.private_paths import is_there


@dataclass(frozen=True, slots=True)
class BackedUp:
    """A backup that was made, and what became of the older ones."""

    made: MadeBackup
    retention: Retention


@dataclass(frozen=True, slots=True)
class PlannedBackup:
    """What a backup at `now` would come to."""

    planned: Backup
    retention: Retention
    now: datetime


@dataclass(frozen=True, slots=True)
class Pruned:
    """Which backups stay, and which were removed, or would be."""

    retention: Retention
    now: datetime


def back_up(
    folder: BackupFolder, keep: Keep, *, on_made: Callable[[MadeBackup], None], clock: Clock = utc_now
) -> BackedUp:
    """Make a backup, and remove what no rule keeps.

    `on_made` is given the new one before the older ones are removed: where that fails, there is a new one all the same.
    Raises as `make_backup` does, and DatabaseReadOnly when an older one cannot be removed.
    """
    made = make_backup(folder)
    on_made(made)
    retention = _plan(folder.find(), made.backup, keep, clock())
    remove_backups(retention)
    return BackedUp(made, retention)


def plan_backup(folder: BackupFolder, keep: Keep, *, clock: Clock = utc_now) -> PlannedBackup:
    """Find what `back_up` would do, and do nothing. Raises NoAccounts and NotABackupFolder."""
    if not is_there(folder.database):
        raise NoAccounts(folder.database)
    folder.require()
    now = clock()
    planned = Backup(folder.path / folder.name_of(now), now, 0)
    return PlannedBackup(planned, _plan([planned, *folder.find()], planned, keep, clock()), now)


def prune(folder: BackupFolder, keep: Keep, *, dry_run: bool, clock: Clock = utc_now) -> Pruned:
    """Remove what no rule keeps, and make nothing. Raises UsageError without a rule, and DatabaseReadOnly."""
    if keep.is_empty:
        raise UsageError("No rule says which backups stay, so none is removed. Say --keep-last 10, or --keep-daily 7.")
    folder.require()
    now = clock()
    retention = plan_retention(folder.find(), keep, now=now)
    if not dry_run:
        remove_backups(retention)
    return Pruned(retention, now)


def _plan(backups: Sequence[Backup], newest: Backup, keep: Keep, now: datetime) -> Retention:
    return plan_retention(backups, keep, now=max(newest.moment, now))
