"""What a search costs within a process that has the database open, beside a scan with LIKE that asks the same.

Run by hand it measures a database of `tagged.py`: `python -m tests.benchmarks.searches PATH FAVORITES TAGS TURNS`.
"""

import json
import os
import sqlite3
import sys
import time
from collections.abc import Iterator
from contextlib import closing
from dataclasses import asdict, dataclass
from pathlib import Path
from statistics import median

from favsync.query.fields import OrderKey
from favsync.query.tree import And, Node, Not, Order, Search, Tag, TextHas, Wildcard
from favsync.store.search.answers import PostSearch
from favsync.store.sqlite import connect as sqlite
from tests.benchmarks.children import ChildFailed, run
from tests.benchmarks.pull import Pulls
from tests.benchmarks.table import Line, seconds
from tests.benchmarks.tagged import Tagged, build
from tests.store.measure import store_seconds

TURNS = 9
"""For each of the turns that other things are given: these are quicker."""
LIMIT = 20
MOST_TAGS, MOST_SCORE, MOST_WILDCARD, MOST_TEXT = 0.010, 0.040, 0.060, 0.020
LEAST_TIMES_LIKE = 20
MOST_FOR_INDEXES = 1.25

_NEWEST, _BEST = "position", "score DESC, post_id DESC"


@dataclass(frozen=True, slots=True)
class Case:
    """One search, and the same with LIKE. Seconds that it may take."""

    name: str
    search: Search
    like: str
    values: tuple[str, ...]
    allowed: float
    order: str = _NEWEST
    is_of_tags: bool = True


@dataclass(frozen=True, slots=True)
class Measured:
    """Seconds of CPU (everything is in memory, so that nothing is waited for), and how many rows there are in all."""

    name: str
    mine: float
    like: float
    rows: int
    allowed: float
    is_of_tags: bool


