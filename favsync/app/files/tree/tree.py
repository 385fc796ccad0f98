"""A tree of links to kept files: planned from the database, and kept in step with it."""

import errno
import os
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import nullcontext
from dataclasses import dataclass, field
from hashlib import md5
from itertools import islice
from pathlib import Path
from typing import Final, Literal, NamedTuple

from favsync.app.files.adopt.archives import UNREADABLE, read_kept
from favsync.app.files.adopt.hashing import ChangedMeanwhile
from favsync.app.files.adopt.walk import identity
from favsync.app.files.folder import FULL
from favsync.app.files.tree.folder import FOLDER, Taken, TreeFolder
from favsync.app.sync.lock import FilesLock
from favsync.clock import as_text, utc_now
from favsync.core.files.tree_plan import Link, TreePlan, plan_tree
from favsync.errors import DiskFull, TreeUnusable
from favsync.private_paths import make_private_folder, nearest_folder
from favsync.store.database import Database
from favsync.store.files.hashes import Identity
from favsync.store.files.trees import Tree, forget_links, load_links, load_tree, save_links, save_tree
from favsync.store.sqlite.upgrade import driver_connection

TreeMethod = Literal["hardlink", "symlink", "copy"]

_AT_ONCE: Final = 2_000
"""Links that are noted in one transaction, and then made."""

OTHER_DISK: Final = "on another disk; --symlink or --copy takes them"
IN_ARCHIVE: Final = "in an archive; --copy takes them out of it"
NOT_THERE: Final = "not there; 'favsync files check' says more"
NAME_TAKEN: Final = "tags or metadata for which another link has the name; put {ext} at the end of the template"
UNLINKABLE: Final = "with a link or a name that the disk does not take; --copy makes no links"
_UNLINKABLE: Final = frozenset(
    {errno.EMLINK, errno.EINVAL, errno.ENAMETOOLONG, errno.EILSEQ, errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP}
)


class Source(NamedTuple):
    """What a path is to show: a file that is kept, or the text that stands beside it."""

    path: str | None = None
    """Absolute."""
    member: str | None = None
    """In an archive: its name in there."""
    post_id: int | None = None
    """The post whose text stands beside a file."""


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
    texts: Callable[[Iterable[int]], Mapping[int, bytes]]
    """Loads what stands beside the files of some posts: of all of them, it would not fit into memory."""


