"""File hosts that lie, stall, cut and never end: no byte of theirs gets a file's name that is not the file."""

import socket
import threading
from itertools import count

import pytest

from favsync.app.files.one_file import FileFetch
from favsync.core.files import download as rules
from favsync.core.files.download import Corrupt, Missing, Trouble, Whole
from favsync.core.files.plan import Candidate
from favsync.model import FileKind
from tests.site.conftest import FakeTime
from tests.site.files.conftest import FILE, MD5, ConnectHost, Script, answer
from tests.site.raw import RawServer, dripping

WHOLE = Whole(MD5, len(FILE))
KEPT = {f"{MD5}.png": FILE}
MARK = 'ETag: "v1"'
HALF = len(FILE) // 2
CUT = answer("200 OK", FILE[:HALF], MARK, "Connection: close", length=len(FILE))
"""The first half, and a connection that is closed."""


def rest(content_range: str = f"bytes {HALF}-{len(FILE) - 1}/{len(FILE)}", body: bytes = FILE[HALF:]) -> bytes:
    """The second half, as a range."""
    return answer("206 Partial Content", body, MARK, f"Content-Range: {content_range}")


def chunked(*chunks: bytes, end: bytes = b"0\r\n\r\n") -> bytes:
    return b"".join(b"%x\r\n%b\r\n" % (len(chunk), chunk) for chunk in chunks) + end


@pytest.mark.parametrize(
    "good",
    [
        answer("200 OK", FILE),
        answer("200 OK", FILE, "Content-Encoding: identity"),
        answer("200 OK", chunked(FILE[:100], FILE[100:]), "Transfer-Encoding: chunked", length=None),
        answer("200 OK", chunked(FILE), "Transfer-Encoding: chunked", length=7),
        answer("200 OK", FILE, "Connection: close", length=None),
        answer("200 OK", FILE, "Connection: close", length=None).replace(b"HTTP/1.1", b"HTTP/1.0"),
        answer("200 OK", FILE, "Connection: close").replace(b"HTTP/1.1", b"HTTP/1.0"),
        answer("200 OK", FILE, *[f"X-{number}: x" for number in range(198)]),
        answer("200 OK", FILE + b"and more", "Connection: close", length=len(FILE)),
        b"HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n" + answer("200 OK", FILE),
    ],
    ids=["plain", "named", "chunks", "both", "no length", "1.0 without", "1.0", "200 headers", "beyond", "103"],
)  # fmt: skip
def test_however_a_host_frames_a_file_it_is_the_file(connect: ConnectHost, good: bytes) -> None:
    """With a length, in chunks, up to the end of the connection; what goes on behind the length is not read."""
    with RawServer(Script([good])) as server:
        fetching = connect(server.url)
        assert fetching.fetch() == WHOLE
        assert fetching.kept() == KEPT


@pytest.mark.parametrize(
    ("bad", "why"),
    [
        (b"", "it closed the connection without an answer"),
        (b"\x15\x03\x01", "what it answers is not HTTP"),
        (b"SSH-2.0-OpenSSH\r\n\r\n", "what it answers is not HTTP"),
        (answer("200 OK", FILE, *[f"X-{number}: x" for number in range(205)]), "more than 200 headers"),
        (answer("200 OK", FILE, "X: " + "x" * 200_000), "what it answers is not HTTP"),
        (answer("200 OK", FILE, "Content-Length: 5"), "what it answers is not HTTP"),
        (answer("200 OK", FILE, "Content-Encoding: gzip"), "the host packs the file"),
        (answer("200 OK", FILE, "Content-Encoding: br, identity"), "the host packs the file"),
        (answer("204 No Content", length=None), "the host answered 204"),
        (answer("206 Partial Content", FILE, f"Content-Range: bytes 0-9/{len(FILE)}"), "the host answered 206"),
        (answer("302 Found"), "the host answered 302"),
        (answer("500 Oops", b"x"), "the host answered 500"),
        (CUT, "its answer broke off"),
        (answer("200 OK", chunked(FILE[:9], end=b""), "Transfer-Encoding: chunked", "Connection: close", length=None),
         "its answer broke off"),
        (answer("200 OK", b"no number\r\n", "Transfer-Encoding: chunked", length=None), "what it answers is not HTTP"),
    ],
)  # fmt: skip
def test_an_answer_that_is_none_is_trouble_in_words(connect: ConnectHost, bad: bytes, why: str) -> None:
    """It may pass; nothing gets the file's name."""
    with RawServer(Script([bad, *[b""] * 5])) as server:
        fetching = connect(server.url)
        end = fetching.fetch()
        assert isinstance(end, Trouble)
        assert why in end.why
        assert "site" not in end.why
        assert f"{MD5}.png" not in fetching.kept()


