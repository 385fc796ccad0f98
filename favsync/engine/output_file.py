"""A file that is there whole, or as it was before: written beside its place, and moved there at its end."""

import os
import tempfile
from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from favsync.errors import FileUnwritable


def save_file(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a file that only its owner can read, in the place of the one that is there.

    Whatever ends it early, the old file stands and nothing else is left. Raises FileUnwritable.
    """
    target = path.resolve()  # a link stays one
    if target.exists() and not target.is_file():
        raise FileUnwritable(f"{path} is no file that could be replaced. Name a file, or leave -o out and use a pipe.")
    unfinished: Path | None = None
    try:
        descriptor, name = tempfile.mkstemp(dir=target.parent, prefix=f".{target.name}.", suffix=".unfinished")
        unfinished = Path(name)
        with os.fdopen(descriptor, "wb") as file:
            for chunk in chunks:
                file.write(chunk)
            file.flush()
            os.fsync(file.fileno())
        unfinished.replace(target)
        unfinished = None
    except OSError as exc:
        raise FileUnwritable(f"{path} could not be written ({exc.strerror}). What was there before stands.") from exc
    finally:
        if unfinished is not None:
            with suppress(OSError):
                unfinished.unlink()
    _save_folder(target.parent)


def _save_folder(folder: Path) -> None:
    """Let the new name outlast a power cut, where the system can do that."""
    with suppress(OSError):
        descriptor = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
