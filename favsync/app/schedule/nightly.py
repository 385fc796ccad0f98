"""What shall run every night, and what is found to be installed: the values that both schedulers speak of."""

import contextlib
import hashlib
import re
from dataclasses import dataclass
from datetime import datetime, time
from enum import StrEnum
from pathlib import Path
from typing import Final

from favsync.errors import ScheduleTrouble

NAME: Final = "favsync"
"""The name of the schedule of the database where favsync puts it unless told otherwise."""

SPREAD: Final = 30
"""Minutes over which the runs of all who chose one time are spread, so that the site is not asked by all at once."""

FILES_FOR: Final = "4h"
"""How long a night fetches files. What is left then is for the next one."""

_NO_LINE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
"""Control characters, ends of lines, and the halves of characters that stand for bytes which are no text."""


class Kind(StrEnum):
    """The two schedulers."""

    SYSTEMD = "systemd"
    CRON = "cron"


@dataclass(frozen=True, slots=True)
class Nightly:
    """One database's sync, every night, and its files after it. `at` is in the machine's local time."""

    program: tuple[str, ...]
    """What starts favsync: the absolute path of the program, and arguments where it needs some."""
    database: Path
    config: Path
    at: time

    @property
    def name(self) -> str:
        """What its schedule is called."""
        return name_of(self.database)

    @property
    def command(self) -> tuple[str, ...]:
        """The sync's program and arguments. Files are no part of it: a first fetch takes longer than a night."""
        return (*self._favsync, "sync", "--no-files")

    @property
    def files_command(self) -> tuple[str, ...]:
        """The files' program and arguments. It is scheduled always, and ends at once where the setting is off."""
        return (*self._favsync, "files", "fetch", "--scheduled", "--for", FILES_FOR)

    @property
    def _favsync(self) -> tuple[str, ...]:
        return (*self.program, "--quiet", "--database", str(self.database), "--config", str(self.config))

    def require_writable(self) -> None:
        """Raise ScheduleTrouble when a path cannot stand in a file of lines."""
        for part in self.command:
            if _NO_LINE.search(part):
                raise ScheduleTrouble(f"{part!r} has a character that no schedule can hold. Give it another name.")


def name_of(database: Path) -> str:
    """The name of the schedule of a database: one of its own for each, and the same however the file is reached.

    That of the usual place is `favsync`; others have a part of their path's hash behind it.
    """
    real = database.resolve()
    with contextlib.suppress(RuntimeError):  # a user without a home has no usual place
        if real == Path("~/.local/share/favsync/favsync.db").expanduser().resolve():
            return NAME
    return f"{NAME}-{hashlib.sha256(bytes(real)).hexdigest()[:8]}"


def checksum(text: str) -> str:
    """What a text is marked with, so that a change made by hand shows."""
    return hashlib.sha256(text.encode("utf-8", "surrogateescape")).hexdigest()[:12]


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a schedule."""

    where: str
    """A path, or `crontab`."""
    text: str
    """Its text."""


@dataclass(frozen=True, slots=True)
class Installed:
    """A schedule that is there."""

    kind: Kind
    name: str
    parts: tuple[Part, ...]
    is_edited: bool
    """It is not what favsync wrote."""
    at: time | None
    """When it runs, in local time; None where that is not a time of every day."""
    next_run: datetime | None
    """None: it does not run, or nobody can tell when."""
    overrides: tuple[Path, ...] = ()
    """Files of the user's own that change it, and that are left alone."""
    has_no_limit: bool = False
    """It is from a favsync that gave a night no limit of time. It works, and a night that hangs keeps others away."""
    has_no_files: bool = False
    """It is from a favsync that fetched no files, or only within the sync and its limit of time."""
