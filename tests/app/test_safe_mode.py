"""Safe mode, of an account or of a whole host: every search leaves out what is not rated safe, and concludes nothing.

docs/site-api.md, "Safe mode": lists and single posts still have them, without their files.
"""

from collections.abc import Callable

import pytest

from favsync.app.sync.pull import SAFE_MODE
from favsync.model import RunKind, RunOutcome
from favsync.sandbox import World
from tests.app.rig import Rig
from tests.app.test_nights import asked, next_night

Switch = Callable[[World], None]


def of_the_account(world: World) -> None:
    world.user("alice").safe_mode = True


def of_the_host(world: World) -> None:
    world.safe_mode = True


BOTH = pytest.mark.parametrize("turn_on", [of_the_account, of_the_host])


@pytest.fixture(autouse=True)
def mostly_unsafe(world: World) -> None:
    """Every third favorite is rated safe."""
    for place, post_id in enumerate(world.listing("alice")):
        touched = world.posts[post_id].updated
        world.edit_post(post_id, rating="s" if place % 3 == 0 else "eq"[place % 2])
        world.posts[post_id].updated = touched  # long ago


@BOTH
@pytest.mark.parametrize("full", [False, True])
def test_a_removal_is_confirmed_one_by_one(synced: Rig, turn_on: Switch, *, full: bool) -> None:
    """No list of ids shows an unsafe post; each is asked about alone, and only what is gone goes."""
    turn_on(synced.world)
    gone = synced.listing()[1:24:7]
    for post_id in gone:
        synced.world.unfavorite("alice", post_id)
    report = next_night(synced, full=full)
    assert (report.exit_code, report.removed) == (0, len(gone))
    assert synced.favorites() == synced.listing()


@BOTH
def test_a_first_backup_is_complete(rig: Rig, turn_on: Switch) -> None:
    """The list has everything, and where the count agrees nothing is searched."""
    turn_on(rig.world)
    report = rig.sync()
    assert (report.exit_code, report.outcome) == (0, RunOutcome.COMPLETE)
    assert rig.favorites() == rig.listing()
    assert rig.searches() == []


@BOTH
@pytest.mark.parametrize("drift", [3, -3])
def test_a_counter_that_drifted_is_learned_once(rig: Rig, turn_on: Switch, drift: int) -> None:
    """The search has a third of the list: nothing is removed for that, nothing asked one by one, nothing read again."""
    turn_on(rig.world)
    rig.world.drift("alice", drift)
    report = rig.sync()
    assert (report.exit_code, report.outcome) == (0, RunOutcome.COMPLETE)
    assert report.requests <= 2 * 3 + 9
    assert rig.favorites() == rig.listing()
    report = next_night(rig)
    assert (report.requests, report.kind) == (4, RunKind.INCREMENTAL)


@BOTH
def test_a_counter_that_is_corrected_is_believed(synced: Rig, turn_on: Switch) -> None:
    """The same on a list that is known."""
    turn_on(synced.world)
    synced.world.drift("alice", 2)
    assert next_night(synced).exit_code == 0
    assert synced.favorites() == synced.listing()
    assert next_night(synced).requests == 4


@BOTH
def test_a_public_list_is_read_all_the_same(rig: Rig, turn_on: Switch) -> None:
    """Without a key only the whole host can be safe; its searches prove nothing about what they leave out."""
    rig.world.safe_mode = turn_on is of_the_host
    public = Rig(rig.site, rig.path.with_name("public.db"), public=True)
    rig.world.drift("alice", 1)
    assert public.sync().exit_code == 0
    assert public.favorites() == public.listing()


@BOTH
def test_a_list_that_moves_while_the_count_disagrees_proves_nothing(
    rig: Rig, turn_on: Switch, spare: list[int]
) -> None:
    """What went meanwhile no search can tell here: nothing is concluded, and the next run is exact."""
    turn_on(rig.world)
    gone = rig.listing()[4]
    assert rig.world.posts[gone].rating != "s"
    rig.world.drift("alice", 1)

    def move(exchange: object) -> None:
        if getattr(exchange, "query", {}).get("page") == "3":
            rig.world.unfavorite("alice", gone)

    rig.site.before = move
    report = rig.sync()
    assert report.outcome is RunOutcome.INCOMPLETE
    assert "safe mode" in str(report.reason)
    rig.site.before = None
    assert next_night(rig).exit_code == 0
    assert rig.favorites() == rig.listing()


@BOTH
def test_changes_of_unsafe_posts_come_with_the_pages_that_are_read(synced: Rig, turn_on: Switch) -> None:
    """At the top and at the end tonight, in the middle with the next full scan; and the run says so."""
    turn_on(synced.world)
    listing = synced.listing()
    top, middle, safe, end = listing[1], listing[13], listing[12], listing[23]
    for post_id in (top, middle, safe, end):
        synced.world.edit_post(post_id, description="rewritten")
    report = next_night(synced)
    fresh = {row[0] for row in synced.rows("SELECT id FROM posts WHERE description = 'rewritten'")}
    assert fresh == {top, safe, end}
    assert (report.exit_code, report.notices, report.requests) == (0, (SAFE_MODE,), 4)
    report = next_night(synced, full=True)
    assert report.notices == ()
    assert synced.rows("SELECT description FROM posts WHERE id = ?", middle) == [("rewritten",)]


def test_without_safe_mode_nothing_is_said(synced: Rig) -> None:
    """Deleted posts have no files either."""
    synced.world.delete_post(synced.listing()[1])
    assert next_night(synced).notices == ()
    assert "search" not in asked(synced)


@BOTH
def test_urls_once_known_stay(synced: Rig, turn_on: Switch) -> None:
    """A list in safe mode shows no files of what is not safe."""
    before = synced.rows("SELECT id, file_url FROM posts ORDER BY id")
    turn_on(synced.world)
    next_night(synced, full=True)
    assert synced.rows("SELECT id, file_url FROM posts ORDER BY id") == before
