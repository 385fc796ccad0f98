"""How long one exchange with the site may take, and how many bytes of it may come."""

from collections.abc import Callable

import httpcore


class TooManyBytes(Exception):
    """More came over the wire than any answer of the site is long."""


class Allowance:
    """What is left of the time and of the bytes of one exchange; shared by the streams that carry it.

    It is held where the bytes come in. A limit on single reads starts again with every byte, and what stands above
    the socket (HTTP, chunks, compression) can go on forever without ever having anything to hand over.
    """

    def __init__(self, clock: Callable[[], float]) -> None:
        """Nothing is allowed before `grant`."""
        self._clock = clock
        self._until = 0.0
        self._bytes = 0
        self._expiry = ""
        self.has_received = False
        """Whether a byte came since the last grant."""

    def grant(self, seconds: float, most_bytes: int, *, expiry: str) -> None:
        """Allow so many seconds from now, and so many bytes. `expiry` says in words what it means when time is up."""
        self._until = self._clock() + seconds
        self._bytes = most_bytes
        self._expiry = expiry
        self.has_received = False

    def add_bytes(self, count: int) -> None:
        """Allow so many bytes more, in the time that there is."""
        self._bytes += count

    def extend(self, seconds: float, *, most: float) -> None:
        """Allow so many seconds more, but no more than `most` from now on: for a body that is long, and does come."""
        self._until = min(self._until + seconds, self._clock() + most)

    def seconds_left(self) -> float:
        """Return how long the next step may take, more than zero. Raises httpcore.ReadTimeout when nothing is left."""
        left = self._until - self._clock()
        if left <= 0:
            raise self.expired()
        return left

    def expired(self) -> httpcore.ReadTimeout:
        """Return the error that says that the time is up."""
        return httpcore.ReadTimeout(self._expiry)

    def spend(self, count: int) -> None:
        """Count bytes that came. Raises TooManyBytes."""
        self.has_received = self.has_received or count > 0
        self._bytes -= count
        if self._bytes < 0:
            raise TooManyBytes("is longer than any answer of a site")
