"""Faults to order: what the network, the proxy in front and the server can do to a request.

docs/site-api.md, "Faults".
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from email.utils import format_datetime
from fnmatch import fnmatchcase
from typing import Literal

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
        if isinstance(self.retry_after, datetime):
            headers["Retry-After"] = format_datetime(self.retry_after, usegmt=True)
        elif self.retry_after is not None:
            headers["Retry-After"] = str(self.retry_after)
        return Answer(answer.status, answer.body, answer.content_type, headers)

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


class FaultQueue:
    """The faults that are still to happen."""

    def __init__(self) -> None:
        self._waiting: list[_Waiting] = []

    def add(self, fault: Fault) -> None:
        """Let a fault happen from now on; of those that match, the one ordered first goes first."""
        self._waiting.append(_Waiting(fault, fault.skip, fault.times))

    def clear(self) -> None:
        """Nothing goes wrong any more."""
        self._waiting.clear()

    def next_for(self, request: Request) -> Fault | None:
        """The fault that happens to this request, or None. Every match counts, also those that are skipped."""
        for waiting in list(self._waiting):
            if not waiting.fault.matches(request):
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
class _Waiting:
    fault: Fault
    skip: int
    times: int | None
