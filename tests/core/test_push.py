"""The push: every kind of answer, in the order in which the site can be made to fool it."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from favsync.core.listing.effects import AskPost, AskPosts
from favsync.core.push import MAX_ATTEMPTS, PushReply, Resolve, Send, SiteFails, push_queue
from favsync.model import (
    Action,
    AlreadyFavorite,
    Operation,
    OperationState,
)
from favsync.site.e621.limits import LIMITS
from tests.core.pushed_site import (
    ADD,
    DONE_ALREADY,
    DONE_APPLIED,
    LATER,
    REFUSED,
    REMOVE,
    Favorites,
    queue,
    short,
)


def run(site: Favorites, operations: list[Operation]) -> dict[int, Resolve]:
    """Push to the end; returns the settlement of each post's operation, none settled twice."""
    push = push_queue(operations, LIMITS)
    resolved: dict[int, Resolve] = {}
    reply: PushReply = None
    while True:
        try:
            step = push.send(reply)
        except StopIteration:
            return resolved
        if isinstance(step, Resolve):
            assert step.operation.post_id not in resolved
            resolved[step.operation.post_id] = step
        reply = site.reply(step)


def test_applied_and_already_are_both_done() -> None:
    """An add, an add of a favorite, a remove, a remove of no favorite: all end."""
    resolved = run(Favorites({2, 3}), queue((ADD, 1), (ADD, 2), (REMOVE, 3), (REMOVE, 4)))
    assert {post_id: short(s) for post_id, s in resolved.items()} == {
        1: DONE_APPLIED,
        2: DONE_ALREADY,
        3: DONE_APPLIED,
        4: DONE_APPLIED,
    }


def test_a_missing_post_ends_an_add_with_a_reason_and_fulfils_a_remove() -> None:
    """404 is final both ways, and means the opposite."""
    resolved = run(Favorites(gone={1, 2}), queue((ADD, 1), (REMOVE, 2)))
    assert short(resolved[1]) == REFUSED
    assert resolved[1].reason == "the site has no post 1"
    assert short(resolved[2]) == DONE_ALREADY


def test_the_limit_does_not_hide_what_is_a_favorite_already() -> None:
    """At the limit the site says so for favorites too: they are asked about, not refused."""
    resolved = run(Favorites({1, 2}, limit=2), queue((ADD, 1), (ADD, 3)))
    assert short(resolved[1]) == DONE_ALREADY
    assert short(resolved[3]) == REFUSED
    assert resolved[3].reason == "the account is at its limit of 2 favorites"


def test_the_limit_is_met_once_and_asked_about_a_hundred_at_a_time() -> None:
    """After the first refusal no add is sent in vain; 250 of them cost three questions."""
    site = Favorites({1}, limit=1)
    run(site, queue(*((ADD, post_id) for post_id in range(2, 252))))
    assert sum(isinstance(step, Send) for step in site.steps) == 1
    assert sum(isinstance(step, AskPosts) for step in site.steps) == 3


def test_removes_go_on_at_the_limit_and_make_room() -> None:
    """An add that met the limit is sent again after a remove of the same queue."""
    site = Favorites({1, 2}, limit=2)
    resolved = run(site, queue((ADD, 3), (ADD, 4), (REMOVE, 1)))
    assert {post_id: short(s) for post_id, s in resolved.items()} == {3: DONE_APPLIED, 4: REFUSED, 1: DONE_APPLIED}
    assert site.favorites == {2, 3}


def test_a_post_at_the_limit_that_no_search_returns_is_asked_about_singly() -> None:
    """Destroyed: refused as unknown. Behind in the index: decided by its own answer."""
    resolved = run(Favorites({1, 5}, limit=2, unindexed={5, 6}, gone={6}), queue((ADD, 7), (ADD, 5), (ADD, 6)))
    assert short(resolved[5]) == DONE_ALREADY
    assert resolved[6].reason == "the site has no post 6"


def test_a_post_that_a_list_of_ids_fails_at_costs_a_few_shorter_lists() -> None:
    """The list is halved until few are left, and those are asked about alone: each of 100 is settled."""
    site = Favorites({1, 42}, limit=2, poison={42})
    resolved = run(site, queue((ADD, 500), *((ADD, post_id) for post_id in range(2, 101))))
    assert len(resolved) == 100
    assert short(resolved[42]) == DONE_ALREADY
    assert {short(resolved[post_id]) for post_id in resolved if post_id != 42} == {REFUSED}
    assert sum(isinstance(step, AskPosts | AskPost) for step in site.steps) <= 9 + 10


def test_a_site_that_answers_no_list_of_ids_is_left_alone() -> None:
    """It is the search that is in trouble then, and no post."""
    site = Favorites({1}, limit=1, poison=set(range(600)))
    with pytest.raises(SiteFails):
        run(site, queue(*((ADD, post_id) for post_id in range(2, 102))))
    assert sum(isinstance(step, AskPosts) for step in site.steps) <= 6


