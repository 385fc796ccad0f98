"""Small files that people write, read without trust: what is no regular file, or is endless, is an error at once."""

import errno
import os
import stat
from pathlib import Path
from typing import Final

LONGEST: Final = 1_000_000
"""Bytes: settings and keys are a page or two."""

_KINDS: Final = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def open_regular(path: Path) -> int:
    """Open a file to read it, and return its descriptor. Raises OSError, also for what is no regular file.

    It waits for nobody: a named pipe has no end until somebody writes into it. `/dev/null` is an empty file.
    """
    fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK)
    try:
        _require_regular(os.fstat(fd))
    except BaseException:
        os.close(fd)
        raise
    return fd


def _require_regular(found: os.stat_result) -> None:
    if stat.S_ISDIR(found.st_mode):
        raise OSError(errno.EISDIR, os.strerror(errno.EISDIR))
    if not stat.S_ISREG(found.st_mode) and not _is_null(found):
        raise OSError(errno.EINVAL, f"It is {_KINDS.get(stat.S_IFMT(found.st_mode), 'something else')}, no file")


def read_regular(fd: int) -> bytes:
    """Read a file from its beginning to its end. Raises OSError, also for one that is longer than LONGEST."""
    with os.fdopen(os.dup(fd), "rb") as file:
        text = file.read(LONGEST + 1)
    if len(text) > LONGEST:
        raise OSError(errno.EFBIG, f"It is longer than {LONGEST:,} bytes")
    return text


def _is_null(found: os.stat_result) -> bool:
    return stat.S_ISCHR(found.st_mode) and found.st_rdev == Path(os.devnull).stat().st_rdev
