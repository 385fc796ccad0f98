"""Small files of the user's own, read without trust, and closed to others.

What is no regular file, or is endless, is an error at once.
"""

import errno
import os
import stat
from pathlib import Path
from typing import Final

from msgspec import Struct

LONGEST: Final = 1_000_000
"""Bytes: settings and keys are a page or two."""

OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
"""What a file allows to others than its owner."""

_KINDS: Final = {
    stat.S_IFIFO: "a named pipe",
    stat.S_IFCHR: "a device",
    stat.S_IFBLK: "a device",
    stat.S_IFSOCK: "a socket",
}


class OwnFile(Struct, frozen=True):
    """What a file says, whose it is, and its permissions before and after it was closed to others."""

    text: bytes
    is_foreign: bool
    """True: it belongs to another user, who is not root. Whoever owns it chooses what it says."""
    found_mode: int
    mode: int
    refusal: str | None = None
    """Why it could not be closed to others. None: it could, or there was no need."""


def read_own(path: Path, *, leaves_rights: bool = False) -> OwnFile:
    """Read a file, and take away what others may do with it, unless it is foreign or `leaves_rights`.

    It never waits: a named pipe has no end until somebody writes into it. `/dev/null` is an empty file.
    Raises OSError, also for what is no regular file, and for one that is longer than LONGEST.
    """
    with os.fdopen(os.open(path, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK), "rb") as file:
        found, refusal = os.fstat(file.fileno()), None
        is_foreign = found.st_uid not in (os.geteuid(), 0)
        if stat.S_ISREG(found.st_mode):
            if found.st_mode & OTHERS and not is_foreign and not leaves_rights:
                try:
                    os.fchmod(file.fileno(), stat.S_IMODE(found.st_mode) & ~OTHERS)
                except OSError as exc:
                    refusal = os.strerror(exc.errno or 0)
        elif not stat.S_ISCHR(found.st_mode) or found.st_rdev != Path(os.devnull).stat().st_rdev:
            raise OSError(errno.EINVAL, f"It is {_KINDS.get(stat.S_IFMT(found.st_mode), 'something else')}, no file")
        text = file.read(LONGEST + 1)
        if len(text) > LONGEST:
            raise OSError(errno.EFBIG, f"It is longer than {LONGEST:,} bytes")
        mode = stat.S_IMODE(os.fstat(file.fileno()).st_mode)
    return OwnFile(text, is_foreign, stat.S_IMODE(found.st_mode), mode, refusal)
