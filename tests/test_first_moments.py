"""Signals in the first moments, line by line: from where favsync's handlers stand, none ends in a traceback."""

import os
import signal
import subprocess
import sys

import pytest

from favsync.about import COMPLETE, INTERRUPTED

SENTENCE = f"favsync: {INTERRUPTED}\n"
PATIENCE = 60.0
MOMENTS = 24

TRACED = """\
import os, signal, sys
at, signum = map(int, sys.argv.pop(1).split())
lines = 0
last = signal.SIGHUP  # of the three, in the order in which favsync takes them

def trace(frame, event, _):
    global lines
    if event == "line" and (lines or signal.getsignal(last) is not signal.SIG_DFL):
        lines += 1
        if lines == at:
            os.kill(os.getpid(), signum)
    return trace

sys.settrace(trace)
from favsync.entry import main
code = main(["--version"])
sys.settrace(None)
print(lines)
"""
"""`favsync --version`, with a signal at one of the lines that Python executes, its own modules' lines included."""


def traced(at: int, signum: int, **environ: str) -> "subprocess.CompletedProcess[str]":
    """Run it; at line 0 nothing happens."""
    return subprocess.run(
        [sys.executable, "-c", TRACED, f"{at} {signum}"],
        env={**os.environ, **environ},
        capture_output=True,
        text=True,
        timeout=PATIENCE,
        check=False,
    )


@pytest.mark.slow
def test_a_signal_at_any_line_of_the_start() -> None:
    """Of all the lines that are executed, some at even distances, and the first ones: the sentence, and the code."""
    whole = traced(0, 0)
    assert whole.returncode == 0
    lines = int(whole.stdout.splitlines()[-1])
    assert lines > 5_000
    moments = [1, 2, 3, *(number * lines // MOMENTS for number in range(1, MOMENTS))]
    for number, at in enumerate(moments):
        signum = (signal.SIGINT, signal.SIGTERM, signal.SIGHUP)[number % 3]
        done = traced(at, signum)
        assert (done.returncode, done.stderr) == (128 + signum, SENTENCE), f"line {at} of {lines}"


def test_the_tab_key_has_nothing_to_say_from_the_first_line_on() -> None:
    """Whatever was written would stand in the line that is being typed."""
    for at in (1, 30, 3_000):
        done = traced(at, signal.SIGINT, **{COMPLETE: "bash_complete"})
        assert (done.returncode, done.stdout, done.stderr) == (130, "", ""), f"line {at}"


def test_nothing_is_imported_before_the_handlers_stand() -> None:
    """How long that takes is Python's own start and three files to open, and no import of another module."""
    code = """
import sys, _signal
before = set(sys.modules)
install = _signal.signal
def first(*given):
    print(sorted(set(sys.modules) - before))
    _signal.signal = install
    return install(*given)
_signal.signal = first
import favsync.entry
"""
    done = subprocess.run(
        [sys.executable, "-I", "-c", code], capture_output=True, text=True, timeout=PATIENCE, check=False
    )
    assert (done.stdout, done.stderr) == ("['favsync', 'favsync.about', 'favsync.entry']\n", "")
