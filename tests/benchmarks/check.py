"""What `favsync check` of the large database costs, without the site: beside SQLite's own check of the same file."""

import sys
from collections.abc import Iterator

from tests.benchmarks.backup import FAVSYNC
from tests.benchmarks.children import run
from tests.benchmarks.pull import Pulls
from tests.benchmarks.table import Line, megabytes, seconds

MOST_SECONDS = 60.0
"""For 100,000 favorites; for fewer, as much less."""
FAVORITES = 100_000
MOST_MEMORY = 200_000_000

_OWN = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1])
assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
assert connection.execute("PRAGMA foreign_key_check").fetchall() == []
"""


def check(pulls: Pulls) -> Iterator[Line]:
    """Time on the clock and the most memory of `favsync check`, which has to find nothing."""
    _ = pulls.large
    environ = pulls.home.environ()
    own, _out = run([sys.executable, "-c", _OWN, str(pulls.home.database)], environ=environ)
    cost, _out = run([*FAVSYNC, "check"], environ=environ)
    name = f"favsync check, {pulls.favorites:,} favorites"
    allowed = MOST_SECONDS * pulls.favorites / FAVORITES + 2  # the program has to start, however few they are
    yield Line(
        name,
        seconds(cost.wall),
        f"integrity_check alone: {seconds(own.wall)}",
        cost.wall / own.wall,
        seconds(allowed),
        cost.wall <= allowed,
    )
    peak = megabytes(cost.peak)
    yield Line(f"{name}: peak memory", peak, None, None, megabytes(MOST_MEMORY), cost.peak <= MOST_MEMORY)
