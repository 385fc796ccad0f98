"""Signals from favsync's first line to its last, in programs of their own: each ends at once, with no traceback."""

import os
import pty
import signal
import subprocess
import sys
import textwrap
from collections.abc import Callable, Iterator
from contextlib import contextmanager

import pytest

from favsync.about import COMPLETE, INTERRUPTED

SIGNALS = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)
SENTENCE = f"favsync: {INTERRUPTED}\n"
PATIENCE = 30.0
"""Seconds: far less than what is interrupted here would take."""

BEGUN = "import os, signal, sys; from favsync import entry, interruption; interruption.begin()\n"
"""A program in which something is at stake."""

ENDLESS = """\
connection.create_function("ready", 2, os.write)  # C code: a signal right after it is one within the statement
    connection.execute(
        "WITH RECURSIVE t(n) AS (SELECT ready(1, x'72656164790a') UNION ALL SELECT n + 1 FROM t) SELECT max(n) FROM t"
    )"""


def ignore(signum: signal.Signals) -> None:
    """What `nohup` does before it starts a program."""
    signal.signal(signum, signal.SIG_IGN)


@contextmanager
def started(code: str, before: Callable[[], None] | None = None) -> Iterator["subprocess.Popen[str]"]:
    """Run Python with that code until it has printed its first line."""
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", code],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
        preexec_fn=before,  # noqa: PLW1509 - it sets what the child does with a signal, and no more
    ) as child:
        try:
            assert child.stdout
            assert child.stdout.readline() == "ready\n"
            yield child
        finally:
            child.kill()


def ended(child: "subprocess.Popen[str]") -> tuple[int, str]:
    """The exit code of a program that ends, and what it wrote to stderr."""
    _, complaints = child.communicate(timeout=PATIENCE)
    return child.returncode, complaints


@pytest.mark.parametrize("signum", SIGNALS)
@pytest.mark.parametrize(
    "code",
    [
        pytest.param("import favsync.entry; print('ready', flush=True); signal.pause()", id="first lines"),
        pytest.param(
            "import os, sys; from favsync import entry; sys.stdout = open(os.devnull, 'w'); entry.main(['--version']);"
            " os.write(1, b'ready\\n'); signal.pause()",
            id="last lines",
        ),
    ],
)
def test_where_nothing_is_at_stake_the_process_ends(code: str, signum: signal.Signals) -> None:
    """No exception is raised where nobody could catch it: while modules are imported, and after the end."""
    with started(f"import signal; {code}") as child:
        child.send_signal(signum)
        assert ended(child) == (128 + signum, SENTENCE)


@pytest.mark.parametrize("signum", SIGNALS)
def test_a_signal_that_was_ignored_stays_ignored(signum: signal.Signals) -> None:
    """`nohup favsync sync`."""
    code = "import favsync.entry, sys; print('ready', flush=True); sys.stdin.read()"
    with started(code, before=lambda: ignore(signum)) as child:
        child.send_signal(signum)
        assert ended(child) == (0, "")


def test_a_statement_that_takes_long_is_broken_off() -> None:
    """Python hears nothing within it; its own exception follows."""
    code = f"""{BEGUN}
from favsync.store.sqlite import interruptible
import sqlite3
connection = sqlite3.connect(":memory:", factory=interruptible.Interruptible)
def broken_off():
    {ENDLESS}
try:
    try:
        broken_off()
    finally:
        os.write(2, b"broken off\\n")
except BaseException:
    pass
entry._end_if_interrupted()
"""
    with started(code) as child:
        child.send_signal(signal.SIGINT)
        assert ended(child) == (130, f"broken off\n{SENTENCE}")


def test_what_cannot_be_broken_off_is_ended_with_its_last_act() -> None:
    """C code that no signal reaches: a connection that nobody may interrupt stands for it."""
    code = f"""{BEGUN}
import sqlite3
connection = sqlite3.connect(":memory:")
with interruption.last_act(lambda: os.write(2, b"last act\\n")):
    {ENDLESS}
"""
    with started(code) as child:
        child.send_signal(signal.SIGTERM)
        assert ended(child) == (143, f"last act\n{SENTENCE}")


def test_an_exception_that_python_drops_is_raised_again() -> None:
    """In a finalizer nothing can be raised, and Python would print a traceback and go on."""
    code = f"""{BEGUN}
class Finalized:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass
try:
    print("ready", flush=True)
    Finalized()
    while True:
        signal.pause()
except KeyboardInterrupt:
    sys.stderr.write("unwound\\n")
entry._end_if_interrupted()
"""
    with started(code) as child:
        assert ended(child) == (130, f"unwound\n{SENTENCE}")


