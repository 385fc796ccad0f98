"""The full scan against a list that stands still, and one that lies."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from favsync.core.listing.effects import (
    AskPost,
    AskPosts,
    Count,
    NoResult,
    Page,
    ReadCount,
    ReadPage,
    Result,
    SearchFavorites,
)
from favsync.core.listing.result import AbsenceReason, Proof
from favsync.core.plan import LocalFavorite, plan_pull
from favsync.site.e621.limits import LIMITS
from tests.core.listed_site import ListedSite, finish, full_scan, readd

ids = st.integers(1, 400)
lists = st.lists(ids, unique=True, max_size=60)
page_sizes = st.integers(1, 12)


def budget_of_a_first_backup(site: ListedSite) -> int:
    return site.pages() + 3


# ---- a list that stands still ----


@given(favorites=lists, page_size=page_sizes)
def test_a_quiet_list_is_read_exactly_within_the_budget(favorites: list[int], page_size: int) -> None:
    """A first backup of a list at rest gives the list itself, for P + 3 requests at most."""
    site = ListedSite(list(favorites), page_size=page_size)
    reading = finish(full_scan([]), site)
    assert reading.proof is Proof.COMPLETE
    assert reading.listing == tuple(favorites)
    assert not reading.unplaced
    assert reading.drift == 0
    assert len(site.asked) <= budget_of_a_first_backup(site)


@given(data=st.data(), before=lists, page_size=page_sizes)
def test_a_later_full_scan_finds_every_change_within_the_budget(
    data: st.DataObject, before: list[int], page_size: int
) -> None:
    """Adds on top, removals anywhere and re-adds are told exactly, for P + 4 + r/100 requests at most."""
    site = ListedSite(list(before), page_size=page_size)
    for post_id in data.draw(st.lists(st.sampled_from(before), unique=True) if before else st.just([])):
        site.remove(post_id)
    for post_id in data.draw(st.lists(ids, unique=True, max_size=20)):
        site.add(post_id)
    reading = finish(full_scan(before), site)
    gone = set(before) - set(site.favorites)
    assert reading.proof is Proof.COMPLETE
    assert reading.listing == tuple(site.favorites)
    assert {absence.post_id for absence in reading.absences} == gone
    assert {absence.reason for absence in reading.absences} <= {AbsenceReason.UNFAVORITED}
    assert len(site.asked) <= site.pages() + 4 + -(-len(gone) // 100)


@given(favorites=lists, page_size=page_sizes, data=st.data())
def test_short_and_empty_pages_in_the_middle_end_nothing(
    favorites: list[int], page_size: int, data: st.DataObject
) -> None:
    """Posts that a content filter leaves out cost their own place only, wherever they stand."""
    filtered = frozenset(data.draw(st.sets(st.sampled_from(favorites)) if favorites else st.just(set())))
    site = ListedSite(list(favorites), page_size=page_size, filtered=filtered)
    reading = finish(full_scan([]), site)
    assert reading.proof is Proof.COMPLETE
    assert set(reading.listing) == set(favorites) - filtered
    if not reading.unplaced:
        assert reading.listing == tuple(post_id for post_id in favorites if post_id not in filtered)


def test_an_empty_page_in_the_middle_is_not_the_end() -> None:
    """A page that lost all its posts to a filter is followed by the next one."""
    site = ListedSite(list(range(30, 0, -1)), page_size=10, filtered=frozenset(range(11, 21)))
    reading = finish(full_scan([]), site)
    assert reading.listing == (*range(30, 20, -1), *range(10, 0, -1))
    assert reading.drift == 10


def test_a_site_that_fails_past_the_end_is_read_to_its_end() -> None:
    """Very old servers answer 500 past the end; with the count reached, that is the end."""
    site = ListedSite([5, 4, 3], page_size=2, fails_past_end=True)
    reading = finish(full_scan([]), site)
    assert reading.proof is Proof.COMPLETE
    assert reading.listing == (5, 4, 3)


def test_a_failing_page_in_the_middle_proves_nothing() -> None:
    """A page that cannot be had leaves the scan unproven, with what was seen before it."""
    site = ListedSite([5, 4, 3], page_size=1, fails_past_end=True, drift=3)
    reading = finish(full_scan([5, 4, 3, 2]), site)
    assert reading.proof is Proof.UNPROVEN
    assert reading.listing == (5, 4, 3)
    assert reading.absences == ()
    assert "page 4" in (reading.reason or "")


# ---- the count is a hint ----


@given(favorites=lists.filter(bool), drift=st.integers(-5, 5).filter(bool), page_size=page_sizes)
def test_a_drifted_count_costs_a_search_once(favorites: list[int], drift: int, page_size: int) -> None:
    """Both scans agree against the count: complete, the drift is remembered, and the next time it costs nothing."""
    site = ListedSite(list(favorites), page_size=page_size, drift=drift)
    first = finish(full_scan([]), site)
    assert (first.proof, first.listing, first.drift) == (Proof.COMPLETE, tuple(favorites), drift)
    assert first.evidence.searched
    site.asked.clear()
    second = finish(full_scan(favorites, drift=first.drift), site)
    assert (second.proof, second.listing, second.drift) == (Proof.COMPLETE, tuple(favorites), drift)
    assert len(site.asked) <= site.pages() + 3


def test_without_the_search_a_count_that_disagrees_proves_nothing() -> None:
    """The search is down and the count is off: nothing may be concluded about what was not seen."""
    site = ListedSite([3, 2], drift=1, search_down=True)
    reading = finish(full_scan([3, 2, 1]), site)
    assert reading.proof is Proof.UNPROVEN
    assert reading.listing == (3, 2)
    assert reading.missing == 1
    assert reading.absences == ()


def test_a_lagging_search_removes_and_adds_nothing_that_the_site_denies() -> None:
    """The search index still has what is gone and lacks what is new; the word about each post decides."""
    site = ListedSite([9, 5, 4], drift=1, search_sees=frozenset({5, 4, 3}))
    reading = finish(full_scan([5, 4, 3]), site)
    assert reading.listing == (9, 5, 4)
    assert [absence.post_id for absence in reading.absences] == [3]


def test_past_the_last_page_the_search_finds_the_rest() -> None:
    """A server with tiny pages hides everything past page 750; the search by post id brings it, at the end."""
    favorites = list(range(LIMITS.last_page + 50, 0, -1))
    site = ListedSite(favorites, page_size=1)
    reading = finish(full_scan([]), site)
    assert reading.proof is Proof.COMPLETE
    assert set(reading.listing) == set(favorites)
    assert len(reading.unplaced) == 50
    assert max(question.number for question in site.asked if isinstance(question, ReadPage)) == LIMITS.last_page


def test_a_search_that_does_not_advance_proves_nothing() -> None:
    """A search that answers the same page forever is given up."""
    site = ListedSite([3, 2, 1], drift=1)
    reading = full_scan([])
    question = next(reading)
    for _ in range(20):
        asked = SearchFavorites(None) if isinstance(question, SearchFavorites) else question
        try:
            question = reading.send(site.answer(asked))
        except StopIteration as end:
            result = end.value
            break
    else:
        pytest.fail("the scan went on and on")
    assert result.proof is Proof.UNPROVEN


# ---- emptiness ----


def test_an_empty_list_of_a_user_without_favorites_is_complete() -> None:
    """0 → 0 is success."""
    reading = finish(full_scan([]), ListedSite([]))
    assert (reading.proof, reading.listing) == (Proof.COMPLETE, ())


def test_a_flushed_list_is_believed_when_the_count_is_zero_too() -> None:
    """All favorites were cleared: the count says so as well, and each is asked about."""
    reading = finish(full_scan([3, 2, 1]), ListedSite([]))
    assert reading.proof is Proof.COMPLETE
    assert {absence.post_id for absence in reading.absences} == {1, 2, 3}


def test_a_suddenly_empty_list_with_a_count_concludes_nothing() -> None:
    """An empty answer for a user who has favorites is not a statement about any of them."""
    site = ListedSite([3, 2, 1], filtered=frozenset({1, 2, 3}))
    reading = finish(full_scan([3, 2, 1]), site)
    assert reading.proof is Proof.UNPROVEN
    assert reading.absences == ()


# ---- evidence ----


def test_a_removal_needs_the_word_of_the_site() -> None:
    """A favorite that no page shows and the site still calls one is kept where it was."""
    site = ListedSite([5, 4, 3, 2, 1], filtered=frozenset({3}))
    reading = finish(full_scan([5, 4, 3, 2, 1], drift=1), site)
    assert reading.proof is Proof.COMPLETE
    assert reading.listing == (5, 4, 3, 2, 1)
    assert reading.absences == ()
    assert reading.drift == 0


def test_destroyed_and_transferred_favorites_are_told_apart() -> None:
    """A 404 is a destroyed post; a deleted one says its parent."""
    site = ListedSite([5, 4, 3, 2, 1])
    site.destroy(4)
    site.transfer(2, 9)
    reading = finish(full_scan([5, 4, 3, 2, 1]), site)
    by_id = {absence.post_id: absence for absence in reading.absences}
    assert reading.listing == (9, 5, 3, 1)
    assert by_id[4].reason is AbsenceReason.DESTROYED
    assert (by_id[2].reason, by_id[2].is_deleted, by_id[2].parent_id) == (AbsenceReason.UNFAVORITED, True, 9)
    assert AskPost(4) in site.asked


def test_without_the_owners_key_an_absence_is_only_unlisted() -> None:
    """Somebody else's `is_favorited` says nothing about the owner."""
    site = ListedSite([3, 1])
    reading = finish(full_scan([3, 2, 1], owned=False), site)
    assert [(absence.post_id, absence.reason) for absence in reading.absences] == [(2, AbsenceReason.UNLISTED)]