class TreeUpdate:
    """One update of a tree. `load` loads what it is to have, given the device that it is on."""

    def __init__(
        self,
        database: Database,
        path: Path,
        *,
        template: str,
        method: TreeMethod,
        load: Callable[[int], TreeWanted],
    ) -> None:
        self.database = database
        self.path = path
        self.template = template
        self.method: TreeMethod = method
        self._load = load
        self._report = TreeReport()

    def run(self, *, dry_run: bool = False) -> TreeReport:
        """Bring the tree in step. Raises TreeUnusable, DiskFull, AnotherRun, and UsageError."""
        self._report.is_dry = dry_run
        with nullcontext() if dry_run else FilesLock(self.database.path):
            try:
                wanted = self._load(nearest_folder(self.path).stat().st_dev)
                if not dry_run:
                    make_private_folder(self.path)
                with TreeFolder(self.path) as folder:
                    self._update(folder, wanted)
            except OSError as exc:
                if exc.errno in FULL:
                    raise DiskFull(self.path) from exc
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
        settled, stale = self._look(folder, listed, wanted.links)
        listed |= settled
        plan = plan_tree(wanted.links, {path: listed[path] for path in listed.keys() - stale})
        manner = (self.template, self.method)
        if self._report.is_dry:
            removed = set(plan.remove)
            self._report.made = sum(path in removed or self._is_free(folder, path) for path in plan.add)
        elif tree is None or plan.add or plan.remove or stale or settled or (tree.template, tree.method) != manner:
            with self.database.write() as conn:
                at = as_text(utc_now())
                tree_id = save_tree(conn, str(self.path), template=self.template, method=self.method, at=at)
                save_links(conn, tree_id, settled.items())
                forget_links(conn, tree_id, stale)
            self._remove(folder, tree_id, plan, listed)
            # A folder whose name is to be a link's has to go before; others stay as they are if links come into them.
            is_in_the_way = any(path.removesuffix(FOLDER) in wanted.links for path in folders)
            if is_in_the_way:
                self._remove_folders(folder, tree_id, folders)
            self._add(folder, tree_id, plan, wanted)
            if not is_in_the_way:
                self._remove_folders(folder, tree_id, folders)
        self._count(plan, wanted, made=self._report.made)

    def _look(
        self, folder: TreeFolder, listed: Mapping[str, Link], wanted: Mapping[str, Link]
    ) -> tuple[dict[str, Link], set[str]]:
        """Look at what was made: (what is told by something else now, where nothing or something of the user's is).

        The first is what was whole when favsync was killed, and a hard link to a file that was touched, or that moved
        to another disk together with the tree.
        """
        settled, stale = {}, set()
        for path in sorted(listed, key=_by_folder):
            link, now = listed[path], wanted.get(path)
            is_begun = link.content_md5 is not None and not link.inode
            if is_begun and not self._report.is_dry:
                folder.remove_unfinished(path)
            if folder.is_ours(path, link):
                if is_begun and (found := folder.find(path)) is not None:
                    settled[path] = _made(link, found)
            elif now is not None and now.inode and folder.is_ours(path, now):
                settled[path] = now
            else:
                stale.add(path)
        return settled, stale

    def _remove(self, folder: TreeFolder, tree_id: int, plan: TreePlan, listed: Mapping[str, Link]) -> None:
        for some in _parts(sorted(plan.remove, key=_by_folder)):
            for path in some:
                folder.remove(path, listed[path])
            with self.database.write() as conn:
                forget_links(conn, tree_id, some)

    def _add(self, folder: TreeFolder, tree_id: int, plan: TreePlan, wanted: TreeWanted) -> None:
        """Note what is to be made, then make it: who is killed in between knows it by what it is."""
        for some in _parts(sorted(plan.add, key=_by_folder)):
            folder.made.clear()
            free = [path for path in some if self._is_free(folder, path, make=True)]
            sources = {path: wanted.sources[path] for path in free}
            texts = wanted.texts(each.post_id for each in sources.values() if each.post_id is not None)
            links = {path: wanted.links[path] for path in free}
            for path, source in sources.items():
                if source.post_id is not None:
                    links[path] = Link(None, content_md5=md5(texts[source.post_id], usedforsecurity=False).hexdigest())
            with self.database.write() as conn:
                save_links(conn, tree_id, (*folder.made.items(), *links.items()))
            changed: list[tuple[str, Link]] = []
            failed: list[str] = []
            try:
                for path in free:
                    try:
                        link = self._make(folder, path, links[path], sources[path], texts)
                    except Taken:
                        failed.append(path)
                        self._report.blocked.append(path)
                    except _LeftOut as exc:
                        failed.append(path)
                        self._report.left_out[str(exc)] += 1
                    else:
                        self._report.made += 1
                        if link is not links[path]:
                            changed.append((path, link))
            finally:
                if changed or failed:
                    with self.database.write() as conn:
                        forget_links(conn, tree_id, failed)
                        save_links(conn, tree_id, changed)

    def _is_free(self, folder: TreeFolder, path: str, *, make: bool = False) -> bool:
        """Whether nothing stands at a path; `make` the folder for it. What does is counted."""
        try:
            if folder.find(path, make=make) is None:
                return True
            self._report.blocked.append(path)
        except Taken:
            self._report.blocked.append(path)
        except OSError as exc:
            if exc.errno not in _UNLINKABLE:
                raise
            self._report.left_out[UNLINKABLE] += 1
        return False

    def _make(self, folder: TreeFolder, path: str, link: Link, source: Source, texts: Mapping[int, bytes]) -> Link:
        """Make what is wanted at a path; return it with what tells it from other files. Raises Taken and _LeftOut."""
        try:
            if source.post_id is not None:
                found = folder.write(iter((texts[source.post_id],)), path)
            elif source.path is None:
                raise _LeftOut(NOT_THERE)
            elif self.method == "hardlink":
                folder.link(source.path, path)
                return link
            elif self.method == "symlink":
                folder.symlink(link.target or "", path)
                return link
            else:
                found = _copy(folder, source.path, source.member, path)
        except FileNotFoundError as exc:
            if source.path is None or os.path.lexists(source.path):
                raise  # the folder of the tree is not there any more
            raise _LeftOut(NOT_THERE) from exc
        except OSError as exc:
            if exc.errno == errno.EXDEV:
                raise _LeftOut(OTHER_DISK) from exc
            if exc.errno in _UNLINKABLE:
                raise _LeftOut(UNLINKABLE) from exc
            raise
        return _made(link, found)

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


def _made(link: Link, found: os.stat_result) -> Link:
    """A copy, or what stands beside a file, with what tells that it is still that."""
    return link._replace(device=found.st_dev, inode=found.st_ino, size=found.st_size, mtime_ns=found.st_mtime_ns)


def _copy(folder: TreeFolder, source: str, member: str | None, path: str) -> os.stat_result:
    found = os.lstat(source)
    return folder.write(_pieces(source, identity(found), member), path, mtime_ns=found.st_mtime_ns)


def _pieces(source: str, file: Identity, member: str | None) -> Iterator[bytes]:
    """Read what is copied. Raises _LeftOut for what is not there as it was kept, and OSError."""
    try:
        yield from read_kept(source, file, member)
    except OSError:
        raise
    except (ChangedMeanwhile, *UNREADABLE) as exc:
        raise _LeftOut(NOT_THERE) from exc


def _by_folder(path: str) -> tuple[str, str]:
    folder, _, name = path.rpartition("/")
    return folder, name


def _parts(paths: Iterable[str]) -> Iterator[list[str]]:
    rest = iter(paths)
    while some := list(islice(rest, _AT_ONCE)):
        yield some
