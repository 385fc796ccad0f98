"""Which run is meant by a moment or a number, also where a clock jumped."""

import pytest

from favsync.core.earlier_runs import EarlierRun, choose_run
from favsync.errors import NoSuchRun, NothingKnownBefore


def day(number: int) -> str:
    return f"2026-01-{number:02}T03:00:00.000Z"


def runs(*ended: str) -> list[EarlierRun]:
    """Runs 1, 2, … with the times at which they ended."""
    return [EarlierRun(number, at) for number, at in enumerate(ended, start=1)]


def chosen(past: list[EarlierRun], *moments: int) -> list[int]:
    return [choose_run(past, "alice", day(number)).id for number in moments]


def test_a_moment_means_the_last_run_that_had_ended() -> None:
    """To the millisecond."""
    assert chosen(runs(day(2), day(4), day(6)), 2, 3, 4, 5, 6, 30) == [1, 1, 2, 2, 3, 3]


def test_a_number_means_that_run() -> None:
    """One that is not among them is none of the account's, or has not ended."""
    past = runs(day(2), day(4))
    assert choose_run(past, "alice", 2) == EarlierRun(2, day(4))
    for number in (0, 3):
        with pytest.raises(NoSuchRun, match=f"alice has no run {number} that has ended"):
            choose_run(past, "alice", number)


def test_before_the_first_run_nothing_is_known() -> None:
    """It says since when something is, or what to do."""
    with pytest.raises(NothingKnownBefore, match=f"of alice before {day(2)}, when its first sync"):
        choose_run(runs(day(2)), "alice", day(1))
    with pytest.raises(NothingKnownBefore, match="of alice yet: run 'favsync sync alice' first"):
        choose_run([], "alice", day(1))


@pytest.mark.parametrize("wrong", ["2036-01-01T00:00:00.000Z", "2006-01-01T00:00:00.000Z"])
def test_a_clock_that_jumped_for_a_night_misleads_nobody(wrong: str) -> None:
    """Forward or back, that run is passed over by moments; the nights around it are found by their own times."""
    past = runs(day(2), day(4), wrong, day(8), day(10))
    assert chosen(past, 3, 5, 9, 30) == [1, 2, 4, 5]
    assert choose_run(past, "alice", 3).id == 3
    with pytest.raises(NothingKnownBefore, match=day(2)):
        choose_run(past, "alice", day(1))


def test_runs_that_ended_at_one_moment_are_told_apart_by_their_order() -> None:
    """The last of them counts."""
    assert chosen(runs(day(2), day(2), day(2)), 2) == [3]
