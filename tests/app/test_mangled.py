"""A sync some of whose answers went wrong on the way changes no row, and ends in one of favsync's own errors.

`python -m tests.app.test_mangled 1000 SEED` does the same by hand, with figures of time and memory.
"""

import resource
import sys
import tempfile
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from random import Random

import pytest

from favsync.errors import FavsyncError, InternalError
from favsync.model import Action
from favsync.sandbox import Site, make_world
from favsync.site.api import Login
from favsync.site.e621.client import SiteClient
from tests.app.rig import MORNING, Rig
from tests.site.mangle import mangle
from tests.site.raw import RawServer, passing_on


@dataclass
class MangledRig(Rig):
    """A rig that asks its site through something that mangles answers."""

    server: RawServer | None = None

    def client(self, *, key: bool = True, retry_for: float = 0.0) -> SiteClient:
        return SiteClient(
            self.site.url if self.server is None else self.server.url,
            login=Login(self.name, f"{self.name}-key") if key and not self.public else None,
            user=self.name,
            request_interval=0,
            retry_for=retry_for,
            timeout=20,
            sleep=lambda _seconds: None,
            jitter=lambda: 0.0,
        )


def state(rig: Rig) -> tuple[list[int], list[object]]:
    """The list, and every removal that was concluded."""
    return rig.favorites(), rig.rows("SELECT * FROM favorite_events WHERE kind = 'removed'")


def run(cases: int, seed: int, folder: Path) -> Counter[str]:
    """So many syncs, each with answers of which a third is mangled; what came of them."""
    random, results = Random(seed), Counter[str]()  # noqa: S311 -- a seed that can be told
    world = make_world(generation="current", favorites=25, spare_posts=20, clock=lambda: MORNING)
    world.page_size = 10

    def change(status: int, body: bytes) -> bytes:
        if random.random() < 0.7:
            head = b"HTTP/1.1 %d Fine\r\nContent-Length: %d\r\nConnection: close\r\n\r\n"
            return head % (status, len(body)) + body
        return mangle(random, status, body)

    with Site(world) as site:
        rig = MangledRig(site, folder / "favsync.db")
        assert rig.sync().exit_code == 0
        before = state(rig)
        with RawServer(passing_on(int(site.url.rpartition(":")[2]), change)) as rig.server:
            for number in range(cases):
                results[outcome(rig, full=number % 2 == 1, queued=world.listing("alice")[number % 25])] += 1
                assert state(rig) == before, (seed, number)
        rig.server = None
        # A queue that was tried is applied, and nothing else was there to do.
        assert rig.sync().exit_code == 0
        assert state(rig) == before
        assert world.listing("alice") == before[0]
    return results


def outcome(rig: Rig, *, full: bool, queued: int) -> str:
    """Run one sync, with an add of a post that is a favorite already; the name of what came of it."""
    rig.queue((Action.ADD, queued))
    try:
        report = rig.sync(full=full, retry_for=3 if full else 0)
    except FavsyncError as exc:
        error: FavsyncError | None = exc
    else:
        error = report.error
    assert not isinstance(error, InternalError)
    assert error is None or error.exit_code in (4, 5), error
    return type(error).__name__


@pytest.mark.slow
def test_syncs_with_mangled_answers_change_no_row(tmp_path: Path) -> None:
    """Whatever was cut, packed, lengthened or replaced: the list is what it was, and no removal was concluded."""
    results = run(60, 1, tmp_path)
    assert sum(results.values()) == 60
    assert results["SiteNonsense"] + results["SiteUnreachable"] + results["SiteOverloaded"] > 20


if __name__ == "__main__":
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        print(run(int(sys.argv[1]), int(sys.argv[2]), Path(folder)))
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    print(f"{time.monotonic() - began:.0f} s; {peak >> 10} MB at most")
