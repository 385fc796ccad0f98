"""What reaches a terminal, and what is asked at one; and what happens when stdout is something else."""

import json
import os
import signal
import sqlite3
import subprocess
import sys
import threading
import unicodedata
from contextlib import closing
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from favsync.cli.terminal.console import clean
from favsync.sandbox import Exchange, Fault, Site, World
from tests.cli.conftest import KEY, PROGRAM, Favsync
from tests.cli.terminal import at_a_terminal


def test_a_key_that_is_typed_is_not_shown(favsync: Favsync, site: Site) -> None:
    """At a terminal the key is asked for, and not echoed."""
    arguments = ["account", "add", "alice", "--site", site.url, "--username", "alice"]
    code, shown = at_a_terminal(favsync, *arguments, answers={"API key of alice: ": KEY})
    assert code == 0
    assert "5 favorites there" in shown
    assert KEY not in shown


def test_a_name_from_the_site_is_harmless_in_a_prompt(alice: Favsync, world: World) -> None:
    """A user may be called what they like: the terminal is not told so in its own language."""
    world.rename("alice", "al\x1b[2Jice\u202e")
    code, shown = at_a_terminal(alice, "account", "login", "alice", answers={"API key of al [2Jice: ": KEY})
    assert code in (2, 4)
    assert "\x1b[2J" not in shown
    assert "\u202e" not in shown


def test_forgetting_is_asked_for_at_a_terminal(alice: Favsync) -> None:
    """And no is the answer that nothing but a yes changes."""
    question = "Forget 'alice' (alice), with its list and its history? [y/N]: "
    code, shown = at_a_terminal(alice, "account", "remove", "alice", answers={question: ""})
    assert (code, "Nothing was changed." in shown) == (0, True)
    assert alice("account", "list").code == 0
    code, shown = at_a_terminal(alice, "account", "remove", "alice", answers={question: "y"})
    assert (code, "alice is forgotten here" in shown) == (0, True)
    assert alice("account", "list").code == 2


# ---- text from the site ----

EVIL = "ev\x1b[31mil\x07\r\x9b2J\u202e\u2028\x00"
"""Colour, bell, return, a C1 sequence, a turned line, another line's end, and nothing at all."""
HARMFUL = set(EVIL) - set("evil[31m2J")


def harm(*texts: str) -> set[str]:
    """The characters of EVIL that came through."""
    return HARMFUL & set("".join(texts))


def test_a_users_name_comes_through_harmless(favsync: Favsync, site: Site, world: World) -> None:
    """In what is said, in tables and in sentences: as one clean line."""
    assert favsync("account", "add", "bob", "--site", site.url, "--username", "bob", "--public").code == 0
    world.rename("bob", EVIL)
    for arguments, shows_the_name in (
        (["account", "check"], True),
        (["account", "login", "bob"], True),
        (["account", "list"], True),
        (["account", "show", "bob"], True),
        (["account", "check"], True),
        (["status"], True),
        (["account", "remove", "bob", "--yes"], False),
    ):
        outcome = favsync("-v", *arguments)
        assert outcome.code == 0, outcome.err
        assert harm(outcome.out, outcome.err) == set(), arguments
        assert ("ev [31mil 2J" in outcome.out + outcome.err) == shows_the_name, arguments


@pytest.mark.parametrize("command", [["account", "list"], ["account", "check"], ["status"]])
def test_json_keeps_what_it_makes_harmless(favsync: Favsync, site: Site, command: list[str]) -> None:
    """Plain ASCII on stdout, and a text that came into the database whole for the program that reads it."""
    assert favsync("account", "add", "bob", "--site", site.url, "--username", "bob", "--public").code == 0
    with closing(sqlite3.connect(favsync.database)) as database, database:
        database.execute("UPDATE accounts SET username = ?", (EVIL,))
    outcome = favsync(*command, "--json")
    assert outcome.code == 0
    assert outcome.out.isascii()
    assert harm(outcome.out) == set()
    said = json.loads(outcome.out)
    (account,) = said if isinstance(said, list) else said["accounts"]
    assert account["username"] == EVIL


@pytest.mark.parametrize("status", [401, 403, 404, 410, 422, 429, 500])
@pytest.mark.parametrize("field", ["message", "reason"])
def test_the_sites_own_words_come_through_harmless(favsync: Favsync, site: Site, status: int, field: str) -> None:
    """Whatever kind of no it is, with the traceback that -v shows, too."""
    site.fault(Fault("status", status=status, body=json.dumps({"success": False, field: EVIL}), times=None))
    for options in ([], ["-v"]):
        outcome = favsync(*options, "account", "add", "x", "--site", site.url, "--username", "alice", "--public")
        assert outcome.code in (4, 5)
        assert harm(outcome.out, outcome.err) == set()


def test_the_reason_of_a_refused_queued_change_comes_through_harmless(alice: Favsync, site: Site) -> None:
    """In what a sync says, in the queue, and in the state of things."""
    assert alice("add", "4").code == 0
    words = json.dumps({"success": False, "message": f"Failed to update post: tags {EVIL} is bad"})
    site.fault(Fault("status", method="POST", status=422, body=words, times=None))
    for arguments, code in (
        (["sync"], 3),
        (["status"], 0),
        (["queue", "list"], 0),
        (["queue", "list", "--json"], 0),
        (["diff"], 0),
        (["sync", "--json"], 3),
    ):
        outcome = alice("-v", *arguments)
        assert outcome.code == code, (arguments, outcome)
        assert harm(outcome.out, outcome.err) == set(), arguments
    assert "is bad" in alice("queue", "list").out


