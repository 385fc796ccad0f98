"""What the site's staff did to posts, as it comes: both forms of events, flags, and everything that is neither."""

import json

import pytest

from favsync.core.removal_reasons import PostEvent
from favsync.errors import FavsyncError, RightRefused, SiteNonsense, SiteOverloaded
from favsync.site.e621.client import SiteClient
from favsync.site.e621.decoding import NotJson
from favsync.site.e621.staff_records import (
    LONGEST_REASON,
    decode_deletions,
    decode_events,
)
from tests.site.scripted import ScriptedSite, html_reply, json_reply

MOVE = {"id": 88, "post_id": 415, "action": "favorites_moved", "created_at": "2026-11-27T17:35:14.460-05:00"}
FLAG = {"id": 70, "post_id": 121, "reason": "Bad quality", "is_resolved": False, "is_deletion": True}


def flags(*changes: dict[str, object]) -> bytes:
    return json.dumps([FLAG | change for change in changes]).encode()


@pytest.mark.parametrize("body", [{"post_events": [MOVE]}, [MOVE]], ids=["in an object", "bare"])
def test_events_are_read_in_both_forms(body: object) -> None:
    """The one that `v2=true` asks for may become the usual one; times are UTC."""
    reported = decode_events(json.dumps(body).encode(), 415)
    assert reported == (PostEvent("favorites_moved", "2026-11-27T22:35:14.460Z"),)


@pytest.mark.parametrize(
    "body",
    [
        b"{}",
        b"3",
        b'{"post_events":{}}',
        b'[{"post_id":415}]',
        json.dumps([MOVE | {"post_id": 416}]).encode(),
        json.dumps([MOVE | {"created_at": "yesterday"}]).encode(),
        json.dumps([MOVE | {"created_at": "2026-11-27T17:35:14"}]).encode(),
    ],
)
def test_what_is_no_list_of_the_posts_events_is_refused(body: bytes) -> None:
    """Events of another post are no answer: a site that does not read the question tells those of all posts."""
    with pytest.raises(SiteNonsense):
        decode_events(body, 415)


@pytest.mark.parametrize("body", [b"<html>", b'{"post_events":[', b"\xff"])
def test_a_page_is_not_json(body: bytes) -> None:
    """As everywhere: a proxy's page may pass, and is asked for again."""
    with pytest.raises(NotJson):
        decode_events(body, 415)
    with pytest.raises(NotJson):
        decode_deletions(body, [121])


def test_the_newest_deletion_that_stands_tells_the_reason() -> None:
    """Not an older one, not one that is resolved, not a flag, and not an empty one."""
    reported = decode_deletions(
        flags(
            {},
            {"id": 90, "reason": "Takedown"},
            {"id": 80, "reason": "Older"},
            {"id": 95, "reason": "Resolved", "is_resolved": True},
            {"id": 96, "reason": "A flag", "is_deletion": False},
            {"id": 97, "reason": "  "},
            {"id": 98, "reason": None},
            {"id": 71, "post_id": 122, "reason": "x" * 5000},
        ),
        [121, 122, 123],
    )
    assert (reported.reasons, reported.reported) == ({121: "Takedown", 122: "x" * LONGEST_REASON}, 8)
    assert decode_deletions(b'{"post_flags":[]}', [121]).reasons == decode_deletions(b"[]", [121]).reasons == {}


def test_flags_of_posts_that_were_not_asked_about_are_refused() -> None:
    """They would be the newest of the whole site."""
    with pytest.raises(SiteNonsense):
        decode_deletions(flags({}), [7])


def test_the_questions_are_those_that_the_site_answers(site: ScriptedSite, client: SiteClient) -> None:
    """One post for events, a comma list for flags, and as many as a page can hold."""
    site.says(json_reply(200, {"post_events": [MOVE]}), json_reply(200, [FLAG]))
    assert [event.action for event in client.fetch_events(415)] == ["favorites_moved"]
    assert client.fetch_deletion_reasons([121, 5]).reasons == {121: "Bad quality"}
    assert [(asked.path, asked.query) for asked in site.asked] == [
        ("/post_events.json", {"search[post_id]": ["415"], "limit": ["320"]}),
        ("/post_flags.json", {"search[post_id]": ["121,5"], "search[type]": ["deletion"], "limit": ["320"]}),
    ]


@pytest.mark.parametrize(
    ("reply", "error"),
    [
        (json_reply(403, {"success": False, "reason": "Access Denied"}), RightRefused),
        (json_reply(500, {"success": False, "message": "An unexpected error occurred.", "code": "x"}), SiteOverloaded),
        (html_reply(404), SiteNonsense),
    ],
    ids=["403", "500", "404"],
)
def test_a_server_without_them_is_asked_once(
    site: ScriptedSite, client: SiteClient, reply: bytes, error: type[FavsyncError]
) -> None:
    """Also where it fails in a way that is worth another try elsewhere."""
    site.says(reply)
    with pytest.raises(error):
        client.fetch_events(415)
    assert len(site.asked) == 1


def test_a_site_that_is_busy_is_asked_again(site: ScriptedSite, client: SiteClient) -> None:
    """That says nothing about whether it has events."""
    site.says(html_reply(503), json_reply(200, [MOVE]))
    assert len(client.fetch_events(415)) == 1


DEEP = b'{"id":8,"post_id":122,"reason":' + b"[" * 3_000 + b"]" * 3_000 + b"}"


@pytest.mark.parametrize("odd", [b'{"id":8,"post_id":122,"reason":"\\ud83d"}', b'{"id":"x","post_id":122}', DEEP])
@pytest.mark.parametrize("bare", [False, True])
def test_one_flag_that_no_parser_reads_costs_its_post_alone(odd: bytes, *, bare: bool) -> None:
    """The reasons of a hundred posts come in one answer. An older flag of its post is no reason in its place."""
    older = b'{"id":6,"post_id":122,"reason":"Older"}'
    listed = b'[{"id":7,"post_id":121,"reason":"Bad quality","is_resolved":false},%b,%b]' % (odd, older)
    reported = decode_deletions(listed if bare else b'{"post_flags":%b}' % listed, [121, 122])
    assert (reported.reasons, reported.reported) == ({121: "Bad quality"}, 3)


def test_a_flag_of_nobody_knows_which_post_spoils_the_answer() -> None:
    """It may be the newest of any of them."""
    with pytest.raises(SiteNonsense):
        decode_deletions(b'[{"id":7,"post_id":121,"reason":"Bad quality"},{"id":8,"post_id":"x"}]', [121, 122])
