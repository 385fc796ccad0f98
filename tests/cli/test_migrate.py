"""`favsync migrate`: another account gets what it lacks, oldest first, in slices, within its limit; and a last word."""

import json
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from favsync.sandbox import Exchange, Fault, Site, World
from tests.cli.conftest import KEY, Favsync

BOBS_KEY = "invented0key2"


def keep(favsync: Favsync, site: Site, name: str, key: str | None, *, local: str | None = None) -> None:
    """Add an account, read without a key for None."""
    how = ["--public"] if key is None else ["--api-key-stdin"]
    arguments = ["account", "add", local or name, "--site", site.url, "--username", name, *how]
    assert favsync(*arguments, stdin=key or "").code == 0


@pytest.fixture
def both(alice: Favsync, site: Site, world: World) -> Favsync:
    """alice with five favorites, and bob with one of his own, that is older than all of them here."""
    keep(alice, site, "bob", BOBS_KEY)
    world.favorite_many("bob", world.add_posts(1, tags_per_post=3))
    site.clear_log()
    return alice


def writes(site: Site) -> int:
    return len(site.requests(method="POST", path="/favorites.json")) + len(site.requests(method="DELETE"))


def test_the_list_arrives_in_its_order(both: Favsync, world: World) -> None:
    """The plan is said before, what came of it after; what bob had of his own stays, below."""
    alices, own = world.listing("alice"), world.listing("bob")
    outcome = both("migrate", "alice", "bob")
    assert outcome.code == 0
    assert outcome.err == ""
    assert outcome.out.splitlines() == [
        "alice: 5 favorites, 5 new, 0 removed; queue: 0 applied, 0 pending",
        "bob: 1 favorite, 1 new, 0 removed; queue: 0 applied, 0 pending",
        "alice to bob: 5 to be added, oldest first",
        "bob: there is room for 99,999 more, of at most 100,000 favorites",
        "bob: 6 favorites, 5 new, 0 removed; queue: 5 applied, 0 pending",
        "bob has all 5 favorites of alice, in alice's order: 1 is its own, below the others.",
    ]
    assert world.listing("bob") == [*alices, *own]
    assert world.listing("alice") == alices
    again = both("migrate", "alice", "bob")
    assert again.code == 0
    assert again.out.splitlines()[2] == "alice to bob: 0 to be added, oldest first"


def test_mirrored_it_is_the_same_list(both: Favsync, world: World, site: Site) -> None:
    """What only bob has is named and asked about; without a terminal --yes is the answer."""
    (own,) = world.listing("bob")
    refused = both("migrate", "alice", "bob", "--mirror")
    assert refused.code == 2
    assert "--yes" in refused.err
    assert f"- {own}  only bob has it" in refused.out
    assert writes(site) == 0
    outcome = both("migrate", "alice", "bob", "--mirror", "--yes")
    assert outcome.code == 0
    assert "alice to bob: 5 to be added, oldest first, 1 to be removed" in outcome.out
    assert outcome.out.splitlines()[-1] == "bob's list is alice's: 5 favorites, in the same order."
    assert world.listing("bob") == world.listing("alice")


def test_a_dry_run_shows_it_and_writes_nothing(both: Favsync, world: World, site: Site) -> None:
    """Nothing here and nothing there; the list is the one that a real run would send."""
    both("sync", "--dry-run")  # makes the file of the lock
    before = both.state()
    outcome = both("migrate", "alice", "bob", "--dry-run")
    assert outcome.code == 0
    newest_first = [f"+ {post_id}  to be added" for post_id in world.listing("alice")]
    assert [line for line in outcome.out.splitlines() if line.startswith("+") and "to be added" in line] == newest_first
    assert writes(site) == 0
    assert both.state() == before


def test_the_time_it_takes_is_said(both: Favsync) -> None:
    """At the pace that is set."""
    both.config.parent.mkdir(parents=True, exist_ok=True)
    both.config.write_text("request_interval = 0.001\n")
    both.environ.pop("FAVSYNC_REQUEST_INTERVAL")
    outcome = both("migrate", "alice", "bob", "--dry-run")
    assert "5 to be added, oldest first: 0 seconds at one every 0.001 seconds" in outcome.out


