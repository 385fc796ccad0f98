"""Adopting files: bytes whose md5 is that of a file that a post has or had, and nothing else.

walk ─► known hashes ─► those that are worth reading first ─► hashes ─► the archives
                                   │
                                   ▼  a batch
       posts' files here, the site's export, the site ─► adopted: placed, then their rows, then the old names
"""

import os
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Final

from favsync.app.files.adopt.archives import hash_members
from favsync.app.files.adopt.claims import in_order, load_known, read_sidecar
from favsync.app.files.adopt.hashing import Hashed, hash_all, hash_found, is_settled
from favsync.app.files.adopt.place import is_same_file, place, remove_source
from favsync.app.files.adopt.report import AdoptReport, Content, Method, Reason
from favsync.app.files.adopt.walk import Found, Walk
from favsync.app.files.folder import FilesFolder
from favsync.app.listener import Observer
from favsync.batches import batches
from favsync.clock import as_text, utc_now
from favsync.core.files.adoption import Claim, md5_in, read_name, read_suffix, weigh
from favsync.core.files.names import read_ext, stored_name
from favsync.model import FileKind, FileState
from favsync.store.database import Database
from favsync.store.files.hashes import Identity, load_hashes, save_hashes
from favsync.store.files.known import Kept, Original, load_kept, load_originals, save_earlier
from favsync.store.files.rows import FileRow, save_files

AT_ONCE: Final = 1_000
"""Files of which nothing but a row is written, in one transaction."""

_PLACED_AT_ONCE: Final = 100
_LOOKED_UP_AT_ONCE: Final = 10_000
_BYTES_AT_ONCE: Final = 512_000_000
"""Bytes that were read, and would have to be read again if it ended now."""


