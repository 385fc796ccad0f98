"""A plain HTTP client from the standard library, so that the sandbox is tested by nothing of favsync's own."""

import base64
import http.client
import json
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlsplit

from favsync.sandbox import Site

ALICE = "alice:alice-key"
BOB = "bob:bob-key"
AGENT = "favsync-tests/1.0 (by nobody)"


@dataclass(frozen=True)
class Reply:
    """What came back."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def json(self) -> Any:
        """The body, read."""
        return json.loads(self.body)

    @property
    def ids(self) -> list[int]:
        """The ids of the posts in the body."""
        return [post["id"] for post in self.json["posts"]]


def ask(
    site: Site,
    method: str,
    target: str,
    *,
    login: str | None = None,
    headers: dict[str, str] | None = None,
    body: str | None = None,
) -> Reply:
    """One request over a connection of its own."""
    send = {"User-Agent": AGENT, **(headers or {})}
    if login is not None:
        send["Authorization"] = "Basic " + base64.b64encode(login.encode()).decode()
    if body is not None:
        send.setdefault("Content-Type", "application/x-www-form-urlencoded")
    connection = http.client.HTTPConnection("127.0.0.1", urlsplit(site.url).port, timeout=20)
    try:
        connection.request(method, target, body=body, headers=send)
        answer = connection.getresponse()
        return Reply(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
    finally:
        connection.close()


def get(site: Site, target: str, *, login: str | None = ALICE) -> Reply:
    """GET as alice, unless told otherwise."""
    return ask(site, "GET", target, login=login)


def add(site: Site, post_id: int, *, login: str | None = ALICE) -> Reply:
    """Add a favorite as alice, unless told otherwise."""
    return ask(site, "POST", "/favorites.json", login=login, body=f"post_id={post_id}")


def remove(site: Site, post_id: int, *, login: str | None = ALICE) -> Reply:
    """Remove a favorite as alice, unless told otherwise."""
    return ask(site, "DELETE", f"/favorites/{post_id}.json", login=login)


def walk(site: Site, *, limit: int, login: str | None = ALICE) -> list[int]:
    """Every page of alice's listing until an empty one."""
    seen: list[int] = []
    for page in range(1, 751):
        ids = get(site, f"/favorites.json?limit={limit}&page={page}", login=login).ids
        if not ids:
            break
        seen += ids
    return seen
