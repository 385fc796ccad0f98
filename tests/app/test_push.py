"""The queue over HTTP: what is sent in which case, how it ends, and that no answer is lost or believed too early."""

import pytest

from favsync.clock import as_text
from favsync.model import Action, OperationOutcome, OperationState
from favsync.sandbox import Fault
from favsync.sandbox.site import Exchange
from favsync.store.database import Database
from favsync.store.operations import cancel_operations
from tests.app.rig import Rig

ADD, REMOVE = Action.ADD, Action.REMOVE


def written(rig: Rig) -> list[tuple[str, int | None]]:
    """What was written to the site, in order."""
    return [(entry.method, entry.post_id) for entry in rig.site.log if entry.method != "GET"]


def test_a_lost_answer_is_asked_for_again_and_found_done(synced: Rig, spare: list[int]) -> None:
    """The site committed, the answer was lost: the retry meets "already", which is success."""
    synced.queue((ADD, spare[0]))
    synced.site.fault(Fault("drop_after", method="POST"))
    assert synced.sync(retry_for=10).exit_code == 0
    assert written(synced) == [("POST", spare[0])] * 2
    assert synced.operations()[spare[0]].outcome is OperationOutcome.ALREADY
    assert synced.events()[-1] == (spare[0], "added", "pushed", None)


def test_a_queued_change_that_the_site_cannot_save_waits_and_is_given_up_in_the_end(
    synced: Rig, spare: list[int]
) -> None:
    """422 of another kind is no "already": it is tried in five runs, then refused with the site's own words."""
    synced.world.unsavable[spare[0]] = "Failed to update post: it is stuck"
    synced.queue((ADD, spare[0]))
    for attempt in range(1, 5):
        assert synced.sync().exit_code == 3
        operation = synced.operations()[spare[0]]
        assert (operation.state, operation.attempts) == (OperationState.PENDING, attempt)
    assert synced.sync().exit_code == 3
    operation = synced.operations()[spare[0]]
    assert operation.state is OperationState.FAILED
    assert "it is stuck" in str(operation.reason)
    assert spare[0] not in synced.favorites()


def test_a_timeout_of_one_post_does_not_stop_the_others(synced: Rig, spare: list[int]) -> None:
    """A statement timeout is about one post: the queued change waits, the next one is sent."""
    synced.queue((REMOVE, synced.listing()[0]), (ADD, spare[0]))
    synced.site.fault(Fault("db_timeout", method="DELETE", times=None))
    assert synced.sync().exit_code == 3
    assert synced.world.is_favorite("alice", spare[0])
    assert synced.favorites() == synced.listing()
    assert [operation.state.value for operation in synced.operations().values()].count("pending") == 1


def test_a_site_that_fails_every_queued_change_is_left_alone(synced: Rig, spare: list[int]) -> None:
    """After two in a row the rest waits, the pull still runs, and the exit code tells."""
    synced.queue(*((ADD, post_id) for post_id in spare[:5]))
    synced.site.fault(Fault("db_timeout", method="POST", times=None))
    synced.world.favorite("alice", spare[6])
    report = synced.sync()
    assert report.exit_code == 5
    assert len(written(synced)) == 2
    assert {operation.state.value for operation in synced.operations().values()} == {"pending"}
    assert synced.favorites() == synced.listing()


def test_an_outage_refuses_no_queued_change(synced: Rig, spare: list[int]) -> None:
    """A site that takes no writes for a week: every queued change still waits, and goes through when it does."""
    synced.queue((ADD, spare[0]), (ADD, spare[1]))
    synced.site.fault(Fault("html", method="POST", status=503, times=None))
    for _ in range(7):
        assert synced.sync().exit_code == 5
    assert {operation.state.value for operation in synced.operations().values()} == {"pending"}
    synced.site.clear_faults()
    assert synced.sync().exit_code == 0
    assert set(spare[:2]) <= set(synced.favorites())


@pytest.mark.parametrize(
    "fault",
    [
        Fault("html", status=502, times=None, method="DELETE"),
        Fault("drop_before", times=None, method="DELETE"),
        Fault("html", status=403, times=None, method="DELETE"),
        Fault("db_timeout", times=None, method="DELETE"),
    ],
    ids=lambda fault: fault.kind,
)
def test_a_queued_change_that_the_site_always_fails_at_holds_up_nobody(
    synced: Rig, spare: list[int], fault: Fault
) -> None:
    """Two of them at the head of the queue: the next run sends the others first, and gives these up in the end."""
    listing = synced.listing()
    synced.queue((REMOVE, listing[0]), (REMOVE, listing[1]), (ADD, spare[0]))
    synced.site.fault(fault)
    assert synced.sync().exit_code == 5
    assert synced.operations()[spare[0]].state is OperationState.PENDING
    assert synced.sync().exit_code == 5
    assert synced.operations()[spare[0]].state is OperationState.DONE
    for post_id in spare[1:6]:
        synced.queue((ADD, post_id))
        synced.sync()
    failed = [operation for operation in synced.operations().values() if operation.action is REMOVE]
    assert {operation.state for operation in failed} == {OperationState.FAILED}
    assert all("given up after" in str(operation.reason) for operation in failed)


