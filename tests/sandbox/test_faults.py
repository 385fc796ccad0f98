"""Faults to order, seen from the other end of a socket."""

import http.client
import socket
import threading
from datetime import UTC, datetime
from urllib.parse import urlsplit

import pytest

from favsync.sandbox import Fault, Site
from favsync.sandbox.site import Exchange
from tests.sandbox.talk import BOB, add, get, remove


def raw(site: Site, request: bytes) -> bytes:
    """Send bytes, read until the connection is closed."""
    with socket.create_connection(("127.0.0.1", urlsplit(site.url).port or 0), timeout=20) as connection:
        connection.sendall(request)
        received = b""
        while part := connection.recv(65536):
            received += part
    return received


def test_a_status_is_sent_with_its_retry_after(site: Site) -> None:
    """In seconds, or as an HTTP date; the request has no effect, and the next one is answered."""
    site.fault(Fault("status", status=429, retry_after=7))
    site.fault(Fault("status", retry_after=datetime(2026, 1, 2, 3, 4, 5, tzinfo=UTC)))
    first, second, third = (get(site, "/favorites.json") for _ in range(3))
    assert (first.status, first.headers["retry-after"], first.json["success"]) == (429, "7", False)
    assert (second.status, second.headers["retry-after"]) == (503, "Fri, 02 Jan 2026 03:04:05 GMT")
    assert third.status == 200


def test_a_challenge_page_is_html_with_any_status(site: Site) -> None:
    """200 unless told otherwise."""
    site.fault(Fault("html"))
    site.fault(Fault("html", status=403, body="<html>no</html>"))
    first, second = get(site, "/favorites.json"), get(site, "/favorites.json")
    assert (first.status, first.headers["content-type"]) == (200, "text/html; charset=utf-8")
    assert (second.status, second.body) == (403, b"<html>no</html>")


def test_a_cut_body_is_shorter_than_promised(site: Site, spare: int) -> None:
    """The client sees an incomplete read, the site has done what was asked."""
    site.fault(Fault("cut_body", cut_at=5))
    with pytest.raises(http.client.IncompleteRead) as cut:
        add(site, spare)
    assert len(cut.value.partial) == 5
    assert site.world.is_favorite("alice", spare)
    received = _cut_listing(site)
    head, _, body = received.partition(b"\r\n\r\n")
    promised = next(int(line[15:]) for line in head.split(b"\r\n") if line.lower().startswith(b"content-length"))
    assert 0 < len(body) < promised


def _cut_listing(site: Site) -> bytes:
    site.fault(Fault("cut_body", path="/favorites.json"))
    return raw(site, b"GET /favorites.json?user_id=1 HTTP/1.1\r\nHost: x\r\nUser-Agent: t/1\r\n\r\n")


def test_a_connection_dropped_before_has_no_effect(site: Site, spare: int) -> None:
    """No byte comes back, nothing happened, the log says so."""
    site.fault(Fault("drop_before"))
    with pytest.raises(http.client.RemoteDisconnected):
        add(site, spare)
    assert not site.world.is_favorite("alice", spare)
    assert (site.log[-1].status, site.log[-1].fault) == (None, "drop_before")


def test_a_connection_dropped_after_has_its_effect(site: Site, spare: int) -> None:
    """No byte comes back, and the retry meets "already"."""
    site.fault(Fault("drop_after", method="POST"))
    with pytest.raises(http.client.RemoteDisconnected):
        add(site, spare)
    assert add(site, spare).json["message"] == "You have already favorited this post"


def test_a_client_that_gives_up_has_not_undone_anything(site: Site, spare: int) -> None:
    """A delayed answer is late; the effect is not."""
    site.fault(Fault("delay", delay=30))
    request = f"POST /favorites.json?login=alice&api_key=alice-key&post_id={spare} HTTP/1.1\r\nHost: x\r\n\r\n"
    done = threading.Event()
    site.after = lambda _: done.set()
    with socket.create_connection(("127.0.0.1", urlsplit(site.url).port or 0)) as connection:
        connection.sendall(request.encode())
        assert done.wait(20)
    assert site.world.is_favorite("alice", spare)


def test_stopping_does_not_wait_for_a_delayed_answer(site: Site) -> None:
    """A site with a request under way closes at once."""
    site.fault(Fault("delay", delay=3600))
    begun = threading.Event()
    site.after = lambda _: begun.set()
    with socket.create_connection(("127.0.0.1", urlsplit(site.url).port or 0)) as connection:
        connection.sendall(b"GET /posts/1.json HTTP/1.1\r\nHost: x\r\n\r\n")
        assert begun.wait(20)
        site.stop()
        assert connection.recv(1) == b""


