"""The full scan against a list that moves: while it is read, and while a scan is interrupted."""

from collections.abc import Callable
from dataclasses import replace
from functools import partial

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from favsync.core.listing.effects import AskPosts, ReadPage, SearchFavorites
from favsync.core.listing.result import AbsenceReason, Proof
from favsync.site.e621.limits import LIMITS
from tests.core.listed_site import ListedSite, finish, full_scan, interrupted, readd, resume

ids = st.integers(1, 400)
lists = st.lists(ids, unique=True, max_size=60)
page_sizes = st.integers(1, 12)

# ---- a list that moves while it is read ----


changes = st.lists(
    st.tuples(st.integers(0, 25), st.sampled_from(["add", "remove", "readd", "destroy", "transfer"]), ids, ids),
    max_size=8,
)


@settings(max_examples=400)
@given(favorites=lists, page_size=page_sizes, changes=changes, data=st.data())
def test_nothing_is_lost_or_invented_while_the_list_moves(
    favorites: list[int], page_size: int, changes: list[tuple[int, str, int, int]], data: st.DataObject
) -> None:
    """Whatever happens between the requests: a favorite all the while is kept, and none that never was one appears."""
    known = data.draw(st.permutations(favorites))[: data.draw(st.integers(0, len(favorites)))]
    known = [post_id for post_id in favorites if post_id in set(known)]
    site = ListedSite(list(favorites), page_size=page_size)
    always, ever = set(favorites), set(favorites)
    first_backup = not known

    def happen(kind: str, post_id: int, other: int, site: ListedSite) -> None:
        if kind != "add" and site.favorites:
            post_id = site.favorites[post_id % len(site.favorites)]
        match kind:
            case "add":
                site.add(post_id)
            case "remove":
                site.remove(post_id)
            case "readd" if post_id in site.favorites:
                site.remove(post_id)
                always.discard(post_id)
                site.add(post_id)
            case "destroy":
                site.destroy(post_id)
            case "transfer" if post_id != other:
                site.transfer(post_id, other)
        always.intersection_update(site.favorites)
        ever.update(site.favorites)

    for number, kind, post_id, other in changes:
        if first_backup and number == 1 and kind in ("add", "transfer"):
            continue  # the gap that the module's docstring names
        site.changes.setdefault(number, []).append(partial(happen, kind, post_id, other))
    reading = finish(full_scan(known, owned=data.draw(st.booleans())), site)
    assert always <= set(reading.listing) | {a.post_id for a in reading.absences if a.reason is AbsenceReason.DESTROYED}
    assert set(reading.listing) <= ever
    assert always.isdisjoint(absence.post_id for absence in reading.absences)
    site.changes.clear()
    resolved = finish(full_scan(reading.listing, drift=reading.drift), site)
    assert resolved.proof is Proof.COMPLETE
    assert resolved.listing == tuple(site.favorites)


def test_an_add_while_reading_costs_three_requests() -> None:
    """What came while the list was read is merged in from the head, as far down as before, and counted again."""
    site = ListedSite(list(range(40, 0, -1)), page_size=10)
    site.changes[3] = [lambda s: s.add(99)]
    reading = finish(full_scan([]), site)
    assert reading.listing == (99, *range(40, 0, -1))
    assert not reading.evidence.searched
    assert len(site.asked) <= site.pages() + 5


def test_many_pages_that_came_while_reading_are_merged_without_comparing_all_with_all() -> None:
    """An import by another tool puts ten pages on top: the work per page does not grow with page times list."""
    looks = 0

    class Counted(int):
        def __hash__(self) -> int:
            nonlocal looks
            looks += 1
            return int(self)

    site = ListedSite([Counted(post_id) for post_id in range(320, 0, -1)])
    came = [Counted(post_id) for post_id in range(3520, 320, -1)]
    site.changes[3] = [lambda s: s.favorites.__setitem__(slice(0, 0), came)]
    reading = finish(full_scan([]), site)
    assert reading.listing == tuple(site.favorites)
    assert looks < 100 * len(site.asked) * 320


def test_a_removal_while_reading_hides_a_favorite_that_is_found_in_its_place() -> None:
    """One removal skips one favorite at the next seam: the search tells which, a second look tells where."""
    site = ListedSite(list(range(40, 0, -1)), page_size=10)
    site.changes[3] = [lambda s: s.remove(38)]
    reading = finish(full_scan([]), site)
    assert reading.proof is Proof.COMPLETE
    assert reading.listing == tuple(site.favorites)
    assert reading.evidence.found_by_search == 1


def test_a_favorite_moved_to_the_top_while_reading_stands_there_once() -> None:
    """Removed and added again: it is at the top, not in both places."""
    site = ListedSite(list(range(40, 0, -1)), page_size=10)
    site.changes[6] = [lambda s: s.remove(25), lambda s: s.add(25)]
    reading = finish(full_scan([]), site)
    assert reading.listing == tuple(site.favorites)
    assert reading.listing[0] == 25


# ---- a scan that was interrupted ----


