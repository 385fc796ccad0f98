"""The part of a check that looks for kept files on the disk: are they there, with their sizes? None is opened."""

import os
import stat
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from favsync.app.files.folder import FilesFolder
from favsync.core.files.names import stored_name
from favsync.model import FileKind, FileState
from favsync.store.check.findings import Finding
from favsync.store.files.rows import SELECT_FILES, FileRow
from favsync.store.sqlite.connect import Reader

_REPAIR: Final = "'favsync files check --fix' fetches it again, if the site still has it."
_KEPT: Final = f"{SELECT_FILES} WHERE state IN ('stored', 'external') ORDER BY id"


def find_missing_files(conn: Reader, folder: Path) -> Iterator[Finding]:
    """Find files that are kept, and are not where they should be, or of another size."""
    is_empty, away = FilesFolder(folder).is_empty, 0
    for row in conn.execute(_KEPT):
        file = FileRow(*row)
        if file.state == FileState.STORED and is_empty:
            away += 1
            continue
        place = Path(file.path or "")
        if file.state == FileState.STORED:
            place = folder / stored_name(file.md5, FileKind(file.kind), file.ext)
        try:
            found = os.lstat(place)
        except (OSError, ValueError):
            yield Finding("file-missing", str(place), f"{place} is kept in the database, and is not there. {_REPAIR}")
            continue
        if not stat.S_ISREG(found.st_mode) or (file.member is None and found.st_size != file.size):
            words = f"{place} is not the file that was kept: it has another size, or is none. {_REPAIR}"
            yield Finding("file-differs", str(place), words)
    if away:
        words = f"The files folder {folder} is not there or empty, and {away:,} files are kept in it."
        yield Finding("files-away", str(folder), f"{words} Is its disk mounted? If they are gone: {_REPAIR}")