def searches(pulls: Pulls) -> Iterator[Line]:
    """Each kind of search, and what the indexes cost a first backup."""
    favorites, path = pulls.favorites, pulls.folder / "tagged.db"
    sizes = map(str, (favorites, pulls.size.tags, pulls.size.turns * TURNS))
    _, out = run([sys.executable, "-m", __name__, str(path), *sizes], environ=os.environ)
    for reported in json.loads(out):
        measured = Measured(**reported)
        times = measured.like / measured.mine
        fast = measured.mine <= measured.allowed
        allowed = _milliseconds(measured.allowed)
        if measured.is_of_tags:
            fast = fast and times >= LEAST_TIMES_LIKE
            allowed += f", LIKE / {LEAST_TIMES_LIKE}"
        yield Line(
            f"search, {favorites:,}: {measured.name} ({measured.rows:,}), CPU",
            _milliseconds(measured.mine),
            f"LIKE: {seconds(measured.like)}, {times:,.0f} times",
            None,
            allowed,
            fast,
        )
    yield _indexes(pulls.folder, favorites // 5)


def _indexes(folder: Path, favorites: int) -> Line:
    """The store's part of a first backup with the indexes that searches go by, and without them."""
    costs = {}
    for kind in ("without", "with"):
        command = [sys.executable, "-m", __name__, kind, str(folder / f"{kind}.db"), str(favorites)]
        costs[kind] = float(run(command, environ=os.environ)[1])
    ratio = costs["with"] / costs["without"]
    return Line(
        f"first backup of {favorites:,}, the store's part: CPU with the indexes",
        seconds(costs["with"]),
        f"without: {seconds(costs['without'])}",
        ratio,
        f"{MOST_FOR_INDEXES:g} x",
        ratio <= MOST_FOR_INDEXES,
    )


# In the place of the index something that takes what is written to it, and keeps nothing.
_WITHOUT = """
DROP INDEX ix_posts_score;
DROP TABLE post_tags_fts;
CREATE VIEW post_tags_fts (rowid, tag_ids) AS SELECT 1, '' WHERE 0;
CREATE TRIGGER no_index INSTEAD OF INSERT ON post_tags_fts BEGIN SELECT 1; END;
"""


def _write(kind: str, path: Path, favorites: int) -> float:
    if kind == "without":
        from favsync.store.database import Database  # noqa: PLC0415 - not for those that search

        Database.open(path).close()
        with closing(sqlite.connect(path, writable=True)) as connection:
            connection.executescript(_WITHOUT)
    return store_seconds(path, favorites)


def _cases(tagged: Tagged) -> Iterator[Case]:
    names = tagged.names

    def rank_of(count: int) -> int:
        """The commonest tag that no more posts have."""
        return next(rank for rank in range(1, tagged.rarest + 1) if tagged.counts[rank] <= count)

    half, other, most = names[1], names[2], names[3]
    three = names[tagged.rarest]
    common, some = names[rank_of(tagged.counts[1] // 5)], names[rank_of(tagged.counts[1] // 50)]
    best = Order(OrderKey.SCORE)

    def tags(name: str, *wanted: str, without: str | None = None, order: Order | None = None) -> Case:
        terms: list[Node] = [Tag(tag) for tag in wanted]
        like = " AND ".join([_HAS] * len(wanted))
        if without is not None:
            terms.append(Not(Tag(without)))
            like += f" AND NOT {_HAS}"
        where = terms[0] if len(terms) == 1 else And(tuple(terms))
        values = (*wanted, *([] if without is None else [without]))
        if order is None:
            return Case(name, Search(where, limit=LIMIT), like, values, MOST_TAGS)
        return Case(name, Search(where, order, LIMIT), like, values, MOST_SCORE, _BEST)

    yield tags("a tag of half the list", half)
    yield tags("a tag of three", three)
    yield tags("a common tag", common)
    yield tags("a tag of the oldest ones", tagged.old)
    yield tags("two tags of half the list", half, other)
    yield tags("a common and a rare tag", common, some)
    yield tags("a tag of half and one of three", half, three)
    yield tags("three tags, one not, by score", half, other, without=most, order=best)
    yield tags("the same with common tags", common, half, without=other, order=best)
    yield tags("the same with rare tags", some, common, without=three, order=best)
    for pattern in ("grey_fox*", "wolf*", "*lamp*", "*_(red_299*"):
        like = (
            "EXISTS (SELECT 1 FROM post_tags JOIN tags ON tags.id = tag_id WHERE post_id = f.post_id AND name GLOB ?)"
        )
        yield Case(f"a wildcard, {pattern}", Search(Wildcard(pattern), limit=LIMIT), like, (pattern,), MOST_WILDCARD)
    for words in (("foxing",), ("stone", "wolfs")):
        like = " AND ".join(["' ' || description || ' ' LIKE '% ' || ? || ' %'"] * len(words))
        name = f"a text, {' '.join(words)}"
        yield Case(name, Search(TextHas(words), limit=LIMIT), like, words, MOST_TEXT, is_of_tags=False)


_HAS = "' ' || tags || ' ' LIKE '% ' || replace(?, '_', '\\_') || ' %' ESCAPE '\\'"


def _measure(path: Path, favorites: int, tags: int, turns: int) -> list[Measured]:
    tagged = build(path, favorites, tags=tags)
    with closing(sqlite.connect(path, writable=False)) as connection:
        return [_measure_one(case, connection, turns) for case in _cases(tagged)]


def _measure_one(case: Case, connection: sqlite3.Connection, turns: int) -> Measured:
    times = []
    for _ in range(turns):
        began = time.process_time()
        found = PostSearch(connection, case.search).post_ids()
        times.append(time.process_time() - began)
    began = time.process_time()
    like = f"SELECT post_id FROM favorite_posts AS f WHERE {case.like} ORDER BY {case.order} LIMIT {LIMIT}"  # noqa: S608 - texts of this file
    scanned = [post for (post,) in connection.execute(like, case.values)]
    scan = time.process_time() - began
    if found != scanned:
        raise ChildFailed(f"{case.name}: the search finds {found}, and LIKE {scanned}")
    rows = PostSearch(connection, case.search).count()
    return Measured(case.name, median(times), scan, rows, case.allowed, case.is_of_tags)


def _milliseconds(value: float) -> str:
    return f"{value * 1000:.1f} ms"


def main() -> None:
    """Measure in a process of its own, which may hold what it likes."""
    match sys.argv[1:]:
        case [("with" | "without") as kind, path, favorites]:
            print(_write(kind, Path(path), int(favorites)))
        case [path, favorites, tags, turns]:
            measured = _measure(Path(path), int(favorites), int(tags), int(turns))
            print(json.dumps([asdict(each) for each in measured]))


if __name__ == "__main__":
    main()
