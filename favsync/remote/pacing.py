"""How often the site is asked: one request after another, with a least time from start to start."""

import math
from collections.abc import Callable

LEAST_INTERVAL = 0.5
"""Seconds between two requests to anything but loopback, whatever the setting (contract section 1)."""


class Pacing:
    """Lets one request start at a time, `interval` seconds after the one before.

    Clients that talk to the same site share one, so that the promise holds for all of them together.
    """

    def __init__(
        self, interval: float, *, is_loopback: bool, clock: Callable[[], float], sleep: Callable[[float], None]
    ) -> None:
        """Pace by `interval` seconds; below half a second only for loopback, and never below zero."""
        if not math.isfinite(interval):
            raise ValueError(f"an interval of {interval} seconds is no pace")
        self.interval = max(interval, 0.0 if is_loopback else LEAST_INTERVAL)
        self._clock = clock
        self._sleep = sleep
        self._next_start: float | None = None

    def wait(self) -> None:
        """Sleep until the next request may start, and count it as started."""
        now = self._clock()
        if self._next_start is not None and now < self._next_start:
            self._sleep(self._next_start - now)
            # A sleep that ends a tick early must not move every later start forward.
            now = max(self._clock(), self._next_start)
        self._next_start = now + self.interval