def test_too_many_removals_stop_before_anybody_is_asked() -> None:
    """Past the guard nothing is concluded and no request is spent on candidates; expected ones do not count."""
    known = list(range(50, 0, -1))
    site = ListedSite(known[:10])
    guarded = finish(full_scan(known, allowed_removals=20), site)
    assert (guarded.proof, guarded.missing, guarded.absences) == (Proof.GUARDED, 40, ())
    assert all(isinstance(question, ReadPage) or "Count" in type(question).__name__ for question in site.asked)
    allowed = finish(full_scan(known, allowed_removals=20, expected_gone=set(known[10:30])), ListedSite(known[:10]))
    assert allowed.proof is Proof.COMPLETE


# ---- what is hidden, refused or left out ----


def test_a_count_that_stays_higher_speaks_for_favorites_that_are_hidden() -> None:
    """Without the key: the count explains exactly those that are not shown, so none of them is taken to be gone."""
    favorites = list(range(40, 0, -1))
    site = ListedSite(favorites, page_size=10, filtered=frozenset({30, 29, 28}))
    drift, known = 0, list(favorites)
    for _ in range(3):
        reading = finish(full_scan(known, drift=drift, owned=False), site)
        assert reading.proof is Proof.COMPLETE
        assert reading.absences == ()
        assert reading.listing == tuple(favorites)
        known, drift = list(reading.listing), reading.drift
    site.filtered = frozenset()
    site.remove(35)
    reading = finish(full_scan(known, drift=drift, owned=False), site)
    assert [absence.post_id for absence in reading.absences] == [35]


