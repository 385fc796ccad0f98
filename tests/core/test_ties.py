"""Favorites that share one time: the stretch is learned and gone around, and what goes in it is noticed that night."""

from collections import Counter

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from favsync.core.listing.baseline import BaselineList
from favsync.core.listing.effects import ReadPage
from favsync.core.listing.ties import Resolved, resolve_ties, stretches_of
from tests.core.listed_site import ListedSite
from tests.core.nights import Nights

SIZE = 600


def site_with_ties(start: int, length: int, *, page_size: int, day: int = 0) -> ListedSite:
    """A list whose favorites from `start` on share one time, `length` of them."""
    favorites = list(range(SIZE, 0, -1))
    return ListedSite(favorites, page_size=page_size, tied=set(favorites[start : start + length]), day=day)


def same_but_for_ties(nights: Nights) -> bool:
    """Both lists have the same favorites, and those that do not share a time in the same order."""
    here, there, tied = nights.post_ids(), nights.site.favorites, nights.site.tied
    return set(here) == set(there) and [p for p in here if p not in tied] == [p for p in there if p not in tied]


def learned(site: ListedSite) -> Nights:
    """Nights on which the order of the stretch was seen to change, until it is known."""
    nights = Nights(site)
    for _ in range(4):
        nights.pull(full=True)
        site.day += 1
    return nights


@settings(max_examples=60, deadline=None)
@given(
    start=st.integers(20, SIZE - 60),
    length=st.integers(3, 400),
    page_size=st.integers(5, 80),
    day=st.integers(0, 3),
)
def test_a_stretch_is_learned_and_then_every_night_is_cheap(start: int, length: int, page_size: int, day: int) -> None:
    """Its order is another one each day. Now and then a favorite at its edge shows that it belongs to it, too."""
    site = site_with_ties(start, length, page_size=page_size, day=day)
    nights = Nights(site)
    costs = []
    for _ in range(12):
        nights.pull()
        assert same_but_for_ties(nights)
        site.day += 1
        costs.append(len(site.asked))
    assert costs[2:].count(3) >= 7


@settings(max_examples=60, deadline=None)
@given(
    start=st.integers(20, SIZE - 60),
    length=st.integers(3, 400),
    page_size=st.integers(5, 80),
    places=st.lists(st.integers(0, SIZE - 1), min_size=1, max_size=3, unique=True),
)
@example(start=477, length=96, page_size=56, places=[0])
def test_a_removal_in_the_stretch_is_noticed_the_same_night(
    start: int, length: int, page_size: int, places: list[int]
) -> None:
    """In it or beside it; and the next nights are cheap again, but for one at the edge that shows itself late."""
    nights = learned(site_with_ties(start, length, page_size=page_size))
    site = nights.site
    gone = {site.favorites[place] for place in places}
    for post_id in gone:
        site.remove(post_id)
    site.tied -= gone
    _, plan = nights.pull()
    assert {removal.post_id for removal in plan.removed} == gone
    assert same_but_for_ties(nights)
    costs = []
    for _ in range(6):
        site.day += 1
        nights.pull()
        assert same_but_for_ties(nights)
        costs.append(len(site.asked))
    assert costs.count(3) >= 4


def test_another_order_in_the_stretch_is_no_news() -> None:
    """Neither a full scan nor an incremental one writes a row for it."""
    nights = learned(site_with_ties(100, 200, page_size=50))
    for full in (True, False, True):
        nights.site.day += 1
        _, plan = nights.pull(full=full)
        assert (plan.moved, plan.readded, plan.placed, plan.added, plan.removed) == ((), (), (), (), ())


def test_a_favorite_that_leaves_the_stretch_for_the_top_shares_its_time_no_more() -> None:
    """Removed and added again, it stands at the top, and its order there counts."""
    nights = learned(site_with_ties(100, 200, page_size=50))
    site = nights.site
    again = site.favorites[150]
    site.remove(again)
    site.add(again)
    _, plan = nights.pull()
    assert plan.moved == (again,)
    assert nights.post_ids()[0] == again
    assert again not in nights.tied()


def test_a_removal_in_the_stretch_costs_the_pages_of_the_stretch_at_most() -> None:
    """Nothing halves it: its pages are read, and those that no page showed are asked about."""
    nights = learned(site_with_ties(100, 200, page_size=50))
    site = nights.site
    gone = site.favorites[200]
    site.remove(gone)
    site.tied.discard(gone)
    nights.pull()
    pages = Counter(question.number for question in site.asked if isinstance(question, ReadPage))
    assert pages.total() <= 2 + 200 // 50 + 2
    assert max(pages.values()) == 1


def test_what_is_above_the_first_that_stayed_is_no_stretch() -> None:
    """Two favorites added again in the other order are news, not a shared time."""
    site = ListedSite(list(range(50, 0, -1)), page_size=10)
    nights = Nights(site)
    nights.pull()
    for post_id in (50, 49):
        site.remove(post_id)
        site.add(post_id)
    _, plan = nights.pull(full=True)
    assert site.favorites[:3] == [49, 50, 48]
    assert nights.post_ids() == site.favorites
    assert nights.tied() == set()
    assert plan.moved == (49,)


