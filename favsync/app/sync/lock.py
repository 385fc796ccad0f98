"""One run at a time: a lock of the operating system on a file beside the database.

The system frees the lock when its holder ends, however it ends: a dead holder's lock needs no taking over, and none is
ever stolen from a live one. The holder writes its process id into the file, for the words to those who find it locked.
"""

import contextlib
import errno
import fcntl
import os
from pathlib import Path
from types import TracebackType
from typing import Self

from favsync.errors import AnotherRun, DatabaseReadOnly, DatabaseTrouble

_HELD_ELSEWHERE = (errno.EACCES, errno.EAGAIN, errno.EWOULDBLOCK)
_NOT_WRITABLE = (errno.EACCES, errno.EPERM, errno.EROFS)


class RunLock:
    """Keeps two runs on one database apart, between processes and within one. A context manager, good for one use.

    Entering raises AnotherRun when it is held, and never waits. The file (`NAME.lock`) stays when the lock is given
    back: deleting it would let two runs hold two files of one name.
    """

    _SUFFIX = ".lock"
    _WHAT = "run is using"

    def __init__(self, database: Path) -> None:
        self.database = database
        # However a database is reached, through a symbolic link or not, it has one lock.
        real = database.resolve()
        self.path = real.with_name(f"{real.name}{self._SUFFIX}")
        self._fd: int | None = None

    def __enter__(self) -> Self:
        try:
            fd = os.open(self.path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW, 0o600)
        except OSError as exc:
            words = f"{self.path} cannot be opened: {os.strerror(exc.errno or 0)}. Every run needs it."
            raise (DatabaseReadOnly if exc.errno in _NOT_WRITABLE else DatabaseTrouble)(words) from exc
        try:
            fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as exc:
            holder = _live_holder(fd)
            os.close(fd)
            if exc.errno in _HELD_ELSEWHERE:
                raise AnotherRun(self.database, holder, what=self._WHAT) from exc
            raise DatabaseTrouble(f"{self.path} cannot be locked: {os.strerror(exc.errno or 0)}.") from exc
        self._fd = fd
        # Nobody is refused for a lack of room: who finds the lock held is then told no process id.
        with contextlib.suppress(OSError):
            os.ftruncate(fd, 0)
            os.pwrite(fd, f"{os.getpid()}\n".encode(), 0)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, exc: BaseException | None, trace: TracebackType | None
    ) -> None:
        fd, self._fd = self._fd, None
        if fd is not None:
            with contextlib.suppress(OSError):
                os.ftruncate(fd, 0)
            os.close(fd)


class FilesLock(RunLock):
    """Keeps two fetches of files apart, and a fetch from all else that changes the files folder; no run of a sync."""

    _SUFFIX = ".files.lock"
    _WHAT = "command is changing the files of"


def _live_holder(fd: int) -> int | None:
    """The process id in the lock file. None: not written yet, or left behind by a process that is no more."""
    with contextlib.suppress(OSError, ValueError, OverflowError):
        pid = int(os.pread(fd, 32, 0))
        if pid <= 0:  # to the system, a whole group of processes
            return None
        with contextlib.suppress(PermissionError):  # alive, and another user's
            os.kill(pid, 0)  # signal 0 only asks
        return pid
    return None
