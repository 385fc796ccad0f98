"""A full scan whose `fav:` search ends too early: an empty answer above favorites that are there is no end."""

from dataclasses import dataclass

import pytest

from favsync.core.listing.effects import AskPosts, Effect, Page, PostStates, Result, SearchFavorites
from favsync.core.listing.result import Proof
from tests.core.listed_site import ListedSite, finish, full_scan

FAVORITES = list(range(30, 0, -1))
UNSHOWN = 4
"""A favorite that no page of the list shows, so that only the search knows it: below where the search is cut."""


@dataclass
class EndsEarly(ListedSite):
    """A site whose search answers with nothing below `cut`, so many times."""

    cut: int = 20
    times: int = 1
    unindexed: frozenset[int] = frozenset()
    """Posts that neither the search nor a list of ids has."""
    lists_down: bool = False
    """Lists of ids are answered with nothing as well."""

    def answer(self, question: Effect) -> Result:
        given = super().answer(question)
        match question, given:
            case SearchFavorites(before), _ if before is not None and before <= self.cut and self.times:
                self.times -= 1
                return Page(())
            case SearchFavorites(before), _:
                there = [i for i in self.favorites if (before is None or i < before) and i not in self.unindexed]
                return Page(tuple(sorted(there, reverse=True)[: self.page_size]))
            case AskPosts(), PostStates(states):
                shown = () if self.lists_down else states
                return PostStates(tuple(state for state in shown if state.post_id not in self.unindexed))
            case _:
                return given


def site(**how: object) -> EndsEarly:
    return EndsEarly(list(FAVORITES), page_size=10, filtered=frozenset({UNSHOWN}), **how)  # type: ignore[arg-type]  # each is one of its fields


def test_an_empty_answer_above_listed_favorites_is_asked_for_once_more() -> None:
    """The site stumbled once: the search goes on below, and finds what the list did not show."""
    reading = finish(full_scan([]), site(times=1))
    assert (reading.proof, reading.drift) == (Proof.COMPLETE, 0)
    assert set(reading.listing) == set(FAVORITES)


@pytest.mark.parametrize("lists_down", [False, True])
def test_a_search_that_does_not_reach_what_is_there_proves_nothing(lists_down: bool) -> None:
    """Who knows what else it did not reach: no drift of the counter is learned from it."""
    reading = finish(full_scan([], drift=0), site(times=-1, lists_down=lists_down))
    assert (reading.proof, reading.drift) == (Proof.UNPROVEN, 0)
    assert "ended above favorites that are there" in (reading.reason or "")


def test_a_search_that_finds_nothing_at_all_proves_nothing() -> None:
    """Not even one favorite that shows that it answers."""
    reading = finish(
        full_scan([]), EndsEarly(list(FAVORITES), drift=1, search_sees=frozenset(), unindexed=frozenset(FAVORITES))
    )
    assert (reading.proof, reading.drift) == (Proof.UNPROVEN, 0)


def test_a_favorite_that_the_index_lacks_stops_no_run() -> None:
    """The lowest favorite is in no search for good: a list of ids lacks it, too, and has another that was found."""
    reading = finish(full_scan([]), site(times=0, unindexed=frozenset({1, 2})))
    assert reading.proof is Proof.COMPLETE
    assert set(reading.listing) == set(FAVORITES)


def test_a_search_that_ends_at_the_lowest_favorite_is_not_asked_again() -> None:
    """The proof costs nothing where there is nothing to prove."""
    asked = site(times=0)
    finish(full_scan([]), asked)
    searches = [question for question in asked.asked if isinstance(question, SearchFavorites)]
    assert searches == [SearchFavorites(None), SearchFavorites(21), SearchFavorites(11), SearchFavorites(1)]
