"""favsync at a terminal of its own."""

import codecs
import os
import pty
import select
import subprocess
import sys
import termios
from collections.abc import Mapping

from tests.cli.conftest import PROGRAM, Favsync

_END_OF_INPUT = "\x04"
_PATIENCE = 30.0
"""Seconds without a sign of life after which a child is taken to wait for an answer that nobody gives."""


def at_a_terminal(
    favsync: Favsync, *arguments: str, answers: Mapping[str, str] | None = None, columns: int = 200
) -> tuple[int, str]:
    """Run favsync at a terminal, and return its exit code and all that was shown.

    When a key of `answers` is shown, its value is typed, and the enter key unless it is Ctrl-D.
    """
    ours, its = pty.openpty()
    termios.tcsetwinsize(its, (24, columns))
    child = subprocess.Popen(
        [sys.executable, "-c", PROGRAM, *arguments],
        env=_without_size(os.environ) | {"NO_COLOR": "1"} | favsync.environ,
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
    )
    os.close(its)
    shown, waiting = "", dict(answers or {})
    text = codecs.getincrementaldecoder("utf-8")()  # a piece may end within a character
    try:
        while piece := _read(ours, shown):
            shown += text.decode(piece)
            for prompt in [prompt for prompt in waiting if prompt in shown]:
                answer = waiting.pop(prompt)
                os.write(ours, (answer if answer == _END_OF_INPUT else f"{answer}\n").encode())
        return child.wait(_PATIENCE), shown
    finally:
        child.kill()
        child.wait()
        os.close(ours)


def _without_size(environ: Mapping[str, str]) -> dict[str, str]:
    """What xdist says of the terminal that it was started in counts more to rich than the terminal itself."""
    return {name: value for name, value in environ.items() if name not in {"COLUMNS", "LINES"}}


def _read(terminal: int, shown: str) -> bytes:
    if not select.select([terminal], [], [], _PATIENCE)[0]:
        raise TimeoutError(f"nothing happens any more after: {shown!r}")
    try:
        return os.read(terminal, 4096)
    except OSError:  # its other end is closed
        return b""
