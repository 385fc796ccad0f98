"""Files that the user takes out, and back in. What was decided is planned as data first, then done."""

from collections.abc import Collection
from dataclasses import dataclass, replace
from typing import Final

from favsync.app.files.folder import MARK, PART, FilesFolder, hash_file
from favsync.app.search import NothingMeant, load_chosen_ever, load_nothing, parse_where
from favsync.app.sync.lock import FilesLock
from favsync.batches import batches
from favsync.clock import as_text, utc_now
from favsync.core.files.names import stored_name
from favsync.errors import UsageError
from favsync.model import FileKind, FileState
from favsync.store.accounts import choose_accounts
from favsync.store.database import Database, Transaction
from favsync.store.files.exclusions import load_originals
from favsync.store.files.rows import FileRow, load_file, load_files_of, save_files
from favsync.store.files.wanted import load_candidates
from favsync.store.sqlite.upgrade import driver_connection

_AT_ONCE: Final = 500


@dataclass(frozen=True, slots=True)
class Exclusion:
    """Which files are to be taken out, as they are now, and which of them have bytes that are to be deleted."""

    files: tuple[FileRow, ...]
    deleted: tuple[FileRow, ...]
    needed: int
    """Files that stay, because a favorite that the search does not mean has them, too."""
    nothing: NothingMeant | None = None
    """Why the search means no post; None: it means some."""

    @property
    def size(self) -> int:
        """How many bytes are to be deleted."""
        return sum(row.size or 0 for row in self.deleted)


@dataclass(frozen=True, slots=True)
class Inclusion:
    """Which files were taken in again, as they are now: `wanted`, or `stored` where the bytes are here, and sound."""

    files: tuple[FileRow, ...]
    nothing: NothingMeant | None = None
    """Why the search means no post; None: it means some."""


def plan_exclusion(database: Database, where: str, kinds: Collection[FileKind], *, delete: bool) -> Exclusion:
    """Find which files of these kinds the posts that a search means have today; nothing is changed.

    Raises SearchError, UsageError, NoSuchAccount, and NoAccounts.
    """
    with database.read() as conn:
        meant, needed, nothing = _load_chosen(conn, where)
        known = {row.key: row for row in load_files_of(conn, meant, kinds)}
        for found in load_candidates(driver_connection(conn), kinds):
            if found.md5 in meant:
                wanted = FileRow(found.md5, found.kind, found.ext, FileState.WANTED)
                known.setdefault(wanted.key, wanted)
    chosen = [row for row in known.values() if row.md5 not in needed]
    deleted = tuple(row for row in chosen if _has_own_bytes(row)) if delete else ()
    files = tuple(row for row in chosen if row.state is not FileState.EXCLUDED)
    needed_elsewhere = sum(row.md5 in needed and row.state is not FileState.EXCLUDED for row in known.values())
    return Exclusion(files, deleted, needed_elsewhere, nothing)


def exclude_files(database: Database, folder: FilesFolder, planned: Exclusion) -> tuple[FileRow, ...]:
    """Take files out, delete the bytes that are to be deleted, and return the files as they are then.

    First all are excluded, then bytes are deleted and forgotten: killed in between, the same command deletes the rest.
    Raises AnotherRun and FilesFolderUnusable.
    """
    at = as_text(utc_now())
    after: dict[tuple[str, FileKind], FileRow] = {}
    with FilesLock(database.path):
        for some in batches(planned.files, _AT_ONCE):
            with database.write() as conn:
                rows = [_excluded(_now(conn, row)) for row in some]
                save_files(conn, rows, at=at)
            after |= {row.key: row for row in rows}
        for some in batches(planned.deleted, _AT_ONCE):
            with database.read() as conn:
                gone = [row for row in some if row.state is FileState.PARTIAL or _has_own_bytes(_now(conn, row))]
            for row in gone:
                for suffix in (PART, MARK) if row.state is FileState.PARTIAL else ("",):
                    folder.remove(stored_name(row.md5, row.kind, row.ext) + suffix)
            rows = [row.without_bytes(FileState.EXCLUDED) for row in gone]
            with database.write() as conn:
                save_files(conn, rows, at=at)
            after |= {row.key: row for row in rows}
    return tuple(after.values())


def include_files(database: Database, folder: FilesFolder, where: str, kinds: Collection[FileKind]) -> Inclusion:
    """Take the excluded files of these kinds in again of the posts that a search means.

    Bytes that are still here are verified. Raises as `plan_exclusion` does, AnotherRun, and FilesFolderUnusable.
    """
    included: list[FileRow] = []
    with FilesLock(database.path):
        with database.read() as conn:
            meant, _, nothing = _load_chosen(conn, where)
            excluded = [row for row in load_files_of(conn, meant, kinds) if row.state is FileState.EXCLUDED]
        at = as_text(utc_now())
        for some in batches(excluded, _AT_ONCE):
            rows = [_included(folder, row, at=at) for row in some]
            with database.write() as conn:
                save_files(conn, rows, at=at)
            included += rows
    return Inclusion(tuple(included), nothing)


def _load_chosen(conn: Transaction, where: str) -> tuple[set[str], set[str], NothingMeant | None]:
    """Load the originals that a search means, as a fetch does, those of other favorites, and why it means nothing."""
    if not where.strip():
        raise UsageError("--where is empty. All files are: --where 'id:>0'")
    connection, search = driver_connection(conn), parse_where(where)
    names = [account.name for account in choose_accounts(conn, ())]
    chosen = {post_id for name in names for post_id in load_chosen_ever(connection, name, search)}
    nothing = None if chosen else load_nothing(connection, names, where, ever=True)
    return *load_originals(connection, chosen), nothing


def _now(conn: Transaction, row: FileRow) -> FileRow:
    """The row as it is now: somebody may have been asked in between."""
    return load_file(conn, row.md5, row.kind) or row


def _has_own_bytes(row: FileRow) -> bool:
    """Tell whether bytes lie in the files folder that favsync made: those that were adopted are never deleted."""
    return row.state is FileState.PARTIAL or (
        row.is_own and (row.state is FileState.STORED or (row.state is FileState.EXCLUDED and row.size is not None))
    )


def _excluded(row: FileRow) -> FileRow:
    """The row of a file that was taken out; of one whose bytes stay in the folder, it knows them still."""
    if row.state in {FileState.STORED, FileState.EXCLUDED}:
        return replace(row, state=FileState.EXCLUDED, reason=None, path=None)
    return row.without_bytes(FileState.EXCLUDED)


def _included(folder: FilesFolder, row: FileRow, *, at: str) -> FileRow:
    if row.content_md5 is not None:
        name = stored_name(row.md5, row.kind, row.ext)
        try:
            with folder.opened(name) as descriptor:
                found = hash_file(descriptor)
        except FileNotFoundError:
            found = None
        if found == (row.content_md5, row.size):
            return replace(row, state=FileState.STORED, path=name, checked_at=at)
    return row.without_bytes(FileState.WANTED)
