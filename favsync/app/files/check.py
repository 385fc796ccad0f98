"""`files check`: what is kept of files, held against the disk; each file is found, and on request read again.

    rows, and what lies in the folder       without a byte read: there, its size, its mode
    the bytes of all of it, or of some      md5
    what lies elsewhere                     adopted files and archives, and links of trees

A row that changes meanwhile, because a fetch is at work, is no finding.
"""

import os
import random
import re
import stat
from contextlib import ExitStack, suppress
from dataclasses import replace
from pathlib import Path
from typing import Final

from favsync import interruption
from favsync.app.files.adopt.archives import UNREADABLE, opened_archive, read_member
from favsync.app.files.adopt.hashing import ChangedMeanwhile
from favsync.app.files.adopt.walk import identity
from favsync.app.files.folder import MARK, PART, FilesFolder, is_fetched_now
from favsync.app.files.reading import Read, Reading, read_bytes, read_pieces, said
from favsync.app.files.walk import Seen, walk
from favsync.app.listener import Observer
from favsync.clock import as_text, utc_now
from favsync.core.files.checks import DAMAGED, FileFinding, FileProblem, FilesChecked, FilesCheckRequest
from favsync.core.files.names import read_stored_name, stored_name
from favsync.core.files.plan import plan_files
from favsync.errors import FilesFolderUnusable
from favsync.model import FileKind, FileState
from favsync.private_paths import READ_FLAGS
from favsync.store.database import Database
from favsync.store.files.checks import load_md5s_of, load_tree_links, save_checked
from favsync.store.files.rows import FileRow, load_files
from favsync.store.files.wanted import load_candidates_named
from favsync.store.sqlite.upgrade import driver_connection

_BATCH: Final = 1_000
"""Files whose time of the check is saved at once."""

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_LEFTOVER: Final = re.compile(r"(.*/)?\.[0-9a-f]{32}\.[a-z0-9]{1,8}\.link")
"""What a killed adoption left: a second name of a file that lies elsewhere."""

_GOES_ON: Final = frozenset({None, FileState.WANTED, FileState.PARTIAL})
"""What is known of a file of which a `.part` is gone on with."""

_KEPT: Final = frozenset({FileState.STORED, FileState.EXTERNAL})

Key = tuple[str, FileKind]


