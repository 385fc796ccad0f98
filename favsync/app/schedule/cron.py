"""A schedule as one line of the user's crontab. All other lines are somebody else's.

First how the line is written and read, which is pure; then the program `crontab`.
"""

import hashlib
import os
import re
import shlex
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, datetime, time, timedelta
from pathlib import Path
from typing import ClassVar

from favsync.app.schedule.external import ask
from favsync.app.schedule.nightly import SPREAD, Installed, Kind, Nightly, Part, checksum
from favsync.clock import utc_now
from favsync.errors import ScheduleTrouble

WHERE = "crontab"
_NONE_YET = re.compile(r"no crontab for|can't open '[^']*': No such file", re.IGNORECASE)
"""What the programs say where there is no crontab. Anything else is a crontab that could not be read."""

_MARK = "# favsync schedule: "
_LINE = re.compile(rb"[^\n]*\n|[^\n]+$")
_EVERY_DAY = re.compile(r"(?P<minute>[0-5]?\d) (?P<hour>[01]?\d|2[0-3]) \* \* \* ")


def offset_of(database: Path) -> timedelta:
    """How long after the chosen time the run is, up to SPREAD: cron itself knows no delay.

    It is the same each time for one database of one machine, and another for other people's.
    """
    seed = f"{os.uname().nodename}\0{database.resolve()}".encode("utf-8", "surrogateescape")
    return timedelta(minutes=int.from_bytes(hashlib.sha256(seed).digest()[:4]) % SPREAD)


def line_of(nightly: Nightly) -> str:
    """The line, without its end. Its stdout is dropped, so that cron writes a mail only where something went wrong.

    The files come after the sync, however it ended. cron starts the next night's line even if this one still runs.
    """
    at = datetime.combine(date.min, nightly.at) + offset_of(nightly.database)
    sync, files = (" ".join(map(_quoted, command)) for command in (nightly.command, nightly.files_command))
    text = f"{at.minute} {at.hour} * * * {sync} > /dev/null; {files} > /dev/null"
    return f"{text} {_MARK}{nightly.name} {checksum(text)}"


def lines_in(crontab: bytes, name: str) -> list[bytes]:
    """The lines of a crontab that are marked as the schedule of that name, without their ends."""
    return [line.rstrip(b"\r\n") for line in _LINE.findall(crontab) if _is_marked(line, name)]


def without(crontab: bytes, name: str) -> bytes:
    """The crontab without those lines; every other one stays, byte for byte."""
    return b"".join(line for line in _LINE.findall(crontab) if not _is_marked(line, name))


def with_line(crontab: bytes, name: str, line: str) -> bytes:
    """The crontab with this line in the place of those; at the end where there is none.

    Every other line stays, byte for byte; a last one that has no end is given one.
    """
    lines, new = _LINE.findall(crontab), line.encode() + b"\n"
    places = [place for place, old in enumerate(lines) if _is_marked(old, name)]
    if places:
        lines[places[0]] = new
        return b"".join(old for place, old in enumerate(lines) if place not in places[1:])
    if lines and not lines[-1].endswith(b"\n"):
        lines[-1] += b"\n"
    return b"".join([*lines, new])


def is_as_written(line: str, name: str) -> bool:
    """Tell whether a line is what favsync wrote, whenever that was."""
    text, mark, found = line.rpartition(f" {_MARK}{name} ")
    return bool(mark) and found == checksum(text)


def time_in(line: str) -> time | None:
    """When a line runs; None where it is not once every day."""
    found = _EVERY_DAY.match(line)
    return time(int(found["hour"]), int(found["minute"])) if found else None


def next_run(at: time, now: datetime) -> datetime:
    """The first time after `now` that a clock in its zone shows `at`."""
    today = datetime.combine(now.date(), at)
    wall = now.replace(tzinfo=None)
    return (today if today > wall else today + timedelta(days=1)).astimezone()


def _is_marked(line: bytes, name: str) -> bool:
    return re.search(rf"(?:^|\s){re.escape(_MARK + name)} [0-9a-f]{{12}}\s*$".encode(), line) is not None


def _quoted(argument: str) -> str:
    r"""Quote for a shell that a cron starts.

    Most crons end the command at a `%`, take `\%` for one, and make one backslash of two; some do none of it. So a `%`
    stands outside of quotes, where to a shell `\%` and `%` are the same, and no two backslashes stand side by side.
    """
    pieces = re.split(r"([%\\])", argument)
    return "".join("\\%" if piece == "%" else shlex.quote(piece) for piece in pieces if piece) or "''"


@dataclass(frozen=True, slots=True)
class Cron:
    """The user's crontab, through the program `crontab`."""

    kind: ClassVar = Kind.CRON
    clock: Callable[[], datetime] = utc_now

    def complaint(self) -> str | None:
        """Why no schedule can be handed to it; None: one can."""
        return None if shutil.which("crontab") else "There is no program 'crontab'."

    def draft(self, nightly: Nightly) -> tuple[Part, ...]:
        """The line."""
        nightly.require_writable()
        return (Part(WHERE, line_of(nightly) + "\n"),)

    def load(self, name: str) -> Installed | None:
        """Read the line that is there; where somebody has copied it, all of them."""
        if self.complaint():
            return None
        lines = [line.decode("utf-8", "surrogateescape") for line in lines_in(_read(), name)]
        if not lines:
            return None
        at = time_in(lines[0]) if len(lines) == 1 else None
        return Installed(
            kind=self.kind,
            name=name,
            parts=tuple(Part(WHERE, f"{line}\n") for line in lines),
            is_edited=len(lines) > 1 or not is_as_written(lines[0], name),
            at=at,
            next_run=None if at is None else next_run(at, self.clock().astimezone()),
            has_no_files=not any(" files fetch " in line for line in lines),
        )

    def install(self, nightly: Nightly) -> None:
        """Write the line."""
        (part,) = self.draft(nightly)
        if complaint := self.complaint():
            raise ScheduleTrouble(complaint)
        crontab = with_line(_read(), nightly.name, part.text.rstrip("\n"))
        ask("crontab", "-", given=crontab).require("'crontab'")

    def remove(self, name: str) -> bool:
        """Delete the line, and a crontab in which nothing else is."""
        if self.complaint():
            return False
        before = _read()
        after = without(before, name)
        if after == before:
            return False
        done = ask("crontab", "-", given=after) if after else ask("crontab", "-r")
        done.require("'crontab'")
        return True


def _read() -> bytes:
    answer = ask("crontab", "-l")
    if answer.code and not (_NONE_YET.search(answer.complaint) and not answer.out):
        raise ScheduleTrouble(f"Your crontab cannot be read ({answer.failure}).")
    return answer.out
