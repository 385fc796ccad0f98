"""What is sent, byte for byte: httpx adds headers, rewrites URLs and keeps cookies, unless it is told not to."""

import logging
import socket
import threading
from collections.abc import Callable
from contextlib import suppress

import pytest

from favsync.errors import FavsyncError, SiteNonsense, SiteUnreachable
from favsync.site.e621.client import SiteClient
from tests.site.conftest import ALICE
from tests.site.raw import RawServer, read_head
from tests.site.scripted import json_reply, reply

NOBODY = reply(404, b'{"success":false,"reason":"not found"}')


class Recorder:
    """Keeps every request as it came, with its body, and gives the same answer to each."""

    def __init__(self, answer: bytes) -> None:
        self.answer = answer
        self.requests: list[bytes] = []

    def __call__(self, connection: socket.socket, over: threading.Event) -> None:
        while head := read_head(connection):
            _, _, rest = head.lower().partition(b"\r\ncontent-length: ")
            length = int(rest.split(b"\r\n")[0]) if rest else 0
            body = b""
            while len(body) < length:
                body += connection.recv(length - len(body))
            self.requests.append(head + body)
            connection.sendall(self.answer)
            if b"Connection: close" in self.answer:
                return


def client_of(server: RawServer) -> SiteClient:
    return SiteClient(server.url, login=ALICE, request_interval=0, timeout=5, retry_for=0)


def sent(answer: bytes, ask: Callable[[SiteClient], object]) -> tuple[str, str]:
    """The request that a call sends first, and the site's host and port."""
    recorder = Recorder(answer)
    with RawServer(recorder) as server, client_of(server) as client:
        with suppress(FavsyncError):
            ask(client)
        return recorder.requests[0].decode("ascii"), server.url.removeprefix("http://")


def head(line: str, host: str, *more: str) -> str:
    """A whole request, but for its body: these headers in this order, and no other."""
    return "\r\n".join(
        [
            f"{line} HTTP/1.1",
            f"Host: {host}",
            f"User-Agent: favsync/0.1.0 (by alice on {host})",
            "Accept: application/json",
            "Accept-Encoding: gzip, deflate",
            "Authorization: Basic YWxpY2U6YWxpY2Utc2VjcmV0LWtleQ==",
            *more,
            "",
            "",
        ]
    )


def test_a_question_is_sent_as_it_is_and_with_nothing_added() -> None:
    """The query escapes all that could be escaped, as it always did."""
    request, host = sent(json_reply(200, {"posts": []}), lambda client: client.fetch_changes("a b+c&d=é%41", 7))
    tags = "fav%3Aa_b%2Bc%26d%3D%C3%A9%2541%20status%3Aany%20order%3Achange_asc%20change%3A%3E7"
    assert request == head(f"GET /posts.json?tags={tags}&limit=320&v1=true&mode=extended", host)


def test_a_form_and_a_removal_are_sent_as_they_are() -> None:
    """A removal has no body, and no length of one."""
    request, host = sent(json_reply(200, {"post_id": 5}), lambda client: client.add_favorite(5))
    form = ("Content-Type: application/x-www-form-urlencoded", "Content-Length: 9")
    assert request == head("POST /favorites.json", host, *form) + "post_id=5"
    request, host = sent(reply(204), lambda client: client.remove_favorite(5))
    assert request == head("DELETE /favorites/5.json", host)


@pytest.mark.parametrize(
    ("name", "path"),
    [
        (".", "..json"),
        ("..", "...json"),
        ("../posts/1", "..%2Fposts%2F1.json"),
        ("a/./b", "a%2F.%2Fb.json"),
        ("100%", "100%25.json"),
        ("%2e%2E", "%252e%252E.json"),
        ("zoë'()*!~;,:@[]?#", "zo%C3%AB%27%28%29%2A%21~%3B%2C%3A%40%5B%5D%3F%23.json"),
        ("a\udcff", "a%FF.json"),
    ],
)
def test_a_name_stays_one_part_of_the_path(name: str, path: str) -> None:
    """No dots are resolved and nothing that is escaped is escaped again, or no longer."""
    request, host = sent(NOBODY, lambda client: client.fetch_user(name))
    assert request == head(f"GET /users/{path}", host)


