"""The files folder on the disk: names that lead nowhere else, and files that get their name when they are proven.

    ab/cd/MD5.EXT             a file
    ab/cd/MD5.EXT.part        what was fetched of it so far
    ab/cd/MD5.EXT.part.mark   what the host called that version, so that the rest can be asked for

Every folder below the files folder is opened by its name in the one above, and none that is a link: whatever somebody
puts there, nothing is written elsewhere.
"""

import errno
import fcntl
import hashlib
import os
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import Final, Self

from favsync.core.files.download import Content, Part
from favsync.core.files.names import BEGINNING, begins_as
from favsync.errors import DiskFull, FilesFolderUnusable
from favsync.private_paths import OWNER_ONLY, PRIVATE_FOLDER, READ_FLAGS, make_private_folder, nearest_folder

PART: Final = ".part"
MARK: Final = ".part.mark"
_CHUNK: Final = 1 << 20
_LONGEST_MARK: Final = 1_000
FOLDER_FLAGS: Final = os.O_RDONLY | os.O_DIRECTORY | os.O_NOFOLLOW | os.O_CLOEXEC
FULL: Final = frozenset({errno.ENOSPC, errno.EDQUOT, errno.EFBIG})
"""How a system says that a disk takes no more."""

_CANNOT_SYNC: Final = frozenset({errno.EINVAL, errno.ENOTSUP, errno.ENOSYS})


