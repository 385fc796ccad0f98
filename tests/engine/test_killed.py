"""Promises 5 and 6: killed with SIGKILL at any request and any commit, the next run ends as if nothing had happened."""

import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest

from favsync.engine.keys import ApiKey, KeyStore
from favsync.sandbox import Site, make_world
from favsync.sandbox.posts import Generation
from favsync.sandbox.site import Exchange
from favsync.sync.model import Action
from tests.engine.rig import Rig

REQUESTS = 14
"""Of the run that is killed, uninterrupted: a test below holds it."""
COMMITS = 17
IN_BOTH_GENERATIONS = pytest.mark.parametrize("generation", ["documented", "current"])
IN_THE_CURRENT_ONE = pytest.mark.parametrize("generation", ["current"])  # a commit does not know what it is about


@dataclass
class Scenario:
    """A second backup with news of every kind, and a queue with a wish of every kind."""

    rig: Rig
    home: Path
    listing: list[int]
    """As the site has it once everything is done."""

    def run(self, *through: str) -> int:
        """Run `favsync sync` in a process of its own, and return its exit code: -9 when it was killed."""
        with self.start(*through) as process:
            return process.wait(timeout=60)

    def start(self, *through: str) -> "subprocess.Popen[bytes]":
        database = ["--database", str(self.rig.path)]
        module = (
            ["-m", *through] if through else ["-c", "import sys; from favsync.cli.main import main; sys.exit(main())"]
        )
        return subprocess.Popen(
            [sys.executable, *module, *database, "sync", "--json"],
            env={
                **os.environ,
                "HOME": str(self.home),
                "XDG_CONFIG_HOME": str(self.home),
                "FAVSYNC_KEYRING": "off",
                "FAVSYNC_REQUEST_INTERVAL": "0",
            },
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )

    def check(self) -> None:
        """Everything is as if nothing had happened."""
        assert self.rig.listing() == self.listing
        assert self.rig.favorites() == self.listing
        assert self.rig.rows("PRAGMA integrity_check") == [("ok",)]
        assert self.rig.rows("PRAGMA foreign_key_check") == []
        states = {operation.state.value for operation in self.rig.operations().values()}
        assert states == {"done", "failed"}
        news = self.rig.events()[25:]
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


@pytest.fixture
def scenario(generation: Generation, tmp_path: Path) -> Iterator[Scenario]:
    """Alice after a first backup, with news on the site and wishes in the queue."""
    world = make_world(generation=generation, favorites=25, spare_posts=10)
    world.page_size = 10
    with Site(world) as site:
        rig = Rig(site, tmp_path / "favsync.db")
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
        site.clear_log()
        home = tmp_path / "home"
        (home / "favsync").mkdir(parents=True)
        keys = KeyStore(home / "favsync" / "keys.toml", keyring_allowed=False)
        keys.save_key("alice", site.url, ApiKey("alice-key"))
        after = [spare[2], spare[1], spare[0], *(p for p in listing if p not in (listing[3], listing[14], listing[20]))]
        yield Scenario(rig, home, after)


@IN_BOTH_GENERATIONS
def test_uninterrupted(scenario: Scenario) -> None:
    """What the other tests here are measured by: so many requests, so many commits, one refused wish."""
    assert scenario.run("tests.engine.killed", "before", str(COMMITS + 1)) == 3
    assert len(scenario.rig.site.log) == REQUESTS
    scenario.check()


@IN_BOTH_GENERATIONS
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", range(1, REQUESTS + 1))
def test_killed_at_a_request(scenario: Scenario, number: int, moment: str) -> None:
    """Before the site has read it, or when it has done what was asked and the answer is on its way."""
    site = scenario.rig.site
    with scenario.start() as process:

        def kill(_exchange: Exchange) -> None:
            nonlocal number
            number -= 1
            if number == 0:
                process.send_signal(signal.SIGKILL)
                process.wait()

        setattr(site, moment, kill)
        assert process.wait(timeout=60) == -signal.SIGKILL
    site.before = site.after = None
    first = len(site.log)
    assert scenario.rig.sync().exit_code in (0, 3)
    scenario.check()
    # Who am I; the request that was cut off; the head and the count, proven anew.
    assert len(site.log) - first <= REQUESTS - first + 4


@IN_THE_CURRENT_ONE
@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", range(1, COMMITS + 1))
def test_killed_at_a_commit(scenario: Scenario, number: int, moment: str) -> None:
    """Right before what was learned is saved, or right after."""
    assert scenario.run("tests.engine.killed", moment, str(number)) == -signal.SIGKILL
    assert scenario.rig.sync().exit_code in (0, 3)
    scenario.check()


@IN_THE_CURRENT_ONE
def test_killed_at_every_commit_in_turn(scenario: Scenario) -> None:
    """One kill after another: each run gets a little further than the one before."""
    for number in range(1, COMMITS + 4):
        if scenario.run("tests.engine.killed", "after", str(number)) != -signal.SIGKILL:
            break
    assert scenario.run() in (0, 3)
    scenario.check()
