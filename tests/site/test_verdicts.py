"""Each answer that docs/site-api.md has, and what it is taken for, row by row.

What a single post's 403 means is held where posts are read (`test_reading.py`).
"""

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pytest

from favsync.errors import (
    FavsyncError,
    ListingHidden,
    LoginProblem,
    LoginRefused,
    RightRefused,
    SiteNonsense,
    SiteOverloaded,
    UserNotFound,
)
from favsync.model import (
    AlreadyFavorite,
    Applied,
    LimitReached,
    NotSaved,
    PostGone,
    Transferring,
    WriteAnswer,
)
from favsync.site.e621.client import SiteClient
from tests.site.conftest import ClientFactory, FakeTime
from tests.site.scripted import ScriptedSite, html_reply, json_reply, reply


def reason(status: int, text: str) -> bytes:
    return json_reply(status, {"success": False, "reason": text})


def message(status: int, text: str) -> bytes:
    return json_reply(status, {"success": False, "message": text, "code": None})


def framework(status: int, text: str) -> bytes:
    return json_reply(status, {"status": status, "error": text})


PAGE: dict[str, Any] = {"posts": []}
USER = {"id": 3, "name": "alice", "favorite_count": 0}
POST = {"post": {"id": 1, "file": {"md5": "0" * 32}, "tags": {"general": ["fox"]}, "flags": {"deleted": False}}}

READS: dict[str, tuple[Callable[[SiteClient], Any], Any]] = {
    "the list": (lambda client: client.fetch_listing(3, 1), PAGE),
    "a search": (lambda client: client.fetch_posts([1]), PAGE),
    "changes": (lambda client: client.fetch_changes("alice", 5), PAGE),
    "favorites by id": (lambda client: client.fetch_favorites_by_id("alice", None), PAGE),
    "a user": (lambda client: client.fetch_user(3), USER),
    "a post": (lambda client: client.fetch_post(1), POST),
}
WRITES: dict[str, Callable[[SiteClient], WriteAnswer]] = {
    "an add": lambda client: client.add_favorite(1),
    "a removal": lambda client: client.remove_favorite(1),
}
EVERYTHING = [*[ask for ask, _ in READS.values()], *WRITES.values()]

RETRIED: dict[str, bytes] = {
    "429 as a page of the proxy": html_reply(429),
    "429 as the application says it": message(429, "Throttled: Too many requests"),
    "503 as a page": html_reply(503),
    **{f"{status} of a proxy": html_reply(status) for status in (500, 502, 504, *range(520, 527))},
    "200 with a challenge page": html_reply(200),
    "403 with a challenge page": html_reply(403),
    "a body cut short": reply(200, b'{"posts":[', length=500),
    "a statement timeout": json_reply(500, {"success": False, "message": "The database timed out.", "code": "a-1"}),
    "its database refuses": message(503, "The database is unavailable. Try again later."),
    "its database is down": framework(500, "Internal Server Error"),
    "the search engine is down": message(500, "An unexpected error occurred."),
    "a search that took too long": message(422, "The search timed out. Try using fewer or simpler tags."),
}


@pytest.mark.parametrize("answer", RETRIED.values(), ids=RETRIED.keys())
def test_what_may_pass_is_asked_again_whatever_was_asked(
    site: ScriptedSite, client: SiteClient, time: FakeTime, answer: bytes
) -> None:
    """Faults (docs/site-api.md, "Faults"): none of these says anything about a post, a list, a query or a login."""
    for ask, right in READS.values():
        site.says(answer, json_reply(200, right))
        ask(client)
    for write in WRITES.values():
        site.says(answer, json_reply(200, {"post_id": 1, "favorite_count": 1}))
        assert write(client) == Applied()
    assert len(site.asked) == client.requests == 2 * len(EVERYTHING)
    assert time.slept == [1.0] * len(EVERYTHING)


@pytest.mark.parametrize("answer", [RETRIED[name] for name in RETRIED if name[:3] != "200" and "cut" not in name])
def test_what_never_passes_is_quoted_and_no_word_about_a_post(
    site: ScriptedSite, connect: ClientFactory, answer: bytes
) -> None:
    """In the end it is the site's trouble, with exit code 5."""
    site.says(answer)
    for ask in EVERYTHING:
        with pytest.raises((SiteOverloaded, SiteNonsense), match=r"^The site answered \d\d\d"):
            ask(connect(retry_for=0))


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("SessionLoader::AuthenticationFailure", LoginProblem.KEY),
        ("Account is banned: forever", LoginProblem.BANNED),
        ("Account is suspended for another 3 days", LoginProblem.SUSPENDED),
    ],
)
def test_a_refused_login_is_one_whatever_was_asked(
    site: ScriptedSite, connect: ClientFactory, said: str, problem: LoginProblem
) -> None:
    """401, for public lists too; and it is asked once (docs/site-api.md, "Logins")."""
    site.says(message(401, said))
    for ask in EVERYTHING:
        client = connect()
        with pytest.raises(LoginRefused) as caught:
            ask(client)
        assert (caught.value.said, caught.value.problem, client.requests) == (said, problem, 1)


NO_RIGHT = {
    "no right to write": reason(403, "Access Denied"),
    "favorites switched off": reason(403, "Favorites are disabled"),
    "favorites switched off, in the other shape": message(403, "Favorites are disabled"),
    "taken for anonymous": message(
        403, "ActionController::InvalidAuthenticityToken. Did you properly authorize your request?"
    ),
}


