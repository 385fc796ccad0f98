"""The plan of a pull: applied to rows, it makes them the listing, and it changes as little as it can."""

from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from favsync.core.listing.order import assign_keys, keep_places, longest_increasing
from favsync.core.plan import LocalFavorite, PullPlan, Removal, plan_pull
from favsync.model import Action
from tests.core.listed_site import ListedSite, finish, full_scan

ids = st.integers(1, 200)
lists = st.lists(ids, unique=True, max_size=40)


def rows(favorites: list[int]) -> list[LocalFavorite]:
    """Rows as a first backup leaves them."""
    return [LocalFavorite(post_id, len(favorites) - i, True, None) for i, post_id in enumerate(favorites)]


def applied(local: list[LocalFavorite], plan: PullPlan, run_id: int = 1) -> list[LocalFavorite]:
    """Carry a plan out on rows, as the store does, and sort them newest first; keys must stay unique."""
    table = {row.post_id: row for row in local}
    for removal in plan.removed:
        del table[removal.post_id]
    for place in plan.placed:
        old = table[place.post_id]
        table[place.post_id] = LocalFavorite(
            place.post_id, place.sort_key, place.is_placed, old.absent_since_run_id, place.is_tied
        )
    for addition in plan.added:
        assert addition.post_id not in table
        table[addition.post_id] = LocalFavorite(
            addition.post_id, addition.sort_key, addition.is_placed, None, addition.is_tied
        )
    for post_id, mark in [*((i, run_id) for i in plan.newly_absent), *((i, None) for i in plan.seen_again)]:
        row = table[post_id]
        table[post_id] = LocalFavorite(post_id, row.sort_key, row.is_placed, mark, row.is_tied)
    assert len({row.sort_key for row in table.values()}) == len(table) == plan.total
    return sorted(table.values(), key=lambda row: -row.sort_key)


def ids_of(local: list[LocalFavorite]) -> list[int]:
    return [row.post_id for row in local]


@settings(max_examples=200)
@given(before=lists, data=st.data())
def test_after_any_sequence_of_pulls_the_rows_are_the_listing(before: list[int], data: st.DataObject) -> None:
    """Adds, removals, re-adds and destroyed posts, pull after pull: same posts, same order, unique keys."""
    site = ListedSite(list(before), page_size=data.draw(st.integers(1, 12)))
    local: list[LocalFavorite] = []
    for _ in range(3):
        plan = plan_pull(local, finish(full_scan(ids_of(local)), site), {})
        local = applied(local, plan)
        assert ids_of(local) == site.favorites
        for post_id in data.draw(st.lists(ids, max_size=6)):
            site.remove(post_id)
        for post_id in data.draw(st.lists(ids, max_size=6)):
            site.add(post_id)


def test_new_favorites_touch_no_other_row() -> None:
    """What comes on top gets keys above all others, and nothing else is written."""
    local = rows([3, 2, 1])
    plan = plan_pull(local, finish(full_scan([3, 2, 1]), ListedSite([5, 4, 3, 2, 1])), {})
    assert [(a.post_id, a.sort_key) for a in plan.added] == [(5, 5), (4, 4)]
    assert (plan.placed, plan.moved, plan.removed, plan.total) == ((), (), (), 5)


def test_a_favorite_added_again_is_moved_and_the_rest_stays() -> None:
    """Removed and added again between two pulls: one favorite moved, none added, none removed."""
    local = rows([4, 3, 2, 1])
    plan = plan_pull(local, finish(full_scan([4, 3, 2, 1]), ListedSite([2, 4, 3, 1])), {})
    assert plan.moved == (2,)
    assert [(p.post_id, p.sort_key) for p in plan.placed] == [(2, 5)]
    assert not plan.added
    assert not plan.removed


def test_each_removal_says_why() -> None:
    """Pushed by favsync, destroyed, or not a favorite any more; whose doing that was comes later (test_verdicts.py)."""
    site = ListedSite([6, 5, 4, 3, 2, 1])
    site.remove(6)
    site.destroy(5)
    site.transfer(4, 9)
    site.remove(2)
    plan = plan_pull(rows([6, 5, 4, 3, 2, 1]), finish(full_scan([6, 5, 4, 3, 2, 1]), site), {6: Action.REMOVE})
    assert plan.removed == (
        Removal(6, "pushed"),
        Removal(5, "destroyed"),
        Removal(4, "unfavorited"),
        Removal(2, "unfavorited"),
    )
    assert [(a.post_id, a.reason) for a in plan.added] == [(9, "listed")]


