"""What is kept in one database, what waits, how the last runs went, and how old the newest backup is."""

from dataclasses import dataclass
from pathlib import Path

from favsync.app.backup.folder import Backup, BackupFolder
from favsync.errors import NoAccounts
from favsync.store.status import AccountStatus, load_status


@dataclass(frozen=True, slots=True)
class Overview:
    """The state of one database, of which at least one account is known."""

    database: Path
    site: str | None
    """The site's URL."""
    last_backup: Backup | None
    """The newest backup; None: there is none in `backup_folder`."""
    accounts: tuple[AccountStatus, ...]
    backup_folder: Path


def load_overview(database: Path, backup_folder: Path) -> Overview:
    """Load the state of the database. Raises NoAccounts where nothing is kept, and the DatabaseTrouble family."""
    found = load_status(database)
    if not found.accounts:
        raise NoAccounts(found.database)
    newest = BackupFolder(backup_folder, database).find_newest()
    return Overview(found.database, found.site, newest, found.accounts, backup_folder)
