"""A site that says what it is told to say, one reply after another, over a real socket: right, wrong or cut off."""

import json
import socket
import threading
from collections.abc import Iterable
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Self
from urllib.parse import parse_qs, urlsplit


@dataclass(frozen=True)
class Asked:
    """One request as it arrived. Header names are lower-case."""

    method: str
    path: str
    query: dict[str, list[str]]
    headers: dict[str, str]
    body: str


def reply(
    status: int, body: bytes = b"", headers: Iterable[tuple[str, str]] = (), *, length: int | None = None
) -> bytes:
    """A whole HTTP answer; `length` is the Content-Length that it claims, where that is not the truth."""
    lines = [f"HTTP/1.1 {status} Whatever", f"Content-Length: {len(body) if length is None else length}"]
    lines += [f"{name}: {value}" for name, value in headers]
    return "\r\n".join([*lines, "Connection: close", "", ""]).encode() + body


def json_reply(status: int, value: Any, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    return reply(status, json.dumps(value).encode(), [("Content-Type", "application/json; charset=utf-8"), *headers])


def html_reply(status: int, headers: Iterable[tuple[str, str]] = ()) -> bytes:
    return reply(status, b"<!doctype html>\n<title>Just a moment</title>", [("Content-Type", "text/html"), *headers])


DROP = b""
"""No answer at all: the connection is closed."""

SILENCE = None
"""The connection stays open and nothing comes."""


@dataclass
class ScriptedSite:
    """Answers each request with the next of `replies`; the last one is given again and again."""

    replies: list[bytes | None] = field(default_factory=list)
    asked: list[Asked] = field(default_factory=list)

    def __enter__(self) -> Self:
        self._socket = socket.create_server(("127.0.0.1", 0))
        self._held: list[socket.socket] = []
        self._thread = threading.Thread(target=self._serve)
        self._thread.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._socket.shutdown(socket.SHUT_RDWR)
        self._thread.join()
        for held in [self._socket, *self._held]:
            held.close()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._socket.getsockname()[1]}"

    def says(self, *replies: bytes | None) -> None:
        self.replies[:] = replies

    def _serve(self) -> None:
        while True:
            try:
                connection, _ = self._socket.accept()
            except OSError:
                return
            with connection.makefile("rb") as stream:
                self.asked.append(_read_request(stream.readline, stream.read))
            answer = self.replies.pop(0) if len(self.replies) > 1 else self.replies[0]
            if answer is SILENCE:
                self._held.append(connection)
                continue
            with connection:
                connection.sendall(answer)


def _read_request(readline: Any, read: Any) -> Asked:
    method, target, _ = readline().decode().split()
    headers: dict[str, str] = {}
    while line := readline().decode().strip():
        name, _, value = line.partition(":")
        headers[name.lower()] = value.strip()
    url = urlsplit(target)
    body = read(int(headers.get("content-length", 0))).decode()
    return Asked(method, url.path, parse_qs(url.query, keep_blank_values=True), headers, body)
