"""A whole check of files: what is wrong, and with `repairs` the repair of it.

What is damaged stays as it is until the site's file is whole: the fetch writes a new file and renames it. What the site
does not have any more is lost, and its row stays, so that every check says so until a copy of it is put back.
"""

import os
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from typing import assert_never

from favsync.app.files.check import FilesCheck
from favsync.app.files.folder import MARK, PART, FilesFolder
from favsync.app.site_access import SiteAccess
from favsync.app.sync.lock import FilesLock
from favsync.batches import batches
from favsync.clock import as_text, stopwatch, utc_now
from favsync.core.files.checks import FileProblem, FilesChecked, FilesCheckRequest
from favsync.errors import FavsyncError
from favsync.model import FileKind, FileState
from favsync.private_paths import OWNER_ONLY
from favsync.store.accounts import choose_accounts
from favsync.store.database import Database
from favsync.store.files.rows import FileRow, load_file, save_files
from favsync.store.sites import require_site_url

_AT_ONCE = 500


def check_files(database: Database, access: Callable[[str], SiteAccess], request: FilesCheckRequest) -> FilesChecked:
    """Check the files, as `LibraryFiles.check_files` does."""
    with database.read() as conn:
        accounts = choose_accounts(conn, request.names)
        site = access(require_site_url(conn))
    folder = FilesFolder(site.settings.files_folder)
    with ExitStack() as stack:
        if request.repairs:
            stack.enter_context(FilesLock(database.path))
        with site.listener.checking() as observer:
            ids = tuple(account.id for account in accounts)
            check = FilesCheck(database, folder, request, ids, observer)
            report = check.look()
        again = _repair_here(check) if request.repairs else frozenset()
    if again:  # the fetch takes the lock itself
        from favsync.app.files.fetch_task import FetchRequest, opened_fetch  # noqa: PLC0415 - httpx costs 0.2 s

        wanted = FetchRequest(kinds=tuple({kind for _, kind in again}), files=again, ignores_hours=True)
        try:
            with opened_fetch(database, access, wanted, stopwatch()) as fetch:
                fetch.guard()
                fetched = fetch.run()
            report.error = fetched.error.message if fetched.error is not None else None
        except FavsyncError as exc:
            report.error = exc.message
        with database.read() as conn:
            for finding in report.findings:
                row = load_file(conn, *finding.key) if finding.key in again and finding.key is not None else None
                if row is not None:
                    finding.is_repaired |= row.state is FileState.STORED
                    finding.is_lost |= row.state in {FileState.UNAVAILABLE, FileState.CORRUPT}
    return report


def _repair_here(check: FilesCheck) -> frozenset[tuple[str, FileKind]]:
    """Repair what needs no site; return what is wanted from it again."""
    rows: list[FileRow] = []
    again: set[tuple[str, FileKind]] = set()
    for finding in check.report.findings:
        if not finding.is_repairable:
            continue
        match finding.problem:
            case FileProblem.MODE:
                finding.is_repaired = _close_to_others(check.folder, finding.path)
            case FileProblem.PART:
                _remove_part(check.folder, finding.path)
                finding.is_repaired = True
            case FileProblem.ROW | FileProblem.UNLISTED:
                if finding.key is not None:
                    rows.append(check.proven[finding.key])
                    finding.is_repaired = True
            case FileProblem.MISSING | FileProblem.SIZE | FileProblem.CONTENT | FileProblem.UNREADABLE:
                if finding.key is not None:
                    again.add(finding.key)
                    rows.append(check.rows[finding.key].without_bytes(FileState.WANTED))
            case FileProblem.AWAY | FileProblem.LINK | FileProblem.TREE_LINK | FileProblem.FOREIGN:
                pass
            case _ as never:
                assert_never(never)
    for some in batches(rows, _AT_ONCE):
        with check.database.write() as conn:
            save_files(conn, [replace(row, id=None) for row in some], at=as_text(utc_now()))
    return frozenset(again)


def _close_to_others(folder: FilesFolder, name: str) -> bool:
    """Take everybody's rights but the owner's from a file, unless it has another name by now."""
    with folder.opened(name) as descriptor:
        if os.fstat(descriptor).st_nlink != 1:
            return False
        os.fchmod(descriptor, OWNER_ONLY)
    return True


def _remove_part(folder: FilesFolder, name: str) -> None:
    """Delete a `.part` and its mark, or what an adoption left."""
    whole = name.removesuffix(MARK).removesuffix(PART)
    for each in {name} if whole == name else {whole + PART, whole + MARK}:
        folder.remove(each)
