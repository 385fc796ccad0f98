"""A connection to whichever of a host's addresses answers first (RFC 8305, "Happy Eyeballs").

    address 1   ├──────────── 5 s ────────────┤ given up
    address 2   ····├── answers: this one is taken, the other attempts are closed
                0.25 s

A dead address costs a quarter of a second, and not the time that the answer may take.
"""

import errno
import selectors
import socket
import time
from collections import deque
from collections.abc import Callable, Sequence
from itertools import chain, zip_longest

from favsync.site.http.connection.resolve import Address

PER_ADDRESS = 5.0
"""Seconds after which an attempt to connect to one address is given up."""

HEAD_START = 0.25
"""Seconds after which the next address is tried as well, when the ones before have neither answered nor failed."""

MOST_ADDRESSES = 12
"""Addresses of one host that are tried; they all have had their time after about eight seconds."""

_UNREACHABLE = {errno.ENETUNREACH, errno.EHOSTUNREACH, errno.EADDRNOTAVAIL, errno.EAFNOSUPPORT, errno.ENETDOWN}


def dial(
    addresses: Sequence[Address],
    *,
    per_address: float = PER_ADDRESS,
    head_start: float = HEAD_START,
    clock: Callable[[], float] = time.monotonic,
) -> tuple[socket.socket, Address]:
    """Return a connected socket, and the address that it is connected to.

    Raises OSError, of all the attempts' errors the one that says most; TimeoutError when nothing answered at all.
    """
    with _Race(per_address, clock) as race:
        waiting = deque(alternating(addresses)[:MOST_ADDRESSES])
        next_start = clock()
        while waiting or race.is_on:
            if waiting and (not race.is_on or clock() >= next_start):
                race.enter(waiting.popleft())
                next_start = clock() + head_start
            if winner := race.wait(until=next_start if waiting else None):
                return winner
        raise race.failure()


class _Race:
    """Attempts to connect that run side by side; all of them but the winner are closed in the end."""

    def __init__(self, per_address: float, clock: Callable[[], float]) -> None:
        self._per_address = per_address
        self._clock = clock
        self._selector = selectors.DefaultSelector()
        self._running: dict[socket.socket, tuple[Address, float]] = {}
        self._failures: list[OSError] = []

    def __enter__(self) -> "_Race":
        return self

    def __exit__(self, *_: object) -> None:
        for attempt in self._running:
            attempt.close()
        self._selector.close()

    @property
    def is_on(self) -> bool:
        return bool(self._running)

    def enter(self, address: Address) -> None:
        """Begin to connect to one more address."""
        try:
            attempt = socket.socket(address.family, socket.SOCK_STREAM)
        except OSError as exc:
            self._failures.append(exc)
            return
        self._running[attempt] = address, self._clock() + self._per_address
        attempt.setblocking(False)
        try:
            code = attempt.connect_ex(address.target)
        except OSError as exc:
            self._drop(attempt, exc)
            return
        if code not in (0, errno.EINPROGRESS):
            self._drop(attempt, OSError(code, ""))
            return
        self._selector.register(attempt, selectors.EVENT_WRITE)

    def wait(self, *, until: float | None) -> tuple[socket.socket, Address] | None:
        """Return the first that is connected; None when one failed, or at `until` (by the clock)."""
        if not self._running:
            return None
        ends = [end for _, end in self._running.values()] + ([] if until is None else [until])
        for key, _ in self._selector.select(max(0.0, min(ends) - self._clock())):
            attempt = key.fileobj
            assert isinstance(attempt, socket.socket)  # noqa: S101 -- for the type checker
            self._selector.unregister(attempt)
            if code := attempt.getsockopt(socket.SOL_SOCKET, socket.SO_ERROR):
                self._drop(attempt, OSError(code, ""))
            else:
                return attempt, self._running.pop(attempt)[0]
        now = self._clock()
        for attempt, (_, end) in list(self._running.items()):
            if now >= end:
                self._selector.unregister(attempt)
                self._drop(attempt, TimeoutError())
        return None

    def failure(self) -> OSError:
        """Return what is said of an attempt of which none came to anything."""

        def silence(exc: OSError) -> int:
            """Who refused is nearer to the site than silence, and silence nearer than a way that is not there."""
            if exc.errno == errno.ECONNREFUSED:
                return 0
            if isinstance(exc, TimeoutError):
                return 2
            return 3 if exc.errno in _UNREACHABLE else 1

        return min(self._failures, key=silence, default=TimeoutError())

    def _drop(self, attempt: socket.socket, exc: OSError) -> None:
        del self._running[attempt]
        attempt.close()
        self._failures.append(exc)


def alternating(addresses: Sequence[Address]) -> list[Address]:
    """Return the families by turns, that of the first address first: one that is dead is not tried to its end."""
    first = [address for address in addresses if address.family == addresses[0].family]
    others = [address for address in addresses if address.family != addresses[0].family]
    return [address for address in chain.from_iterable(zip_longest(first, others)) if address is not None]
