"""What went wrong on the wire becomes an error of ours, or a failure that may pass."""

import httpcore

from favsync.errors import SiteNonsense, SiteUnreachable
from favsync.site.http.connection.allowance import TooManyBytes
from favsync.site.http.connection.proxies import Route
from favsync.site.http.connection.streams import CertificateRefused
from favsync.site.http.httpx_alone import httpx
from favsync.site.http.retries import Transient
from favsync.site.http.unpack import BodyTooLong, CannotUnpack
from favsync.site_text import clean

# httpcore's come from the wire as they are. httpx's come from httpx's own checks, before and after it.
# UnicodeError: a host name that passes every check here and still cannot be written to a wire.
WIRE_ERRORS = (
    httpcore.NetworkError,
    httpcore.ProtocolError,
    httpcore.ProxyError,
    httpcore.TimeoutException,
    httpcore.UnsupportedProtocol,
    httpx.HTTPError,
    httpx.InvalidURL,
    httpx.StreamError,
    httpx.CookieConflict,
    BodyTooLong,
    CannotUnpack,
    TooManyBytes,
    UnicodeError,
)

EARLY_ANSWER = "an answer was there before its question"

_BROKEN_PROTOCOL = (
    ("Server disconnected", "it closed the connection without an answer"),
    ("peer closed connection", "its answer broke off"),
    (EARLY_ANSWER, EARLY_ANSWER),
)
"""How h11 begins to say it, and what it means."""

QUOTING_ERRORS = (httpcore.ProtocolError, httpx.ProtocolError)
"""Those of WIRE_ERRORS whose words quote what came."""


def translated(exc: Exception, route: Route) -> Exception:
    """Return the error of ours for one of WIRE_ERRORS."""
    words = clean(str(exc))
    match exc:
        case CertificateRefused():
            return SiteUnreachable(f"The site's certificate cannot be trusted ({words}); nothing was sent to it.")
        case BodyTooLong() | TooManyBytes():
            return SiteNonsense(f"The site's answer {words}, and was not read.")
        case CannotUnpack() if exc.is_final:
            return SiteNonsense(f"The site's answer cannot be unpacked: {words}.")
        case CannotUnpack():
            return Transient(f"The site's answer cannot be unpacked: {words}", SiteNonsense)
        case (
            httpcore.NetworkError()
            | httpx.NetworkError()
            | httpcore.TimeoutException()
            | httpx.TimeoutException()
            | httpcore.ProxyError()
            | httpx.ProxyError()
            | httpcore.RemoteProtocolError()
            | httpx.RemoteProtocolError()
        ):
            return Transient(_unreached(exc, words, route), SiteUnreachable)
        case _:
            return SiteNonsense(f"The site cannot be asked ({type(exc).__name__}).")


def _unreached(exc: Exception, words: str, route: Route) -> str:
    proxy = f"The proxy that {route.variable or 'the system'} names"
    match exc:
        case httpcore.ProxyError() | httpx.ProxyError():
            return f"{proxy} did not connect to the site: {words}"
        case httpcore.ConnectError() | httpcore.ConnectTimeout() | httpx.ConnectError() | httpx.ConnectTimeout():
            who = proxy if route.proxy else "The site"
            bypassed = f" ({route.bypassed_by} says not to use the proxy of {route.variable})"
            return f"{who} cannot be reached: {words}{bypassed if route.bypassed_by else ''}"
        case httpcore.TimeoutException() | httpx.TimeoutException() if not words:
            return "The site did not answer in time"
        case httpcore.RemoteProtocolError() | httpx.RemoteProtocolError():
            # In words of ours: h11's quote what came.
            meanings = (meaning for begins, meaning in _BROKEN_PROTOCOL if words.startswith(begins))
            return f"The site cannot be reached: {next(meanings, 'what it answers is not HTTP')}"
        case _:
            return f"The site cannot be reached: {words}"
