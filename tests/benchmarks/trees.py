"""What a tree of hard links costs: against a bare script that makes the same links, and when nothing changed."""

import shutil
import sqlite3
import sys
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

from favsync.core.files.names import stored_name
from favsync.model import FileKind
from tests.benchmarks.backup import FAVSYNC
from tests.benchmarks.children import run
from tests.benchmarks.pull import Pulls
from tests.benchmarks.table import Line, megabytes, seconds

MOST_FIRST = 1.3
MOST_UNCHANGED_CPU = 3.0

_TEMPLATE = "{artist}/{id}.{ext}"
_AT = "2026-01-01T00:00:00.000Z"

# It is given what favsync has to find out: the pairs of names.
_BARE = """
import os, sys
made = set()
with open(sys.argv[1]) as pairs:
    for line in pairs:
        source, target = line.rstrip("\\n").split("\\t")
        folder = os.path.dirname(target)
        if folder not in made:
            os.makedirs(folder, exist_ok=True)
            made.add(folder)
        os.link(source, target)
"""


def trees(pulls: Pulls) -> Iterator[Line]:
    """The files are empty: what is in them is nothing to a link."""
    _ = pulls.large
    home = pulls.home
    files, tree, bare = home.database.parent / "files", home.folder / "tree", home.folder / "bare"
    number = _keep_files(home.database, files)
    command = [*FAVSYNC, "files", "tree", str(tree), "--template", _TEMPLATE]
    first, _out = run(command, environ=home.environ())
    pairs = home.folder / "pairs"
    # The same links, as (source, target): which source each has, its inode says.
    sources = {path.stat().st_ino: path for path in files.rglob("*.*")}
    with pairs.open("w") as written:
        for link in tree.rglob("*.*"):
            if link.is_file():
                written.write(f"{sources[link.stat().st_ino]}\t{bare / link.relative_to(tree)}\n")
    theirs, _out = run([sys.executable, "-c", _BARE, str(pairs)], environ=home.environ())
    name = f"tree of {number:,} hard links"
    reference = f"bare script: {seconds(theirs.wall)}, CPU {seconds(theirs.cpu)}"
    ratio = first.wall / theirs.wall
    measured = f"{seconds(first.wall)}, CPU {seconds(first.cpu)}"
    yield Line(f"{name}, first", measured, reference, ratio, f"{MOST_FIRST:g} x", ratio <= MOST_FIRST)
    again, _out = run(command, environ=home.environ())
    yield Line(
        f"{name}, unchanged",
        f"CPU {seconds(again.cpu)}, {megabytes(again.peak)}",
        allowed=f"CPU {seconds(MOST_UNCHANGED_CPU)}",
        ok=again.cpu <= MOST_UNCHANGED_CPU,
    )
    for folder in (tree, bare, files):
        shutil.rmtree(folder)


def _keep_files(database: Path, folder: Path) -> int:
    """Make a file for the original of every favorite, and its row; return how many there are."""
    with closing(sqlite3.connect(database)) as connection:
        known = connection.execute("SELECT DISTINCT md5, ext FROM post_files WHERE last_run_id IS NULL").fetchall()
        names = [(md5, ext, stored_name(md5, FileKind.ORIGINAL, ext)) for md5, ext in known]
        for _, _, name in names:
            path = folder / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.touch()
        connection.executemany(
            "INSERT OR REPLACE INTO files"
            " (md5, kind, ext, content_md5, size, state, path, is_own, stored_at, updated_at)"
            " VALUES (?, 'original', ?, ?, 0, 'stored', ?, 1, ?, ?)",
            ((md5, ext, md5, name, _AT, _AT) for md5, ext, name in names),
        )
        connection.commit()
    return len(names)
