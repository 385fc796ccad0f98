"""`favsync sync` and `favsync diff` as a person and a script meet them: lines, JSON, exit codes, one run at a time."""

import json
import os
import shlex
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from favsync.app.sync.lock import RunLock
from favsync.config.keys import KeyStore
from favsync.sandbox import Fault, Site, World
from tests.cli.conftest import KEY, Favsync
from tests.cli.terminal import at_a_terminal

RUN_KEYS = [
    "account",
    "run_id",
    "kind",
    "outcome",
    "requests",
    "pages_read",
    "total",
    "added",
    "removed",
    "moved",
    "changed",
    "pushed",
]


@pytest.fixture
def spare(world: World) -> list[int]:
    """Posts that are nobody's favorite."""
    return world.add_posts(4, tags_per_post=3)


def test_a_sync_ends_with_one_line(alice: Favsync) -> None:
    """The line goes to stdout, and there is nothing else: no progress in a pipe."""
    outcome = alice("sync")
    assert outcome.code == 0
    assert outcome.out == "alice: 5 favorites, 5 new, 0 removed; queue: 0 applied, 0 pending\n"
    assert outcome.err == ""


def test_the_line_tells_what_came_went_and_was_sent(alice: Favsync, world: World, spare: list[int]) -> None:
    """A favorite that moved to its parent is one that is gone and says so."""
    alice("sync")
    child = world.listing("alice")[2]
    world.set_parent(child, spare[0])
    world.transfer_favorites(child, spare[0])
    world.delete_post(child, reason="duplicate", parent_id=spare[0])
    world.unfavorite("alice", world.listing("alice")[4])
    alice("add", str(spare[1]), str(spare[2]), "424242")
    outcome = alice("sync")
    assert outcome.code == 3
    assert outcome.out == (
        "alice: 6 favorites, 3 new, 2 removed (1 moved to its parent); queue: 2 applied, 1 refused, 0 pending\n"
    )
    assert outcome.err == "favsync: warning: alice: post 424242 was not added: the site has no post 424242\n"


def test_sync_as_json(alice: Favsync, spare: list[int]) -> None:
    """A list with one object an account, in the shape that scripts rely on, and nothing else on stdout."""
    alice("add", str(spare[0]))
    outcome = alice("sync", "--json")
    (run,) = json.loads(outcome.out)
    assert list(run) == RUN_KEYS
    assert run | {"requests": 0} == {
        "account": "alice",
        "run_id": 1,
        "kind": "full",
        "outcome": "complete",
        "requests": 0,
        "pages_read": 3,
        "total": 6,
        "added": 6,
        "removed": 0,
        "moved": 0,
        "changed": 0,
        "pushed": {"applied": 1, "already": 0, "failed": 0, "pending": 0},
    }


def test_diff_shows_the_plan_and_the_sync_carries_it_out(
    alice: Favsync, world: World, site: Site, spare: list[int]
) -> None:
    """Promise 7, from the outside: the same changes, nothing written by diff, newest first."""
    alice("sync")
    listing = world.listing("alice")
    world.unfavorite("alice", listing[1])
    world.destroy_post(listing[3])
    world.favorite("alice", spare[0])
    world.favorite("alice", spare[1])
    alice("add", str(spare[2]))
    alice("add", str(spare[3]))
    alice("remove", str(listing[0]))
    site.clear_log()
    before = alice.database.read_bytes()
    outcome = alice("diff", "--json")
    assert outcome.code == 0
    assert json.loads(outcome.out) == {
        "added": [spare[1], spare[0]],
        "removed": [
            {"post_id": listing[1], "reason": "unfavorited", "related_post_id": None},
            {"post_id": listing[3], "reason": "destroyed", "related_post_id": None},
        ],
        "queued": {"add": [spare[3], spare[2]], "remove": [listing[0]]},
    }
    words = alice("diff", "alice")
    assert words.out.splitlines() == [
        f"+ {spare[1]}  new on the site",
        f"+ {spare[0]}  new on the site",
        f"- {listing[1]}  no longer a favorite on the site",
        f"- {listing[3]}  destroyed on the site",
        f"> {listing[0]}  queued to be removed",
        f"> {spare[3]}  queued to be added",
        f"> {spare[2]}  queued to be added",
        "alice: 5 favorites, 2 new, 2 removed; queue: 3 pending",
    ]
    assert alice("sync", "--dry-run").out == words.out
    assert alice.database.read_bytes() == before
    assert {entry.method for entry in site.log} == {"GET"}
    (run,) = json.loads(alice("sync", "--json").out)
    assert (run["added"], run["removed"]) == (4, 3)


