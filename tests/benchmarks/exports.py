"""What it costs to write everything of an account to a pipe, and to bring it back."""

import sys
from collections.abc import Iterator

from tests.benchmarks.backup import FAVSYNC, Home, served
from tests.benchmarks.children import Cost, run
from tests.benchmarks.pull import Pulls
from tests.benchmarks.table import Line, megabytes, seconds

MOST_MEMORY = 100_000_000
MOST_GROWTH = 1.3
_FORMATS = ("jsonl", "csv", "ids", "html")


def exports(pulls: Pulls) -> Iterator[Line]:
    """Every format of a tenth and of all of so many favorites, as a pipe gets it."""
    favorites = pulls.favorites
    small = max(favorites // 10, 320)
    costs: dict[tuple[int, str], Cost] = {}
    for size in sorted({small, favorites}):
        home = Home(pulls.folder / f"exports-{size}")
        with served(size) as site:
            home.add_account(site.url)
            home.sync(size)
        for kind in _FORMATS:
            command = [*FAVSYNC, "export", "--format", kind]
            costs[size, kind] = run(command, environ=home.environ(), keeps_output=False)[0]
    sqlalchemy, _ = run([sys.executable, "-c", "import sqlalchemy.orm"], environ=home.environ())
    for kind in _FORMATS:
        cost, less = costs[favorites, kind], costs[small, kind]
        reference = f"{megabytes(less.peak)} for {small:,}"
        name = f"export, {favorites:,}: {kind}, peak memory, growth"
        ok = cost.peak <= MOST_MEMORY and cost.peak <= MOST_GROWTH * less.peak
        yield Line(name, megabytes(cost.peak), reference, cost.peak / less.peak, f"{megabytes(MOST_MEMORY)}", ok)
        reference = f"{seconds(sqlalchemy.cpu)} to import sqlalchemy"
        yield Line(f"export, {favorites:,}: {kind}, CPU", seconds(cost.cpu), reference, cost.cpu / sqlalchemy.cpu)
