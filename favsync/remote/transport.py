"""One request, one whole answer: the only place that speaks httpx, and where its errors become ours."""

import logging
import ssl
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from http.cookiejar import CookieJar, DefaultCookiePolicy
from urllib.parse import quote

import httpx

from favsync import __version__
from favsync.errors import ConfigInvalid, SiteNonsense, SiteUnreachable
from favsync.remote.address import is_loopback
from favsync.remote.failure import Answer
from favsync.remote.retry import Transient
from favsync.site_text import clean

MOST_BYTES = 64 * 2**20
"""Longest answer that is read, unpacked: a full page is about one megabyte."""

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
    ) -> None:
        """Prepare a connection; nothing is sent yet. `timeout` is in seconds, for one whole answer.

        Raises ConfigInvalid when the environment names a proxy or certificates that cannot be used.
        """
        self._url = url
        self._timeout = timeout
        self._clock = clock
        try:
            self._client = httpx.Client(
                auth=httpx.BasicAuth(*credentials) if credentials else None,
                headers={"User-Agent": user_agent(url, user), "Accept": "application/json"},
                timeout=timeout,
                follow_redirects=False,
                verify=True if url.startswith("https:") else _trusts_nobody(),
                trust_env=not is_loopback(url),
                # Every request carries its own login; a session cookie could only say something else.
                cookies=CookieJar(DefaultCookiePolicy(allowed_domains=[])),
            )
        except (ValueError, ImportError, OSError, httpx.InvalidURL) as exc:
            # Not the error's own words: a proxy's URL may hold a password.
            raise ConfigInvalid(
                "The proxy or the certificates that the environment names (HTTPS_PROXY, ALL_PROXY, SSL_CERT_FILE, …)"
                f" cannot be used ({type(exc).__name__})."
            ) from None

    def send(self, request: Request) -> Answer:
        """Send one request and read its answer whole.

        Raises Transient when no whole answer came, SiteUnreachable for a certificate that is not the site's,
        SiteNonsense for an answer longer than MOST_BYTES.
        """
        started = self._clock()
        try:
            answer = self._exchange(request, deadline=started + self._timeout)
        except _HTTPX_ERRORS as exc:
            log.debug("%s %s -> %s after %.0f ms", request.method, request.path, type(exc).__name__, self._ms(started))
            raise _ours(exc) from exc
        log.debug("%s %s -> %d in %.0f ms", request.method, request.path, answer.status, self._ms(started))
        return answer

    def close(self) -> None:
        """Close the connection; a second time does nothing."""
        self._client.close()

    def _exchange(self, request: Request, deadline: float) -> Answer:
        with self._client.stream(
            request.method, self._url + request.path, params=request.query, data=request.form
        ) as response:
            try:
                body = self._read(response, deadline)
            except httpx.HTTPError:
                if response.status_code != 429 and response.status_code < 500:
                    raise
                # A server in trouble breaks off, too; its status and its Retry-After were told before.
                body = b""
            return Answer(response.status_code, dict(response.headers.items()), body)

    def _read(self, response: httpx.Response, deadline: float) -> bytes:
        body = bytearray()
        for chunk in response.iter_bytes():
            body += chunk
            if len(body) > MOST_BYTES:
                raise SiteNonsense(f"The site's answer is longer than {MOST_BYTES // 2**20} MB, and was not read.")
            # httpx's own timeout starts anew with every byte: a trickle would never end.
            if self._clock() > deadline:
                raise httpx.ReadTimeout(f"no whole answer within {self._timeout:g} seconds")
        return bytes(body)

    def _ms(self, started: float) -> float:
        return (self._clock() - started) * 1000


def _trusts_nobody() -> ssl.SSLContext:
    """For a site on this machine without TLS: reading the system's certificates would take longer than its answers."""
    return ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)


def user_agent(url: str, user: str | None) -> str:
    """Return the name under which favsync is known to the site: what runs, and who runs it (contract section 1)."""
    host = url.partition("://")[2]
    by = f"by {quote(user, safe=' !#$&*+./=?@^_`|~-', errors='replace')} on {host}" if user else f"on {host}"
    return f"favsync/{__version__} ({by})"


# UnicodeError: a host name that passes every check here and still cannot be looked up.
_HTTPX_ERRORS = (httpx.HTTPError, httpx.InvalidURL, httpx.CookieConflict, httpx.StreamError, UnicodeError)


def _ours(exc: Exception) -> Exception:
    words = clean(str(exc)) or type(exc).__name__
    match exc:
        case httpx.TimeoutException():
            return Transient("The site did not answer in time", SiteUnreachable)
        case httpx.NetworkError() if certificate := _certificate_words(exc):
            return SiteUnreachable(f"The site's certificate cannot be trusted ({certificate}); nothing was sent to it.")
        case httpx.NetworkError() | httpx.ProxyError() | httpx.RemoteProtocolError():
            return Transient(f"The site cannot be reached: {words}", SiteUnreachable)
        case httpx.DecodingError():
            return Transient(f"The site's answer cannot be unpacked: {words}", SiteNonsense)
        case _:
            return SiteNonsense(f"The site cannot be asked: {words} ({type(exc).__name__}).")


def _certificate_words(exc: BaseException) -> str | None:
    cause: BaseException | None = exc
    while cause is not None:
        if isinstance(cause, ssl.SSLCertVerificationError):
            return clean(cause.verify_message)
        cause = cause.__cause__ or cause.__context__
    return None
