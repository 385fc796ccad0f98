"""Files that the user names for what a command writes."""

from pathlib import Path

from favsync.cli.invocation import Invocation
from favsync.errors import FileUnwritable


def refuse_database(invocation: Invocation, output: Path, *, option: str) -> None:
    """Raise FileUnwritable where the named file is the database, or one beside it; `option` is what named it."""
    database = invocation.settings.database.resolve()
    beside = (database.with_name(database.name + suffix) for suffix in ("-wal", "-shm", ".lock"))
    if output.resolve() in {database, *beside}:
        raise FileUnwritable(f"{output} is the database itself. Name another file with {option}.")