def test_a_slice_ends_with_code_3_and_the_next_goes_on(both: Favsync, world: World) -> None:
    """By number; the order is the same as in one go."""
    first = both("migrate", "alice", "bob", "--limit", "2")
    assert first.code == 3
    assert "alice to bob: 2 to be added, oldest first, 3 left for later" in first.out
    assert first.out.splitlines()[-1] == (
        "bob has 2 of the 5 favorites of alice, in alice's order: 1 is its own, below the others; 3 still to be sent."
    )
    assert first.err == "favsync: warning: bob: 3 changes still to be sent. Run it again to continue.\n"
    assert both("migrate", "alice", "bob", "--limit", "2").code == 3
    assert both("migrate", "alice", "bob", "--limit", "2").code == 0
    assert world.listing("bob")[:5] == world.listing("alice")


def test_a_slice_by_time_sends_nothing_after_it(both: Favsync, site: Site) -> None:
    """The time counts from the start of the command, so one that is over by then sends nothing."""
    outcome = both("migrate", "alice", "bob", "--for", "0.000001s")
    assert outcome.code == 3
    assert writes(site) == 0
    assert "5 changes still to be sent" in outcome.err
    assert both("migrate", "alice", "bob", "--for", "2h").code == 0


@pytest.mark.parametrize("enough", [["--limit", "2"], ["--newest-that-fit"]])
def test_too_little_room_stops_it_before_anything_is_sent(
    both: Favsync, world: World, site: Site, enough: list[str]
) -> None:
    """Exit 6 with what would not fit; then as many as fit, the oldest or the newest, and nothing of bob's is lost."""
    (own,) = world.listing("bob")
    alices = world.listing("alice")
    world.set_limit("bob", 3)
    outcome = both("migrate", "alice", "bob")
    assert outcome.code == 6
    assert outcome.err == (
        "favsync: bob: there is room for 2 more, of at most 3 favorites, and 5 are to be added. Nothing was sent: 3"
        " would not fit. --limit 2 sends the oldest that fit, and --newest-that-fit the newest.\n"
    )
    assert both("migrate", "alice", "bob", "--limit", "3").code == 6
    assert both("migrate", "alice", "bob", "--dry-run").code == 6
    assert writes(site) == 0
    outcome = both("migrate", "alice", "bob", *enough)
    assert outcome.code == (3 if "--limit" in enough else 0)
    assert world.listing("bob") == [*(alices[3:] if "--limit" in enough else alices[:2]), own]
    assert writes(site) == 2
    full = both("migrate", "alice", "bob")
    assert full.code == 6
    assert "Make room first" in full.err


def test_a_limit_that_the_site_did_not_tell_ends_it_with_what_it_is(both: Favsync, world: World, site: Site) -> None:
    """It was lowered in between: what is refused says so, and nothing after it is tried."""
    site.fault(Fault("status", path="/favorites.json", method="POST", skip=2, times=None, status=422, body=LIMIT))
    outcome = both("migrate", "alice", "bob")
    assert outcome.code == 3
    assert "was not added: the account is at its limit of 80,000 favorites" in outcome.err
    assert world.listing("bob")[:2] == world.listing("alice")[3:]
    assert writes(site) == 3


LIMIT = '{"success":false,"reason":"You can only keep up to 80000 favorites."}'


def test_what_is_deferred_holds_up_what_comes_after_it(both: Favsync, world: World, site: Site) -> None:
    """423 to the end of the patience: nothing is skipped, and the next run goes on right there."""
    stuck = world.listing("alice")[2]
    site.fault(Fault("status", path="/favorites.json", method="POST", skip=2, times=None, status=423))
    outcome = both("migrate", "alice", "bob")
    assert outcome.code == 3
    assert f"post {stuck} was not added: the favorites of this post are being moved" in outcome.err
    assert f"--skip {stuck}" in outcome.err
    assert world.listing("bob")[:2] == world.listing("alice")[3:]
    site.clear_faults()
    assert both("migrate", "alice", "bob").code == 0
    assert world.listing("bob")[:5] == world.listing("alice")


def test_one_that_is_left_out_does_not_come_by_way_of_the_queue(both: Favsync, world: World, site: Site) -> None:
    """Its waiting queued change is taken back, and the others arrive."""
    alices = world.listing("alice")
    site.fault(Fault("status", path="/favorites.json", method="POST", skip=2, times=None, status=423))
    assert both("migrate", "alice", "bob").code == 3
    site.clear_faults()
    outcome = both("migrate", "alice", "bob", "--skip", str(alices[2]))
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1].endswith("1 is its own, below the others; 1 left out.")
    assert world.listing("bob")[:4] == [*alices[:2], *alices[3:]]


