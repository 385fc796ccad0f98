"""What the site answers: status, headers, body; and its error bodies (docs/site-api.md, "Error bodies")."""

import hashlib
import json
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

JSON = "application/json; charset=utf-8"
HTML = "text/html; charset=utf-8"


@dataclass(frozen=True, slots=True)
class Answer:
    """One HTTP answer."""

    status: int
    body: bytes
    content_type: str | None = JSON
    headers: Mapping[str, str] = field(default_factory=dict)

    def sent_headers(self) -> dict[str, str]:
        """The headers with the type of the body."""
        return {**self.headers} if self.content_type is None else {**self.headers, "Content-Type": self.content_type}


class Refused(Exception):
    """The request ends here, with this answer."""

    def __init__(self, answer: Answer) -> None:
        super().__init__(answer.status)
        self.answer = answer


def json_body(value: object) -> bytes:
    """The value as the site writes JSON: compact, UTF-8."""
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")).encode()


def success(body: bytes, status: int = 200) -> Answer:
    """A JSON answer with the entity tag that every one of them carries."""
    tag = f'W/"{hashlib.blake2b(body, digest_size=16).hexdigest()}"'
    return Answer(status, body, JSON, {"ETag": tag, "Cache-Control": "max-age=0, private, must-revalidate"})


def not_modified(answer: Answer) -> Answer:
    """The answer to `If-None-Match` when nothing changed: no body."""
    return Answer(304, b"", None, answer.headers)


def reason(status: int, text: str) -> Answer:
    """The shape of 403 and 404."""
    return _error(status, {"success": False, "reason": text})


def message(status: int, text: str, code: str | None = None) -> Answer:
    """The shape of 401, 410, 422, 423, 429 and 5xx."""
    return _error(status, {"success": False, "message": text, "code": code})


def errors(fields: Mapping[str, list[str]]) -> Answer:
    """The shape of a failed validation."""
    return _error(422, {"errors": dict(fields)})


def server_error(text: str = "An unexpected error occurred.") -> Answer:
    """A 500 with the code under which the site's staff would find it."""
    return message(500, text, str(uuid.uuid4()))


def database_down() -> Answer:
    """The site's database cannot be reached: the framework answers in its own shape."""
    return _error(500, {"status": 500, "error": "Internal Server Error"})


def not_found() -> Answer:
    """No such post or user."""
    return reason(404, "not found")


def no_route(method: str) -> Answer:
    """The router knows no such path: HTML, even with `.json`; for writes a JSON of its own.

    docs/site-api.md, "Error bodies".
    """
    if method == "GET":
        return page(404, "Not Found")
    return _error(404, {"status": 404, "error": "Not Found"})


def page(status: int, title: str, text: str = "") -> Answer:
    """An HTML page, as a proxy or the site's own error pages are."""
    head = f'<!doctype html>\n<html lang="en">\n<head><title>{title}</title></head>\n'
    html = f"{head}<body><h1>{title}</h1><p>{text}</p></body>\n</html>\n"
    return Answer(status, html.encode(), HTML, {"Cache-Control": "no-cache"})


def _error(status: int, body: Mapping[str, object]) -> Answer:
    return Answer(status, json_body(body), JSON, {"Cache-Control": "no-cache"})
