"""Prints how many branches of the four rooms the tests have taken, and fails where that is too few.

Its one argument is what `coverage json` writes.
"""

import json
import sys
from pathlib import Path

LEAST = 95.0
"""Percent of the branches of each room."""

ROOMS = ("core", "site", "store", "app")


def main() -> int:
    """Print a line for each room; return 1 when one of them is below LEAST."""
    files = json.loads(Path(sys.argv[1]).read_text())["files"]
    enough = True
    for room in ROOMS:
        totals = [file["summary"] for name, file in files.items() if f"favsync/{room}/" in name]
        there = sum(summary["num_branches"] for summary in totals)
        taken = sum(summary["covered_branches"] for summary in totals)
        percent = 100 * taken / there if there else 0.0
        enough &= percent >= LEAST
        print(f"{room:<7} {taken:>4} of {there:>4} branches  {percent:5.1f} %")
        if percent < LEAST:
            _print_missing(files, room)
    return 0 if enough else 1


def _print_missing(files: dict[str, dict[str, list[list[int]]]], room: str) -> None:
    for name, file in sorted(files.items()):
        if f"favsync/{room}/" in name and file["missing_branches"]:
            ways = ", ".join(f"{start}→{end if end > 0 else 'end'}" for start, end in file["missing_branches"])
            print(f"        {name}: {ways}")


if __name__ == "__main__":
    sys.exit(main())
