"""One deadline for a whole exchange, on the bytes that come over the wire."""

import zlib
from collections.abc import Callable

import pytest

from favsync.errors import SiteNonsense, SiteTrouble, SiteUnreachable
from favsync.site.e621.client import SiteClient
from tests.site.raw import Handler, RawServer, answering, dripping
from tests.site.scripted import json_reply

HEAD = b"HTTP/1.1 200 OK\r\nContent-Type: application/json\r\n"
CHUNKED = HEAD + b"Transfer-Encoding: chunked\r\n\r\n"
PAGE = b'{"posts":[]}'
WHOLE = HEAD + b"Content-Length: 12\r\n\r\n" + PAGE


def gzip_start() -> bytes:
    packing = zlib.compressobj(wbits=31)
    return packing.compress(b"") + packing.flush(zlib.Z_SYNC_FLUSH)


EMPTY_BLOCK = b"\x00\x00\x00\xff\xff"
"""A stored block of deflate that holds nothing."""

DRIPS: dict[str, Handler] = {
    "nothing but silence": dripping(b"", b"", WHOLE),
    "a status line": dripping(b"HTTP/1.1 200 ", b"O", b"\r\n" + WHOLE.partition(b"\r\n")[2]),
    "one endless header": dripping(HEAD + b"X-Slow: ", b"a", b"\r\nContent-Length: 12\r\n\r\n" + PAGE),
    "headers without end": dripping(HEAD, b"X-Slow: a\r\n", b"Content-Length: 12\r\n\r\n" + PAGE),
    "100 Continue without end": dripping(b"", b"HTTP/1.1 100 Continue\r\n\r\n", WHOLE),
    "103 Early Hints without end": dripping(b"", b"HTTP/1.1 103 Early Hints\r\nLink: </a>\r\n\r\n", WHOLE),
    "a body": dripping(HEAD + b"Content-Length: 512\r\n\r\n", b" ", PAGE),
    "a body up to the end of the connection": dripping(HEAD + b"\r\n", b" ", PAGE),
    "chunks": dripping(CHUNKED, b"1\r\n \r\n", b"c\r\n" + PAGE + b"\r\n0\r\n\r\n"),
    "the extension of a chunk": dripping(CHUNKED + b"c;x=", b"a", b"\r\n" + PAGE + b"\r\n0\r\n\r\n"),
    "the size of a chunk": dripping(CHUNKED, b"0", b"c\r\n" + PAGE + b"\r\n0\r\n\r\n"),
    "trailers": dripping(CHUNKED + b"c\r\n" + PAGE + b"\r\n0\r\n", b"X-Slow: a\r\n", b"\r\n"),
    "empty compressed blocks": dripping(HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip_start(), EMPTY_BLOCK),
}


@pytest.mark.parametrize("drip", DRIPS.values(), ids=DRIPS.keys())
def test_an_answer_that_only_drips_ends_with_the_timeout(drip: Handler) -> None:
    """Bytes that keep coming are no answer, wherever in it they stand."""
    with (
        RawServer(drip) as server,
        SiteClient(server.url, login=None, request_interval=0, timeout=0.3, retry_for=0) as client,
        pytest.raises(SiteUnreachable, match=r"^The site did not answer in time \(tried once\)"),
    ):
        client.fetch_listing(3, 1)


@pytest.mark.parametrize("status", [b"429 Slow Down", b"503 Busy"])
def test_a_server_in_trouble_that_drips_is_still_told_by_its_status(status: bytes) -> None:
    """Status and Retry-After came before; the page is not needed."""
    drip = dripping(b"HTTP/1.1 " + status + b"\r\nContent-Length: 512\r\nRetry-After: 600\r\n\r\n", b" ")
    with (
        RawServer(drip) as server,
        SiteClient(server.url, login=None, request_interval=0, timeout=0.3, retry_for=0) as client,
        pytest.raises(SiteTrouble, match=f"answered {status[:3].decode()} .*be tried again in 10 minutes"),
    ):
        client.fetch_listing(3, 1)


def flooding(start: bytes, flood: bytes) -> Handler:
    """Send `flood` as fast as it is taken, forever."""

    def handle(connection: object, over: object) -> None:
        send: Callable[[bytes], None] = connection.sendall  # type: ignore[attr-defined]  # a socket, as Handler says
        send(start)
        while True:
            send(flood)

    return handle


FLOODS: dict[str, bytes] = {
    "early hints": b"HTTP/1.1 103 Early Hints\r\nX: a\r\n\r\n" * 2000,
    "a header": HEAD + b"X-Long: " + b"a" * 2**20,
    "headers": HEAD + b"X: a\r\n" * 2**18,
    "a body": HEAD + b"\r\n" + b" " * 2**20,
    "chunks": CHUNKED + (b"1\r\n \r\n" * 2**18),
    "empty compressed blocks": HEAD + b"Content-Encoding: gzip\r\n\r\n" + gzip_start() + EMPTY_BLOCK * 2**18,
}


@pytest.mark.slow
@pytest.mark.parametrize("flood", FLOODS.values(), ids=FLOODS.keys())
def test_a_flood_is_cut_off_by_its_size(flood: bytes) -> None:
    """Long before an hour is over, which is the timeout here."""
    with (
        RawServer(flooding(flood, flood[-200_000:])) as server,
        SiteClient(server.url, login=None, request_interval=0, timeout=3600, retry_for=0) as client,
        pytest.raises(SiteTrouble, match=r"is longer than|not HTTP|more than 200 headers"),
    ):
        client.fetch_listing(3, 1)


def test_more_headers_than_any_site_sends_are_refused() -> None:
    """Each costs memory, and none is needed."""
    answer = HEAD + b"X: a\r\n" * 300 + b"Content-Length: 12\r\n\r\n" + PAGE
    with (
        RawServer(answering(answer)) as server,
        SiteClient(server.url, login=None, request_interval=0, retry_for=0) as client,
        pytest.raises(SiteNonsense, match="more than 200 headers"),
    ):
        client.fetch_listing(3, 1)


def test_the_time_of_an_answer_begins_again_with_each_request() -> None:
    """A connection may be kept far longer than one answer may take."""
    with RawServer(answering(*[json_reply(200, {"posts": []}).replace(b"Connection: close\r\n", b"")] * 3)) as server:
        seconds = [0.0]
        with SiteClient(
            server.url, login=None, request_interval=0, timeout=5, retry_for=0, clock=lambda: seconds[0]
        ) as client:
            for _ in range(3):
                assert client.fetch_listing(3, 1).posts == ()
                seconds[0] += 30
        assert server.connections == 1
