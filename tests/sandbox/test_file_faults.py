"""Faults of the file host, each seen from the other end of a socket."""

import gzip
import socket
from collections.abc import Iterator
from datetime import UTC, datetime
from typing import NamedTuple, get_args
from urllib.parse import urlsplit

import httpx
import pytest

from favsync.sandbox import FileFault, Site, World, make_world
from favsync.sandbox.files.faults import FileFaultKind

SIZE = 1000


class Hosted(NamedTuple):
    """A host with one file, and what it is."""

    site: Site
    url: str
    content: bytes

    def order(self, fault: FileFault) -> None:
        """Let it happen from now on."""
        self.site.files.fault(fault)

    def get(self, **headers: str) -> httpx.Response:
        """Ask for the file, with these headers; `_` in a name is `-`."""
        return httpx.get(self.url, headers={name.replace("_", "-"): value for name, value in headers.items()})


@pytest.fixture
def hosted() -> Iterator[Hosted]:
    """The file of post 1."""
    world = make_world(favorites=2, spare_posts=0, file_size=SIZE)
    with Site(world) as site:
        yield Hosted(site, url_of(world), world.posts[1].content(world.posts[1].ext))


def url_of(world: World, post_id: int = 1) -> str:
    """Where a post's file is."""
    file = world.posts[post_id].original
    return f"{world.files_url}/data/{file.md5[:2]}/{file.md5[2:4]}/{file.md5}.{file.ext}"


def test_a_busy_host_says_how_long(hosted: Hosted) -> None:
    """Any status, with a page, and `Retry-After` in seconds or as a date; the next request is answered."""
    hosted.order(FileFault("status", status=429, retry_after=7))
    hosted.order(FileFault("status", retry_after=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)))
    first, second, third = (hosted.get() for _ in range(3))
    assert (first.status_code, first.headers["retry-after"]) == (429, "7")
    assert (second.status_code, second.headers["retry-after"]) == (503, "Fri, 02 Jan 2026 03:04:05 GMT")
    assert (third.status_code, third.content) == (200, hosted.content)
    assert [entry.fault for entry in hosted.site.files.log] == ["status", "status", None]


def test_a_page_comes_with_status_200(hosted: Hosted) -> None:
    """As a challenge of the proxy in front does."""
    hosted.order(FileFault("html"))
    answer = hosted.get(Range="bytes=5-")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert answer.content.startswith(b"<!doctype html>")


def test_a_redirect_leads_within_the_host_or_out_of_it(hosted: Hosted) -> None:
    """To the same file unless told otherwise."""
    hosted.order(FileFault("redirect"))
    assert httpx.get(hosted.url, follow_redirects=True).content == hosted.content
    assert [entry.status for entry in hosted.site.files.log] == [302, 200]
    hosted.order(FileFault("redirect", location="http://elsewhere.example/x"))
    assert hosted.get().headers["location"] == "http://elsewhere.example/x"


