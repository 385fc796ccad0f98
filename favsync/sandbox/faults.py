"""Faults to order: what the network, the proxy in front and the server can do to a request.

docs/site-api.md, "Faults".
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from fnmatch import fnmatchcase
from typing import Generic, Literal, Protocol, TypeVar

from favsync.sandbox import answers
from favsync.sandbox.answers import JSON, Answer
from favsync.sandbox.requests import Request

FaultKind = Literal[
    "status",
    "html",
    "delay",
    "cut_body",
    "not_json",
    "drop_before",
    "drop_after",
    "redirect",
    "wrong_shape",
    "db_timeout",
    "db_down",
    "search_timeout",
]
_STATUS: Mapping[str, int] = {"status": 503, "redirect": 302, "db_timeout": 500, "db_down": 500, "search_timeout": 422}
_WITH_EFFECT = frozenset({"delay", "cut_body", "drop_after"})


@dataclass(frozen=True, slots=True)
class Fault:
    """One fault, and the requests it happens to.

    Kinds: `status` (an error answer, JSON or `body`), `html` (a page instead of JSON: status 200 unless told),
    `delay` (the right answer, late), `cut_body` (the right answer, its body cut short), `not_json` and `wrong_shape`
    (status 200 with another body), `drop_before` (no answer, no effect), `drop_after` (the effect, and no answer),
    `redirect` (to `location`), `db_timeout` (a 500 with a code), `db_down` (a 500 in
    the framework's own shape), `search_timeout` (a 422 that says nothing about the search).
    """

    kind: FaultKind
    path: str | None = None
    """Exact path, or a pattern such as `/favorites/*.json`; None for every path."""
    method: str | None = None
    query: Mapping[str, str] = field(default_factory=dict)
    """Parameters that the request must have, such as `{"page": "3"}`."""
    skip: int = 0
    """So many matching requests pass before it begins."""
    times: int | None = 1
    """How often it happens; None forever."""
    status: int | None = None
    """None: what is usual for the kind."""
    body: str | None = None
    """None: what is usual for the kind."""
    retry_after: int | str | datetime | None = None
    """Seconds, text as it stands, or a moment that is sent as an HTTP date; None sends no header."""
    delay: float = 0.0
    """Seconds between the effect (if any) and the answer."""
    cut_at: int | None = None
    """Bytes of the body that are sent by `cut_body`; None for half."""
    location: str = ""
    """Where `redirect` points to."""
    effect: bool | None = None
    """Whether the site carries the request out. None: only for `delay`, `cut_body` and `drop_after`."""

    @property
    def has_effect(self) -> bool:
        """Whether the site carries the request out."""
        return self.kind in _WITH_EFFECT if self.effect is None else self.effect

    def matches(self, request: Request) -> bool:
        """Whether it can happen to this request."""
        return (
            (self.path is None or fnmatchcase(request.path, self.path))
            and (self.method is None or self.method == request.method)
            and all(request.query.get(name) == value for name, value in self.query.items())
        )

    def replaced(self, right: Answer | None) -> Answer:
        """The answer that is sent in place of the right one, which is None when the request was not applied."""
        if self.kind in ("delay", "cut_body") and right is not None:
            return right
        answer = self._reported(self.status or _STATUS.get(self.kind, 200))
        headers = {**answer.headers, "Location": self.location} if self.kind == "redirect" else {**answer.headers}
        return Answer(answer.status, answer.body, answer.content_type, headers | retry_after_headers(self.retry_after))

    def _reported(self, status: int) -> Answer:
        if self.kind == "html":
            usual = answers.page(status, "Just a moment...", "Checking your browser.")
            return usual if self.body is None else Answer(status, self.body.encode(), answers.HTML)
        if self.body is not None:
            return Answer(status, self.body.encode(), JSON)
        if self.kind == "db_timeout":
            return answers.server_error("The database timed out running your query.")
        if self.kind == "db_down":
            return answers.database_down()
        if self.kind == "search_timeout":
            return answers.message(status, "The search timed out. Try using fewer or simpler tags.")
        short = {"not_json": b'{"posts":[{"id":', "wrong_shape": b"{}", "redirect": b""}.get(self.kind)
        return Answer(status, short) if short is not None else answers.message(status, "An unexpected error occurred.")


def retry_after_headers(value: int | str | datetime | None) -> dict[str, str]:
    """The header with seconds, a text as it stands, or an HTTP date; none for None."""
    if value is None:
        return {}
    return {"Retry-After": format_datetime(value, usegmt=True) if isinstance(value, datetime) else str(value)}


class Ordered(Protocol):
    """What can be ordered: it begins after `skip` matching requests, and happens `times` times (None: forever)."""

    @property
    def skip(self) -> int: ...

    @property
    def times(self) -> int | None: ...


Order = TypeVar("Order", bound=Ordered)


class FaultQueue(Generic[Order]):
    """The faults that are still to happen."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting[Order]] = []

    def add(self, fault: Order) -> None:
        """Let a fault happen from now on; of those that match, the one ordered first goes first."""
        self._waiting.append(_Waiting(fault, fault.skip, fault.times))

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._waiting.clear()

    def next_of(self, matches: Callable[[Order], bool]) -> Order | None:
        """The fault that happens to the request that `matches` knows, or None. Every match counts, also if skipped."""
        for waiting in list(self._waiting):
            if not matches(waiting.fault):
                continue
            if waiting.skip:
                waiting.skip -= 1
                continue
            if waiting.times is not None:
                waiting.times -= 1
                if waiting.times <= 0:
                    self._waiting.remove(waiting)
            return waiting.fault
        return None


@dataclass(slots=True)
class _Waiting(Generic[Order]):
    fault: Order
    skip: int
    times: int | None
