"""Asking the system's own programs: `systemctl`, `loginctl`, `crontab`."""

import os
from dataclasses import dataclass

from favsync.config.programs import MOST_PRINTED, TooMuchPrinted, TooSlow, run_program
from favsync.errors import ScheduleTrouble

TIME_LIMIT = 30.0
"""Seconds that one of them may take."""


@dataclass(frozen=True, slots=True)
class Answer:
    """How a program ended, and what it wrote. `complaint` is what it wrote to stderr, on one line."""

    code: int
    out: bytes
    complaint: str

    @property
    def text(self) -> str:
        """What it wrote to stdout, without the end of the line."""
        return self.out.decode("utf-8", "replace").strip()

    @property
    def failure(self) -> str:
        """What it complained of, in words for parentheses."""
        return self.complaint or f"exit code {self.code}"

    def require(self, who: str, advice: str = "") -> None:
        """Raise ScheduleTrouble when the program failed, which is called `who`."""
        if self.code:
            raise ScheduleTrouble(f"{who} did not accept it ({self.failure}). Nothing was changed.{advice}")


def ask(*command: str, given: bytes = b"") -> Answer:
    """Run a program to its end, with `given` on its stdin, in English and in UTC.

    Raises ScheduleTrouble when it cannot be started, or does not end. An exit code of its own is part of the answer.
    """
    environ = os.environ | {"LC_ALL": "C", "TZ": "UTC"}
    try:
        done = run_program(command, seconds=TIME_LIMIT, given=given, environ=environ, hears_stderr=True)
    except TooMuchPrinted as exc:
        raise ScheduleTrouble(f"'{command[0]}' printed more than {MOST_PRINTED:,} bytes, and was ended.") from exc
    except TooSlow as exc:
        raise ScheduleTrouble(f"'{command[0]}' did not answer within {TIME_LIMIT:g} seconds. Try again later.") from exc
    except OSError as exc:
        raise ScheduleTrouble(f"'{command[0]}' could not be started: {exc.strerror}.") from exc
    return Answer(done.code, done.out, " ".join(done.complaint.decode("utf-8", "replace").split()))
