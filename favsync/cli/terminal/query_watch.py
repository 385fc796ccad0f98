"""Ends a query, or a search, that nothing within can end: one step of SQLite may be long, and looks at no clock.

`printf('%.*c', 2000000000, 'x')` is such a step, and so is the sorting of many rows. SQLite lets another thread run
meanwhile, and that one ends the process: a query has nothing to lose. `favsync.interruption` does so after a signal.
"""

import os
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress

from favsync import interruption
from favsync.cli.terminal.console import Console
from favsync.errors import FavsyncError, QueryTooLong
from favsync.store.sqlite.deadline import Deadline

GRACE = 1.0
"""Seconds within which a query ends by itself, if it can."""

_BETWEEN_LOOKS = 0.25
"""Seconds."""


@contextmanager
def ending_what_is_stuck(
    console: Console, timeout: float, deadline: Deadline, rest: Callable[[], bytes] = bytes
) -> Iterator[None]:
    """While the block lasts, end the process if SQLite is at work GRACE seconds after its deadline.

    `timeout` is what to say then, in seconds; `rest` makes whole what was written, then and after a signal.
    """
    is_over = threading.Event()

    def complete() -> None:
        with suppress(OSError, FavsyncError):
            if whole := rest():
                console.stream([whole])
            console.flush()  # the rows that were found

    def complete_a_query() -> None:
        if deadline.at is not None:  # else somebody is writing
            complete()

    def watch() -> None:
        while not is_over.wait(_BETWEEN_LOOKS):
            until = deadline.at
            if until is not None and time.monotonic() > until + GRACE:
                error = QueryTooLong(timeout)
                console.error(*error.lines)
                complete()
                os._exit(error.exit_code)

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        with interruption.last_act(complete_a_query):
            yield
    finally:
        is_over.set()
        thread.join()