def test_posts_that_are_gone_are_listed_at_the_end(both: Favsync, world: World, site: Site) -> None:
    """Destroyed between the scan and its turn."""
    alices = world.listing("alice")

    def destroy(exchange: Exchange) -> None:
        if exchange.method == "POST" and not world.is_favorite("bob", alices[4]):
            world.destroy_post(alices[2])

    site.before = destroy
    outcome = both("migrate", "alice", "bob")
    assert outcome.code == 3
    assert f"! {alices[2]}  gone from the site" in outcome.out
    assert outcome.out.splitlines()[-1].endswith("1 is its own, below the others; 1 gone from the site.")
    assert world.listing("bob")[:4] == [*alices[:2], *alices[3:]]


def test_a_site_that_fails_leaves_the_rest_for_the_next_run(both: Favsync, world: World, site: Site) -> None:
    """Exit 5, and nothing skipped."""
    site.fault(Fault("status", path="/favorites.json", method="POST", skip=2, times=None, status=503))
    outcome = both("migrate", "alice", "bob")
    assert outcome.code == 5
    assert world.listing("bob")[:2] == world.listing("alice")[3:]
    site.clear_faults()
    assert both("migrate", "alice", "bob").code == 0
    assert world.listing("bob")[:5] == world.listing("alice")


@pytest.mark.parametrize("name", ["alice", "bob"])
def test_nothing_is_sent_where_a_list_is_not_known(both: Favsync, world: World, site: Site, name: str) -> None:
    """A scan of either that does not complete stops it, with that scan's own code."""
    theirs = {"user_id": str(world.user(name).id)}
    site.fault(Fault("status", path="/favorites.json", method="GET", query=theirs, times=None, status=503))
    outcome = both("migrate", "alice", "bob", "--json")
    assert outcome.code == 5
    assert "Nothing was sent: both lists have to be read first." in outcome.err
    assert json.loads(outcome.out) is None
    assert writes(site) == 0


def test_room_is_counted_as_the_site_counts(both: Favsync, world: World, site: Site) -> None:
    """Its counter has drifted, and its limit holds against that."""
    world.drift("bob", 2)
    world.set_limit("bob", 7)
    outcome = both("migrate", "alice", "bob")
    assert outcome.code == 6
    assert "there is room for 4 more, of at most 7 favorites" in outcome.err
    assert writes(site) == 0
    assert both("migrate", "alice", "bob", "--newest-that-fit").code == 0


def test_a_mirror_that_removes_too_much_is_stopped(both: Favsync, world: World, site: Site) -> None:
    """By max_removals, over the whole of it and not over a slice of it."""
    world.favorite_many("bob", world.add_posts(40, tags_per_post=3))
    outcome = both("migrate", "alice", "bob", "--mirror", "--yes", "--limit", "5")
    assert outcome.code == 6
    assert "--mirror would remove 41 of 41 favorites, more than the 20" in outcome.err
    assert writes(site) == 0
    assert both("migrate", "alice", "bob", "--mirror", "--yes", "--accept-removals").code == 0
    assert world.listing("bob") == world.listing("alice")


def test_why_the_order_is_another_is_said(both: Favsync, world: World) -> None:
    """bob had the newest one before, far below."""
    alices = world.listing("alice")
    world.favorite("bob", alices[0])
    outcome = both("migrate", "alice", "bob")
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1] == (
        "bob has all 5 favorites of alice, but not in alice's order: 1 would have to move, because what bob had before"
        " keeps its place; 1 is its own, below the others."
    )


def test_what_shares_one_time_has_no_order_to_keep(both: Favsync, world: World) -> None:
    """bob's stretch is known to have none: that it stands in another order than alice's is no fault of the move."""
    _, *three, _ = world.listing("alice")
    world.favorite_many("bob", three, at=datetime(2024, 1, 1, tzinfo=UTC))
    assert both("sync", "bob").code == 0
    with closing(sqlite3.connect(both.database)) as connection, connection:
        tied = "UPDATE favorites SET is_tied = 1 WHERE post_id IN (?, ?, ?)"
        assert connection.execute(tied, three).rowcount == 3
    outcome = both("migrate", "alice", "bob")
    assert outcome.code == 0
    assert "among those that share one time, of which the site has no order" in outcome.out.splitlines()[-1]


