"""Measure favsync, and print what was measured beside what is allowed: `python -m tests.benchmarks`.

Everything runs on this machine: the site is the sandbox, in a process of its own, whose CPU is not counted. With all of
it, about five minutes on a slow machine and half a gigabyte of disk. The exit code tells only whether it could be
measured.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path

from tests.benchmarks import (
    adopting,
    check,
    copies,
    counts,
    exports,
    files,
    moves,
    nights,
    pull,
    searches,
    starts,
    trees,
    verifying,
)
from tests.benchmarks.children import ChildFailed
from tests.benchmarks.sizes import FULL
from tests.benchmarks.table import Line, print_table

BENCHMARKS: dict[str, Callable[[pull.Pulls], Iterator[Line]]] = {
    "help": starts.help_text,
    "cpu": pull.cpu,
    "memory": pull.memory,
    "size": pull.size,
    "status": starts.status,
    "counts": counts.counts,
    "search": starts.search,
    "check": check.check,
    "backup": copies.copies,
    "nights": nights.nights,
    "exports": exports.exports,
    "moves": moves.moves,
    "searches": searches.searches,
    "adopt": adopting.adopting,
    "trees": trees.trees,
    "files": files.fetched,
    "files kept": files.unchanged,
    "files verified": verifying.verified,
    "pace": pull.pace,
}


def main() -> int:
    """Run the benchmarks that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure favsync.")
    parser.add_argument("--favorites", type=int, default=FULL.favorites, help="how many the large list has")
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="only this one; repeatable")
    given = parser.parse_args()
    lines: list[Line] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="favsync-benchmarks-") as folder:
        pulls = pull.Pulls(Path(folder), replace(FULL, favorites=given.favorites))
        for name in given.only or BENCHMARKS:
            try:
                lines += BENCHMARKS[name](pulls)
            except ChildFailed as failure:
                failed = True
                print(f"{name} could not be measured: {failure}", file=sys.stderr)
    print_table(lines)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
