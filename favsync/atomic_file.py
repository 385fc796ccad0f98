"""A file that is there whole, or as it was before: written beside its place, and moved there at its end."""

import errno
import fcntl
import os
import stat
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from glob import escape
from pathlib import Path
from typing import Final

from favsync.private_paths import READ_FLAGS

_UNFINISHED: Final = ".unfinished"


def replace_file(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a file that only its owner can read, in the place of the one that is there. Raises OSError.

    Whatever ends it early, the old file stands and nothing else is left; after a kill, the next one clears that away.
    """
    remove_unfinished(path)
    descriptor, name = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.", suffix=_UNFINISHED)
    unfinished = Path(name)
    try:
        with os.fdopen(descriptor, "wb") as file:
            # Shows others that the file is being written; the system forgets it with the process.
            with suppress(OSError):  # some file systems know no locks
                fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(descriptor)
        unfinished.replace(path)
    except BaseException:
        unfinished.unlink(missing_ok=True)
        raise


def find_unfinished(path: Path) -> list[Path]:
    """Find what killed processes have left beside a file that they were replacing; not what others write just now."""
    return [left for left in sorted(path.parent.glob(f".{escape(path.name)}.*{_UNFINISHED}")) if _is_left(left)]


def remove_unfinished(path: Path) -> None:
    """Delete what killed processes have left beside a file that they were replacing. Raises OSError."""
    for left in find_unfinished(path):
        left.unlink(missing_ok=True)


def _is_left(path: Path) -> bool:
    try:
        descriptor = os.open(path, READ_FLAGS)
    except OSError:
        return False
    try:
        found = os.fstat(descriptor)
        if not stat.S_ISREG(found.st_mode) or found.st_uid != os.geteuid():
            return False
        fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except OSError:
        return False
    finally:
        os.close(descriptor)
    return True


def sync_folder(folder: Path) -> None:
    """Let a new name outlast a power cut. Raises OSError."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    except OSError as exc:
        if exc.errno != errno.EINVAL:  # some file systems cannot, and need not
            raise
    finally:
        os.close(descriptor)
