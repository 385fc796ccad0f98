"""Whatever the site says of one post among many, in whichever scan: it costs that post, and not the run."""

import json
from datetime import timedelta
from pathlib import Path

import pytest

from favsync.app.sync.report import SyncReport
from favsync.model import Action, RunOutcome
from favsync.sandbox import Fault, Site
from favsync.sandbox.posts import Generation
from tests.app.rig import Rig

THUMBNAIL = {"id": 1, "md5": "0" * 32, "file_ext": "png", "tags": "a b", "is_favorited": False, "flags": ""}

ODD: dict[str, Fault] = {
    "post unavailable": Fault(
        "status", status=403, body='{"success":false,"reason":"Access Denied: Post unavailable"}'
    ),
    "access denied": Fault("status", status=403, body='{"success":false,"reason":"Access Denied"}'),
    "a web page with 403": Fault("html", status=403),
    "a web page with 404": Fault("html", status=404),
    "a challenge": Fault("html"),
    "401": Fault("status", status=401, body='{"success":false,"message":"SessionLoader::AuthenticationFailure"}'),
    "410": Fault("status", status=410, body='{"success":false,"message":"Gone","code":null}'),
    "418": Fault("status", status=418, body='{"success":false,"message":"I am a teapot","code":null}'),
    "a bare 418": Fault("status", status=418, body=""),
    "422": Fault("search_timeout"),
    "423": Fault("status", status=423, body='{"success":false,"message":"later","code":null}'),
    "429": Fault("status", status=429),
    "500": Fault("db_timeout"),
    "the fourth shape of error": Fault("db_down"),
    "503": Fault("html", status=503),
    "520": Fault("html", status=520),
    "a redirect": Fault("redirect", location="https://other.example/posts/1"),
    "an error with 200": Fault("status", status=200, body='{"success":false,"reason":"not found"}'),
    "nothing": Fault("status", status=200, body=""),
    "nothing with 204": Fault("status", status=204, body=""),
    "a list": Fault("status", status=200, body="[]"),
    "null": Fault("status", status=200, body="null"),
    "a number": Fault("status", status=200, body="5"),
    "an object": Fault("wrong_shape"),
    "no post": Fault("status", status=200, body='{"post":null}'),
    "another post": Fault("status", status=200, body='{"post":{"id":999999,"tags":{},"is_favorited":false}}'),
    "a thumbnail": Fault("status", status=200, body=json.dumps(THUMBNAIL)),
    "a body cut short": Fault("cut_body"),
    "half of JSON": Fault("not_json"),
    "a connection that is dropped": Fault("drop_before"),
}


@pytest.fixture
def generation() -> Generation:
    """What is said of one post is the same in both."""
    return "current"


def odd_answer(site: Site, name: str, path: str, *, method: str = "GET") -> None:
    """Answer so whenever this is asked."""
    fault = ODD[name]
    site.fault(
        Fault(
            fault.kind,
            path=path,
            method=method,
            times=None,
            status=fault.status,
            body=fault.body,
            location=fault.location,
        )
    )


def next_night(rig: Rig, *, full: bool = False, dry_run: bool = False) -> SyncReport:
    rig.now += timedelta(days=1)
    return rig.sync(full=full, dry_run=dry_run)


@pytest.mark.slow
@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize("name", ODD)
def test_one_candidate_of_which_the_site_says_nothing_stays(synced: Rig, name: str, *, full: bool) -> None:
    """The others are concluded, it is named once, and it is asked about again the next night."""
    before, gone = synced.favorites(), synced.listing()[4:7]
    hidden = gone[1]
    for post_id in gone:
        synced.world.unfavorite("alice", post_id)
    synced.world.unindexed.add(hidden)  # so that no list of ids has it
    odd_answer(synced.site, name, f"/posts/{hidden}.json")
    plan = next_night(synced, full=full, dry_run=True)
    for report in (next_night(synced, full=full), next_night(synced, full=full)):
        assert (report.exit_code, report.outcome, report.unavailable) == (3, RunOutcome.COMPLETE, (hidden,))
        assert [notice.startswith(f"post {hidden} stays as it was") for notice in report.notices] == [True]
        assert synced.favorites() == [post_id for post_id in before if post_id not in gone or post_id == hidden]
    assert plan.plan is not None
    assert {removal.post_id for removal in plan.plan.removed} == {gone[0], gone[2]}
    assert plan.unavailable == (hidden,)
    synced.site.clear_faults()
    report = next_night(synced, full=full)
    assert (report.exit_code, report.removed, report.notices) == (0, 1, ())
    assert synced.favorites() == synced.listing()