def test_one_change_that_is_refused_among_others_waits() -> None:
    """The right is there, as the others show: it is that post. First, last or in the middle."""
    for odd in (1, 2, 3):
        resolved = run(Favorites(refused={odd}), queue((ADD, 1), (ADD, 2), (ADD, 3)))
        assert {post_id: short(s) for post_id, s in resolved.items()} == {
            post_id: LATER if post_id == odd else DONE_APPLIED for post_id in (1, 2, 3)
        }
        assert resolved[odd].reason == "Access Denied"


def test_one_change_that_is_refused_again_and_again_is_given_up() -> None:
    """In the fifth run that took others; until then it comes last."""
    resolved = run(Favorites(refused={1}), queue((ADD, 1), (ADD, 2), attempts=4))
    assert short(resolved[1]) == REFUSED


@pytest.mark.parametrize("number", [1, 2, 5])
def test_a_right_that_is_missing_leaves_the_queue_as_it_was(number: int) -> None:
    """Two refusals in a row, or no change that was taken: it is the account. No more is sent, nothing is settled."""
    site = Favorites(refused=set(range(10)))
    with pytest.raises(SiteFails):
        run(site, queue(*((ADD, post_id) for post_id in range(number))))
    assert [type(step) for step in site.steps] == [Send] * min(number, 2)


def test_a_right_that_is_lost_on_the_way_ends_the_push() -> None:
    """What was refused waits, and goes last the next time, so that it holds up nothing for good."""
    site = Favorites(refused={2, 3, 4, 5})
    with pytest.raises(SiteFails):
        run(site, queue(*((ADD, post_id) for post_id in range(1, 6))))
    resolved = {step.operation.post_id: short(step) for step in site.steps if isinstance(step, Resolve)}
    assert resolved == {1: DONE_APPLIED, 2: LATER, 3: LATER}
    assert sum(isinstance(step, Send) for step in site.steps) == 3


def test_a_transfer_is_asked_for_again_at_the_end_and_then_waited_for() -> None:
    """423 first lets the others pass, then is tried within the retry policy."""
    site = Favorites(transferring={1: 1})
    resolved = run(site, queue((ADD, 1), (ADD, 2)))
    sent = [(step.operation.post_id, step.wait) for step in site.steps if isinstance(step, Send)]
    assert sent == [(1, False), (2, False), (1, True)]
    assert short(resolved[1]) == DONE_APPLIED


def test_a_transfer_that_does_not_end_stays_pending() -> None:
    """However often: a transfer says nothing against the queued change."""
    resolved = run(Favorites(transferring={1: 9}), queue((ADD, 1), attempts=MAX_ATTEMPTS))
    assert short(resolved[1]) == LATER


def test_what_is_not_saved_is_tried_in_later_runs_and_at_last_refused() -> None:
    """A post that cannot be saved may pass later, but not forever."""
    assert short(run(Favorites(not_saved={1}), queue((ADD, 1)))[1]) == LATER
    last = run(Favorites(not_saved={1}), queue((ADD, 1), attempts=MAX_ATTEMPTS - 1))[1]
    assert short(last) == REFUSED
    assert "Failed to update post" in (last.reason or "")


def test_one_operation_that_the_site_fails_does_not_hold_up_the_others() -> None:
    """A single post that always times out is left for later; the next is applied."""
    resolved = run(Favorites(broken={1}), queue((ADD, 1), (ADD, 2)))
    assert (short(resolved[1]), short(resolved[2])) == (LATER, DONE_APPLIED)


def test_a_site_that_fails_everything_is_left_alone() -> None:
    """Two in a row: the rest waits for the next run."""
    site = Favorites(broken={1, 2, 3})
    with pytest.raises(SiteFails):
        run(site, queue((ADD, 1), (ADD, 2), (ADD, 3)))
    assert sum(isinstance(step, Send) for step in site.steps) == 2


def test_a_withdrawn_operation_is_not_resolved() -> None:
    """The user cancelled it meanwhile."""
    assert run(Favorites(withdrawn={1}), queue((ADD, 1))) == {}


def test_already_is_no_answer_to_a_remove() -> None:
    """An answer that belongs to another request resolves nothing."""
    push = push_queue(queue((REMOVE, 1)), LIMITS)
    next(push)
    resolve = push.send(AlreadyFavorite())
    assert isinstance(resolve, Resolve)
    assert short(resolve) == LATER


changes = st.lists(st.tuples(st.sampled_from(list(Action)), st.integers(1, 30)), unique_by=lambda change: change[1])
some_posts = st.sets(st.integers(1, 30), max_size=8)


@given(changes=changes, favorites=some_posts, gone=some_posts, moving=some_posts, limit=st.integers(1, 12))
def test_every_operation_ends_as_the_site_stands(
    changes: list[tuple[Action, int]], favorites: set[int], gone: set[int], moving: set[int], limit: int
) -> None:
    """Done means that the site agrees with the change; failed means that it does not; nothing is left pending."""
    site = Favorites(favorites - gone, limit=limit, gone=gone, transferring=dict.fromkeys(moving, 1))
    resolved = run(site, queue(*changes))
    assert set(resolved) == {post_id for _, post_id in changes}
    for action, post_id in changes:
        state = resolved[post_id].state
        assert state is not OperationState.PENDING
        assert (state is OperationState.DONE) == ((post_id in site.favorites) == (action is ADD))