def test_nothing_to_do_is_one_line(alice: Favsync) -> None:
    """A diff without differences says that there are none."""
    alice("sync")
    assert alice("diff").out == "alice: 5 favorites, 0 new, 0 removed; queue: 0 pending\n"


def test_a_long_plan_is_cut_at_a_terminal_and_whole_in_a_pipe(alice: Favsync, world: World) -> None:
    """Nobody reads a hundred lines; a pipe wants them all."""
    world.favorite_many("alice", world.add_posts(95, tags_per_post=3))
    assert len(alice("diff").out.splitlines()) == 101
    _, shown = at_a_terminal(alice, "diff")
    assert "… and 60 more: favsync diff --json has them all" in shown
    assert shown.count("new on the site") == 40


def test_progress_is_drawn_on_a_terminal_only(alice: Favsync) -> None:
    """With a rate and the time left while it runs; afterwards only the line is left."""
    _, shown = at_a_terminal(alice, "sync")
    assert "reading" in shown
    assert "alice: 5 favorites" in shown
    _, quiet = at_a_terminal(alice, "-q", "sync")
    assert "reading" not in quiet


def test_push_only_and_pull_only_exclude_each_other(alice: Favsync, site: Site) -> None:
    """A usage error, before anything is asked."""
    outcome = alice("sync", "--push-only", "--pull-only")
    assert outcome.code == 2
    assert "cannot be combined" in outcome.err
    assert not site.log


def test_push_only_reads_no_list(alice: Favsync, site: Site, spare: list[int]) -> None:
    """Only the queue goes out."""
    alice("add", str(spare[0]))
    outcome = alice("sync", "--push-only")
    assert outcome.out == "alice: 0 favorites; queue: 1 applied, 0 pending\n"
    assert [entry.method for entry in site.log] == ["GET", "POST"]


def test_pull_only_leaves_the_queue(alice: Favsync, site: Site, spare: list[int]) -> None:
    """What waits makes the exit code 3."""
    alice("add", str(spare[0]))
    outcome = alice("sync", "--pull-only")
    assert outcome.code == 3
    assert outcome.out == "alice: 5 favorites, 5 new, 0 removed; queue: 0 applied, 1 pending\n"
    assert {entry.method for entry in site.log} == {"GET"}


def add_bob(favsync: Favsync, site: Site) -> None:
    arguments = ["account", "add", "bob", "--site", site.url, "--username", "bob", "--api-key-stdin"]
    assert favsync(*arguments, stdin="invented0key2").code == 0


def test_without_a_name_every_account_is_synced(alice: Favsync, site: Site, world: World) -> None:
    """One after the other, a line each; one that fails does not keep the other from it."""
    add_bob(alice, site)
    assert alice("sync").out.splitlines() == [
        "alice: 5 favorites, 5 new, 0 removed; queue: 0 applied, 0 pending",
        "bob: 0 favorites, 0 new, 0 removed; queue: 0 applied, 0 pending",
    ]
    world.set_api_key("alice", "another0key")
    world.favorite_many("bob", world.listing("alice"))
    outcome = alice("sync")
    assert outcome.code == 4
    assert outcome.out.splitlines() == [
        "alice: 5 favorites; queue: 0 applied, 0 pending (failed)",
        "bob: 5 favorites, 5 new, 0 removed; queue: 0 applied, 0 pending",
    ]
    assert "alice: The site refused the login of 'alice'" in outcome.err
    assert [run["account"] for run in json.loads(alice("sync", "bob", "--json").out)] == ["bob"]


def test_a_diff_needs_one_account(alice: Favsync, site: Site) -> None:
    """With several, it has to be named."""
    add_bob(alice, site)
    outcome = alice("diff")
    assert outcome.code == 2
    assert "favsync diff NAME" in outcome.err
    assert alice("diff", "bob").code == 0
    assert alice("diff", "carol").code == 2