def test_only_what_a_search_finds(both: Favsync, world: World, site: Site) -> None:
    """In the order of the list, also where the search has another that says which ones its limit leaves in."""
    alices, own = world.listing("alice"), world.listing("bob")
    for post_id in alices:
        world.edit_post(post_id, rating="s" if post_id == alices[0] else "q")
    unknown = both("migrate", "alice", "bob", "--where", "rating:q", "--dry-run")
    assert unknown.code == 0
    assert "alice to bob: 0 to be added" in unknown.out
    assert "5 posts that this dry run has just read are not stored yet" in unknown.err
    chosen = ("migrate", "alice", "bob", "--where", "rating:q order:id limit:3")
    outcome = both(*chosen)
    assert outcome.code == 0
    assert outcome.out.splitlines()[-1] == (
        "bob has all 3 favorites of alice that the search finds, in alice's order: 1 is its own, below the others."
    )
    lowest = sorted(alices[1:])[:3]
    assert world.listing("bob") == [*(post_id for post_id in alices if post_id in lowest), *own]
    assert both(*chosen, "--dry-run").err == ""


def test_a_search_that_finds_nothing_to_move_says_why(both: Favsync) -> None:
    """A tag that no favorite of FROM has is named on stderr."""
    both("sync")
    outcome = both("migrate", "alice", "bob", "--where", "no_such_tag", "--dry-run")
    assert outcome.code == 0
    assert outcome.err.splitlines()[-1] == "Nothing is found: no favorite of alice has the tag no_such_tag."


def test_a_search_that_cannot_be_understood_asks_nobody(both: Favsync, site: Site) -> None:
    """Exit 2 with the place; and a mirror of a part is no mirror."""
    for where, words in (("score:>x", "^"), ("account:bob wolf", "--where does not accept 'account:'")):
        outcome = both("migrate", "alice", "bob", "--where", where)
        assert outcome.code == 2
        assert words in outcome.err
    assert both("migrate", "alice", "bob", "--where", "wolf", "--mirror").code == 2
    assert site.log == []


def test_for_scripts(both: Favsync, world: World) -> None:
    """One object; before it is done, and after."""
    alices = world.listing("alice")
    reported = json.loads(both("migrate", "alice", "bob", "--dry-run", "--json").out)
    assert reported == {
        "from": "alice",
        "to": "bob",
        "dry_run": True,
        "favorites": 5,
        "add": alices[::-1],
        "remove": [],
        "skipped": [],
        "no_room": 0,
        "seconds": 0,
        "favorite_limit": 100_000,
        "room": 99_999,
        "left": 5,
        "result": None,
    }
    reported = json.loads(both("migrate", "alice", "bob", "--limit", "3", "--json").out)
    assert (reported["add"], reported["left"]) == (alices[:1:-1], 2)
    assert reported["result"] == {
        "outcome": "complete",
        "applied": 3,
        "already": 0,
        "gone": [],
        "refused": [],
        "waiting": [],
        "withdrawn": [],
        "same_order": True,
        "same_list": False,
        "missing": 2,
        "own": 1,
        "misplaced": 0,
    }


def test_what_cannot_be_moved_is_said(both: Favsync, site: Site, tmp_path: Path) -> None:
    """To itself, to one that can only be read, from another database: exit 2, and nobody is asked anything."""
    keep(both, site, "alice", KEY, local="alice2")
    keep(both, site, "bob", None, local="bobs-public")
    site.clear_log()
    for source, target, words in (
        ("alice", "alice", "cannot be moved to itself"),
        ("alice", "alice2", "one and the same user"),
        ("alice", "bobs-public", "--public"),
        ("alice", "nobody", "There is no account named 'nobody'"),
        (str(tmp_path / "other.db"), "bob", "favsync restore TO --from"),
        ("alice", "other.db", "favsync restore TO --from"),
    ):
        outcome = both("migrate", source, target)
        assert outcome.code == 2, outcome.err
        assert words in outcome.err
    assert site.log == []


def test_from_a_public_account(both: Favsync, site: Site, world: World) -> None:
    """What can be read can be moved from."""
    world.favorite_many("bob", world.add_posts(3, tags_per_post=3))
    keep(both, site, "bob", None, local="bobs-public")
    assert both("migrate", "bobs-public", "alice").code == 0
    assert world.listing("alice")[:4] == world.listing("bob")


# ---- the queues ----


