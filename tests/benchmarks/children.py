"""Child processes, and what each of them cost."""

import os
import subprocess
import tempfile
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median
from time import monotonic


class ChildFailed(Exception):
    """A child did not end well, so there is nothing to measure."""


@dataclass(frozen=True, slots=True)
class Cost:
    """What one child process used up, from its first instruction to its last."""

    cpu: float
    """Seconds, in the program and in the system on its behalf."""
    wall: float
    """Seconds."""
    peak: int
    """Bytes of memory held at once, at most.

    The system counts from the fork on, so that no child seems smaller than this process: keep this one small.
    """


def run(
    command: Sequence[str], *, environ: Mapping[str, str], stdin: str = "", keeps_output: bool = True
) -> tuple[Cost, str]:
    """Run a command to its end; return its cost and what it wrote to stdout, if that is kept. Raises ChildFailed."""
    # Files, not pipes: nothing has to be read while it runs, and nobody's CPU is spent on it.
    with tempfile.TemporaryFile() as given, tempfile.TemporaryFile() as out, tempfile.TemporaryFile() as err:
        given.write(stdin.encode())
        given.seek(0)
        started = monotonic()
        child = subprocess.Popen(command, env=dict(environ), stdin=given, stdout=out, stderr=err)
        _, status, used = os.wait4(child.pid, 0)
        wall = monotonic() - started
        child.returncode = os.waitstatus_to_exitcode(status)
        out.seek(0)
        err.seek(0)
        if child.returncode != 0:
            words = err.read().decode(errors="replace")
            raise ChildFailed(f"{' '.join(command)} ended with {child.returncode}: {words}")
        return Cost(
            used.ru_utime + used.ru_stime, wall, used.ru_maxrss * 1024
        ), out.read().decode() if keeps_output else ""


def compare_cpu(
    one: Sequence[str], other: Sequence[str], *, environ: Mapping[str, str], runs: int
) -> tuple[float, float]:
    """The median CPU seconds of two commands. They take turns, so that a slow minute of the machine slows both."""
    run(one, environ=environ)  # the first start compiles and fills caches, here and there
    run(other, environ=environ)
    turns = [(run(one, environ=environ)[0].cpu, run(other, environ=environ)[0].cpu) for _ in range(runs)]
    return median(turn[0] for turn in turns), median(turn[1] for turn in turns)
