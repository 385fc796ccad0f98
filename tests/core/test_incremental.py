"""The incremental scan: exact for any list that can follow from the one that was known, and cheap."""

from collections.abc import Callable
from functools import partial
from math import ceil, log2

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from favsync.core.listing.effects import (
    AskPost,
    AskPosts,
    Begin,
    Count,
    Effect,
    PostState,
    PostStates,
    ReadCount,
    ReadPage,
    Result,
)
from favsync.core.listing.incremental import Base
from favsync.core.listing.result import Absence, AbsenceReason, Proof, ScanResult
from favsync.model import PostUnavailable
from favsync.site.e621.limits import LIMITS
from tests.core.listed_site import ListedSite, finish, interrupted, pull_scan, readd, resume

ids = st.integers(1, 400)
lists = st.lists(ids, unique=True, max_size=80)
page_sizes = st.one_of(st.integers(1, 12), st.integers(1, 320))
BASE = Base(1)


def listed(known: list[int], reading: ScanResult) -> list[int]:
    """The whole list that a scan tells."""
    if not reading.goes_on:
        return list(reading.listing)
    left = {absence.post_id for absence in reading.absences} | set(reading.listing)
    return [*reading.listing, *(post_id for post_id in known if post_id not in left)]


def pages_asked(site: ListedSite) -> list[int]:
    return [question.number for question in site.asked if isinstance(question, ReadPage)]


def budget(site: ListedSite, removed: int) -> int:
    """Requests of docs/costs.md that a scan makes: all but who it is (with the first count), and the changes."""
    asked = ceil(removed / 100)
    seldom = 2 + removed * ceil(log2(max(site.pages(), 2))) + asked
    return min(seldom, site.pages() + 2 + asked)


# ---- exact ----


@settings(max_examples=1000)
@given(data=st.data(), before=lists, page_size=page_sizes)
def test_any_list_that_can_follow_is_told_exactly(data: st.DataObject, before: list[int], page_size: int) -> None:
    """Adds on top, removals anywhere, removed and added again, in whatever order: the list as it is."""
    site = ListedSite(list(before), page_size=page_size)
    some = st.lists(st.sampled_from(before), max_size=12) if before else st.just([])
    for post_id in data.draw(some):
        site.remove(post_id)
    for adds, post_id in data.draw(st.lists(st.tuples(st.booleans(), ids), max_size=12)):
        (site.add if adds else site.remove)(post_id)
    site.touched.update(data.draw(some))  # somebody else's favorite, or a vote
    reading = finish(pull_scan(before, BASE), site)
    assert reading.proof is Proof.COMPLETE
    assert reading.goes_on, "it never has to read everything where nothing else happens"
    assert listed(before, reading) == site.favorites
    assert {absence.post_id for absence in reading.absences} == set(before) - set(site.favorites)
    assert len(pages_asked(site)) <= max(1, site.pages()) + 1
    assert len(set(pages_asked(site)) - {1}) == len([number for number in pages_asked(site) if number != 1])


@settings(max_examples=300)
@given(data=st.data(), before=lists, page_size=page_sizes)
def test_without_its_owners_key_a_list_is_told_as_exactly(
    data: st.DataObject, before: list[int], page_size: int
) -> None:
    """What is missing is unlisted, or destroyed; nobody is asked whether it is a favorite."""
    site = ListedSite(list(before), page_size=page_size)
    gone = data.draw(st.sets(st.sampled_from(before), max_size=9)) if before else set()
    destroyed = {post_id for post_id in gone if post_id % 3 == 0}
    for post_id in gone:
        (site.destroy if post_id in destroyed else site.remove)(post_id)
    for post_id in data.draw(st.lists(ids, max_size=6)):
        site.add(post_id)
    reading = finish(pull_scan(before, BASE, owned=False), site)
    assert reading.proof is Proof.COMPLETE
    assert listed(before, reading) == site.favorites
    left = set(before) - set(site.favorites)
    assert {a.post_id: a.reason for a in reading.absences} == {
        post_id: AbsenceReason.DESTROYED if post_id in destroyed else AbsenceReason.UNLISTED for post_id in left
    }


