"""favsync at a terminal of its own."""

import os
import pty
import subprocess
import sys

from tests.cli.conftest import Favsync


def at_a_terminal(favsync: Favsync, *arguments: str, answers: dict[str, str]) -> tuple[int, str]:
    """Run favsync at a terminal of its own; when it shows a key of `answers`, type its value."""
    ours, its = pty.openpty()
    program = "import sys; from favsync.cli.main import main; sys.exit(main())"
    child = subprocess.Popen(
        [sys.executable, "-c", program, *arguments],
        env=os.environ | favsync.environ,
        stdin=its,
        stdout=its,
        stderr=its,
        start_new_session=True,
    )
    os.close(its)
    shown = ""
    try:
        while piece := _read(ours):
            shown += piece
            for prompt in [prompt for prompt in answers if prompt in shown]:
                os.write(ours, f"{answers.pop(prompt)}\n".encode())
    finally:
        os.close(ours)
        child.wait(60)
    return child.returncode, shown


def _read(terminal: int) -> str:
    try:
        return os.read(terminal, 4096).decode()
    except OSError:  # its other end is closed
        return ""
