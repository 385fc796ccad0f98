"""Whose doing a removal was, over HTTP: moves in all their forms, and what it costs to tell them apart."""

import pytest

from favsync.model import RunKind, RunOutcome
from favsync.sandbox import World
from tests.app.rig import Rig
from tests.app.test_nights import asked, next_night

EVENTS, FLAGS = "GET /post_events.json", "GET /post_flags.json"


def why(rig: Rig, post_id: int) -> tuple[str, int | None]:
    """The reason and the other post of the newest removal of a post."""
    [row] = rig.rows(
        "SELECT reason, related_post_id FROM favorite_events WHERE post_id = ? AND kind = 'removed'"
        " ORDER BY id DESC LIMIT 1",
        post_id,
    )
    return (row[0], row[1])


def test_a_deleted_child_that_others_still_have_was_taken_out(synced: Rig, spare: list[int]) -> None:
    """Its parent came to the top the same night; but its favorites were not moved."""
    child = synced.listing()[4]
    synced.world.favorite("bob", child)
    synced.world.delete_post(child, parent_id=spare[0])
    synced.world.unfavorite("alice", child)
    synced.world.favorite("alice", spare[0])
    assert next_night(synced).exit_code == 0
    assert why(synced, child) == ("unfavorited", None)
    assert EVENTS not in asked(synced)


def test_a_duplicate_that_was_moved_costs_no_question(synced: Rig, spare: list[int]) -> None:
    """The parent came, the child lost all favorites: the page and the question about the child say it all."""
    child = synced.listing()[4]
    synced.world.transfer_favorites(child, spare[0])
    report = next_night(synced)
    assert why(synced, child) == ("moved_to_parent", spare[0])
    assert EVENTS not in asked(synced)
    assert report.requests <= 4 + 2 + 1 + 1  # the last one asks why the child was deleted


@pytest.mark.parametrize("is_moved", [True, False])
def test_a_duplicate_of_a_favorite_is_asked_about(synced: Rig, *, is_moved: bool) -> None:
    """Both were favorites: the list shows the same whether the child was moved or taken out; its events do not."""
    child, parent = synced.listing()[4], synced.listing()[17]
    if is_moved:
        synced.world.transfer_favorites(child, parent)
    else:
        synced.world.delete_post(child, parent_id=parent)
        synced.world.unfavorite("alice", child)
    report = next_night(synced)
    assert why(synced, child) == (("moved_to_parent", parent) if is_moved else ("unfavorited", None))
    assert asked(synced).count(EVENTS) == 1
    assert (report.exit_code, report.kind) == (0, RunKind.INCREMENTAL)


def test_a_chain_leads_to_the_post_that_has_the_favorites_now(synced: Rig, spare: list[int]) -> None:
    """Child → parent → its parent, all in one night; the post between was never a favorite as far as anybody saw."""
    child, parent, grandparent = synced.listing()[4], spare[0], spare[1]
    synced.world.transfer_favorites(child, parent)
    synced.world.transfer_favorites(parent, grandparent)
    assert next_night(synced).exit_code == 0
    assert why(synced, child) == ("moved_to_parent", grandparent)
    assert synced.favorites() == synced.listing()
    assert synced.rows("SELECT count(*) FROM posts WHERE id = ?", parent) == [(0,)], "it was no favorite: not kept"


def test_a_child_that_was_undeleted_meanwhile_is_followed(synced: Rig, spare: list[int]) -> None:
    """It looks as if the user had taken it out; its events say that it was moved."""
    child = synced.listing()[4]
    synced.world.transfer_favorites(child, spare[0])
    synced.world.undelete_post(child)
    synced.world.favorite("bob", child)
    assert next_night(synced).exit_code == 0
    assert why(synced, child) == ("moved_to_parent", spare[0])
    assert asked(synced).count(EVENTS) == 1


def test_a_link_that_was_undeleted_meanwhile_is_followed(synced: Rig, spare: list[int]) -> None:
    """The same of the post in the middle of a chain."""
    child, parent, grandparent = synced.listing()[4], spare[0], spare[1]
    synced.world.transfer_favorites(child, parent)
    synced.world.transfer_favorites(parent, grandparent)
    synced.world.undelete_post(parent)
    assert next_night(synced).exit_code == 0
    assert why(synced, child) == ("moved_to_parent", grandparent)