@pytest.mark.parametrize("status", [403, 404, 410])
def test_a_file_that_is_not_there_is_missing(connect: ConnectHost, status: int) -> None:
    """Whatever page comes with it."""
    with RawServer(Script([answer(f"{status} No", b"<html>")])) as server:
        assert connect(server.url).fetch() == Missing(status)


def test_a_web_page_never_becomes_a_picture(connect: ConnectHost) -> None:
    """Nor does it say anything of the file: who signs in to the hotel's network the next day gets it."""
    page = answer("200 OK", b"<html>Sign in to the hotel's network</html>", "Content-Type: Text/HTML; charset=utf-8")
    with RawServer(Script([page] * 2)) as server:
        fetching = connect(server.url)
        why = Trouble("the host answered with a web page instead of the file")
        assert [fetching.fetch(), fetching.fetch(kind=FileKind.PREVIEW)] == [why, why]
        assert fetching.kept() == {}


@pytest.mark.parametrize(
    "second",
    [
        rest(),
        rest(f"bytes 0-{len(FILE) - 1}/{len(FILE)}"),
        rest(f"bytes {HALF + 1}-{len(FILE) - 1}/{len(FILE)}"),
        rest(f"bytes {HALF}-{len(FILE) - 1}/*"),
        rest(f"bytes {HALF}-{len(FILE) - 1}/{HALF}"),
        rest("bytes"),
        rest(f"items {HALF}-{len(FILE) - 1}/{len(FILE)}"),
        rest(f"bytes {HALF}-{len(FILE) - 1}/{'9' * 30}"),
        rest(body=bytes(len(FILE) - HALF)),
        rest().replace(MARK.encode(), b'ETag: "v2"'),
        rest().replace(MARK.encode(), MARK.encode() + b"\r\nContent-Encoding: gzip"),
        rest(f"bytes {HALF}-{HALF + 9}/{HALF + 10}", FILE[HALF : HALF + 10]),
        rest(f"bytes {HALF}-{HALF + 9}/{HALF + 10}"),
        answer("206 Partial Content", FILE[HALF:], MARK),
        answer("416 Range Not Satisfiable", b"", f"Content-Range: bytes */{len(FILE)}"),
        answer("416 Range Not Satisfiable", b"", f"Content-Range: bytes */{HALF}"),
        answer("200 OK", FILE),
    ],
)  # fmt: skip
def test_whatever_a_host_says_of_a_range_the_file_is_right(connect: ConnectHost, second: bytes) -> None:
    """Where range, total, version or bytes are lies, it is fetched from its beginning once more."""
    script = Script([CUT, second, answer("200 OK", FILE, MARK), answer("200 OK", FILE, MARK)])
    with RawServer(script) as server:
        fetching = connect(server.url)
        assert isinstance(fetching.fetch(), Trouble)
        assert fetching.kept() == {f"{MD5}.png.part": FILE[:HALF]}
        assert fetching.fetch() == WHOLE
        assert fetching.kept() == KEPT
        assert f'\r\nRange: bytes={HALF}-\r\nIf-Range: "v1"\r\n'.encode() in script.heads[1]


@pytest.mark.parametrize(
    ("names", "sent_back"),
    [
        (['ETag: "v1"', "Last-Modified: Sat, 01 Jan 2022 00:00:00 GMT"], '"v1"'),
        (['ETag: W/"v1"', "Last-Modified: Sat, 01 Jan 2022 00:00:00 GMT"], "Sat, 01 Jan 2022 00:00:00 GMT"),
        (['ETag: W/"v1"'], None),
        (["ETag: v1"], None),
        (['ETag: "\u00e9"'], None),
        (["Last-Modified: \u00e9"], None),
        (["X: y"], None),
    ],
)
def test_a_version_is_named_as_the_host_names_it_or_not_at_all(
    connect: ConnectHost, names: list[str], sent_back: str | None
) -> None:
    """A weak name says nothing of the bytes; one that cannot be sent back would hold the file up forever."""
    script = Script([CUT.replace(MARK.encode(), "\r\n".join(names).encode("latin-1")), answer("200 OK", FILE)])
    with RawServer(script) as server:
        fetching = connect(server.url)
        assert isinstance(fetching.fetch(), Trouble)
        assert fetching.fetch() == WHOLE
    if_range = [line for line in script.heads[1].decode().split("\r\n") if line.startswith(("Range", "If-Range"))]
    assert if_range == ([f"Range: bytes={HALF}-", f"If-Range: {sent_back}"] if sent_back else [])


