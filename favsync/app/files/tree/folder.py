"""The folder of a tree, in which strangers may do what they like: nothing is done outside of it, or to what is theirs.

Each folder is opened by its name in the one above, and none that is a link. Whatever is removed was looked at before,
in that same open folder.
"""

import errno
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from favsync.app.files.folder import FOLDER_FLAGS, flush, hash_file
from favsync.core.files.tree_plan import Link
from favsync.private_paths import OWNER_ONLY, PRIVATE_FOLDER, READ_FLAGS

FOLDER: Final = "/"
"""The end of a path that stands for a folder which favsync made."""

_UNFINISHED: Final = ".favsync-unfinished"
_NO_LINKS: Final = frozenset({errno.EPERM, errno.ENOSYS, errno.EOPNOTSUPP})


class Taken(Exception):
    """Something of the user's stands where a link, or a folder for one, is wanted."""


class TreeFolder:
    """The folder of one tree, with nothing in it where there is none. A context manager.

    Paths are relative to it, with `/`. Its path has no link in it. Methods raise OSError.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.made: dict[str, Link] = {}
        """Folders that were made since it was opened, outermost first."""
        self._root = -1
        self._open: tuple[str, int] | None = None

    def __enter__(self) -> Self:
        with suppress(FileNotFoundError):
            self._root = os.open(self.path, FOLDER_FLAGS)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._leave()
        if self._root >= 0:
            os.close(self._root)

    def find(self, path: str, *, make: bool = False) -> os.stat_result | None:
        """Look at what stands at a path; None: nothing does. Raises Taken where no folder leads there, or can be made.

        With `make`, its folder is made where it is missing.
        """
        try:
            folder, name = self._folder_of(path, make=make)
            return os.stat(name, dir_fd=folder, follow_symlinks=False)
        except FileNotFoundError:
            return None

    def is_ours(self, path: str, link: Link) -> bool | None:
        """Tell whether what stands at a path is what favsync made there; None: nothing stands there."""
        try:
            found = self.find(path)
        except Taken:
            found = None
        if found is None:
            return None
        if link.target is not None:
            return stat.S_ISLNK(found.st_mode) and self._target(path) == link.target
        if not stat.S_ISREG(found.st_mode):
            return False
        if link.inode:
            # The number of a file that is no more may be another's now: its size and time are not.
            # That of its disk may be another after each start of the system.
            return (found.st_ino, found.st_size, found.st_mtime_ns) == (link.inode, link.size, link.mtime_ns)
        # It was to be made when favsync was killed.
        return self._md5(path) == link.content_md5

    def link(self, source: str, path: str) -> None:
        """Make a hard link. Raises Taken."""
        with self._making(path) as (folder, name):
            os.link(source, name, dst_dir_fd=folder, follow_symlinks=False)

    def symlink(self, target: str, path: str) -> None:
        """Make a symbolic link. Raises Taken."""
        with self._making(path) as (folder, name):
            os.symlink(target, name, dir_fd=folder)

    def write(self, chunks: Iterator[bytes], path: str, *, mtime_ns: int | None = None) -> os.stat_result:
        """Write a file under another name, and give it its own when it is whole. Raises Taken."""
        with self._making(path) as (folder, name):
            unfinished = _unfinished(name)
            with suppress(FileNotFoundError):
                os.unlink(unfinished, dir_fd=folder)
            flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
            with os.fdopen(os.open(unfinished, flags, OWNER_ONLY, dir_fd=folder), "wb") as file:
                try:
                    for chunk in chunks:
                        file.write(chunk)
                    file.flush()
                    if mtime_ns is not None:
                        os.utime(file.fileno(), ns=(mtime_ns, mtime_ns))
                    flush(file.fileno())
                    self._give_name(folder, unfinished, name)
                    return os.fstat(file.fileno())
                finally:
                    with suppress(FileNotFoundError):
                        os.unlink(unfinished, dir_fd=folder)

    def remove(self, path: str, link: Link) -> None:
        """Remove what favsync made at a path; what is not that any more stays."""
        if self.is_ours(path, link):
            folder, name = self._folder_of(path)
            os.unlink(name, dir_fd=folder)

    def remove_unfinished(self, path: str) -> None:
        """Remove what was written for a path when favsync was killed."""
        with suppress(FileNotFoundError, Taken):
            folder, name = self._folder_of(path)
            os.unlink(_unfinished(name), dir_fd=folder)

    def remove_folder(self, path: str, inode: int) -> bool:
        """Remove a folder that favsync made, if it is empty; tell whether it is not there any more."""
        self._leave()
        path = path.removesuffix(FOLDER)
        try:
            found = self.find(path)
            if found is None or found.st_ino != inode:
                return True
            folder, name = self._folder_of(path)
            os.rmdir(name, dir_fd=folder)
        except Taken:
            return True
        except OSError as exc:
            if exc.errno in {errno.ENOTEMPTY, errno.EEXIST, errno.EBUSY}:
                return False
            raise
        return True

    @contextmanager
    def _making(self, path: str) -> Iterator[tuple[int, str]]:
        try:
            yield self._folder_of(path)
        except FileExistsError as exc:
            raise Taken from exc

    def _give_name(self, folder: int, unfinished: str, name: str) -> None:
        try:
            os.link(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder, follow_symlinks=False)
        except OSError as exc:
            if exc.errno not in _NO_LINKS:
                raise
            # FAT knows no links, and there is no other way that never replaces a file.
            with suppress(FileNotFoundError):
                os.stat(name, dir_fd=folder, follow_symlinks=False)
                raise FileExistsError(name) from exc
            os.rename(unfinished, name, src_dir_fd=folder, dst_dir_fd=folder)

    def _folder_of(self, path: str, *, make: bool = False) -> tuple[int, str]:
        """Open the folder of a path, which stays open until another is needed; give its descriptor and the name."""
        folder, _, name = path.rpartition("/")
        if self._root < 0:
            raise FileNotFoundError(errno.ENOENT, os.strerror(errno.ENOENT), str(self.path))
        if not folder:
            return self._root, name
        if self._open is None or self._open[0] != folder:
            self._leave()
            self._open = (folder, self._opened(folder, make=make))
        return self._open[1], name

    def _opened(self, folder: str, *, make: bool) -> int:
        descriptor, way = self._root, ""
        for part in folder.split("/"):
            way = f"{way}/{part}" if way else part
            above = descriptor
            try:
                is_made = make and _make_folder(part, above)
                descriptor = os.open(part, FOLDER_FLAGS, dir_fd=above)
                if is_made:
                    found = os.fstat(descriptor)
                    self.made[way + FOLDER] = Link(None, found.st_dev, found.st_ino)
            except OSError as exc:
                if exc.errno in {errno.ENOTDIR, errno.ELOOP}:
                    raise Taken from exc
                raise
            finally:
                if above != self._root:
                    os.close(above)
        return descriptor

    def _leave(self) -> None:
        opened, self._open = self._open, None
        if opened is not None:
            os.close(opened[1])

    def _target(self, path: str) -> str | None:
        folder, name = self._folder_of(path)
        try:
            return os.readlink(name, dir_fd=folder)
        except OSError:
            return None

    def _md5(self, path: str) -> str:
        folder, name = self._folder_of(path)
        descriptor = os.open(name, READ_FLAGS, dir_fd=folder)
        try:
            return hash_file(descriptor)[0]
        finally:
            os.close(descriptor)


def _make_folder(name: str, above: int) -> bool:
    try:
        os.mkdir(name, PRIVATE_FOLDER, dir_fd=above)
    except FileExistsError:
        return False
    return True


def _unfinished(name: str) -> str:
    return f".{hashlib.md5(name.encode(), usedforsecurity=False).hexdigest()}{_UNFINISHED}"