def test_an_account_without_its_key_is_said_and_the_others_are_synced(alice: Favsync, site: Site) -> None:
    """A key that is gone is no reason to miss the other backup."""
    add_bob(alice, site)
    KeyStore(alice.key_file, keyring_allowed=False).delete_key("alice", site.url)
    outcome = alice("sync", "--json")
    assert outcome.code == 2
    runs: list[dict[str, Any]] = json.loads(outcome.out)
    assert [(run["account"], run["run_id"], run["outcome"]) for run in runs] == [
        ("alice", None, "failed"),
        ("bob", 1, "complete"),
    ]
    assert "alice" in outcome.err


def test_another_run_is_waited_for_by_nobody(alice: Favsync, site: Site) -> None:
    """Exit code 7 with the process that holds the lock, for all that reads the list; the rest goes on meanwhile."""
    with RunLock(alice.database):
        for command in (["sync"], ["sync", "--dry-run"], ["diff"]):
            outcome = alice.process(*command)
            assert (outcome.code, outcome.out) == (7, ""), command
            assert f"(process {os.getpid()})" in outcome.err
        assert not site.log
        assert alice("status").code == 0
        assert alice("add", "3").code == 0
        assert alice("queue", "list").code == 0
        assert alice("queue", "cancel", "1").code == 0
    for command in (["diff"], ["sync", "--dry-run"], ["sync"]):
        assert alice(*command).code == 0, command


def test_the_guard_stops_with_advice(alice: Favsync, world: World) -> None:
    """More gone than one run may believe: exit 6, nothing removed, and the way on is said."""
    world.favorite_many("alice", world.add_posts(95, tags_per_post=3))
    alice("sync")
    world.flush("alice")
    outcome = alice("sync")
    assert outcome.code == 6
    assert outcome.out == "alice: 100 favorites, 0 new, 0 removed; queue: 0 applied, 0 pending (stopped by a guard)\n"
    assert "--accept-removals" in outcome.err
    assert alice("sync", "--dry-run").code == 6
    accepted = alice("sync", "--accept-removals")
    assert accepted.code == 0
    assert accepted.out.startswith("alice: 0 favorites, 0 new, 100 removed")


def unreachable(site: Site) -> None:
    site.stop()


def ordered(fault: Fault) -> Callable[[Site], None]:
    return lambda site: site.fault(fault)


@pytest.mark.parametrize(
    ("trouble", "code", "words"),
    [
        (unreachable, 5, "cannot be reached"),
        (ordered(Fault("html", status=503, times=None)), 5, "503"),
        (ordered(Fault("html", times=None)), 5, "web page"),
        (ordered(Fault("redirect", location="https://other.example/x", times=None)), 5, "other.example"),
        (ordered(Fault("wrong_shape", times=None)), 5, ""),
        (lambda site: site.world.set_api_key("alice", "another0key"), 4, "refused the login"),
        (lambda site: site.world.rename("alice", "alicia"), 4, "favsync account login alice"),
    ],
)
def test_what_goes_wrong_on_the_way_is_said_and_changes_nothing(
    alice: Favsync, site: Site, trouble: Callable[[Site], None], code: int, words: str
) -> None:
    """One sentence on stderr that names the account, the documented exit code, and the list as it was."""
    alice("sync")
    before = json.loads(alice("status", "--json").out)["accounts"][0]["favorites"]
    trouble(site)
    outcome = alice("sync")
    assert outcome.code == code
    assert outcome.err.startswith("favsync: alice: ")
    assert words in outcome.err
    assert "(failed)" in outcome.out
    assert json.loads(alice("status", "--json").out)["accounts"][0]["favorites"] == before


def test_a_list_that_could_not_be_read_to_its_end_says_so(alice: Favsync, site: Site) -> None:
    """What is new was kept, nothing was removed; the next sync goes on."""
    site.world.page_size = 3
    site.fault(Fault("db_timeout", path="/favorites.json", query={"page": "2"}, times=None))
    outcome = alice("sync")
    site.clear_faults()
    assert outcome.code == 5
    assert "(not complete)" in outcome.out
    assert outcome.out.startswith("alice: 3 favorites, 3 new")
    assert alice("status").out.count("incomplete") == 1
    assert alice("sync").code == 0


