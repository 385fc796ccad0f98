"""Moving a list, without I/O: the plan, its slices, and the last word on the order."""

from hypothesis import given
from hypothesis import strategies as st

from favsync.core.listing.result import Proof
from favsync.core.migration import (
    MigrationPlan,
    first_changes,
    judge,
    list_after,
    list_with,
    newest_that_fit,
    plan_migration,
)
from favsync.core.plan import LocalFavorite, plan_pull
from favsync.model import Action, PlannedChange
from tests.core.listed_site import ListedSite, finish, full_scan

lists = st.lists(st.integers(1, 14), unique=True)


def applied(target: list[int], plan: MigrationPlan) -> list[int]:
    """What the site makes of it: each add goes on top."""
    return list_with(target, plan.changes())


@given(source=lists, own=st.lists(st.integers(20, 25), unique=True))
def test_the_target_gets_the_order_of_the_source(source: list[int], own: list[int]) -> None:
    """What it had of its own is below, and with a mirror it is the same list."""
    assert applied(own, plan_migration(source, own)) == [*source, *own]
    assert applied(own, plan_migration(source, own, mirror=True)) == source
    assert judge(source, applied(own, plan_migration(source, own, mirror=True))).same_list


@given(source=lists, target=lists, sizes=st.lists(st.integers(1, 4), min_size=14, max_size=14), mirror=st.booleans())
def test_slices_come_to_the_same_as_all_at_once(
    source: list[int], target: list[int], sizes: list[int], mirror: bool
) -> None:
    """Each plans again what is lacking then, and goes on where the one before ended."""
    whole = applied(target, plan_migration(source, target, mirror=mirror))
    now = target
    for size in sizes:
        plan = first_changes(plan_migration(source, now, mirror=mirror), size)
        assert len(plan.changes()) + plan.later == len(plan_migration(source, now, mirror=mirror).changes())
        now = applied(now, plan)
    for _ in range(14):
        now = applied(now, first_changes(plan_migration(source, now, mirror=mirror), 2))
    assert now == whole


@given(source=lists, room=st.integers(0, 14), steps=st.integers(1, 5))
def test_the_newest_that_fit_are_the_same_in_slices(source: list[int], room: int, steps: int) -> None:
    """The oldest are left out, and what is sent goes oldest first all the same."""
    now: list[int] = []
    for _ in range(14):
        plan = newest_that_fit(plan_migration(source, now), room - len(now))
        assert plan.fits(room - len(now))
        now = applied(now, first_changes(plan, steps))
    assert now == source[:room]


def test_room_is_made_by_what_is_removed_first() -> None:
    """And an account that is over its limit already has none."""
    plan = plan_migration([3, 2, 1], [9, 8], mirror=True)
    assert [change.action for change in plan.changes()] == [Action.REMOVE] * 2 + [Action.ADD] * 3
    assert plan.fits(1)
    assert not plan.fits(0)
    assert plan.fits(None)
    assert not plan_migration([1], []).fits(-3)
    assert newest_that_fit(plan_migration([2, 1], []), -3).add == ()


def test_what_is_skipped_is_left_out_and_said() -> None:
    """A post that the site never takes does not hold the others up forever."""
    plan = plan_migration([5, 4, 3], [], skipped={4, 99})
    assert plan.add == (3, 5)
    assert plan.skipped == (4,)


@given(before=lists, after=lists, pending=st.lists(st.tuples(st.sampled_from(Action), st.integers(1, 20))))
def test_a_dry_run_knows_the_list_that_a_real_one_would_leave(
    before: list[int], after: list[int], pending: list[tuple[Action, int]]
) -> None:
    """The pull's plan on the list that is kept, and what waits in the queue."""
    local = [LocalFavorite(post_id, 100 - place, True, None) for place, post_id in enumerate(before)]
    reading = finish(full_scan(before), ListedSite(list(after)))
    assert reading.proof is Proof.COMPLETE
    assert list_after(local, plan_pull(local, reading, {})) == after
    by_hand = list(after)
    changes = list({post_id: PlannedChange(action, post_id) for action, post_id in pending}.values())
    for change in changes:
        if change.action is Action.ADD and change.post_id not in by_hand:
            by_hand.insert(0, change.post_id)
        elif change.action is Action.REMOVE and change.post_id in by_hand:
            by_hand.remove(change.post_id)
    assert list_with(after, changes) == by_hand


# ---- the last word ----


def test_what_is_missing_and_what_is_its_own_are_counted() -> None:
    """Its own below the others, or in between."""
    verdict = judge([5, 4, 3, 2], [5, 9, 3, 8, 7])
    assert (verdict.wanted, verdict.missing, verdict.own, verdict.own_above) == (4, 2, 3, 1)
    assert verdict.same_order
    assert not verdict.same_list
    empty = judge([], [4])
    assert (empty.own, empty.own_above, empty.same_order) == (1, 0, True)


def test_the_reason_why_the_order_is_another() -> None:
    """What the target had before, or what shares one time, where the order is one without them; else neither."""
    had = judge([5, 4, 3, 2], [4, 3, 2, 5], before={5})
    assert (had.misplaced, had.had_before, had.is_tied) == (1, True, False)
    tied = judge([5, 4, 3, 2], [5, 3, 4, 2], tied={3, 4})
    assert (tied.misplaced, tied.had_before, tied.is_tied) == (1, False, True)
    other = judge([5, 4, 3, 2], [2, 3, 4, 5], before={2}, tied={3})
    assert (other.misplaced, other.had_before, other.is_tied) == (3, False, False)
    assert not judge([2, 1], [2, 1], before={2, 1}).had_before