class FilesFolder:
    """The folder in which the files are. Its methods raise FilesFolderUnusable, and DiskFull."""

    def __init__(self, path: Path) -> None:
        self.path = path
        """Absolute. It may be a link itself: to another disk, say."""

    def prepare(self) -> None:
        """Make the folder, if it is missing."""
        with self.translated():
            make_private_folder(self.path)
            os.close(os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC))

    @property
    def is_empty(self) -> bool:
        """True where nothing is in it, or it is not there: its disk may not be mounted."""
        with suppress(OSError):
            return not any(self.path.iterdir())
        return True

    def free_bytes(self) -> int:
        """Count the bytes that fit on its disk for this user."""
        with self.translated():
            found = os.statvfs(nearest_folder(self.path))
        return found.f_bavail * found.f_frsize

    @contextmanager
    def opened_folder(self, name: str, *, make: bool = False) -> Iterator[tuple[int, str]]:
        """Open the folder of a name like `ab/cd/MD5.EXT`; give its descriptor, and the last part of the name.

        Raises FileNotFoundError if it is missing, unless `make`, and FilesFolderUnusable if a link stands in the way.
        """
        *folders, last = name.split("/")
        if any(part in {"", ".", ".."} or "\0" in part for part in (*folders, last)):
            raise FilesFolderUnusable(self.path, f"'{name}' is no name in it")
        descriptor = os.open(self.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            for folder in folders:
                if make:
                    with suppress(FileExistsError):
                        os.mkdir(folder, PRIVATE_FOLDER, dir_fd=descriptor)
                below = os.open(folder, FOLDER_FLAGS, dir_fd=descriptor)
                os.close(descriptor)
                descriptor = below
            yield descriptor, last
        finally:
            os.close(descriptor)

    @contextmanager
    def opened(self, name: str) -> Iterator[int]:
        """Open a file in it to be read; give its descriptor. Raises FileNotFoundError, and FilesFolderUnusable."""
        with self.translated(), self.opened_folder(name) as (folder, last):
            descriptor = os.open(last, READ_FLAGS, dir_fd=folder)
            try:
                if not stat.S_ISREG(os.fstat(descriptor).st_mode):
                    raise FilesFolderUnusable(self.path, f"'{name}' is no file")
                yield descriptor
            finally:
                os.close(descriptor)

    def remove(self, name: str) -> None:
        """Delete a file in it, if it is there."""
        with self.translated(), suppress(FileNotFoundError), self.opened_folder(name) as (folder, last):
            os.unlink(last, dir_fd=folder)
            flush(folder)

    @contextmanager
    def translated(self, *, is_ours: bool = False) -> Iterator[None]:
        """Turn what the system says of the folder into favsync's own errors; FileNotFoundError of a file stays.

        `is_ours`: the file is one that this process just made, so that somebody took it away.
        """
        try:
            yield
        except FileNotFoundError as exc:
            if not self.path.is_dir():
                raise FilesFolderUnusable(self.path, "it is not there") from exc
            if is_ours:
                raise FilesFolderUnusable(self.path, "what is in it is being removed meanwhile") from exc
            raise
        except BlockingIOError:
            raise
        except OSError as exc:
            if exc.errno in FULL:
                raise DiskFull(self.path) from exc
            why = "a link or a file is in the way" if exc.errno in {errno.ELOOP, errno.ENOTDIR} else exc.strerror
            raise FilesFolderUnusable(self.path, (why or "it cannot be used").lower()) from exc


class PartFile:
    """A file that is being fetched. A context manager; what was written stays as a `.part`, unless it was finished.

    Entering raises BlockingIOError while another process fetches the same file.
    """

    def __init__(self, folder: FilesFolder, name: str) -> None:
        self.folder = folder
        self.name = name
        self.held: Part | None = None
        """What a former try has kept, and may be gone on with."""
        self.size = 0
        """Bytes that it holds now."""
        self._hash = hashlib.md5(usedforsecurity=False)
        self._hashed = 0
        self._fd = -1
        self._last = ""
        self._folder_fd = -1

    def __enter__(self) -> Self:
        with self.folder.translated(is_ours=True), self.folder.opened_folder(self.name, make=True) as (folder, last):
            flags = os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
            fd = os.open(last + PART, flags, OWNER_ONLY, dir_fd=folder)
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
                size = self._own_size(fd)
                mark = _read_mark(folder, last)
                self._folder_fd = os.dup(folder)
            except BaseException:
                os.close(fd)
                raise
        self._fd, self._last, self.size = fd, last, size
        self.held = Part(size, mark) if size and mark else None
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        fd, self._fd = self._fd, -1
        try:
            # Of an empty one nothing can be gone on with.
            if self._last and self.size == 0:
                for name in (self._last + PART, self._last + MARK):
                    with suppress(OSError):
                        os.unlink(name, dir_fd=self._folder_fd)
        finally:
            os.close(fd)
            os.close(self._folder_fd)

    def begin(self, mark: str | None) -> None:
        """Throw away what is held: what comes is of the version `mark`."""
        with self.folder.translated(is_ours=True):
            os.ftruncate(self._fd, 0)
            self.size = self._hashed = 0
            self._hash = hashlib.md5(usedforsecurity=False)
            with suppress(FileNotFoundError):
                os.unlink(self._last + MARK, dir_fd=self._folder_fd)
            if mark:  # before the first byte: one that is left alone can only be fetched again
                flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_NOFOLLOW | os.O_CLOEXEC
                written = os.open(self._last + MARK, flags, OWNER_ONLY, dir_fd=self._folder_fd)
                try:
                    os.write(written, mark.encode("latin-1", "replace")[:_LONGEST_MARK])
                finally:
                    os.close(written)

    def write(self, data: bytes) -> None:
        """Put bytes behind the others, and into the md5."""
        with self.folder.translated(is_ours=True):
            self._catch_up()
            left = memoryview(data)
            while left:
                done = os.pwrite(self._fd, left, self.size)
                self._hash.update(left[:done])
                self.size += done
                self._hashed += done
                left = left[done:]

    def content(self, ext: str) -> Content:
        """Judge what is held, all of it."""
        with self.folder.translated(is_ours=True):
            self._catch_up()
            beginning = os.pread(self._fd, BEGINNING, 0)
        return Content(self._hash.hexdigest(), self.size, begins_as(ext, beginning))

    def finish(self, *, mtime: float | None = None) -> None:
        """Flush it, give it its name, and flush the name. `mtime` is when it was posted, in seconds since 1970."""
        with self.folder.translated(is_ours=True):
            if mtime is not None:
                os.utime(self._fd, (mtime, mtime))
            os.fchmod(self._fd, OWNER_ONLY)
            flush(self._fd)
            os.rename(self._last + PART, self._last, src_dir_fd=self._folder_fd, dst_dir_fd=self._folder_fd)
            with suppress(FileNotFoundError):
                os.unlink(self._last + MARK, dir_fd=self._folder_fd)
            flush(self._folder_fd)
            self._last = ""

    def discard(self) -> None:
        """Throw away what is held."""
        with self.folder.translated(is_ours=True):
            os.ftruncate(self._fd, 0)
        self.size = self._hashed = 0

    def _own_size(self, fd: int) -> int:
        """The size of a `.part`, which has no other name: another one would be somebody's file, and written into."""
        found = os.fstat(fd)
        if not stat.S_ISREG(found.st_mode) or found.st_nlink != 1:
            raise FilesFolderUnusable(self.folder.path, f"'{self.name}{PART}' is no file of favsync's")
        return found.st_size

    def _catch_up(self) -> None:
        """Take what a former try has kept into the md5, once more bytes are added or it is judged."""
        while self._hashed < self.size:
            data = os.pread(self._fd, min(_CHUNK, self.size - self._hashed), self._hashed)
            if not data:
                raise FilesFolderUnusable(self.folder.path, f"'{self.name}{PART}' became shorter meanwhile")
            self._hash.update(data)
            self._hashed += len(data)


def is_fetched_now(folder: int, last: str) -> bool:
    """Tell whether a process holds the `.part` of a file, by its last name in an open folder."""
    try:
        descriptor = os.open(last + PART, READ_FLAGS, dir_fd=folder)
    except OSError:
        return False
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        return True
    finally:
        os.close(descriptor)
    return False


def flush(descriptor: int) -> None:
    """Let what was written outlast a power cut, where the disk can do that: some network disks cannot."""
    try:
        os.fsync(descriptor)
    except OSError as exc:
        if exc.errno not in _CANNOT_SYNC:
            raise


def hash_file(descriptor: int) -> tuple[str, int]:
    """Return md5 and size of an open file, from its first byte on."""
    hashed, size = hashlib.md5(usedforsecurity=False), 0
    while data := os.pread(descriptor, _CHUNK, size):
        hashed.update(data)
        size += len(data)
    return hashed.hexdigest(), size


def _read_mark(folder: int, last: str) -> str | None:
    try:
        descriptor = os.open(last + MARK, READ_FLAGS, dir_fd=folder)
    except OSError:
        return None
    try:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            return None
        return os.read(descriptor, _LONGEST_MARK).decode("latin-1") or None
    finally:
        os.close(descriptor)
