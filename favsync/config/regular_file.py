"""Small files that people write, read without trust: what is no regular file, or is endless, is an error at once."""

import errno
import os
import stat
from pathlib import Path
from typing import BinaryIO, Final

LONGEST: Final = 1_000_000
"""Bytes: settings and keys are a page or two."""

_KINDS: Final = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


def open_regular(path: Path) -> BinaryIO:
    """Open a file to read it. Raises OSError, also for what is no regular file.

    It never waits: a named pipe has no end until somebody writes into it. `/dev/null` is an empty file.
    """
    file = os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb")
    found = os.fstat(file.fileno())
    is_null = stat.S_ISCHR(found.st_mode) and found.st_rdev == Path(os.devnull).stat().st_rdev
    if not stat.S_ISREG(found.st_mode) and not is_null:
        file.close()
        raise OSError(errno.EINVAL, f"It is {_KINDS.get(stat.S_IFMT(found.st_mode), 'something else')}, no file")
    return file


def read_regular(file: BinaryIO) -> bytes:
    """Read a file from its beginning to its end. Raises OSError, also for one that is longer than LONGEST."""
    text = file.read(LONGEST + 1)
    if len(text) > LONGEST:
        raise OSError(errno.EFBIG, f"It is longer than {LONGEST:,} bytes")
    return text
