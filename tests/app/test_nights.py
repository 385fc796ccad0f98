"""Night after night over HTTP: what a run asks of the site when little changed, and what it learns from it."""

import json
import sqlite3
from contextlib import closing
from datetime import timedelta

import pytest

from favsync.app.sync.report import SyncReport
from favsync.clock import as_text
from favsync.model import RunKind, RunOutcome
from favsync.sandbox import Fault, World
from tests.app.rig import Rig

NIGHT = timedelta(days=1)


def asked(rig: Rig) -> list[str]:
    """What the site was asked since the log was last cleared: `page 1`, `user`, `changes`, `posts`, …"""
    return [
        f"page {entry.query['page']}"
        if entry.path == "/favorites.json" and entry.method == "GET"
        else "user"
        if entry.path.startswith("/users/")
        else "changes"
        if "order:change_asc" in entry.query.get("tags", "")
        else "search"
        if "fav:" in entry.query.get("tags", "")
        else "posts"
        if entry.path == "/posts.json"
        else f"{entry.method} {entry.path}"
        for entry in rig.site.log
    ]


def next_night(rig: Rig, *, full: bool = False) -> SyncReport:
    rig.now += NIGHT
    rig.site.clear_log()
    return rig.sync(full=full)


def evidence(rig: Rig) -> dict[str, object]:
    ((text,),) = rig.rows("SELECT evidence FROM runs ORDER BY id DESC LIMIT 1")
    reported: dict[str, object] = json.loads(text)
    return reported


# ---- what a night costs ----


def test_a_night_on_which_nothing_happened_costs_four_requests(synced: Rig) -> None:
    """Who am I and how many; the first page; the last page; what changed about the posts."""
    report = next_night(synced)
    assert asked(synced) == ["user", "page 1", "page 3", "changes"]
    assert (report.exit_code, report.kind, report.requests, report.pages_read) == (0, RunKind.INCREMENTAL, 4, 2)


def test_new_favorites_cost_no_more(synced: Rig, spare: list[int]) -> None:
    """As many as leave room for a known one on the first page."""
    synced.world.favorite_many("alice", spare[:8])
    report = next_night(synced)
    assert asked(synced) == ["user", "page 1", "page 4", "changes"]
    assert (report.added, report.kind) == (8, RunKind.INCREMENTAL)
    assert synced.favorites() == synced.listing()


@pytest.mark.parametrize("place", [0, 9, 10, 14, 19, 20, 24])
def test_a_removal_anywhere_is_found(synced: Rig, place: int) -> None:
    """On the first page, the last, between pages, or on one that has to be looked for; and the post is asked about."""
    gone = synced.listing()[place]
    synced.world.unfavorite("alice", gone)
    report = next_night(synced)
    assert synced.favorites() == synced.listing()
    assert synced.events()[25:] == [(gone, "removed", "unfavorited", None)]
    assert report.kind is RunKind.INCREMENTAL
    assert report.requests <= 4 + 2 + 1  # 4 + r · ⌈log₂ P⌉ + ⌈r/100⌉ with r = 1 and P = 3
    assert asked(synced).count("posts") == 1
    assert len(set(asked(synced))) == len(asked(synced)), "a page was read twice"


def test_many_pages_cost_no_more_than_few(rig: Rig) -> None:
    """A night does not grow with the list."""
    rig.world.page_size = 2
    assert rig.sync().exit_code == 0
    report = next_night(rig)
    assert asked(rig) == ["user", "page 1", "page 13", "changes"]
    assert report.exit_code == 0


def test_too_many_removals_cost_two_pages_and_conclude_nothing(synced: Rig, spare: list[int]) -> None:
    """Night after night, until somebody looks; the adds are kept. Then they are let pass."""
    for post_id in synced.listing()[5:15]:
        synced.world.unfavorite("alice", post_id)
    for number in range(2):
        synced.world.favorite("alice", spare[number])
        synced.now += NIGHT
        synced.site.clear_log()
        report = synced.sync(allowed_removals=lambda _of: 9)
        assert (report.exit_code, report.outcome, report.added, report.removed) == (6, RunOutcome.REFUSED, 1, 0)
        assert asked(synced) == ["user", "page 1", "page 2"]
        assert "--accept-removals" in str(report.error)
    assert len(synced.favorites()) == 27
    assert next_night(synced).exit_code == 0
    assert synced.favorites() == synced.listing()


