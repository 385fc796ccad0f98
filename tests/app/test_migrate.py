"""A long move as it is lived: killed at any moment, deferred, told to wait, cut off, at the limit; whole at the end."""

import os
import random
import signal
import sqlite3
import threading
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from favsync.clock import as_text, utc_now
from favsync.config.keys import ApiKey, KeyStore
from favsync.sandbox import Exchange, Fault, Site, World
from favsync.store.accounts import save_account
from favsync.store.database import Database
from favsync.store.sites import save_site_url
from tests.app.zygote import Zygote

FAVORITES = 2_000
KILLS = 20
GUARD_STOPPED = 6
TROUBLES = (
    Fault("status", path="/favorites.json", method="POST", status=429, retry_after=3_600),
    Fault("status", path="/favorites.json", method="POST", status=423, times=3),
    Fault("html", path="/favorites.json", method="POST", status=503, times=3),
    Fault("drop_after", path="/favorites.json", method="POST", times=3),
    Fault("drop_before", path="/favorites.json", method="POST", times=3),
    Fault("cut_body", path="/favorites.json", method="POST"),
)


@dataclass
class Move:
    """alice's favorites on their way to bob, by favsync as a process of its own."""

    site: Site
    home: Path
    zygote: Zygote
    seen: int = 0
    """Requests of all runs so far."""
    kill_at: int | None = None
    """The request at which the process is killed; None: it lives."""
    is_after: bool = False
    """Killed when the request was applied, before its answer; else before that."""
    writes: int = 0
    happens: Callable[[], None] = lambda: None
    """What changes on the site before a write."""
    process: int | None = None
    patience: str = "0.1s"

    @property
    def database(self) -> Path:
        return self.home / "data" / "favsync" / "favsync.db"

    def run(self, *arguments: str) -> tuple[int, str, str]:
        """Run favsync as a process of its own, and return its exit code (-9: killed) and what it wrote."""
        out, err = self.home / "out", self.home / "err"
        self.process = self.zygote.program(*arguments, environ=self.environ(), out=out, err=err)
        code = self.zygote.wait()
        return code, out.read_text(), err.read_text()

    def environ(self) -> dict[str, str]:
        return {
            "HOME": str(self.home),
            "XDG_CONFIG_HOME": str(self.home / "config"),
            "XDG_DATA_HOME": str(self.home / "data"),
            "FAVSYNC_KEYRING": "off",
            "FAVSYNC_REQUEST_INTERVAL": "0",
            "FAVSYNC_RETRY_FOR": self.patience,
        }

    def add_accounts(self) -> None:
        """Make the database, with both accounts."""
        keys = KeyStore(self.home / "config" / "favsync" / "keys.toml", keyring_allowed=False)
        for name in ("alice", "bob"):
            keys.save_key(name, self.site.url, ApiKey(f"{name}-key"))
        with Database.open(self.database) as database, database.write() as conn:
            at = as_text(utc_now())
            save_site_url(conn, self.site.url, at=at)
            for name in ("alice", "bob"):
                user = self.site.world.user(name)
                save_account(conn, name=name, username=name, site_user_id=user.id, is_public=False, at=at)

    def migrate(self) -> tuple[int, str, str]:
        return self.run("migrate", "alice", "bob")

    def before(self, exchange: Exchange) -> None:
        """Called by the site before it carries a request out."""
        self.seen += 1
        if exchange.method == "POST":
            self.writes += 1
            self.happens()
        if self.seen == self.kill_at and not self.is_after:
            self._kill()

    def after(self, _exchange: Exchange) -> None:
        """Called by the site before it answers."""
        if self.seen == self.kill_at and self.is_after:
            self._kill()

    def _kill(self) -> None:
        assert self.process is not None
        self.kill_at = None
        os.kill(self.process, signal.SIGKILL)

    def rows(self, sql: str) -> list[tuple[int, ...]]:
        """Ask the database."""
        with closing(sqlite3.connect(self.database)) as connection:
            return connection.execute(sql).fetchall()