def test_a_queued_change_that_is_taken_back_while_others_are_sent_is_not_sent(synced: Rig, spare: list[int]) -> None:
    """The queue is the user's at any moment."""
    first, second = synced.queue((ADD, spare[0]), (ADD, spare[1]))

    def take_back(exchange: Exchange) -> None:
        if exchange.method == "POST" and exchange.post_id == first.post_id:
            with Database.open(synced.path) as database, database.write() as conn:
                cancel_operations(conn, [second.id], at=as_text(synced.now))

    synced.site.before = take_back
    assert synced.sync().exit_code == 0
    assert written(synced) == [("POST", spare[0])]
    assert synced.operations()[spare[1]].outcome is OperationOutcome.CANCELLED


def test_a_queued_change_that_is_replaced_while_it_is_sent_leaves_the_later_one(synced: Rig, spare: list[int]) -> None:
    """The earlier one reached the site, the later one waits for the next sync: the last word is the user's."""
    synced.queue((ADD, spare[0]))

    def replace(exchange: Exchange) -> None:
        if exchange.method == "POST":
            synced.queue((REMOVE, spare[0]))

    synced.site.before = replace
    assert synced.sync().exit_code == 3
    assert synced.favorites() == synced.listing()
    assert synced.world.is_favorite("alice", spare[0])
    synced.site.before = None
    assert synced.sync().exit_code == 0
    assert not synced.world.is_favorite("alice", spare[0])
    assert [event for event in synced.events() if event[0] == spare[0]] == [
        (spare[0], "added", "pushed", None),
        (spare[0], "removed", "pushed", None),
    ]


def test_at_the_limit_a_post_that_the_search_does_not_know_is_asked_about_alone(synced: Rig, spare: list[int]) -> None:
    """The search index lags: only the post itself can say that it is a favorite already."""
    favorite = synced.listing()[1]
    synced.world.set_limit("alice", 25)
    synced.world.unindexed.add(favorite)
    synced.queue((ADD, favorite), (ADD, 999_999))
    synced.sync()
    ended = {post_id: operation.state.value for post_id, operation in synced.operations().items()}
    assert ended == {favorite: "done", 999_999: "failed"}
    assert synced.favorites() == synced.listing()


def test_the_queue_goes_out_in_the_order_of_its_changes(synced: Rig, spare: list[int]) -> None:
    """So the newest queued change is the newest favorite."""
    synced.queue(*((ADD, post_id) for post_id in spare[:4]))
    assert synced.sync().exit_code == 0
    assert written(synced) == [("POST", post_id) for post_id in spare[:4]]
    assert synced.favorites()[:4] == spare[:4][::-1]


def test_a_queued_change_explains_one_change_and_no_later_one(synced: Rig, spare: list[int]) -> None:
    """What the user does in a browser afterwards is no doing of the queue."""
    added, removed = spare[0], synced.listing()[4]
    synced.queue((ADD, added), (REMOVE, removed))
    synced.sync()
    synced.world.unfavorite("alice", added)
    synced.world.favorite("alice", removed)
    synced.sync()
    synced.world.favorite("alice", added)
    synced.world.unfavorite("alice", removed)
    synced.sync()
    reasons = [(kind, reason) for post_id, kind, reason, _ in synced.events() if post_id in (added, removed)]
    assert reasons[-4:] == [
        ("removed", "unfavorited"),
        ("added", "listed"),
        ("removed", "unfavorited"),
        ("added", "listed"),
    ]


def test_after_a_push_the_count_is_asked_again(synced: Rig) -> None:
    """The count from before the push would cost a search to find out that nothing is wrong."""
    synced.queue((REMOVE, synced.listing()[15]))
    synced.sync()
    assert not synced.searches()


def test_a_queued_change_that_is_taken_back_while_the_site_is_asked_about_it_is_no_failure(
    synced: Rig, spare: list[int]
) -> None:
    """At the limit the posts are asked about last; who cancels in that moment hears of no refusal."""
    synced.world.set_limit("alice", 25)
    (change,) = synced.queue((ADD, spare[0]))

    def take_back(exchange: Exchange) -> None:
        if exchange.path == "/posts.json" or exchange.method == "POST":
            with Database.open(synced.path) as database, database.write() as conn:
                cancel_operations(conn, [change.id], at=as_text(synced.now))

    synced.site.before = take_back
    report = synced.sync()
    assert report.exit_code == 0
    assert report.pushed.failed == 0
    assert report.notices == ()
    assert synced.operations()[spare[0]].outcome is OperationOutcome.CANCELLED
