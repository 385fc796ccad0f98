"""Queued changes applied strictly in their order: what ends such a push, and what does not."""

from collections.abc import Iterable, Iterator

import pytest
from hypothesis import given
from hypothesis import strategies as st

from favsync.core.listing.effects import AskPost
from favsync.core.push import PushReply, Queue, Resolve, Send, SiteFails
from favsync.core.push_in_order import push_in_order
from favsync.model import PlannedChange
from tests.core.pushed_site import ADD, DONE_ALREADY, DONE_APPLIED, LATER, REFUSED, REMOVE, Favorites, short


def adds(*post_ids: int) -> list[PlannedChange]:
    return [PlannedChange(ADD, post_id) for post_id in post_ids]


def run(site: Favorites, changes: Iterable[PlannedChange]) -> list[Resolve]:
    """Push to the end, and return what was settled, in its order."""
    push = push_in_order(changes)
    resolved: list[Resolve] = []
    reply: PushReply = None
    while True:
        try:
            step = push.send(reply)
        except StopIteration:
            return resolved
        if isinstance(step, Resolve):
            resolved.append(step)
        reply = site.reply(step)


def queued(site: Favorites) -> list[int]:
    return [step.change.post_id for step in site.steps if isinstance(step, Queue)]


def test_each_is_queued_sent_and_resolved_before_the_next() -> None:
    """So a push that is cut off leaves one pending at most."""
    site = Favorites()
    resolved = run(site, adds(5, 3, 9))
    assert [type(step) for step in site.steps] == [Queue, Send, Resolve] * 3
    assert [(resolve.operation.post_id, *short(resolve)) for resolve in resolved] == [
        (5, *DONE_APPLIED),
        (3, *DONE_APPLIED),
        (9, *DONE_APPLIED),
    ]


def test_nothing_waits_for_what_is_there_already_or_gone() -> None:
    """A remove of a post that is gone is done; an add of one is refused, and told apart from others."""
    site = Favorites(favorites={3}, gone={9, 8})
    resolved = run(site, [*adds(3, 9), PlannedChange(REMOVE, 8), *adds(4)])
    assert [short(resolve) for resolve in resolved] == [DONE_ALREADY, REFUSED, DONE_ALREADY, DONE_APPLIED]
    assert [resolve.is_gone for resolve in resolved] == [False, True, True, False]


@pytest.mark.parametrize("trouble", ["transferring", "not_saved"])
def test_what_is_deferred_ends_it_because_what_is_skipped_would_come_in_too_late(trouble: str) -> None:
    """The queued change waits in the queue, and nothing after it is even queued."""
    site = Favorites(transferring={3: 9}) if trouble == "transferring" else Favorites(not_saved={3})
    resolved = run(site, adds(5, 3, 9))
    assert [short(resolve) for resolve in resolved] == [DONE_APPLIED, LATER]
    assert queued(site) == [5, 3]
    assert site.favorites == {5}


def test_what_was_not_saved_is_tried_once_more_in_its_place() -> None:
    """The site says so of a clash of two writes, which is over in a moment (docs/site-api.md, "Adding a favorite")."""

    class Clash(Favorites):
        def reply(self, step: object) -> PushReply:
            if isinstance(step, Send) and step.operation.post_id == 3 and 3 in self.not_saved:
                reply = super().reply(step)
                self.not_saved.clear()
                return reply
            return super().reply(step)  # type: ignore[arg-type]  # a step of that kind

    site = Clash(not_saved={3})
    assert [short(resolve) for resolve in run(site, adds(3, 9))] == [DONE_APPLIED, DONE_APPLIED]


def test_a_site_that_fails_ends_it_with_its_error() -> None:
    """And the queued change it failed at waits."""
    site = Favorites(broken={3})
    with pytest.raises(SiteFails):
        run(site, adds(5, 3, 9))
    assert queued(site) == [5, 3]
    (last,) = [step for step in site.steps if isinstance(step, Resolve)][1:]
    assert short(last) == LATER


def test_at_the_limit_the_site_is_asked_about_the_post() -> None:
    """One that is a favorite already, or gone, is no reason to end; one that is not is refused, with the limit."""
    site = Favorites(favorites={3, 4}, limit=2, gone={7})
    resolved = run(site, adds(3, 4, 6, 8))
    assert [short(resolve) for resolve in resolved] == [DONE_ALREADY, DONE_ALREADY, REFUSED]
    assert resolved[-1].reason == "the account is at its limit of 2 favorites"
    assert queued(site) == [3, 4, 6]
    assert [step for step in site.steps if isinstance(step, AskPost)] == [AskPost(3), AskPost(4), AskPost(6)]


def test_a_queued_change_that_is_taken_back_meanwhile_is_passed_over() -> None:
    """The user cancelled it while the push was under way."""
    site = Favorites(withdrawn={3})
    assert [resolve.operation.post_id for resolve in run(site, adds(5, 3, 9))] == [5, 9]


def test_queued_changes_can_end_at_any_moment() -> None:
    """The next one is taken only when the one before is settled: a deadline is met between two."""
    site = Favorites()

    def until_two_are_there() -> Iterator[PlannedChange]:
        for change in adds(5, 3, 9):
            if len(site.favorites) == 2:
                return
            yield change

    run(site, until_two_are_there())
    assert site.favorites == {5, 3}
    assert queued(site) == [5, 3]


@given(
    changes=st.lists(st.integers(1, 12), unique=True),
    there=st.sets(st.integers(1, 12)),
    gone=st.sets(st.integers(1, 12)),
    limit=st.integers(0, 14),
    stuck=st.sets(st.integers(1, 12), max_size=2),
)
def test_what_is_applied_is_always_a_beginning_of_the_queued_changes(
    changes: list[int], there: set[int], gone: set[int], limit: int, stuck: set[int]
) -> None:
    """Whatever is in the way: no favorite ever comes in above one that was to stand above it."""
    site = Favorites(favorites=there - gone, gone=gone, limit=limit, not_saved=stuck)
    resolved = run(site, adds(*changes))
    applied = [resolve.operation.post_id for resolve in resolved if short(resolve) == DONE_APPLIED]
    possible = [post_id for post_id in changes if post_id not in there | gone]
    assert applied == possible[: len(applied)]
    if len(applied) < len(possible):
        held_up = {resolve.operation.post_id for resolve in resolved if short(resolve) in (LATER, REFUSED)} - gone
        assert held_up
        assert changes[: len(queued(site))] == queued(site)