def test_a_sample_is_not_sewn_together_of_two_versions(connect: ConnectHost) -> None:
    """No md5 would tell: so the rest must be named as the same version, by the host."""
    new = FILE[:8] + bytes(len(FILE) - 8)
    for named in ('ETag: "v2"', "X: y"):
        script = Script([CUT, rest(body=new[HALF:]).replace(MARK.encode(), named.encode()), answer("200 OK", new)])
        with RawServer(script) as server:
            fetching = connect(server.url)
            assert isinstance(fetching.fetch(kind=FileKind.SAMPLE), Trouble)
            assert isinstance(fetching.fetch(kind=FileKind.SAMPLE), Whole)
            assert list(fetching.kept().values()) == [new]


def test_a_sample_of_which_no_length_is_known_is_not_believed(connect: ConnectHost) -> None:
    """One that was cut off would look like that. An original that is shorter than it should be may be cut, too."""
    with RawServer(Script([answer("200 OK", FILE[:HALF], "Connection: close", length=None)] * 4)) as server:
        fetching = connect(server.url)
        for end in (fetching.fetch(kind=FileKind.SAMPLE), fetching.fetch(size=len(FILE))):
            assert end == Trouble("the host does not say how long the file is, and it may be cut off")
        assert isinstance(fetching.fetch(size=HALF), Corrupt)


