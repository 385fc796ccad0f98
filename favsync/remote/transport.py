"""One request, one whole answer: the only place that speaks HTTP, and where the network's errors become ours.

httpcore is asked directly. What httpx puts on top of it (unpacking without a limit, redirects, cookies, proxies of the
environment) is what this program must do itself.
"""

import logging
import os
import ssl
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import quote, urlencode, urlsplit

import httpcore

from favsync import __version__
from favsync.errors import ConfigInvalid, FavsyncError, SiteNonsense
from favsync.remote.address import is_loopback
from favsync.remote.connection.allowance import Allowance
from favsync.remote.connection.backend import Backend
from favsync.remote.connection.proxies import Route, find_route
from favsync.remote.connection.resolve import Resolver
from favsync.remote.failure import Answer
from favsync.remote.secrets import Secrets
from favsync.remote.translate import WIRE_ERRORS, translated
from favsync.remote.unpack import ACCEPTED, CannotUnpack, count_values, read_whole, unpack

MOST_BYTES = 8 * 2**20
"""Longest body that is read, packed or unpacked: eight full pages, of about a megabyte each."""

MOST_HEADERS = 200
"""Header lines of one answer; the site sends about twenty, and a proxy some more. Their bytes are bounded by h11."""

_MOST_HEAD_BYTES = 2**20
"""Most bytes on the wire besides the body: headers, early hints, what chunks are wrapped in."""

KEPT_FOR = 60.0
"""Seconds that an idle connection is kept; servers close theirs after about as long."""

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Request:
    """What is asked: nothing in it is secret."""

    method: str
    path: str
    query: Mapping[str, str | int] | None = None
    form: Mapping[str, str | int] | None = None


