"""Files that the user names for what a command writes."""

from collections.abc import Iterable
from contextlib import suppress
from pathlib import Path

import click

from favsync.app.exports.output_file import OutputFiles
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.confirming import confirm
from favsync.errors import FileUnwritable, UsageError

force_option = click.option("--force", is_flag=True, help="Replace a file that favsync did not write, without asking.")


def require_replaceable(invocation: Invocation, output: Path, *, option: str, force: bool) -> None:
    """Ask before a file is replaced that favsync did not write; `option` is what named it.

    Raises FileUnwritable for the database and what is beside it, and UsageError for a file that shall stay, or that
    nobody can be asked about.
    """
    target = output.resolve()
    database = invocation.settings.database.resolve()
    beside = (database.with_name(database.name + suffix) for suffix in ("-wal", "-shm", ".lock"))
    if target in {database, *beside}:
        raise FileUnwritable(f"{output} is the database itself. Name another file with {option}.")
    if force or not target.is_file() or _files(invocation).is_own(output):
        return
    if not confirm(
        f"{output} was not written by favsync, or has been changed since. Replace it?",
        otherwise=f"{output} is there already, and was not written by favsync or has been changed since. Name another"
        f" file with {option}, or use --force.",
    ):
        raise UsageError("Nothing was written.")


def write_output(invocation: Invocation, output: Path | None, chunks: Iterable[bytes]) -> None:
    """Write the file, whole or not at all; None: stdout. Raises FileUnwritable."""
    if output is None:
        invocation.console.stream(chunks)
    elif notice := _files(invocation).save(output, chunks):
        invocation.console.warn(notice)


def _files(invocation: Invocation) -> OutputFiles:
    import platformdirs  # noqa: PLC0415 - only what writes a file needs it

    folder = invocation.settings.database.parent
    # Without a home there is no folder for such things: then what was written is remembered beside the database.
    with suppress(RuntimeError):
        own = platformdirs.user_state_path("favsync")
        folder = own if own.is_absolute() else folder
    return OutputFiles(folder / "written.json")
