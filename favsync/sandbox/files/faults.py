"""Faults of file hosts to order: what they and the network do to a request for a file."""

import gzip
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import datetime
from fnmatch import fnmatchcase
from typing import Literal, get_args

from favsync.sandbox.faults import retry_after_headers
from favsync.sandbox.files.answers import FileAnswer, answer_of, page, range_of, unsatisfiable
from favsync.sandbox.files.shelf import StoredFile

FileFaultKind = Literal[
    "status",
    "html",
    "redirect",
    "unsatisfiable",
    "wrong_bytes",
    "short",
    "long",
    "gzip",
    "headers",
    "new_etag",
    "ignored_range",
    "part_as_whole",
    "wrong_range",
    "wrong_total",
    "delay",
    "drip",
    "chunked",
    "endless",
    "cut",
    "drop",
    "overrun",
    "wrong_length",
    "replace",
    "delete",
    "destroy",
]


@dataclass(frozen=True, slots=True)
class FileFault:
    """One fault, and the requests for files that it happens to.

    Another answer: `status` (503 unless told, with an HTML page), `html` (a page with status 200), `redirect` (to
    `location`), `unsatisfiable` (416, whatever was asked).

    Other content, or other words about it: `wrong_bytes` (as many, but the last is another), `short` and `long` (half
    of the bytes, or some more, as though that were all), `gzip` (packed on the way), `headers` (nothing but those in
    `headers`), `new_etag` (another one each time, which no `If-Range` fits).

    Another part: `ignored_range` (200, from the start), `part_as_whole` (the part asked for, as 200), `wrong_range`
    (206 with other bytes than were asked for, and it says so), `wrong_total` (206 with one byte more in all).

    On the wire: `delay` (the right answer, late), `drip` (in pieces of `piece` bytes, `delay` seconds apart),
    `chunked` (without Content-Length), `endless` (the same, and it goes on after the file), `cut` (the connection is
    closed after `cut_at` bytes of the body), `drop` (no answer), `overrun` (bytes come after those that Content-Length
    says), `wrong_length` (it says some more than come before the connection is closed).

    In the world, just before the right answer: `replace`, `delete` and `destroy` the post whose file it is.
    """

    kind: FileFaultKind
    path: str | None = None
    """Exact path, or a pattern such as `/data/sample/*`; None for every path."""
    method: str | None = None
    skip: int = 0
    """So many matching requests pass before it begins."""
    times: int | None = 1
    """How often it happens; None forever."""
    status: int = 503
    retry_after: int | str | datetime | None = None
    """Seconds, text as it stands, or a moment that is sent as an HTTP date; None sends no header."""
    delay: float = 0.0
    """Seconds before the answer, or between the pieces of a `drip`."""
    piece: int = 16
    """Bytes of each piece of a `drip`."""
    cut_at: int | None = None
    """Bytes of the body that are sent by `cut`; None for half."""
    location: str = "?again"
    """Where `redirect` points to; the path alone with another query is answered as without."""
    headers: Mapping[str, str] = field(default_factory=dict)
    """Sent in place of the right ones, in any answer; an empty text takes one away."""

    def __post_init__(self) -> None:
        """Refuse a kind that there is not, as one ordered in JSON may be."""
        if self.kind not in get_args(FileFaultKind):
            raise ValueError(f"no such fault of files: {self.kind}")

    def matches(self, method: str, path: str) -> bool:
        """Whether it can happen to this request."""
        return (self.path is None or fnmatchcase(path, self.path)) and self.method in (None, method)

    def spoiled(self, found: StoredFile | int, asked: Mapping[str, str]) -> FileAnswer:
        """What is answered for this file when the request has these headers; what is done on the wire comes later."""
        answer = self._answer(found, asked)
        headers = {**answer.headers, **retry_after_headers(self.retry_after), **self.headers}
        return replace(answer, headers={name: value for name, value in headers.items() if value})

    def _answer(self, found: StoredFile | int, asked: Mapping[str, str]) -> FileAnswer:
        answer = answer_of(found, asked)
        match self.kind:
            case "status":
                answer = page(self.status, "An error of the file host")
            case "html":
                answer = page(200, "Just a moment...", "Checking your browser.")
            case "redirect":
                answer = FileAnswer(302, {"Location": self.location}, b"")
            case _ if not answer.body:
                pass  # 304: nothing of it can be spoiled
            case "gzip":
                packed = {**answer.headers, "Content-Encoding": "gzip"}
                answer = FileAnswer(answer.status, packed, gzip.compress(answer.body))
            case "wrong_bytes":
                answer = replace(answer, body=answer.body[:-1] + bytes([answer.body[-1] ^ 1]))
            case "short":
                answer = replace(answer, body=answer.body[: len(answer.body) // 2])
            case "long":
                answer = replace(answer, body=answer.body + b"\0" * 100)
            case _ if not isinstance(found, int):
                answer = self._other_part(found, asked, answer)
        return answer

    def _other_part(self, found: StoredFile, asked: Mapping[str, str], right: FileAnswer) -> FileAnswer:
        answer, total = right, len(found.content)
        match self.kind:
            case "new_etag":
                answer = answer_of(replace(found, etag=f'"{uuid.uuid4().hex}"'), asked)
            case "unsatisfiable":
                answer = unsatisfiable(total)
            case "ignored_range":
                answer = answer_of(found, {})
            case "part_as_whole":
                plain = {name: value for name, value in right.headers.items() if name != "Content-Range"}
                answer = FileAnswer(200, plain, right.body)
            case "wrong_range":
                start, _ = range_of(asked.get("range", ""), total) or (0, total)
                answer = answer_of(found, {"range": f"bytes={start - 1 if start else 1}-"})
            case "wrong_total" if right.status == 206:
                said = right.headers["Content-Range"].replace(f"/{total}", f"/{total + 1}")
                answer = replace(right, headers={**right.headers, "Content-Range": said})
        return answer