def test_without_the_owners_key_what_is_missing_is_looked_for_in_the_whole_list() -> None:
    """Where nobody confirms it, one that shares its time with another could pass for it, and every number agree."""
    known = list(range(90, 0, -1))
    gone = ListedSite([post_id for post_id in known if post_id != 50], page_size=10)
    reading = finish(pull_scan(known, BASE, owned=False), gone)
    assert not reading.goes_on
    assert reading.evidence.because is not None
    assert "without the owner's key" in reading.evidence.because
    assert reading.absences == (Absence(50, AbsenceReason.UNLISTED),)
    destroyed = ListedSite([post_id for post_id in known if post_id != 50], page_size=10, destroyed={50})
    reading = finish(pull_scan(known, BASE, owned=False), destroyed)
    assert reading.goes_on
    assert reading.absences == (Absence(50, AbsenceReason.DESTROYED),)


def test_a_favorite_added_again_at_the_end_of_the_first_page_hides_nothing() -> None:
    """It is no anchor: what is new below it is found, though every count and every place above it agrees."""
    site = ListedSite([10, 9, 8, 7, 6, 5, 4], page_size=2)
    known = list(site.favorites)
    for post_id in (10, 9, 7):
        site.remove(post_id)
    for post_id in (99, 8, 98):
        site.remove(post_id)
        site.add(post_id)
    assert site.favorites == [98, 8, 99, 6, 5, 4]
    reading = finish(pull_scan(known, BASE), site)
    assert listed(known, reading) == site.favorites


def test_a_whole_page_added_again_in_its_order_hides_nothing() -> None:
    """The first page is as it was, and so are the count and the last page: only the posts tell of it."""
    known = list(range(30, 0, -1))
    site = ListedSite(list(known), page_size=10)
    site.remove(20)
    site.add(99)
    for post_id in range(21, 31):
        readd(site, post_id)
    assert site.favorites[:12] == [*range(30, 20, -1), 99, 19]
    reading = finish(pull_scan(known, BASE), site)
    assert listed(known, reading) == site.favorites


# ---- cheap ----


@settings(max_examples=400)
@given(data=st.data(), size=st.integers(1, 600), page_size=st.integers(1, 40))
def test_removals_and_new_ones_cost_what_is_promised(data: st.DataObject, size: int, page_size: int) -> None:
    """As many as fit above the known ones on the first page, and removals anywhere: the budgets of the design."""
    known = list(range(size, 0, -1))
    site = ListedSite(list(known), page_size=page_size)
    gone = data.draw(st.sets(st.sampled_from(known), max_size=10))
    for post_id in gone:
        site.remove(post_id)
    for post_id in range(1000, 1000 + data.draw(st.integers(0, page_size - 1))):
        site.add(post_id)
    reading = finish(pull_scan(known, BASE), site)
    assert listed(known, reading) == site.favorites
    assert len(site.asked) - 1 <= budget(site, len(gone))


def test_nothing_changed_costs_two_pages_however_long_the_list() -> None:
    """The count comes with the user; the head and the last page prove all that lies between them."""
    for size in (1, 320, 321, 10_000, 100_000):
        known = list(range(size, 0, -1))
        site = ListedSite(list(known))
        reading = finish(pull_scan(known, BASE), site)
        assert (reading.proof, reading.listing, reading.absences) == (Proof.COMPLETE, (), ())
        assert site.asked == [ReadCount(), *(ReadPage(n) for n in dict.fromkeys([1, site.pages()]))]


@pytest.mark.parametrize("place", [0, 1, 319, 320, 50_000, 99_839, 99_840, 99_999])
def test_one_removal_in_a_hundred_thousand_is_found_in_eleven_pages(place: int) -> None:
    """Wherever it is: two pages, nine of the bisection at most, and one question about the post."""
    known = list(range(100_000, 0, -1))
    site = ListedSite(list(known))
    site.remove(known[place])
    reading = finish(pull_scan(known, BASE), site)
    assert [absence.post_id for absence in reading.absences] == [known[place]]
    assert len(pages_asked(site)) <= 11
    assert sum(isinstance(question, AskPosts | AskPost) for question in site.asked) == 1


def test_a_full_page_of_new_ones_costs_one_page_more() -> None:
    """Where the known ones begin, only the next page shows; and two pages have to be of one moment."""
    known = list(range(1000, 0, -1))
    site = ListedSite(list(known))
    for post_id in range(2000, 2320):
        site.add(post_id)
    reading = finish(pull_scan(known, BASE), site)
    assert listed(known, reading) == site.favorites
    assert pages_asked(site) == [1, 2, 5, 1]


