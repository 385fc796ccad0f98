"""How often file hosts are asked, and how fast files come, over all the threads that fetch."""

from collections.abc import Callable
from threading import Lock
from typing import Final

LEAST_INTERVAL: Final = 0.5
"""Seconds from start to start at anything but loopback, whatever the setting."""

SLOWEST: Final = 16
"""It is slowed down to that part at most."""

_LEAST_REST: Final = 0.25
"""Seconds that a host is left alone that was busy, and did not say for how long."""

_LONGEST_REST: Final = 86_400.0
"""Seconds that a host is left alone at most, whatever it asks: no fetch is as long, and no clock counts to infinity."""

_BURST: Final = 0.25
"""Seconds by which bytes may be ahead of the rate: one read is not slept for."""


class Pace:
    """Lets one file start `interval` seconds after another, and `rate` bytes come a second (None: any number)."""

    def __init__(
        self,
        interval: float,
        rate: float | None,
        *,
        is_loopback: bool,
        clock: Callable[[], float],
        wait: Callable[[float], bool],
    ) -> None:
        """`wait` sleeps so many seconds, or less when the fetch is stopped: then it returns true."""
        self._interval = max(interval, 0.0 if is_loopback else LEAST_INTERVAL)
        self._rate = rate
        self._clock = clock
        self._wait = wait
        self._lock = Lock()
        self._slowness = 1
        self._next_start = 0.0
        self._held_until = 0.0
        self._paid_until = 0.0

    def start(self) -> bool:
        """Wait until the next file may start, and count it as started; return whether the fetch was stopped instead."""
        now = self._clock()
        while True:
            with self._lock:
                start = max(now, self._next_start)
                self._next_start = start + self._interval * self._slowness
            if start > now and self._wait(start - now):
                return True
            with self._lock:
                if start >= self._held_until:
                    return False
            # Meanwhile another thread was told to leave the host alone, and that goes for all: wait for a later turn.
            now = max(self._clock(), start)

    def spend(self, count: int) -> None:
        """Count bytes that came, and wait if they came too fast."""
        if self._rate is None:
            return
        with self._lock:
            now = self._clock()
            self._paid_until = max(now, self._paid_until) + count * self._slowness / self._rate
            ahead = self._paid_until - now - _BURST
        if ahead > 0:
            self._wait(ahead)

    def slow_down(self, retry_after: float | None) -> None:
        """Go half as fast from now on, and start nothing for as long as the host asks, in seconds."""
        with self._lock:
            self._slowness = min(self._slowness * 2, SLOWEST)
            rest = retry_after if retry_after is not None else max(self._interval, _LEAST_REST) * self._slowness
            self._held_until = max(self._held_until, self._clock() + min(rest, _LONGEST_REST))
            self._next_start = max(self._next_start, self._held_until)
