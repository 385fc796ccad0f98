"""What can be looked up in one database, without the site. Nothing in it is changed.

Each method opens what it needs and closes it again, and imports only what it needs: `status` must not pay for
SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from itertools import chain
from typing import TYPE_CHECKING, Any

from favsync.app.listener import LogListener

if TYPE_CHECKING:
    from datetime import datetime
    from pathlib import Path

    from favsync.app.backup.folder import Backup
    from favsync.app.compare import Since, Versus
    from favsync.app.queue import QueuedChange
    from favsync.app.search import Found
    from favsync.app.site_access import SiteAccess
    from favsync.config.keys import KeyPlace
    from favsync.config.settings import Settings
    from favsync.model import Account, OperationState
    from favsync.store.database import Database
    from favsync.store.files.counts import FilesCounts
    from favsync.store.list_changes import Change
    from favsync.store.sqlite.deadline import Deadline
    from favsync.store.stats import Stats
    from favsync.store.status import AccountStatus
    from favsync.store.tag_counts import TagCount


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
    files: FilesCounts | None = None
    """The files; None: none is wanted by the setting `files`, and nothing is known of any."""


class Lookups:
    """The half of `Library` that only reads. Any method may raise NoAccounts, and the DatabaseTrouble family."""

    def __init__(self, settings: Settings, listener: LogListener | None = None) -> None:
        self.settings = settings
        self.listener = listener or LogListener()

    @property
    def database(self) -> Path:
        """The SQLite file. Absolute."""
        return self.settings.database

    # ---- what is kept ----

    def accounts(self) -> list[Account]:
        """Load the accounts, in the order in which they were added. Raises NoAccounts where there is none."""
        from favsync.store.accounts import choose_accounts

        with self._open() as database, database.read() as conn:
            return choose_accounts(conn, ())

    def account(self, name: str | None = None) -> Account:
        """Load the account of that name; without one, the only one. Raises NoSuchAccount and SeveralAccounts."""
        from favsync.store.accounts import choose_account

        with self._open() as database, database.read() as conn:
            return choose_account(conn, name)

    def find_key(self, account: Account) -> KeyPlace | None:
        """Find where the API key of an account is; None: nowhere, or it needs none. Raises ConfigInvalid."""
        return None if account.is_public else self._access(self.site_url()).find_key(account.username)

    def queue(self, account: str | None = None, *, states: Sequence[OperationState] = ()) -> list[QueuedChange]:
        """Load the queue, newest first: all changes, or only those in these states. Raises NoSuchAccount."""
        from favsync.app.queue import load_queue

        with self._open() as database:
            return load_queue(database, account, states)

    def site_url(self) -> str:
        """Load the URL of the site that the database belongs to. Raises NoAccounts when it belongs to none yet."""
        from favsync.store.sqlite.read_only import load_site_url, reading

        with reading(self.database) as connection:
            return load_site_url(connection)

    def status(self) -> Overview:
        """Load each account's favorites, queue and last run, and the newest backup. Raises NoAccounts."""
        from favsync.app.backup.folder import BackupFolder
        from favsync.errors import NoAccounts
        from favsync.store.status import load_status

        found, folder = load_status(self.database, self.settings.files), self.settings.backup_folder
        if not found.accounts:
            raise NoAccounts(found.database)
        newest = BackupFolder(folder, self.database).find_newest()
        return Overview(found.database, found.site, newest, found.accounts, folder, found.files)

    def history(
        self, account: str | None = None, *, since: datetime | str | None = None, post_id: int | None = None
    ) -> Iterator[Change]:
        """Load what was added, removed and moved in the list of an account, newest first, in one thread.

        `since` is the time from which on it was noticed (text that sorts, or a moment with its zone), `post_id` the
        post that it is about. Raises NoAccounts, NoSuchAccount, and SeveralAccounts.
        """
        from favsync.clock import as_text
        from favsync.store.list_changes import load_changes

        since = since if since is None or isinstance(since, str) else as_text(since)
        changes = load_changes(self.database, account, since=since, post_id=post_id)
        first = next(changes, None)  # what is wrong is raised here, and not where somebody begins to read
        return iter(()) if first is None else chain([first], changes)

    def stats(self, account: str | None = None) -> Stats:
        """Count what the favorites of an account are; without one, of all, each post once. Raises NoSuchAccount."""
        from favsync.store.stats import load_stats

        return load_stats(self.database, account)

    def tags(self, pattern: str = "*", *, account: str | None = None, category: str | None = None) -> list[TagCount]:
        """Count the tags of the favorites, the most frequent first; a `*` in `pattern` stands for any characters."""
        from favsync.store.tag_counts import load_tag_counts

        return load_tag_counts(self.database, account, pattern=pattern, category=category)

    def compare(self, account: str, other: str, *, where: str | None = None) -> Versus:
        """Compare the lists of two accounts; with `where` only what that search finds.

        Raises NoSuchAccount, SearchError, and UsageError.
        """
        from favsync.app.compare import compare_accounts

        with self._open() as database:
            return compare_accounts(database, account, other, where)

    def compare_since(self, account: str | None, since: int | str, *, where: str | None = None) -> Since:
        """Compare the list of an account with what it was after a run, or at a moment (text that sorts).

        Raises as `compare` does, SeveralAccounts, NoSuchRun, and NothingKnownBefore.
        """
        from favsync.app.compare import compare_since

        with self._open() as database:
            return compare_since(database, account, since, where)

    # ---- searching ----

    def search(
        self,
        query: str,
        *,
        account: str | None = None,
        limit: int | None = None,
        seconds: float | None = None,
        deadline: Deadline | None = None,
    ) -> AbstractContextManager[Found]:
        """Search the favorites in the site's own language, for the length of a `with` block and in one thread.

        `account` and `limit`, where given, count more than what the query says of them. Each question may take so many
        `seconds` (None: 30), and `deadline` says until when the one that is asked just now. Raises SearchError,
        NoSuchAccount, NoAccounts, and QueryTooLong.
        """
        from favsync.app.search import searching
        from favsync.store.search.answers import PATIENCE

        return searching(
            self.database,
            query,
            account=account,
            limit=limit,
            seconds=PATIENCE if seconds is None else seconds,
            deadline=deadline,
        )

    def find(
        self,
        query: str = "",
        columns: Sequence[str] = ("post_id", "rating", "score", "artists", "tags"),
        *,
        account: str | None = None,
        limit: int | None = None,
    ) -> list[dict[str, Any]]:
        """Search the favorites, and load these columns of what is found, in its order. Raises as `search` does.

        The columns are those of `favsync search --columns`. An empty query finds everything. Raises UsageError for a
        column that there is not.
        """
        from favsync.errors import UsageError
        from favsync.store.posts.rows import COLUMNS

        if unknown := [name for name in columns if name not in COLUMNS]:
            raise UsageError(f"There is no column '{unknown[0]}'. There are: {', '.join(COLUMNS)}.")
        with self.search(query, account=account, limit=limit) as found:
            return [dict(zip(columns, row, strict=True)) for row in found.rows(columns)]

    def count(self, query: str = "", *, account: str | None = None) -> int:
        """Count what a search finds, whatever its limit. Raises as `search` does."""
        with self.search(query, account=account) as found:
            return found.count()

    # ---- the database ----

    def _open(self) -> Database:
        """Open the database that is there."""
        from favsync.store.database import Database

        return Database.open_existing(self.database)

    def _access(self, url: str) -> SiteAccess:
        """Make the way to the site, for one piece of work."""
        from favsync.app.site_access import SiteAccess

        return SiteAccess(self.settings, self.listener, url)
