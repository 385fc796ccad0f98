"""The text of a schedule as one line of a crontab, among lines that are none of favsync's. Pure."""

import hashlib
import os
import re
import shlex
from datetime import date, datetime, time, timedelta
from pathlib import Path

from favsync.app.schedule.nightly import SPREAD, Nightly, checksum

_MARK = "# favsync schedule: "
_LINE = re.compile(rb"[^\n]*\n|[^\n]+$")
_EVERY_DAY = re.compile(r"(?P<minute>\d{1,2}) (?P<hour>\d{1,2}) \* \* \* ")


def offset_of(database: Path) -> timedelta:
    """How long after the chosen time the run is, up to SPREAD: cron itself knows no delay.

    It is the same each time for one database of one machine, and another for other people's.
    """
    seed = f"{os.uname().nodename}\0{database.resolve()}".encode("utf-8", "surrogateescape")
    return timedelta(minutes=int.from_bytes(hashlib.sha256(seed).digest()[:4]) % SPREAD)


def line_of(nightly: Nightly) -> str:
    """The line, without its end. Its stdout is dropped, so that cron writes a mail only where something went wrong."""
    at = datetime.combine(date.min, nightly.at) + offset_of(nightly.database)
    command = " ".join(map(_quoted, nightly.command))
    text = f"{at.minute} {at.hour} * * * {command} > /dev/null"
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
    if found is None or int(found["hour"]) > 23 or int(found["minute"]) > 59:
        return None
    return time(int(found["hour"]), int(found["minute"]))


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
