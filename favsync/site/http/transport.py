"""One request, one whole answer: the only place that speaks HTTP, and where the network's errors become ours.

httpx asks, over connections that are ours (`connection/wire.py`). What it would do by itself (unpack without a limit,
follow redirects, keep cookies, read proxies from the environment) is turned off: that is done here, or by nothing.
"""

import logging
import os
import ssl
import urllib.request
from base64 import b64encode
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import quote, urlencode, urlsplit

import httpcore

from favsync.about import __version__
from favsync.addresses import is_loopback
from favsync.errors import ConfigInvalid
from favsync.site.http.connection.allowance import Allowance
from favsync.site.http.connection.backend import Backend
from favsync.site.http.connection.proxies import Route, find_route
from favsync.site.http.connection.resolve import Resolver
from favsync.site.http.connection.wire import MOST_BYTES, Wire
from favsync.site.http.failures import Answer
from favsync.site.http.httpx_alone import httpx
from favsync.site.http.secrets import Secrets
from favsync.site.http.translate import QUOTING_ERRORS, WIRE_ERRORS, translated
from favsync.site.http.unpack import ACCEPTED, CannotUnpack, count_values, read_whole, unpack

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
        self._clock = clock
        self._headers = _headers(url, credentials, user)
        self._secrets = Secrets(credentials)
        # A rehearsal stays on this machine, without a proxy, and without reading the system's certificates for nothing.
        here = is_loopback(url)
        self._route = Route() if here else find_route(url, os.environ, system=urllib.request.getproxies())
        allowance = Allowance(clock)
        self._wire = Wire(
            self._route,
            backend=Backend(allowance, timeout=timeout, only_loopback=here, resolver=resolver),
            allowance=allowance,
            tls=trusted_certificates(os.environ) if url.startswith("https:") else None,
            timeout=timeout,
        )
        # The wire counts the time, and the bytes: httpx's own limit would begin again with each of them.
        # No cookie is kept, and those that come are not even looked at: every request says itself who asks.
        cookies = CookieJar(DefaultCookiePolicy(netscape=False, rfc2965=False))
        self._client = httpx.Client(
            transport=self._wire, trust_env=False, follow_redirects=False, timeout=timeout, cookies=cookies
        )

    def send(self, request: Request) -> Answer:
        """Send one request and read its answer whole. Whatever is in it, the key is not.

        Raises Transient when no whole answer came, SiteUnreachable for a certificate that is not the site's,
        SiteUrlInvalid for a name of this machine that leads elsewhere, SiteNonsense for an answer that is too long.
        """
        started = self._clock()
        try:
            answer = self._exchange(request)
        except WIRE_ERRORS as exc:
            passed = 1000 * (self._clock() - started)
            log.debug("%s %s -> %s after %.0f ms", request.method, request.path, type(exc).__name__, passed)
            ours = translated(exc, self._route)
            if isinstance(exc, QUOTING_ERRORS):
                # Its words quote what came, and the key may be in it: no traceback shall show them.
                raise ours from None
            raise ours from exc
        passed = 1000 * (self._clock() - started)
        log.debug("%s %s -> %d in %.0f ms", request.method, request.path, answer.status, passed)
        return answer

    def close(self) -> None:
        """Close the connection; a second time does nothing."""
        self._client.close()

    def _exchange(self, request: Request) -> Answer:
        target = request.path
        if request.query:
            target += "?" + urlencode(request.query, quote_via=quote, safe="", errors="surrogateescape")
        form = b"" if request.form is None else urlencode(request.form).encode()
        headers = list(self._headers)
        if request.form is not None:
            headers += [("Content-Type", "application/x-www-form-urlencoded"), ("Content-Length", str(len(form)))]
        # Not by `build_request`, which adds headers of httpx's own.
        asked = httpx.Request(request.method, self._url + target, headers=headers, content=form)
        try:
            response = self._client.send(asked, stream=True)
        except BaseException:
            # Whatever it was, and wherever: httpx, too, can fail between the headers and the body, and leaves it open.
            self._wire.start_over()
            raise
        try:
            return self._read(response)
        finally:
            response.close()

    def _read(self, response: httpx.Response) -> Answer:
        headers: dict[str, str] = {}
        for raw_name, raw_value in response.headers.raw:
            name, value = raw_name.decode("latin-1").lower(), self._secrets.removed_from(raw_value).decode("latin-1")
            headers[name] = f"{headers[name]}, {value}" if name in headers else value
        try:
            # Raw: httpx would unpack without a limit.
            body = unpack(read_whole(response.iter_raw(), MOST_BYTES), headers, MOST_BYTES)
            count_values(body)
        except (httpcore.NetworkError, httpcore.ProtocolError, httpcore.TimeoutException, CannotUnpack):
            if response.status_code != 429 and response.status_code < 500:
                raise
            # A server in trouble breaks off, too; its status and its Retry-After were told before.
            body = b""
        return Answer(response.status_code, headers, self._secrets.removed_from(body))


def user_agent(url: str, user: str | None) -> str:
    """Return the name under which favsync is known to the site: what runs, and who runs it.

    docs/site-api.md, "User-Agent and rate".
    """
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


def trusted_certificates(environ: Mapping[str, str]) -> ssl.SSLContext:
    """Load the certificates that are trusted: those of SSL_CERT_FILE or SSL_CERT_DIR, else the system's and certifi's.

    Raises ConfigInvalid.
    """
    file, folder = environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR")
    if not file and not folder:
        return httpcore.default_ssl_context()
    try:
        return ssl.create_default_context(cafile=file or None, capath=folder or None)
    except (OSError, ValueError) as exc:
        variable = "SSL_CERT_FILE" if file else "SSL_CERT_DIR"
        raise ConfigInvalid(f"{variable} names certificates that cannot be used ({type(exc).__name__}).") from None