def test_a_hidden_public_list_is_no_empty_one(favsync: Favsync, site: Site, world: World) -> None:
    """A list that was public and is hidden now: exit 4, and the copy stays whole."""
    world.set_hidden("hidden", False)
    added = favsync("account", "add", "h", "--site", site.url, "--username", "hidden", "--public")
    assert added.code == 0
    assert favsync("sync").out.startswith("h: 1 favorite, 1 new")
    world.set_hidden("hidden", True)
    outcome = favsync("sync")
    assert outcome.code == 4
    assert "hidden" in outcome.err
    assert outcome.out.startswith("h: 1 favorite;")


def test_a_notice_names_the_account_once(favsync: Favsync, site: Site, world: World) -> None:
    """A public user who has another name now is still read, by the id, and that is said."""
    assert favsync("account", "add", "a", "--site", site.url, "--username", "alice", "--public").code == 0
    world.rename("alice", "alicia")
    outcome = favsync("sync")
    assert outcome.code == 0
    assert outcome.err == "favsync: warning: a: 'alice' is called 'alicia' on the site now\n"


def test_many_notices_are_summed_up(alice: Favsync) -> None:
    """A night in which 25 queued changes are refused is not a mail of a thousand lines."""
    alice("add", *(str(post_id) for post_id in range(900_001, 900_026)))
    outcome = alice("sync")
    assert outcome.code == 3
    lines = outcome.err.splitlines()
    assert len(lines) == 21
    assert lines[-1] == "favsync: warning: alice: and 5 more like these"


def test_text_of_the_site_is_harmless_in_the_plan(alice: Favsync, world: World, tmp_path: Path) -> None:
    """A user that the site calls by control characters does not reach the terminal as such."""
    assert tmp_path
    world.rename("alice", "al\x1b[31mice")
    outcome = alice("sync")
    assert outcome.code == 4
    assert "\x1b" not in outcome.err


def test_a_hidden_pending_post_is_named_once_and_stops_nothing(alice: Favsync, world: World) -> None:
    """It left the list and is shown to nobody: it stays, everything else is done, and the exit code says so."""
    alice("sync")
    hidden, other = world.listing("alice")[1:3]
    for post_id in (hidden, other):
        world.unfavorite("alice", post_id)
    world.hidden_pending.add(hidden)
    outcome = alice("sync")
    assert outcome.code == 3
    assert outcome.out == "alice: 4 favorites, 0 new, 1 removed; queue: 0 applied, 0 pending\n"
    assert outcome.err == (
        f"favsync: warning: alice: post {hidden} stays as it was, and is asked about again next time:"
        " the site does not show it now: “Access Denied: Post unavailable”\n"
    )
    world.hidden_pending.clear()
    assert alice("sync").out.startswith("alice: 3 favorites, 0 new, 1 removed")


PRINTS_WHERE_NO_RUN_IS = """
import fcntl, sys
with open(sys.argv[1], "w") as lock:
    fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
print(sys.argv[2])
"""
"""A key command that fails while the lock of a run is held."""


@pytest.mark.parametrize(
    "command",
    [
        ["sync"],
        ["diff"],
        ["migrate", "alice", "bob", "--dry-run"],
        ["check", "--remote"],
        ["check", "--fix", "--remote"],
    ],
    ids=" ".join,
)
def test_keys_are_read_before_the_lock_is_taken(alice: Favsync, site: Site, command: list[str]) -> None:
    """Somebody may have to unlock something for it, and nobody may be there: no other run has to wait for that."""
    lock = alice.database.with_name(f"{alice.database.name}.lock")
    prints = shlex.join([sys.executable, "-c", PRINTS_WHERE_NO_RUN_IS, str(lock), KEY])
    assert alice("account", "login", "alice", "--api-key-command", prints).code == 0
    added = alice(
        *("account", "add", "bob", "--site", site.url, "--username", "bob", "--api-key-stdin"), stdin="invented0key2"
    )
    assert added.code == 0
    outcome = alice(*command, *(["alice"] if command[0] != "migrate" else []))
    assert outcome.code in (0, 3), outcome.err
    assert "API key command" not in outcome.err
