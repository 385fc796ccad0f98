"""JSON of status, with as little to import as there can be: it is run often."""

from dataclasses import dataclass
from pathlib import Path

from favsync.store.status import AccountStatus


@dataclass(frozen=True)
class BackupTime:
    """The newest backup."""

    file: Path
    """Its path."""
    created_at: str
    """The moment that it is of."""


@dataclass(frozen=True)
class Status:
    """What is kept, and how the last runs went."""

    database: Path
    """The database file."""
    site: str | None
    """The site's URL."""
    last_backup: BackupTime | None
    """Null before the first backup."""
    accounts: tuple[AccountStatus, ...]
    """The accounts, in the order in which they were added."""