def test_an_error_on_a_page_is_no_end_where_it_is_no_500() -> None:
    """Only the 500 of very old servers is an answer past the end; being told to wait is not."""
    site = ListedSite(list(range(20, 0, -1)), page_size=10, failing={3: 429})
    assert finish(full_scan([]), site).proof is Proof.UNPROVEN
    site.failing = {3: 500}
    assert finish(full_scan([]), site).proof is Proof.COMPLETE


def test_a_site_that_answers_few_ids_at_once_is_asked_again_and_not_one_by_one() -> None:
    """A server of ten a page answers ten of a hundred ids: 50 removals cost a handful of requests."""
    site = ListedSite(list(range(200, 0, -1)), page_size=10, states_at_once=10)
    known = list(site.favorites)
    for post_id in range(100, 150):
        site.remove(post_id)
    reading = finish(full_scan(known), site)
    assert reading.proof is Proof.COMPLETE
    assert len(reading.absences) == 50
    assert sum(isinstance(question, AskPosts | AskPost) for question in site.asked) <= 15


def test_a_place_that_was_never_shown_is_not_shown_by_being_remembered() -> None:
    """Kept at the end, and still without a known place, until a page shows it."""
    site = ListedSite([5, 4, 3, 2, 1], filtered=frozenset({3}))
    local: list[LocalFavorite] = []
    for _ in range(3):
        reading = finish(full_scan([favorite.post_id for favorite in local]), TrustedSearch(site))
        plan = plan_pull(local, reading, {})
        if not local:
            local = [LocalFavorite(new.post_id, new.sort_key, new.is_placed, None) for new in plan.added]
        assert [favorite.post_id for favorite in local if not favorite.is_placed] == [3]
        assert not plan.placed


