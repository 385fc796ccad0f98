"""A command of the user's choice: it is told, and whatever becomes of it is only words."""

import os
import shlex
import signal
import sys
import threading
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from favsync.app.hook import run_hook


def command(code: str, *arguments: str) -> str:
    """A command line that runs Python code."""
    return shlex.join([sys.executable, "-IS", "-c", code, *arguments])


def test_it_gets_the_payload_its_arguments_and_its_environment(tmp_path: Path) -> None:
    """All of the payload, split as a shell would split the line, and nothing of a shell's own."""
    seen = tmp_path / "seen"
    code = (
        "import os, sys; from pathlib import Path;"
        " Path(sys.argv[1]).write_text(repr((sys.stdin.read(), sys.argv[2:], sorted(os.environ))))"
    )
    payload = b'{"exit_code": 5}' * 20_000  # more than a pipe holds
    line = command(code, str(seen)) + " 'two words' $HOME '; rm x' *"
    assert run_hook(line, payload, environ={"ONE": "1", "LC_ALL": "C"}) is None
    expected = (payload.decode(), ["two words", "$HOME", "; rm x", "*"], ["LC_ALL", "ONE"])
    assert seen.read_text() == repr(expected)


def test_its_stdout_is_dropped_and_its_stderr_is_ours(capfd: pytest.CaptureFixture[str]) -> None:
    """Our stdout belongs to whoever reads the JSON there."""
    assert run_hook(command("import sys; print('x'); print('y', file=sys.stderr)"), b"", environ={}) is None
    assert capfd.readouterr() == ("", "y\n")


def test_without_a_stderr_it_has_none(capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> None:
    """A scheduler may have closed it."""
    monkeypatch.setattr(sys, "stderr", None)
    assert run_hook(command("import sys; print('y', file=sys.stderr)"), b"", environ={}) is None
    assert capfd.readouterr() == ("", "")


def test_a_command_that_does_not_listen_is_no_failure() -> None:
    """A notification needs no summary; the pipe that breaks is nobody's concern."""
    assert run_hook(command("import os; os.close(0)"), b"x" * 1_000_000, environ={}) is None


@pytest.mark.parametrize(
    ("code", "how"),
    [("import sys; sys.exit(7)", "exit code 7"), ("import os; os.kill(os.getpid(), 15)", "signal 15")],
)
def test_a_failure_is_words(code: str, how: str) -> None:
    """They name the program, and none of its arguments: there may be a secret among them."""
    words = run_hook(command(code, "secret"), b"", environ={})
    assert words == f"The command on_failure '{sys.executable}' failed ({how})."


def test_a_program_that_is_not_there_is_words(tmp_path: Path) -> None:
    """Or one that may not be run."""
    for program, why in ((tmp_path / "none", "No such file or directory"), (tmp_path, "Permission denied")):
        words = run_hook(f"{program} secret", b"", environ={})
        assert words == f"The command on_failure '{program}' could not be started: {why}."


STAYS = """
import os, signal, sys
with open(sys.argv[1], "wb", buffering=0) as held:
    is_first = os.fork()
    held.write(b"x")
    if is_first and sys.stdin.read() == "" and len(sys.argv) > 2:
        os.kill(int(sys.argv[2]), signal.SIGUSR1)
    signal.pause()
"""
"""Two processes that go on forever, each of which holds the other end of a pipe."""


@dataclass
class Pipe:
    """A named pipe, and what was read from it until nobody held its other end any more."""

    path: Path
    seen: bytes = b""
    ended: threading.Event = field(default_factory=threading.Event)

    def read(self) -> None:
        with self.path.open("rb", buffering=0) as pipe:
            while piece := pipe.read(1):
                self.seen += piece
        self.ended.set()


@pytest.fixture
def pipe(tmp_path: Path) -> Iterator[Pipe]:
    """A pipe that is being read, and at the end has nobody at its other end."""
    pipe = Pipe(tmp_path / "pipe")
    os.mkfifo(pipe.path)
    threading.Thread(target=pipe.read, daemon=True).start()
    yield pipe
    assert pipe.ended.wait(30), "something was left behind"


def test_a_command_that_hangs_is_ended_with_all_that_it_started(pipe: Pipe) -> None:
    """When its time is over; nothing of it is left behind."""
    words = run_hook(command(STAYS, str(pipe.path)), b"", environ={}, time_limit=3)
    assert words == f"The command on_failure '{sys.executable}' did not end within 3 seconds, so it was ended."
    assert pipe.ended.wait(30)
    assert pipe.seen == b"xx"


def test_an_interruption_ends_it_as_well(pipe: Pipe) -> None:
    """Ctrl-C does not reach a command in a group of its own: it is ended, and the interruption rises."""

    def interrupt(_signum: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = signal.signal(signal.SIGUSR1, interrupt)
    try:
        with pytest.raises(KeyboardInterrupt):
            run_hook(command(STAYS, str(pipe.path), str(os.getpid())), b"", environ={})
    finally:
        signal.signal(signal.SIGUSR1, before)


def test_a_command_that_ends_in_the_last_moment_leaves_nothing_to_end(monkeypatch: pytest.MonkeyPatch) -> None:
    """Between the end of its time and the signal it may be gone: that is the same to the one who waits."""
    killpg = os.killpg

    def end_twice(group: int, number: int) -> None:
        killpg(group, number)
        raise ProcessLookupError

    monkeypatch.setattr(os, "killpg", end_twice)
    words = run_hook(command("import signal; signal.pause()"), b"", environ={}, time_limit=0.1)
    assert words is not None
    assert "did not end within 0.1 seconds" in words
