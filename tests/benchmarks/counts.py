"""What it costs to count all favorites and their tags: in this process, beside a plain scan of the same database."""

from collections.abc import Callable, Iterator
from contextlib import closing
from statistics import median
from time import process_time

from favsync.store.sqlite import connect as sqlite
from favsync.store.stats import load_stats
from favsync.store.tag_counts import load_tag_counts
from tests.benchmarks.pull import Pulls
from tests.benchmarks.table import Line, seconds

MOST_SECONDS = 3.0
_SCAN = "SELECT count(*) FROM favorite_posts WHERE tags LIKE '% wolf %'"


def counts(pulls: Pulls) -> Iterator[Line]:
    """`favsync stats` and `favsync tags` against a scan for one tag, without what it takes to start."""
    _ = pulls.large
    path = pulls.home.database
    with closing(sqlite.connect(path, writable=False)) as connection:
        scan = _cpu(lambda: connection.execute(_SCAN).fetchall(), pulls.size.turns)
    cases: dict[str, Callable[[], object]] = {
        "stats": lambda: load_stats(path, None),
        "tags": lambda: load_tag_counts(path, None),
        "tags 'wol*'": lambda: load_tag_counts(path, None, pattern="wol*"),
    }
    for name, act in cases.items():
        cost = _cpu(act, pulls.size.turns)
        yield Line(
            f"{name}, {pulls.favorites:,} favorites: CPU",
            seconds(cost),
            f"LIKE for one tag: {seconds(scan)}",
            cost / scan,
            seconds(MOST_SECONDS),
            cost <= MOST_SECONDS,
        )


def _cpu(act: Callable[[], object], turns: int) -> float:
    """The median CPU seconds, once what is read lies in memory."""
    act()
    times = []
    for _ in range(turns):
        begun = process_time()
        act()
        times.append(process_time() - begun)
    return median(times)
