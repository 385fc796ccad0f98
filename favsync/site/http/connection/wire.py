"""What httpx sends its requests over: connections that are ours, with a limit on everything that comes from them."""

import ssl
from collections.abc import Iterable, Iterator
from typing import Any

import httpcore

from favsync.errors import FavsyncError, SiteNonsense
from favsync.site.http.connection.allowance import Allowance
from favsync.site.http.connection.backend import Backend
from favsync.site.http.connection.proxies import Route
from favsync.site.http.httpx_alone import httpx
from favsync.site.http.translate import EARLY_ANSWER, WIRE_ERRORS

MOST_BYTES = 8 * 2**20
"""Longest body that is read, packed or unpacked: eight full pages, of about a megabyte each."""

MOST_HEADERS = 200
"""Header lines of one answer; the site sends about twenty, and a proxy some more. Their bytes are bounded by h11."""

_MOST_HEAD_BYTES = 2**20
"""Most bytes on the wire besides the body: headers, early hints, what chunks are wrapped in."""

KEPT_FOR = 60.0
"""Seconds that an idle connection is kept; servers close theirs after about as long."""


class Wire(httpx.BaseTransport):
    """httpcore's pool over our own sockets. httpcore's errors pass as they are: `translate.py` knows them all."""

    def __init__(
        self,
        route: Route,
        *,
        backend: Backend,
        allowance: Allowance,
        tls: ssl.SSLContext | None,
        timeout: float,
        most_bytes: int = MOST_BYTES,
    ) -> None:
        """`timeout` is in seconds, for one whole answer, from the request on; `allowance` is the backend's own.

        A body has at most `most_bytes`.
        """
        self._route = route
        self._backend = backend
        self._allowance = allowance
        self._tls = tls
        self._timeout = timeout
        self._most_bytes = most_bytes
        self._pool = self._new_pool()

    def handle_request(self, request: httpx.Request) -> httpx.Response:
        """Send a request and return the head of its answer; the body is read from its stream.

        Raises one of `translate.WIRE_ERRORS`, SiteUrlInvalid, and SiteNonsense for too many headers.
        """
        url = httpcore.URL(
            scheme=request.url.raw_scheme,
            host=request.url.raw_host,
            port=request.url.port,
            target=request.url.raw_path,
        )
        # The pool has a connection free, always; should it ever not, that is a time-out and no wait without an end.
        extensions = {"trace": self._traced, "timeout": {"pool": self._timeout}}
        asked = httpcore.Request(
            request.method, url, headers=request.headers.raw, content=request.content, extensions=extensions
        )
        try:
            response = self._pool.handle_request(asked)
        except (*WIRE_ERRORS, FavsyncError):
            raise
        except Exception as exc:
            if self._route.is_socks:
                # httpcore lets assertions, and errors of socksio's, through.
                raise httpcore.ProxyError("what it says is not SOCKS5") from exc
            raise
        if len(response.headers) > MOST_HEADERS:
            response.close()
            raise SiteNonsense(f"The site's answer has more than {MOST_HEADERS} headers, and was not read.")
        # Without the site's own words beside the status (`reason_phrase`): httpx would write them into its log.
        return _Answered(response.status, headers=response.headers, stream=_Body(response))

    def start_over(self) -> None:
        """Close every connection: one that a proxy did not complete stays open otherwise, and takes up the pool."""
        self._pool.close()
        self._backend.abandon()
        self._pool = self._new_pool()

    def close(self) -> None:
        """Close every connection; a second time does nothing."""
        self._pool.close()

    def _new_pool(self) -> httpcore.ConnectionPool:
        return httpcore.ConnectionPool(
            ssl_context=self._tls,
            proxy=self._route.proxy,
            keepalive_expiry=KEPT_FOR,
            network_backend=self._backend,
        )

    def _traced(self, event: str, info: dict[str, Any]) -> None:
        """Begin the time of an answer when its request is sent: whatever came before was the connection's."""
        match event:
            case "http11.send_request_headers.started" if info["request"].method != b"CONNECT":
                self._allowance.grant(self._timeout, _MOST_HEAD_BYTES, expiry="")
            case "http11.receive_response_headers.complete" if not self._allowance.has_received:
                # It came behind the answer before, and lay in h11's buffer: the answer to somebody else's question.
                raise httpcore.RemoteProtocolError(EARLY_ANSWER)
            case "http11.receive_response_headers.complete":
                self._allowance.add_bytes(self._most_bytes)


class _Answered(httpx.Response):
    """An answer whose Location httpx leaves alone: it would parse it although it follows none, and fail at bad ones."""

    @property
    def has_redirect_location(self) -> bool:
        return False


class _Body(httpx.SyncByteStream):
    """A body as it comes over the wire."""

    def __init__(self, response: httpcore.Response) -> None:
        self._response = response

    def __iter__(self) -> Iterator[bytes]:
        chunks: Iterable[bytes] = self._response.iter_stream()
        yield from chunks

    def close(self) -> None:
        self._response.close()
