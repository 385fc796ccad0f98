"""A whole run over HTTP, on both generations of the site: what it learns, writes, sends, and says."""

import json
from pathlib import Path

import pytest

from favsync.app.listener import Observer
from favsync.app.sync.pull import Pull, Pulled
from favsync.app.sync.report import SyncReport
from favsync.model import Action, RunOutcome
from favsync.sandbox import Site
from favsync.site.e621.decoding import read_post
from favsync.store.database import Database
from favsync.store.posts.payloads import load_payloads
from favsync.store.posts.saving import save_posts
from tests.app.checking import codes_in
from tests.app.rig import Rig

ADD, REMOVE = Action.ADD, Action.REMOVE
PAGES = 3


def test_a_first_backup_is_exact_and_costs_its_pages_and_three(rig: Rig) -> None:
    """Promise 1, and the budget of a first backup."""
    report = rig.sync()
    assert report.exit_code == 0
    assert report.outcome is RunOutcome.COMPLETE
    assert rig.favorites() == rig.listing()
    assert (report.total, report.added, report.removed) == (25, 25, 0)
    assert report.requests == len(rig.site.log) == PAGES + 3
    assert {(kind, reason) for _, kind, reason, _ in rig.events()} == {("added", "listed")}
    assert [post_id for post_id, *_ in rig.events()] == list(reversed(rig.listing()))


def test_nothing_changed_changes_nothing(synced: Rig) -> None:
    """A second run writes its own row and no other."""
    before = synced.dump()
    report = synced.sync()
    assert (report.added, report.removed, report.moved, report.changed) == (0, 0, 0, 0)
    assert synced.dump() == before


def test_every_row_of_a_pull_belongs_to_its_run(rig: Rig) -> None:
    """Posts, favorites and events name the run that wrote them; the run keeps the evidence."""
    run_id = rig.sync().run_id
    for table in ("posts", "favorites", "favorite_events"):
        assert rig.rows(f"SELECT DISTINCT run_id FROM {table}") == [(run_id,)]  # noqa: S608 - names of our own
    ((evidence, outcome, added),) = rig.rows("SELECT evidence, outcome, added FROM runs")
    assert (outcome, added) == ("complete", 25)
    assert json.loads(evidence)["count_before"] == json.loads(evidence)["listed"] == 25


def test_each_kind_of_change_is_told_apart(synced: Rig, spare: list[int]) -> None:
    """New, unfavorited, destroyed, moved to the parent, removed and added again: each its own event."""
    world, listing = synced.world, synced.listing()
    unfavorited, destroyed, child, again = listing[3], listing[12], listing[15], listing[20]
    new, parent = spare[0], spare[1]
    world.unfavorite("alice", unfavorited)
    world.destroy_post(destroyed)
    world.set_parent(child, parent)
    world.transfer_favorites(child, parent)
    world.delete_post(child, reason="duplicate", parent_id=parent)
    world.unfavorite("alice", again)
    world.favorite("alice", again)
    world.favorite("alice", new)
    report = synced.sync()
    assert report.exit_code == 0
    assert synced.favorites() == synced.listing()
    assert (report.added, report.removed, report.moved) == (2, 3, 1)
    assert set(synced.events()[25:]) == {
        (new, "added", "listed", None),
        (parent, "added", "listed", None),
        (unfavorited, "removed", "unfavorited", None),
        (destroyed, "removed", "destroyed", None),
        (child, "removed", "moved_to_parent", parent),
        (again, "removed", "added_again", None),
        (again, "added", "added_again", None),
    }
    assert synced.rows("SELECT id FROM posts WHERE is_destroyed") == [(destroyed,)]
    assert report.requests <= PAGES + 4 + 1 + 1  # the destroyed one is asked about alone


def test_removed_is_not_deleted(synced: Rig) -> None:
    """Promise 4: the post, its tags and its payload stay."""
    gone = synced.listing()[0]
    kept = "SELECT tag_id, data FROM payloads JOIN post_tags USING (post_id) WHERE post_id = ?"
    before = synced.rows(kept, gone)
    synced.world.destroy_post(gone)
    synced.sync()
    assert gone not in synced.favorites()
    assert synced.rows(kept, gone) == before
    assert before


