"""A fetch killed with SIGKILL at any change of the disk and any commit: the next one ends with every file whole.

Twenty points in the suite. All of them, some three hundred:

    FILE_KILLS=all pytest tests/app/files/test_killed_fetch.py
"""

import hashlib
import os
import signal
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import pytest

from favsync.sandbox import Site, make_world
from favsync.sandbox.posts import Original
from tests.app.rig import Rig
from tests.app.zygote import Zygote

pytestmark = pytest.mark.slow

FILES, LARGE = 8, 200_000
ALL = os.environ.get("FILE_KILLS") == "all"
MOMENTS = {"disk": (1, 17), "torn": (9, 17), "before": (1, 5), "after": (3, 5)}
"""The first point of each kind that is tried in the suite, and how many are left out up to the next."""


@dataclass
class Scenario:
    """Alice after a first sync, on whose disk there is none of the files yet."""

    site: Site
    path: Path
    content: bytes
    zygote: Zygote

    @property
    def folder(self) -> Path:
        return self.path.with_name("files")

    def begin_again(self) -> None:
        """Let nothing have been fetched."""
        for path in sorted(self.folder.rglob("*"), reverse=True):
            path.rmdir() if path.is_dir() else path.unlink()
        for path in self.path.parent.glob("favsync.db*"):
            path.unlink()
        self.path.write_bytes(self.content)

    def fetch(self, moment: str = "", number: int = 0) -> int:
        """Run `favsync files fetch` in a process of its own, which kills itself there; return its exit code."""
        self.site.files.clear_log()
        self.zygote.program(
            *("--database", str(self.path), "files", "fetch", "--json"),
            environ={
                "HOME": str(self.path.parent),
                "XDG_CONFIG_HOME": str(self.path.parent),
                "FAVSYNC_KEYRING": "off",
                "FAVSYNC_FILE_INTERVAL": "0",
            },
            moment=moment,
            commit=number,
        )
        return self.zygote.wait()

    def originals(self) -> list[Original]:
        """The files of alice's favorites."""
        return [self.site.world.posts[post_id].original for post_id in self.site.world.listing("alice")]

    def held(self) -> dict[str, int]:
        """How many bytes of each file are on the disk, whole or not, by its md5."""
        paths = [path for path in self.folder.rglob("*") if path.is_file() and path.suffix != ".mark"]
        return {path.name[:32]: path.stat().st_size for path in paths}

    def sent(self) -> dict[str, int]:
        """How many bytes of each file the host has sent since the last fetch began, by its md5."""
        sent: dict[str, int] = {}
        for exchange in self.site.files.requests():
            md5 = exchange.path.rpartition("/")[2][:32]
            # A 416 has a page of its own: of a file that was all there, and had no name yet.
            sent[md5] = sent.get(md5, 0) + (exchange.sent if exchange.status in {200, 206} else 0)
        return sent

    def check(self) -> None:
        """Every file is whole and under its name, its row says so, and nothing else is there."""
        names = {f"{post.md5[:2]}/{post.md5[2:4]}/{post.md5}.{post.ext}" for post in self.originals()}
        found = {str(path.relative_to(self.folder)): path for path in self.folder.rglob("*") if path.is_file()}
        assert set(found) == names
        for path in found.values():
            assert hashlib.md5(path.read_bytes(), usedforsecurity=False).hexdigest() == path.stem
        with closing(sqlite3.connect(self.path)) as connection:
            rows = connection.execute("SELECT md5, state, path, content_md5 FROM files").fetchall()
            assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]
        assert sorted(rows) == sorted((name[6:38], "stored", name, name[6:38]) for name in names)


@pytest.fixture(scope="module")
def scenario(tmp_path_factory: pytest.TempPathFactory, zygote: Zygote) -> Iterator[Scenario]:
    """Some large files, which come in several pieces, and some small ones."""
    world = make_world(favorites=FILES)
    for post_id in world.listing("alice")[: FILES // 2]:
        world.replace_file(post_id, size=LARGE)
    path = tmp_path_factory.mktemp("killed") / "favsync.db"
    with Site(world) as site:
        assert Rig(site, path, now=datetime.now(UTC)).sync().exit_code == 0
        yield Scenario(site, path, path.read_bytes(), zygote)


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_fetch_killed_anywhere_is_finished_by_the_next(scenario: Scenario, moment: str) -> None:
    """What is on the disk is not fetched again, but for one file at most: which one was cut off is known to nobody."""
    first, step = (1, 1) if ALL else MOMENTS[moment]
    number, kills = first, 0
    while True:
        scenario.begin_again()
        code = scenario.fetch(moment, number)
        if code == 0:
            break
        assert code == -signal.SIGKILL
        held = scenario.held()
        assert scenario.fetch() == 0
        scenario.check()
        sizes = {original.md5: original.size for original in scenario.originals()}
        twice = [md5 for md5, sent in scenario.sent().items() if sent + held.get(md5, 0) > sizes[md5]]
        assert len(twice) <= 1, (number, twice)
        number, kills = number + step, kills + 1
    assert kills >= (FILES // step)
    scenario.check()