@dataclass
class Adoption:
    """One adoption, from what was found on the disk to the rows. Batch by batch, and each may be the last."""

    database: Database
    folder: FilesFolder
    report: AdoptReport
    categories: Collection[str]
    """What gallery-dl calls the site."""
    replaced: Mapping[str, Original]
    """Earlier files of posts, by md5, as the site's export tells of them."""
    device: int
    """The file system that the files folder is on, or will be."""
    unknown: list[Content] = field(default_factory=list)
    """What no post here has or had."""
    _corrected: dict[Identity, str] = field(default_factory=dict)
    """The md5s of files that were remembered with another one."""
    _met: set[str] = field(default_factory=set)
    """The md5s that are here, or were adopted just now."""

    def run(self, walk: Walk, observer: Observer) -> None:
        """Adopt what was found."""
        most = AT_ONCE if self.report.method is Method.LEAVE else _PLACED_AT_ONCE
        batch: list[Content] = []
        size, of = 0, len(walk.files) + len(walk.archives)
        for done, hashed in enumerate(self._hash(walk), start=1):
            if isinstance(hashed, Content):
                batch.append(hashed)
                size += hashed.size if hashed.is_fresh else 0
            else:
                self.report.leave_out(*hashed)
            if len(batch) >= most or size >= _BYTES_AT_ONCE:
                self._count(batch)
                self.settle(batch)
                observer.checking("adopting", done, max(of, done))
                batch, size = [], 0
        self._count(batch)
        self.settle(batch)

    def settle(self, batch: list[Content], told: Mapping[str, Original] | None = None) -> None:
        """Adopt those of some files that a post has or had. `told` is what the site says of them just now."""
        if not batch:
            return
        with self.database.read() as conn:
            kept = load_kept(conn, {content.md5 for content in batch})
            # What is known of a file is known because a post has or had it: of most that is all that is asked.
            wanted = [content for content in batch if self._is_wanted(content, kept.get(content.md5))]
            originals = load_originals(conn, {content.md5 for content in wanted})
        at = as_text(utc_now())
        rows: list[FileRow] = []
        sources: list[Content] = []
        earlier: list[tuple[int, str, str | None]] = []
        try:
            for content in wanted:
                md5 = content.md5
                original = originals.get(md5) or self.replaced.get(md5) or (told or {}).get(md5)
                if original is None:
                    self.unknown.append(content)
                elif md5 in self._met:
                    self.report.duplicates += 1
                elif row := self._adopt(content, original, at):
                    self._met.add(md5)
                    rows.append(row)
                    sources.append(content)
                    if md5 not in originals and md5 in self.replaced:
                        earlier += [(post_id, md5, row.ext) for post_id in original.post_ids]
        finally:
            self._save(batch, rows, earlier, at)
        if self.report.method is Method.MOVE and not self.report.dry_run:
            for content, row in zip(sources, rows, strict=True):
                remove_source(self.folder, content, row.path or "")

    def finish(self, on_site: Collection[str] = ()) -> None:
        """Count what stayed unknown; the site knows `on_site` of it."""
        rest = [content for content in self.unknown if content.md5 not in on_site]
        claims = [(read_name(content.name), self._read_sidecar(content)) for content in rest]
        md5s, posts = load_known(self.database, (claim for pair in claims for claim in pair))
        for content, (name, metadata) in zip(rest, claims, strict=True):
            self.report.unknown.add(content.place)
            is_post = content.name.partition(".")[0].isdecimal() and not posts.isdisjoint(name.post_ids)
            if is_post or {name.md5, metadata.md5} & md5s or not posts.isdisjoint(metadata.post_ids):
                self.report.other_bytes.add(content.place)
            if name.md5 is None and metadata.md5 not in {None, content.md5}:
                self.report.lied.add(f"{content.place}: its metadata say {metadata.md5}, its bytes are {content.md5}")

    def _hash(self, walk: Walk) -> Iterator[Hashed]:
        fresh = []
        for some in batches(walk.files, _LOOKED_UP_AT_ONCE):
            with self.database.read() as conn:
                known = load_hashes(conn, (found.file for found in some))
            for found in some:
                path, file = found
                if (md5 := known.get(file)) is not None:
                    yield Content(path, file, md5, file.size)
                else:
                    fresh.append(found)
        # Within one batch, what comes first makes no difference.
        yield from hash_all(in_order(self.database, fresh) if len(fresh) > AT_ONCE else fresh)
        for archive in walk.archives:
            yield from hash_members(archive)

    def _count(self, batch: Collection[Content]) -> None:
        report = self.report
        report.considered += len(batch)
        for content in batch:
            report.size += content.size
            report.hashed += content.is_fresh
            name = content.name
            if content.md5 not in name and (claimed := md5_in(name)) not in {None, content.md5}:
                report.lied.add(f"{content.place}: its name says {claimed}, its bytes are {content.md5}")

    def _is_wanted(self, content: Content, kept: Kept | None) -> bool:
        """Tell whether a file would be adopted if a post has it; count it where it would not."""
        report, md5 = self.report, content.md5
        if md5 in self._met:
            report.duplicates += 1
            return False
        if kept is None:
            return True
        state, path, member = kept
        if state == FileState.EXCLUDED:
            report.leave_out(Reason.EXCLUDED, content.place)
        elif state == FileState.STORED:
            if report.method is Method.MOVE and not report.dry_run and is_same_file(self.folder, content, path or ""):
                remove_source(self.folder, content, path or "")  # a killed process did all but this
            report.already_here += 1
            self._met.add(md5)
        elif state != FileState.EXTERNAL or report.method is not Method.LEAVE:
            return True
        elif (path, member) == (content.path, content.member):
            report.already_here += 1
            self._met.add(md5)
        elif os.path.lexists(path or ""):
            report.duplicates += 1
        else:
            return True
        return False

    def _adopt(self, content: Content, original: Original, at: str) -> FileRow | None:
        """Put a file where it shall be, and make its row; None: it could not be, which is counted."""
        report = self.report
        ext = read_ext(original.ext) or read_suffix(content.name)
        name = stored_name(content.md5, FileKind.ORIGINAL, ext or "")
        is_left = report.method is Method.LEAVE
        reason = self._find_obstacle(content) if ext else Reason.NO_TYPE
        if reason is None and not is_left and not report.dry_run:
            reason = self._verify(content) or place(self.folder, content, name, ext or "", report.method)
        if ext is None or reason is not None:
            report.leave_out(reason or Reason.NO_TYPE, content.place)
            return None
        row = FileRow(
            content.md5,
            FileKind.ORIGINAL,
            ext,
            FileState.EXTERNAL if is_left else FileState.STORED,
            content_md5=content.md5,
            size=content.size,
            path=content.path if is_left else name,
            member=content.member if is_left else None,
            is_own=report.method is Method.COPY,
            stored_at=at,
            checked_at=at if content.is_fresh or not is_left else None,
        )
        claim = read_name(content.name)
        metadata = Claim() if claim.md5 == content.md5 else self._read_sidecar(content)
        report.evidence[weigh(claim, metadata, content.md5, original.post_ids)] += 1
        report.files.append(row)
        return row

    def _find_obstacle(self, content: Content) -> Reason | None:
        """Find what keeps a file from being adopted in this way, whether it is done or only planned."""
        match self.report.method:
            case Method.LEAVE if not _is_utf8(content.path):
                return Reason.NOT_UTF8
            case Method.HARDLINK if content.member is not None:
                return Reason.MEMBER_CANNOT_LINK
            case Method.MOVE if content.member is not None:
                return Reason.MEMBER_CANNOT_MOVE
            case Method.HARDLINK if self.device != content.file.device:
                return Reason.CANNOT_LINK
            case _:
                return None

    def _verify(self, content: Content) -> Reason | None:
        """Read a file again whose md5 was only remembered: what gets the name of an md5 is proven."""
        if content.is_fresh:
            return None
        match hash_found(Found(content.path, content.file)):
            case Content(md5=md5) if md5 == content.md5:
                return None
            case Content(md5=md5):
                self._corrected[content.file] = md5
                return Reason.CHANGED
            case (reason, _):
                return reason

    def _read_sidecar(self, content: Content) -> Claim:
        return read_sidecar(content, self.categories) if self.report.sidecars else Claim()

    def _save(
        self, batch: Iterable[Content], rows: list[FileRow], earlier: list[tuple[int, str, str | None]], at: str
    ) -> None:
        """Save rows and hashes in one transaction."""
        hashes = {
            content.file: content.md5
            for content in batch
            if content.is_fresh and content.member is None and is_settled(content.file)
        } | self._corrected
        self._corrected = {}
        if self.report.dry_run or not (rows or hashes):
            return
        with self.database.write() as conn:
            save_files(conn, rows, at=at)
            save_earlier(conn, earlier)
            save_hashes(conn, hashes.items())


def _is_utf8(path: str) -> bool:
    try:
        path.encode()
    except UnicodeEncodeError:
        return False
    return True