@settings(max_examples=400)
@given(
    favorites=lists,
    page_size=st.integers(6, 12),
    stop=st.integers(1, 12),
    changes=st.lists(st.tuples(st.sampled_from(["add", "remove", "readd", "destroy"]), ids), max_size=5),
    data=st.data(),
)
def test_a_resumed_scan_ends_as_one_of_today(
    favorites: list[int], page_size: int, stop: int, changes: list[tuple[str, int]], data: st.DataObject
) -> None:
    """What changed between the interruption and the next run is found, when it is less than a page: at four asks."""
    known = data.draw(st.permutations(favorites))[: data.draw(st.integers(0, len(favorites)))]
    site = ListedSite(list(favorites), page_size=page_size)
    answers = interrupted(full_scan(known), site, after=stop)
    happen: dict[str, Callable[[int], None]] = {
        "add": site.add,
        "remove": site.remove,
        "destroy": site.destroy,
        "readd": partial(readd, site),
    }
    for kind, number in changes:
        one_there = site.favorites[number % len(site.favorites)] if site.favorites else number
        happen[kind](number if kind == "add" else one_there)
    asked_before = len(site.asked)
    reading = resume(full_scan(known, resumed=True), site, answers)
    assert reading.proof is Proof.COMPLETE
    assert reading.listing == tuple(site.favorites)
    assert {absence.post_id for absence in reading.absences} == set(known) - set(site.favorites)
    if not changes and set(known) <= set(favorites):
        read = sum(isinstance(question, ReadPage) for question, _ in answers)
        assert len(site.asked) - asked_before <= max(0, site.pages() + 2 - read) + 4


@pytest.mark.parametrize("size", [40, 45])
@pytest.mark.parametrize("owned", [True, False])
def test_a_count_that_drifts_on_hides_no_removal_from_a_resumed_scan(size: int, owned: bool) -> None:
    """The count is what it was, and one favorite less is there: the end of the list tells."""
    site = ListedSite(list(range(size, 0, -1)), page_size=10)
    # Without the key a known one that the count speaks for is kept, as one that may be hidden.
    known = list(site.favorites) if owned else []
    answers = interrupted(full_scan(known, owned=owned), site, after=7)
    site.remove(25)
    site.drift = 1
    reading = resume(full_scan(known, owned=owned, resumed=True), site, answers)
    assert reading.proof is Proof.COMPLETE
    assert reading.listing == tuple(site.favorites)


@pytest.mark.parametrize("owned", [True, False])
def test_one_that_comes_back_to_the_head_may_have_pulled_another_over_a_seam(owned: bool) -> None:
    """Removed after the first page, and added again when another went: the counts agree, and one was never seen."""
    site = ListedSite([2, 1, 3, 4, 5], page_size=3)
    site.changes = {2: [lambda s: s.remove(1)], 4: [lambda s: s.remove(5), lambda s: s.add(1)]}
    reading = finish(full_scan([1], owned=owned), site)
    assert reading.proof is (Proof.COMPLETE if owned else Proof.UNPROVEN)
    assert 4 in reading.listing
    if owned:
        assert reading.listing == tuple(site.favorites)


def test_a_favorite_that_was_skipped_is_found_although_the_count_is_too_low() -> None:
    """A removal pulls one up over a seam unseen, and the count is one below the truth: the search tells."""
    site = ListedSite(list(range(42, 0, -1)), page_size=10, drift=-1)
    site.changes[4] = [lambda s: s.remove(42)]
    reading = finish(full_scan([]), site)
    assert reading.proof is Proof.COMPLETE
    assert reading.listing == tuple(site.favorites)


def test_what_the_site_said_of_a_post_another_day_is_asked_again() -> None:
    """Found by the search and confirmed, then removed before the scan is resumed: it is not kept."""
    site = ListedSite(list(range(40, 0, -1)), page_size=10)
    site.changes[3] = [lambda s: s.remove(38)]
    answers = interrupted(full_scan([]), site, after=40)
    skipped = 20  # the first of the third page, when the removal pulled it onto the second
    asked = (index for index, (question, _) in enumerate(answers) if question == AskPosts((skipped,)))
    confirmed = next(asked) + 1
    site.remove(skipped)
    reading = resume(full_scan([], resumed=True), site, answers[:confirmed])
    assert reading.proof is Proof.COMPLETE
    assert reading.listing == tuple(site.favorites)


def test_a_count_that_was_off_another_day_proves_nothing_of_today() -> None:
    """It drifts on by one while one is removed: what was learned from the pages of then would agree with itself."""
    known = list(range(40, 0, -1))
    site = ListedSite(list(known), page_size=10, drift=1)
    answers = interrupted(full_scan(known), site, after=12)
    assert isinstance(answers[-1][0], SearchFavorites)
    site.remove(15)
    site.drift = 2
    reading = resume(full_scan(known, resumed=True), site, answers)
    assert reading.proof is Proof.COMPLETE
    assert reading.listing == tuple(site.favorites)
    assert reading.drift == 2


@pytest.mark.parametrize("size", [30, 45])
def test_a_resumed_scan_of_more_than_the_site_shows_asks_for_no_page_past_the_last(size: int) -> None:
    """The end of such a list cannot be looked at, so that only the search proves it."""
    limits = replace(LIMITS, last_page=3)
    known = list(range(size, 0, -1))
    site = ListedSite(list(known), page_size=10, limits=limits)
    answers = interrupted(full_scan(known, limits=limits), site, after=4)
    reading = resume(full_scan(known, limits=limits, resumed=True), site, answers)
    assert (reading.proof, set(reading.listing)) == (Proof.COMPLETE, set(known))
    assert max(question.number for question in site.asked if isinstance(question, ReadPage)) == limits.last_page