class Transport:
    """An HTTP connection to one site that sends the key to that site and nowhere else."""

    def __init__(
        self,
        url: str,
        *,
        credentials: tuple[str, str] | None,
        user: str | None,
        timeout: float,
        clock: Callable[[], float],
        resolver: Resolver | None = None,
    ) -> None:
        """Prepare a connection; nothing is sent yet.

        `timeout` is in seconds, for one whole answer, from the request on; connecting has limits of its own. `resolver`
        finds the addresses of hosts; None: the system does.
        Raises ConfigInvalid when the environment names a proxy or certificates that cannot be used.
        """
        self._url = url
        self._timeout = timeout
        self._clock = clock
        self._headers = _headers(url, credentials, user)
        self._secrets = Secrets(credentials)
        self._allowance = Allowance(clock)
        # A rehearsal stays on this machine, without a proxy, and without reading the system's certificates for nothing.
        here = is_loopback(url)
        self._route = Route() if here else find_route(url, os.environ, system=urllib.request.getproxies())
        self._backend = Backend(self._allowance, timeout=timeout, only_loopback=here, resolver=resolver)
        self._tls = _trusted(os.environ) if url.startswith("https:") else None
        self._pool = self._new_pool()

    def send(self, request: Request) -> Answer:
        """Send one request and read its answer whole. Whatever is in it, the key is not.

        Raises Transient when no whole answer came, SiteUnreachable for a certificate that is not the site's,
        SiteUrlInvalid for a name of this machine that leads elsewhere, SiteNonsense for an answer that is too long.
        """
        started = self._clock()
        try:
            answer = self._exchange(request)
        except WIRE_ERRORS as exc:
            log.debug("%s %s -> %s after %.0f ms", request.method, request.path, type(exc).__name__, self._ms(started))
            ours = translated(exc, self._route)
            if isinstance(exc, httpcore.ProtocolError):
                # Its words quote what came, and the key may be in it: no traceback shall show them.
                raise ours from None
            raise ours from exc
        log.debug("%s %s -> %d in %.0f ms", request.method, request.path, answer.status, self._ms(started))
        return answer

    def close(self) -> None:
        """Close the connection; a second time does nothing."""
        self._pool.close()

    def _new_pool(self) -> httpcore.ConnectionPool:
        return httpcore.ConnectionPool(
            ssl_context=self._tls,
            proxy=self._route.proxy,
            keepalive_expiry=KEPT_FOR,
            network_backend=self._backend,
        )

    def _exchange(self, request: Request) -> Answer:
        target = request.path
        if request.query:
            target += "?" + urlencode(request.query, quote_via=quote, safe="", errors="surrogateescape")
        form = b"" if request.form is None else urlencode(request.form).encode()
        headers = list(self._headers)
        if request.form is not None:
            headers += [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", str(len(form)))]
        asked = httpcore.Request(
            request.method, self._url + target, headers=headers, content=form, extensions={"trace": self._traced}
        )
        response = self._handled(asked)
        try:
            return self._read(response)
        finally:
            response.close()

    def _handled(self, asked: httpcore.Request) -> httpcore.Response:
        try:
            return self._pool.handle_request(asked)
        except BaseException as exc:
            # A connection that a proxy did not complete stays open, and one of the few that a pool may have.
            self._pool.close()
            self._backend.abandon()
            self._pool = self._new_pool()
            if (
                self._route.is_socks
                and isinstance(exc, Exception)
                and not isinstance(exc, (*WIRE_ERRORS, FavsyncError))
            ):
                # httpcore lets assertions, and errors of socksio's, through.
                raise httpcore.ProxyError("what it says is not SOCKS5") from exc
            raise

    def _traced(self, event: str, info: dict[str, Any]) -> None:
        """Begin the time of an answer when its request is sent: whatever came before was the connection's."""
        match event:
            case "http11.send_request_headers.started" if info["request"].method != b"CONNECT":
                self._allowance.grant(self._timeout, _MOST_HEAD_BYTES, expiry="")
            case "http11.receive_response_headers.complete":
                self._allowance.add_bytes(MOST_BYTES)

    def _read(self, response: httpcore.Response) -> Answer:
        if len(response.headers) > MOST_HEADERS:
            raise SiteNonsense(f"The site's answer has more than {MOST_HEADERS} headers, and was not read.")
        headers: dict[str, str] = {}
        for raw_name, raw_value in response.headers:
            name, value = raw_name.decode("latin-1").lower(), self._secrets.removed_from(raw_value).decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        try:
            body = unpack(read_whole(response.iter_stream(), MOST_BYTES), headers, MOST_BYTES)
            count_values(body)
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, CannotUnpack):
            if response.status != 429 and response.status < 500:
                raise
            # A server in trouble breaks off, too; its status and its Retry-After were told before.
            body = b""
        return Answer(response.status, headers, self._secrets.removed_from(body))

    def _ms(self, started: float) -> float:
        return (self._clock() - started) * 1000


def user_agent(url: str, user: str | None) -> str:
    """Return the name under which favsync is known to the site: what runs, and who runs it (contract section 1)."""
    host = url.partition("://")[2]
    by = f"by {quote(user, safe=' !#$&*+./=?@^_`|~-', errors='replace')} on {host}" if user else f"on {host}"
    return f"favsync/{__version__} ({by})"


def _headers(url: str, credentials: tuple[str, str] | None, user: str | None) -> list[tuple[str, str]]:
    headers = [
        ("Host", urlsplit(url).netloc),
        ("User-Agent", user_agent(url, user)),
        ("Accept", "application/json"),
        ("Accept-Encoding", ACCEPTED),
    ]
    if credentials is not None:
        headers.append(("Authorization", f"Basic {b64encode(':'.join(credentials).encode()).decode()}"))
    return headers


def _trusted(environ: Mapping[str, str]) -> ssl.SSLContext:
    """The certificates that are trusted: those of SSL_CERT_FILE or SSL_CERT_DIR, else the system's and certifi's."""
    file, folder = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
    if not file and not folder:
        return httpcore.default_ssl_context()
    try:
        return ssl.create_default_context(cafile=file or None, capath=folder or None)
    except (OSError, ValueError) as exc:
        variable = "SSL_CERT_FILE" if file else "SSL_CERT_DIR"
        raise ConfigInvalid(f"{variable} names certificates that cannot be used ({type(exc).__name__}).") from None