@pytest.fixture
def move(tmp_path: Path, zygote: Zygote) -> Iterator[Move]:
    world = World()
    posts = world.add_posts(FAVORITES, tags_per_post=2)
    random.Random(20_240_102).shuffle(posts)  # noqa: S311 - the same list each time
    for name in ("alice", "bob"):
        world.add_user(name, api_key=f"{name}-key")
    world.favorite_many("alice", posts)
    with Site(world) as site:
        move = Move(site, tmp_path, zygote)
        move.add_accounts()
        site.before, site.after = move.before, move.after
        yield move


@pytest.mark.slow
def test_a_long_move_ends_whole_and_in_order_whatever_happens(move: Move) -> None:
    """Killed twenty times, between all the troubles a site can make: at every end bob has the oldest of alice's list.

    Three posts are destroyed shortly before their turn, and in the middle bob's limit is lowered for a while.
    """
    chance = random.Random(7)  # noqa: S311 - the same life each time
    site, world = move.site, move.site.world
    codes: list[int] = []

    def happens() -> None:
        if move.writes in (250, 900, 1_500):
            alices = world.listing("alice")
            world.destroy_post(alices[len(alices) - len(world.listing("bob")) - 4])
            move.writes += 1
        elif move.writes == 1_200:
            world.set_limit("bob", len(world.listing("bob")) + 5)
            move.writes += 1

    move.happens = happens
    while not codes or codes[-1] != 0:
        assert len(codes) < 100, codes
        if move.kill_at is None and codes.count(-signal.SIGKILL) < KILLS:
            move.kill_at, move.is_after = move.seen + chance.randint(1, 170), chance.random() < 0.5
        site.clear_faults()
        if len(codes) % 3 == 0:
            site.fault(replace(TROUBLES[len(codes) // 3 % len(TROUBLES)], skip=chance.randint(0, 60)))
        code, out, err = move.migrate()
        codes.append(code)
        alices, bobs = world.listing("alice"), world.listing("bob")
        assert bobs == alices[len(alices) - len(bobs) :], (codes, out, err)
        waiting = [row[0] for row in move.rows("SELECT post_id FROM operations WHERE state = 'pending'")]
        assert len([post_id for post_id in waiting if post_id in world.posts]) <= 1
        if code == GUARD_STOPPED:
            world.set_limit("bob", 100_000)
    assert codes.count(-signal.SIGKILL) == KILLS
    assert GUARD_STOPPED in codes
    assert out.splitlines()[-1] == f"bob's list is alice's: {FAVORITES - 3:,} favorites, in the same order."
    assert len(bobs) == FAVORITES - 3
    assert bobs == alices
    assert [row[0] for row in move.rows(BOBS_LIST)] == bobs
    twice = "SELECT post_id FROM operations WHERE outcome = 'applied' GROUP BY post_id HAVING count(*) > 1"
    assert move.rows(twice) == []


def test_a_closed_lid_only_makes_it_longer(tmp_path: Path, zygote: Zygote) -> None:
    """The process sleeps in the middle of a change, and every connection is dead when it wakes: it goes on."""
    world = World()
    for name in ("alice", "bob"):
        world.add_user(name, api_key=f"{name}-key")
    world.favorite_many("alice", world.add_posts(40, tags_per_post=2))
    asleep = threading.Event()
    with Site(world) as site:
        move = Move(site, tmp_path, zygote, patience="30s")
        move.add_accounts()

        def close_the_lid() -> None:
            if move.writes == 20 and move.process is not None:
                os.kill(move.process, signal.SIGSTOP)
                asleep.set()

        move.happens = close_the_lid
        site.before = move.before
        with ThreadPoolExecutor(1) as pool:
            run = pool.submit(move.migrate)
            assert asleep.wait(60)
            site.stop()
            with Site(world, port=int(site.url.rpartition(":")[2])):
                assert move.process is not None
                os.kill(move.process, signal.SIGCONT)
                code, out, err = run.result()
    assert code == 0, err
    assert out.splitlines()[-1] == "bob's list is alice's: 40 favorites, in the same order."
    assert world.listing("bob") == world.listing("alice")


BOBS_LIST = """SELECT post_id FROM favorites JOIN accounts ON accounts.id = account_id WHERE name = 'bob'
ORDER BY sort_key DESC"""
