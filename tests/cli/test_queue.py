"""`favsync add`, `remove` and `queue`: queued changes made offline."""

import io
import json
import os
import sqlite3
import subprocess
import sys
from contextlib import closing
from typing import Any

import pytest

from favsync.sandbox import Site
from tests.cli.conftest import Favsync, Outcome


def queued(favsync: Favsync, *options: str) -> list[dict[str, Any]]:
    """The queue, newest first."""
    outcome = favsync("queue", "list", "--json", *options)
    assert outcome.code == 0, outcome.err
    listed: list[dict[str, Any]] = json.loads(outcome.out)
    return listed


def changes(favsync: Favsync, *options: str) -> list[tuple[str, int, str]]:
    """Action, post and state of each, oldest first."""
    return [(change["action"], change["post_id"], change["state"]) for change in reversed(queued(favsync, *options))]


def fail(favsync: Favsync, post_id: int, reason: str = "There is no such post.") -> None:
    """Let a queued change have failed, as a push would have."""
    with closing(sqlite3.connect(favsync.database)) as database, database:
        database.execute(
            "UPDATE operations SET state = 'failed', outcome = 'refused', reason = ?, attempts = 1 WHERE post_id = ?",
            (reason, post_id),
        )


@pytest.fixture
def two(alice: Favsync, site: Site) -> Favsync:
    """Favsync with a second account, bob."""
    options = ["--site", site.url, "--username", "bob", "--api-key-stdin"]
    assert alice("account", "add", "bob", *options, stdin="invented0key2").code == 0
    site.clear_log()
    return alice


# ---- what is a queued change ----


def test_queued_changes_are_queued_without_the_site(alice: Favsync, site: Site) -> None:
    """Ids and URLs of posts, however browsers show them; the site may be down."""
    site.stop()
    outcome = alice("add", "7", f"{site.url}/posts/8?q=fav", f"{site.url}/post/show/9")
    assert outcome == Outcome(0, "", "alice: 3 posts queued to be added.\n")
    assert alice("remove", "10").err == "alice: 1 post queued to be removed.\n"
    assert changes(alice) == [
        ("add", 7, "pending"),
        ("add", 8, "pending"),
        ("add", 9, "pending"),
        ("remove", 10, "pending"),
    ]
    assert site.log == []


def test_a_change_that_changes_nothing_is_queued_and_said(alice: Favsync) -> None:
    """It may be a slip of the finger, and it may be right: the site is asked only at night."""
    assert "favorite" not in alice("remove", "800").err.replace(
        "favorites", ""
    )  # nothing is known before the first sync
    assert alice("queue", "cancel", "--all").code == 0
    assert alice("sync").code == 0
    assert alice("remove", "1199", "5").err == (
        "alice: 2 posts queued to be removed.\n1199 is not a favorite of alice; queued anyway.\n"
    )
    assert alice("add", "4", "1200").err == (
        "alice: 2 posts queued to be added.\n4 is a favorite of alice already; queued anyway.\n"
    )
    assert ("add", 4, "pending") in changes(alice)
    assert alice("add", "5").err == "alice: 1 post queued to be added.\n"  # it takes the removal back


MANY = """
import os, sys
import favsync.cli.commands.queue
from favsync.cli.main import main
children = []
for n in range(100):
    child = os.fork()
    if not child:
        os._exit(main(["--quiet", "add", str(1000 + n)]))
    children.append(child)
sys.exit(sum(os.waitpid(child, 0)[1] != 0 for child in children))
"""


@pytest.mark.slow
def test_a_hundred_that_add_at_once_all_get_in(alice: Favsync) -> None:
    """Each is a process of its own that opens the database, writes and closes it, and none gives up."""
    done = subprocess.run(
        [sys.executable, "-c", MANY],
        env=os.environ | alice.environ,
        capture_output=True,
        text=True,
        timeout=300,
        check=False,
    )
    assert (done.returncode, done.stderr) == (0, "")
    assert {post_id for _, post_id, _ in changes(alice)} == set(range(1000, 1100))


