"""Servers that do with a connection whatever a test wants: drip bytes, never accept, speak TLS."""

import http.client
import socket
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack, closing, contextmanager, suppress
from types import TracebackType
from typing import Self

Handler = Callable[[socket.socket, threading.Event], None]
"""What is done with one connection; the event is set when the test is over."""


class RawServer:
    """Hands every connection to `handler`, in a thread of its own."""

    def __init__(self, handler: Handler) -> None:
        self._handler = handler
        self._over = threading.Event()
        self._threads: list[threading.Thread] = []
        self.connections = 0
        self.port = 0

    def __enter__(self) -> Self:
        self._listening = socket.create_server(("127.0.0.1", 0))
        self.port = int(self._listening.getsockname()[1])
        self._accepting = threading.Thread(target=self._accept)
        self._accepting.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._over.set()
        self._listening.shutdown(socket.SHUT_RDWR)
        self._accepting.join()
        self._listening.close()
        for thread in self._threads:
            thread.join()

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.port}"

    def _accept(self) -> None:
        while True:
            try:
                connection, _ = self._listening.accept()
            except OSError:
                return
            self.connections += 1
            thread = threading.Thread(target=self._serve, args=(connection,))
            self._threads.append(thread)
            thread.start()

    def _serve(self, connection: socket.socket) -> None:
        # A client that has had enough closes its end: that is what most of these tests are about.
        with connection, suppress(OSError):
            self._handler(connection, self._over)


def read_head(connection: socket.socket) -> bytes:
    """Return a request up to the empty line; nothing when the client has closed its end."""
    head = bytearray()
    while not head.endswith(b"\r\n\r\n"):
        if not (byte := connection.recv(1)):
            return b""
        head += byte
    return bytes(head)


def dripping(start: bytes, drop: bytes, end: bytes = b"", *, reads: bool = True) -> Handler:
    """Send `start`, then `drop` again and again. After five seconds `end` follows, and the answer is whole."""

    def handle(connection: socket.socket, over: threading.Event) -> None:
        if reads:
            read_head(connection)
        connection.sendall(start)
        for _ in range(500):
            if over.wait(0.01):
                return
            connection.sendall(drop)
        connection.sendall(end)

    return handle


def answering(*answers: bytes) -> Handler:
    """Answer the requests of one connection with these, one after another; then close it."""

    def handle(connection: socket.socket, over: threading.Event) -> None:
        for answer in answers:
            if not read_head(connection):
                return
            connection.sendall(answer)

    return handle


def passing_on(port: int, change: Callable[[int, bytes], bytes]) -> Handler:
    """Pass a request on to the site at `port`, and send what `change` makes of the status and body of its answer.

    The connection is closed after it.
    """

    def handle(connection: socket.socket, over: threading.Event) -> None:
        if not (head := read_head(connection)):
            return
        request, *lines = head.decode().split("\r\n")
        method, path, _ = request.split()
        headers = dict(line.split(": ", 1) for line in lines if line)
        body = b""
        while len(body) < int(headers.get("Content-Length", 0)):
            body += connection.recv(65536)
        with closing(http.client.HTTPConnection("127.0.0.1", port)) as site:
            site.request(method, path, body, {**headers, "Accept-Encoding": "identity"})
            answer = site.getresponse()
            said = answer.read()
        connection.sendall(change(answer.status, said))

    return handle


@contextmanager
def black_hole() -> Iterator[int]:
    """A port of 127.0.0.1 on which no connection is ever made, and none refused: its queue is full."""
    with ExitStack() as stack:
        listening = stack.enter_context(socket.create_server(("127.0.0.1", 0), backlog=0))
        while True:
            waiting = stack.enter_context(socket.socket())
            waiting.settimeout(0.2)
            try:
                waiting.connect(listening.getsockname())
            except TimeoutError:
                break
        yield int(listening.getsockname()[1])
