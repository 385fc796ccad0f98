"""The time of day, as the database keeps it."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from functools import partial

from favsync.timestamps import as_text

__all__ = ["Clock", "as_text", "stopwatch", "utc_now"]

Clock = Callable[[], datetime]
"""Tells the present, in UTC."""


def stopwatch() -> Callable[[], float]:
    """Begin to count seconds, and return what tells how many have gone by: those spent asleep as well, where the
    system counts them."""
    clock = partial(time.clock_gettime, time.CLOCK_BOOTTIME) if hasattr(time, "CLOCK_BOOTTIME") else time.monotonic
    start = clock()
    return lambda: clock() - start


def utc_now() -> datetime:
    """Tell the present, in UTC."""
    return datetime.now(UTC)