def test_a_changed_post_is_counted_and_kept(synced: Rig) -> None:
    """Content that changed is written; votes alone are not content."""
    listing = synced.listing()
    synced.world.edit_post(listing[2], description="rewritten")
    report = synced.sync()
    assert report.changed == 1
    assert synced.rows("SELECT description FROM posts WHERE id = ?", listing[2]) == [("rewritten",)]


def test_a_post_that_makes_no_sense_is_reported_and_kept(rig: Rig) -> None:
    """It has its place in the list and its payload; the run says so and goes on."""
    odd = rig.listing()[4]
    rig.world.edit_post(odd, rating=["?"], score="many")
    report = rig.sync()
    assert report.exit_code == 0
    assert rig.favorites() == rig.listing()
    assert any(str(odd) in notice for notice in report.notices)
    assert rig.rows("SELECT problem IS NOT NULL FROM posts WHERE id = ?", odd) == [(1,)]


def test_a_known_post_that_comes_back_partly_readable_stops_no_sync(synced: Rig) -> None:
    """One field makes no sense and a whole category of its tags is not there any more: the rest is taken over."""
    post_id = synced.listing()[3]
    tags = synced.world.posts[post_id].tags
    assert isinstance(tags, dict)
    fewer = {category: names for category, names in tags.items() if category != "artist"}
    synced.world.edit_post(post_id, rating=7, tags={**fewer, "general": [*tags["general"], "quite_new"]})
    for _ in range(2):
        report = synced.sync(full=True)
        assert report.exit_code == 0
        assert report.notices == (f"post {post_id}: rating: expected str, got int",)
    rows = synced.rows("SELECT name FROM post_tags JOIN tags ON tags.id = tag_id WHERE post_id = ?", post_id)
    kept = {name for names in tags.values() for name in names}
    assert {name for (name,) in rows} == kept | {"quite_new"}
    # The words were taken out of the index as they were put into it.
    synced.rows("INSERT INTO posts_fts (posts_fts, rank) VALUES ('integrity-check', 1)")


def test_queued_changes_are_applied_before_the_list_is_read(synced: Rig, spare: list[int]) -> None:
    """Each queued change ends as the site answers it, and the same run's pull finds the list as the push left it."""
    listing = synced.listing()
    synced.queue((ADD, spare[0]), (ADD, listing[3]), (ADD, 999_999), (REMOVE, listing[5]), (REMOVE, 999_998))
    report = synced.sync()
    ended = {post_id: (o.state.value, o.outcome and o.outcome.value) for post_id, o in synced.operations().items()}
    assert ended == {
        spare[0]: ("done", "applied"),
        listing[3]: ("done", "already"),
        999_999: ("failed", "refused"),
        listing[5]: ("done", "applied"),
        999_998: ("done", ended[999_998][1]),
    }
    assert synced.operations()[999_999].reason == "the site has no post 999999"
    assert synced.favorites() == synced.listing()
    assert synced.events()[25:] == [
        (listing[5], "removed", "pushed", None),
        (spare[0], "added", "pushed", None),
    ]
    assert (report.pushed.failed, report.pushed.pending) == (1, 0)
    assert report.exit_code == 3


def test_only_the_push_or_only_the_pull(synced: Rig, spare: list[int]) -> None:
    """--push-only reads no page; --pull-only leaves the queue alone."""
    synced.queue((ADD, spare[0]))
    pulled = synced.sync(push=False)
    assert pulled.exit_code == 3
    assert not synced.site.requests(method="POST")
    assert synced.operations()[spare[0]].state.value == "pending"
    synced.site.clear_log()
    pushed = synced.sync(pull=False)
    assert pushed.exit_code == 0
    assert synced.operations()[spare[0]].state.value == "done"
    assert not synced.site.requests(method="GET", path="/favorites.json")
    assert spare[0] not in synced.favorites()
    assert synced.sync().exit_code == 0
    assert synced.events()[-1] == (spare[0], "added", "pushed", None)