@pytest.mark.parametrize("full", [False, True])
@pytest.mark.parametrize(
    "name", ["post unavailable", "500", "nothing", "a list", "another post", "a web page with 403"]
)
def test_a_list_of_ids_that_is_answered_so_is_asked_one_by_one(synced: Rig, name: str, *, full: bool) -> None:
    """One of them may be what the site fails at; each has a word of its own."""
    gone = synced.listing()[4:7]
    for post_id in gone:
        synced.world.unfavorite("alice", post_id)
    fault = ODD[name]
    order = gone if full else sorted(gone, reverse=True)
    query = {"tags": f"id:{','.join(map(str, order))} status:any"}
    synced.site.fault(Fault(fault.kind, query=query, times=None, status=fault.status, body=fault.body))
    report = next_night(synced, full=full)
    assert [entry.fault for entry in synced.site.log if entry.query.get("tags") == query["tags"]] == [fault.kind]
    if name == "post unavailable":
        assert report.exit_code == 4  # a refusal of the search is one of the account's right
        return
    assert (report.exit_code, report.removed) == (0, 3)
    assert synced.favorites() == synced.listing()


def test_a_site_that_fails_at_one_after_another_is_not_asked_about_all(synced: Rig) -> None:
    """Each costs the time of its retries: after a few, the others wait for the next run."""
    gone = synced.listing()[4:12]
    for post_id in gone:
        synced.world.unfavorite("alice", post_id)
        synced.world.unindexed.add(post_id)
    odd_answer(synced.site, "500", "/posts/*.json")
    report = next_night(synced)
    assert (report.exit_code, report.removed, len(report.unavailable)) == (3, 0, 8)
    assert len([entry for entry in synced.site.log if entry.path.startswith("/posts/")]) == 5


def test_a_site_that_is_down_is_no_trouble_with_a_post(synced: Rig) -> None:
    """Where nothing else is answered either, nothing is proven, as ever."""
    gone = synced.listing()[4]
    synced.world.unfavorite("alice", gone)
    synced.world.unindexed.add(gone)
    odd_answer(synced.site, "500", "/posts/*.json")
    synced.site.fault(Fault("db_timeout", path="/users/*.json", skip=1, times=None))
    report = next_night(synced)
    assert (report.exit_code, report.outcome, report.removed) == (5, RunOutcome.INCOMPLETE, 0)


def test_a_key_that_is_revoked_meanwhile_is_no_trouble_with_a_post(synced: Rig) -> None:
    """The site refuses the login for everything from then on."""
    gone = synced.listing()[4]
    synced.world.unfavorite("alice", gone)
    synced.world.unindexed.add(gone)
    synced.site.before = lambda entry: (
        synced.world.set_api_key("alice", "another-key") if entry.path == f"/posts/{gone}.json" else None
    )
    report = next_night(synced)
    assert (report.exit_code, report.removed) == (4, 0)


# ---- hidden pending posts (docs/site-api.md, "One post") ----


def hide(rig: Rig, *post_ids: int) -> None:
    for post_id in post_ids:
        rig.world.edit_post(post_id)
        rig.world.posts[post_id].pending = True
    rig.world.hidden_pending.update(post_ids)


@pytest.mark.parametrize("full", [False, True])
def test_a_hidden_pending_favorite_is_one_like_any_other(synced: Rig, spare: list[int], *, full: bool) -> None:
    """It stands in the list; also where the count disagrees, so that the search, which lacks it, is read as well."""
    hide(synced, spare[0], synced.listing()[8])
    synced.world.favorite("alice", spare[0])
    for drift in (0, 1, -1):
        synced.world.drift("alice", drift)
        report = next_night(synced, full=full)
        assert (report.exit_code, report.notices, report.removed) == (0, (), 0)
        assert synced.favorites() == synced.listing()


def test_a_hidden_pending_post_that_favsync_removed_is_removed(synced: Rig) -> None:
    """The site answered so when it was asked to remove it; it need not be shown for that."""
    hidden = synced.listing()[8]
    hide(synced, hidden)
    synced.queue((Action.REMOVE, hidden))
    report = next_night(synced)
    assert (report.exit_code, report.removed, report.notices) == (0, 1, ())
    assert synced.events()[-1] == (hidden, "removed", "pushed", None)
    assert synced.favorites() == synced.listing()


def test_a_hidden_pending_post_is_added_like_any_other(synced: Rig, spare: list[int]) -> None:
    """And stands in the list after it."""
    hide(synced, spare[0])
    synced.queue((Action.ADD, spare[0]))
    report = next_night(synced)
    assert (report.exit_code, report.added, report.notices) == (0, 1, ())
    assert synced.events()[-1] == (spare[0], "added", "pushed", None)


def test_a_night_with_a_hidden_post_costs_its_search_and_no_more(synced: Rig) -> None:
    """The list is built on all the same: no night reads everything for it."""
    synced.world.page_size = None
    hidden = synced.listing()[8]
    hide(synced, hidden)
    synced.world.unfavorite("alice", hidden)
    for _ in range(3):
        synced.site.clear_log()
        report = next_night(synced)
        assert (report.exit_code, report.kind.value, report.unavailable) == (3, "incremental", (hidden,))
        assert len(synced.site.log) <= 4 + 1 + 1


