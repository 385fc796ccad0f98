"""Somebody else's program, run to its end within limits of time and of what it prints."""

import os
import selectors
import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from select import PIPE_BUF
from typing import Final

MOST_PRINTED: Final = 1_000_000
"""Bytes of stdout, or of stderr: a crontab is far smaller, and so is a key."""


class TooSlow(Exception):
    """A program did not end in time, and was killed."""


class TooMuchPrinted(Exception):
    """A program printed more than it may, and was killed."""


@dataclass(frozen=True, slots=True)
class Finished:
    """How a program ended, and what it printed."""

    code: int
    out: bytes
    complaint: bytes
    """What it wrote to stderr, where that was asked for."""


def run_program(
    arguments: Sequence[str],
    *,
    seconds: float,
    given: bytes = b"",
    environ: Mapping[str, str] | None = None,
    hears_stderr: bool = False,
) -> Finished:
    """Run a program without a shell, with `given` on its stdin. Its stderr is favsync's own unless `hears_stderr`.

    Raises TooSlow after so many `seconds`, TooMuchPrinted above MOST_PRINTED bytes, and OSError or ValueError where it
    cannot be started. Whatever is raised, an interrupt too, it is killed then.
    """
    until = time.monotonic() + seconds
    with subprocess.Popen(  # noqa: S603 - no shell, and it is the caller who knows whose program it is
        arguments,
        stdin=subprocess.PIPE if given else subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE if hears_stderr else None,
        env=environ,
        bufsize=0,
    ) as process:
        try:
            printed = _exchange(process, given, until)
            process.wait(max(until - time.monotonic(), 0))
        except BaseException as exc:
            process.kill()
            if isinstance(exc, subprocess.TimeoutExpired):
                raise TooSlow from None
            raise
    return Finished(process.returncode, *printed)


def _exchange(process: "subprocess.Popen[bytes]", given: bytes, until: float) -> tuple[bytes, bytes]:
    out, complaint = bytearray(), bytearray()
    with selectors.DefaultSelector() as selector:
        for stream, heard in ((process.stdout, out), (process.stderr, complaint)):
            if stream is not None:
                selector.register(stream, selectors.EVENT_READ, heard)
        if process.stdin is not None:
            selector.register(process.stdin, selectors.EVENT_WRITE)
        while selector.get_map():
            ready = selector.select(max(until - time.monotonic(), 0))
            if time.monotonic() > until:
                raise TooSlow
            for key, _ in ready:
                if key.fileobj is process.stdin:
                    try:  # what fits into the pipe without waiting; a program that does not read gets no more
                        given = given[os.write(key.fd, given[:PIPE_BUF]) :]
                    except BrokenPipeError:
                        given = b""
                    is_done = not given
                else:
                    piece = os.read(key.fd, 65_536)
                    is_done = not piece
                    key.data.extend(piece)
                    if len(key.data) > MOST_PRINTED:
                        raise TooMuchPrinted
                if is_done:
                    selector.unregister(key.fileobj)
                    if key.fileobj is process.stdin:
                        process.stdin.close()
    return bytes(out), bytes(complaint)