# ---- everything, now and then ----


def test_everything_is_read_again_once_a_week(synced: Rig) -> None:
    """Scores and counts arrive then, and whatever no arithmetic can tell."""
    kinds = []
    for _ in range(8):
        kinds.append(next_night(synced).kind)
    assert kinds == [RunKind.INCREMENTAL] * 6 + [RunKind.FULL, RunKind.INCREMENTAL]


def test_everything_is_read_when_it_is_asked_for(synced: Rig) -> None:
    """`--full`, and the run says why."""
    report = next_night(synced, full=True)
    assert (report.kind, report.requests) == (RunKind.FULL, 3 + 3)
    assert evidence(synced)["because"] == "it was asked for"
    assert next_night(synced).kind is RunKind.INCREMENTAL


def test_a_clock_that_was_set_back_puts_nothing_off_for_ever(synced: Rig) -> None:
    """The last full scan lies in the future then."""
    synced.now -= timedelta(days=400)
    assert synced.sync().kind is RunKind.FULL


def test_pieces_that_do_not_fit_together_make_it_read_everything(synced: Rig) -> None:
    """The count is off by one, which no page explains: the run becomes a full one, and says why."""
    synced.world.drift("alice", 1)
    report = next_night(synced)
    assert (report.exit_code, report.kind) == (0, RunKind.FULL)
    assert evidence(synced)["because"] == "the site counts 1 favorite more than are known and new"
    assert synced.rows("SELECT kind FROM runs ORDER BY id") == [("full",), ("full",)]
    assert asked(synced)[:4] == ["user", "page 1", "user", "page 1"]
    assert next_night(synced).requests == 4


def test_new_ones_whose_end_was_not_seen_make_the_next_run_read_everything(synced: Rig, spare: list[int]) -> None:
    """Between them and the known ones something may be missing: a hole that no later head would show."""
    synced.world.favorite_many("alice", spare[:15])
    synced.site.fault(Fault("db_timeout", path="/favorites.json", query={"page": "2"}))
    report = next_night(synced)
    assert (report.exit_code, report.outcome, report.added) == (5, RunOutcome.INCOMPLETE, 10)
    assert next_night(synced).kind is RunKind.FULL
    assert synced.favorites() == synced.listing()


def test_new_ones_whose_end_was_seen_do_not(synced: Rig, spare: list[int]) -> None:
    """They are kept, and what is known below them stays known."""
    synced.world.favorite("alice", spare[0])
    synced.site.fault(Fault("db_timeout", path="/favorites.json", query={"page": "3"}))
    report = next_night(synced)
    assert (report.exit_code, report.added) == (5, 1)
    synced.site.clear_faults()
    assert next_night(synced).kind is RunKind.INCREMENTAL
    assert synced.favorites() == synced.listing()


def test_a_time_of_the_future_proves_nothing(synced: Rig) -> None:
    """A post that claims to have been touched in a hundred years does not make all others look untouched forever."""
    synced.world.edit_post(synced.listing()[2], updated_at="2126-01-01T00:00:00.000+00:00")
    next_night(synced)
    ((as_of,),) = synced.rows("SELECT as_of FROM runs ORDER BY id DESC LIMIT 1")
    assert as_of <= as_text(synced.now)


# ---- a run that was interrupted ----


def test_an_interrupted_search_for_what_is_gone_goes_on_where_it_was(synced: Rig) -> None:
    """The page that failed, and the head, the count and the end as they are now."""
    synced.world.unfavorite("alice", synced.listing()[14])
    synced.site.fault(Fault("db_timeout", path="/favorites.json", query={"page": "2"}))
    assert next_night(synced).exit_code == 5
    assert asked(synced) == ["user", "page 1", "page 3", "page 2"]
    assert next_night(synced).exit_code == 0
    assert asked(synced) == ["user", "page 2", "page 1", "page 3", "posts", "changes"]
    assert synced.favorites() == synced.listing()