@pytest.mark.parametrize("command", [["account", "list"], ["account", "show", "alice"], ["queue", "list"]])
def test_tables_at_a_terminal_are_harmless_too(alice: Favsync, command: list[str]) -> None:
    """There another library draws them; nothing in a cell is markup or an escape to it, and nothing is left out."""
    assert alice("add", "7").code == 0
    with closing(sqlite3.connect(alice.database)) as database, database:
        database.execute("UPDATE accounts SET username = ?", (f"[red]{EVIL}",))
        database.execute("UPDATE operations SET state = 'failed', reason = ?", (f"[red]{EVIL}",))
    code, shown = at_a_terminal(alice, *command)
    assert code == 0
    assert HARMFUL & set(shown) <= {"\r", "\x1b"}  # the terminal's own ends of lines, and the table's bold headings
    assert "\x1b[31m" not in shown
    assert r"[red]ev\x1b[31mil" in "".join(shown.split())


@given(st.text(st.characters(codec=None)))
def test_nothing_that_steers_a_terminal_is_ever_written(text: str) -> None:
    """No control character, no half of one, no other end of a line; and what is harmless stays as it is."""
    shown = clean(text)
    assert not {unicodedata.category(char) for char in shown} & {"Cc", "Cs", "Zl", "Zp"}
    assert not {unicodedata.bidirectional(char) for char in shown} & {"LRE", "RLE", "PDF", "LRO", "RLO", "LRI", "RLI"}
    if text.isprintable():
        assert shown == text


def test_long_sentences_break_between_words_at_a_terminal(favsync: Favsync) -> None:
    """Of its own width; and what is one word, such as a path, stays one."""
    code, shown = at_a_terminal(favsync, "status", columns=40)
    assert code == 2
    assert shown.splitlines() == [
        "favsync: There is no account yet in",
        f"{favsync.database}.",
        "Add one: favsync account add NAME --site",
        "https://… --username USER",
    ]


# ---- stdout and stderr that are something else ----


def test_a_reader_that_goes_away_is_no_mistake(alice: Favsync) -> None:
    """`favsync queue list | head -1` ends quietly."""
    with closing(sqlite3.connect(alice.database)) as database, database:
        database.executemany(
            "INSERT INTO operations (account_id, post_id, action, state, created_at, updated_at)"
            " VALUES (1, ?, 'add', 'pending', '', '')",
            [(post_id,) for post_id in range(1, 5000)],
        )
    with alice.popen("queue", "list") as process:
        assert process.stdout is not None
        assert process.stderr is not None
        assert process.stdout.readline().startswith("id")
        process.stdout.close()
        assert process.stderr.read() == ""
        assert process.wait(60) in (1, 141)


@pytest.mark.parametrize("command", [["status"], ["status", "--json"], ["account", "list"], ["--help"]])
def test_a_full_disk_under_stdout_is_said(alice: Favsync, command: list[str]) -> None:
    """What was asked for did not arrive: one sentence, and exit code 1."""
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-c", PROGRAM, *command],
            env=os.environ | alice.environ,
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 1
    assert done.stderr == "favsync: What was asked for could not be written to stdout: No space left on device.\n"


@pytest.mark.parametrize("closed", [0, 1, 2])
def test_a_closed_stream_is_nothing_to_fail_about(alice: Favsync, closed: int) -> None:
    """A scheduler may start it without stdin, stdout or stderr."""
    for command in (["add", "5"], ["status"], ["account", "list"]):
        with alice.popen(*command, before=lambda: os.close(closed)) as process:
            process.communicate(timeout=60)
            assert process.returncode == 0, command


def test_a_terminal_of_another_encoding_shows_escapes(alice: Favsync) -> None:
    """What it lacks is no reason to fail."""
    with closing(sqlite3.connect(alice.database)) as database, database:
        database.execute("UPDATE accounts SET username = 'ärtist 🦊'")
    environ = alice.environ | {"PYTHONIOENCODING": "ascii", "LC_ALL": "C"}
    outcome = Favsync(alice.home, environ).process("account", "list")
    assert outcome.code == 0
    assert r"\xe4rtist \U0001f98a" in outcome.out


# ---- how a run ends ----


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interrupted_command_says_so(alice: Favsync, site: Site, kind: signal.Signals) -> None:
    """Ctrl-C, or the end of the session, while the site is being asked: its exit code, and nothing has changed."""
    before = alice.state()
    running: list[subprocess.Popen[str]] = []
    started = threading.Event()

    def interrupt(_: Exchange) -> None:
        started.wait(60)
        running[0].send_signal(kind)
        running[0].wait(60)

    site.before = interrupt
    with alice.popen("account", "check") as process:
        running.append(process)
        started.set()
        out, err = process.communicate(timeout=60)
    assert (process.returncode, out) == (128 + kind, "")
    assert err == "favsync: Interrupted. Nothing is lost: the next run goes on from here.\n"
    assert alice.state() == before


def test_a_prompt_that_is_left_is_an_interruption(favsync: Favsync, site: Site) -> None:
    """Ctrl-D at the question for the key: exit code 130, and nothing was made."""
    arguments = ["account", "add", "alice", "--site", site.url, "--username", "alice"]
    code, shown = at_a_terminal(favsync, *arguments, answers={"API key of alice: ": "\x04"})
    assert (code, "Interrupted" in shown) == (130, True)
    assert favsync.files() == []


def test_a_terminal_without_the_letters_gets_others(alice: Favsync) -> None:
    """`...` for `…`, `->` for `→`, and the number of a letter where there is nothing like it."""
    alice.environ.update(PYTHONIOENCODING="ascii", PYTHONUTF8="0", LC_ALL="C")
    outcome = alice.process("query", "SELECT 'a' || char(0x2026) AS x, char(0x2192) AS y, char(0xfc) AS z")
    assert (outcome.code, outcome.out.split()) == (0, ["x", "y", "z", "a...", "->", r"\xfc"])