def test_a_refused_push_leaves_the_queue_and_the_backup_goes_on(synced: Rig, spare: list[int]) -> None:
    """403 on writes: the pull still runs, and the exit code tells of the refusal."""
    synced.queue((ADD, spare[0]), (ADD, spare[1]))
    synced.world.lockdown = True
    synced.world.favorite("alice", spare[2])
    report = synced.sync()
    assert report.exit_code == 4
    assert {operation.state.value for operation in synced.operations().values()} == {"pending"}
    assert len(synced.site.requests(method="POST")) == 1
    assert synced.favorites() == synced.listing()
    assert report.outcome is RunOutcome.COMPLETE


def test_a_wrong_key_stops_everything(synced: Rig, spare: list[int]) -> None:
    """401: nothing is pushed, nothing read, nothing concluded."""
    synced.queue((ADD, spare[0]))
    synced.world.set_api_key("alice", "another")
    synced.world.flush("alice")
    before = synced.dump()
    report = synced.sync()
    assert report.exit_code == 4
    assert report.outcome is RunOutcome.FAILED
    assert synced.dump() == before
    assert not synced.site.requests(method="POST")


def test_at_the_limit_removes_make_room(synced: Rig, spare: list[int]) -> None:
    """At the limit the site says the same of favorites and of others: they are told apart by asking."""
    listing = synced.listing()
    synced.world.set_limit("alice", 25)
    synced.queue((ADD, spare[0]), (ADD, listing[2]), (ADD, spare[1]), (REMOVE, listing[7]))
    report = synced.sync()
    ended = {post_id: operation.state.value for post_id, operation in synced.operations().items()}
    if synced.world.generation == "current":
        assert ended == {spare[0]: "done", listing[2]: "done", spare[1]: "failed", listing[7]: "done"}
        assert "limit of 25" in str(synced.operations()[spare[1]].reason)
        assert report.exit_code == 3
    assert synced.favorites() == synced.listing()


def test_a_transfer_under_way_is_asked_for_again(synced: Rig, spare: list[int]) -> None:
    """423 comes back at the end of the push; when it still holds, the queued change waits for the next sync."""
    synced.world.transferring_for[spare[0]] = 1
    synced.world.transferring.add(spare[1])
    synced.queue((ADD, spare[0]), (ADD, spare[1]), (ADD, spare[2]))
    report = synced.sync()
    ended = {post_id: operation.state.value for post_id, operation in synced.operations().items()}
    assert ended == {spare[0]: "done", spare[1]: "pending", spare[2]: "done"}
    assert [entry.post_id for entry in synced.site.requests(method="POST")][:3] == spare[:3]
    assert report.exit_code == 3
    assert any("tried again" in notice for notice in report.notices)
    synced.world.transferring.clear()
    assert synced.sync().exit_code == 0


def test_a_renamed_user_is_said_with_what_to_do(synced: Rig) -> None:
    """The old name gets 401 like a wrong key; the id tells them apart."""
    synced.world.rename("alice", "alicia")
    report = synced.sync()
    assert report.exit_code == 4
    assert report.error is not None
    assert "alicia" in report.error.message
    assert "favsync account login alice" in report.error.message


def test_too_many_removals_wait_for_a_word(synced: Rig, spare: list[int]) -> None:
    """The guard: what is new is kept, nothing is removed, the exit code is 6; accepted, it goes through."""
    for post_id in synced.listing()[5:15]:
        synced.world.unfavorite("alice", post_id)
    synced.world.favorite("alice", spare[0])
    report = synced.sync(allowed_removals=lambda _of: 9)
    assert report.exit_code == 6
    assert report.outcome is RunOutcome.REFUSED
    assert len(synced.favorites()) == 26
    assert synced.favorites()[0] == spare[0]
    assert not [event for event in synced.events() if event[1] == "removed"]
    assert synced.sync(allowed_removals=lambda _of: 10).exit_code == 0
    assert synced.favorites() == synced.listing()


def test_a_drifted_counter_costs_a_search_once(synced: Rig) -> None:
    """Both scans agree against the counter: the difference is remembered."""
    synced.world.drift("alice", 2)
    first = synced.sync()
    assert first.exit_code == 0
    assert synced.account().count_drift == 2
    synced.site.clear_log()
    assert synced.sync().exit_code == 0
    assert not synced.searches()


