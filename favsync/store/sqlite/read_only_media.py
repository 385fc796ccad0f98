"""Reading a database where nothing can be written beside it: read-only media, and folders of other users.

SQLite reads a database with a write-ahead log through two files beside it, and cannot where it may not make them. There
are two ways around that, and which is right depends on who else may write.

- On a file system that nobody can write to, the file is what it is (`immutable=1`).
- Elsewhere somebody may be writing at this moment, unseen. The file is copied with its log, into a folder of ours, and
  what identifies a state (size, times, change counter, the log's header) is compared before and after.
"""

import os
import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Final

from favsync.errors import DatabaseBusy, DatabaseReadOnly, NoTemporaryRoom

_BESIDE: Final = ("-wal", "-journal")
_COUNTERS: Final = 100
"""Bytes at the start of a file that count its changes: of a database its header, of a log the salt of its frames."""

_TRIES: Final = 2

State = tuple[tuple[int, int, int, bytes] | None, ...]


def open_where_nothing_can_be_written(path: Path) -> sqlite3.Connection:
    """Open the database at `path` to be read, without a file beside it. It is of one moment.

    Raises sqlite3.Error, DatabaseReadOnly when it cannot be read, DatabaseBusy when somebody writes to it again and
    again, and NoTemporaryRoom.
    """
    try:
        is_read_only = bool(os.statvfs(path).f_flag & os.ST_RDONLY)
    except OSError as exc:
        raise _unreadable(path, exc) from exc
    if is_read_only and not _beside(path):
        uri = f"{path.absolute().as_uri()}?mode=ro&immutable=1"
        return sqlite3.connect(uri, uri=True, isolation_level=None, check_same_thread=False)
    for _ in range(_TRIES):
        before = _state(path)
        connection = _open_copy(path)
        if connection is not None and _state(path) == before:
            return connection
        if connection is not None:
            connection.close()
    raise DatabaseBusy(
        f"Another program writes to the database at {path} while it is read, and its folder may not be written, so that"
        " favsync cannot wait for its turn. Try again in a moment, or ask for the right to write in the folder."
    )


def _beside(path: Path) -> list[Path]:
    """The logs beside a database that have something in them, which a reader must not pass over."""
    real, found = path.resolve(), []
    for log in (real.with_name(f"{real.name}{suffix}") for suffix in _BESIDE):
        try:
            found += [log] if log.stat().st_size else []
        except FileNotFoundError:
            continue
        except OSError as exc:
            raise _unreadable(log, exc) from exc
    return found


def _state(path: Path) -> State:
    real = path.resolve()
    state: list[tuple[int, int, int, bytes] | None] = []
    for file in (real, *(real.with_name(f"{real.name}{suffix}") for suffix in _BESIDE)):
        try:
            with file.open("rb") as opened:
                found = os.fstat(opened.fileno())
                state.append((found.st_size, found.st_mtime_ns, found.st_ctime_ns, opened.read(_COUNTERS)))
        except FileNotFoundError:
            state.append(None)
        except OSError as exc:
            raise _unreadable(file, exc) from exc
    return tuple(state)


def _open_copy(path: Path) -> sqlite3.Connection | None:
    """Copy the database with its logs, open the copy, and take it out of sight. None: it changed under the hand."""
    import shutil  # noqa: PLC0415 - with these two come archives and chance, for what is hardly ever done
    import tempfile  # noqa: PLC0415 - as above

    try:
        with tempfile.TemporaryDirectory(prefix="favsync-", ignore_cleanup_errors=True) as folder:
            copy = Path(folder) / "copy.db"
            for file in (path.resolve(), *_beside(path)):
                beside = file.name.removeprefix(path.resolve().name)
                try:
                    source = file.open("rb")
                except FileNotFoundError:
                    raise
                except OSError as exc:
                    raise _unreadable(file, exc) from exc
                with source, copy.with_name(f"{copy.name}{beside}").open("xb") as target:
                    shutil.copyfileobj(source, target)
            connection = sqlite3.connect(copy, isolation_level=None, check_same_thread=False)
            try:
                # The log becomes a part of it, so that it is one file, which lives until it is closed.
                connection.execute("PRAGMA journal_mode = MEMORY")
            except sqlite3.DatabaseError:
                # What is damaged, whoever reads it finds; a copy of half a change looks the same, and is made again.
                with suppress(sqlite3.Error):
                    connection.execute("PRAGMA journal_mode = OFF")
            return connection
    except FileNotFoundError:
        return None
    except OSError as exc:
        raise NoTemporaryRoom(tempfile.gettempdir(), exc.strerror or str(exc)) from exc


def _unreadable(file: Path, exc: OSError) -> DatabaseReadOnly:
    return DatabaseReadOnly(
        f"{file} cannot be read ({exc.strerror}). Check the owner and permissions of the file and folder."
    )
