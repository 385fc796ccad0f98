"""Interrupted while it waits, for a person, for the site or for its input, favsync ends at once: real programs."""

import fcntl
import os
import pty
import select
import signal
import sqlite3
import subprocess
import sys
import termios
import threading
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass

import pytest

from favsync.about import INTERRUPTED
from favsync.sandbox import Fault, Site
from tests.cli.conftest import PROGRAM, Favsync

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SENTENCE = f"favsync: {INTERRUPTED}\n"
PATIENCE = 30.0
"""Seconds: far less than what is waited for here."""
LONG = 600
"""Seconds that the site wants to be waited for, or takes."""
ENTER, CTRL_C = b"\n", b"\x03"


@dataclass
class Terminal:
    """A program with a terminal that is its own, as a shell gives it one: Ctrl-C comes through the terminal."""

    ours: int
    child: "subprocess.Popen[bytes]"
    shown: str = ""

    def read_until(self, mark: str) -> None:
        """Read what it shows until that is part of it."""
        while mark not in self.shown:
            assert select.select([self.ours], [], [], PATIENCE)[0], f"nothing happens any more after: {self.shown!r}"
            self.shown += os.read(self.ours, 4096).decode()

    def echoes(self) -> bool:
        """Whether what is typed is shown."""
        return bool(termios.tcgetattr(self.ours)[3] & termios.ECHO)


@contextmanager
def at_a_terminal(favsync: Favsync, *arguments: str) -> Iterator[Terminal]:
    """Start favsync at a terminal that outlives it."""
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (24, 200))
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=os.environ | {"NO_COLOR": "1"} | favsync.environ,
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
        preexec_fn=lambda: fcntl.ioctl(0, termios.TIOCSCTTY, 0),  # noqa: PLW1509 - it takes the terminal, no more
    )
    try:
        yield Terminal(ours, child)
    finally:
        child.kill()
        child.wait()
        os.close(its)
        os.close(ours)


def end(terminal: Terminal, signum: signal.Signals) -> None:
    """Interrupt it, and see that it ends as it should."""
    if signum is signal.SIGINT:
        os.write(terminal.ours, CTRL_C)
    else:
        terminal.child.send_signal(signum)
    terminal.read_until(INTERRUPTED)
    assert terminal.child.wait(PATIENCE) == 128 + signum
    assert "Traceback" not in terminal.shown


def assert_closed(favsync: Favsync) -> None:
    """The one run of the account was closed as interrupted."""
    with closing(sqlite3.connect(favsync.database)) as database:
        assert database.execute("SELECT outcome, reason FROM runs").fetchall() == [("incomplete", "interrupted")]


@pytest.mark.parametrize("signum", SIGNALS)
def test_while_a_key_is_asked_for(favsync: Favsync, site: Site, signum: signal.Signals) -> None:
    """No key is kept, half a key neither, nothing is asked of the site, and the terminal shows again what is typed."""
    command = ("account", "add", "alice", "--site", site.url, "--username", "alice")
    with at_a_terminal(favsync, *command) as terminal:
        assert terminal.echoes()
        terminal.read_until("API key of alice")
        terminal.read_until(": ")
        assert not terminal.echoes()
        os.write(terminal.ours, b"invented0")
        end(terminal, signum)
        assert terminal.echoes()
        assert "invented0" not in terminal.shown
    assert (favsync.files(), site.log) == ([], [])


@pytest.mark.parametrize("signum", SIGNALS)
def test_while_a_request_waits_to_be_tried_again(alice: Favsync, site: Site, signum: signal.Signals) -> None:
    """The site said when to come again; nothing more is asked of it."""
    alice.environ["FAVSYNC_RETRY_FOR"] = "2h"
    site.fault(Fault("status", status=503, retry_after=LONG, times=None))
    with at_a_terminal(alice, "sync") as terminal:
        terminal.read_until("retrying in")
        asked = len(site.log)
        end(terminal, signum)
    assert len(site.log) == asked == 1
    assert_closed(alice)
    site.clear_faults()
    assert alice("sync").code == 0


@pytest.mark.parametrize("signum", SIGNALS)
def test_while_an_answer_is_waited_for(alice: Favsync, site: Site, signum: signal.Signals) -> None:
    """The site has done what was asked and does not say so; what had been read before is kept."""
    alice.environ["FAVSYNC_TIMEOUT"] = str(LONG)
    site.fault(Fault("delay", path="/favorites.json", delay=LONG, times=None))
    is_asked = threading.Event()
    site.after = lambda exchange: is_asked.set() if exchange.path == "/favorites.json" else None
    with alice.popen("sync") as child:
        assert is_asked.wait(PATIENCE)
        asked = len(site.log)
        child.send_signal(signum)
        _, complaints = child.communicate(timeout=PATIENCE)
    assert (child.returncode, complaints) == (128 + signum, SENTENCE)
    assert len(site.log) == asked
    assert_closed(alice)
    site.clear_faults()
    assert alice("sync").code == 0


@pytest.mark.parametrize("signum", SIGNALS)
def test_while_input_is_waited_for(alice: Favsync, signum: signal.Signals) -> None:
    """A large list that is still being written: nothing of it is queued, as all of it or nothing is."""
    with alice.popen("import", "-") as child:
        assert child.stdin is not None
        # More than a pipe holds: when all is written, most of it was read.
        child.stdin.write("".join(f"{post_id}\n" for post_id in range(1, 40_000)))
        child.stdin.flush()
        child.send_signal(signum)
        assert child.wait(PATIENCE) == 128 + signum  # its input stays open until then
        assert child.stderr is not None
        assert child.stderr.read() == SENTENCE
    assert alice("queue", "list", "--json").out.strip() == "[]"
