"""What it costs to move favorites to another account: the CPU of one queued change, and how well the pace is kept."""

from collections.abc import Iterator
from pathlib import Path

from tests.benchmarks.backup import FAVSYNC, Home, Served, served
from tests.benchmarks.children import ChildFailed, Cost, run
from tests.benchmarks.pull import Pulls
from tests.benchmarks.table import Line, seconds

MOST_CPU = 0.010
"""Seconds for one queued change: queued, sent and settled, each in a transaction of its own."""

MOST_OVER = 1.05


def moves(pulls: Pulls) -> Iterator[Line]:
    """Move 2,000 without a pause, and some at one a second."""
    moved_at_once, paced_moves, interval = pulls.size.moved, max(pulls.size.paced // 50, 1), pulls.size.interval
    with served(moved_at_once) as site:
        home = _two_accounts(pulls.folder / "moves", site)
        moved, _ = _migrate(home, site)
        nothing, _ = _migrate(home, site)
    each = (moved.cpu - nothing.cpu) / moved_at_once
    most = f"{1_000 * MOST_CPU:.0f} ms"
    yield Line(f"moving {moved_at_once:,}: CPU for each", f"{1_000 * each:.1f} ms", None, None, most, each <= MOST_CPU)
    with served(paced_moves) as site:
        home = _two_accounts(pulls.folder / "paced-moves", site)
        paced, requests = _migrate(home, site, interval=interval)
    least = requests * interval
    yield Line(
        f"moving {paced_moves}, paced: wall time",
        seconds(paced.wall),
        f"{requests} requests, {interval:g} s apart",
        paced.wall / least,
        f"{MOST_OVER:g} x",
        paced.wall <= MOST_OVER * least,
    )


def _two_accounts(folder: Path, site: Served) -> Home:
    home = Home(folder)
    home.add_account(site.url)
    how = ["--site", site.url, "--username", "bob", "--api-key-stdin"]
    run([*FAVSYNC, "account", "add", "bob", *how], environ=home.environ(), stdin="bob-key\n")
    return home


def _migrate(home: Home, site: Served, *, interval: float = 0.0) -> tuple[Cost, int]:
    """Move alice's favorites to bob; return what it cost, and the requests it took. Raises ChildFailed."""
    before = len(site.tell("log"))
    cost, _ = run([*FAVSYNC, "migrate", "alice", "bob", "--json"], environ=home.environ(interval))
    if site.tell("listing", "alice") != site.tell("listing", "bob"):
        raise ChildFailed("the two lists are not the same")
    return cost, len(site.tell("log")) - before
