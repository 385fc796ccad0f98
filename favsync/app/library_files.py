"""What can be done with the files of favorites: a part of `Library`, one method a command.

Each method opens what it needs and closes it again, and imports only what it needs: `status` must not pay for
SQLAlchemy.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import TYPE_CHECKING, Literal

from favsync.app.lookups import Lookups

if TYPE_CHECKING:
    from pathlib import Path

    from favsync.app.files.adopt.report import AdoptReport, Method
    from favsync.app.files.exclude import Exclusion, Inclusion
    from favsync.app.files.fetch import Fetch
    from favsync.app.files.fetch_task import FetchRequest
    from favsync.app.files.status import FilesStatus
    from favsync.app.files.tree.tree import TreeMethod, TreeReport
    from favsync.core.files.checks import FilesChecked
    from favsync.model import FileKind
    from favsync.store.files.rows import FileRow
    from favsync.store.posts.shown import ShownPost


class LibraryFiles(Lookups):
    """The part of `Library` that is about files. Any method may raise NoAccounts, and the DatabaseTrouble family."""

    # ---- one post ----

    def post_id(self, post: int | str) -> int:
        """Return the id that an id or a URL of this site names. Raises NotAPost and PostOfAnotherSite."""
        from favsync.post_urls import PostSite, parse_post

        return parse_post(str(post), PostSite.of(self.site_url(), self.settings.aliases))

    def show(self, post: int | str) -> ShownPost:
        """Load what is kept of a post, an id or a URL: tags, history, files and their versions.

        Raises PostUnknown where nothing is, NotAPost, and PostOfAnotherSite.
        """
        from favsync.errors import PostUnknown
        from favsync.store.posts.shown import load_shown
        from favsync.store.sqlite.read_only import reading

        post_id = self.post_id(post)
        with reading(self.database) as connection:
            shown = load_shown(connection, post_id, files_folder=self.settings.files_folder)
        if shown is None:
            raise PostUnknown(post_id)
        return shown

    # ---- the files ----

    @contextmanager
    def fetching(self, request: FetchRequest | None = None) -> Iterator[Fetch]:
        """Plan a fetch of the files that are wanted and not kept, for the length of a `with` block.

        Its `plan` is what would be fetched, `guard` raises TooLittleDisk, and `run` does it; a person may be asked in
        between. What ends it early is in its report. Raises NoSuchAccount, SearchError, and UsageError; `run` raises
        AnotherRun, FilesFolderUnusable and DiskFull.
        """
        from favsync.app.files.fetch_task import FetchRequest, opened_fetch
        from favsync.clock import stopwatch

        elapsed = stopwatch()
        request = request or FetchRequest()
        with self._open() as database, opened_fetch(database, self._access, request, elapsed) as task:
            yield task

    def files_status(self) -> FilesStatus:
        """Count the files that are kept, wanted and unavailable, in all and by account. Raises NoAccounts."""
        from favsync.app.files.status import load_files_status

        return load_files_status(self.database, self.settings.files_folder, self.settings.files)

    def check_files(
        self,
        names: Iterable[str] = (),
        *,
        read_all: bool = False,
        read_random: int = 0,
        fix: bool = False,
        accept_loss: bool = False,
    ) -> FilesChecked:
        """Verify that the files of accounts, or all, are there, with their sizes and permissions.

        `read_all` also reads every file and compares its md5, `read_random` so many of them. `fix` repairs what can be
        repaired here, and fetches damaged files again; what the site does not have any more is lost. A folder that is
        missing or empty is an error unless `accept_loss`. Raises NoSuchAccount, FilesFolderUnusable, DiskFull, and with
        `fix` AnotherRun; what stopped the fetch is in the report.
        """
        from favsync.app.files.check_task import check_files
        from favsync.core.files.checks import FilesCheckRequest

        request = FilesCheckRequest(tuple(names), read_all, read_random, fix, accept_loss)
        with self._open() as database:
            return check_files(database, self._access, request)

    def plan_exclusion(self, where: str, kinds: Iterable[FileKind | str] = (), *, delete: bool = False) -> Exclusion:
        """Find which files of the posts that a search means would be taken out; nothing is changed.

        Without `kinds`, those of the setting `files`, or originals. With `delete`, also which bytes would be deleted.
        Raises SearchError, UsageError, and NoAccounts.
        """
        from favsync.app.files.exclude import plan_exclusion
        from favsync.core.files.plan import wanted_kinds

        with self._open() as database:
            return plan_exclusion(database, where, wanted_kinds(kinds or self.settings.files), delete=delete)

    def exclude_files(self, planned: Exclusion) -> tuple[FileRow, ...]:
        """Take files out, as planned, and return them as they are then. Raises AnotherRun and FilesFolderUnusable."""
        from favsync.app.files.exclude import exclude_files
        from favsync.app.files.folder import FilesFolder

        with self._open() as database:
            return exclude_files(database, FilesFolder(self.settings.files_folder), planned)

    def include_files(self, where: str, kinds: Iterable[FileKind | str] = ()) -> Inclusion:
        """Take excluded files of the posts that a search means in again; without `kinds`, of every kind.

        Raises SearchError, UsageError, NoAccounts, AnotherRun, and FilesFolderUnusable.
        """
        from favsync.app.files.exclude import include_files
        from favsync.app.files.folder import FilesFolder
        from favsync.model import FileKind

        chosen = [FileKind(kind) for kind in kinds or FileKind]
        with self._open() as database:
            return include_files(database, FilesFolder(self.settings.files_folder), where, chosen)

    def adopt_files(
        self,
        paths: Sequence[Path | str],
        *,
        method: Method | Literal["leave", "hardlink", "copy", "move"] = "leave",
        dry_run: bool = False,
        replacements: Path | None = None,
        remote: bool = False,
        queue: bool = False,
        account: str | None = None,
    ) -> AdoptReport:
        """Adopt the files of posts that lie under some paths, in archives too, whatever their names are.

        Only bytes count: a file is adopted if its md5 is that of a file that a post here has or had. `leave` records it
        where it lies; the others put it into the files folder. `replacements` is the site's export of its replacements.
        `remote` asks the site about the rest, and `queue` queues the posts that it names, as favorites of `account`.
        What was left out, and what kept the site from being asked, is in the report. Raises FileUnreadable, UsageError,
        NoSuchAccount, SeveralAccounts, AccountIsReadOnly, AnotherRun, FilesFolderUnusable, and DiskFull.
        """
        from pathlib import Path

        from favsync.app.files.adopt.report import AdoptRequest, Method
        from favsync.app.files.adopt.whole import adopt

        request = AdoptRequest(tuple(map(Path, paths)), Method(method), dry_run, replacements, remote, queue, account)
        with self._open() as database:
            return adopt(database, self.settings, self.listener, request, self._access)

    def files_tree(
        self,
        folder: Path,
        template: str,
        *,
        method: TreeMethod = "hardlink",
        kind: FileKind | None = None,
        where: str | None = None,
        portable: bool = False,
        sidecar: str | None = None,
        dry_run: bool = False,
    ) -> TreeReport:
        """Make or update a tree of links to the kept files of today's favorites, with names by a template.

        `kind` None means originals. Raises TreeUnusable, AnotherRun, SearchError, ExporterFailed, and UsageError for a
        template that cannot be used.
        """
        from favsync.app.files.tree.task import TreeTask

        with self._open() as database:
            task = TreeTask(database, self.settings, folder, template)
            return task.run(method=method, kind=kind, where=where, portable=portable, sidecar=sidecar, dry_run=dry_run)
