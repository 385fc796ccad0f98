"""What `files adopt` costs: for the first time beside a bare walk that hashes, and again where nothing changed."""

import hashlib
import os
import sys
import time
from collections.abc import Iterator
from pathlib import Path

from favsync.model import RunKind
from favsync.store.accounts import save_account
from favsync.store.database import Database
from favsync.store.posts.saving import ensure_posts
from favsync.store.runs import start_run
from favsync.store.sites import save_site_url
from tests.benchmarks.backup import FAVSYNC, Home
from tests.benchmarks.children import run
from tests.benchmarks.pull import Pulls
from tests.benchmarks.table import Line, megabytes, seconds

MOST_WALL = 1.2
MOST_CPU = 2.0
"""Seconds for 100,000 files; for fewer, as much less."""
FILES = 100_000
_BYTES = 100_000
_AT = "2026-01-02T03:04:05.678Z"

_BARE = """
import hashlib, os, sys
for folder, _, names in os.walk(sys.argv[1]):
    for name in names:
        with open(os.path.join(folder, name), "rb") as file:
            hashlib.file_digest(file, "md5").hexdigest()
"""


def adopting(pulls: Pulls) -> Iterator[Line]:
    """A tenth of the files with 100 kB each for the first time, and as many small ones as there are favorites again."""
    folder = pulls.folder / "adopting"
    cold, small = folder / "cold", folder / "small"
    number = pulls.favorites // 10
    home = make_home(folder / "home", [*_make_files(cold, number, _BYTES), *_make_files(small, pulls.favorites, 100)])
    adopt = [*FAVSYNC, "files", "adopt"]
    environ = home.environ()
    run([sys.executable, "-c", _BARE, str(cold)], environ=environ)  # so that both find the files in memory
    bare, _ = run([sys.executable, "-c", _BARE, str(cold)], environ=environ)
    first, said = run([*adopt, str(cold)], environ=environ)
    name = f"files adopt, {number:,} files of 100 kB"
    yield Line(
        name,
        seconds(first.wall),
        f"a bare walk that hashes: {seconds(bare.wall)}",
        first.wall / bare.wall,
        f"{MOST_WALL}×",
        first.wall <= MOST_WALL * bare.wall,
    )
    yield Line(f"{name}: CPU", seconds(first.cpu), seconds(bare.cpu), first.cpu / bare.cpu)
    run([*adopt, str(small)], environ=environ)
    again, said = run([*adopt, str(small)], environ=environ)
    if f"{pulls.favorites:,} already here" not in said:
        raise AssertionError(said)
    allowed = max(1.0, MOST_CPU * pulls.favorites / FILES)  # the program has to start, however few they are
    name = f"files adopt again, {pulls.favorites:,} files"
    yield Line(f"{name}: CPU", seconds(again.cpu), None, None, seconds(allowed), again.cpu <= allowed)
    yield Line(f"{name}: peak memory", megabytes(again.peak))


def _make_files(folder: Path, number: int, size: int) -> Iterator[str]:
    """Files of different bytes, as gallery-dl names them, a thousand a folder; their md5s."""
    day_before = time.time_ns() - 86_400_000_000_000
    for index in range(number):
        data = index.to_bytes(8) + size.to_bytes(8) * (size // 8)
        md5 = hashlib.md5(data, usedforsecurity=False).hexdigest()
        path = folder / f"{index // 1_000}" / f"e621_{index}_{md5}.png"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)
        os.utime(path, ns=(day_before, day_before))
        yield md5


def make_home(folder: Path, md5s: list[str]) -> Home:
    """A database with a post for each md5."""
    home = Home(folder)
    folder.mkdir(parents=True, exist_ok=True)
    with Database.open(home.database) as database, database.write() as conn:
        save_site_url(conn, "https://e621.net", at=_AT)
        account = save_account(conn, name="alice", username="alice", site_user_id=1, is_public=False, at=_AT)
        run_id = start_run(conn, account.id, kind=RunKind.FULL, at=_AT)
        ensure_posts(conn, range(1, len(md5s) + 1), run_id=run_id)
        rows = [(post_id, md5, "png", run_id) for post_id, md5 in enumerate(md5s, start=1)]
        conn.exec_driver_sql("INSERT INTO post_files (post_id, md5, ext, first_run_id) VALUES (?, ?, ?, ?)", rows)
    return home
