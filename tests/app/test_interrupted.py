"""Interrupted at any moment, a sync ends at once, says one sentence, and the next one ends as if nothing had happened.

The same moments as in `test_killed.py`, with the signals that a person, a terminal and the system send.
"""

import os
import random
import signal
import sys
import threading
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path

import pytest

from favsync.about import INTERRUPTED
from favsync.sandbox.posts import Generation
from favsync.sandbox.site import Exchange
from tests.app.test_killed import COMMITS, KINDS, REQUESTS, Scenario, SyncMode, named, prepared
from tests.app.zygote import Zygote

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
LONGEST = 8.0
"""Seconds. It takes a tenth of one on a quiet machine, and ten where a process waits for its own transaction."""
RANDOM_MOMENTS = int(os.environ.get("TEST_MOMENTS", "20"))
UNINTERRUPTED = 3
"""The exit code of the scenario: the site refuses one of the queued changes."""

Kind = tuple[Generation, SyncMode]


@dataclass
class Interrupted:
    """A scenario whose runs are interrupted by one kind of signal."""

    scenario: Scenario
    signum: signal.Signals
    complaints: Path
    began: float = 0.0

    def start(self, moment: str = "", number: int = 0) -> int:
        """Start `favsync sync`; at that moment it sends itself the signal."""
        return self.scenario.zygote.program(
            *("--database", str(self.scenario.rig.path), "sync", "--json", *self.scenario.mode.options),
            environ={
                "HOME": str(self.scenario.home),
                "XDG_CONFIG_HOME": str(self.scenario.home),
                "FAVSYNC_KEYRING": "off",
                "FAVSYNC_REQUEST_INTERVAL": "0",
            },
            err=self.complaints,
            moment=moment,
            commit=number,
            signum=self.signum,
        )

    def send(self, process: int) -> None:
        """Send the signal."""
        self.began = time.monotonic()
        os.kill(process, self.signum)

    def check(self, code: int) -> None:
        """The run ended at once, with one sentence, and is closed; what it kept is what it says.

        One that waits for its own transaction, or for anything else, is ended from outside and leaves its run open; one
        that goes on sends requests or statements (`MOST_AFTER`). So no clock is needed to tell.
        """
        assert self.complaints.read_text() == f"favsync: {INTERRUPTED}\n"
        assert code == 128 + self.signum
        self.check_runs()

    def check_runs(self) -> None:
        """No run is open, and one that was cut off has the pages of its steps."""
        rows = self.scenario.rig.rows
        assert rows("SELECT count(*) FROM runs WHERE outcome IS NULL") == [(0,)]
        for run_id, reason, pages, requests in rows(
            "SELECT id, reason, pages_read, requests FROM runs WHERE outcome = 'incomplete'"
        ):
            kept = rows("SELECT count(*) FROM reading_steps WHERE run_id = ? AND question LIKE 'page %'", run_id)
            # Pages that are read a second time, as the proof of a scan that was resumed, are no steps.
            assert reason == "interrupted"
            assert kept[0][0] <= pages <= requests

    def check_next(self) -> None:
        """The next run ends as if nothing had happened."""
        assert self.scenario.rig.sync().exit_code in (0, UNINTERRUPTED)
        self.scenario.check()


@pytest.mark.parametrize("case", [case for case in REQUESTS if case[0] in KINDS[1:]], ids=named)
def test_interrupted_at_a_request(case: tuple[Kind, str, int], tmp_path: Path, zygote: Zygote) -> None:
    """While the site has not read it yet, or has done what was asked."""
    kind, moment, number = case
    left = number
    with prepared(kind, tmp_path, zygote) as scenario:
        site = scenario.rig.site
        run = Interrupted(scenario, SIGNALS[number % 3], tmp_path / "complaints")
        started = threading.Event()

        def interrupt(_exchange: Exchange) -> None:
            nonlocal left
            left -= 1
            if left == 0:
                started.wait()
                run.send(process)

        setattr(site, moment, interrupt)
        process = run.start()
        started.set()
        code = zygote.wait()
        site.before = site.after = None
        assert left >= -1  # one more request may have been under way when the signal was
        if moment == "after" and number == kind[1].requests and code == UNINTERRUPTED:
            return  # the last answer was faster than the signal
        run.check(code)
        run.check_next()


