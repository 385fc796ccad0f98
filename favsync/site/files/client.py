"""The client of file hosts: whole requests of favsync's own, with nothing in them that says who asks, but a name.

Each thread has connections of its own, so that what one answer may take is counted for that answer alone. Requests go
to the wire as they are written here: no key is known, no cookie is kept, no Referer is sent, and a redirect is followed
only to where a URL may lead. A URL's query may be a secret (docs/site-api.md, "Files"): it is in no log and no error.
"""

import logging
import os
import re
import time
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from functools import partial
from threading import local
from typing import Final
from urllib.parse import urljoin, urlsplit

from favsync.addresses import is_loopback
from favsync.core.files.address import FileHosts, reach_of
from favsync.core.files.download import MOST_BYTES, Ask, Data, Head, Lost
from favsync.errors import FavsyncError
from favsync.site.files.pace import Pace
from favsync.site.http.connection.allowance import Allowance
from favsync.site.http.connection.backend import Backend
from favsync.site.http.connection.proxies import Route, find_route
from favsync.site.http.connection.resolve import IPAddress, Resolver
from favsync.site.http.connection.wire import Wire
from favsync.site.http.failures import retry_after
from favsync.site.http.httpx_alone import httpx
from favsync.site.http.translate import WIRE_ERRORS, translated
from favsync.site.http.transport import trusted_certificates, user_agent

log = logging.getLogger(__name__)

MOST_REDIRECTS: Final = 3
SLOWEST_RATE: Final = 1_000
"""Bytes a second: a body that comes more slowly than this ends after `timeout` seconds."""

_RANGE: Final = re.compile(r"bytes (?:([0-9]{1,18})-([0-9]{1,18})|\*)/([0-9]{1,18}|\*)")
_MARK: Final = re.compile(r"[\x21-\x7e][\x20-\x7e]{0,998}")
"""What can be sent back to a host as its name of a version."""

_STRONG_ETAG: Final = re.compile(r'"[\x21\x23-\x7e]*"')
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_BUSY: Final = frozenset({429, 503})
_FILES: Final = frozenset({200, 206})
_SHORT: Final = 65_536
"""Bytes of a page that are read for the sake of its connection: to make another one takes more."""

_STOPPED: Final = Lost("it was stopped")


class _NoAnswers(logging.Filter):
    """httpcore writes how answers begin into its log: where they send to, with the query, would be there."""

    def filter(self, record: logging.LogRecord) -> bool:
        return not record.getMessage().startswith("receive_response_headers.")


logging.getLogger("httpcore.http11").addFilter(_NoAnswers())


@dataclass
class _Line:
    """The connections of one thread to one host."""

    wire: Wire
    route: Route
    allowance: Allowance
    is_used: bool = False
    """An answer came over it: the connection that is kept since may have died meanwhile."""


class FileAnswer:
    """What a file host answers to one request; good for the length of the `with` block."""

    def __init__(self, head: Head | Lost, read: Callable[[], Data | Lost] | None = None) -> None:
        self.head = head
        self._read = read

    def read(self) -> Data | Lost:
        """The next bytes; none at the end."""
        return self._read() if self._read is not None else Lost("there is no body")