def test_content_can_be_wrong_without_a_word(hosted: Hosted) -> None:
    """As many bytes and another at the end, in a part as well; half of them; or some more. Lengths agree with that."""
    hosted.order(FileFault("wrong_bytes", times=2))
    hosted.order(FileFault("short"))
    hosted.order(FileFault("long"))
    whole, part, short, long = hosted.get(), hosted.get(Range="bytes=990-"), hosted.get(), hosted.get()
    last = bytes([hosted.content[-1] ^ 1])
    assert (whole.status_code, whole.content) == (200, hosted.content[:-1] + last)
    assert (part.status_code, part.content) == (206, hosted.content[990:-1] + last)
    assert (short.status_code, short.content) == (200, hosted.content[: SIZE // 2])
    assert (long.status_code, long.content) == (200, hosted.content + b"\0" * 100)
    for answer in (whole, part, short, long):
        assert answer.headers["content-length"] == str(len(answer.content))


def test_content_can_come_packed(hosted: Hosted) -> None:
    """With gzip, though nobody asked for it."""
    hosted.order(FileFault("gzip"))
    with httpx.stream("GET", hosted.url, headers={"Accept-Encoding": "identity"}) as answer:
        packed = b"".join(answer.iter_raw())
    assert answer.headers["content-encoding"] == "gzip"
    assert packed != gzip.decompress(packed) == hosted.content


def test_headers_can_say_anything(hosted: Hosted) -> None:
    """Those given replace the right ones, in any answer; an empty one takes one away."""
    hosted.order(FileFault("headers", headers={"ETag": 'W/"weak"', "Last-Modified": ""}))
    answer = hosted.get()
    assert (answer.headers["etag"], "last-modified" in answer.headers, answer.content) == (
        'W/"weak"',
        False,
        hosted.content,
    )


def test_an_etag_can_change_every_time(hosted: Hosted) -> None:
    """No `If-Range` fits it, so the whole file comes."""
    hosted.order(FileFault("new_etag", times=None))
    first = hosted.get()
    second = hosted.get(Range="bytes=5-", If_Range=first.headers["etag"])
    assert (second.status_code, second.content) == (200, hosted.content)
    assert second.headers["etag"] != first.headers["etag"]


def test_a_range_can_be_answered_wrongly(hosted: Hosted) -> None:
    """Not at all, as though it were the whole, with other bytes, with another total, or with 416."""
    for kind in ("ignored_range", "part_as_whole", "wrong_range", "wrong_total", "unsatisfiable"):
        hosted.order(FileFault(kind))
    answers = [hosted.get(Range="bytes=600-") for _ in range(5)]
    assert [(answer.status_code, answer.headers.get("content-range")) for answer in answers] == [
        (200, None),
        (200, None),
        (206, "bytes 599-999/1000"),
        (206, "bytes 600-999/1001"),
        (416, "bytes */1000"),
    ]
    content = hosted.content
    assert [answer.content for answer in answers[:4]] == [content, content[600:], content[599:], content[600:]]


def test_a_part_can_come_though_the_whole_was_asked_for(hosted: Hosted) -> None:
    """206 from the second byte on."""
    hosted.order(FileFault("wrong_range"))
    answer = hosted.get()
    assert (answer.status_code, answer.headers["content-range"]) == (206, "bytes 1-999/1000")


@pytest.mark.parametrize(
    ("fault", "said", "came"),
    [
        (FileFault("cut"), SIZE, SIZE // 2),
        (FileFault("cut", cut_at=0), SIZE, 0),
        (FileFault("cut", cut_at=999), SIZE, 999),
        (FileFault("wrong_length"), SIZE + 100, SIZE),
    ],
)
def test_a_connection_can_end_too_early(hosted: Hosted, fault: FileFault, said: int, came: int) -> None:
    """Content-Length says more than comes; so many bytes do come, and the log has them."""
    hosted.order(fault)
    parts: list[bytes] = []
    with httpx.stream("GET", hosted.url) as answer:
        assert answer.headers["content-length"] == str(said)
        with pytest.raises(httpx.RemoteProtocolError):
            parts.extend(answer.iter_raw())
    received = b"".join(parts)
    assert received == hosted.content[:came]
    assert hosted.site.files.log[-1].sent == came


def test_a_connection_can_go_on_too_long(hosted: Hosted) -> None:
    """Bytes stand behind those that Content-Length says."""
    hosted.order(FileFault("overrun"))
    url, received = urlsplit(hosted.url), b""
    with socket.create_connection((url.hostname or "", url.port or 0), timeout=20) as connection:
        connection.sendall(f"GET {url.path} HTTP/1.1\r\nHost: x\r\n\r\n".encode())
        while part := connection.recv(65536):
            received += part
    assert b"Content-Length: 1000\r\n" in received
    assert received.partition(b"\r\n\r\n")[2] == hosted.content + b"more" * 25


def test_a_connection_can_be_closed_without_an_answer(hosted: Hosted) -> None:
    """The log says that none was given."""
    hosted.order(FileFault("drop"))
    with pytest.raises(httpx.RemoteProtocolError):
        hosted.get()
    assert (hosted.site.files.log[-1].status, hosted.site.files.log[-1].fault) == (None, "drop")


def test_a_length_may_not_be_said(hosted: Hosted) -> None:
    """The body comes in chunks, and ends."""
    hosted.order(FileFault("chunked"))
    answer = hosted.get()
    assert ("content-length" in answer.headers, answer.headers["transfer-encoding"]) == (False, "chunked")
    assert answer.content == hosted.content


def test_a_body_may_never_end(hosted: Hosted, caplog: pytest.LogCaptureFixture) -> None:
    """The file is only the beginning; it goes on until the client has had enough, which is no error of the host."""
    hosted.order(FileFault("endless"))
    with httpx.stream("GET", hosted.url) as answer:
        assert "content-length" not in answer.headers
        received = b""
        for part in answer.iter_raw():
            received += part
            if len(received) > 300_000:
                break
    assert received.startswith(hosted.content + bytes(1000))
    assert hosted.get().content == hosted.content
    assert caplog.records == []


def test_a_body_can_come_in_drips(hosted: Hosted) -> None:
    """Each a piece of so many bytes, with a pause before it."""
    hosted.order(FileFault("drip", piece=400, delay=0.001))
    with httpx.stream("GET", hosted.url) as answer:
        received = list(answer.iter_raw())
    assert (b"".join(received), len(received)) == (hosted.content, 3)


def test_an_answer_can_be_late(hosted: Hosted) -> None:
    """Later than the client waits."""
    hosted.order(FileFault("delay", delay=3600))
    with pytest.raises(httpx.ReadTimeout):
        httpx.get(hosted.url, timeout=0.05)
    assert hosted.get().content == hosted.content


@pytest.mark.parametrize(("kind", "happened"), [("replace", "replaced"), ("delete", "deleted"), ("destroy", "gone")])
def test_a_file_can_go_between_the_list_and_the_request(hosted: Hosted, kind: FileFaultKind, happened: str) -> None:
    """404, and the site knows why: another file, a deleted post, or none."""
    hosted.order(FileFault(kind))
    posts = hosted.site.world.posts
    assert [hosted.get().status_code for _ in range(2)] == [404, 404]
    now = "gone" if 1 not in posts else "deleted" if posts[1].deleted else "replaced" if posts[1].file_version else ""
    assert now == happened


def test_faults_find_their_requests(hosted: Hosted) -> None:
    """By path pattern and method, after `skip` matches, `times` times, the first ordered first."""
    hosted.order(FileFault("status", path="/data/preview/*", times=None, status=502))
    hosted.order(FileFault("status", method="HEAD"))
    hosted.order(FileFault("status", path=urlsplit(hosted.url).path, skip=1, times=2, status=500))
    preview = hosted.url.replace("/data/", "/data/preview/").rpartition(".")[0] + ".jpg"
    assert [httpx.get(preview).status_code for _ in range(2)] == [502, 502]
    assert [hosted.get().status_code for _ in range(4)] == [200, 500, 500, 200]
    assert [httpx.head(hosted.url).status_code for _ in range(2)] == [503, 200]
    hosted.site.files.clear_faults()
    assert httpx.get(preview).status_code == 200


def test_every_fault_leaves_the_host_as_it_was(hosted: Hosted) -> None:
    """After any that changes no post the next request gets the right file; of files that are not there too."""
    quiet = [kind for kind in get_args(FileFaultKind) if kind not in ("replace", "delete", "destroy", "endless")]
    for kind in quiet:
        for url in (hosted.url, hosted.url.replace("/data/", "/data/none/")):
            hosted.order(FileFault(kind))
            try:
                httpx.get(url, headers={"Range": "bytes=600-", "Accept-Encoding": "identity"})
            except httpx.RemoteProtocolError:
                assert kind in ("cut", "drop", "wrong_length")
        assert hosted.get().content == hosted.content
    assert {entry.fault for entry in hosted.site.files.log} == {*quiet, None}


def test_requests_at_one_time_are_counted(hosted: Hosted) -> None:
    """How many were under way at most."""
    hosted.order(FileFault("drip", delay=3600))
    with httpx.Client() as client, client.stream("GET", hosted.url) as first:
        assert first.status_code == 200
        assert hosted.get().status_code == 200
    assert hosted.site.files.most_at_once == 2