def queued(favsync: Favsync) -> list[tuple[str, int, str]]:
    """What waits, oldest first."""
    waiting = json.loads(favsync("queue", "list", "--json").out)
    return [
        (change["action"], change["post_id"], change["account"])
        for change in reversed(waiting)
        if change["state"] == "pending"
    ]


def test_what_waits_in_the_queues_is_left_there(both: Favsync, world: World) -> None:
    """But for an add that the plan holds as well: that comes at its turn. Nothing of it makes the move a failure."""
    spare = world.add_posts(2, tags_per_post=3)
    alices, own = world.listing("alice"), world.listing("bob")
    both("add", str(spare[0]), str(alices[1]), "--account", "bob")
    both("remove", str(own[0]), "--account", "bob")
    both("add", str(spare[1]), "--account", "alice")
    reported = json.loads(both("migrate", "alice", "bob", "--dry-run", "--json").out)
    assert reported["add"] == alices[::-1]
    outcome = both("migrate", "alice", "bob")
    assert (outcome.code, outcome.err) == (0, "")
    assert world.listing("bob") == [*alices, *own]
    assert queued(both) == [("add", spare[0], "bob"), ("remove", own[0], "bob"), ("add", spare[1], "alice")]


@pytest.mark.parametrize("when", ["before", "meanwhile"])
def test_a_queued_change_of_the_users_counts_more_than_the_plan(
    both: Favsync, world: World, site: Site, when: str
) -> None:
    """The contrary waits for a post: it is left out, and said; also where it was queued after the plan was made."""
    alices, own = world.listing("alice"), world.listing("bob")

    def change(_exchange: Exchange | None = None) -> None:
        if _exchange is None or (_exchange.method == "POST" and world.is_favorite("bob", alices[4])):
            site.before = None
            assert both("remove", str(alices[1]), "--account", "bob").code == 0

    if when == "before":
        change()
    else:
        site.before = change
    outcome = both("migrate", "alice", "bob")
    assert outcome.code == 0
    assert f"post {alices[1]} was left out, because a change in the queue says otherwise" in outcome.err
    assert outcome.out.splitlines()[-1].endswith("1 is its own, below the others; 1 left out.")
    assert world.listing("bob") == [alices[0], *alices[2:], *own]
    assert queued(both) == [("remove", alices[1], "bob")]


def test_a_mirror_removes_nothing_that_the_user_wants(both: Favsync, world: World) -> None:
    """What he skips, and what he has queued to be added, stays."""
    world.favorite_many("bob", world.add_posts(3, tags_per_post=3))
    newest, middle, oldest, own = world.listing("bob")
    both("add", str(oldest), "--account", "bob")
    outcome = both("migrate", "alice", "bob", "--mirror", "--yes", "--skip", str(middle))
    assert outcome.code == 0
    assert "5 to be added, oldest first, 2 to be removed, 1 left out" not in outcome.out
    assert "3 to be removed, 1 left out" in outcome.out
    assert world.listing("bob") == [*world.listing("alice"), middle, oldest]
    assert not {newest, own} & set(world.listing("bob"))


def test_a_removal_that_was_cut_off_is_not_carried_out_without_being_asked_for(
    both: Favsync, world: World, site: Site
) -> None:
    """It waits in the queue; a move without --mirror leaves it there, and one with it shows it first."""
    (own,) = world.listing("bob")
    site.fault(Fault("status", method="DELETE", times=None, status=423))
    assert both("migrate", "alice", "bob", "--mirror", "--yes").code == 3
    site.clear_faults()
    assert queued(both) == [("remove", own, "bob")]
    assert both("migrate", "alice", "bob", "--mirror").code == 2
    assert both("migrate", "alice", "bob").code == 0
    assert world.is_favorite("bob", own)
    assert both("migrate", "alice", "bob", "--mirror", "--skip", str(own)).code == 0
    assert queued(both) == []
    assert world.is_favorite("bob", own)


def test_what_an_earlier_run_queued_and_is_so_already_is_ended(both: Favsync, world: World) -> None:
    """It was cut off before the site's answer: else it would come true on a later day. Others are the user's own."""
    (own,) = world.listing("bob")
    alices = world.listing("alice")
    gone = world.add_posts(1, tags_per_post=3)[0]
    world.favorite("bob", alices[4])
    both("add", str(alices[4]), str(own), "--account", "bob")
    both("remove", str(gone), "--account", "bob")
    assert both("migrate", "alice", "bob", "--dry-run").code == 0
    assert len(queued(both)) == 3
    assert both("migrate", "alice", "bob").code == 0
    assert queued(both) == [("add", own, "bob"), ("remove", gone, "bob")]
    assert both("migrate", "alice", "bob", "--mirror", "--yes").code == 0
    assert queued(both) == [("add", own, "bob")]
    assert world.listing("bob") == [*alices, own]
    assert both("check").code == 0


