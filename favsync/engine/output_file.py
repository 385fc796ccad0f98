"""A file that the user named for what a command writes."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

from favsync.engine.whole_file import replace_file, sync_folder
from favsync.errors import FileUnwritable


def save_file(path: Path, chunks: Iterable[bytes]) -> None:
    """Write a file that only its owner can read, in the place of the one that is there.

    Whatever ends it early, the old file stands and nothing else is left. Raises FileUnwritable.
    """
    target = path.resolve()  # a link stays one
    if target.exists() and not target.is_file():
        raise FileUnwritable(f"{path} is no file that could be replaced. Name another file.")
    try:
        replace_file(target, chunks)
    except OSError as exc:
        raise FileUnwritable(f"{path} could not be written ({exc.strerror}). What was there before stands.") from exc
    with suppress(OSError):  # it is written, and its name will be on the disk soon
        sync_folder(target.parent)
