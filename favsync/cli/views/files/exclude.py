"""Which files were taken out, and in again, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from favsync.cli.terminal.console import Console, count, counted, size
from favsync.model import FileState

if TYPE_CHECKING:  # the group of all these commands imports this
    from favsync.app.files.exclude import Exclusion, Inclusion
    from favsync.app.search import NothingMeant


def say_excluded(console: Console, planned: Exclusion, *, dry_run: bool, deletes: bool) -> None:
    """Write to stdout how many files are out, and to stderr what stays and why."""
    would = "would be " if dry_run else ""
    console.data(f"files: {counted(len(planned.files), 'file')} {would}excluded")
    if deletes:
        what = counted(len(planned.deleted), "file")
        console.data(f"files: {what} {would}deleted, {size(planned.size)}")
    elif kept := sum(row.state in {FileState.STORED, FileState.EXTERNAL} for row in planned.files):
        console.say(
            f"{counted(kept, 'file')} of these {'stays' if kept == 1 else 'stay'} on the disk:"
            " --delete deletes what favsync made."
        )
    if planned.needed:
        stay = counted(planned.needed, "file stays", "files stay")
        console.say(f"{stay}: a favorite that the search does not mean has the same.")
    _say_nothing(console, planned.nothing)


def say_included(console: Console, included: Inclusion) -> None:
    """Write to stdout how many files are in again, and how many of these are here."""
    stored = sum(row.state is FileState.STORED for row in included.files)
    console.data(
        f"files: {counted(len(included.files), 'file')} included: {count(stored)} stored again,"
        f" {count(len(included.files) - stored)} wanted"
    )
    _say_nothing(console, included.nothing)


def _say_nothing(console: Console, nothing: NothingMeant | None) -> None:
    from favsync.cli.views.search_hints import nothing_found  # noqa: PLC0415 - it imports SQLAlchemy

    for line in nothing_found(nothing.search, nothing.hints) if nothing else ():
        console.say(line)