def test_however_many_are_gone_it_costs_no_more_than_a_full_scan() -> None:
    """Every other favorite removed: each page once."""
    known = list(range(3000, 0, -1))
    site = ListedSite([post_id for post_id in known if post_id % 2], page_size=50)
    site.touched.update(post_id for post_id in known if not post_id % 2)
    reading = finish(pull_scan(known, BASE), site)
    assert listed(known, reading) == site.favorites
    assert sorted(pages_asked(site)) == list(range(1, 31))


# ---- guarded, refused, unproven ----


def test_too_many_removals_are_seen_on_two_pages() -> None:
    """The counts say how many are gone: nobody is asked which, and what is new is kept."""
    known = list(range(1000, 0, -1))
    site = ListedSite(known[:600])
    site.add(5000)
    reading = finish(pull_scan(known, BASE, allowed_removals=399), site)
    assert (reading.proof, reading.missing, reading.absences) == (Proof.GUARDED, 400, ())
    assert listed(known, reading) == [5000, *known]
    assert len(site.asked) == 3
    assert finish(pull_scan(known, BASE, allowed_removals=400), site).proof is Proof.COMPLETE


def test_what_favsync_removed_itself_costs_no_search() -> None:
    """A thousand applied changes are known to have left their places; the site is asked about each all the same."""
    known = list(range(5000, 0, -1))
    gone = set(range(1000, 2000))
    site = ListedSite([post_id for post_id in known if post_id not in gone])
    reading = finish(pull_scan(known, BASE, allowed_removals=0, expected_gone=gone), site)
    assert reading.proof is Proof.COMPLETE
    assert {absence.post_id for absence in reading.absences} == gone
    assert len(pages_asked(site)) == 2
    assert sum(isinstance(question, AskPosts) for question in site.asked) == 10


def test_the_word_of_the_site_stops_a_removal_and_everything_is_read() -> None:
    """A favorite that the list does not show, and that the site still calls one, is not gone."""
    known = list(range(40, 0, -1))
    site = ListedSite(list(known), page_size=10, filtered=frozenset({40, 39, 38, 37, 36, 35, 34, 33, 32, 31}))
    reading = finish(pull_scan(known, BASE), site)
    assert not reading.goes_on
    assert reading.absences == ()
    assert set(reading.listing) == set(known)


@pytest.mark.parametrize("page", [1, 4, 2])
def test_a_page_that_fails_proves_nothing_and_removes_nothing(page: int) -> None:
    """The head, the last page, or one of the bisection."""
    known = list(range(40, 0, -1))
    site = ListedSite(list(known), page_size=10, failing={page: 502})
    site.remove(25)
    site.add(99)
    reading = finish(pull_scan(known, BASE), site)
    assert reading.proof is Proof.UNPROVEN
    assert reading.absences == ()
    assert reading.goes_on == (page != 1)
    assert reading.listing == (() if page == 1 else (99,))


def test_new_ones_whose_end_was_not_read_are_told_apart() -> None:
    """The second page fails: what the first showed is real, and below it something may be missing."""
    known = list(range(40, 0, -1))
    site = ListedSite(list(known), page_size=10, failing={2: 502})
    for post_id in range(100, 115):
        site.add(post_id)
    reading = finish(pull_scan(known, BASE), site)
    assert (reading.proof, reading.goes_on) == (Proof.UNPROVEN, False)
    assert reading.listing == tuple(range(114, 104, -1))


def test_a_count_that_is_off_is_told_from_a_list_that_changed() -> None:
    """One more than there can be: the count and the head stand still, so everything is read, and the drift learned."""
    known = list(range(40, 0, -1))
    site = ListedSite(list(known), page_size=10, drift=1)
    reading = finish(pull_scan(known, BASE), site)
    assert (reading.proof, reading.goes_on, reading.drift) == (Proof.COMPLETE, False, 1)
    assert reading.evidence.because == "the site counts 1 favorite more than are known and new"
    site.asked.clear()
    assert finish(pull_scan(known, BASE, drift=1), site).goes_on
    assert len(site.asked) == 3


def test_a_hole_in_what_is_known_is_found_and_filled() -> None:
    """A favorite that the list here lacks in its middle shows in the places of those below it."""
    site = ListedSite(list(range(40, 0, -1)), page_size=10)
    known = [post_id for post_id in site.favorites if post_id != 17]
    reading = finish(pull_scan(known, BASE), site)
    assert not reading.goes_on
    assert listed(known, reading) == site.favorites


