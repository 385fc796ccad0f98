"""Ends a query that nothing within can end: one step of SQLite may be long, and until its end Python hears no signal.

`printf('%.*c', 2000000000, 'x')` is such a step, and so is the sorting of many rows. SQLite lets another thread run
meanwhile, and that one ends the process: a query has nothing to lose.
"""

import os
import select
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from functools import partial

from favsync.cli.console import Console
from favsync.errors import FavsyncError, Interrupted, QueryTooLong
from favsync.store.user_sql import Deadline

GRACE = 1.0
"""Seconds within which a query ends by itself, if it can."""

_BETWEEN_LOOKS = 0.25
"""Seconds."""


@contextmanager
def ending_what_is_stuck(
    console: Console, timeout: float, deadline: Deadline, rest: Callable[[], bytes] = bytes
) -> Iterator[None]:
    """While the block lasts, end the process if SQLite is at work GRACE seconds after its deadline, or after a signal.

    `timeout` is what to say then, in seconds; `rest` makes whole what was written.

    Only the main thread hears signals: in another one, nothing is done.
    """
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    ours, its = socket.socketpair()
    with closing(ours), closing(its):
        its.setblocking(False)
        before = signal.set_wakeup_fd(its.fileno(), warn_on_full_buffer=False)
        is_over = threading.Event()
        end = partial(_end, console, rest)
        watch = threading.Thread(target=_watch, args=(ours, is_over, timeout, deadline, end), daemon=True)
        watch.start()
        try:
            yield
        finally:
            signal.set_wakeup_fd(before)
            is_over.set()
            with suppress(BlockingIOError):
                its.send(b"\0")
            watch.join()


def _watch(
    signals: socket.socket,
    is_over: threading.Event,
    timeout: float,
    deadline: Deadline,
    end: Callable[[FavsyncError], None],
) -> None:
    ends_at: float | None = None
    while not is_over.is_set():
        if select.select([signals], [], [], _BETWEEN_LOOKS)[0]:
            signals.recv(4096)
            ends_at = time.monotonic() + GRACE
        now, until = time.monotonic(), deadline.at
        if until is None:
            continue
        if ends_at is not None and now > ends_at:
            end(Interrupted())
        if now > until + GRACE:
            end(QueryTooLong(timeout))


def _end(console: Console, rest: Callable[[], bytes], error: FavsyncError) -> None:
    console.error(*error.lines)
    with suppress(OSError, FavsyncError):
        if whole := rest():
            console.stream([whole])
        console.flush()  # the rows that were found
    os._exit(error.exit_code)
