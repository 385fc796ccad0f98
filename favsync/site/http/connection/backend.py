"""How httpcore gets its connections: a name, its addresses, the first that answers."""

import socket
from collections.abc import Callable, Iterable

import httpcore

from favsync.errors import SiteUrlInvalid
from favsync.site.http.connection.allowance import Allowance
from favsync.site.http.connection.dial import PER_ADDRESS, dial
from favsync.site.http.connection.resolve import Address, IPAddress, Resolver
from favsync.site.http.connection.streams import SocketStream
from favsync.site.http.connection.trouble import network_words

_HANDSHAKE_BYTES = 2**18
"""Most bytes that TLS and a proxy may take to come to an understanding: certificates are a few thousand."""


class Backend(httpcore.NetworkBackend):
    """Connects within a limit of time, and remembers which address answered."""

    def __init__(
        self,
        allowance: Allowance,
        *,
        timeout: float,
        only_loopback: bool,
        forbids: Callable[[IPAddress], bool] | None = None,
        resolver: Resolver | None = None,
        per_address: float = PER_ADDRESS,
    ) -> None:
        """`timeout` is in seconds, for what TLS and a proxy say before the first request can be sent.

        `only_loopback` refuses every address that is not this machine's own, whatever its name says; `forbids`
        tells which others are.
        """
        self._allowance = allowance
        self._timeout = timeout
        self._only_loopback = only_loopback
        self._forbids = forbids
        self._resolver = resolver or Resolver()
        self._per_address = per_address
        self._answered: Address | None = None
        self._made: httpcore.NetworkStream | None = None

    def connect_tcp(
        self,
        host: str,
        port: int,
        timeout: float | None = None,  # noqa: ARG002 -- httpcore's signature
        local_address: str | None = None,  # noqa: ARG002 -- as above
        socket_options: Iterable[httpcore.SOCKET_OPTION] | None = None,  # noqa: ARG002 -- as above
    ) -> httpcore.NetworkStream:
        """Return a stream to the first address that answers.

        Raises httpcore.ConnectError and httpcore.ConnectTimeout in words, and SiteUrlInvalid for a name that should
        lead to this machine and does not.
        """
        addresses = self._resolver.addresses(host, port)
        if self._only_loopback:
            elsewhere = addresses[0].target[0]
            addresses = [address for address in addresses if address.is_loopback]
            if not addresses:
                raise SiteUrlInvalid(
                    f"{host} leads to {elsewhere}, and not to this machine, as its name says. Nothing was sent there."
                )
        if self._forbids is not None:
            elsewhere = addresses[0].ip
            addresses = [address for address in addresses if not self._forbids(address.ip)]
            if not addresses:
                raise httpcore.ConnectError(f"{host} leads to {elsewhere}, which is asked for no files")
        # The one that answered last time first: a dead one before it costs its quarter of a second once.
        addresses.sort(key=lambda address: address != self._answered)
        try:
            connected, self._answered = dial(addresses, per_address=self._per_address)
        except OSError as exc:
            raise httpcore.ConnectError(network_words(exc)) from exc
        connected.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
        expiry = "the connection was not set up in time"
        self._allowance.grant(self._timeout, _HANDSHAKE_BYTES, expiry=expiry)
        self._made = SocketStream(connected, self._allowance)
        return self._made

    def abandon(self) -> None:
        """Close the connection that was made last: httpcore leaves it open when a proxy fails, or TLS within it."""
        if self._made is not None:
            self._made.close()
