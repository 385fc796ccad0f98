"""Promises 5 and 6: killed with SIGKILL at any request and any commit, the next run ends as if nothing had happened."""

import os
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from copy import deepcopy
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest

from favsync.config.keys import ApiKey, KeyStore
from favsync.model import Action
from favsync.sandbox import Site, World, make_world
from favsync.sandbox.posts import Generation
from favsync.sandbox.site import Exchange
from tests.app.rig import Rig
from tests.app.zygote import Zygote

pytestmark = pytest.mark.slow


@dataclass(frozen=True)
class SyncMode:
    """A run that is killed, and what it costs uninterrupted: a test below holds it."""

    options: tuple[str, ...]
    requests: int
    commits: int


SHALLOW, WHOLE = SyncMode((), 13, 18), SyncMode(("--full",), 16, 21)
KINDS: list[tuple[Generation, SyncMode]] = [("documented", SHALLOW), ("current", SHALLOW), ("current", WHOLE)]
MOMENTS = ("before", "after")
REQUESTS = [(kind, moment, number) for kind in KINDS for moment in MOMENTS for number in range(1, kind[1].requests + 1)]
COMMITS = [  # in one generation: a commit does not know what it is about
    (kind, moment, number) for kind in KINDS[1:] for moment in MOMENTS for number in range(1, kind[1].commits + 1)
]


def named(case: object) -> str:
    """The parts of a case, for its name."""
    match case:
        case ((str() as generation, SyncMode() as mode), *rest):
            return "-".join([generation, "full" if mode.options else "incremental", *map(str, rest)])
        case (str() as generation, SyncMode() as mode):
            return f"{generation}-{'full' if mode.options else 'incremental'}"
    return str(case)


@dataclass
class Scenario:
    """A second backup with news of every kind, and a queue with a queued change of every kind."""

    rig: Rig
    home: Path
    listing: list[int]
    """As the site has it once everything is done."""
    mode: SyncMode
    zygote: Zygote

    def run(self, moment: str = "", commit: int = 0) -> int:
        """Run `favsync sync` in a process of its own, and return its exit code: -9 when it was killed.

        With a `commit` it kills itself right before or right after that one, as `moment` says.
        """
        self.start(moment, commit)
        return self.zygote.wait()

    def start(self, moment: str = "", commit: int = 0) -> int:
        """Start it, and return its process id."""
        return self.zygote.program(
            *("--database", str(self.rig.path), "sync", "--json", *self.mode.options),
            environ={
                "HOME": str(self.home),
                "XDG_CONFIG_HOME": str(self.home),
                "FAVSYNC_KEYRING": "off",
                "FAVSYNC_REQUEST_INTERVAL": "0",
            },
            moment=moment,
            commit=commit,
        )

    def check(self) -> None:
        """Everything is as if nothing had happened."""
        assert self.rig.listing() == self.listing
        assert self.rig.favorites() == self.listing
        assert self.rig.rows("PRAGMA integrity_check") == [("ok",)]
        assert self.rig.rows("PRAGMA foreign_key_check") == []
        states = {operation.state.value for operation in self.rig.operations().values()}
        assert states == {"done", "failed"}
        news = self.rig.events()[45:]
        assert len(news) == len(set(news)) == 6
        assert {(kind, reason) for _, kind, reason, _ in news} == {
            ("added", "listed"),
            ("added", "pushed"),
            ("removed", "unfavorited"),
            ("removed", "destroyed"),
            ("removed", "pushed"),
        }
        assert self.rig.rows("SELECT count(*) FROM runs WHERE outcome IS NULL") == [(0,)]
        assert self.rig.rows("SELECT count(*) FROM reading_steps") == [(0,)]