def test_an_empty_list_is_believed_with_a_count_of_none() -> None:
    """0 → 0 is success, and so is a flush that is asked about; an empty page with a count is not."""
    assert finish(pull_scan([], BASE), ListedSite([])).proof is Proof.COMPLETE
    flushed = finish(pull_scan([3, 2, 1], BASE), ListedSite([]))
    assert (flushed.proof, len(flushed.absences), flushed.goes_on) == (Proof.COMPLETE, 3, True)
    hidden = finish(pull_scan([3, 2, 1], BASE), ListedSite([3, 2, 1], filtered=frozenset({1, 2, 3})))
    assert (hidden.proof, hidden.absences) == (Proof.UNPROVEN, ())


def test_a_site_that_tells_no_count_is_read_whole() -> None:
    """Without it nothing adds up; then the walk and the search have to agree."""
    site = ListedSite([3, 2, 1], drift=0)

    def without_a_count(question: Effect) -> Result:
        return Count(None) if isinstance(question, ReadCount) else site.answer(question)

    reading = pull_scan([3, 2, 1], BASE)
    question = next(reading)
    try:
        while True:
            question = reading.send(without_a_count(question))
    except StopIteration as end:
        result: ScanResult = end.value
    assert (result.proof, result.goes_on, result.listing) == (Proof.COMPLETE, False, (3, 2, 1))
    assert result.evidence.because == "the site does not say how many favorites there are"


def test_a_list_longer_than_the_site_shows_is_read_whole() -> None:
    """Its last page is past the last one that the site answers."""
    known = list(range(LIMITS.last_page + 20, 0, -1))
    site = ListedSite(list(known), page_size=1)
    reading = finish(pull_scan(known, BASE), site)
    assert not reading.goes_on
    assert set(reading.listing) == set(known)
    assert "770 pages" in str(reading.evidence.because)


def test_a_site_that_does_not_say_whose_favorite_it_is_removes_nothing() -> None:
    """With the owner's key the word has to be there: without it the post stays, and the rest is concluded."""
    site = ListedSite([3, 1])
    reading = pull_scan([3, 2, 1], BASE)
    question = next(reading)
    try:
        while True:
            answer = site.answer(question)
            if isinstance(question, AskPosts):
                answer = PostStates((PostState(2, None, False, None),))
            question = reading.send(answer)
    except StopIteration as end:
        result: ScanResult = end.value
    assert (result.proof, result.absences) == (Proof.COMPLETE, ())
    assert result.unavailable == (PostUnavailable(2, "the site does not say whether it is a favorite"),)


# ---- a list that moves while it is read ----

HAPPENS: dict[str, Callable[[ListedSite, int], None]] = {
    "add": ListedSite.add,
    "remove": lambda site, n: site.remove(site.favorites[n % len(site.favorites)]) if site.favorites else None,
    "readd": lambda site, n: readd(site, site.favorites[n % len(site.favorites)]) if site.favorites else None,
    "destroy": lambda site, n: site.destroy(site.favorites[n % len(site.favorites)]) if site.favorites else None,
}
changes = st.lists(st.tuples(st.integers(0, 25), st.sampled_from([*HAPPENS]), ids), max_size=6)


@settings(max_examples=400)
@given(before=lists, page_size=st.integers(1, 12), changes=changes, data=st.data())
def test_nothing_is_lost_or_invented_while_the_list_moves(
    before: list[int], page_size: int, changes: list[tuple[int, str, int]], data: st.DataObject
) -> None:
    """A favorite all the while is kept, none that never was one appears, and the next quiet reading is exact."""
    site = ListedSite(list(before), page_size=page_size)
    for post_id in data.draw(st.lists(st.sampled_from(before), max_size=4) if before else st.just([])):
        site.remove(post_id)
    always, ever = set(site.favorites), set(site.favorites) | set(before)

    def happen(kind: str, number: int, site: ListedSite) -> None:
        was = set(site.favorites)
        HAPPENS[kind](site, number)
        always.intersection_update(site.favorites)
        if kind == "readd" and was:
            always.discard(site.favorites[0])
        ever.update(site.favorites)

    for number, kind, post_id in changes:
        site.changes.setdefault(number, []).append(partial(happen, kind, post_id))
    reading = finish(pull_scan(before, BASE), site)
    reported = listed(before, reading)
    assert always <= set(reported) | {a.post_id for a in reading.absences if a.reason is AbsenceReason.DESTROYED}
    assert set(reported) <= ever
    assert always.isdisjoint(absence.post_id for absence in reading.absences)
    site.changes.clear()
    if reading.proof is Proof.COMPLETE:
        resolved = finish(pull_scan(reported, BASE, drift=reading.drift), site)
        assert resolved.proof is Proof.COMPLETE
        assert listed(reported, resolved) == site.favorites