def test_what_happened_since_an_interruption_is_found(synced: Rig, spare: list[int]) -> None:
    """The head is not what it was: the pages of that night say nothing any more."""
    listing = synced.listing()
    synced.world.unfavorite("alice", listing[14])
    synced.site.fault(Fault("db_timeout", path="/favorites.json", query={"page": "2"}))
    assert next_night(synced).exit_code == 5
    synced.world.favorite("alice", spare[0])
    synced.world.favorite("alice", listing[14])
    assert next_night(synced).exit_code == 0
    assert synced.favorites() == synced.listing()


def test_a_full_scan_that_was_interrupted_goes_on_as_one(synced: Rig) -> None:
    """Although the next night would have looked only for what changed."""
    synced.site.fault(Fault("db_timeout", path="/favorites.json", query={"page": "3"}))
    assert next_night(synced, full=True).exit_code == 5
    report = next_night(synced)
    assert (report.exit_code, report.kind) == (0, RunKind.FULL)
    assert asked(synced)[:3] == ["user", "page 3", "page 4"]


def test_what_changed_during_a_broken_off_first_backup_is_followed(rig: Rig) -> None:
    """The pages of before the interruption are not read again; what changed about their posts is known all the same."""
    rig.site.fault(Fault("db_timeout", path="/favorites.json", query={"page": "3"}))
    assert rig.sync().exit_code == 5
    old = rig.listing()[12]
    edited(rig.world, old)
    assert next_night(rig).exit_code == 0
    assert asked(rig)[:2] == ["user", "page 3"]
    assert described(rig, old).startswith("rewritten")


def test_a_list_with_an_unknown_place_is_read_whole(synced: Rig) -> None:
    """A favorite that no page ever showed stands anywhere, so that no position proves anything."""
    with closing(sqlite3.connect(synced.path)) as connection, connection:
        connection.execute("UPDATE favorites SET is_placed = 0 WHERE post_id = ?", (synced.listing()[20],))
    assert next_night(synced).kind is RunKind.FULL
    assert evidence(synced)["because"] == "the place of some favorites is not known"
    assert next_night(synced).kind is RunKind.INCREMENTAL


# ---- what changed about the posts ----


def edited(world: World, post_id: int) -> None:
    world.edit_post(post_id, description=f"rewritten: {world.posts[post_id].change_seq}")


def described(rig: Rig, post_id: int) -> str:
    ((text,),) = rig.rows("SELECT description FROM posts WHERE id = ?", post_id)
    return str(text)


def test_what_changed_about_an_old_favorite_arrives_within_a_night(synced: Rig) -> None:
    """Tags, rating, sources and deletion, of posts on pages that are not read."""
    world, listing = synced.world, synced.listing()
    tags, rating, sources, deleted = listing[11:15]
    world.edit_post(tags, tags={"artist": ["new_artist"], "general": ["alone"]})
    world.edit_post(rating, rating="q")
    world.edit_post(sources, sources=["https://source.example/1"])
    world.delete_post(deleted)
    report = next_night(synced)
    assert asked(synced) == ["user", "page 1", "page 3", "changes", "GET /post_flags.json"]
    assert report.changed == 4
    assert synced.rows("SELECT name FROM tags JOIN post_tags ON id = tag_id WHERE post_id = ? ORDER BY name", tags) == [
        ("alone",),
        ("new_artist",),
    ]
    assert synced.rows("SELECT rating FROM posts WHERE id = ?", rating) == [("q",)]
    assert synced.rows("SELECT url FROM post_sources WHERE post_id = ?", sources) == [("https://source.example/1",)]
    assert synced.rows("SELECT is_deleted FROM posts WHERE id = ?", deleted) == [(1,)]


def test_changes_of_many_are_followed_to_their_end(synced: Rig) -> None:
    """Page after page by change number, so that what changes meanwhile shifts nothing; and the next night is quiet."""
    for post_id in synced.listing()[10:]:
        edited(synced.world, post_id)
    report = next_night(synced)
    assert asked(synced) == ["user", "page 1", "page 3", "changes", "changes"]
    assert report.changed == 15
    next_night(synced)
    assert next_night(synced).requests == 4
    assert synced.rows("SELECT max(change_seq) FROM runs") == synced.rows("SELECT max(change_seq) FROM posts")


