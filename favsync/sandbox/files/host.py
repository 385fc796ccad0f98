"""The host of the posts' files over real HTTP: a port of its own, beside that of the site."""

import asyncio
import contextlib
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from aiohttp import web

from favsync.sandbox.faults import FaultQueue
from favsync.sandbox.files.answers import FileAnswer, answer_of
from favsync.sandbox.files.faults import FileFault
from favsync.sandbox.files.shelf import Shelf
from favsync.sandbox.world import World


@dataclass(slots=True)
class FileExchange:
    """One request to the file host, and what has become of it so far."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    """All of them; the names are lower case."""
    at: float
    """Monotonic seconds at which the request was read."""
    status: int | None = None
    """None: not answered yet, or the connection was closed without an answer."""
    fault: str | None = None
    """The kind of the fault that happened to it."""
    sent: int = 0
    """Bytes of the body that were handed to the connection."""


class FileHost:
    """Serves what the posts of a world have. A `Site` starts and stops it, in the site's own thread.

    `before` is called with each exchange just before it is answered, in that thread: tests change the world there,
    between the list that named a file and the request for it.
    """

    def __init__(self, world: World, *, port: int = 0) -> None:
        self.log: list[FileExchange] = []
        self.before: Callable[[FileExchange], None] | None = None
        self.latency = 0.0
        """Seconds that pass before each answer."""
        self.most_at_once = 0
        """The highest number of requests that were under way at one time."""
        self._at_once = 0
        self._world = world
        self._port = port
        self._shelf = Shelf(world)
        self._faults: FaultQueue[FileFault] = FaultQueue()
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The host's address, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    def fault(self, fault: FileFault) -> None:
        """Order a fault."""
        with self._world.lock:
            self._faults.add(fault)

    def clear_faults(self) -> None:
        """Nothing goes wrong any more."""
        with self._world.lock:
            self._faults.clear()

    def requests(self, *, path: str | None = None, method: str | None = None) -> list[FileExchange]:
        """The exchanges so far, of one path or method where named."""
        return [entry for entry in self.log if path in (None, entry.path) and method in (None, entry.method)]

    def clear_log(self) -> None:
        """Forget the exchanges so far."""
        self.log.clear()
        self.most_at_once = 0

    async def listen(self, *, last_moment: float) -> None:
        """Open the port, and tell the world where it is. Raises OSError when it is taken."""
        server = web.Application()
        server.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(server, access_log=None, shutdown_timeout=last_moment)
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        with self._world.lock:
            self._world.files_url = self.url

    async def close(self) -> None:
        """Close all connections and the port."""
        if self._runner is not None:
            await self._runner.cleanup()

    async def _serve(self, incoming: web.Request) -> web.StreamResponse:
        exchange = FileExchange(
            method=incoming.method,
            path=incoming.path,
            query=dict(incoming.query),
            headers={name.lower(): value for name, value in incoming.headers.items()},
            at=time.monotonic(),
        )
        self.log.append(exchange)
        self._at_once += 1
        self.most_at_once = max(self.most_at_once, self._at_once)
        try:
            if self.latency:
                await asyncio.sleep(self.latency)
            return await self._answered(incoming, exchange)
        finally:
            self._at_once -= 1

    async def _answered(self, incoming: web.Request, exchange: FileExchange) -> web.StreamResponse:
        with self._world.lock:
            fault = self._faults.next_of(lambda fault: fault.matches(exchange.method, exchange.path))
            exchange.fault = fault.kind if fault else None
            if self.before is not None:
                self.before(exchange)
            answer = self._answer(exchange, fault)
        if fault is not None and fault.kind != "drip":
            await asyncio.sleep(fault.delay)
        if fault is not None and fault.kind == "drop":
            _hang_up(incoming)
            return web.Response()  # the framework asks for one, and it goes nowhere
        exchange.status = answer.status
        response = web.StreamResponse(status=answer.status, headers=answer.headers)
        # One that goes away in the middle is nothing to report: clients are killed in tests.
        with contextlib.suppress(ConnectionError):
            await _send(incoming, exchange, response, answer.body, fault)
        return response

    def _answer(self, exchange: FileExchange, fault: FileFault | None) -> FileAnswer:
        """What is answered; the world is changed before, where that is the fault."""
        post = self._shelf.post_at(exchange.path)
        if fault is not None and post is not None:
            match fault.kind:
                case "replace":
                    self._world.replace_file(post.id)
                case "delete":
                    self._world.delete_post(post.id)
                case "destroy":
                    self._world.destroy_post(post.id)
        found = self._shelf.find(exchange.path, exchange.query)
        return answer_of(found, exchange.headers) if fault is None else fault.spoiled(found, exchange.headers)


async def _send(
    incoming: web.Request,
    exchange: FileExchange,
    response: web.StreamResponse,
    body: bytes,
    fault: FileFault | None,
) -> None:
    kind = fault.kind if fault else None
    if kind not in ("chunked", "endless"):
        response.content_length = len(body) + (100 if kind == "wrong_length" else 0)
    await response.prepare(incoming)
    if exchange.method == "HEAD":
        await response.write_eof()
        return
    if fault is not None and kind == "cut":
        body = body[: len(body) // 2 if fault.cut_at is None else fault.cut_at]
    pieces = [body]
    if fault is not None and kind == "drip":
        pieces = [body[at : at + fault.piece] for at in range(0, len(body), fault.piece)]
    for number, piece in enumerate(pieces):
        if fault is not None and number:
            await asyncio.sleep(fault.delay)
        await response.write(piece)
        exchange.sent += len(piece)
    while kind == "endless":
        await response.write(bytes(65536))
        exchange.sent += 65536
    if kind == "overrun" and incoming.transport is not None:
        incoming.transport.write(b"more" * 25)
    if kind in ("cut", "overrun", "wrong_length"):
        _hang_up(incoming)
    else:
        await response.write_eof()


def _hang_up(incoming: web.Request) -> None:
    if incoming.transport is not None:
        incoming.transport.close()
