"""Host names become addresses, within a limit of time."""

import ipaddress
import socket
import threading
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import httpcore

from favsync.site.http.connection.trouble import name_words

LONGEST_LOOK_UP = 10.0
"""Seconds that one attempt to connect waits for the resolver."""

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

LookUp = Callable[[str, int], list[Any]]
"""Like `socket.getaddrinfo` for streams: returns its tuples, raises OSError or UnicodeError."""


@dataclass(frozen=True, slots=True)
class Address:
    """Where a socket can connect to; `target` is what the socket module takes."""

    family: socket.AddressFamily
    target: tuple[Any, ...]

    @property
    def ip(self) -> IPAddress:
        """Without port and zone."""
        return ipaddress.ip_address(str(self.target[0]).partition("%")[0])

    @property
    def is_loopback(self) -> bool:
        """True when it leads to this machine itself."""
        return self.ip.is_loopback


def system_look_up(host: str, port: int) -> list[Any]:
    """Ask the system's resolver, which may take as long as it likes."""
    return socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)


class Resolver:
    """Asks for the addresses of a host in a thread, because the system's resolver has no limit that one could set."""

    def __init__(self, look_up: LookUp = system_look_up, *, seconds: float = LONGEST_LOOK_UP) -> None:
        """`look_up` is given a host and a port; `seconds` is how long one call waits for it."""
        self._look_up = look_up
        self._seconds = seconds
        self._running: dict[tuple[str, int], _LookUp] = {}

    def addresses(self, host: str, port: int) -> list[Address]:
        """Return the addresses of a host, the system's favourite first.

        Raises httpcore.ConnectError when there is none, and httpcore.ConnectTimeout. What came too late for one call is
        there for the next.
        """
        running = self._running.pop((host, port), None)
        if running is None:
            running = _LookUp(self._look_up, host, port)
            running.start()
        running.join(self._seconds)
        if running.is_alive():
            self._running[host, port] = running
            raise httpcore.ConnectTimeout(f"the name {host} was not resolved within {self._seconds:g} seconds")
        if isinstance(running.failure, OSError):
            raise httpcore.ConnectError(name_words(host, running.failure)) from running.failure
        if running.failure is not None or not running.found:
            raise httpcore.ConnectError(f"the name {host} cannot be resolved") from running.failure
        return running.found


class _LookUp(threading.Thread):
    def __init__(self, look_up: LookUp, host: str, port: int) -> None:
        # A daemon: the end of the program waits for no resolver.
        super().__init__(name="favsync-resolver", daemon=True)
        self._ask = look_up, host, port
        self.found: list[Address] = []
        self.failure: Exception | None = None

    def run(self) -> None:
        look_up, host, port = self._ask
        try:
            answer = look_up(host, port)
        except (OSError, UnicodeError) as exc:
            self.failure = exc
        else:
            internet = (socket.AF_INET, socket.AF_INET6)
            self.found = [Address(family, target) for family, *_, target in answer if family in internet]