def test_where_every_page_was_read_the_search_has_nothing_to_add(synced: Rig) -> None:
    """Everything was touched, so that nothing is known to have kept its place: the pages bring the posts as well."""
    for post_id in reversed(synced.listing()):
        synced.now += timedelta(minutes=2)
        edited(synced.world, post_id)
    report = next_night(synced)
    assert asked(synced) == ["user", "page 1", "page 2", "page 3", "page 1"]
    assert (report.changed, report.kind, report.moved) == (25, RunKind.INCREMENTAL, 0)
    assert next_night(synced).requests == 4


def test_what_the_index_did_not_know_yet_is_found_by_the_next_run(synced: Rig) -> None:
    """A lagging change comes with a lower number than one that was seen already: the windows overlap by an hour."""
    late, seen = synced.listing()[13], synced.listing()[14]
    edited(synced.world, late)
    edited(synced.world, seen)
    synced.world.unindexed.add(late)
    next_night(synced)
    assert described(synced, seen).startswith("rewritten")
    assert not described(synced, late).startswith("rewritten")
    synced.world.unindexed.clear()
    synced.now += timedelta(minutes=10)
    assert synced.sync().changed == 1
    assert described(synced, late).startswith("rewritten")


def test_without_the_search_the_list_is_complete_and_the_run_says_what_is_not(synced: Rig, spare: list[int]) -> None:
    """The membership counts; what changed about the posts comes the next night."""
    old = synced.listing()[13]
    edited(synced.world, old)
    synced.world.favorite("alice", spare[0])
    synced.site.fault(Fault("db_timeout", path="/posts.json", times=None))
    report = next_night(synced)
    assert (report.exit_code, report.outcome, report.added) == (3, RunOutcome.COMPLETE, 1)
    assert synced.favorites() == synced.listing()
    ((outcome, reason),) = synced.rows("SELECT outcome, reason FROM runs ORDER BY id DESC LIMIT 1")
    assert outcome == "complete"
    assert reason.startswith(
        "tags, ratings and sources of older favorites could not be refreshed: The site answered 500"
    )
    synced.site.clear_faults()
    assert next_night(synced).exit_code == 0
    assert described(synced, old).startswith("rewritten")


def test_a_search_that_is_refused_takes_nothing_from_the_list(synced: Rig, spare: list[int]) -> None:
    """What the pages proved is kept, and the run says what is not refreshed."""
    body = '{"success":false,"reason":"Access Denied: This user\'s favorites are hidden"}'
    synced.world.favorite("alice", spare[0])
    synced.site.fault(Fault("status", path="/posts.json", status=403, body=body))
    report = next_night(synced)
    assert (report.exit_code, report.outcome, report.added) == (3, RunOutcome.COMPLETE, 1)
    assert "hidden" in str(report.unrefreshed)
    assert synced.favorites() == synced.listing()


def test_a_site_that_does_not_understand_the_question_refreshes_nothing(synced: Rig) -> None:
    """Other posts than those that were asked for are no answer."""
    ids = ",".join(f'{{"id":{post_id},"tags":{{}},"change_seq":1}}' for post_id in synced.listing()[:3])
    query = {"tags": "fav:alice status:any order:change_asc change:>42"}
    synced.site.fault(Fault("status", path="/posts.json", query=query, status=200, body=f'{{"posts":[{ids}]}}'))
    report = next_night(synced)
    assert (report.exit_code, report.outcome) == (3, RunOutcome.COMPLETE)
    assert "answered with others" in str(report.unrefreshed)


# ---- moves ----


@pytest.mark.parametrize("was_favorite", [False, True])
def test_a_favorite_that_staff_moved_to_its_parent_is_one_move(
    synced: Rig, spare: list[int], *, was_favorite: bool
) -> None:
    """Also when the parent was a favorite before, and stays where it was."""
    child = synced.listing()[15]
    parent = synced.listing()[5] if was_favorite else spare[0]
    synced.world.transfer_favorites(child, parent)
    assert next_night(synced).exit_code == 0
    assert synced.favorites() == synced.listing()
    news = synced.events()[25:]
    assert (child, "removed", "moved_to_parent", parent) in news
    assert len(news) == (1 if was_favorite else 2)
