"""Which run is meant by a moment or by a run's number, to ask what the list was then."""

from collections.abc import Sequence
from dataclasses import dataclass

from favsync.core.listing.order import longest_increasing
from favsync.errors import NoSuchRun, NothingKnownBefore


@dataclass(frozen=True, slots=True)
class EarlierRun:
    """A run of an account that has ended; the list as of it is known."""

    id: int
    finished_at: str


def choose_run(runs: Sequence[EarlierRun], account: str, as_of: int | str) -> EarlierRun:
    """Choose the run of that number, or the last one that had ended at a moment (text that sorts).

    `runs` are all those of the account that have ended, in the order in which they began. A run whose clock stood
    wrong, so that its time does not fit between those of its neighbours, is passed over when a moment is looked for.
    Raises NoSuchRun and NothingKnownBefore.
    """
    if isinstance(as_of, int):
        for run in runs:
            if run.id == as_of:
                return run
        raise NoSuchRun(account, as_of)
    by_time = sorted(range(len(runs)), key=lambda index: (runs[index].finished_at, index))
    ranks = [0] * len(runs)
    for rank, index in enumerate(by_time):
        ranks[index] = rank
    reported = [runs[index] for index in longest_increasing(ranks)]
    ended = [run for run in reported if run.finished_at <= as_of]
    if not ended:
        raise NothingKnownBefore(account, reported[0].finished_at if reported else None)
    return ended[-1]
