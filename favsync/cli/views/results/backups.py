"""JSON of backups."""

from dataclasses import dataclass
from pathlib import Path

from favsync.store.sqlite.backup import AccountContents


@dataclass(frozen=True)
class BackupFile:
    """A backup file."""

    file: Path
    """Its path."""
    created_at: str | None
    """The moment that it is of; null where its name does not say."""
    bytes: int
    """Its size."""


@dataclass(frozen=True)
class ListedBackup(BackupFile):
    """A file that is named as a backup."""

    problem: str | None
    """Why it is none; null: it is one."""


@dataclass(frozen=True)
class KeptBackup(BackupFile):
    """A backup that stays."""

    reasons: tuple[str, ...]
    """The rules that keep it."""


@dataclass(frozen=True)
class VerifiedBackup(BackupFile):
    """A backup, and what is in it."""

    schema: str
    """The revision of its schema."""
    site: str | None
    """The site's URL."""
    accounts: tuple[AccountContents, ...]
    """The accounts in it."""
    favorites: int
    """Favorites of all accounts."""
    posts: int
    """Posts."""
    events: int
    """Additions and removals."""
    runs: int
    """Runs."""


@dataclass(frozen=True)
class Pruned:
    """Which backups stay."""

    folder: Path
    """The folder of the backups."""
    dry_run: bool
    """Nothing was written or removed."""
    kept: tuple[KeptBackup, ...]
    """Backups that stay."""
    removed: tuple[BackupFile, ...]
    """Backups that are removed."""
    ignored: tuple[ListedBackup, ...]
    """Files that are named as backups and are none: they stay."""


@dataclass(frozen=True)
class BackedUp:
    """A backup that was made, and which of the older ones stay."""

    folder: Path
    """The folder of the backups."""
    dry_run: bool
    """Nothing was written or removed."""
    backup: VerifiedBackup | None
    """The new backup; null in a dry run."""
    kept: tuple[KeptBackup, ...]
    """Backups that stay."""
    removed: tuple[BackupFile, ...]
    """Backups that are removed."""
    ignored: tuple[ListedBackup, ...]
    """Files that are named as backups and are none: they stay."""


@dataclass(frozen=True)
class RestoredBackup:
    """A backup that is the database now."""

    database: Path
    """The database file."""
    file: Path
    """The backup."""
    kept: Path | None
    """Where the database is that was there before; null: there was none."""
    superseded: int
    """Queued changes of the backup that will not be sent."""
    schema: str
    """The revision of its schema."""
    site: str | None
    """The site's URL."""
    accounts: tuple[AccountContents, ...]
    """The accounts in it."""
    favorites: int
    """Favorites of all accounts."""
    posts: int
    """Posts."""
    events: int
    """Additions and removals."""
    runs: int
    """Runs."""
