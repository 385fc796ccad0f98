"""The site over real HTTP: a server on loopback with a thread and an event loop of its own."""

import asyncio
import re
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from types import TracebackType
from typing import Self

from aiohttp import web

from favsync.sandbox.answers import Answer
from favsync.sandbox.api import Api
from favsync.sandbox.faults import Fault, FaultQueue
from favsync.sandbox.files.host import FileHost
from favsync.sandbox.requests import Request, number
from favsync.sandbox.world import World

_POST_PATH = re.compile(r"/(?:favorites|posts)/([^/]+)\.json")
_LONGEST_LINE = 64 * 1024
"""Bytes of one request line: a query of several hundred ids must fit."""
_LAST_MOMENT = 0.01
"""Seconds that a stopping site gives to answers under way. To aiohttp, 0 would mean forever."""


@dataclass(frozen=True, slots=True)
class Exchange:
    """One request and what became of it."""

    method: str
    path: str
    query: Mapping[str, str]
    post_id: int | None
    """The post that a write or a single read is about."""
    user: str | None
    """None: anonymous, or a login that was refused."""
    user_agent: str
    has_authorization: bool
    at: float
    """Monotonic seconds at which the request was read."""
    status: int | None = None
    """None: not answered yet, or the connection was closed without an answer."""
    fault: str | None = None
    """The kind of the fault that happened to it."""


Hook = Callable[[Exchange], None]


class Site:
    """A world behind `http://127.0.0.1:PORT`, for the length of a `with` block.

    `before` is called with each exchange just before it is handled and `after` just before its answer is sent, both
    in the server's thread: tests change the world in the middle of a walk there.

    The posts' files are on `files`, a host of its own on another port, and their URLs lead there while the site runs.
    """

    def __init__(self, world: World, *, port: int = 0, files_port: int = 0) -> None:
        self.world = world
        self.files = FileHost(world, port=files_port)
        self.log: list[Exchange] = []
        self.before: Hook | None = None
        self.after: Hook | None = None
        self._port = port
        self._api = Api(world)
        self._faults: FaultQueue[Fault] = FaultQueue()
        self._loop = asyncio.new_event_loop()
        self._thread = threading.Thread(target=self._loop.run_forever, name="sandbox", daemon=True)
        self._runner: web.AppRunner | None = None

    @property
    def url(self) -> str:
        """The site's address, without a slash at the end."""
        return f"http://127.0.0.1:{self._port}"

    def start(self) -> Self:
        """Listen. Raises OSError when the port is taken."""
        self._thread.start()
        try:
            asyncio.run_coroutine_threadsafe(self._listen(), self._loop).result()
        except BaseException:
            self._end_loop()
            raise
        return self

    def stop(self) -> None:
        """Close all connections and the port. A site that is stopped already stays so."""
        if self._loop.is_closed():
            return
        asyncio.run_coroutine_threadsafe(self._close(), self._loop).result()
        self._end_loop()

    def __enter__(self) -> Self:
        return self.start()

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self.stop()

    def fault(self, fault: Fault) -> None:
        """Order a fault."""
        with self.world.lock:
            self._faults.add(fault)

    def clear_faults(self) -> None:
        """Nothing goes wrong any more."""
        with self.world.lock:
            self._faults.clear()

    def requests(self, *, path: str | None = None, method: str | None = None) -> list[Exchange]:
        """The exchanges so far, of one path or method where named."""
        return [entry for entry in self.log if path in (None, entry.path) and method in (None, entry.method)]

    def clear_log(self) -> None:
        """Forget the exchanges so far."""
        self.log.clear()

    async def _listen(self) -> None:
        server = web.Application()
        server.router.add_route("*", "/{path:.*}", self._serve)
        self._runner = web.AppRunner(
            server, access_log=None, shutdown_timeout=_LAST_MOMENT, max_line_size=_LONGEST_LINE
        )
        await self._runner.setup()
        await web.TCPSite(self._runner, "127.0.0.1", self._port).start()
        self._port = self._runner.addresses[0][1]
        await self.files.listen(last_moment=_LAST_MOMENT)

    async def _close(self) -> None:
        if self._runner is not None:
            await self._runner.cleanup()
        await self.files.close()

    def _end_loop(self) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.run_until_complete(_end_late_answers())
        self._loop.close()

    async def _serve(self, incoming: web.Request) -> web.StreamResponse:
        at = time.monotonic()
        request = Request(
            method=incoming.method,
            path=incoming.path,
            query=dict(incoming.query),
            headers={name.lower(): value for name, value in incoming.headers.items()},
            body=await incoming.read(),
        )
        fault, answer = self._handle(request, at)
        if fault is not None and fault.delay:
            await asyncio.sleep(fault.delay)
        if answer is None:
            if incoming.transport is not None:
                incoming.transport.close()
            return web.Response()  # the framework asks for one, and it goes nowhere
        if fault is not None and fault.kind == "cut_body":
            return await _cut_short(incoming, answer, fault.cut_at)
        return web.Response(status=answer.status, body=answer.body, headers=answer.sent_headers())

    def _handle(self, request: Request, at: float) -> tuple[Fault | None, Answer | None]:
        """What happens to the request and what is answered; None for a connection that is closed without a word."""
        with self.world.lock:
            fault = self._faults.next_of(lambda fault: fault.matches(request))
            one = _POST_PATH.fullmatch(request.path)
            named = request.parameter("post_id") if request.method == "POST" else one and one[1]
            exchange = Exchange(
                method=request.method,
                path=request.path,
                query=request.query,
                post_id=number(named),
                user=self._api.viewer_name(request),
                user_agent=request.headers.get("user-agent", ""),
                has_authorization="authorization" in request.headers,
                at=at,
                fault=fault.kind if fault else None,
            )
            if self.before is not None:
                self.before(exchange)
            answer = self._api.answer(request) if fault is None or fault.has_effect else None
            if fault is not None:
                answer = None if fault.kind.startswith("drop") else fault.replaced(answer)
            exchange = replace(exchange, status=answer.status if answer else None)
            self.log.append(exchange)
            if self.after is not None:
                self.after(exchange)
        return fault, answer


async def _end_late_answers() -> None:
    """End those that a fault holds back, although their client has gone."""
    late = asyncio.all_tasks() - {asyncio.current_task()}
    for task in late:
        task.cancel()
    await asyncio.gather(*late, return_exceptions=True)


async def _cut_short(incoming: web.Request, answer: Answer, cut_at: int | None) -> web.StreamResponse:
    """Promise the whole body, send a part of it, and close the connection."""
    response = web.StreamResponse(status=answer.status, headers=answer.sent_headers())
    response.content_length = len(answer.body)
    await response.prepare(incoming)
    await response.write(answer.body[: len(answer.body) // 2 if cut_at is None else cut_at])
    if incoming.transport is not None:
        incoming.transport.close()
    return response