def test_what_is_hidden_does_not_follow_a_neighbour_that_was_added_again() -> None:
    """It stood below a favorite that moved to the top, and never moved itself: it keeps its place, and no event says
    that it was added again."""
    local = [LocalFavorite(post_id, 10 - post_id, True, None) for post_id in (1, 2, 3, 4, 5, 6)]
    site = ListedSite([favorite.post_id for favorite in local], filtered=frozenset({3, 4}))
    site.remove(1)
    site.add(9)
    readd(site, 2)
    shown = TrustedSearch(site)
    reading = finish(full_scan([favorite.post_id for favorite in local]), shown)
    assert reading.listing == tuple(shown.favorites) == (2, 9, 3, 4, 5, 6)
    plan = plan_pull(local, reading, {}, has_base=True)
    assert plan.moved == (2,)
    assert [again.post_id for again in plan.readded] == [2]


def test_what_is_kept_unseen_does_not_follow_a_neighbour_that_was_added_again() -> None:
    """Without the key a favorite that is not shown is kept for one more reading: where it stood."""
    local = [LocalFavorite(post_id, 10 - post_id, True, None) for post_id in (1, 2, 3, 4)]
    site = ListedSite([1, 2, 3, 4])
    site.remove(3)
    site.remove(1)
    site.add(9)
    readd(site, 2)
    plan = plan_pull(local, finish(full_scan([1, 2, 3, 4], owned=False), site), {}, has_base=True)
    assert plan.newly_absent == (1, 3)
    keys = {favorite.post_id: favorite.sort_key for favorite in local}
    keys |= {change.post_id: change.sort_key for change in plan.placed}
    keys |= {change.post_id: change.sort_key for change in plan.added}
    assert sorted(keys, key=keys.__getitem__, reverse=True) == [2, 9, 1, 3, 4]


def test_a_drift_that_was_learned_wrongly_is_unlearned_by_a_search_that_the_count_agrees_with() -> None:
    """Without the key, and with a favorite that no page shows: what was off another day would else be off forever."""
    known = [6, 5, 4, 3, 2, 1]
    site = ListedSite(known[1:], filtered=frozenset({3}))
    reading = finish(full_scan(known, drift=-1, owned=False), TrustedSearch(site))
    assert reading.proof is Proof.COMPLETE
    assert (reading.listing, reading.drift) == ((5, 4, 3, 2, 1), 0)
    site.add(9)
    shown = TrustedSearch(site)
    shown.drift = 1
    assert finish(full_scan(known, drift=-1, owned=False), shown).proof is Proof.UNPROVEN


class TrustedSearch(ListedSite):
    """A site whose search shows what its listing does not."""

    def __init__(self, site: ListedSite) -> None:
        super().__init__(list(site.favorites), filtered=site.filtered, touched=site.touched)

    def _search(self, before: int | None) -> Result:
        return Page(
            tuple(post_id for post_id in sorted(self.favorites, reverse=True) if not before or post_id < before)
        )


def test_what_the_first_page_showed_is_kept_when_the_count_after_it_fails() -> None:
    """Nothing is proven then, and what is new on the page is new all the same."""
    steps = full_scan([1])
    next(steps)
    steps.send(Count(2))
    assert steps.send(Page((3, 2))) == ReadCount()
    with pytest.raises(StopIteration) as end:
        steps.send(NoResult("500"))
    assert (end.value.value.proof, end.value.value.listing) == (Proof.UNPROVEN, (3, 2))