def test_a_public_list_is_read_without_a_key_and_believed_the_second_time(site: Site, tmp_path: Path) -> None:
    """One complete scan without it marks a favorite, the second removes it; a destroyed one goes at once."""
    rig = Rig(site, tmp_path / "favsync.db", public=True)
    assert rig.sync().exit_code == 0
    assert rig.favorites() == rig.listing()
    assert not any(entry.has_authorization for entry in site.log)
    gone, destroyed = rig.listing()[4], rig.listing()[7]
    rig.world.unfavorite("alice", gone)
    rig.world.destroy_post(destroyed)
    first = rig.sync()
    assert (first.exit_code, first.removed) == (0, 1)
    assert gone in rig.favorites()
    second = rig.sync()
    assert (second.exit_code, second.removed) == (0, 1)
    assert rig.favorites() == rig.listing()
    assert [event for event in rig.events() if event[1] == "removed"] == [
        (destroyed, "removed", "destroyed", None),
        (gone, "removed", "unlisted", None),
    ]


def test_a_public_list_that_hides_some_of_its_favorites_loses_none(site: Site, tmp_path: Path) -> None:
    """A content filter, in the list and in the search: the count still knows of them."""
    rig = Rig(site, tmp_path / "favsync.db", public=True)
    rig.sync()
    hidden = set(rig.listing()[10:13])
    rig.world.filtered = rig.world.unindexed = hidden
    for _ in range(3):
        assert rig.sync().exit_code == 0
        assert rig.favorites() == rig.listing()
    rig.world.filtered = rig.world.unindexed = set()
    assert rig.sync().exit_code == 0
    assert not [event for event in rig.events() if event[1] == "removed"]


def test_a_favorite_of_a_public_list_that_comes_back_is_as_before(site: Site, tmp_path: Path) -> None:
    """Missing once, then seen again: the mark goes, and the next absence counts again."""
    rig = Rig(site, tmp_path / "favsync.db", public=True)
    rig.sync()
    post_id = rig.listing()[4]
    rig.world.unfavorite("alice", post_id)
    rig.sync()
    rig.world.favorite("alice", post_id)
    rig.sync()
    assert rig.favorites() == rig.listing()
    rig.world.unfavorite("alice", post_id)
    rig.sync()
    assert post_id in rig.favorites()


@pytest.mark.parametrize("pushed", [False, True])
def test_a_dry_run_plans_what_the_real_run_does_and_writes_nothing(
    synced: Rig, spare: list[int], *, pushed: bool
) -> None:
    """Promise 7: the same plan, and neither the database nor the site knows of it."""
    listing = synced.listing()
    synced.world.unfavorite("alice", listing[3])
    synced.world.destroy_post(listing[11])
    synced.world.favorite("alice", spare[0])
    if pushed:
        synced.queue((ADD, spare[1]), (REMOVE, listing[0]))
    before, there = synced.path.read_bytes(), synced.listing()
    dry = synced.sync(dry_run=True)
    assert synced.path.read_bytes() == before
    assert not synced.path.with_name("favsync.db-wal").exists()
    assert synced.listing() == there
    assert {entry.method for entry in synced.site.log} == {"GET"}
    assert (dry.run_id, dry.exit_code) == (None, 0)
    real = synced.sync()
    assert dry.plan is not None
    assert real.plan is not None
    if pushed:
        assert [change.post_id for change in dry.pending] == [spare[1], listing[0]]
        assert {new.post_id for new in real.plan.added} - {new.post_id for new in dry.plan.added} == {spare[1]}
        assert set(real.plan.removed) - set(dry.plan.removed) == {
            gone for gone in real.plan.removed if gone.reason == "pushed"
        }
    else:
        assert real.plan == dry.plan
    assert len(synced.events()) == 25 + real.added + real.removed


class Counting(Observer):
    """An observer that remembers what it was told."""

    def __init__(self) -> None:
        self.reported: list[tuple[str, int, int | None]] = []

    def pushing(self, done: int, total: int) -> None:
        self.reported.append(("pushing", done, total))

    def reading(self, seen: int, expected: int | None) -> None:
        self.reported.append(("reading", seen, expected))


