"""The client of file hosts: whole requests of favsync's own, with nothing in them that says who asks, but a name.

Each thread has connections of its own, so that what one answer may take is counted for that answer alone. No key is
known here. No cookie is kept, no Referer is sent, and a redirect is followed only to where a URL may lead.
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
from http.cookiejar import CookieJar, DefaultCookiePolicy
from threading import local
from typing import Final
from urllib.parse import urljoin, urlsplit

from favsync.addresses import is_loopback
from favsync.core.files.address import FileHosts
from favsync.core.files.download import MOST_BYTES, Ask, Data, Head, Lost
from favsync.errors import FavsyncError
from favsync.site.files.pace import Pace
from favsync.site.http.connection.allowance import Allowance
from favsync.site.http.connection.backend import Backend
from favsync.site.http.connection.proxies import Route, find_route
from favsync.site.http.connection.resolve import Resolver
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
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})
_BUSY: Final = frozenset({429, 503})


@dataclass
class _Line:
    """The connections of one thread to one host."""

    wire: Wire
    client: httpx.Client
    allowance: Allowance


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
            line.client.close()

    @contextmanager
    def open(self, url: str, ask: Ask) -> Iterator[FileAnswer]:
        """Ask for a file from `ask.start` on, for the length of the block. It waits first until it may."""
        answered = self._ask(url, ask)
        if isinstance(answered, Lost):
            yield FileAnswer(answered)
            return
        response, line = answered
        try:
            yield FileAnswer(self._head(response), partial(_read, response.iter_raw(), line, self._timeout, self._pace))
        finally:
            _close(response, line)

    def _ask(self, url: str, ask: Ask) -> "tuple[httpx.Response, _Line] | Lost":
        """Ask, and follow where the host sends to, as far as that may be."""
        for _ in range(MOST_REDIRECTS + 1):
            if (refusal := self._hosts.refusal(url)) is not None:
                return Lost(refusal)
            self._pace.start()
            try:
                line = self._line_to(url)
                response = line.client.send(self._request(url, ask), stream=True)
            except (*WIRE_ERRORS, FavsyncError) as exc:
                self._lines_of_thread().pop(_origin(url), None)
                return Lost(_words(exc))
            log.debug("GET %s -> %d", url.partition("?")[0], response.status_code)
            target = response.headers.get("location", "")
            if response.status_code not in _REDIRECTS or not target:
                return response, line
            _close(response, line)
            url = urljoin(url, target)
        return Lost(f"the host redirected more than {MOST_REDIRECTS} times")

    def _head(self, response: httpx.Response) -> Head:
        headers = {name.lower(): value for name, value in response.headers.items()}
        length = headers.get("content-length", "")
        ranged = _RANGE.fullmatch(headers.get("content-range", "").strip())
        etag = headers.get("etag", "")
        head = Head(
            response.status_code,
            length=int(length) if length.isascii() and length.isdigit() and len(length) < 19 else None,
            start=int(ranged[1]) if ranged and ranged[1] else None,
            total=int(ranged[3]) if ranged and ranged[3] != "*" else None,
            mark=etag if etag and not etag.startswith("W/") else headers.get("last-modified"),
            is_packed=headers.get("content-encoding", "identity").strip().lower() not in {"", "identity"},
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
        if ask.start and ask.mark:
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
            # Behind a proxy, the address that is connected to is the proxy's, which the user named.
            inside_is_fine = here or route.proxy is not None or self._hosts.is_inside
            backend = Backend(
                allowance,
                timeout=self._timeout,
                only_loopback=here,
                only_outside=not inside_is_fine,
                resolver=self._resolver(),
            )
            wire = Wire(
                route,
                backend=backend,
                allowance=allowance,
                tls=trusted_certificates(os.environ) if url.startswith("https:") else None,
                timeout=self._timeout,
                most_bytes=MOST_BYTES,
            )
            cookies = CookieJar(DefaultCookiePolicy(netscape=False, rfc2965=False))
            client = httpx.Client(
                transport=wire, trust_env=False, follow_redirects=False, timeout=self._timeout, cookies=cookies
            )
            lines[origin] = _Line(wire, client, allowance)
            self._lines.append(lines[origin])
        return lines[origin]


def _read(chunks: Iterator[bytes], line: _Line, timeout: float, pace: Pace) -> Data | Lost:
    """The next bytes of a body. The time for it ends earlier, the less came of it."""
    try:
        data = next(chunks, b"")
    except (*WIRE_ERRORS, FavsyncError) as exc:
        return Lost(_words(exc))
    pace.spend(len(data))
    line.allowance.extend(len(data) / SLOWEST_RATE, most=timeout)
    return Data(data)


def _close(response: httpx.Response, line: _Line) -> None:
    try:
        response.close()
    except (*WIRE_ERRORS, FavsyncError):
        line.wire.start_over()


def _origin(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}".lower()


def _words(exc: Exception) -> str:
    """What went wrong, in words without a full stop; nothing of the URL is in them."""
    ours = exc if isinstance(exc, FavsyncError) else translated(exc, Route())
    words = str(ours).rstrip(".").replace("The site's", "the file host's").replace("The site", "the file host")
    return words[:1].lower() + words[1:]
