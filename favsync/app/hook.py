"""A command of the user's choice, told about something on its stdin. Whatever becomes of it, it is only words here."""

import contextlib
import os
import shlex
import signal
import subprocess
import sys
from collections.abc import Mapping

TIME_LIMIT = 60.0
"""Seconds that such a command may take: it may have to ask another machine."""


def run_hook(command: str, payload: bytes, *, environ: Mapping[str, str], time_limit: float = TIME_LIMIT) -> str | None:
    """Run a command line, without a shell, with `payload` on its stdin; return what went wrong in words, None: nothing.

    What it writes to stdout is dropped, for that belongs to favsync's own data; its stderr is favsync's. After
    `time_limit` seconds it is ended, with all that it has started. The words name the program and not its arguments.
    """
    arguments = shlex.split(command)
    program = arguments[0]
    try:
        process = subprocess.Popen(  # noqa: S603 - the user's own command, and no shell
            arguments,
            stdin=subprocess.PIPE,
            stdout=subprocess.DEVNULL,
            stderr=None if sys.stderr is not None else subprocess.DEVNULL,
            env=dict(environ),
            start_new_session=True,  # a group of its own, which can be ended as a whole
        )
    except OSError as exc:
        return f"The command on_failure '{program}' could not be started: {exc.strerror}."
    with process:
        try:
            # A command that does not read it is no failure: the broken pipe is not passed on.
            process.communicate(payload, timeout=time_limit)
        except BaseException as exc:
            with contextlib.suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()
            if not isinstance(exc, subprocess.TimeoutExpired):
                raise
            return f"The command on_failure '{program}' did not end within {time_limit:g} seconds, so it was ended."
    if code := process.returncode:
        how = f"exit code {code}" if code > 0 else f"signal {-code}"
        return f"The command on_failure '{program}' failed ({how})."
    return None
