"""A schedule as one line of the user's crontab. All other lines are somebody else's."""

import re
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime
from typing import ClassVar

from favsync.app.schedule.external import ask
from favsync.app.schedule.lines import is_as_written, line_of, lines_in, next_run, time_in, with_line, without
from favsync.app.schedule.nightly import Installed, Kind, Nightly, Part
from favsync.clock import utc_now
from favsync.errors import ScheduleTrouble

WHERE = "crontab"
_NONE_YET = re.compile(r"no crontab for|can't open '[^']*': No such file", re.IGNORECASE)
"""What the programs say where there is no crontab. Anything else is a crontab that could not be read."""


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
