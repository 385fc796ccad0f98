"""Files and folders that only their owner can look into, and whether one is there."""

import os
from pathlib import Path
from typing import Final

OWNER_ONLY: Final = 0o600
"""Permissions of a file that holds something of the user's."""

PRIVATE_FOLDER: Final = 0o700
"""Permissions of a folder that holds such files."""

READ_FLAGS: Final = os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC
"""How a file is opened to be read where somebody may have put something else: a pipe is not waited for, and no link
followed."""


def is_there(path: Path) -> bool:
    """Whether there is a file. One that cannot be looked at counts as there: opening it says why."""
    try:
        path.stat()
    except (FileNotFoundError, NotADirectoryError):
        return False
    except OSError:
        return True
    return True


def make_private_folder(path: Path) -> None:
    """Make a folder that only its owner can look into, and each one above it that is missing. Raises OSError."""
    missing = [folder for folder in (path, *path.parents) if not folder.is_dir()]
    for folder in reversed(missing):
        folder.mkdir(mode=PRIVATE_FOLDER, exist_ok=True)


def nearest_folder(path: Path) -> Path:
    """Find the folder itself, or the nearest above it that is there: it is on the disk that the folder will be on."""
    return next(folder for folder in (path, *path.parents) if folder.is_dir())