@lru_cache
def _beginning(generation: Generation) -> tuple[World, bytes, list[int]]:
    """Make the world, the database and the list to be of all scenarios of one generation: once, for it takes long."""
    world = make_world(generation=generation, favorites=45, spare_posts=10)
    world.page_size = 10
    with TemporaryDirectory() as folder, Site(world) as site:
        rig = Rig(site, Path(folder) / "favsync.db", now=datetime.now(UTC))
        assert rig.sync().exit_code == 0
        spare = [post_id for post_id in world.posts if not world.is_favorite("alice", post_id)]
        listing = rig.listing()
        world.unfavorite("alice", listing[3])
        world.destroy_post(listing[14])
        world.favorite("alice", spare[0])
        rig.queue(
            (Action.ADD, spare[1]),
            (Action.ADD, 999_999),
            (Action.REMOVE, listing[20]),
            (Action.ADD, spare[2]),
        )
        after = [spare[2], spare[1], spare[0], *(p for p in listing if p not in (listing[3], listing[14], listing[20]))]
        return world, rig.path.read_bytes(), after


@contextmanager
def prepared(kind: tuple[Generation, SyncMode], tmp_path: Path, zygote: Zygote) -> Iterator[Scenario]:
    """Alice after a first backup, with news on the site and queued changes in the queue."""
    generation, mode = kind
    template, content, after = _beginning(generation)
    world = deepcopy(template, {id(template.lock): threading.RLock()})
    with Site(world) as site:
        home = tmp_path / "home"
        (home / "favsync").mkdir(parents=True)
        path = tmp_path / "favsync.db"
        path.write_bytes(content)
        with closing(sqlite3.connect(path)) as connection, connection:
            connection.execute("UPDATE sites SET url = ?", (site.url,))
        keys = KeyStore(home / "favsync" / "keys.toml", keyring_allowed=False)
        keys.save_key("alice", site.url, ApiKey("alice-key"))
        yield Scenario(Rig(site, path, now=datetime.now(UTC), is_made=True), home, after, mode, zygote)


@pytest.mark.parametrize("kind", KINDS, ids=named)
def test_uninterrupted(kind: tuple[Generation, SyncMode], tmp_path: Path, zygote: Zygote) -> None:
    """What the other tests here are measured by: so many requests, so many commits, one refused queued change."""
    with prepared(kind, tmp_path, zygote) as scenario:
        assert scenario.run("before", kind[1].commits) == -signal.SIGKILL
    with prepared(kind, tmp_path / "again", zygote) as scenario:
        assert scenario.run("before", kind[1].commits + 1) == 3
        assert len(scenario.rig.site.log) == kind[1].requests
        scenario.check()


@pytest.mark.parametrize("case", REQUESTS, ids=named)
def test_killed_at_a_request(
    case: tuple[tuple[Generation, SyncMode], str, int], tmp_path: Path, zygote: Zygote
) -> None:
    """Before the site has read it, or when it has done what was asked and the answer is on its way."""
    kind, moment, number = case
    with prepared(kind, tmp_path, zygote) as scenario:
        site = scenario.rig.site
        started = threading.Event()

        def kill(_exchange: Exchange) -> None:
            nonlocal number
            number -= 1
            if number == 0:
                started.wait()
                os.kill(process, signal.SIGKILL)

        setattr(site, moment, kill)
        process = scenario.start()
        started.set()
        assert scenario.zygote.wait() == -signal.SIGKILL
        site.before = site.after = None
        first = len(site.log)
        assert scenario.rig.sync().exit_code in (0, 3)
        scenario.check()
        # Who am I; the request that was cut off; the head, the count and what is gone, proven again; what changed.
        assert len(site.log) - first <= kind[1].requests - first + 6


@pytest.mark.parametrize("case", COMMITS, ids=named)
def test_killed_at_a_commit(case: tuple[tuple[Generation, SyncMode], str, int], tmp_path: Path, zygote: Zygote) -> None:
    """Right before what was learned is saved, or right after."""
    kind, moment, number = case
    with prepared(kind, tmp_path, zygote) as scenario:
        assert scenario.run(moment, number) == -signal.SIGKILL
        assert scenario.rig.sync().exit_code in (0, 3)
        scenario.check()


@pytest.mark.parametrize("kind", KINDS[1:], ids=named)
def test_killed_at_every_commit_in_turn(kind: tuple[Generation, SyncMode], tmp_path: Path, zygote: Zygote) -> None:
    """One kill after another: each run gets a little further than the one before."""
    with prepared(kind, tmp_path, zygote) as scenario:
        for number in range(1, kind[1].commits + 4):
            if scenario.run("after", number) != -signal.SIGKILL:
                break
        assert scenario.run() in (0, 3)
        scenario.check()
