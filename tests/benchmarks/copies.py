"""What `favsync backup` costs: its copy against `cp`, and the whole command with the check of every page."""

import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median
from time import monotonic

from tests.benchmarks.backup import FAVSYNC
from tests.benchmarks.children import run
from tests.benchmarks.pull import Pulls
from tests.benchmarks.table import Line, megabytes, seconds

MOST = 3.0
"""The copy may take three times as long as `cp`."""

# Its own clock: starting Python is no part of the copying, as starting `cp` hardly is.
_COPY = """
import sys, time
from pathlib import Path
from favsync.store.sqlite.backup import copy_database
target = Path(sys.argv[2])
target.touch()
began = time.monotonic()
copy_database(Path(sys.argv[1]), target)
print(time.monotonic() - began)
"""


def copies(pulls: Pulls) -> Iterator[Line]:
    """Both copies end on the disk: `cp`'s is flushed as well. They take turns, on one file system."""
    _ = pulls.large
    database, folder = pulls.home.database, pulls.home.folder / "copies"
    folder.mkdir(exist_ok=True)
    turns = [(_ours(database, folder / "ours.db"), _cp(database, folder / "cp.db")) for _ in range(pulls.size.turns)]
    ours, cp = median(turn[0] for turn in turns), median(turn[1] for turn in turns)
    name = f"backup of {pulls.favorites:,}, {megabytes(database.stat().st_size)}"
    reference = f"cp, flushed: {seconds(cp)}"
    yield Line(f"{name}: the copy", seconds(ours), reference, ours / cp, f"{MOST:g} x", ours / cp <= MOST)
    command = [*FAVSYNC, "backup", "create", str(folder / "backups"), "--keep-last", "1"]
    costs = [run(command, environ=pulls.home.environ())[0] for _ in range(min(3, pulls.size.turns))]
    wall, cpu = median(cost.wall for cost in costs), median(cost.cpu for cost in costs)
    peak = max(cost.peak for cost in costs)
    measured = f"{seconds(wall)}, CPU {seconds(cpu)}, {megabytes(peak)} of memory"
    yield Line(f"{name}: the whole command, checked", measured, reference, wall / cp)


def _ours(database: Path, target: Path) -> float:
    target.unlink(missing_ok=True)
    done = subprocess.run(
        [sys.executable, "-c", _COPY, str(database), str(target)], check=True, capture_output=True, text=True
    )
    return float(done.stdout)


def _cp(database: Path, target: Path) -> float:
    target.unlink(missing_ok=True)
    began = monotonic()
    subprocess.run(["cp", str(database), str(target)], check=True)  # noqa: S607 - the user's own
    descriptor = os.open(target, os.O_RDWR)
    os.fsync(descriptor)
    os.close(descriptor)
    return monotonic() - began