def test_of_many_that_change_nothing_the_first_are_named(alice: Favsync) -> None:
    """And the others counted."""
    assert alice("sync").code == 0
    said = alice("remove", ",".join(map(str, range(1001, 1041)))).err.splitlines()
    assert said[1] == "1001 is not a favorite of alice; queued anyway."
    assert said[11:] == ["… and 30 more like these"]


def test_the_queue_as_json_is_what_scripts_rely_on(alice: Favsync) -> None:
    """Its keys are fixed."""
    assert alice("add", "7").code == 0
    assert queued(alice) == [
        {
            "id": 1,
            "account": "alice",
            "post_id": 7,
            "action": "add",
            "state": "pending",
            "outcome": None,
            "reason": None,
            "attempts": 0,
        }
    ]


def test_the_later_queued_change_for_a_post_counts(alice: Favsync) -> None:
    """The earlier one is kept as superseded; the same change again changes nothing, and is said to wait already."""
    for command in ("add", "remove"):
        assert alice(command, "7").code == 0
    assert alice("remove", "7", "8").err == "alice: 1 post queued to be removed (1 had been already).\n"
    assert changes(alice) == [("add", 7, "superseded"), ("remove", 7, "pending"), ("remove", 8, "pending")]


def test_posts_come_from_stdin_too(alice: Favsync, site: Site) -> None:
    """`-` stands for the list that stdin holds; each post is queued once, and what was skipped is named."""
    outcome = alice("add", "1", "-", "1", stdin=f"2\n{site.url}/posts/3\r\n\t4 2\nnot 77\nhttps://e621.net/posts/78")
    assert outcome.code == 0
    assert outcome.err == (
        "alice: 4 posts queued to be added.\n"
        "stdin, line 4: skipped (no_post): not 77\n"
        "stdin, line 5: skipped (other_site): https://e621.net/posts/78\n"
    )
    assert [post for _, post, _ in changes(alice)] == [1, 2, 3, 4]


def test_an_empty_stdin_queues_nothing(alice: Favsync) -> None:
    """A search that found nothing may be piped in: that is no error."""
    assert alice("add", "-", stdin=" \n") == Outcome(0, "", "alice: 0 posts queued to be added.\n")


def test_several_posts_in_one_argument_are_several(alice: Favsync, site: Site) -> None:
    """With commas between, and with the `#` that the site writes before an id."""
    assert alice("add", "12,13", "#14", f"{site.url}/posts/15?q=a,16", "#17, #18").code == 0
    assert [post for _, post, _ in changes(alice)] == [12, 13, 14, 15, 17, 18]


@pytest.mark.parametrize("wrong", ["12,x", "12,https://example.net/posts/13", ",", "12-13", "##12", "# 12", "12,0"])
def test_one_wrong_post_among_several_queues_nothing(alice: Favsync, wrong: str) -> None:
    """The whole argument is looked at before any of it is written: exit code 2."""
    before = alice.state()
    assert alice("add", "5", wrong).code == 2
    assert alice.state() == before


def test_a_list_is_removed_as_it_is_added(alice: Favsync) -> None:
    """What the site's API says of posts, by its structure: sources name no entry."""
    answer = {"posts": [{"id": 6000001, "sources": ["https://e621.net/posts/77001"], "description": "77"}]}
    for action in ("add", "remove"):
        assert alice(action, "-", stdin=json.dumps(answer)).code == 0
        assert [(kind, post) for kind, post, state in changes(alice) if state == "pending"] == [(action, 6000001)]


def test_a_list_that_names_no_post_is_refused(alice: Favsync) -> None:
    """It was not empty, and what was looked for is said: exit code 2."""
    outcome = alice("add", "-", stdin="name,comment\n77,78\n")
    assert outcome.code == 2
    assert "a table without a column that names posts" in outcome.err
    assert "Looked for: a heading with the URL of a post in page_url" in outcome.err
    assert changes(alice) == []