def test_a_move_of_last_year_is_no_news(synced: Rig, spare: list[int]) -> None:
    """Moved once, undeleted, made a favorite again, and taken out by the user tonight."""
    child, parent = synced.listing()[4], spare[0]
    synced.world.transfer_favorites(child, parent)
    synced.world.undelete_post(child)
    next_night(synced)
    synced.world.favorite("alice", child)
    next_night(synced)
    synced.world.edit_post(child, description="touched, so that its change number says nothing")
    synced.world.unfavorite("alice", child)
    assert next_night(synced).exit_code == 0
    assert why(synced, child) == ("unfavorited", None)
    assert asked(synced).count(EVENTS) == 1


@pytest.mark.parametrize("is_moved", [True, False])
def test_a_favorite_that_was_missed_unseen_is_judged_since_it_was_last_there(
    synced: Rig, spare: list[int], *, is_moved: bool
) -> None:
    """The site hides the child while its favorites are moved, for two nights: the move is older than the last list."""
    child, parent = synced.listing()[4], synced.listing()[17]
    if not is_moved:
        synced.world.transfer_favorites(child, parent)
        synced.world.undelete_post(child)
        assert next_night(synced).exit_code == 0
        synced.world.favorite("alice", child)
        assert next_night(synced).exit_code == 0
        synced.world.delete_post(child, parent_id=parent)
        synced.world.unfavorite("alice", child)
    synced.world.posts[child].pending = True
    synced.world.hidden_pending.add(child)
    if is_moved:
        synced.world.transfer_favorites(child, parent)
    for new in spare[:2]:
        synced.world.favorite("alice", new)  # so that the list shows how far the site's clock has come
        report = next_night(synced)
        assert (report.exit_code, report.outcome, report.unavailable) == (3, RunOutcome.COMPLETE, (child,))
    synced.world.hidden_pending.clear()
    assert next_night(synced).exit_code == 0
    assert why(synced, child) == (("moved_to_parent", parent) if is_moved else ("unfavorited", None))


def test_the_clock_that_an_earlier_list_showed_counts_as_well(synced: Rig, spare: list[int]) -> None:
    """The newest favorite goes, and the list shows an older time than the night before: an old move stays old."""
    child, parent = synced.listing()[4], synced.listing()[17]
    synced.world.transfer_favorites(child, parent)
    synced.world.undelete_post(child)
    synced.world.favorite("alice", child)
    next_night(synced)
    synced.world.favorite("alice", spare[0])
    next_night(synced)
    synced.world.unfavorite("alice", spare[0])
    next_night(synced)
    synced.world.delete_post(child, parent_id=parent)
    synced.world.unfavorite("alice", child)
    assert next_night(synced).exit_code == 0
    assert why(synced, child) == ("unfavorited", None)


def test_a_child_that_the_user_took_out_costs_nothing(synced: Rig) -> None:
    """It has a parent that is a favorite, others have it as well, and nobody changed it."""
    child, parent = synced.listing()[4], synced.listing()[6]
    synced.world.set_parent(child, parent)
    synced.world.favorite("bob", child)
    next_night(synced)
    synced.world.unfavorite("alice", child)
    report = next_night(synced)
    assert why(synced, child) == ("unfavorited", None)
    assert EVENTS not in asked(synced)
    assert report.requests <= 4 + 2 + 1


@pytest.mark.parametrize("status", [404, 403, 500])
def test_a_server_without_events_changes_nothing_and_fails_nothing(synced: Rig, spare: list[int], status: int) -> None:
    """What the posts say stands, what only events could tell is unknown; each route is tried once a run."""
    world, listing = synced.world, synced.listing()
    world.records_answer = status
    moved, doubtful, undeleted, other = listing[4:8]
    world.transfer_favorites(moved, spare[0])
    world.transfer_favorites(doubtful, listing[17])
    for number, post_id in enumerate((undeleted, other)):
        world.transfer_favorites(post_id, spare[1 + number])
        world.undelete_post(post_id)
    report = next_night(synced)
    assert (report.exit_code, report.notices, report.reason) == (0, (), None)
    assert why(synced, moved) == ("moved_to_parent", spare[0])
    assert why(synced, doubtful) == ("moved_to_parent", listing[17])
    assert why(synced, undeleted) == why(synced, other) == ("unknown", None)
    assert (asked(synced).count(EVENTS), asked(synced).count(FLAGS)) == (1, 1)
    assert synced.favorites() == synced.listing()


def test_a_dry_run_tells_the_same_reasons(synced: Rig) -> None:
    """A plan is what happens: it asks what the real run asks of removals."""
    child, parent = synced.listing()[4], synced.listing()[17]
    synced.world.transfer_favorites(child, parent)
    dry = synced.sync(dry_run=True)
    real = synced.sync()
    assert dry.plan is not None
    assert real.plan is not None
    assert dry.plan.removed == real.plan.removed
    assert synced.events()[-1] == (child, "removed", "moved_to_parent", parent)


