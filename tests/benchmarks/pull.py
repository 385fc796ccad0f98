"""What a full pull costs: against a bare script, in memory, on disk, and in time when it is paced."""

import json
import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from functools import cached_property
from pathlib import Path

from favsync.store.sqlite import connect as sqlite
from tests.benchmarks.backup import Home, save_pages, served
from tests.benchmarks.children import ChildFailed, Cost, run
from tests.benchmarks.sizes import Size
from tests.benchmarks.table import Line, megabytes, seconds

MOST_CPU = 2.0
MOST_MEMORY = 150_000_000
MOST_GROWTH = 1.2
MOST_BYTES = 2_500

_BARE = Path(__file__).with_name("bare.py")
_PRAGMAS = ("foreign_keys", "trusted_schema", "temp_store", "synchronous", "cache_size", "wal_autocheckpoint")
_TABLES = (
    *("favorites", "favorite_events", "posts", "tags", "post_tags", "post_sources", "post_pools"),
    *("payloads", "posts_fts_docsize"),
)
_TIMES = frozenset({"fetched_at", "first_seen_at", "happened_at"})


class Pulls:
    """Full pulls of two sizes, each made once for all that is measured of it."""

    def __init__(self, folder: Path, size: Size) -> None:
        self.size = size
        self.favorites = size.favorites
        self.folder = folder
        self._pages = folder / "pages"
        self._empty = folder / "empty.db"

    @cached_property
    def home(self) -> Home:
        """Where the large backup is."""
        return Home(self.folder / "large")

    @cached_property
    def large(self) -> Cost:
        """The cost of a first backup of all favorites; the pages and an empty database are kept beside it."""
        with served(self.favorites) as site:
            save_pages(site.url, self._pages)
            self.home.add_account(site.url)
            shutil.copy(self.home.database, self._empty)
            return self.home.sync(self.favorites)[0]

    @cached_property
    def small(self) -> Cost:
        """The cost of a first backup of a tenth of them."""
        home, favorites = Home(self.folder / "small"), self.favorites // 10
        with served(favorites) as site:
            home.add_account(site.url)
            return home.sync(favorites)[0]

    def bare(self, parser: str) -> Cost:
        """The cost of the bare script with that parser. Raises ChildFailed when its rows are not favsync's."""
        _ = self.large
        database = self.folder / f"bare-{parser}.db"
        shutil.copy(self._empty, database)
        pragmas = json.dumps(_pragmas(self.home.database))
        command = [sys.executable, str(_BARE), parser, str(self._pages), str(database), pragmas]
        cost, _out = run(command, environ=self.home.environ())
        _compare_rows(self.home.database, database)
        database.unlink()
        return cost


def cpu(pulls: Pulls) -> Iterator[Line]:
    """CPU of the client against the bare script, with either parser."""
    name, mine = f"full pull of {pulls.favorites:,}: CPU", pulls.large.cpu
    for parser in ("json", "msgspec"):
        bare = pulls.bare(parser).cpu
        ratio = mine / bare
        yield Line(
            f"{name}, bare with {parser}", seconds(mine), seconds(bare), ratio, f"{MOST_CPU:g} x", ratio <= MOST_CPU
        )


def memory(pulls: Pulls) -> Iterator[Line]:
    """The most memory that the client holds, in all and against a list of a tenth."""
    large, small = pulls.large.peak, pulls.small.peak
    name, limit = f"full pull of {pulls.favorites:,}: peak memory", megabytes(MOST_MEMORY)
    yield Line(name, megabytes(large), None, None, limit, large <= MOST_MEMORY)
    growth, of = large / small, f"{megabytes(small)} for {pulls.favorites // 10:,}"
    yield Line(f"{name}, growth", megabytes(large), of, growth, f"{MOST_GROWTH:g} x", growth <= MOST_GROWTH)


def size(pulls: Pulls) -> Iterator[Line]:
    """Bytes of the closed database for each favorite."""
    _ = pulls.large
    files = pulls.home.folder.glob(pulls.home.database.name + "*")
    each = sum(file.stat().st_size for file in files) / pulls.favorites
    yield Line("on disk, per favorite", f"{each:,.0f} bytes", None, None, f"{MOST_BYTES:,} bytes", each <= MOST_BYTES)


def pace(pulls: Pulls) -> Iterator[Line]:
    """The wall time of a paced pull against the pace itself."""
    home, favorites = Home(pulls.folder / "paced"), min(pulls.size.paced, pulls.favorites)
    interval = pulls.size.interval
    with served(favorites) as site:
        home.add_account(site.url)
        cost, report = home.sync(favorites, interval)
    requests = report["requests"]
    paced = requests * interval
    yield Line(
        f"full pull of {favorites:,}, paced: wall time",
        seconds(cost.wall),
        f"{requests} requests, {interval:g} s apart",
        cost.wall / paced,
        f"1.05 x + 2 s = {seconds(1.05 * paced + 2)}",
        cost.wall <= 1.05 * paced + 2,
    )


def _pragmas(database: Path) -> dict[str, int]:
    """What favsync sets on a connection that writes, as SQLite itself tells it."""
    with closing(sqlite.connect(database, writable=True)) as connection:
        return {name: connection.execute(f"PRAGMA {name}").fetchone()[0] for name in _PRAGMAS}


def _compare_rows(ours: Path, theirs: Path) -> None:
    """Raise ChildFailed unless both databases hold the same rows, times aside: else their costs say nothing."""
    with closing(sqlite3.connect(ours)) as connection:
        connection.execute("ATTACH ? AS bare", (str(theirs),))
        for table in _TABLES:
            columns = [row[1] for row in connection.execute(f"PRAGMA table_info({table})") if row[1] not in _TIMES]
            rows = [f"SELECT {', '.join(columns)} FROM {schema}.{table}" for schema in ("main", "bare")]  # noqa: S608 - names of favsync's own
            for one, other in (rows, rows[::-1]):
                (different,) = connection.execute(f"SELECT count(*) FROM ({one} EXCEPT {other})").fetchone()  # noqa: S608 - as above
                if different:
                    raise ChildFailed(f"favsync and the bare script differ in {different:,} rows of {table}")
