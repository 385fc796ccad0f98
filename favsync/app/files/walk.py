"""Everything that lies in the files folder. No link is followed, and only folders of the layout are entered."""

import os
import re
import stat
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from typing import Final

from favsync.app.files.folder import FOLDER_FLAGS, FilesFolder
from favsync.private_paths import READ_FLAGS

_OURS: Final = re.compile(r"(?:sample|preview|[0-9a-f]{2})|(?:(?:sample|preview)/)?[0-9a-f]{2}(?:/[0-9a-f]{2})?")


@dataclass(frozen=True, slots=True)
class Seen:
    """One name in the files folder, and what it is."""

    name: str
    """Relative to the files folder. Bytes that are not UTF-8 are surrogates in it."""
    found: os.stat_result
    folder: int
    """Descriptor of the folder that it is in; good until the next is asked for."""

    @property
    def is_file(self) -> bool:
        return stat.S_ISREG(self.found.st_mode)

    def open(self) -> int:
        """Open it to be read. Raises OSError."""
        name = self.name.rpartition("/")[2]
        return os.open(name, READ_FLAGS, dir_fd=self.folder)


def walk(folder: FilesFolder) -> Iterator[Seen]:
    """Yield everything in the files folder but the folders of its layout. Raises FilesFolderUnusable."""
    with folder.translated():
        top = os.open(folder.path, os.O_RDONLY | os.O_DIRECTORY | os.O_CLOEXEC)
        try:
            yield from _walk(top, "")
        finally:
            os.close(top)


def _walk(folder: int, prefix: str) -> Iterator[Seen]:
    with os.scandir(folder) as entries:
        listed = sorted(entries, key=lambda entry: entry.name)
    for entry in listed:
        name = prefix + entry.name
        with suppress(FileNotFoundError):  # gone meanwhile
            if entry.is_dir(follow_symlinks=False) and _OURS.fullmatch(name):
                below = os.open(entry.name, FOLDER_FLAGS, dir_fd=folder)
                try:
                    yield from _walk(below, f"{name}/")
                finally:
                    os.close(below)
            else:
                yield Seen(name, entry.stat(follow_symlinks=False), folder)
