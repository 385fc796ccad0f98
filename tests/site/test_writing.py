"""What the site says to an add or a remove, and what it is taken for (docs/site-api.md, "Changing favorites")."""

from typing import Any

import pytest

from favsync.errors import KeyMissing, RightRefused, SiteNonsense, SiteUnreachable
from favsync.model import AlreadyFavorite, Applied, LimitReached, NotSaved, PostGone, Transferring, WriteAnswer
from favsync.site.e621.client import SiteClient
from tests.site.conftest import ClientFactory, FakeTime
from tests.site.scripted import DROP, ScriptedSite, html_reply, json_reply, reply


def says(message: str) -> dict[str, Any]:
    return {"success": False, "message": message, "code": None}


TRANSFERRING = json_reply(423, says("Post favorites are being transferred, please try again later"))
NOT_FOUND = json_reply(404, {"success": False, "reason": "not found"})

ANSWERS: dict[str, tuple[bytes, WriteAnswer]] = {
    "200": (json_reply(200, {"post_id": 5, "favorite_count": 1}), Applied()),
    "201": (json_reply(201, {"post": {"id": 5}}), Applied()),
    "204": (b"HTTP/1.1 204 No Content\r\nConnection: close\r\n\r\n", Applied()),
    "already": (json_reply(422, says("You have already favorited this post")), AlreadyFavorite()),
    "already, in other words": (
        json_reply(422, says("You have already favorited it")),
        NotSaved("You have already favorited it"),
    ),
    "already, and more": (
        json_reply(422, says("You have already favorited this post.")),
        NotSaved("You have already favorited this post."),
    ),
    "the limit": (json_reply(422, says("You can only keep up to 100000 favorites.")), LimitReached(100_000)),
    "the limit with commas": (json_reply(422, says("You can only keep up to 80,000 favorites.")), LimitReached(80_000)),
    "the limit of something else": (
        json_reply(422, says("You can only keep up to 5 favorites. Or so")),
        NotSaved("You can only keep up to 5 favorites. Or so"),
    ),
    "no number": (
        json_reply(422, says("You can only keep up to , favorites.")),
        NotSaved("You can only keep up to , favorites."),
    ),
    "not saved": (json_reply(422, says("Failed to update post: odd")), NotSaved("Failed to update post: odd")),
    "validation": (json_reply(422, {"errors": {"post": ["is locked"]}}), NotSaved("post is locked")),
    "no words": (json_reply(422, {"success": False}), NotSaved("")),
    "400": (json_reply(400, says("Invalid JSON body")), NotSaved("Invalid JSON body")),
    "409": (json_reply(409, says("Conflict")), NotSaved("Conflict")),
    "gone": (NOT_FOUND, PostGone()),
    "423": (TRANSFERRING, Transferring()),
}


@pytest.mark.parametrize(("answer", "means"), ANSWERS.values(), ids=ANSWERS.keys())
def test_an_answer_means_what_the_page_says(
    site: ScriptedSite, client: SiteClient, answer: bytes, means: WriteAnswer
) -> None:
    """A 422 above all: it is "already so" only in exactly those words."""
    site.says(answer)
    assert client.add_favorite(5) == means
    assert client.remove_favorite(5) == means
    assert client.requests == 2


def test_a_remove_names_its_post_in_the_path(site: ScriptedSite, client: SiteClient) -> None:
    """And carries nothing else."""
    site.says(json_reply(200, {"post_id": 5, "favorite_count": 0}))
    client.remove_favorite(5)
    (asked,) = site.asked
    assert (asked.method, asked.path, asked.query, asked.body) == ("DELETE", "/favorites/5.json", {}, "")


@pytest.mark.parametrize("said", ["Favorites are disabled", "Access Denied"])
def test_a_403_stops_the_push_in_the_sites_words(site: ScriptedSite, client: SiteClient, said: str) -> None:
    """It is about the login or the whole site, not about this post."""
    site.says(json_reply(403, says(said)))
    with pytest.raises(RightRefused, match=said) as caught:
        client.add_favorite(5)
    assert (caught.value.said, client.requests) == (said, 1)


