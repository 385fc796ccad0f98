"""The way in: everything that can be done with one database, for commands, web pages and other programs.

Nothing here prompts, prints or ends a process. Every method opens what it needs and closes it again, so that one
`Library` can be used from several threads. Each imports only what it needs: `status` must not pay for SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager
from typing import TYPE_CHECKING, Any

from favsync.app.listener import Listener, LogListener
from favsync.errors import NoAccounts
from favsync.private_paths import is_there

if TYPE_CHECKING:
    import os
    from pathlib import Path

    from favsync.app.backup.create import MadeBackup
    from favsync.app.backup.folder import BackupFolder
    from favsync.app.backup.make import BackedUp, PlannedBackup, Pruned
    from favsync.app.overview import Overview
    from favsync.app.search import Found
    from favsync.app.site_access import SiteAccess
    from favsync.app.sync.report import SyncReport
    from favsync.config.settings import Settings
    from favsync.core.retention import Keep
    from favsync.model import Account
    from favsync.store.database import Database, Transaction
    from favsync.store.sqlite.deadline import Deadline


class Library:
    """The favorites that are kept in one database, and all that can be done with them.

    `settings` are those of one user; `listener` hears what a person should while something is done. Nothing is opened
    before it is asked for. Any method raises the DatabaseTrouble family.
    """

    def __init__(self, settings: Settings, listener: Listener | None = None) -> None:
        self.settings = settings
        self.listener = listener or LogListener()

    @classmethod
    def open(
        cls,
        database: str | os.PathLike[str] | None = None,
        settings: Settings | None = None,
        *,
        listener: Listener | None = None,
    ) -> Library:
        """Open the database at `database`; None: the one that the settings name.

        Without `settings`, they are the user's own, from the environment and the configuration file, as the command
        `favsync` reads them. Raises NoAccounts where there is no such file, and ConfigInvalid.
        """
        import os
        from dataclasses import replace
        from pathlib import Path

        from favsync.config.home import expanded
        from favsync.config.settings import load_settings

        path = None if database is None else expanded(Path(database)).absolute()
        if settings is None:
            settings = load_settings(config=None, database=path, environ=os.environ)
        elif path is not None:
            settings = replace(settings, database=path)
        if not is_there(settings.database):
            raise NoAccounts(settings.database)
        return cls(settings, listener)

    @property
    def database(self) -> Path:
        """The SQLite file. Absolute."""
        return self.settings.database

    # ---- what is kept ----

    def accounts(self) -> list[Account]:
        """Load the accounts, in the order in which they were added. Raises NoAccounts where there is none."""
        from favsync.store.accounts import choose_accounts

        with self._read() as conn:
            return choose_accounts(conn, ())

    def site_url(self) -> str:
        """Load the URL of the site that the database belongs to. Raises NoAccounts when it belongs to none yet."""
        from favsync.store.sqlite.read_only import load_site_url, reading

        with reading(self.database) as connection:
            return load_site_url(connection)

    def status(self) -> Overview:
        """Load each account's favorites, queue and last run, and the newest backup. Raises NoAccounts."""
        from favsync.app.overview import load_overview

        return load_overview(self.database, self.settings.backup_folder)

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

    # ---- the site ----

    def sync(
        self,
        names: Iterable[str] = (),
        *,
        full: bool = False,
        pull: bool = True,
        push: bool = True,
        dry_run: bool = False,
        accept_removals: bool = False,
        on_report: Callable[[SyncReport], None] = lambda _: None,
    ) -> list[SyncReport]:
        """Send what is queued, and learn what changed on the site, for the accounts of these names, or for all.

        `full` scans the whole list. `push=False` leaves the queue alone, `pull=False` the list. `dry_run` reports what
        would be done and writes nothing. `accept_removals` believes it, however many favorites are gone from the site.
        What goes wrong with one account is in its report, and the others are still synced; `on_report` is given each
        report as soon as there is one. Raises NoSuchAccount, NoAccounts, and AnotherRun.
        """
        from datetime import timedelta

        from favsync.app.sync.run import SyncOptions
        from favsync.app.sync.runs import sync_accounts

        options = SyncOptions(
            pull=pull,
            push=push,
            dry_run=dry_run,
            full=full,
            full_every=timedelta(seconds=self.settings.full_every),
            allowed_removals=None if accept_removals else self.settings.max_removals.allowed,
        )
        with self._open() as database:
            return sync_accounts(database, self._access, tuple(names), options, on_report)

    # ---- backups ----

    def back_up(
        self,
        folder: Path | None = None,
        *,
        keep: Keep | None = None,
        on_made: Callable[[MadeBackup], None] = lambda _: None,
    ) -> BackedUp:
        """Copy the database, verify the copy, and remove the older backups that no rule keeps.

        It may be done at any time, also while a sync is running. `folder` is where backups are kept (None: where the
        settings say), and `keep` the rules (None: those of the settings). `on_made` is given the new backup before the
        older ones are removed. Raises NoAccounts, NotABackupFolder, BackupFailed, and BackupInvalid.
        """
        from favsync.app.backup.make import back_up

        return back_up(self.backup_folder(folder), keep or self.settings.keep, on_made=on_made)

    def plan_backup(self, folder: Path | None = None, *, keep: Keep | None = None) -> PlannedBackup:
        """Find what `back_up` would make, keep and remove, and do nothing. Raises NoAccounts and NotABackupFolder."""
        from favsync.app.backup.make import plan_backup

        return plan_backup(self.backup_folder(folder), keep or self.settings.keep)

    def prune_backups(self, folder: Path | None = None, *, keep: Keep | None = None, dry_run: bool = False) -> Pruned:
        """Remove the backups that no rule keeps, and make none. Raises UsageError without a rule."""
        from favsync.app.backup.make import prune

        return prune(self.backup_folder(folder), keep or self.settings.keep, dry_run=dry_run)

    def backup_folder(self, folder: Path | None = None) -> BackupFolder:
        """The folder of the backups, and what is in it; None: that which the settings say."""
        from favsync.app.backup.folder import BackupFolder
        from favsync.config.home import expanded

        return BackupFolder(expanded(folder).absolute() if folder else self.settings.backup_folder, self.database)

    # ---- the database ----

    def _open(self) -> Database:
        """Open the database that is there."""
        from favsync.store.database import Database

        if not is_there(self.database):
            raise NoAccounts(self.database)
        return Database.open(self.database, create=False)

    @contextmanager
    def _read(self) -> Iterator[Transaction]:
        """Read one state of the database."""
        with self._open() as database, database.read() as conn:
            yield conn

    def _access(self, url: str) -> SiteAccess:
        """Make the way to the site, for one piece of work."""
        from favsync.app.site_access import SiteAccess

        return SiteAccess(self.settings, self.listener, url)