def test_a_name_that_no_url_can_hold_is_an_error_of_ours() -> None:
    """The HTTP library refuses URLs above 64 kB, and says so in an error of its own."""
    with (
        RawServer(Recorder(NOBODY)) as server,
        client_of(server) as client,
        pytest.raises(SiteNonsense, match=r"cannot be asked \(InvalidURL\)"),
    ):
        client.fetch_user("a" * 70_000)


@pytest.mark.parametrize("cookie", ["session=1; Path=/", 'a="b\\', "=; expires=\xff", "a=" + "b" * 4000])
def test_no_cookie_of_one_answer_reaches_another_request(cookie: str) -> None:
    """Not over the same connection either; and none is kept, where one more request might find it."""
    answer = json_reply(200, {"posts": []}, [("Set-Cookie", cookie), ("Set-Cookie2", 'b="2"; Version="1"')])
    recorder = Recorder(answer.replace(b"Connection: close\r\n", b""))
    with RawServer(recorder) as server, client_of(server) as client:
        client.fetch_listing(3, 1)
        client.fetch_listing(3, 1)
        assert server.connections == 1
        assert list(client._transport._client.cookies.jar) == []
    assert len(recorder.requests) == 2
    assert recorder.requests[0] == recorder.requests[1]


@pytest.mark.parametrize("location", ["http://[", "mailto:a@b.example", "http://\xff\x85", "/" + "a" * 70_000, "://"])
def test_a_location_is_not_parsed_by_the_http_library(location: str) -> None:
    """A redirect is an answer like any other: one that leads nowhere is no broken connection, to be asked for again."""
    with RawServer(Recorder(reply(302, headers=[("Location", location)]))) as server, client_of(server) as client:
        with pytest.raises(SiteNonsense, match="redirect"):
            client.fetch_listing(3, 1)
        assert client.requests == 1


def test_the_words_beside_a_status_are_in_no_log_of_the_http_library(caplog: pytest.LogCaptureFixture) -> None:
    """It writes a line for each answer; those words are the site's, and may be anything, the key as well."""
    caplog.set_level(logging.DEBUG, logger="httpx")
    answer = json_reply(200, {"posts": []}).replace(b"200 Whatever", f"200 {ALICE.api_key}".encode())
    with RawServer(Recorder(answer)) as server, client_of(server) as client:
        client.fetch_listing(3, 1)
    assert '"HTTP/1.1 200 OK"' in caplog.text
    assert ALICE.api_key not in caplog.text


def test_an_answer_that_was_there_before_its_question_is_not_taken_for_one() -> None:
    """One too many on a kept connection would shift every answer after it to the next question."""

    def page(post: int) -> bytes:
        return json_reply(200, {"posts": [{"id": post, "tags": {}}]}).replace(b"Connection: close\r\n", b"")

    def handle(connection: socket.socket, over: threading.Event) -> None:
        one_more = page(99)
        while read_head(connection):
            connection.sendall(page(1) + one_more)
            one_more = b""

    with RawServer(handle) as server, client_of(server) as client:
        assert [post.id for post in client.fetch_listing(3, 1).posts] == [1]
        with pytest.raises(SiteUnreachable, match="an answer was there before its question"):
            client.fetch_listing(3, 1)
        assert [post.id for post in client.fetch_listing(3, 1).posts] == [1]
        assert server.connections == 2


@pytest.mark.parametrize("status", [202, 203, 206, 226])
def test_a_part_of_an_answer_is_not_read_as_the_whole(status: int) -> None:
    """No byte range was asked for, and no difference: a page that seems whole would lack favorites."""
    with RawServer(Recorder(reply(status, b'{"posts":[]}'))) as server, client_of(server) as client:
        for ask in (lambda: client.fetch_listing(3, 1), lambda: client.fetch_post(5), lambda: client.fetch_posts([5])):
            with pytest.raises(SiteNonsense, match=f"answered {status} .*did not expect"):
                ask()
