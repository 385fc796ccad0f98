"""Files and folders that only their owner can look into, and whether one is there."""

from pathlib import Path
from typing import Final

OWNER_ONLY: Final = 0o600
"""Permissions of a file that holds something of the user's."""

PRIVATE_FOLDER: Final = 0o700
"""Permissions of a folder that holds such files."""


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
