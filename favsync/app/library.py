"""The way in: everything that can be done with one database, for commands, web pages and other programs.

Nothing here prompts, prints or ends a process. Every method opens what it needs and closes it again, so that one
`Library` can be used from several threads. Each imports only what it needs: `status` must not pay for SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from favsync.app.library_files import LibraryFiles
from favsync.errors import NoAccounts
from favsync.private_paths import is_there

if TYPE_CHECKING:
    import os
    from contextlib import AbstractContextManager
    from io import BufferedReader
    from pathlib import Path

    from favsync.app.accounts import CheckedAccount
    from favsync.app.backup.create import BackedUp, MadeBackup, PlannedBackup, Retention
    from favsync.app.backup.folder import BackupFolder
    from favsync.app.check.report import CheckReport
    from favsync.app.exports.source import OpenExport
    from favsync.app.imports.whole import ExportImported, ImportRequest, PostsImported
    from favsync.app.listener import LogListener
    from favsync.app.migrate import Migrate
    from favsync.app.migration_task import MigrateRequest
    from favsync.app.queue import Enqueued, QueueChanged
    from favsync.app.restore import PlannedRestore
    from favsync.app.sync.report import SyncReport
    from favsync.config.settings import Settings
    from favsync.core.retention import Keep
    from favsync.exporters.registry import Format
    from favsync.model import Action


class Library(LibraryFiles):
    """The favorites that are kept in one database, and all that can be done with them.

    `settings` are those of one user; `listener` gets warnings and progress. Nothing is opened before a method needs it.
    Any method may raise an error of the DatabaseTrouble family.
    """

    @classmethod
    def open(
        cls,
        database: str | os.PathLike[str] | None = None,
        settings: Settings | None = None,
        *,
        listener: LogListener | None = None,
    ) -> Library:
        """Open the database at `database`; None: the one that the settings name.

        Without `settings`, they are the user's own, from the environment and the configuration file, as the command
        `favsync` reads them. Raises NoAccounts where there is no such file, and ConfigInvalid.
        """
        import os
        from pathlib import Path

        from favsync.config.home import expanded
        from favsync.config.settings import load_settings

        path = None if database is None else expanded(Path(database)).absolute()
        if settings is None:
            settings = load_settings(config=None, database=path, environ=os.environ)
        elif path is not None:
            settings = settings.replace(database=path)
        if not is_there(settings.database):
            raise NoAccounts(settings.database)
        return cls(settings, listener)

    # ---- the queue ----

    def enqueue(
        self,
        action: Action | Literal["add", "remove"],
        posts: Sequence[int | str],
        *,
        account: str | None = None,
        stream: Callable[[], BufferedReader] | None = None,
    ) -> Enqueued:
        """Queue posts, ids or URLs, to be added or removed by the next sync. The site is not asked.

        A later change to a post replaces an earlier one. `stream` opens the list that `-` among the posts names. It is
        read as by `favsync import`. Raises NotAPost, PostOfAnotherSite, FileUnreadable, TooManyPosts,
        AccountIsReadOnly, NoSuchAccount, NoAccounts, and SeveralAccounts.
        """
        from favsync.app.queue import enqueue
        from favsync.model import Action

        with self._open() as database:
            return enqueue(
                database, Action(action), posts, account_name=account, aliases=self.settings.aliases, stream=stream
            )

    def cancel(self, ids: Sequence[int] | None, *, account: str | None = None) -> QueueChanged:
        """Cancel queued changes, by their ids or all that are pending (None). Raises UsageError for one that is not."""
        from favsync.app.queue import cancel

        with self._open() as database:
            return cancel(database, ids, account)

    def retry(self, ids: Sequence[int] | None, *, account: str | None = None) -> QueueChanged:
        """Retry changes that failed, by their ids or all (None). Raises UsageError for one that has not."""
        from favsync.app.queue import retry

        with self._open() as database:
            return retry(database, ids, account)

    def import_files(self, request: ImportRequest) -> PostsImported | ExportImported:
        """Queue the posts of files; into a database without an account, import all of an export.

        Raises NoAccounts, NoSuchAccount, SeveralAccounts, AccountIsReadOnly, FileUnreadable, and TooManyPosts.
        """
        from favsync.app.imports.whole import import_files

        return import_files(self.database, self.settings.aliases, request)

    def plan_restore(
        self,
        account: str | None = None,
        *,
        as_of: int | str | None = None,
        file: Path | None = None,
        exact: bool = False,
        other_site: bool = False,
    ) -> PlannedRestore:
        """Plan the changes that restore the list of `as_of` (a run or a moment) or of a `file`. Nothing is queued.

        `exact` also removes what the list did not have, and `other_site` takes the ids of another site. Raises
        NoSuchAccount, SeveralAccounts, AccountIsReadOnly, NoSuchRun, NothingKnownBefore, FileUnreadable, UsageError.
        """
        from favsync.app.restore import plan_list_restore

        with self._open() as database:
            return plan_list_restore(database, account, as_of=as_of, file=file, exact=exact, other_site=other_site)

    def queue_restore(self, planned: PlannedRestore) -> None:
        """Queue what is planned, removals first: they make room."""
        from favsync.app.restore import queue_restore
        from favsync.clock import as_text, utc_now

        with self._open() as database:
            queue_restore(database, planned.account, planned.plan, at=as_text(utc_now()))

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
        """Apply the queue, and learn what changed on the site, for the accounts of these names, or for all.

        `full` scans the whole list. `push=False` leaves the queue alone, `pull=False` the list. `dry_run` reports what
        would be done and writes nothing. `accept_removals` applies removals even above `max_removals`.
        If one account fails, its report has the error, and the others are still synced; `on_report` is given each
        report as soon as there is one. Raises NoSuchAccount, NoAccounts, and AnotherRun.
        """
        from datetime import timedelta

        from favsync.app.sync.run import SyncOptions
        from favsync.app.sync.sync_accounts import sync_accounts

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

    def diff(self, account: str | None = None) -> SyncReport:
        """Ask the site, and report what a sync of an account would do; nothing is written, here or on the site.

        Raises NoSuchAccount, NoAccounts, SeveralAccounts, and AnotherRun.
        """
        (report,) = self.sync((self.account(account).name,), dry_run=True)
        return report

    def check(
        self, names: Iterable[str] = (), *, remote: bool = False, sample: int | None = None, fix: bool = False
    ) -> CheckReport:
        """Verify everything that can be verified: files, database, posts, history, queue. Without `fix`, write nothing.

        `names` are the accounts whose history and queue are looked at; none: all. `remote` compares their lists with
        those of the site as well, and `sample` so many posts of each with what the site says of them. What is wrong is
        in the report. Raises NoAccounts, NoSuchAccount, NotADatabase, DatabaseTooNew, DatabaseBusy, and with `fix`
        AnotherRun.
        """
        from favsync.app.check.whole import CheckRequest, check

        asks = remote or sample is not None
        return check(CheckRequest(self.settings, self.listener, tuple(names), asks, sample or 0, fix))

    @contextmanager
    def migration(self, request: MigrateRequest) -> Iterator[Migrate]:
        """Open a migration of one account's favorites to another, for the length of a `with` block.

        Its `prepare`, `guard` and `apply` are called in this order, and a person may be asked in between. Raises
        NoSuchAccount, NoAccounts, AccountIsReadOnly, AnotherRun, SearchError, and UsageError.
        """
        from favsync.app.migration_task import opened_migration
        from favsync.clock import stopwatch

        elapsed = stopwatch()
        with self._open() as database, opened_migration(database, self._access, request, elapsed) as task:
            yield task

    # ---- accounts ----

    def check_accounts(self, names: Iterable[str] = ()) -> list[CheckedAccount]:
        """Ask the site whether the accounts of these names, or all, still work. Raises NoSuchAccount, NoAccounts."""
        from favsync.app.accounts import check_accounts

        with self._open() as database:
            return check_accounts(database, self._access, tuple(names))

    def forget_account(self, name: str) -> None:
        """Delete an account with its list, history, queue and key; nothing changes on the site. Raises AnotherRun."""
        from favsync.app.accounts import forget_account

        with self._open() as database:
            forget_account(database, self._access, name)

    # ---- exports ----

    def export(
        self,
        kind: str | Format = "jsonl",
        *,
        account: str | None = None,
        as_of: int | str | None = None,
        where: str | None = None,
    ) -> AbstractContextManager[OpenExport]:
        """Open an export of an account's list, or of everything, for the length of a `with` block and in one thread.

        Its `chunks` are to be written. `kind` is a format: `jsonl`, `csv`, `ids`, `urls`, `html`, or one of another
        package. `as_of` is a run or a moment (text that sorts), and `where` a search: the list of then, or a part of
        it. Raises UsageError, NoAccounts, NoSuchAccount, SeveralAccounts, NoSuchRun, NothingKnownBefore, SearchError,
        and ExporterFailed.
        """
        from favsync.app.exports.source import load_exporter, opened_export

        exporter = load_exporter(kind, where) if isinstance(kind, str) else kind
        return opened_export(self.database, exporter, account=account, as_of=as_of, where=where)

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
        from favsync.app.backup.create import back_up

        return back_up(self.backup_folder(folder), keep or self.settings.keep, on_made=on_made)

    def plan_backup(self, folder: Path | None = None, *, keep: Keep | None = None) -> PlannedBackup:
        """Find what `back_up` would make, keep and remove, and do nothing. Raises NoAccounts and NotABackupFolder."""
        from favsync.app.backup.create import plan_backup

        return plan_backup(self.backup_folder(folder), keep or self.settings.keep)

    def prune_backups(
        self, folder: Path | None = None, *, keep: Keep | None = None, dry_run: bool = False
    ) -> Retention:
        """Remove the backups that no rule keeps, and make none. Raises UsageError without a rule."""
        from favsync.app.backup.create import prune

        return prune(self.backup_folder(folder), keep or self.settings.keep, dry_run=dry_run)

    def backup_folder(self, folder: Path | None = None) -> BackupFolder:
        """The folder of the backups, and what is in it; None: that which the settings say."""
        from favsync.app.backup.folder import BackupFolder
        from favsync.config.home import expanded

        return BackupFolder(expanded(folder).absolute() if folder else self.settings.backup_folder, self.database)