@pytest.mark.parametrize("case", COMMITS, ids=named)
def test_interrupted_at_a_commit(case: tuple[Kind, str, int], tmp_path: Path, zygote: Zygote) -> None:
    """Right before what was learned is saved, or right after."""
    kind, moment, number = case
    with prepared(kind, tmp_path, zygote) as scenario:
        run = Interrupted(scenario, SIGNALS[number % 3], tmp_path / "complaints")
        run.start(moment, number)
        run.check(zygote.wait())
        run.check_next()


@pytest.mark.parametrize("kind", KINDS[1:], ids=named)
def test_interrupted_within_statements(kind: Kind, tmp_path: Path, zygote: Zygote) -> None:
    """In the middle of what SQLite does: the exception is raised where only SQLite hears of it."""
    with prepared(kind, tmp_path, zygote) as scenario:
        numbers = range(1, 1_000, 12)
        for number in numbers:
            run = Interrupted(scenario, SIGNALS[number % 3], tmp_path / "complaints")
            run.start("within", number)
            code = zygote.wait()
            if code in (0, UNINTERRUPTED):
                break
            run.check(code)
        assert number > 60
        scenario.check()


def test_interrupted_where_a_transaction_is_left(tmp_path: Path, zygote: Zygote) -> None:
    """Where SQLAlchemy hears no more of it: what was being written is undone, and the run can be closed."""
    with prepared(KINDS[2], tmp_path, zygote) as scenario:
        for number in range(1, 40, 3):
            run = Interrupted(scenario, SIGNALS[number % 3], tmp_path / "complaints")
            run.start("leaving", number)
            code = zygote.wait()
            if code in (0, UNINTERRUPTED):
                break
            run.check(code)
        assert 10 < number < 39
        scenario.check()


def test_interrupted_at_random_moments(tmp_path: Path, zygote: Zygote) -> None:
    """Twenty moments within a run, each after the one before left off, or of a run that has nothing left to do.

    TEST_MOMENTS sets another number.
    """
    chance = random.Random(20)  # noqa: S311 - the same moments each time, as far as clocks go
    with prepared(KINDS[2], tmp_path, zygote) as scenario:
        begun = threading.Event()
        scenario.rig.site.before = lambda _: begun.set()
        lengths: list[float] = []
        for expected in (UNINTERRUPTED, 0):  # the length is that of a run that has nothing left to do, as those below
            begun.clear()
            Interrupted(scenario, signal.SIGINT, tmp_path / "complaints").start()
            begun.wait(LONGEST)
            began = time.monotonic()
            assert zygote.wait() == expected
            lengths.append(time.monotonic() - began)
        codes, ends = [], []
        for number in range(RANDOM_MOMENTS):
            begun.clear()
            run = Interrupted(scenario, chance.choice(SIGNALS), tmp_path / "complaints")
            process = run.start()
            if number % 4:  # of the others, some come before the first request
                begun.wait(LONGEST)
            threading.Event().wait(chance.uniform(0, lengths[-1]))
            with suppress(ProcessLookupError):  # it has ended
                run.send(process)
            codes.append(zygote.wait())
            # In its first milliseconds it is the test's process yet, and in its last ones its work is done.
            if codes[-1] == 128 + run.signum:
                ends.append(time.monotonic() - run.began)
                run.check(codes[-1])
            else:
                assert codes[-1] in (0, -run.signum)
                run.check_runs()
        ends.sort()
        assert ends
        middle, late = ends[len(ends) // 2], ends[len(ends) * 95 // 100]
        # Seen with `pytest -s`: it is what somebody who runs 200 wants to know.
        sys.stdout.write(
            f"{len(ends)} of {len(codes)} hit a run; seconds to the end:"
            f" median {middle:.3f}, p95 {late:.3f}, max {ends[-1]:.3f}\n"
        )
        scenario.rig.sync()
        scenario.check()
