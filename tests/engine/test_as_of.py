"""Which run is meant by a moment or a number, also where a clock jumped."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from favsync.engine.as_of import PastRun, find_run
from favsync.errors import NoSuchRun, NothingKnownBefore
from favsync.store.database import Database
from favsync.store.runs import RunRecord, finish_run, start_run
from favsync.sync.model import Account, RunKind, RunOutcome
from tests.store.samples import new_account


def day(number: int) -> str:
    return f"2026-01-{number:02}T03:00:00.000Z"


@pytest.fixture
def database(tmp_path: Path) -> Iterator[Database]:
    with Database.open(tmp_path / "favsync.db") as database:
        yield database


def account_with_runs(database: Database, *ended: str | None) -> Account:
    """Runs 1, 2, …; None is one that has not ended."""
    with database.write() as conn:
        account = new_account(conn)
        for at in ended:
            run_id = start_run(conn, account.id, kind=RunKind.FULL, at=day(1))
            if at is not None:
                finish_run(conn, run_id, RunRecord(at, RunOutcome.COMPLETE))
    return account


def found(database: Database, account: Account, as_of: int | str) -> int:
    with database.read() as conn:
        return find_run(conn, account, as_of).id


def test_a_moment_means_the_last_run_that_had_ended(database: Database) -> None:
    """To the millisecond; a run at work is none yet."""
    account = account_with_runs(database, day(2), day(4), day(6), None)
    assert [found(database, account, day(number)) for number in (2, 3, 4, 5, 6, 30)] == [1, 1, 2, 2, 3, 3]


def test_a_number_means_that_run(database: Database) -> None:
    """Of this account, and ended."""
    account = account_with_runs(database, day(2), day(4), None)
    with database.read() as conn:
        assert find_run(conn, account, 2) == PastRun(2, day(4))
        for number in (0, 3, 4):
            with pytest.raises(NoSuchRun, match=f"has no run {number} that has ended"):
                find_run(conn, account, number)


def test_before_the_first_run_nothing_is_known(database: Database) -> None:
    """It says since when something is."""
    account = account_with_runs(database, day(2))
    with database.read() as conn, pytest.raises(NothingKnownBefore, match=f"before {day(2)}, when its first sync"):
        find_run(conn, account, day(1))


def test_without_runs_nothing_is_known_yet(database: Database) -> None:
    """It says what to do."""
    account = account_with_runs(database, None)
    with database.read() as conn, pytest.raises(NothingKnownBefore, match="yet: run 'favsync sync"):
        find_run(conn, account, day(1))


@pytest.mark.parametrize("wrong", ["2036-01-01T00:00:00.000Z", "2006-01-01T00:00:00.000Z"])
def test_a_clock_that_jumped_for_a_night_misleads_nobody(database: Database, wrong: str) -> None:
    """Forward or back, that run is passed over; the nights around it are found by their own times."""
    account = account_with_runs(database, day(2), day(4), wrong, day(8), day(10))
    assert [found(database, account, day(number)) for number in (3, 5, 9, 30)] == [1, 2, 4, 5]
    assert found(database, account, 3) == 3
    with database.read() as conn, pytest.raises(NothingKnownBefore):
        find_run(conn, account, day(1))


def test_runs_that_ended_at_one_moment_are_told_apart_by_their_order(database: Database) -> None:
    """The last of them counts."""
    account = account_with_runs(database, day(2), day(2), day(2))
    assert found(database, account, day(2)) == 3