def test_a_body_without_an_end_is_given_up(connect: ConnectHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """At the length that no file of a site has; nothing of it is kept."""
    monkeypatch.setattr(rules, "MOST_BYTES", 100_000)

    def endless(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(answer("200 OK", b"", "Transfer-Encoding: chunked", length=None))
        while not over.is_set():
            connection.sendall(chunked(b"x" * 4096, end=b""))

    with RawServer(Script([endless, answer("200 OK", b"", length=100_001)])) as server:
        fetching = connect(server.url)
        assert fetching.fetch() == Corrupt("it goes on behind its end")
        assert fetching.fetch() == Corrupt("it has 100,001 bytes, more than any file of a site")
        assert fetching.kept() == {}


def test_a_byte_now_and_then_does_not_keep_it_waiting(connect: ConnectHost) -> None:
    """The time of an answer grows with what comes of it: by a second for a thousand bytes."""
    time = FakeTime(tick=0.5)
    with RawServer(dripping(answer("200 OK", b"", length=10_000), b"x")) as server:
        fetching = connect(server.url, timeout=10, clock=time.clock)
        assert fetching.fetch() == Trouble("the file host did not answer in time")
        assert time.seconds < 1060


def test_a_body_that_comes_steadily_may_take_its_time(connect: ConnectHost) -> None:
    """Twenty times as long as an answer may begin to take."""
    time, pieces = FakeTime(), [FILE[at : at + 256] for at in range(0, len(FILE), 256)]
    acknowledged = threading.Semaphore(0)

    def steady(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(answer("200 OK", b"", length=len(FILE)))
        for piece in pieces:
            connection.sendall(piece)
            acknowledged.acquire(timeout=5)

    def wait(seconds: float) -> bool:
        time.sleep(seconds)
        acknowledged.release()
        return False

    # Each piece of 256 bytes is waited for as long as a rate of 25 bytes a second asks, far more than the timeout.
    with RawServer(Script([steady])) as server:
        fetching = connect(server.url, timeout=5, clock=time.clock, wait=wait, rate=25)
        assert fetching.fetch() == WHOLE
        assert time.seconds - 1000 > 200


@pytest.mark.parametrize("start", [b"", b"HTTP/1.1 200 OK\r\nX: ", answer("200 OK", bytes(500_000), length=10**6)])
def test_a_host_that_stalls_is_given_up(connect: ConnectHost, start: bytes) -> None:
    """Before its answer, in its headers, in its body: what came fast before buys it no time."""

    def stall(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(start)
        over.wait(30)

    with RawServer(Script([stall])) as server:
        fetching = connect(server.url, timeout=0.2)
        assert fetching.fetch() == Trouble("the file host did not answer in time")


def test_a_kept_connection_that_died_is_made_again_and_is_no_failure(connect: ConnectHost) -> None:
    """Closed between two files, or at the very moment of the second request; once only."""
    good = answer("200 OK", FILE)
    script = Script([good, b"", good, b"", b"", good])
    with RawServer(script) as server:
        fetching = connect(server.url)

        def fetch() -> object:
            fetching.folder.remove(f"{MD5[:2]}/{MD5[2:4]}/{MD5}.png")
            return fetching.fetch()

        assert fetch() == WHOLE
        assert fetch() == WHOLE
        assert (len(script.heads), server.connections) == (3, 2)
        # One that dies again when it is new is a failure.
        end = fetch()
        assert isinstance(end, Trouble)
        assert end.why.endswith("it closed the connection without an answer")
        assert len(script.heads) == 5
        assert fetch() == WHOLE


@pytest.mark.parametrize("headers", [(), ("Transfer-Encoding: chunked",)])
def test_a_page_about_no_file_costs_no_connection(connect: ConnectHost, headers: tuple[str, ...]) -> None:
    """It is read to its end, where a file that was not wanted is not; servers send one with every redirect."""

    def page(status: str, *more: str) -> bytes:
        body = b"<html>" + b"x" * 200
        return answer(status, chunked(body) if headers else body, *headers, *more, length=None if headers else -1)

    good = answer("200 OK", FILE)
    script = Script([page("302 Found", "Location: /b"), page("404 No"), page("500 No"), good])
    with RawServer(script) as server:
        fetching = connect(server.url)
        assert fetching.fetch() == Missing(404)
        assert isinstance(fetching.fetch(), Trouble)
        assert fetching.fetch() == WHOLE
        assert (server.connections, len(script.heads)) == (1, 4)


def test_a_page_without_an_end_is_not_read_to_it(connect: ConnectHost) -> None:
    """Nor is one that breaks off: what the answer said counts, and the connection goes."""

    def endless(connection: socket.socket, over: threading.Event) -> None:
        connection.sendall(answer("404 No", b"", "Transfer-Encoding: chunked", length=None))
        while not over.is_set():
            connection.sendall(chunked(b"x" * 4096, end=b""))

    cut = answer("302 Found", b"<ht", "Location: /b", "Connection: close", length=100)
    with RawServer(Script([endless, cut, answer("200 OK", FILE)])) as server:
        fetching = connect(server.url)
        assert fetching.fetch() == Missing(404)
        assert fetching.fetch() == WHOLE
        assert server.connections == 3


def test_a_second_answer_behind_the_first_is_not_taken_for_that_of_the_next_request(connect: ConnectHost) -> None:
    """It would be the file of somebody else's choice; the request is made again over a connection of its own."""
    forged = answer("200 OK", b"\x89PNG\r\n\x1a\n forged")
    script = Script([answer("200 OK", FILE) + forged, *[answer("200 OK", FILE)] * 2])
    with RawServer(script) as server:
        fetching = connect(server.url)
        assert fetching.fetch() == WHOLE
        end = fetching.fetch(kind=FileKind.SAMPLE)
        assert end == WHOLE
        assert server.connections == 2


def test_a_wait_that_is_stopped_ends_in_no_request(connect: ConnectHost) -> None:
    """A busy host is waited for, and whoever stops the fetch meanwhile does not see it asked once more."""
    script = Script([answer("503 Busy", b"", "Retry-After: 60"), answer("200 OK", FILE)])
    with RawServer(script) as server:
        fetching = connect(server.url, wait=lambda _: True)
        assert fetching.fetch() == Trouble("the host answered 503", 503, 60.0)
        assert fetching.fetch() == Trouble("it was stopped")
        assert len(script.heads) == 1


def test_four_threads_share_one_client(connect: ConnectHost) -> None:
    """Each has a connection of its own, and what one answer may take is counted for that answer alone."""
    number = count()
    good = answer("200 OK", FILE)
    script = Script([good] * 40)
    ends: list[object] = []
    with RawServer(script) as server:
        fetching = connect(server.url)

        def work(one: FileFetch) -> None:
            for _ in range(10):
                kind, ext = FileKind.SAMPLE, f"e{next(number)}"
                ends.append(one.fetch(Candidate(1, MD5, kind, ext, f"{server.url}/x.png")).end)

        threads = [threading.Thread(target=work, args=(fetching.one,)) for _ in range(4)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()
        assert ends == [WHOLE] * 40
        assert server.connections == 4
        assert list(fetching.kept().values()) == [FILE] * 40
