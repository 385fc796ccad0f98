"""A tree of links to kept files: planned from the database, and kept in step with it."""

import errno
import os
import stat
import zipfile
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from itertools import islice
from pathlib import Path
from typing import Final, Literal, NamedTuple

from favsync.app.files.tree.folder import FOLDER, Taken, TreeFolder, chunks_of
from favsync.app.sync.lock import FilesLock
from favsync.clock import as_text, utc_now
from favsync.core.files.tree_plan import Link, TreePlan, plan_tree
from favsync.errors import TreeUnusable
from favsync.private_paths import make_private_folder
from favsync.store.database import Database
from favsync.store.files.trees import Tree, forget_links, load_links, load_tree, save_links, save_tree
from favsync.store.sqlite.upgrade import driver_connection

TreeMethod = Literal["hardlink", "symlink", "copy"]

_AT_ONCE: Final = 2_000
"""Links that are noted in one transaction, and then made."""

OTHER_DISK: Final = "on another disk"
IN_ARCHIVE: Final = "in an archive; --copy takes them out of it"
NOT_THERE: Final = "not there; 'favsync files check' says more"
UNLINKABLE: Final = "not taken by the disk"


class Source(NamedTuple):
    """What a path is to show: a file that is kept, or the text that stands beside it."""

    path: str | None = None
    """Absolute."""
    member: str | None = None
    """In an archive: its name in there."""
    text: bytes | None = None


@dataclass(slots=True)
class TreeReport:
    """What was done to a tree, in files; with `is_dry`, what would be."""

    made: int = 0
    kept: int = 0
    renamed: int = 0
    removed: int = 0
    blocked: list[str] = field(default_factory=list)
    """Paths at which something of the user's stands."""
    left_out: Counter[str] = field(default_factory=Counter)
    """Files without a link, by reason."""
    is_dry: bool = False

    @property
    def exit_code(self) -> int:
        """3: something is left that was wanted."""
        return 3 if self.blocked or self.left_out else 0


@dataclass(frozen=True, slots=True)
class TreeWanted:
    """What a tree is to have: by path the link, and what it is made from."""

    links: Mapping[str, Link]
    sources: Mapping[str, Source]
    left_out: Counter[str]


