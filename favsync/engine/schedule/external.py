"""Asking the system's own programs: `systemctl`, `loginctl`, `crontab`."""

import os
import subprocess
from dataclasses import dataclass

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


def ask(*command: str, given: bytes = b"") -> Answer:
    """Run a program to its end, with `given` on its stdin, in English and in UTC.

    Raises ScheduleTrouble when it cannot be started, or does not end. An exit code of its own is part of the answer.
    """
    environ = os.environ | {"LC_ALL": "C", "TZ": "UTC"}
    try:
        done = subprocess.run(  # noqa: S603 - no shell, and only the programs named above
            command, input=given, capture_output=True, timeout=TIME_LIMIT, env=environ, check=False
        )
    except subprocess.TimeoutExpired as exc:
        raise ScheduleTrouble(f"'{command[0]}' did not answer within {TIME_LIMIT:g} seconds. Try again later.") from exc
    except OSError as exc:
        raise ScheduleTrouble(f"'{command[0]}' could not be started: {exc.strerror}.") from exc
    return Answer(done.returncode, done.stdout, " ".join(done.stderr.decode("utf-8", "replace").split()))
