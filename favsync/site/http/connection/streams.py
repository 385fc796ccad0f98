"""Sockets and TLS for httpcore, where every byte in and out is held to the allowance of its exchange."""

import select
import socket
import ssl
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from typing import Any, TypeVar

import httpcore

from favsync.site.http.connection.allowance import Allowance
from favsync.site.http.connection.trouble import network_words
from favsync.site_text import clean

T = TypeVar("T")

_RECORD = 2**14
"""Bytes that TLS hands over at once."""


class CertificateRefused(httpcore.ConnectError):
    """Who answered could not show to be the one that was meant; the words are what was wrong."""


class SocketStream(httpcore.NetworkStream):
    """A connected socket. The time-outs that httpcore names are ignored: the allowance rules."""

    def __init__(self, connected: socket.socket, allowance: Allowance) -> None:
        self._socket = connected
        self._allowance = allowance

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 -- httpcore's signature
        """Return what has come, at least a byte; nothing at the end."""
        with self._bounded(httpcore.ReadError):
            received = self._socket.recv(max_bytes)
        self._allowance.spend(len(received))
        return received

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 -- httpcore's signature
        """Send all of it."""
        left = memoryview(buffer)
        while left:
            with self._bounded(httpcore.WriteError):
                sent = self._socket.send(left)
            left = left[sent:]

    def close(self) -> None:
        """Close the socket."""
        self._socket.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 -- httpcore's signature
    ) -> httpcore.NetworkStream:
        """Return this stream, encrypted."""
        return _encrypted(self, ssl_context, server_hostname)

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks for: whether anything can be read without waiting."""
        if info != "is_readable":
            return None
        if self._socket.fileno() < 0:
            return True
        poll = select.poll()
        poll.register(self._socket, select.POLLIN)
        return bool(poll.poll(0))

    @contextmanager
    def _bounded(self, becomes: type[httpcore.NetworkError]) -> Iterator[None]:
        self._socket.settimeout(self._allowance.seconds_left())
        try:
            yield
        except TimeoutError as exc:
            raise self._allowance.expired() from exc
        except OSError as exc:
            raise becomes(network_words(exc)) from exc


class TlsStream(httpcore.NetworkStream):
    """TLS over another stream, which may be encrypted itself (a proxy's): bytes are counted and timed below it."""

    def __init__(self, below: httpcore.NetworkStream, context: ssl.SSLContext, hostname: str | None) -> None:
        """Shake hands. Raises httpcore.ConnectError when the certificate, or anything else, is not as it must be."""
        self._below = below
        self._in, self._out = ssl.MemoryBIO(), ssl.MemoryBIO()
        self._tls = context.wrap_bio(self._in, self._out, server_hostname=hostname)
        try:
            self._pump(self._tls.do_handshake)
        except ssl.SSLError as exc:
            with suppress(httpcore.NetworkError, httpcore.TimeoutException):
                self._below.write(self._out.read())  # the alert that says why
            if isinstance(exc, ssl.SSLCertVerificationError):
                raise CertificateRefused(clean(exc.verify_message)) from exc
            raise httpcore.ConnectError(network_words(exc)) from exc

    def read(self, max_bytes: int, timeout: float | None = None) -> bytes:  # noqa: ARG002 -- httpcore's signature
        """Return what has come, at least a byte; nothing at the end."""
        try:
            return self._pump(partial(self._tls.read, max_bytes))
        except (ssl.SSLZeroReturnError, ssl.SSLEOFError):
            return b""  # whether the answer was whole, HTTP tells
        except ssl.SSLError as exc:
            raise httpcore.ReadError(network_words(exc)) from exc

    def write(self, buffer: bytes, timeout: float | None = None) -> None:  # noqa: ARG002 -- httpcore's signature
        """Send all of it."""
        left = memoryview(buffer)
        try:
            while left:
                left = left[self._pump(partial(self._tls.write, left)) :]
        except ssl.SSLError as exc:
            raise httpcore.WriteError(network_words(exc)) from exc

    def close(self) -> None:
        """Close the stream below."""
        self._below.close()

    def start_tls(
        self,
        ssl_context: ssl.SSLContext,
        server_hostname: str | None = None,
        timeout: float | None = None,  # noqa: ARG002 -- httpcore's signature
    ) -> httpcore.NetworkStream:
        """Return this stream, encrypted once more: to the site, through a proxy that is spoken to over TLS."""
        return _encrypted(self, ssl_context, server_hostname)

    def get_extra_info(self, info: str) -> Any:
        """Return what httpcore asks for."""
        return self._tls if info == "ssl_object" else self._below.get_extra_info(info)

    def _pump(self, step: Callable[[], T]) -> T:
        """Return what `step` returns, and carry bytes to and fro until it does."""
        while True:
            try:
                result = step()
            except ssl.SSLWantReadError:
                self._flush()
                if received := self._below.read(_RECORD):
                    self._in.write(received)
                else:
                    self._in.write_eof()
            else:
                self._flush()
                return result

    def _flush(self) -> None:
        if packed := self._out.read():
            self._below.write(packed)


def _encrypted(below: httpcore.NetworkStream, context: ssl.SSLContext, hostname: str | None) -> TlsStream:
    try:
        return TlsStream(below, context, hostname)
    except BaseException:
        below.close()
        raise