@pytest.mark.parametrize("answer", NO_RIGHT.values(), ids=NO_RIGHT.keys())
def test_a_write_without_the_right_stops_and_keeps_the_queue(
    site: ScriptedSite, connect: ClientFactory, answer: bytes
) -> None:
    """403 in the site's own words, in either shape (docs/site-api.md, "Logins" and "Adding a favorite")."""
    site.says(answer)
    for write in WRITES.values():
        client = connect()
        with pytest.raises(RightRefused):
            write(client)
        assert client.requests == 1


ADDED: dict[str, tuple[bytes, WriteAnswer]] = {
    "documented": (json_reply(201, {"post": {"id": 1}}), Applied()),
    "current": (json_reply(200, {"post_id": 1, "favorite_count": 4}), Applied()),
    "already": (message(422, "You have already favorited this post"), AlreadyFavorite()),
    "the limit": (message(422, "You can only keep up to 100,000 favorites."), LimitReached(100_000)),
    "not saved": (message(422, "Failed to update post: x"), NotSaved("Failed to update post: x")),
    "not valid": (json_reply(422, {"errors": {"base": ["is bad"]}}), NotSaved("base is bad")),
    "unknown post": (reason(404, "not found"), PostGone()),
    "being moved": (message(423, "Post favorites are being transferred"), Transferring()),
}


@pytest.mark.parametrize(("answer", "taken_for"), ADDED.values(), ids=ADDED.keys())
def test_an_add_is_taken_for_what_it_came_to(
    site: ScriptedSite, client: SiteClient, answer: bytes, taken_for: WriteAnswer
) -> None:
    """As the table says (docs/site-api.md, "Adding a favorite")."""
    site.says(answer)
    assert client.add_favorite(1) == taken_for
    assert client.requests == 1


REMOVED: dict[str, tuple[bytes, WriteAnswer]] = {
    "documented": (b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", Applied()),
    "current": (json_reply(200, {"post_id": 1, "favorite_count": 4}), Applied()),
    "unknown post": (reason(404, "not found"), PostGone()),
    "being moved": (message(423, "Post favorites are being transferred"), Transferring()),
}


@pytest.mark.parametrize(("answer", "taken_for"), REMOVED.values(), ids=REMOVED.keys())
def test_a_removal_is_taken_for_what_it_came_to(
    site: ScriptedSite, client: SiteClient, answer: bytes, taken_for: WriteAnswer
) -> None:
    """As the table says (docs/site-api.md, "Removing a favorite")."""
    site.says(answer)
    assert client.remove_favorite(1) == taken_for
    assert client.requests == 1


@dataclass(frozen=True)
class Refusal:
    """A no to a read."""

    ask: Callable[[SiteClient], object]
    answer: bytes
    error: type[FavsyncError]


LIST, SEARCH, CHANGES, BY_ID = (READS[name][0] for name in ("the list", "a search", "changes", "favorites by id"))
REFUSALS = {
    "lists: a hidden list": Refusal(LIST, reason(403, "Access Denied: This users favorites are hidden"), ListingHidden),
    "lists: an unknown user": Refusal(LIST, reason(404, "not found"), UserNotFound),
    "lists: beyond the last page": Refusal(LIST, message(410, "You cannot go beyond page 750."), SiteNonsense),
    "users: an unknown user": Refusal(READS["a user"][0], reason(404, "not found"), UserNotFound),
    "users: nobody": Refusal(READS["a user"][0], json_reply(200, {"id": None, "name": "Anonymous"}), UserNotFound),
    "users: a name with a dot": Refusal(
        partial(SiteClient.fetch_user, name_or_id="a.b"), html_reply(404), SiteNonsense
    ),
    "searches: hidden, by search": Refusal(
        BY_ID, reason(403, "Access Denied: This user's favorites are hidden"), ListingHidden
    ),
    "searches: hidden, by change": Refusal(
        CHANGES, reason(403, "Access Denied: This user's favorites are hidden"), ListingHidden
    ),
    "searches: more than 40 terms": Refusal(
        SEARCH, message(422, "You cannot search for more than 40 tags"), SiteNonsense
    ),
    "errors: an unknown route": Refusal(LIST, html_reply(404), SiteNonsense),
    "errors: a route that the framework does not know": Refusal(LIST, framework(404, "Not Found"), SiteNonsense),
    "errors: a conditional answer to no condition": Refusal(LIST, reply(304), SiteNonsense),
}


@pytest.mark.parametrize("refusal", REFUSALS.values(), ids=REFUSALS.keys())
def test_a_no_to_a_read_is_told_apart_and_asked_once(site: ScriptedSite, client: SiteClient, refusal: Refusal) -> None:
    """Hidden, unknown, out of range, or no such site."""
    site.says(refusal.answer)
    with pytest.raises(refusal.error):
        refusal.ask(client)
    assert client.requests == 1


def test_a_post_of_an_unknown_id_is_none(site: ScriptedSite, client: SiteClient) -> None:
    """It was destroyed, or never was (docs/site-api.md, "One post")."""
    site.says(reason(404, "not found"))
    assert client.fetch_post(1) is None
