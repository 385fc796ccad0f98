"""Every file and folder that nobody but its owner should be able to read, and who can."""

import os
import stat
from collections.abc import Collection, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Final

from favsync.atomic_file import find_unfinished
from favsync.store.check.findings import Finding, repairable

_OTHERS: Final = stat.S_IRWXG | stat.S_IRWXO
_WRITE: Final = stat.S_IWGRP | stat.S_IWOTH
_BESIDE: Final = ("", "-wal", "-shm", "-journal", ".lock", ".files.lock")


def private_files(database: Path, config: Path, key_file: Path) -> list[Path]:
    """Every private file that is there: the database with what is kept beside it, its copies, settings and keys."""
    real = database.resolve()
    beside = [real.with_name(f"{real.name}{suffix}") for suffix in _BESIDE]
    copies: list[Path] = []
    with suppress(OSError):
        beside_it = (path for path in real.parent.iterdir() if path.name.startswith(f"{real.name}."))
        copies = sorted(path for path in beside_it if ".bak" in path.name)
    keys = key_file.resolve()
    return [path for path in (*beside, *copies, config.resolve(), keys, *find_unfinished(keys)) if path.is_file()]


def find_open_files(files: Collection[Path], own_folders: Collection[Path]) -> Iterator[Finding]:
    """Find private files, and folders that hold them, that are open to others.

    `own_folders` are favsync's own. In any other there may be things that are nobody's secret: there it counts only
    whether others can write, and so put something else in a file's place.
    """
    for path in files:
        if path.name.startswith(".") and path.name.endswith(".unfinished"):
            words = f"{path} was left by an interrupted save of the API keys, and contains keys."
            yield Finding("keys-left", str(path), f"{words} Delete it, or save a key: that deletes it, too.")
        if not (mode := _mode(path)) & _OTHERS:
            continue
        is_ours = False
        with suppress(OSError):  # gone meanwhile
            # Not on a read-only medium, and not another user's: else its permissions cannot be set here.
            is_ours = path.stat().st_uid == os.geteuid() and not os.statvfs(path).f_flag & os.ST_RDONLY
        if is_ours:
            yield repairable("open-to-others", str(path), f"{path} is open to others (mode {mode:03o}).")
    own = {folder.resolve() for folder in own_folders}
    for folder in sorted({path.parent for path in files}):
        mode = _mode(folder)
        if folder in own and mode & _OTHERS:
            yield repairable("open-to-others", str(folder), f"The folder {folder} is open to others (mode {mode:03o}).")
        elif mode & _WRITE and not mode & stat.S_ISVTX:
            words = f"Others can write in the folder {folder} (mode {mode:03o}), and so replace what is in it."
            yield Finding("folder-writable", str(folder), f"{words} Remove that permission, or move the files.")


def close_to_others(path: Path) -> None:
    """Take everybody's rights but the owner's from a file or folder. Raises OSError."""
    path.chmod(_mode(path) & ~_OTHERS)


def _mode(path: Path) -> int:
    try:
        return stat.S_IMODE(path.stat().st_mode)
    except OSError:  # gone meanwhile
        return 0
