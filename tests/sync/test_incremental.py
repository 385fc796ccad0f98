"""The incremental reading: exact for any list that can follow from the one that was known, and cheap."""

from math import ceil, log2

from hypothesis import given, settings
from hypothesis import strategies as st

from favsync.sync.incremental import Base
from favsync.sync.pull import pull_reading
from favsync.sync.reading import Proof, Reading
from tests.sync.listed_site import ListedSite, finish

ids = st.integers(1, 400)
lists = st.lists(ids, unique=True, max_size=80)
page_sizes = st.one_of(st.integers(1, 12), st.integers(1, 320))
BASE = Base(1)


def listed(known: list[int], reading: Reading) -> list[int]:
    """The whole list that a reading tells."""
    if not reading.goes_on:
        return list(reading.listing)
    left = {absence.post_id for absence in reading.absences} | set(reading.listing)
    return [*reading.listing, *(post_id for post_id in known if post_id not in left)]


@settings(max_examples=2000)
@given(data=st.data(), before=lists, page_size=page_sizes)
def test_any_list_that_can_follow_is_told_exactly(data: st.DataObject, before: list[int], page_size: int) -> None:
    """Adds on top, removals anywhere, removed and added again, in whatever order: the list as it is."""
    site = ListedSite(list(before), page_size=page_size)
    some = st.lists(st.sampled_from(before), max_size=12) if before else st.just([])
    for post_id in data.draw(some):
        site.remove(post_id)
    steps = st.lists(st.tuples(st.booleans(), ids), max_size=12)
    for adds, post_id in data.draw(steps):
        (site.add if adds else site.remove)(post_id)
    site.touched.update(data.draw(some))
    reading = finish(pull_reading(before, BASE), site)
    assert reading.proof is Proof.COMPLETE
    assert listed(before, reading) == site.favorites
    assert reading.goes_on
    assert {absence.post_id for absence in reading.absences} == set(before) - set(site.favorites)


def budget(pages: int, removed: int) -> int:
    """Requests of design section 5, less the two for who it is and for what changed about the posts."""
    seldom = 2 + removed * ceil(log2(max(pages, 2))) + ceil(removed / 100)
    return min(seldom, pages + 3 + ceil(removed / 100))


@settings(max_examples=500)
@given(data=st.data(), size=st.integers(1, 600), page_size=st.integers(1, 40))
def test_removals_and_new_ones_cost_what_is_promised(data: st.DataObject, size: int, page_size: int) -> None:
    before = list(range(size, 0, -1))
    site = ListedSite(list(before), page_size=page_size)
    gone = data.draw(st.sets(st.sampled_from(before), max_size=10))
    for post_id in gone:
        site.remove(post_id)
    new = data.draw(st.integers(0, page_size - 1))
    for post_id in range(1000, 1000 + new):
        site.add(post_id)
    reading = finish(pull_reading(before, BASE), site)
    assert listed(before, reading) == site.favorites
    # ReadCount comes with the user
    assert len(site.asked) - 1 <= budget(site.pages(), len(gone))
