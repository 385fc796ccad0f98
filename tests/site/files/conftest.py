"""Fetches of one file, from a host that does whatever a test wants, into a real folder."""

import hashlib
import select
import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from favsync.app.files.folder import FilesFolder
from favsync.app.files.one_file import FileFetch, Traffic
from favsync.core.files.address import FileHosts
from favsync.core.files.download import DownloadEnd
from favsync.core.files.plan import Candidate
from favsync.model import FileKind
from favsync.site.files.client import FileHost
from favsync.site.files.pace import Pace
from favsync.site.http.connection.resolve import LookUp, Resolver, system_look_up
from tests.site.raw import Handler, read_head

FILE = b"\x89PNG\r\n\x1a\n" + bytes(range(256)) * 20
MD5 = hashlib.md5(FILE, usedforsecurity=False).hexdigest()
SECRET = "auth=c0ffee"
PATH = f"/data/{MD5}.png?{SECRET}"


def answer(status: str = "200 OK", body: bytes = b"", *headers: str, length: int | None = -1) -> bytes:
    """An answer with a Content-Length of its body, of another `length`, or (None) without one."""
    lines = [f"HTTP/1.1 {status}", *headers]
    if length is not None:
        lines.append(f"Content-Length: {len(body) if length < 0 else length}")
    return "\r\n".join([*lines, "", ""]).encode("latin-1") + body


def to(target: str) -> bytes:
    """A redirect."""
    return answer("302 Found", b"", f"Location: {target}")


@dataclass
class Script:
    """Answers the requests of all connections with these, one after another; keeps what was asked.

    A connection is closed after a handler, where an answer says so or is empty, and when there are no more.
    """

    answers: list[bytes | Handler]
    heads: list[bytes] = field(default_factory=list)

    def __call__(self, connection: socket.socket, over: threading.Event) -> None:
        while _is_asked(connection, over) and (head := read_head(connection)):
            self.heads.append(head)
            if not self.answers:
                return
            reply = self.answers.pop(0)
            if not isinstance(reply, bytes):
                reply(connection, over)
                return
            connection.sendall(reply)
            if not reply or b"\r\nConnection: close\r\n" in reply:
                return

    @property
    def paths(self) -> list[str]:
        return [head.split()[1].decode() for head in self.heads]


def _is_asked(connection: socket.socket, over: threading.Event) -> bool:
    """Wait for a request over a kept connection, or for the end of the test."""
    while not select.select([connection], [], [], 0.01)[0]:
        if over.is_set():
            return False
    return True


class Fetching:
    """Fetches files of a site into a folder, one after another."""

    def __init__(self, folder: Path, host: FileHost, url: str) -> None:
        self.folder = FilesFolder(folder)
        self.folder.prepare()
        self.host = host
        self.url = url
        self.one = FileFetch(host, self.folder, threading.Event(), Traffic())

    def fetch(
        self, path: str = PATH, kind: FileKind = FileKind.ORIGINAL, *, size: int | None = None, url: str | None = None
    ) -> DownloadEnd:
        return self.one.fetch(Candidate(1, MD5, kind, "png", url or self.url + path, size)).end

    def kept(self) -> dict[str, bytes]:
        """What the folder holds, by name; the marks of parts aside."""
        files = (path for path in self.folder.path.rglob("*") if path.is_file() and path.suffix != ".mark")
        return {path.name: path.read_bytes() for path in files}


ConnectHost = Callable[..., Fetching]


@pytest.fixture
def connect(tmp_path: Path) -> Iterator[ConnectHost]:
    """Make clients of the hosts of a site at `url`, where its files are as well, or at `others`."""
    with ExitStack() as stack:

        def make(
            url: str,
            *,
            others: Mapping[str, int] | None = None,
            timeout: float = 5.0,
            clock: Callable[[], float] = time.monotonic,
            wait: Callable[[float], bool] = lambda _: False,
            rate: float | None = None,
            look_up: LookUp = system_look_up,
        ) -> Fetching:
            host = FileHost(
                FileHosts.of(url, {url: 1, **(others or {})}),
                user="alice",
                timeout=timeout,
                pace=Pace(0.0, rate, is_loopback=True, clock=clock, wait=wait),
                resolver=lambda: Resolver(look_up),
                clock=clock,
            )
            return Fetching(tmp_path / "files", stack.enter_context(host), url)

        yield make
