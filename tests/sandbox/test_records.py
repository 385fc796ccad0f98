"""Post events and flags against what the recorded server answered (transcripts `events.*`, `flags.*`, `transfer.*`)."""

import pytest

from favsync.sandbox import Site
from tests.sandbox.talk import get
from tests.sandbox.transcripts import differences, schema_of

EVENTS = {
    "post_events": [
        {
            "id": 90,
            "post_id": 415,
            "action": "undeleted",
            "created_at": "2026-11-27T17:35:17.554-05:00",
            "creator_id": 2,
        },
        {
            "id": 88,
            "post_id": 415,
            "action": "favorites_moved",
            "created_at": "2026-11-27T17:35:14.460-05:00",
            "creator_id": 14,
        },
        {
            "id": 87,
            "post_id": 415,
            "action": "deleted",
            "created_at": "2026-11-27T17:35:14.413-05:00",
            "creator_id": 14,
        },
    ]
}
"""Recorded as `events.of_a_post`: a duplicate was deleted, its favorites moved, and then it was undeleted."""

FLAGS = [
    {
        "id": 70,
        "post_id": 121,
        "creator_id": 14,
        "reason": "Bad quality",
        "is_resolved": False,
        "created_at": "2026-11-27T17:35:12.136-05:00",
        "updated_at": "2026-11-27T17:35:12.136-05:00",
        "is_deletion": True,
        "reason_name": "deletion",
        "needs_parent_id": False,
        "needs_staff_reason": False,
        "type": "deletion",
    }
]
"""Recorded as `flags.of_a_deleted_post`."""


def events(site: Site, post_id: int | str, more: str = "") -> list[tuple[int, str]]:
    """The events of a post as (post, action)."""
    reported = get(site, f"/post_events.json?search%5Bpost_id%5D={post_id}{more}").json["post_events"]
    return [(event["post_id"], event["action"]) for event in reported]


def flags(site: Site, post_ids: str, more: str = "") -> list[tuple[int, str]]:
    """The deletions of some posts as (post, reason)."""
    reported = get(site, f"/post_flags.json?search%5Bpost_id%5D={post_ids}&search%5Btype%5D=deletion{more}").json
    return [(flag["post_id"], flag["reason"]) for flag in reported]


def test_a_move_is_written_down_as_it_was_recorded(site: Site, spare: int) -> None:
    """Of the child: deleted, moved, undeleted, the newest first; of the parent: received. The shape is the recorded."""
    child = site.world.listing("alice")[3]
    site.world.transfer_favorites(child, spare)
    site.world.undelete_post(child)
    assert events(site, child) == [(child, event["action"]) for event in EVENTS["post_events"]]
    assert events(site, spare) == [(spare, "favorites_received")]
    reported = get(site, f"/post_events.json?search%5Bpost_id%5D={child}").json
    assert list(differences(schema_of(reported), schema_of(EVENTS))) == []
    bare = get(site, f"/post_events.json?search%5Bpost_id%5D={child}&v2=true").json
    assert bare == reported["post_events"]


def test_nothing_is_moved_where_nobody_had_it(site: Site, spare: int) -> None:
    """The server's job ends before it writes anything down; and a post without events has an empty list."""
    site.world.transfer_favorites(spare, spare + 1)
    assert events(site, spare) == [(spare, "deleted")]
    assert events(site, spare + 1) == []


def test_events_are_those_of_one_post(site: Site, spare: int) -> None:
    """Of a list of ids the site reads the first; an action can be named; a page has 75, or what `limit` says."""
    for _ in range(45):
        site.world.delete_post(spare)
        site.world.undelete_post(spare)
    site.world.delete_post(spare + 1)
    assert events(site, f"{spare},{spare + 1}") == events(site, spare)
    assert [action for _, action in events(site, spare, "&search%5Baction%5D=undeleted")] == ["undeleted"] * 45
    assert [len(events(site, spare, more)) for more in ("", "&page=2", "&limit=320")] == [75, 15, 90]


def test_deletions_have_their_reasons(site: Site, spare: int) -> None:
    """For a list of posts, the newest deletion first; an undeleted post's are resolved; the shape is the recorded."""
    world = site.world
    world.delete_post(spare, reason="Bad quality")
    world.delete_post(spare + 1, reason="Paysite content")
    world.delete_post(spare + 2, reason="Not asked for")
    assert flags(site, f"{spare},{spare + 1},99999") == [(spare + 1, "Paysite content"), (spare, "Bad quality")]
    assert flags(site, f"{spare},{spare + 1}", "&limit=1") == [(spare + 1, "Paysite content")]
    assert flags(site, "99999") == []
    world.undelete_post(spare)
    reported = get(site, f"/post_flags.json?search%5Bpost_id%5D={spare}").json
    assert list(differences(schema_of(reported), schema_of(FLAGS))) == []
    assert [flag["is_resolved"] for flag in reported] == [True]
    assert get(site, f"/post_flags.json?search%5Bpost_id%5D={spare}&search%5Btype%5D=flag").json == []


@pytest.mark.parametrize("status", [404, 403, 500])
def test_a_server_without_them_refuses_both(site: Site, spare: int, status: int) -> None:
    """As an unknown route does (HTML), or as one that is not for everybody, or as one that is broken."""
    site.world.records_answer = status
    for path in ("post_events", "post_flags"):
        reply = get(site, f"/{path}.json?search%5Bpost_id%5D={spare}")
        assert reply.status == status
        assert reply.body.startswith(b"<!doctype html>") == (status == 404)
