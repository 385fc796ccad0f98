"""Interrupted at any moment, `migrate` leaves two lists that are right, and the same command goes on to the end."""

import os
import signal
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from favsync.about import INTERRUPTED
from favsync.sandbox import Site, World
from favsync.sandbox.site import Exchange
from tests.app.conftest import zygote
from tests.app.zygote import Zygote
from tests.cli.conftest import Favsync
from tests.cli.test_migrate import BOBS_KEY, keep

pytestmark = pytest.mark.slow
__all__ = ["zygote"]

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
MIGRATE = ("migrate", "alice", "bob")
REQUESTS = 16
COMMITS = 39
"""What it takes uninterrupted: a test below holds both."""


class Move:
    """alice's five favorites on their way to bob, who has one of his own."""

    def __init__(self, favsync: Favsync, world: World, site: Site, zygote: Zygote, complaints: Path) -> None:
        self.favsync, self.world, self.site, self.zygote, self.complaints = favsync, world, site, zygote, complaints
        self.source, self.own = world.listing("alice"), world.listing("bob")

    def start(self, signum: signal.Signals, moment: str = "", number: int = 0) -> int:
        """Start it; at that moment it sends itself the signal."""
        return self.zygote.program(
            *MIGRATE, environ=self.favsync.environ, err=self.complaints, moment=moment, commit=number, signum=signum
        )

    def kept(self, name: str) -> list[int]:
        """An account's list in the database."""
        with closing(sqlite3.connect(self.favsync.database)) as database:
            return [
                row[0]
                for row in database.execute(
                    "SELECT post_id FROM favorites JOIN accounts ON accounts.id = account_id WHERE name = ?"
                    " ORDER BY sort_key DESC",
                    (name,),
                )
            ]

    def check(self, code: int, signum: signal.Signals) -> None:
        """It ended as interrupted, and both lists, there and here, are ones that the move passes through."""
        assert (code, self.complaints.read_text()) == (128 + signum, f"favsync: {INTERRUPTED}\n")
        assert self.world.listing("alice") == self.source
        target = self.world.listing("bob")
        passed = [[*self.source[number:], *self.own] for number in range(len(self.source) + 1)]
        assert target in passed
        assert self.kept("alice") in ([], self.source)
        here = self.kept("bob")
        assert here == [] or here in passed[passed.index(target) :]  # what was not heard of yet is not here yet
        with closing(sqlite3.connect(self.favsync.database)) as database:
            assert database.execute("SELECT count(*) FROM runs WHERE outcome IS NULL").fetchone() == (0,)

    def finish(self) -> None:
        """The same command again ends it: bob has all, in alice's order, and favsync knows both lists."""
        outcome = self.favsync(*MIGRATE)
        assert outcome.code == 0, outcome.err
        self.check_end()

    def check_end(self) -> None:
        assert self.world.listing("alice") == self.kept("alice") == self.source
        assert self.world.listing("bob") == self.kept("bob") == [*self.source, *self.own]
        assert self.favsync("check").code == 0


@pytest.fixture
def move(alice: Favsync, world: World, site: Site, zygote: Zygote, tmp_path: Path) -> Iterator[Move]:
    """The move, before anything was read."""
    keep(alice, site, "bob", BOBS_KEY)
    world.favorite_many("bob", world.add_posts(1, tags_per_post=3))
    site.clear_log()
    yield Move(alice, world, site, zygote, tmp_path / "complaints")
    site.before = site.after = None


def test_what_it_costs_uninterrupted(move: Move) -> None:
    """So many requests and commits: the tests below interrupt it at each of them."""
    move.start(signal.SIGINT, "before", COMMITS + 1)
    assert move.zygote.wait() == 0
    assert len(move.site.log) == REQUESTS
    move.check_end()


@pytest.mark.parametrize("moment", ["before", "after"])
@pytest.mark.parametrize("number", range(1, REQUESTS + 1))
def test_interrupted_at_a_request(move: Move, moment: str, number: int) -> None:
    """While the site has not read it yet, or has done what was asked."""
    signum = SIGNALS[number % 3]
    left, started = number, threading.Event()

    def interrupt(_exchange: Exchange) -> None:
        nonlocal left
        left -= 1
        if left == 0:
            started.wait()
            os.kill(process, signum)

    setattr(move.site, moment, interrupt)
    process = move.start(signum)
    started.set()
    code = move.zygote.wait()
    move.site.before = move.site.after = None
    if code == 0 and moment == "after" and number == REQUESTS:
        return  # the last answer was faster than the signal
    move.check(code, signum)
    # The one at which the signal came is the last, or the next had been sent before the signal was heard.
    assert len(move.site.log) <= number + (moment == "after")
    move.finish()


@pytest.mark.parametrize("number", range(1, COMMITS + 1))
def test_interrupted_at_a_commit(move: Move, number: int) -> None:
    """Right before what was learned is saved, or right after: in turns, as each commit takes a second of test."""
    signum = SIGNALS[number % 3]
    move.start(signum, ("before", "after")[number % 2], number)
    move.check(move.zygote.wait(), signum)
    move.finish()


def test_interrupted_within_statements(move: Move) -> None:
    """In the middle of what SQLite does, again and again: each run goes on from where the one before was ended."""
    for number in range(1, 1_000, 12):
        signum = SIGNALS[number % 3]
        move.start(signum, "within", number)
        code = move.zygote.wait()
        if code == 0:
            break
        move.check(code, signum)
    assert number > 60
    move.check_end()