@pytest.mark.parametrize("page", [html_reply(200), reply(200), reply(200, b'{"post_id":'), reply(201, b"ok")])
def test_a_success_that_is_not_the_sites_is_none(site: ScriptedSite, connect: ClientFactory, page: bytes) -> None:
    """A challenge page has status 200 and added nothing."""
    site.says(page)
    client = connect(retry_for=3)
    with pytest.raises(SiteNonsense):
        client.add_favorite(5)
    assert client.requests == 3


NO_SUCCESS: list[Any] = [
    *({"success": False, "reason": "no"}, [], None, {}, {"favorite_count": 1}),
    *(
        {"post": None},
        {"post": {}},
        {"post": 5},
        {"post": {"id": 6}},
        {"post_id": 6},
        {"post_id": None},
        {"post_id": True},
    ),
    {"post_id": 6, "post": {"id": 5}},
    {"id": 5, "md5": "0" * 32, "is_favorited": False},
]


@pytest.mark.parametrize("body", NO_SUCCESS, ids=str)
def test_a_success_that_does_not_name_the_post_is_none(site: ScriptedSite, client: SiteClient, body: Any) -> None:
    """Better said than counted: what is not shown to be done waits, and is asked for again."""
    site.says(json_reply(200, body))
    for write in (client.add_favorite, client.remove_favorite):
        with pytest.raises(SiteNonsense):
            write(5)


def test_a_lost_answer_is_asked_for_again(site: ScriptedSite, client: SiteClient) -> None:
    """The site had done it; the second answer says so."""
    site.says(DROP, ANSWERS["already"][0])
    assert client.add_favorite(5) == AlreadyFavorite()


def test_a_transfer_is_waited_for_only_when_asked_to(site: ScriptedSite, client: SiteClient, time: FakeTime) -> None:
    """The rest of the queue goes first; then there is time."""
    site.says(TRANSFERRING, json_reply(200, {"post_id": 5}))
    assert client.add_favorite(5) == Transferring()
    assert time.slept == []
    site.says(TRANSFERRING, TRANSFERRING, json_reply(200, {"post_id": 5}))
    assert client.add_favorite(5, wait=True) == Applied()
    assert time.slept == [1, 2]
    site.says(TRANSFERRING, json_reply(200, {"post_id": 5}))
    assert client.remove_favorite(5, wait=True) == Applied()


def test_a_transfer_that_lasts_is_an_answer_and_no_error(
    site: ScriptedSite, client: SiteClient, time: FakeTime
) -> None:
    """The operation stays in the queue, and the others go on."""
    site.says(TRANSFERRING)
    assert client.add_favorite(5, wait=True) == Transferring()
    assert sum(time.slept) == 120


@pytest.mark.parametrize("asked", ["20", "7200"])
def test_a_transfer_is_waited_for_as_long_as_the_site_asks(
    site: ScriptedSite, client: SiteClient, time: FakeTime, asked: str
) -> None:
    """And not at all where that is longer than there is time for."""
    site.says(json_reply(423, says("later"), [("Retry-After", asked)]), json_reply(200, {"post_id": 5}))
    waited = asked == "20"
    assert client.add_favorite(5, wait=True) == (Applied() if waited else Transferring())
    assert time.slept == ([20.0] if waited else [])


def test_other_faults_while_waiting_for_a_transfer_are_told(site: ScriptedSite, connect: ClientFactory) -> None:
    """A site that goes away in the middle is not "transferring"."""
    site.says(TRANSFERRING, DROP)
    with pytest.raises(SiteUnreachable):
        connect(retry_for=5).add_favorite(5, wait=True)


def test_nothing_is_written_without_a_login(connect: ClientFactory) -> None:
    """The request would be refused; it is not even made."""
    client = connect(None)
    for write in (client.add_favorite, client.remove_favorite):
        with pytest.raises(KeyMissing):
            write(5)
    assert client.requests == 0