def test_what_is_hidden_among_favorites_of_one_time_stays(tmp_path: Path, site: Site) -> None:
    """Where the site has no order, number and word together tell who is gone; without the word nobody is."""
    world = site.world
    tied = world.add_posts(6)
    rig = Rig(site, tmp_path / "tied.db")
    world.clock = lambda: rig.now
    world.favorite_many("alice", tied, at=rig.now - timedelta(days=900))
    for _ in range(3):
        world.tie_salt += 1
        assert next_night(rig, full=True).exit_code == 0
    hide(rig, tied[2])
    for post_id in tied[1:4]:
        world.unfavorite("alice", post_id)
    report = next_night(rig)
    assert (report.exit_code, report.removed, report.unavailable) == (3, 2, (tied[2],))
    world.hidden_pending.clear()
    assert next_night(rig).exit_code == 0
    assert sorted(rig.favorites()) == sorted(rig.listing())


def test_a_public_list_loses_no_hidden_post(site: Site, tmp_path: Path) -> None:
    """Nobody can be asked about it: it stays until it is shown."""
    rig = Rig(site, tmp_path / "public.db", public=True)
    assert rig.sync().exit_code == 0
    hidden, other = rig.listing()[8:10]
    hide(rig, hidden)
    for post_id in (hidden, other):
        rig.world.unfavorite("alice", post_id)
    for _ in range(3):
        report = next_night(rig)
    assert (report.exit_code, report.unavailable) == (3, (hidden,))
    assert set(rig.favorites()) == {*rig.listing(), hidden}
    rig.world.hidden_pending.clear()
    for _ in range(3):
        report = next_night(rig)
    assert report.exit_code == 0
    assert rig.favorites() == rig.listing()


# ---- the push ----


@pytest.mark.slow
@pytest.mark.parametrize("name", ODD)
def test_one_queued_change_that_is_answered_so_stops_no_other(synced: Rig, name: str) -> None:
    """It waits, or is done where the answer says so; the others are applied, and the list is read."""
    first, odd, last = synced.listing()[4:7]
    synced.queue(*((Action.REMOVE, post_id) for post_id in (first, odd, last)))
    odd_answer(synced.site, name, f"/favorites/{odd}.json", method="DELETE")
    report = next_night(synced)
    assert report.outcome is RunOutcome.COMPLETE
    assert report.exit_code in (0, 3)
    states = {post_id: operation.state for post_id, operation in synced.operations().items()}
    assert states[first] == states[last] == "done"
    assert states[odd] == ("done" if name == "nothing with 204" else "pending")
    assert synced.favorites() == synced.listing()


@pytest.mark.parametrize("name", ["access denied", "401"])
def test_the_first_queued_change_that_is_refused_stops_no_other(synced: Rig, name: str) -> None:
    """Nothing was taken before it: the next one shows that the right is there."""
    odd, last = synced.listing()[4:6]
    synced.queue((Action.REMOVE, odd), (Action.REMOVE, last))
    odd_answer(synced.site, name, f"/favorites/{odd}.json", method="DELETE")
    report = next_night(synced)
    assert (report.exit_code, report.outcome, report.removed) == (3, RunOutcome.COMPLETE, 1)
    states = {post_id: operation.state for post_id, operation in synced.operations().items()}
    assert states == {odd: "pending", last: "done"}


@pytest.mark.parametrize("name", ["access denied", "401"])
def test_a_right_to_write_that_is_missing_keeps_the_queue_and_no_list_from_being_read(synced: Rig, name: str) -> None:
    """Two writes show it, the queue stays as it was, and the backup goes on: the exit code tells of the refusal."""
    gone, *wanted = synced.listing()[4:8]
    synced.queue(*((Action.REMOVE, post_id) for post_id in wanted))
    synced.world.unfavorite("alice", gone)
    odd_answer(synced.site, name, "/favorites/*.json", method="DELETE")
    report = next_night(synced)
    assert (report.exit_code, report.outcome, report.removed) == (4, RunOutcome.COMPLETE, 1)
    assert [(operation.state, operation.attempts) for operation in synced.operations().values()] == [("pending", 0)] * 3
    assert len([entry for entry in synced.site.log if entry.method == "DELETE"]) == 2


@pytest.mark.slow
@pytest.mark.parametrize("name", ODD)
def test_one_post_at_the_limit_of_which_the_site_says_nothing_waits(synced: Rig, spare: list[int], name: str) -> None:
    """The others that met the limit are settled by what the site says of them."""
    synced.world.set_limit("alice", 25)
    synced.queue(*((Action.ADD, post_id) for post_id in spare[:3]))
    synced.world.unindexed.add(spare[1])
    odd_answer(synced.site, name, f"/posts/{spare[1]}.json")
    report = next_night(synced)
    assert (report.exit_code, report.outcome) == (3, RunOutcome.COMPLETE)
    states = {post_id: operation.state for post_id, operation in synced.operations().items()}
    assert states == {spare[0]: "failed", spare[1]: "pending", spare[2]: "failed"}
    assert synced.favorites() == synced.listing()
