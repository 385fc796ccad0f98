"""JSON of backups."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from favsync.store.sqlite.backup import AccountContents


@dataclass(frozen=True)
class BackupFile:
    """A backup file."""

    file: Annotated[Path, "Its path."]
    created_at: Annotated[str | None, "When it was made; null if its name does not say."]
    bytes: Annotated[int, "Its size."]
    manifest: Annotated[Path | None, "The list of files that were kept then, for `md5sum -c`; null: there is none."]


@dataclass(frozen=True)
class ListedBackup(BackupFile):
    """A file that is named as a backup."""

    problem: Annotated[str | None, "Why it is not a backup; null: it is one."]


@dataclass(frozen=True)
class KeptBackup(BackupFile):
    """A backup that stays."""

    reasons: Annotated[tuple[str, ...], "The rules that keep it."]


@dataclass(frozen=True)
class VerifiedBackup(BackupFile):
    """A backup, and what is in it."""

    schema: Annotated[str, "The revision of its schema."]
    site: Annotated[str | None, "The site's URL."]
    accounts: Annotated[tuple[AccountContents, ...], "The accounts in it."]
    favorites: Annotated[int, "Favorites of all accounts."]
    posts: Annotated[int, "Posts."]
    events: Annotated[int, "Additions and removals."]
    runs: Annotated[int, "Runs."]


@dataclass(frozen=True)
class Pruned:
    """Which backups stay."""

    folder: Annotated[Path, "The folder of the backups."]
    dry_run: Annotated[bool, "Nothing was written or removed."]
    kept: Annotated[tuple[KeptBackup, ...], "Backups that stay."]
    removed: Annotated[tuple[BackupFile, ...], "Backups that are removed."]
    ignored: Annotated[tuple[ListedBackup, ...], "Files that are named as backups, but are not: they stay."]


@dataclass(frozen=True)
class BackedUp:
    """A backup that was made, and which of the older ones stay."""

    folder: Annotated[Path, "The folder of the backups."]
    dry_run: Annotated[bool, "Nothing was written or removed."]
    backup: Annotated[VerifiedBackup | None, "The new backup; null in a dry run."]
    kept: Annotated[tuple[KeptBackup, ...], "Backups that stay."]
    removed: Annotated[tuple[BackupFile, ...], "Backups that are removed."]
    ignored: Annotated[tuple[ListedBackup, ...], "Files that are named as backups, but are not: they stay."]


@dataclass(frozen=True)
class RestoredBackup:
    """A backup that was made the database."""

    database: Annotated[Path, "The database file."]
    file: Annotated[Path, "The backup."]
    kept: Annotated[Path | None, "Where the previous database is; null: there was none."]
    superseded: Annotated[int, "Queued changes of the backup that will not be sent."]
    schema: Annotated[str, "The revision of its schema."]
    site: Annotated[str | None, "The site's URL."]
    accounts: Annotated[tuple[AccountContents, ...], "The accounts in it."]
    favorites: Annotated[int, "Favorites of all accounts."]
    posts: Annotated[int, "Posts."]
    events: Annotated[int, "Additions and removals."]
    runs: Annotated[int, "Runs."]