def test_an_add_that_favsync_pushed_says_so() -> None:
    """The listing shows what the push did; the event names the push."""
    plan = plan_pull([], finish(full_scan([]), ListedSite([2, 1])), {2: Action.ADD})
    assert [(a.post_id, a.reason) for a in plan.added] == [(2, "pushed"), (1, "listed")]


def test_a_public_list_loses_a_favorite_only_at_the_second_scan() -> None:
    """Without the owner's key one scan marks, the second removes, and being seen again clears the mark."""
    site = ListedSite([3, 1])
    local = rows([3, 2, 1])
    first = plan_pull(local, finish(full_scan([3, 2, 1], owned=False), site), {})
    assert (first.newly_absent, first.removed, first.total) == ((2,), (), 3)
    local = applied(local, first, run_id=7)
    second = plan_pull(local, finish(full_scan(ids_of(local), owned=False), site), {})
    assert second.removed == (Removal(2, "unlisted"),)
    site.add(2)
    again = plan_pull(local, finish(full_scan(ids_of(local), owned=False), site), {})
    assert (again.seen_again, again.newly_absent, again.removed) == ((2,), (), ())


def test_an_unproven_scan_keeps_what_it_did_not_see_where_it_was() -> None:
    """The search is down and the count is off: the new one comes, nothing goes, and the order holds."""
    site = ListedSite([9, 5, 3, 2], drift=1, search_down=True)
    local = rows([5, 4, 3, 2, 1])
    plan = plan_pull(local, finish(full_scan([5, 4, 3, 2, 1]), site), {})
    assert plan.removed == ()
    assert ids_of(applied(local, plan)) == [9, 5, 4, 3, 2, 1]


def test_a_favorite_without_a_place_gets_it_when_the_listing_shows_it() -> None:
    """Kept at the end at first, then placed: that is no move."""
    local = [LocalFavorite(3, 3, True, None), LocalFavorite(1, 2, True, None), LocalFavorite(2, 1, False, None)]
    plan = plan_pull(local, finish(full_scan([3, 1, 2]), ListedSite([3, 2, 1])), {})
    assert plan.moved == ()
    assert ids_of(applied(local, plan)) == [3, 2, 1]
    assert all(row.is_placed for row in applied(local, plan))


# ---- the pieces ----


@given(values=st.lists(st.integers(-20, 20), max_size=12))
def test_longest_increasing_is_increasing_and_longest(values: list[int]) -> None:
    """Held against every subsequence."""
    chain = [values[index] for index in longest_increasing(values)]
    assert all(a < b for a, b in pairwise(chain))
    best = [0] * len(values)
    for i, value in enumerate(values):
        best[i] = 1 + max((best[j] for j in range(i) if values[j] < value), default=0)
    assert len(chain) == max(best, default=0)


@given(order=lists, data=st.data())
def test_keys_fall_along_the_order_and_are_never_reused(order: list[int], data: st.DataObject) -> None:
    """Whatever keys there were: afterwards they fall, and a changed key is one that nobody had."""
    keys = data.draw(st.dictionaries(ids, st.integers(-50, 50), max_size=40))
    keys = {post_id: key for post_id, key in keys.items() if list(keys.values()).count(key) == 1}
    now = assign_keys(order, keys)
    assert len(now) == len(order)
    assert all(a > b for a, b in pairwise(now))
    changed = {key for post_id, key in zip(order, now, strict=True) if key != keys.get(post_id)}
    assert changed.isdisjoint(keys.values())


def test_what_was_on_top_and_is_not_listed_stays_below_what_is_new() -> None:
    """A kept favorite without a newer neighbour goes before the first known one."""
    assert keep_places([9, 2, 1], [3, 2, 1], {3}) == [9, 3, 2, 1]
    assert keep_places([], [3, 2], {3, 2}) == [3, 2]
    assert keep_places([9], [3, 2], {3, 2}) == [9, 3, 2]


def test_what_is_kept_stands_beside_neighbours_that_kept_their_place() -> None:
    """One that was removed and added again is on top now; what stood below it does not follow."""
    assert keep_places([4, 5, 2, 1], [5, 4, 3, 2, 1], {3}) == [4, 5, 3, 2, 1]
    assert keep_places([1, 9, 4, 3], [5, 4, 3, 2, 1], {5, 2}) == [1, 9, 5, 4, 3, 2]
    assert keep_places([9, 1], [2, 1], {2}) == [9, 2, 1]
    assert keep_places([9, 8], [2], {2}) == [9, 8, 2]
