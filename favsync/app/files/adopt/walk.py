"""The files under some paths, without opening any: what each is to the system, and what is left out."""

import os
import stat
from collections.abc import Sequence
from dataclasses import dataclass, field
from glob import escape
from operator import attrgetter
from pathlib import Path
from typing import Final, NamedTuple

from favsync.app.files.adopt.report import AdoptReport, Reason
from favsync.core.files.download import MOST_BYTES
from favsync.errors import FileUnreadable, UsageError
from favsync.store.files.hashes import Identity

_SIDECARS: Final = (".json", ".txt")
_ARCHIVES: Final = frozenset({".zip", ".cbz"})


class Found(NamedTuple):
    """A file, and which one it is to the system. A tuple, because there are a hundred thousand of them."""

    path: str
    """Absolute."""
    file: Identity


def identity(found: os.stat_result) -> Identity:
    """Which file it is, and in which state."""
    return Identity(found.st_dev, found.st_ino, found.st_size, found.st_mtime_ns)


@dataclass(slots=True)
class Walk:
    """Walks folders in the order of names. No link is followed below the paths that were named, nothing is opened."""

    report: AdoptReport
    files_folder: Path
    """Not adopted into itself."""
    trees: Sequence[str]
    """Folders that `files tree` made: what is in them shows what is kept."""
    database: Path
    """Passed over, with what is beside it: it changes while files are adopted."""
    files: list[Found] = field(default_factory=list)
    archives: list[Found] = field(default_factory=list)
    devices: set[int] = field(default_factory=set)
    """Those that the paths are on."""
    _seen: set[tuple[int, int]] = field(default_factory=set)
    """Folders, and files with several names: each is looked at once, in a loop of mounts too."""
    _own: set[tuple[int, int]] = field(default_factory=set)

    def run(self, paths: Sequence[Path]) -> None:
        """Look at everything under `paths`. Raises FileUnreadable, and UsageError for a path in the files folder."""
        own = os.path.realpath(self.files_folder)
        roots = []
        for path in paths:
            try:
                found = path.stat()
            except (OSError, ValueError) as exc:
                raise FileUnreadable(str(path), f"it cannot be looked at ({_why(exc)}).") from exc
            if os.path.commonpath([own, os.path.realpath(path)]) == own:
                raise UsageError(
                    f"{path} is in the files folder: what is in there is kept already. See: favsync files check"
                )
            # As it was named, with links in its path; '..' behind one of them leads elsewhere than it looks.
            roots.append((str(path.resolve() if ".." in path.parts else path.absolute()), found))
        for folder in (self.files_folder, *map(Path, self.trees)):
            if folder.is_dir():
                there = folder.stat()
                self._seen.add((there.st_dev, there.st_ino))
        for path in self.database.parent.glob(f"{escape(self.database.name)}*"):
            there = path.stat()
            self._own.add((there.st_dev, there.st_ino))
        for name, found in roots:
            self.devices.add(found.st_dev)
            if stat.S_ISDIR(found.st_mode):
                self._walk(name, found)
            else:
                self._take(name, os.lstat(name))

    def _walk(self, root: str, found: os.stat_result) -> None:
        folders = [(root, found)]
        while folders:
            path, found = folders.pop()
            if self._is_seen(found):
                continue
            try:
                with os.scandir(path) as listed:
                    entries = sorted(listed, key=attrgetter("name"))
            except OSError as exc:
                self.report.leave_out(Reason.FOLDER_UNREADABLE, f"{path} ({_why(exc)})")
                continue
            names = {entry.name for entry in entries}
            below = []
            for entry in entries:
                name = entry.name
                if name.endswith(_SIDECARS) and name.rpartition(".")[0] in names:
                    self.report.sidecars += 1
                    continue
                try:
                    found = entry.stat(follow_symlinks=False)
                except OSError as exc:
                    self.report.leave_out(Reason.UNREADABLE, f"{entry.path} ({_why(exc)})")
                    continue
                if stat.S_ISDIR(found.st_mode):
                    below.append((entry.path, found))
                else:
                    self._take(entry.path, found)
            folders += reversed(below)

    def _take(self, path: str, found: os.stat_result) -> None:
        size = found.st_size
        if (found.st_dev, found.st_ino) in self._own:
            return
        if not stat.S_ISREG(found.st_mode):
            self.report.leave_out(Reason.SYMLINK if stat.S_ISLNK(found.st_mode) else Reason.SPECIAL, path)
        elif found.st_nlink > 1 and self._is_seen(found):
            self.report.considered += 1
            self.report.size += size
            self.report.duplicates += 1
        elif path[-4:].lower() in _ARCHIVES:
            self.archives.append(Found(path, identity(found)))
        elif size == 0:
            self.report.leave_out(Reason.EMPTY, path)
        elif size > MOST_BYTES:
            self.report.leave_out(Reason.TOO_LARGE, path)
        else:
            self.files.append(Found(path, identity(found)))

    def _is_seen(self, found: os.stat_result) -> bool:
        key = (found.st_dev, found.st_ino)
        is_seen = key in self._seen
        self._seen.add(key)
        return is_seen


def _why(exc: OSError | ValueError) -> str:
    return ((exc.strerror if isinstance(exc, OSError) else None) or str(exc)).lower()