@pytest.mark.parametrize(
    "wrong", ["", "abc", "0", "-5", "1.5", "99999999999999999999", "https://example.net/pools/1", "\x1b[31m", "5\x00"]
)
def test_what_names_no_post_queues_nothing(alice: Favsync, wrong: str) -> None:
    """One argument that is neither id nor URL: exit code 2, and the good ones beside it are not queued either."""
    before = alice.state()
    outcome = alice("add", "--", "5", wrong)
    assert outcome.code == 2
    assert "is neither a post id nor the URL of a post" in outcome.err
    assert "\x1b" not in outcome.err
    assert alice.state() == before


def test_a_post_of_another_site_queues_nothing(alice: Favsync, site: Site) -> None:
    """A database is about one site: exit code 2, and that site is named."""
    before = alice.state()
    outcome = alice("remove", "5", "https://example.net/posts/6")
    assert outcome.code == 2
    assert f"is a post of another site; this database belongs to {site.url}." in outcome.err
    assert alice.state() == before


def test_words_from_stdin_that_are_no_text_are_refused(alice: Favsync) -> None:
    """Bytes of no encoding are no post, and no traceback."""
    with alice.popen("add", "-") as process:
        assert isinstance(process.stdin, io.TextIOWrapper)
        process.stdin.buffer.write(b"5 \xff\x1b[31m\n")
        process.stdin.close()
        assert process.wait(60) == 2
        assert process.stderr is not None
        said = process.stderr.read()
    assert "names no post" in said
    assert "\x1b" not in said
    assert changes(alice) == []


# ---- whose queued change ----


def test_with_several_accounts_one_must_be_named(two: Favsync) -> None:
    """Which was meant is not guessed: exit code 2."""
    before = two.state()
    outcome = two("add", "5")
    assert outcome.code == 2
    assert outcome.err == "favsync: There are several accounts (alice, bob). Name one: --account NAME\n"
    assert two.state() == before
    assert two("add", "5", "--account", "BOB").code == 0
    assert two("remove", "5", "--account", "alice").code == 0
    assert [(change["account"], change["action"]) for change in queued(two)] == [("alice", "remove"), ("bob", "add")]
    assert changes(two, "--account", "bob") == [("add", 5, "pending")]


def test_a_public_account_has_no_queued_changes(favsync: Favsync, site: Site) -> None:
    """Without a key nothing can be changed on the site: said now, not at night."""
    assert favsync("account", "add", "al", "--site", site.url, "--username", "alice", "--public").code == 0
    before = favsync.state()
    outcome = favsync("add", "5")
    assert (outcome.code, "--public" in outcome.err) == (2, True)
    assert favsync.state() == before


@pytest.mark.parametrize(
    "command",
    [
        ["add", "5"],
        ["remove", "5"],
        ["queue", "list"],
        ["queue", "cancel", "--all"],
        ["queue", "retry", "1"],
        ["account", "list"],
        ["account", "check"],
        ["sync"],
        ["diff"],
    ],
)
def test_without_an_account_nothing_can_be_done(favsync: Favsync, command: list[str]) -> None:
    """Exit code 2, one sentence, and no database is made."""
    outcome = favsync(*command)
    assert outcome.code == 2
    assert outcome.err.startswith(
        f"favsync: There is no account yet in {favsync.database}. Add one: favsync account add NAME"
    )
    assert favsync.files() == []


def test_a_queue_whose_account_was_forgotten_is_none(alice: Favsync) -> None:
    """The database is there, and no account in it: the same sentence."""
    assert alice("account", "remove", "alice", "--yes").code == 0
    for command in (["add", "5"], ["queue", "list"], ["queue", "cancel", "--all"], ["status"], ["account", "list"]):
        outcome = alice(*command)
        assert (outcome.code, "There is no account yet" in outcome.err) == (2, True), command


