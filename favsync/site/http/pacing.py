"""How often the site is asked: one after another, a least time from start to start, and never too early."""

import math
from collections.abc import Callable
from dataclasses import dataclass

LEAST_INTERVAL = 0.5
"""Seconds between two requests to anything but loopback, whatever the setting (docs/site-api.md, "Limits")."""


@dataclass(frozen=True, slots=True)
class Held:
    """The site asked, with an answer of HTTP status `status`, not to be asked anything for `seconds` from now."""

    seconds: float
    status: int


class Pacing:
    """Lets one request start at a time, `interval` seconds after the one before, and none before the site allows it.

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
        self._held_until: float | None = None
        self._held_by = 0

    def wait(self) -> None:
        """Sleep until the next request may start, and count it as started."""
        now = self._clock()
        start = max((at for at in (self._next_start, self._held_until) if at is not None), default=now)
        if now < start:
            self._sleep(start - now)
            # A sleep that ends a tick early must not move every later start forward.
            now = max(self._clock(), start)
        self._next_start = now + self.interval

    def hold_back(self, seconds: float, status: int) -> None:
        """Let no request start for so many seconds from now, as an answer of HTTP status `status` asked.

        Of several, the one that ends last counts.
        """
        until = self._clock() + seconds
        if self._held_until is None or until > self._held_until:
            self._held_until, self._held_by = until, status

    def held(self) -> Held | None:
        """Return for how long the site still wants no request; None when it may be asked."""
        if self._held_until is None or (left := self._held_until - self._clock()) <= 0:
            return None
        return Held(left, self._held_by)