class TreeUpdate:
    """One update of a tree. `load` loads what it is to have, given the device that it is on."""

    def __init__(
        self,
        database: Database,
        path: Path,
        *,
        template: str,
        method: TreeMethod,
        load: Callable[[int | None], TreeWanted],
    ) -> None:
        self.database = database
        self.path = path
        self.template = template
        self.method: TreeMethod = method
        self._load = load
        self._report = TreeReport()

    def run(self, *, dry_run: bool = False) -> TreeReport:
        """Bring the tree in step. Raises TreeUnusable, AnotherRun, and UsageError."""
        if dry_run:
            self._report.is_dry = True
            device = self.path.stat().st_dev if self.path.is_dir() else None
            wanted = self._load(device)
            listed = {path: link for path, link in self._listed()[1].items() if not path.endswith(FOLDER)}
            plan = plan_tree(wanted.links, listed)
            self._count(plan, wanted, made=len(plan.add))
            return self._report
        with FilesLock(self.database.path):
            try:
                make_private_folder(self.path)
                wanted = self._load(self.path.stat().st_dev)
                with TreeFolder(self.path) as folder:
                    self._update(folder, wanted)
            except OSError as exc:
                raise TreeUnusable(self.path, exc.strerror or type(exc).__name__) from exc
        return self._report

    def _listed(self) -> tuple[Tree | None, dict[str, Link]]:
        with self.database.read() as conn:
            reader = driver_connection(conn)
            tree = load_tree(reader, str(self.path))
            return tree, {} if tree is None else load_links(reader, tree.id)

    def _count(self, plan: TreePlan, wanted: TreeWanted, *, made: int) -> None:
        """Count in files; what is made again at its path counts as made."""
        again = len(set(plan.remove) & set(plan.add))
        report = self._report
        report.kept, report.renamed = len(plan.keep), min(plan.renamed, made)
        report.made = made - report.renamed
        report.removed = len(plan.remove) - again - report.renamed
        report.left_out += wanted.left_out

    def _update(self, folder: TreeFolder, wanted: TreeWanted) -> None:
        tree, listed = self._listed()
        folders = {path: link for path, link in listed.items() if path.endswith(FOLDER)}
        listed = {path: link for path, link in listed.items() if path not in folders}
        theirs, missing = self._look(folder, listed)
        plan = plan_tree(wanted.links, {path: listed[path] for path in listed.keys() - theirs - missing})
        stale = {*theirs, *missing}
        if tree is None or plan.add or plan.remove or stale or (tree.template, tree.method) != self._manner():
            with self.database.write() as conn:
                at = as_text(utc_now())
                tree_id = save_tree(conn, str(self.path), template=self.template, method=self.method, at=at)
                forget_links(conn, tree_id, stale)
            self._remove(folder, tree_id, plan)
            self._add(folder, tree_id, plan, wanted)
            self._remove_folders(folder, tree_id, folders)
        self._count(plan, wanted, made=self._report.made)

    def _manner(self) -> tuple[str, str]:
        return self.template, self.method

    @staticmethod
    def _look(folder: TreeFolder, listed: Mapping[str, Link]) -> tuple[set[str], set[str]]:
        """Find at which paths something of the user's stands instead of what was made, and at which nothing does."""
        theirs, missing = set(), set()
        for path in sorted(listed, key=_by_folder):
            match folder.is_ours(path, listed[path]):
                case None:
                    missing.add(path)
                case False:
                    theirs.add(path)
        return theirs, missing

    def _remove(self, folder: TreeFolder, tree_id: int, plan: TreePlan) -> None:
        for some in _parts(sorted(plan.remove, key=_by_folder)):
            for path in some:
                folder.remove(path)
            with self.database.write() as conn:
                forget_links(conn, tree_id, some)

    def _add(self, folder: TreeFolder, tree_id: int, plan: TreePlan, wanted: TreeWanted) -> None:
        """Note what is to be made, then make it: who is killed in between knows it by what it is."""
        for some in _parts(sorted(plan.add, key=_by_folder)):
            free = [path for path in some if self._is_free(folder, path)]
            with self.database.write() as conn:
                save_links(conn, tree_id, ((path, wanted.links[path]) for path in free))
            folder.made.clear()
            changed: list[tuple[str, Link]] = []
            failed: list[str] = []
            for path in free:
                try:
                    link = self._make(folder, path, wanted)
                except Taken:
                    failed.append(path)
                    self._report.blocked.append(path)
                except _LeftOut as exc:
                    failed.append(path)
                    self._report.left_out[str(exc)] += 1
                else:
                    self._report.made += 1
                    if link is not wanted.links[path]:
                        changed.append((path, link))
            for path in folder.made:
                if (found := folder.find(path.removesuffix(FOLDER))) is not None:
                    changed.append((path, Link(None, found.st_dev, found.st_ino)))
            if changed or failed:
                with self.database.write() as conn:
                    forget_links(conn, tree_id, failed)
                    save_links(conn, tree_id, changed)

    def _is_free(self, folder: TreeFolder, path: str) -> bool:
        try:
            if folder.find(path) is None:
                return True
        except Taken:
            pass
        self._report.blocked.append(path)
        return False

    def _make(self, folder: TreeFolder, path: str, wanted: TreeWanted) -> Link:
        """Make what is wanted at a path; return it with what tells it from other files. Raises Taken and _LeftOut."""
        link, source = wanted.links[path], wanted.sources[path]
        try:
            if source.text is not None:
                found = folder.write(iter((source.text,)), path)
            elif source.path is None:
                raise _LeftOut(NOT_THERE)
            elif self.method == "hardlink":
                folder.link(source.path, path)
                return link
            elif self.method == "symlink":
                folder.symlink(link.target or "", path)
                return link
            else:
                found = _copy(folder, source, path)
        except FileNotFoundError as exc:
            raise _LeftOut(NOT_THERE) from exc
        except OSError as exc:
            if exc.errno == errno.EXDEV:
                raise _LeftOut(OTHER_DISK) from exc
            if exc.errno in {errno.EMLINK, errno.EINVAL, errno.ENAMETOOLONG, errno.EILSEQ}:
                raise _LeftOut(UNLINKABLE) from exc
            raise
        return Link(
            link.file_id, found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns, content_md5=link.content_md5
        )

    def _remove_folders(self, folder: TreeFolder, tree_id: int, folders: Mapping[str, Link]) -> None:
        """Remove the folders that favsync made and that are empty now, the innermost first."""
        gone = [
            path
            for path in sorted(folders, key=lambda path: path.count("/"), reverse=True)
            if folder.remove_folder(path, folders[path].inode)
        ]
        if gone:
            with self.database.write() as conn:
                forget_links(conn, tree_id, gone)


class _LeftOut(Exception):
    """A link that cannot be made, and why."""


def _copy(folder: TreeFolder, source: Source, path: str) -> os.stat_result:
    assert source.path is not None  # noqa: S101 - for the type checker
    descriptor = os.open(source.path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode):
            raise _LeftOut(NOT_THERE)
        if source.member is None:
            return folder.write(chunks_of(descriptor), path, mtime_ns=found.st_mtime_ns)
        with os.fdopen(os.dup(descriptor), "rb") as file, closing(zipfile.ZipFile(file)) as archive:
            return folder.write(_member(archive, source.member), path, mtime_ns=found.st_mtime_ns)
    except (zipfile.BadZipFile, KeyError, NotImplementedError, RuntimeError) as exc:
        raise _LeftOut(NOT_THERE) from exc
    finally:
        os.close(descriptor)


def _member(archive: zipfile.ZipFile, name: str) -> Iterator[bytes]:
    with archive.open(name) as member:
        while data := member.read(1 << 20):
            yield data


def _by_folder(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder, name


def _parts(paths: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(paths)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
