"""While the site is waited for, a person is told so; a program is not."""

import pytest

from favsync.cli.terminal.console import Console
from favsync.cli.terminal.waiting import WaitingLine, waiting_words
from favsync.sandbox import Fault, Site
from favsync.site.http.retries import Waiting
from tests.cli.conftest import Favsync
from tests.cli.terminal import at_a_terminal

LINE = "HTTP 503; retrying in 1 s (attempt 2, until "


@pytest.fixture(autouse=True)
def _utc(monkeypatch: pytest.MonkeyPatch) -> None:
    """The clock on the wall shows UTC."""
    monkeypatch.setenv("TZ", "UTC")


@pytest.mark.parametrize(
    ("waiting", "words"),
    [
        (Waiting("HTTP 503", 6.2, 2, 1_767_268_800.0 + 60), "HTTP 503; retrying in 7 s (attempt 2, until 12:01)"),
        (Waiting("HTTP 429", 119, 1, 1_767_268_800.0), "HTTP 429; retrying in 119 s (attempt 1, until 12:00)"),
        (Waiting("HTTP 429", 130, 3, 1_767_268_800.0), "HTTP 429; retrying in 3 min (attempt 3, until 12:00)"),
        (Waiting("No\x1b[2J way", 1, 2, 1_767_268_800.0), r"No\x1b[2J way; retrying in 1 s (attempt 2, until 12:00)"),
    ],
)
def test_the_line_says_why_how_long_and_until_when(waiting: Waiting, words: str) -> None:
    """And it is one line, whatever the reason holds."""
    assert waiting_words(waiting) == words


@pytest.mark.parametrize(
    "command",
    [
        ["account", "add", "again", "--username", "alice", "--public"],
        ["account", "check"],
        ["sync"],
        ["check", "--remote"],
        ["migrate", "alice", "bob", "--dry-run"],
    ],
    ids=lambda command: " ".join(command[:2]),
)
def test_on_a_terminal_a_wait_is_shown_and_goes_away(alice: Favsync, site: Site, command: list[str]) -> None:
    """Whatever command it is that waits, with a bar of progress or without one."""
    assert alice("sync").code == 0
    bob = ("account", "add", "bob", "--site", site.url, "--username", "bob", "--api-key-stdin")
    assert alice(*bob, stdin="invented0key2").code == 0
    site.fault(Fault("status", status=503, times=1))
    if command[:2] == ["account", "add"]:
        command = [*command, "--site", site.url]
    code, shown = at_a_terminal(alice, *command, columns=100)
    assert code == 0
    assert LINE in shown
    # Nothing of it is left on the screen: it is written over, or its line is erased.
    after = shown.rpartition(LINE)[2]
    assert " " * 60 in after or "\x1b[2K" in after


def test_a_narrow_terminal_gets_what_fits(alice: Favsync, site: Site) -> None:
    """A line that wraps could not be written over."""
    site.fault(Fault("status", status=503, times=1))
    code, shown = at_a_terminal(alice, "account", "check", columns=30)
    assert code == 0
    assert f"\r{LINE[:29]}\r" in shown
    assert LINE[:30] not in shown


def test_a_pipe_gets_no_line(alice: Favsync, site: Site) -> None:
    """Nightly runs write what they always wrote; `-v` has it in the log."""
    site.fault(Fault("status", status=503, times=1))
    quiet = alice.process("sync")
    assert (quiet.code, "retrying" in quiet.err) == (0, False)
    site.fault(Fault("status", status=503, times=1))
    verbose = alice.process("-v", "sync")
    assert (verbose.code, "retrying" in verbose.err) == (0, False)
    assert "site.http.retries: HTTP 503; try 2 follows in " in verbose.err


def test_quiet_is_quiet_on_a_terminal_too(alice: Favsync, site: Site) -> None:
    """Who asked not to be told is not told."""
    site.fault(Fault("status", status=503, times=1))
    code, shown = at_a_terminal(alice, "-q", "sync")
    assert (code, "retrying" in shown) == (0, False)


def test_what_draws_meanwhile_draws_the_line(monkeypatch: pytest.MonkeyPatch) -> None:
    """Two that move one cursor would make a mess."""
    monkeypatch.setattr(Console, "shows_progress", True)
    drawn: list[str] = []
    line = WaitingLine(Console())
    with line.drawn_by(drawn.append):
        line(Waiting("HTTP 503", 1, 2, 1_767_268_800.0))
        line(None)
    assert drawn == ["HTTP 503; retrying in 1 s (attempt 2, until 12:00)", ""]