def test_progress_goes_up_to_the_whole_and_no_further(synced: Rig, spare: list[int]) -> None:
    """What is read a second time does not count a second time."""
    synced.queue((ADD, spare[0]), (REMOVE, spare[1]))
    observer = Counting()
    synced.sync(observer=observer, full=True)
    pushing = [(done, total) for what, done, total in observer.reported if what == "pushing"]
    reading = [(seen, expected) for what, seen, expected in observer.reported if what == "reading"]
    assert pushing[-1] == (2, 2)
    assert pushing == sorted(pushing)
    assert reading[-1] == (26, 26)
    assert [seen for seen, _ in reading] == [10, 20, 26, 26]


class Interrupting(Observer):
    """An observer in whose time a person presses Ctrl-C."""

    def pushing(self, done: int, total: int) -> None:
        raise KeyboardInterrupt

    def reading(self, seen: int, expected: int | None) -> None:
        raise KeyboardInterrupt


def test_an_interrupt_is_written_down_and_passed_on(synced: Rig) -> None:
    """Ctrl-C in the middle of a run: the run ends as incomplete, nothing is removed, and the next one is whole."""
    gone = synced.listing()[1]
    synced.world.unfavorite("alice", gone)
    with pytest.raises(KeyboardInterrupt):
        synced.sync(observer=Interrupting())
    ((outcome, reason),) = synced.rows("SELECT outcome, reason FROM runs ORDER BY id DESC LIMIT 1")
    assert (outcome, reason) == ("incomplete", "interrupted")
    assert gone in synced.favorites()
    assert synced.sync().exit_code == 0
    assert synced.favorites() == synced.listing()


def test_an_interrupt_after_the_end_changes_nothing(rig: Rig, monkeypatch: pytest.MonkeyPatch) -> None:
    """Ctrl-C between the last commit and the report: what was saved as complete stays complete."""
    save = Pull.save

    def save_then_interrupt(pull: Pull, pulled: Pulled, report: SyncReport) -> None:
        save(pull, pulled, report)
        raise KeyboardInterrupt

    monkeypatch.setattr(Pull, "save", save_then_interrupt)
    with pytest.raises(KeyboardInterrupt):
        rig.sync()
    assert rig.favorites() == rig.listing()
    assert rig.rows("SELECT outcome, reason, total, added FROM runs") == [("complete", None, 25, 25)]


def test_what_opens_a_deleted_file_is_never_kept(rig: Rig) -> None:
    """Staff are given URLs with a secret in them: none is in the database, and another one tomorrow changes nothing."""
    rig.world.user("alice").staff = True
    for post_id in rig.listing()[:3]:
        rig.world.delete_post(post_id)
    assert rig.sync().exit_code == 0
    assert rig.rows("SELECT count(*) FROM posts WHERE file_url LIKE '%/deleted/%'") == [(3,)]
    with Database.open_existing(rig.path) as database, database.read() as conn:
        payloads = load_payloads(conn, rig.listing()[:3])
    assert all(
        b"/deleted/" in payload and b"?" not in payload.partition(b'"score"')[0] for payload in payloads.values()
    )
    for path in (rig.path, rig.path.with_name(f"{rig.path.name}-wal")):
        assert not path.exists() or b"auth=" not in path.read_bytes()
    assert codes_in(rig.path) == set()


@pytest.mark.parametrize("generation", ["current"])
def test_a_secret_that_an_earlier_favsync_kept_goes_with_the_next_answer(synced: Rig) -> None:
    """A check finds nothing wrong with such rows: the columns follow from the payload, as they always did."""
    post_id = synced.listing()[0]
    with Database.open_existing(synced.path) as database, database.write() as conn:
        (payload,) = load_payloads(conn, [post_id]).values()
        url = json.loads(payload)["file"]["url"].encode()
        old = read_post(payload.replace(url, url + b"?auth=c0ffee"), signed_in=True)
        save_posts(conn, [old], run_id=1, at="2024-01-02T03:00:00.000Z")
    secret = "SELECT count(*) FROM posts WHERE file_url LIKE '%auth=%'"
    assert synced.rows(secret) == [(1,)]
    assert codes_in(synced.path) == set()
    assert synced.sync(full=True).exit_code == 0
    assert synced.rows(secret) == [(0,)]
    with Database.open_existing(synced.path) as database, database.read() as conn:
        assert load_payloads(conn, [post_id]) == {post_id: payload}
