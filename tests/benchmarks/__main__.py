"""Measure favsync, and print what was measured beside what is allowed: `python -m tests.benchmarks`.

Everything runs on this machine: the site is the sandbox, in a process of its own, whose CPU is not counted. With all of
it, about five minutes on a slow machine and half a gigabyte of disk. The exit code tells only whether it could be
measured.
"""

import argparse
import sys
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

from tests.benchmarks import check, copies, counts, exports, moves, nights, pull, searches, starts
from tests.benchmarks.children import ChildFailed
from tests.benchmarks.table import Line, print_table

BENCHMARKS: dict[str, Callable[[pull.Pulls, Path], Iterator[Line]]] = {
    "help": lambda _pulls, folder: starts.help_text(folder),
    "cpu": lambda pulls, _folder: pull.cpu(pulls),
    "memory": lambda pulls, _folder: pull.memory(pulls),
    "size": lambda pulls, _folder: pull.size(pulls),
    "status": lambda pulls, _folder: starts.status(pulls),
    "counts": lambda pulls, _folder: counts.counts(pulls),
    "search": lambda pulls, _folder: starts.search(pulls),
    "check": lambda pulls, _folder: check.check(pulls),
    "backup": lambda pulls, _folder: copies.copies(pulls),
    "nights": lambda pulls, folder: nights.nights(folder, pulls.favorites),
    "exports": lambda pulls, folder: exports.exports(folder, pulls.favorites),
    "moves": lambda _pulls, folder: moves.moves(folder),
    "searches": lambda pulls, folder: searches.searches(folder, pulls.favorites),
    "pace": lambda pulls, _folder: pull.pace(pulls),
}


def main() -> int:
    """Run the benchmarks that were asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.benchmarks", description="Measure favsync.")
    parser.add_argument("--favorites", type=int, default=100_000, help="how many the large list has")
    parser.add_argument("--only", choices=BENCHMARKS, action="append", help="only this one; repeatable")
    given = parser.parse_args()
    lines: list[Line] = []
    failed = False
    with tempfile.TemporaryDirectory(prefix="favsync-benchmarks-") as folder:
        pulls = pull.Pulls(Path(folder), given.favorites)
        for name in given.only or BENCHMARKS:
            try:
                lines += BENCHMARKS[name](pulls, Path(folder))
            except ChildFailed as failure:
                failed = True
                print(f"{name} could not be measured: {failure}", file=sys.stderr)  # noqa: T201
    print_table(lines)
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
