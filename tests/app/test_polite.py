"""Promise 8 over HTTP: a site that asks to be left alone is left alone, by all that is left of the run."""

import pytest

from favsync.model import Action, OperationState
from favsync.sandbox import Fault
from tests.app.rig import Rig

ADD, REMOVE = Action.ADD, Action.REMOVE


@pytest.mark.parametrize("changes", [1, 5])
def test_a_push_that_is_told_to_come_back_in_an_hour_ends_the_run(synced: Rig, spare: list[int], changes: int) -> None:
    """No other queued change is sent and no page asked for; the queue waits, and nothing changes."""
    synced.queue(*((ADD, post_id) for post_id in spare[:changes]))
    synced.world.unfavorite("alice", synced.listing()[3])
    before = synced.favorites(), synced.listing(), synced.events()
    synced.site.fault(Fault("status", method="POST", status=429, retry_after=3600))
    report = synced.sync(retry_for=120)
    assert [entry.method for entry in synced.site.log] == ["GET", "POST"]
    assert report.requests == 2
    assert report.exit_code == 5
    assert "in 60 minutes" in str(report.reason)
    assert {operation.state for operation in synced.operations().values()} == {OperationState.PENDING}
    assert (synced.favorites(), synced.listing(), synced.events()) == before


def test_a_site_that_was_left_alone_is_asked_as_ever_afterwards(synced: Rig, spare: list[int]) -> None:
    """The next run carries the queue out and learns what changed."""
    synced.queue((ADD, spare[0]), (REMOVE, synced.listing()[0]))
    synced.site.fault(Fault("status", method="POST", status=429, retry_after=3600))
    synced.sync()
    assert synced.sync().exit_code == 0
    assert synced.world.is_favorite("alice", spare[0])
    assert synced.favorites() == synced.listing()