def test_an_add_between_the_pages_begins_again_and_reads_no_more() -> None:
    """The head and the count, as they are now, and the last page once more."""
    known = list(range(100, 0, -1))
    site = ListedSite(list(known), page_size=10)
    site.changes[2] = [lambda s: s.add(999)]
    reading = finish(pull_scan(known, BASE), site)
    assert reading.goes_on
    assert listed(known, reading) == site.favorites
    assert pages_asked(site) == [1, 10, 1, 11]


def test_a_list_that_never_stands_still_is_read_whole_in_the_end() -> None:
    """Three beginnings, and no more."""
    known = list(range(100, 0, -1))
    site = ListedSite(list(known), page_size=10)
    for number in range(2, 11):
        site.changes[number] = [lambda s, number=number: s.add(1000 + number)]  # type: ignore[misc]  # a lambda with a default has no type
    reading = finish(pull_scan(known, BASE), site)
    assert not reading.goes_on
    assert listed(known, reading) == site.favorites


# ---- a scan that was interrupted ----


@settings(max_examples=300)
@given(
    before=lists,
    page_size=st.integers(2, 12),
    stop=st.integers(1, 14),
    gone=st.lists(st.integers(0, 80), max_size=4),
    changes=st.lists(st.tuples(st.sampled_from([*HAPPENS]), ids), max_size=4),
)
def test_a_resumed_scan_ends_as_one_of_today(
    before: list[int], page_size: int, stop: int, gone: list[int], changes: list[tuple[str, int]]
) -> None:
    """Whatever happened between the interruption and the next run: the list as it is now."""
    site = ListedSite(list(before), page_size=page_size)
    for number in gone:
        HAPPENS["remove"](site, number)
    answers = interrupted(pull_scan(before, BASE), site, after=stop)
    for kind, number in changes:
        HAPPENS[kind](site, number)
    asked = len(site.asked)
    reading = resume(pull_scan(before, BASE, resumed=True), site, answers)
    assert reading.proof is Proof.COMPLETE
    assert listed(before, reading) == site.favorites
    if not changes and reading.goes_on:
        # The head, the count and the end again, and what is gone asked about again; of the rest what was under way.
        whole = ListedSite(list(site.favorites), page_size=page_size, touched=site.touched)
        finish(pull_scan(before, BASE), whole)
        assert len(site.asked) - asked <= max(0, len(whole.asked) + 1 - len(answers)) + 4


def test_a_count_that_drifts_on_hides_no_removal_from_a_resumed_scan() -> None:
    """The head and the count are what they were, and one favorite less is there: the end of the list tells."""
    known = list(range(40, 0, -1))
    site = ListedSite(list(known), page_size=10)
    answers = interrupted(pull_scan(known, BASE), site, after=4)
    assert sum(isinstance(question, ReadPage) for question, _ in answers) == 2
    site.remove(25)
    site.drift = 1
    reading = resume(pull_scan(known, BASE, resumed=True), site, answers)
    assert reading.proof is Proof.COMPLETE
    assert listed(known, reading) == site.favorites


def test_evidence_of_another_day_is_asked_for_again() -> None:
    """Gone when the run stopped, and added again since: it stays."""
    known = list(range(40, 0, -1))
    site = ListedSite(list(known), page_size=10)
    site.remove(25)
    answers = interrupted(pull_scan(known, BASE), site, after=7)
    assert isinstance(answers[-1][0], AskPosts)
    site.add(25)
    reading = resume(pull_scan(known, BASE, resumed=True), site, answers)
    assert reading.absences == ()
    assert listed(known, reading) == site.favorites


def test_a_scan_says_what_it_is_before_it_asks() -> None:
    """So that the steps of another kind of reading, or of another day, are not taken for its own."""
    site = ListedSite([3, 2], page_size=10)
    begun: list[Effect] = []

    def spy(known: list[int], base: Base | None) -> None:
        reading = pull_scan(known, base)
        question = next(reading)
        try:
            while True:
                if isinstance(question, Begin):
                    begun.append(question)
                question = reading.send(site.answer(question))
        except StopIteration:
            pass

    spy([3, 2], Base(7))
    spy([3, 2], None)
    site.drift = 2
    spy([3, 2], Base(8))
    assert begun == [Begin(7), Begin(None), Begin(8), Begin(None)]
