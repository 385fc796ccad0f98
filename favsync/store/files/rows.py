"""What is known of each file: rows of `files`, as they are read and written."""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, fields, replace
from typing import Any, Final

from sqlalchemy import Connection

from favsync.core.files.names import stored_name
from favsync.model import FileKind, FileState
from favsync.store.sqlite.statements import execute_many


@dataclass(frozen=True, slots=True)
class FileRow:
    """One row of `files`: what each column means is said in `store/tables.py`."""

    md5: str
    kind: FileKind
    ext: str
    state: FileState
    reason: str | None = None
    content_md5: str | None = None
    size: int | None = None
    path: str | None = None
    member: str | None = None
    is_own: bool = False
    stored_at: str | None = None
    checked_at: str | None = None
    id: int | None = None
    """None: it is not saved yet."""

    @property
    def key(self) -> tuple[str, FileKind]:
        """What there is one row of: md5 of the original, and kind."""
        return self.md5, self.kind

    @property
    def expected_md5(self) -> str | None:
        """The md5 that the bytes must have; None: it is not known."""
        return self.md5 if self.kind is FileKind.ORIGINAL else self.content_md5

    def whole(self, md5: str | None, size: int) -> "FileRow":
        """The row of this file as it has to be when these are its bytes, and they are what they must be."""
        md5 = self.md5 if self.kind is FileKind.ORIGINAL else md5
        right = replace(self, content_md5=md5, size=size, stored_at=self.stored_at or self.checked_at or "")
        if self.state is FileState.STORED:
            return replace(right, path=stored_name(self.md5, self.kind, self.ext), member=None)
        return replace(right, is_own=False)

    def without_bytes(self, state: FileState, reason: str | None = None) -> "FileRow":
        """The same file in a state in which nothing of it is kept."""
        return FileRow(self.md5, self.kind, self.ext, state, reason, id=self.id)


_COLUMNS: Final = tuple(field.name for field in fields(FileRow))
SELECT_FILES: Final = f"SELECT {', '.join(_COLUMNS)} FROM files"  # noqa: S608 - names of ours
"""Rows of files, as the values of a `FileRow`."""
_WRITTEN: Final = (*(name for name in _COLUMNS if name != "id"), "updated_at")
_SAVE: Final = (
    f"INSERT INTO files ({', '.join(_WRITTEN)}) VALUES ({', '.join('?' * len(_WRITTEN))})"  # noqa: S608 - as above
    " ON CONFLICT (md5, kind) DO UPDATE SET "
    + ", ".join(f"{name} = excluded.{name}" for name in _WRITTEN if name not in {"md5", "kind"})
)


def save_files(conn: Connection, rows: Iterable[FileRow], *, at: str) -> None:
    """Save rows as they are given, over what was known of these files before."""
    execute_many(conn, _SAVE, ((*(getattr(row, name) for name in _WRITTEN[:-1]), at) for row in rows))


def load_file(conn: Connection, md5: str, kind: FileKind) -> FileRow | None:
    """Load what is known of one file; None: nothing."""
    row = conn.exec_driver_sql(f"{SELECT_FILES} WHERE md5 = ? AND kind = ?", (md5, kind)).one_or_none()
    return _read(row) if row else None


def load_files(conn: Connection, states: Iterable[FileState], *, after: int = 0) -> Iterator[FileRow]:
    """Load all files in these states, of which `id` is above `after`, by their ids."""
    wanted = tuple(states)
    marks = ", ".join("?" * len(wanted))
    question = f"{SELECT_FILES} WHERE state IN ({marks}) AND id > ? ORDER BY id"
    return map(_read, conn.exec_driver_sql(question, (*wanted, after)))


def load_files_of(conn: Connection, md5s: Iterable[str], kinds: Iterable[FileKind]) -> Iterator[FileRow]:
    """Load what is known of files of these kinds and originals, by their ids."""
    values = "(SELECT value FROM json_each(?))"
    question = f"{SELECT_FILES} WHERE md5 IN {values} AND kind IN {values} ORDER BY id"
    return map(_read, conn.exec_driver_sql(question, (json.dumps(list(md5s)), json.dumps(list(kinds)))))


def _read(row: Any) -> FileRow:
    read = FileRow(*row)
    return replace(read, kind=FileKind(read.kind), state=FileState(read.state), is_own=bool(read.is_own))
