"""A site that echoes the key: it gets no further than the transport."""

import base64
import json
import logging
import re
import socket
import threading
import traceback
from urllib.parse import quote, quote_plus

import pytest

from favsync.errors import FavsyncError
from favsync.site.api import Login
from favsync.site.e621.client import SiteClient
from favsync.site.http.secrets import SHORTEST, Secrets
from tests.site.raw import RawServer, answering, read_head

KEY = 'a+b/c"d<e&f%g9é-secret'
LOGIN = Login("alice", KEY)
BASIC = base64.b64encode(f"alice:{KEY}".encode()).decode()


def spellings() -> list[str]:
    """How a program of any kind may write down what it was sent."""
    quoted = [
        quoting(text, safe=safe) for quoting in (quote, quote_plus) for text in (KEY, BASIC) for safe in ("", "/")
    ]
    slashed = [KEY, json.dumps(KEY)[1:-1], BASIC]
    return [
        KEY,
        json.dumps(KEY)[1:-1],
        json.dumps(KEY, ensure_ascii=False)[1:-1],
        json.dumps(KEY)[1:-1].replace("<", "\\u003c").replace("&", "\\u0026"),
        *(text.replace("/", "\\/") for text in slashed),
        f"Basic {BASIC}",
        BASIC.rstrip("="),
        base64.b64encode(KEY.encode()).decode(),
        *quoted,
        *(re.sub("%..", lambda escape: escape[0].lower(), text) for text in quoted),
        KEY.replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;"),
    ]


@pytest.mark.parametrize("spelling", spellings())
def test_a_key_is_taken_out_however_it_is_spelt(spelling: str) -> None:
    """As it is, in base64, and as JSON, URLs and HTML write either."""
    said = f'{{"message":"{spelling}"}}'.encode()
    left = Secrets(("alice", KEY)).removed_from(said)
    assert left.startswith(b'{"message":"')
    assert b"[removed]" in left
    assert b"hush" not in left
    assert base64.b64encode(KEY.encode())[:12] not in left
    assert BASIC[:12].encode() not in left


def test_what_holds_no_key_stays_as_it_is() -> None:
    """Byte for byte, and without a copy."""
    said = b'{"posts":[{"id":7,"description":"alice Basic YWxpY2U6"}]}'
    assert Secrets(("alice", KEY)).removed_from(said) is said
    assert Secrets(None).removed_from(said) is said


def test_a_key_too_short_to_be_one_takes_nothing_out() -> None:
    """Who types `posts` for a key is refused by the site, and not told that its pages are broken."""
    said = b'{"posts":[]}'
    assert Secrets(("alice", "posts")).removed_from(said) == said
    assert len("posts") < SHORTEST


def echoing(connection: socket.socket, over: threading.Event) -> None:
    """Say the login that was sent in every field and every header, with a status that the path asks for."""
    while head := read_head(connection):
        path = head.split()[1].decode()
        sent = next(line for line in head.decode("latin-1").split("\r\n") if line.startswith("Authorization: "))
        echo = f"{sent} {KEY}".encode().decode("latin-1")
        status = path.partition("status=")[2] or "200"
        post = {
            "id": 7,
            "description": f"{sent} {KEY}",
            "tags": {"general": [KEY, sent]},
            "sources": [KEY],
            "uploader_name": KEY,
            "rating": [KEY],
            KEY: sent,
        }
        fields = {"success": False, "reason": f"{sent} {KEY}", "message": KEY, "id": 3, "name": KEY, "posts": [post]}
        body = json.dumps(fields if status == "200" else {**fields, "posts": None}).encode()
        lines = [
            f"HTTP/1.1 {status} {echo}",
            f"Content-Length: {len(body)}",
            f"X-Echo: {echo}",
            f"Location: https://new.example/{echo}".replace(" ", ""),
            f"Retry-After: {echo}",
            f"ETag: {echo}",
        ]
        connection.sendall("\r\n".join([*lines, "", ""]).encode("latin-1") + body)


@pytest.mark.parametrize("status", [200, 302, 400, 401, 403, 404, 410, 422, 423, 429, 500, 503])
def test_no_answer_carries_the_key_any_further(status: int, caplog: pytest.LogCaptureFixture) -> None:
    """Whatever the site says, no field, header, error, traceback or log of favsync's holds it."""
    caplog.set_level(logging.DEBUG, logger="favsync")
    seen: list[str] = []
    with (
        RawServer(echoing) as server,
        SiteClient(server.url, login=LOGIN, request_interval=0, retry_for=0) as client,
    ):
        original = client._transport.send
        for ask in (
            lambda: client.fetch_posts([7]),
            lambda: client.fetch_user(3),
            lambda: client.fetch_post(7),
            lambda: client.add_favorite(7),
        ):
            client._transport.send = lambda request: original(  # type: ignore[method-assign]  # says the status
                type(request)(request.method, f"{request.path}?status={status}")
            )
            try:
                seen.append(repr(ask()))
            except FavsyncError as exc:
                seen += traceback.format_exception(exc)
                seen.append(repr(vars(exc)))
    reported = "".join(seen) + caplog.text
    # A redirect's path and a page past the end are not quoted at all.
    assert ("[removed]" in reported) == (status != 302)
    assert "hush" not in reported
    assert BASIC.rstrip("=") not in reported


@pytest.mark.parametrize(
    "answer",
    [
        b"HTTP/1.1 200 OK\r\n%b\r\n\r\n",
        b"%b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%b\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Length: %b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: %b\r\n\r\n",
        b"HTTP/1.1 200 OK\r\nContent-Encoding: %b\r\n\r\nx",
    ],
)
def test_what_is_not_http_is_not_quoted(answer: bytes) -> None:
    """The words of the HTTP library quote the line that it stumbled over."""
    echo = f"{KEY} {BASIC}".encode()
    with (
        RawServer(answering(answer.replace(b"%b", echo))) as server,
        SiteClient(server.url, login=LOGIN, request_interval=0, retry_for=0) as client,
        pytest.raises(FavsyncError) as caught,
    ):
        client.fetch_posts([7])
    reported = "".join(traceback.format_exception(caught.value))
    assert "hush" not in reported
    assert BASIC[:12] not in reported
