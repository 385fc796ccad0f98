"""Asking a site about many posts, one of which it fails at."""

from dataclasses import dataclass, field

import pytest

from favsync.core.listing.asking import AskedPosts, Asking, Unproven
from favsync.core.listing.effects import AskPost, AskPosts, Effect, NoResult, PostStates, ReadCount, Result
from favsync.site.e621.limits import LIMITS
from tests.core.listed_site import ListedSite

FAVORITES = list(range(200, 0, -1))


@dataclass
class Spoiled(ListedSite):
    """A site that answers no list of ids with one of these posts in it."""

    poison: set[int] = field(default_factory=set)
    is_down: bool = False

    def answer(self, question: Effect) -> Result:
        given = super().answer(question)
        match question:
            case AskPosts(post_ids) if self.poison & set(post_ids):
                return NoResult("500", 500)
            case AskPost(post_id) if post_id in self.poison:
                return PostStates(())
            case ReadCount() if self.is_down:
                return NoResult("502", 502)
            case _:
                return given


def ask(site: Spoiled, post_ids: list[int]) -> AskedPosts:
    """Ask about these posts to the end."""
    asked = AskedPosts(LIMITS, owned=True)
    steps: Asking[None] = asked.ask(post_ids)
    try:
        question = next(steps)
        while True:
            question = steps.send(site.answer(question))
    except StopIteration:
        return asked


@pytest.mark.parametrize("poison", [{100}, {1}, {42}, {3, 97}, {1, 2, 3}, {20, 40, 60, 80}])
def test_what_a_list_of_ids_fails_at_is_found_with_shorter_lists(poison: set[int]) -> None:
    """Every post is told of all the same, for a few requests more."""
    site = Spoiled(list(FAVORITES), poison=poison)
    asked = ask(site, list(range(1, 101)))
    assert [post_id for post_id in range(1, 101) if asked.is_none(post_id)] == sorted(poison)
    lists = sum(isinstance(question, AskPosts) for question in site.asked)
    assert lists <= 1 + 8 * len(poison)


def test_a_site_that_answers_nothing_is_not_asked_with_shorter_lists() -> None:
    """Asked how many favorites it counts, it fails as well: nothing is proven, after one list."""
    site = Spoiled(list(FAVORITES), poison=set(FAVORITES), is_down=True)
    with pytest.raises(Unproven):
        ask(site, list(range(1, 101)))
    assert [type(question) for question in site.asked] == [AskPosts, ReadCount]


def test_a_search_that_is_down_is_left_alone_after_a_few_lists() -> None:
    """A few in a row without an answer: it is no post, and nothing is proven."""
    site = Spoiled(list(FAVORITES), poison=set(FAVORITES))
    with pytest.raises(Unproven):
        ask(site, list(range(1, 101)))
    assert sum(isinstance(question, AskPosts) for question in site.asked) <= 6