# ---- cancel and retry ----


def test_queued_changes_are_cancelled_by_their_ids(alice: Favsync, site: Site) -> None:
    """They stay in the list as superseded, and the others wait on."""
    assert alice("add", "7", "8", "9").code == 0
    outcome = alice("queue", "cancel", "1", "3", "1")
    assert (outcome.code, outcome.err) == (0, "2 cancelled.\n")
    assert changes(alice) == [("add", 7, "superseded"), ("add", 8, "pending"), ("add", 9, "superseded")]
    assert [change["outcome"] for change in queued(alice, "--state", "superseded")] == ["cancelled", "cancelled"]
    assert site.log == []


def test_all_that_waits_is_cancelled_for_one_account_or_for_all(two: Favsync) -> None:
    """--all is bounded by --account."""
    for name in ("alice", "bob"):
        assert two("add", "7", "8", "--account", name).code == 0
    assert two("queue", "cancel", "--all", "--account", "bob").err == "2 cancelled.\n"
    assert {change["account"] for change in queued(two, "--state", "pending")} == {"alice"}
    assert two("queue", "cancel", "--all").err == "2 cancelled.\n"
    assert queued(two, "--state", "pending") == []


def test_what_failed_is_queued_again(alice: Favsync) -> None:
    """By its id, or all; one whose post has a later queued change is left alone, and that is said."""
    assert alice("add", "7", "8", "9").code == 0
    for post_id in (7, 8, 9):
        fail(alice, post_id)
    assert alice("queue", "retry", "2").err == "1 queued again.\n"
    assert alice("remove", "9").code == 0
    outcome = alice("queue", "retry", "--all")
    assert outcome.err == "1 queued again (1 left alone: a later change for the same post is pending).\n"
    assert changes(alice) == [
        ("add", 7, "pending"),
        ("add", 8, "pending"),
        ("add", 9, "failed"),
        ("remove", 9, "pending"),
    ]


@pytest.mark.parametrize(
    ("command", "said"),
    [
        (["cancel"], "Name ids"),
        (["cancel", "1", "--all"], "Name ids"),
        (["cancel", "1", "99"], "There is no change 99 in the queue"),
        (["cancel", "1", "2"], "Change 2 is failed, not pending"),
        (["retry", "2", "1"], "Change 1 is pending, not failed"),
        (["cancel", "x"], "'x'"),
        (["cancel", "0"], "0"),
        (["cancel", "99999999999999999999"], "is too large"),
        (["cancel", "--all", "--account", "bob"], "no account named 'bob'"),
        (["list", "--account", "bob"], "no account named 'bob'"),
        (["list", "--state", "waiting"], "'waiting'"),
    ],
)
def test_what_cannot_be_meant_changes_nothing(alice: Favsync, command: list[str], said: str) -> None:
    """Exit code 2, and not even the part that could be done is."""
    assert alice("add", "7", "8").code == 0
    fail(alice, 8)
    before = alice.state()
    outcome = alice("queue", *command)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err
    assert alice.state() == before


def test_the_list_shows_why_a_queued_change_failed(alice: Favsync) -> None:
    """In a pipe: plain aligned text. What the site said is shown without its control characters."""
    assert alice("add", "7").code == 0
    fail(alice, 7, "tag\x1b]0;owned\x07 \u202eevil\n and more")
    outcome = alice("queue", "list")
    assert outcome.code == 0
    header, line = outcome.out.splitlines()
    assert header.split() == ["id", "account", "action", "post", "state", "outcome", "tries", "reason"]
    assert line.split()[:7] == ["1", "alice", "add", "7", "failed", "refused", "1"]
    assert line.endswith(r"tag\x1b]0;owned\x07 \u202eevil\n and more")
