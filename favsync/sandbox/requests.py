"""A request as the site reads it: whose it is, which page it wants."""

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from favsync.sandbox import answers
from favsync.sandbox.answers import Refused
from favsync.sandbox.users import User
from favsync.sandbox.world import LARGEST_PAGE, World

LAST_PAGE = 750
_LARGEST_ID = 2**31 - 1
_LEADING_NUMBER = re.compile(r"\s*(\d+)")
_NO_LOGIN = "SessionLoader::AuthenticationFailure"


@dataclass(frozen=True, slots=True)
class Request:
    """One HTTP request. Header names are lower case."""

    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    body: bytes = b""

    def parameters(self) -> dict[str, object]:
        """Query and body together, from a form or JSON. Raises `Refused` (400) when the JSON cannot be read."""
        if not self.headers.get("content-type", "").startswith("application/json"):
            return {**self.query, **dict(parse_qsl(self.body.decode(errors="replace"), keep_blank_values=True))}
        try:
            fields = json.loads(self.body or b"{}")
        except ValueError:
            raise Refused(answers.message(400, "Invalid JSON body")) from None
        return {**self.query, **(fields if isinstance(fields, dict) else {})}

    def parameter(self, name: str) -> object:
        """One parameter of the query or the body, or None; also None when the body cannot be read."""
        try:
            return self.parameters().get(name)
        except Refused:
            return None


def number(value: object) -> int | None:
    """The number that a text begins with, as the site reads ids; None when there is none, or one that no id can be."""
    found = _LEADING_NUMBER.match(str(value))
    read = int(found[1]) if found else 0
    return read if 0 < read <= _LARGEST_ID else None


def viewer_of(world: World, request: Request) -> User | None:
    """Who asks; None for anonymous. Raises `Refused` (401) for a wrong login (docs/site-api.md, "Logins")."""
    given = _login(request)
    if given is None:
        return None
    name, key = given
    user = next((user for user in world.users.values() if user.name.lower() == name.lower()), None)
    if user is None or user.api_key is None or key != user.api_key:
        raise Refused(answers.message(401, _NO_LOGIN))
    if isinstance(user.banned, str):
        raise Refused(answers.message(401, f"Account is banned: {user.banned}"))
    return user


def _login(request: Request) -> tuple[str, str] | None:
    """Name and key as given; None for none, or for half of a login, which the site takes for none."""
    scheme, _, encoded = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() == "basic" and encoded.strip():
        try:
            name, colon, key = base64.b64decode(encoded, validate=True).decode().partition(":")
        except (binascii.Error, UnicodeDecodeError):
            raise Refused(answers.message(401, _NO_LOGIN)) from None
        if not colon:
            raise Refused(answers.message(401, _NO_LOGIN))
        return (name, key) if name and key else None
    given = request.parameters()
    name, key = str(given.get("login", "")), str(given.get("api_key", ""))
    return (name, key) if name and key else None


@dataclass(frozen=True, slots=True)
class Paging:
    """Which page a request wants: a numbered one, or the posts after or before an id."""

    size: int
    page: int = 1
    after: int | None = None
    before: int | None = None

    @property
    def offset(self) -> int:
        """How many there are before a numbered page."""
        return (self.page - 1) * self.size


def paging_of(world: World, viewer: User | None, query: Mapping[str, str], *, of_posts: bool = True) -> Paging:
    """Read `limit` and `page`. Raises `Refused` (410) for what the site does not take.

    docs/site-api.md, "Pages of favorites". The reader's own page size is one of posts; of anything else there are 75 on
    a page.
    """
    size = _size(world, viewer, query.get("limit", "")) if of_posts else int(query.get("limit", 75))
    page = query.get("page", "")
    cursor = re.fullmatch(r"([ab])(\d+)", page)
    if cursor is not None:
        at = int(cursor[2])
        if at > _LARGEST_ID:
            raise Refused(answers.message(410, "Page parameter is out of valid range."))
        return Paging(size, after=at) if cursor[1] == "a" else Paging(size, before=at)
    if page and (not page.isdecimal() or int(page) == 0):
        raise Refused(answers.message(410, "Invalid page number."))
    if page and int(page) > LAST_PAGE:
        text = f"You cannot go beyond page {LAST_PAGE}. Please narrow your search terms."
        raise Refused(answers.message(410, text))
    return Paging(size, page=int(page or 1))


def _size(world: World, viewer: User | None, limit: str) -> int:
    if world.page_size is not None:
        return world.page_size
    if not limit:
        return viewer.per_page if viewer else 75
    if not limit.isdecimal():
        raise Refused(answers.message(410, "Invalid limit."))
    if int(limit) > LARGEST_PAGE and world.max_limit_behaviour == "refuse":
        raise Refused(answers.message(410, f"Limit must be between 0 and {LARGEST_PAGE}."))
    return min(int(limit), LARGEST_PAGE)