class FileHost:
    """Asks the file hosts of one site. Threads may share it; close it when all are done."""

    def __init__(
        self,
        hosts: FileHosts,
        *,
        user: str | None,
        timeout: float,
        pace: Pace,
        resolver: Callable[[], Resolver] = Resolver,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        """`timeout` is in seconds, for the beginning of an answer, and again whenever nothing comes."""
        self._hosts = hosts
        self._user_agent = user_agent(hosts.site_url, user)
        self._timeout = timeout
        self._pace = pace
        self._resolver = resolver
        self._clock = clock
        self._local = local()
        self._lines: list[_Line] = []

    def __enter__(self) -> "FileHost":
        return self

    def __exit__(self, *_: object) -> None:
        for line in self._lines:
            line.wire.close()

    @contextmanager
    def open(self, url: str, ask: Ask) -> Iterator[FileAnswer]:
        """Ask for a file from `ask.start` on, for the length of the block. It waits first until it may."""
        answered = self._ask(url, ask)
        if isinstance(answered, Lost):
            yield FileAnswer(answered)
            return
        response, line = answered
        try:
            yield FileAnswer(self._head(response), partial(self._read, response.iter_raw(), line))
        finally:
            _close(response, line)

    def _ask(self, url: str, ask: Ask) -> "tuple[httpx.Response, _Line] | Lost":
        """Ask, and follow where the host sends to, as far as that may be."""
        for hop in range(MOST_REDIRECTS + 1):
            if (refusal := self._hosts.refusal(url)) is not None:
                return Lost(f"the host sends to where nothing is fetched: {refusal}") if hop else Lost(refusal, True)
            line = self._line_to(url)
            response = self._send(line, url, ask)
            if isinstance(response, Lost):
                return response
            log.debug("GET %s -> %d", url.partition("?")[0], response.status_code)
            target = response.headers.get("location", "")
            if response.status_code not in _REDIRECTS or not target:
                return response, line
            _close(response, line)
            try:
                url = urljoin(url, target)
            except ValueError:
                return Lost("the host sends to what is no URL")
        return Lost(f"the host redirected more than {MOST_REDIRECTS} times")

    def _send(self, line: _Line, url: str, ask: Ask) -> "httpx.Response | Lost":
        """Send a request, and once more where a connection that was kept turns out to be dead."""
        while True:
            was_used, line.is_used = line.is_used, False
            if self._pace.start():
                return _STOPPED
            try:
                response = line.wire.handle_request(self._request(url, ask))
            except (*WIRE_ERRORS, FavsyncError) as exc:
                line.wire.start_over()
                if was_used and not line.allowance.has_received:
                    continue
                return Lost(_words(exc, line.route))
            line.is_used = True
            return response

    def _head(self, response: httpx.Response) -> Head:
        headers = {name.lower(): value for name, value in response.headers.items()}
        is_chunked = "transfer-encoding" in headers
        length = "" if is_chunked else headers.get("content-length", "")
        ranged = _RANGE.fullmatch(headers.get("content-range", "").strip())
        etag = headers.get("etag", "")
        mark = etag if _STRONG_ETAG.fullmatch(etag) else headers.get("last-modified", "")
        head = Head(
            response.status_code,
            length=int(length) if length.isascii() and length.isdigit() and len(length) < 19 else None,
            start=int(ranged[1]) if ranged and ranged[1] else None,
            total=int(ranged[3]) if ranged and ranged[3] != "*" else None,
            mark=mark or None,
            is_packed=headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"},
            is_page=headers.get("content-type", "").partition(";")[0].strip().lower() == "text/html",
            is_open=not is_chunked and "content-length" not in headers,
            retry_after=retry_after(headers, now=time.time()),
        )
        if head.status in _BUSY:
            self._pace.slow_down(head.retry_after)
        return head

    def _request(self, url: str, ask: Ask) -> httpx.Request:
        headers = [
            ("Host", urlsplit(url).netloc),
            ("User-Agent", self._user_agent),
            ("Accept", "*/*"),
            ("Accept-Encoding", "identity"),
        ]
        if ask.start and ask.mark and _MARK.fullmatch(ask.mark):
            headers += [("Range", f"bytes={ask.start}-"), ("If-Range", ask.mark)]
        return httpx.Request("GET", url, headers=headers)

    def _lines_of_thread(self) -> dict[str, _Line]:
        lines: dict[str, _Line] = self._local.__dict__.setdefault("lines", {})
        return lines

    def _line_to(self, url: str) -> _Line:
        """This thread's connections to a host. Raises ConfigInvalid for a proxy that cannot be used."""
        lines, origin = self._lines_of_thread(), _origin(url)
        if origin not in lines:
            here = is_loopback(url)
            route = Route() if here else find_route(url, os.environ, system=urllib.request.getproxies())
            allowance = Allowance(self._clock)
            host = urlsplit(url).hostname or ""

            def forbids(address: IPAddress) -> bool:
                return self._hosts.forbids(host, reach_of(address))

            backend = Backend(
                allowance,
                timeout=self._timeout,
                only_loopback=here,
                # Behind a proxy, what is connected to is the proxy, which the user named; the host is judged by name.
                forbids=None if here or route.proxy is not None else forbids,
                resolver=self._resolver(),
            )
            wire = Wire(
                route,
                backend=backend,
                allowance=allowance,
                tls=trusted_certificates(os.environ) if url.lower().startswith("https:") else None,
                timeout=self._timeout,
                most_bytes=MOST_BYTES,
            )
            lines[origin] = _Line(wire, route, allowance)
            self._lines.append(lines[origin])
        return lines[origin]

    def _read(self, chunks: Iterator[bytes], line: _Line) -> Data | Lost:
        """The next bytes of a body. The time for it ends earlier, the less came of it; waits of ours are no part."""
        try:
            data = next(chunks, b"")
        except (*WIRE_ERRORS, FavsyncError) as exc:
            return Lost(_words(exc, line.route))
        came = self._clock()
        self._pace.spend(len(data))
        line.allowance.extend(self._clock() - came + len(data) / SLOWEST_RATE, most=self._timeout)
        return Data(data)


def _close(response: httpx.Response, line: _Line) -> None:
    """Close an answer. A page about a refusal or a redirect is read to its end: so its connection can be kept."""
    try:
        if response.status_code not in _FILES:
            left = _SHORT
            for data in response.iter_raw():
                if (left := left - len(data)) < 0:
                    break
        response.close()
    except (*WIRE_ERRORS, FavsyncError):
        line.wire.start_over()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _words(exc: Exception, route: Route) -> str:
    """What went wrong, in words without a full stop; nothing of the URL is in them."""
    ours = exc if isinstance(exc, FavsyncError) else translated(exc, route)
    words = re.sub(r"\b[Tt]he site\b", "the file host", str(ours)).rstrip(".")
    return words[:1].lower() + words[1:]