LOST = f"""{BEGUN}
import tempfile
from pathlib import Path
from favsync.store.database import Database
class Finalized:
    def __del__(self):
        os.kill(os.getpid(), signal.SIGINT)
        for _ in range(1000):
            pass
def say(what):
    os.write(2, what.encode() + b"\\n")
database = Database.open(Path(tempfile.mkdtemp()) / "some.db")
interruption._see_to_the_end = lambda *_: None  # it would raise it again in a moment, and this is about the moment
print("ready", flush=True)
"""
"""A program in which the exception of a signal can get lost in a finalizer."""


@pytest.mark.parametrize(
    ("code", "said"),
    [
        pytest.param("Finalized()\nwith database.write():\n    say('begun')", "", id="none begins"),
        pytest.param(
            "with database.write() as conn:\n    conn.exec_driver_sql('PRAGMA user_version = 7')\n    Finalized()",
            "",
            id="none is saved",
        ),
        pytest.param("with database.read():\n    Finalized()\n    raise broken_off", "", id="SQLite's"),
        pytest.param("with database.read():\n    Finalized()\n    raise KeyError", "", id="Python's"),
        pytest.param(
            "with database.read():\n    Finalized()\n    raise OperationalError('', {}, broken_off)",
            "",
            id="SQLAlchemy's",
        ),
        pytest.param("with database.write():\n    say('begun')", "begun\n", id="and without one all goes on"),
    ],
)
def test_a_signal_that_got_lost_is_heard_of_before_anything_is_saved(code: str, said: str) -> None:
    """Nothing begins, and no error is taken for the database's, that comes after a signal whose exception is lost."""
    program = f"""{LOST}
import sqlite3
from sqlalchemy.exc import OperationalError
broken_off = sqlite3.OperationalError("interrupted")
broken_off.sqlite_errorcode = sqlite3.SQLITE_INTERRUPT
try:
{textwrap.indent(code, "    ")}
except KeyboardInterrupt:
    say("unwound")
except Exception as error:
    say(repr(error))
with database._reader.connect() as conn:
    (version,) = conn.exec_driver_sql("PRAGMA user_version").one()
say(f"kept {{version}}")
os._exit(0)
"""
    with started(program) as child:
        assert ended(child) == (0, said + ("" if said else "unwound\n") + "kept 0\n")


def test_later_signals_do_not_disturb_the_end() -> None:
    """Who presses Ctrl-C again and again while it cleans up gets one sentence, and what it cleans up is cleaned up."""
    code = f"""{BEGUN}
try:
    print("ready", flush=True)
    signal.pause()
except KeyboardInterrupt:
    for signum in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP) * 3:
        os.kill(os.getpid(), signum)
    sys.stderr.write("unwound\\n")
entry._end_if_interrupted()
"""
    with started(code) as child:
        child.send_signal(signal.SIGHUP)
        assert ended(child) == (129, f"unwound\n{SENTENCE}")


def test_output_that_nobody_takes_keeps_it_from_nothing() -> None:
    """The pipe is full, and its reader does not read: `favsync export - | less`."""
    code = f"""{BEGUN}
try:
    print("ready", flush=True)
    while True:
        print("x" * 100_000)
except KeyboardInterrupt:
    entry._end_if_interrupted()
"""
    with started(code) as child:
        child.send_signal(signal.SIGINT)
        assert child.wait(PATIENCE) == 130


def test_the_tab_key_is_interrupted_without_a_word() -> None:
    """Whatever a completion wrote would stand in the line that is being typed."""
    code = """
import os, signal, sys
os.environ["%s"] = "bash_complete"
import favsync.cli.main
favsync.cli.main.main = lambda _arguments: (print("ready", flush=True), signal.pause())
from favsync import entry
entry.main()
"""
    with started(code % COMPLETE) as child:
        child.send_signal(signal.SIGINT)
        assert ended(child) == (130, "")


def test_all_is_done_while_python_takes_itself_down() -> None:
    """It frees what is left for a while, and the exit code is that of what was done."""
    code = f"""{BEGUN}
class Left:
    def __del__(self, kill=os.kill, pid=os.getpid(), signals=(signal.SIGINT, signal.SIGTERM, signal.SIGHUP)):
        for signum in signals:
            kill(pid, signum)
left = Left()
interruption.finish()
print("ready", flush=True)
"""
    with started(code) as child:
        assert ended(child) == (0, "")


def test_a_closed_terminal_ends_it() -> None:
    """SIGHUP comes with a stderr that takes nothing any more."""
    ours, its = pty.openpty()
    code = f"{BEGUN}\nos.write(2, b'ready')\ntry: signal.pause()\nfinally: sys.stderr.write('lost'); sys.stderr.flush()"
    child = subprocess.Popen([sys.executable, "-c", code], stdin=its, stdout=its, stderr=its, start_new_session=True)
    os.close(its)
    assert os.read(ours, 100) == b"ready"
    os.close(ours)
    child.send_signal(signal.SIGHUP)
    # 1 where the words could not be written. A terminal may be slow to go, and take them: Python then ends as it does
    # at every exception of this kind that nothing handles.
    assert child.wait(PATIENCE) in (1, 129, -signal.SIGINT)