# ---- what is left is counted ----


def test_the_queued_change_at_which_the_site_refused_is_still_to_be_sent(both: Favsync, site: Site) -> None:
    """It has not come to an end, although it was sent."""
    site.fault(Fault("status", path="/favorites.json", method="POST", skip=2, times=None, status=403))
    outcome = both("migrate", "alice", "bob", "--json")
    assert outcome.code == 4
    reported = json.loads(outcome.out)
    assert (reported["left"], reported["result"]["applied"]) == (3, 2)


def test_what_there_is_no_room_for_is_counted(both: Favsync, world: World) -> None:
    """In the plan, in the last line, and for scripts."""
    world.set_limit("bob", 3)
    assert json.loads(both("migrate", "alice", "bob", "--newest-that-fit", "--dry-run", "--json").out)["no_room"] == 3
    outcome = both("migrate", "alice", "bob", "--newest-that-fit")
    assert "2 to be added, oldest first, 3 left out for lack of room" in outcome.out
    assert outcome.out.splitlines()[-1].endswith("3 left out for lack of room.")


def test_that_the_order_cannot_become_the_same_is_said_before_anything_is_sent(both: Favsync, world: World) -> None:
    """As for what is lacking and older than what bob has already."""
    world.favorite("bob", world.listing("alice")[0])
    outcome = both("migrate", "alice", "bob", "--dry-run")
    assert "bob: its order cannot become alice's: 1 would have to move" in outcome.out


def test_what_the_first_scan_learned_is_known_to_the_last(both: Favsync, world: World, site: Site) -> None:
    """A counter that has drifted costs a search once, and not twice."""
    assert both("sync").code == 0
    world.drift("bob", 3)
    site.clear_log()
    assert both("migrate", "alice", "bob").code == 0
    searched = [entry for entry in site.log if entry.query.get("tags") == "fav:bob status:any"]
    assert [entry.query.get("page") for entry in searched] == [None, "b6"]


def test_a_move_of_which_only_the_comparison_failed_says_so(both: Favsync, world: World, site: Site) -> None:
    """All was sent; the list could not be read again."""

    def fail(exchange: Exchange) -> None:
        if exchange.method == "POST" and len(world.listing("bob")) == 5:
            site.fault(Fault("status", path="/favorites.json", method="GET", times=None, status=503))

    site.before = fail
    outcome = both("migrate", "alice", "bob")
    assert outcome.code == 5
    assert "everything was sent, but the list could not be read again to compare it" in outcome.err
    assert world.listing("bob")[:5] == world.listing("alice")


def test_an_empty_search_is_no_search(both: Favsync, world: World) -> None:
    """As from a variable of a script that was not set; and one that finds nothing brings nothing."""
    assert both("migrate", "alice", "bob", "--where", " ").code == 2
    assert len(world.listing("bob")) == 1
    both("sync")
    assert both("migrate", "alice", "bob", "--where", "id:0").out.splitlines()[-1] == (
        "There was nothing to add: alice has no favorites that the search finds."
    )


def test_a_hidden_pending_favorite_is_moved_like_any_other(both: Favsync, world: World) -> None:
    """It stands in the list, and can be added: that no search shows it keeps nobody from it."""
    hidden = world.listing("alice")[2]
    world.posts[hidden].pending = True
    world.hidden_pending.add(hidden)
    outcome = both("migrate", "alice", "bob")
    assert (outcome.code, outcome.err) == (0, "")
    assert world.listing("bob")[:5] == world.listing("alice")


def test_a_hidden_post_that_left_a_list_keeps_no_other_from_its_way(both: Favsync, world: World) -> None:
    """What the site does not say is said once; the rest is moved."""
    both("sync")
    hidden = world.listing("alice")[2]
    world.unfavorite("alice", hidden)
    world.hidden_pending.add(hidden)
    outcome = both("migrate", "alice", "bob")
    assert f"alice: post {hidden} stays as it was" in outcome.err
    assert set(world.listing("alice")) <= set(world.listing("bob"))
