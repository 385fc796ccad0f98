"""What it takes to have a list again."""

from hypothesis import given
from hypothesis import strategies as st

from favsync.core.restore import RestorePlan, plan_restore
from favsync.model import Action

lists = st.lists(st.integers(1, 12), unique=True)


def test_what_was_lost_comes_back_oldest_first() -> None:
    """What is destroyed cannot; what is new stays, unless the list is to be exactly as it was."""
    then, now = [9, 8, 7, 6, 5], [12, 9, 6]
    assert plan_restore(then, now, {}, {7}, exact=False) == RestorePlan((5, 8), (), (7,))
    assert plan_restore(then, now, {}, {7}, exact=True) == RestorePlan((5, 8), (12,), (7,))


@given(
    then=lists,
    now=lists,
    pending=st.dictionaries(st.integers(1, 12), st.sampled_from([*Action])),
    destroyed=st.sets(st.integers(1, 12)),
    exact=st.booleans(),
)
def test_carried_out_after_what_waits_the_list_is_as_it_was(
    then: list[int], now: list[int], pending: dict[int, Action], destroyed: set[int], exact: bool
) -> None:
    """The later queued change for a post counts; nothing is queued that will be so anyway."""
    plan = plan_restore(then, now, pending, destroyed, exact=exact)
    waiting = {post_id for post_id, action in pending.items() if action is Action.ADD}
    will_be = ({*now} | waiting) - (pending.keys() - waiting)
    changes = pending | dict.fromkeys(plan.remove, Action.REMOVE) | dict.fromkeys(plan.add, Action.ADD)
    result = {*now}
    for post_id, action in changes.items():
        (result.add if action is Action.ADD else result.discard)(post_id)
    lost = {*then} & destroyed - will_be
    assert set(plan.destroyed) == lost
    assert {*then} - lost <= result
    assert result == ({*then} - lost if exact else {*then} - lost | will_be)
    assert will_be.isdisjoint(plan.add)
    assert will_be >= {*plan.remove}
    assert list(plan.add) == [post_id for post_id in reversed(then) if post_id in plan.add]