def test_a_database_timeout_has_a_code_and_may_have_its_effect(site: Site, spare: int) -> None:
    """500 in JSON; the effect is a choice."""
    site.fault(Fault("db_timeout"))
    site.fault(Fault("db_timeout", effect=True))
    for effect in (False, True):
        reply = add(site, spare)
        assert (reply.status, reply.json["message"]) == (500, "The database timed out running your query.")
        assert reply.json["code"]
        assert site.world.is_favorite("alice", spare) is effect


def test_bodies_of_no_use(site: Site) -> None:
    """Not JSON, JSON of another shape, and any body that a test wants, all with status 200."""
    for fault in (Fault("not_json"), Fault("wrong_shape"), Fault("wrong_shape", body="[1]")):
        site.fault(fault)
    replies = [get(site, "/favorites.json") for _ in range(3)]
    assert [(reply.status, reply.body) for reply in replies] == [
        (200, b'{"posts":[{"id":'),
        (200, b"{}"),
        (200, b"[1]"),
    ]


def test_a_redirect_points_where_it_was_told(site: Site) -> None:
    """302 and a location."""
    site.fault(Fault("redirect", location="https://elsewhere.example/x"))
    reply = get(site, "/favorites.json")
    assert (reply.status, reply.headers["location"]) == (302, "https://elsewhere.example/x")


def test_faults_find_their_requests(site: Site, spare: int) -> None:
    """By path pattern, method and parameters, after `skip` matches, `times` times, the first ordered first."""
    site.fault(Fault("status", path="/favorites/*.json", method="DELETE", skip=1, times=2))
    site.fault(Fault("status", path="/favorites.json", query={"page": "2"}, times=None, status=502))
    assert [remove(site, spare).status for _ in range(4)] == [200, 503, 503, 200]
    assert add(site, spare).status == 200
    assert [get(site, f"/favorites.json?page={page}").status for page in (1, 2, 2)] == [200, 502, 502]
    site.clear_faults()
    assert get(site, "/favorites.json?page=2").status == 200


def test_the_log_tells_what_was_asked(site: Site, spare: int) -> None:
    """Method, path, parameters, post, user, agent, status and time of every request, in order."""
    get(site, "/favorites.json?limit=5&page=2")
    add(site, spare, login=BOB)
    remove(site, spare, login="bob:wrong")
    get(site, "/users/alice.json", login=None)
    listing, post, delete, user = site.log
    assert (listing.method, listing.path, dict(listing.query)) == (
        "GET",
        "/favorites.json",
        {"limit": "5", "page": "2"},
    )
    assert (listing.user, listing.status, listing.post_id) == ("alice", 200, None)
    assert (post.user, post.post_id, post.status) == ("bob", spare, 200)
    assert (delete.user, delete.post_id, delete.status, delete.has_authorization) == (None, spare, 401, True)
    assert (user.user, user.post_id, user.has_authorization) == (None, None, False)
    assert user.user_agent.startswith("favsync-tests/")
    assert listing.at < post.at < delete.at < user.at
    assert site.requests(path="/favorites.json") == [listing, post]
    assert site.requests(method="DELETE") == [delete]
    site.clear_log()
    assert site.log == []


def test_hooks_run_before_and_after_each_request(site: Site, spare: int) -> None:
    """`before` can still change what the answer says, `after` knows the status."""
    heard: list[tuple[str, int | None]] = []

    def before(exchange: Exchange) -> None:
        heard.append(("before", exchange.status))
        site.world.favorite("alice", spare)

    site.before = before
    site.after = lambda exchange: heard.append(("after", exchange.status))
    assert get(site, "/favorites.json?limit=1").ids == [spare]
    assert heard == [("before", None), ("after", 200)]


def test_an_unchanged_page_is_not_sent_again(site: Site, spare: int) -> None:
    """304 without a body for the tag of before, 200 with a new tag after a change."""
    tag = get(site, "/favorites.json").headers["etag"]
    unchanged = _conditional(site, tag)
    assert (unchanged[0], unchanged[1]) == (304, b"")
    site.world.favorite("alice", spare)
    assert _conditional(site, tag)[0] == 200


def _conditional(site: Site, tag: str) -> tuple[int, bytes]:
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(site.url).port, timeout=20)
    login = "Basic YWxpY2U6YWxpY2Uta2V5"
    connection.request("GET", "/favorites.json", headers={"Authorization": login, "If-None-Match": tag})
    answer = connection.getresponse()
    body = answer.read()
    connection.close()
    return answer.status, body