@pytest.mark.parametrize("full", [False, True])
def test_another_order_alone_is_no_removal(full: bool) -> None:
    """What was touched and stands above its neighbour now may share one time with it, as nobody has learned yet."""
    site = ListedSite(list(range(50, 0, -1)), page_size=10)
    nights = Nights(site)
    nights.pull()
    site.remove(49)
    site.add(49)
    _, plan = nights.pull(full=full)
    assert plan.moved == (49,)
    assert plan.readded == ()


@pytest.mark.parametrize("full", [False, True])
def test_above_what_is_new_it_was_added_again(full: bool) -> None:
    """What stands above a favorite of today was added after it, and had been one before; what is below it may not."""
    site = ListedSite(list(range(50, 0, -1)), page_size=10)
    nights = Nights(site)
    nights.pull()
    for post_id in (49, 48):
        site.remove(post_id)
    for post_id in (49, 60, 48):
        site.add(post_id)
    _, plan = nights.pull(full=full)
    assert set(plan.moved) == {48, 49}
    assert [addition.post_id for addition in plan.readded] == [48]


@pytest.mark.parametrize("full", [False, True])
def test_above_one_that_came_later_it_was_added_again(full: bool) -> None:
    """Of two that came on different nights, the older one gets above the newer only so: they share no time."""
    site = ListedSite(list(range(50, 0, -1)), page_size=10)
    nights = Nights(site)
    nights.pull()
    site.add(60)
    nights.pull()
    site.remove(30)
    site.add(30)
    _, plan = nights.pull(full=full)
    assert [addition.post_id for addition in plan.readded] == [30]


def test_stretches_are_cut_where_everything_above_stood_above_everything_below() -> None:
    """Each as small as can be; one that was known keeps its order, a new one takes the one it is seen in."""
    known = BaselineList([1, 2, 3, 4, 5, 6, 7, 8, 9], ties=[range(1, 4)])
    resolved = resolve_ties([1, 4, 3, 2, 5, 7, 6, 8, 9], 0, known, [])
    assert resolved.order == (1, 2, 3, 4, 5, 7, 6, 8, 9)
    assert resolved.tied == {2, 3, 4, 6, 7}


def test_a_favorite_that_no_page_ever_showed_stands_in_the_only_stretch() -> None:
    """Nothing else keeps it off every page; with two stretches nobody can say in which, and it stands at the end."""
    known = BaselineList([1, 2, 3, 4, 5, 6])
    one = resolve_ties([1, 3, 2, 4, 5, 6, 77], 0, known, [77])
    assert one == Resolved((1, 3, 2, 77, 4, 5, 6), frozenset({2, 3, 77}))
    two = resolve_ties([1, 3, 2, 4, 6, 5, 77], 0, known, [77])
    assert two == Resolved((1, 3, 2, 4, 6, 5, 77), frozenset({2, 3, 5, 6}))


def test_stretches_are_ranges_of_places() -> None:
    """Runs of neighbours, also at either end."""
    assert stretches_of([True, True, False, True]) == (range(2), range(3, 4))
    assert stretches_of([]) == ()


@given(size=st.integers(0, 40), data=st.data())
def test_ranks_and_places_of_a_known_list_agree(size: int, data: st.DataObject) -> None:
    """However many have left it."""
    post_ids = list(range(100, 100 + size))
    gone = data.draw(st.sets(st.sampled_from(post_ids))) if post_ids else set()
    known = BaselineList(post_ids, gone=gone)
    stay = [post_id for post_id in post_ids if post_id not in gone]
    assert len(known) == len(stay)
    assert list(known.ranked(0, len(known))) == stay
    for rank, post_id in enumerate(stay):
        place = known.place(post_id)
        assert place is not None
        assert known.rank(place) == rank
    if stay:
        start = data.draw(st.integers(0, len(stay) - 1))
        assert list(known.ranked(start, len(stay))) == stay[start:]
        assert known.leave(stay[start])
        assert not known.leave(stay[start])
        assert known.place(stay[start]) is None
        assert len(known) == len(stay) - 1
    assert known.former_place(1) is None
    assert all(known.former_place(post_id) == place for place, post_id in enumerate(post_ids))


def test_the_listed_site_really_has_ties() -> None:
    """A test of nothing would pass: pages of one day disagree, and repeat and miss some."""
    site = site_with_ties(100, 200, page_size=50, day=1)
    seen = [p for n in range(1, 13) for p in finish_page(site, n)]
    assert len(set(seen)) < len(seen) == SIZE


def finish_page(site: ListedSite, number: int) -> tuple[int, ...]:
    answer = site.answer(ReadPage(number))
    return getattr(answer, "post_ids", ())