class FilesCheck:
    """One check of files. `look` finds what is wrong; `proven` has the rows that should be there instead."""

    def __init__(
        self,
        database: Database,
        folder: FilesFolder,
        request: FilesCheckRequest,
        account_ids: tuple[int, ...],
        observer: Observer,
    ) -> None:
        self.database = database
        self.folder = folder
        self.request = request
        self.observer = observer
        self.report = FilesChecked()
        self.proven: dict[Key, FileRow] = {}
        """Of files that were read: the rows as they should be."""
        with database.read() as conn:
            self._meant = load_md5s_of(conn, account_ids) if request.names else None
            self.rows = {row.key: row for row in load_files(conn, FileState)}
        kept = [row for row in self.rows.values() if row.state in _KEPT and self._is_meant(row.md5)]
        self.report.checked = len(kept)
        read = kept if request.reads_all else random.SystemRandom().sample(kept, min(request.reads_random, len(kept)))
        self._read_too = {row.key for row in read}
        self._strays: list[str] = []
        self._parts: dict[str, Key] = {}
        self._verified: list[int] = []

    def look(self) -> FilesChecked:
        """Look at everything, and say of each finding whether it can be repaired. Raises FilesFolderUnusable."""
        with ExitStack() as stack:
            stack.callback(self._save_verified)
            self._reading = stack.enter_context(Reading())
            self._look_into_folder()
            self._look_at_strays()
            for row in self.rows.values():
                if row.state is FileState.EXTERNAL and self._is_meant(row.md5):
                    self._look_at_external(row)
            self._reading.finish()
        self._look_at_trees()
        self._judge()
        return self.report

    def _is_meant(self, md5: str) -> bool:
        return self._meant is None or md5 in self._meant

    # ---- the folder ----

    def _look_into_folder(self) -> None:
        stored = [row for row in self.rows.values() if row.state is FileState.STORED]
        missing = {stored_name(row.md5, row.kind, row.ext): row for row in stored}
        is_there = not self.folder.is_empty
        if missing and not (is_there or self.request.accepts_loss):
            raise FilesFolderUnusable(
                self.folder.path,
                f"it is not there or empty, and {len(missing):,} files are kept in it. Is its disk mounted? If they are"
                " gone, --yes goes on",
            )
        for seen in walk(self.folder) if is_there else ():
            interruption.check()
            if (row := missing.pop(seen.name, None)) is None:
                self._look_at_other(seen)
            elif self._is_meant(row.md5):
                self._look_at_kept(row, seen)
                self.observer.checking("files", len(stored) - len(missing), len(stored))
        for name, row in missing.items():
            if self._is_meant(row.md5):
                self._add(FileProblem.MISSING, name, "it is not there", row.key)

    def _look_at_kept(self, row: FileRow, seen: Seen) -> None:
        if not seen.is_file:
            what = "a symbolic link" if stat.S_ISLNK(seen.found.st_mode) else "something that is no file"
            self._add(
                FileProblem.LINK,
                seen.name,
                f"{what} has the name of a file: remove it, then --fix fetches the file",
                row.key,
            )
            return
        if row.is_own and seen.found.st_mode & _OTHERS:
            words = f"others can use it (mode {stat.S_IMODE(seen.found.st_mode):03o})"
            self._add(FileProblem.MODE, seen.name, words, row.key, is_repairable=seen.found.st_nlink == 1)
        if row.key in self._read_too or row.whole(row.content_md5, seen.found.st_size) != row:
            try:
                descriptor = seen.open()
            except OSError as exc:
                self._add(FileProblem.UNREADABLE, seen.name, said(exc), row.key)
            else:
                self._reading.add(descriptor, lambda read: self._compare(row, seen.name, read))

    def _compare(self, row: FileRow, place: str, read: Read) -> None:
        """Hold the bytes of a kept file against its row: where they are right, it is the row that may be wrong."""
        self.report.size += read.size
        if read.is_changing:
            return
        if read.error is not None:
            self._add(FileProblem.UNREADABLE, place, read.error, row.key)
        elif read.md5 == row.expected_md5:
            self.report.verified += 1
            self._verified.append(row.id or 0)
            if len(self._verified) >= _BATCH:
                self._save_verified()
            if (right := row.whole(read.md5, read.size)) != row:
                self._prove(right)
                self._add(
                    FileProblem.ROW, place, "it is whole, and its row says otherwise", row.key, is_repairable=True
                )
        elif read.size != row.size:
            kept = "an unknown size" if row.size is None else f"{row.size:,} bytes"
            self._add(FileProblem.SIZE, place, f"it has {read.size:,} bytes, and was kept with {kept}", row.key)
        else:
            self._add(FileProblem.CONTENT, place, f"its MD5 is {read.md5}", row.key)

    def _look_at_other(self, seen: Seen) -> None:
        name = seen.name.removesuffix(MARK).removesuffix(PART)
        known = read_stored_name(name)
        if stat.S_ISLNK(seen.found.st_mode):
            self._add(FileProblem.LINK, seen.name, "it is a symbolic link, and nothing is read through it")
        elif known is not None and seen.is_file and not self._is_meant(known[0]):
            pass
        elif known is not None and seen.is_file and name == seen.name:
            self._strays.append(name)
        elif known is not None and seen.is_file:
            self._look_at_part(seen, name, known[:2])
        elif seen.is_file and _LEFTOVER.fullmatch(seen.name):
            words = "an interrupted adoption left it"
            self._add(FileProblem.PART, seen.name, words, is_repairable=seen.found.st_nlink > 1)
        else:
            self._add(FileProblem.FOREIGN, _printable(seen.name), "it is not favsync's")

    def _look_at_part(self, seen: Seen, name: str, key: Key) -> None:
        """A `.part` that no fetch holds is good if it can be gone on with: it has a mark, and its file is wanted."""
        sizes = {}
        last = name.rpartition("/")[2]
        for suffix in (PART, MARK):
            with suppress(FileNotFoundError):
                sizes[suffix] = os.stat(last + suffix, dir_fd=seen.folder, follow_symlinks=False).st_size
        if is_fetched_now(seen.folder, last) or (PART in sizes and seen.name.endswith(MARK)):
            return
        row = self.rows.get(key)
        if sizes.get(PART) and sizes.get(MARK) and (row.state if row is not None else None) in _GOES_ON:
            self._parts[seen.name] = key  # whether the site has the file still, `_judge` finds out
        else:
            self._add(FileProblem.PART, seen.name, "no fetch can go on with it", key, is_repairable=True)

    def _look_at_strays(self) -> None:
        """Look at files with the name of one that no row has there: whole ones belong into the table."""
        missing = {each.key: each for each in self.report.findings if each.problem is FileProblem.MISSING}
        reads = self.request.reads_all or self.request.reads_random or self.request.repairs
        for name in self._strays:
            md5, kind, ext = read_stored_name(name) or ("", FileKind.ORIGINAL, "")
            row = self.rows.get((md5, kind))
            if row is not None and row.state is FileState.EXCLUDED and row.size is not None:
                continue  # it was taken out, and its bytes stay
            if row is not None and row.state in _KEPT and row.key not in missing:
                self._add(FileProblem.UNLISTED, name, "the same file is kept elsewhere", (md5, kind))
                continue
            expected = row.expected_md5 if row is not None else md5
            if kind is not FileKind.ORIGINAL and (row is None or row.content_md5 is None):
                self._add(FileProblem.UNLISTED, name, "no row says what it should be", (md5, kind))
            elif not reads:
                words = "no row says that it is kept; it was not read"
                self._add(FileProblem.UNLISTED, name, words, (md5, kind), is_repairable=True)
            elif (read := self._read(name)).md5 == expected:
                if row is not None and row.key in missing:
                    self.report.findings.remove(missing[row.key])
                self._prove(FileRow(md5, kind, ext, FileState.STORED, None, read.md5, read.size, name))
                words = "it is whole, and no row says that it is kept"
                self._add(FileProblem.UNLISTED, name, words, (md5, kind), is_repairable=True)
            elif not read.is_changing:
                words = f"no row says that it is kept, and {read.error or f'its MD5 is {read.md5}'}"
                self._add(FileProblem.UNLISTED, name, words, (md5, kind))

    def _read(self, name: str) -> Read:
        read = Read(is_changing=True)
        with suppress(FileNotFoundError), self.folder.opened(name) as descriptor:
            read = read_bytes(os.dup(descriptor))
        self.report.size += read.size
        return read

    # ---- elsewhere ----

    def _look_at_external(self, row: FileRow) -> None:
        """Look at a file that was adopted where it lies. It is the user's: what changed in it is only said."""
        interruption.check()
        path = row.path or ""
        place = path if row.member is None else f"{path}: {row.member}"
        try:
            found = os.lstat(path)
            if row.member is not None:
                self._look_at_member(row, place, found)
            elif not stat.S_ISREG(found.st_mode):
                self._add(FileProblem.UNREADABLE, place, "it is no file any more", row.key)
            elif row.key in self._read_too or row.whole(row.content_md5, found.st_size) != row:
                self._reading.add(os.open(path, READ_FLAGS), lambda read: self._compare(row, place, read))
        except FileNotFoundError:
            is_away = not Path(path).parent.is_dir() and not self.request.accepts_loss
            words = "its folder is not there: is its disk mounted?" if is_away else "it is not there"
            self._add(FileProblem.AWAY if is_away else FileProblem.MISSING, place, words, row.key)
        except OSError as exc:
            self._add(FileProblem.UNREADABLE, place, said(exc), row.key)

    def _look_at_member(self, row: FileRow, place: str, found: os.stat_result) -> None:
        try:
            with opened_archive(row.path or "", identity(found)) as (archive, _):
                member = archive.getinfo(row.member or "")
                if row.key in self._read_too or row.whole(row.content_md5, member.file_size) != row:
                    self._compare(row, place, read_pieces(read_member(archive, member)))
        except KeyError:
            self._add(FileProblem.MISSING, place, "the archive has it no more", row.key)
        except ChangedMeanwhile:
            pass
        except UNREADABLE as exc:
            self._add(FileProblem.UNREADABLE, place, f"its archive cannot be read ({said(exc)})", row.key)

    def _look_at_trees(self) -> None:
        """Look at the symbolic links that favsync made, as far as they are still what it made."""
        with self.database.read() as conn:
            links = list(load_tree_links(conn))
        for link in links:
            with suppress(OSError):
                path = Path(link.path)
                if str(path.readlink()) == link.target and not path.exists():
                    words = f"it leads to {link.target}, where nothing is"
                    self._add(FileProblem.TREE_LINK, link.path, words, link.key)

    # ---- what it means ----

    def _add(
        self, problem: FileProblem, path: str, reason: str, key: Key | None = None, *, is_repairable: bool = False
    ) -> None:
        md5, kind = key or (None, None)
        self.report.findings.append(FileFinding(problem, path, reason, md5, kind, is_repairable))

    def _prove(self, row: FileRow) -> None:
        now = as_text(utc_now())
        self.proven[row.key] = replace(row, stored_at=row.stored_at or now, checked_at=now)

    def _save_verified(self) -> None:
        if self._verified:
            with self.database.write() as conn:
                save_checked(conn, self._verified, at=as_text(utc_now()))
            self._verified.clear()

    def _judge(self) -> None:
        """Drop what changed meanwhile, and find out which damaged files, and parts, the site still has."""
        findings = self.report.findings
        with self.database.read() as conn:
            now = {row.key: row.state for row in load_files(conn, FileState)}
            then = {key: row.state for key, row in self.rows.items()}
            findings[:] = [each for each in findings if each.key is None or now.get(each.key) == then.get(each.key)]
            damaged = [each for each in findings if each.problem in DAMAGED]
            named = {*self._parts.values(), *(each.key for each in damaged if each.key is not None)}
            plan = plan_files(load_candidates_named(driver_connection(conn), named))
        obtainable = {(each.md5, each.kind) for each in plan.wanted}
        for finding in damaged:
            finding.is_repairable = finding.key in obtainable
            finding.is_lost = not finding.is_repairable
        for name, key in self._parts.items():
            if key not in obtainable:
                self._add(FileProblem.PART, name, "the site does not have its file any more", key, is_repairable=True)


def _printable(name: str) -> str:
    """A name whose bytes may not be UTF-8, to be shown."""
    return os.fsencode(name).decode(errors="replace")