def test_a_full_run_judges_alike(synced: Rig, spare: list[int]) -> None:
    """Chains, undeleted posts and old parents."""
    world, listing = synced.world, synced.listing()
    world.transfer_favorites(listing[3], spare[0])
    world.transfer_favorites(spare[0], spare[1])
    world.transfer_favorites(listing[5], spare[2])
    world.undelete_post(listing[5])
    world.transfer_favorites(listing[7], listing[20])
    assert next_night(synced, full=True).exit_code == 0
    assert why(synced, listing[3]) == ("moved_to_parent", spare[1])
    assert why(synced, listing[5]) == ("moved_to_parent", spare[2])
    assert why(synced, listing[7]) == ("moved_to_parent", listing[20])
    assert synced.favorites() == synced.listing()


# ---- why posts were deleted ----


def reasons(rig: Rig) -> dict[int, str | None]:
    rows = rig.rows("SELECT id, deletion_reason FROM posts WHERE is_deleted AND deletion_reason_at IS NOT NULL")
    return dict(rows)


def test_the_reason_of_a_deletion_is_learned_the_same_night(synced: Rig) -> None:
    """One request for all of them, and none the night after."""
    listing = synced.listing()
    synced.world.delete_post(listing[2], reason="Paysite content")
    synced.world.delete_post(listing[12], reason="  Bad quality\n")
    report = next_night(synced)
    assert reasons(synced) == {listing[2]: "Paysite content", listing[12]: "Bad quality"}
    assert (report.exit_code, report.requests) == (0, 5)
    assert next_night(synced).requests == 4


def test_an_undeleted_post_loses_its_reason_and_gets_another(synced: Rig) -> None:
    """As on the site, where the older deletion is resolved."""
    post_id = synced.listing()[12]
    synced.world.delete_post(post_id, reason="Bad quality")
    next_night(synced)
    synced.world.undelete_post(post_id)
    next_night(synced)
    assert synced.rows("SELECT deletion_reason FROM posts WHERE id = ?", post_id) == [(None,)]
    synced.world.delete_post(post_id, reason="Takedown")
    next_night(synced)
    assert reasons(synced) == {post_id: "Takedown"}


def test_many_reasons_take_many_nights(rig: Rig, world: World) -> None:
    """Two hundred a run at most: two requests."""
    world.page_size = None
    many = world.add_posts(450, deleted=True)
    for post_id in many:
        world.records.deleted(post_id, f"Reason {post_id}", at=world.now())
    world.favorite_many("alice", many)
    assert rig.sync().requests <= 2 + 3 + 2
    assert len(reasons(rig)) == 200
    assert [next_night(rig).requests, len(reasons(rig))] == [6, 400]
    assert [next_night(rig).requests, len(reasons(rig))] == [5, 450]
    assert next_night(rig).requests == 4
    assert reasons(rig)[many[7]] == f"Reason {many[7]}"


def test_a_page_that_may_lack_some_answers_only_what_it_tells(rig: Rig, world: World) -> None:
    """Ninety posts, most of them deleted four times: 320 flags fill a page, and the others are asked for again."""
    world.page_size = None
    deleted = world.add_posts(90, deleted=True)
    for number in range(4):
        for post_id in deleted[: 80 if number else 90]:
            world.records.deleted(post_id, f"Reason {number}", at=world.now())
    world.records.flags.sort(key=lambda flag: flag.post_id, reverse=True)
    for number, flag in enumerate(world.records.flags, start=1):
        flag.id = number
    world.favorite_many("alice", deleted)
    rig.sync()
    assert len(reasons(rig)) < 90
    next_night(rig)
    assert set(reasons(rig)) == set(deleted)
    assert None not in reasons(rig).values()


def test_a_deletion_without_a_reason_is_asked_about_once(rig: Rig, world: World) -> None:
    """Posts of old have no flag."""
    [post_id] = world.add_posts(1, deleted=True)
    world.favorite("alice", post_id)
    rig.sync()
    assert reasons(rig) == {post_id: None}
    next_night(rig)
    assert FLAGS not in asked(rig)


def test_a_run_that_proves_nothing_asks_for_no_reasons(synced: Rig) -> None:
    """A site in trouble is left alone."""
    synced.world.delete_post(synced.listing()[0])
    synced.world.search_down = True
    next_night(synced)
    assert FLAGS not in asked(synced)
