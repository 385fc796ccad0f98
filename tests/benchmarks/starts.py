"""What it costs to start: `--help` against click alone, `status` and a search against SQLAlchemy alone."""

import sys
from collections.abc import Iterator

from tests.benchmarks.backup import FAVSYNC
from tests.benchmarks.children import compare_cpu
from tests.benchmarks.pull import Pulls
from tests.benchmarks.table import Line, seconds

MOST_HELP = 2.0
MOST_STATUS = 1.5
MOST_SEARCH = 1.6


def help_text(pulls: Pulls) -> Iterator[Line]:
    """`favsync --help` against the import of click."""
    yield _line("favsync --help: CPU", ("--help",), "click", MOST_HELP, pulls)


def status(pulls: Pulls) -> Iterator[Line]:
    """`favsync status` on the large database against the import of SQLAlchemy."""
    _ = pulls.large
    name = f"favsync status, {pulls.favorites:,} favorites: CPU"
    yield _line(name, ("status",), "sqlalchemy", MOST_STATUS, pulls)


def search(pulls: Pulls) -> Iterator[Line]:
    """`favsync search wolf --limit 20` on the large database, which has the tag often, against the same import."""
    _ = pulls.large
    name = f"favsync search wolf --limit 20, {pulls.favorites:,} favorites: CPU"
    yield _line(name, ("search", "wolf", "--limit", "20"), "sqlalchemy", MOST_SEARCH, pulls)


def _line(name: str, arguments: tuple[str, ...], package: str, most: float, pulls: Pulls) -> Line:
    bare = (sys.executable, "-c", f"import {package}")
    mine, theirs = compare_cpu((*FAVSYNC, *arguments), bare, environ=pulls.home.environ(), runs=pulls.size.turns)
    ratio = mine / theirs
    return Line(name, seconds(mine), f"import {package}: {seconds(theirs)}", ratio, f"{most:g} x", ratio <= most)
