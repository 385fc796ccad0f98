"""The sandbox against the later recording: the second shape of posts, hidden pending posts, searches that time out."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from favsync.sandbox import Fault, Site, World
from favsync.sandbox.layouts import ShapeSwitch
from tests.sandbox.talk import ask, get
from tests.sandbox.transcripts import differences, load_shapes, merged, schema_of

LINES = [json.loads(line) for line in (Path(__file__).with_name("transcripts_more.jsonl")).read_text().splitlines()]
EXCHANGES: list[dict[str, Any]] = [line for line in LINES if "name" in line]
SHAPES = load_shapes() | {line["shape"]: line["schema"] for line in LINES if "shape" in line}
LEFT_OUT = ("flags.", "events.", "replacements.", "sets.", "exports.")
"""What is told by other tests, or never asked for."""


@pytest.fixture
def site() -> Iterator[Site]:
    """1,500 posts, of which alice has many, and one that is pending and hidden."""
    world = World()
    for name in ("system", "admin", "alice"):
        world.add_user(name, api_key=f"{name}-key", safe_mode=False)
    posts = world.add_posts(1500)
    world.favorite_many("alice", [post_id for post_id in posts if post_id % 2 and post_id != 1483])
    world.posts[1483].pending = True
    world.hidden_pending.add(1483)
    world.set_parent(415, 103)
    world.edit_post(1, fav_count=3)
    with Site(world) as served:
        yield served


def wrapped(body: Any, wrap: str) -> list[Any]:
    """The posts in a body that has to be wrapped so."""
    match wrap:
        case "array":
            assert isinstance(body, list)
            return body
        case "bare":
            assert "post" not in body
            return [body]
        case _:
            assert list(body) == [wrap]
            return body[wrap] if wrap == "posts" else [body[wrap]]


def test_what_was_recorded_later_is_answered_alike(site: Site) -> None:
    """Replayed in order: the same status, the same wrapping, the same words of errors, and posts of the same shape."""
    wrong: list[str] = []
    for recorded in EXCHANGES:
        if recorded["name"].startswith("search.timeout"):
            site.fault(Fault("search_timeout"))
        target = f"{recorded['path']}?{recorded['query']}" if "query" in recorded else recorded["path"]
        reply = ask(site, recorded["method"], target, login=recorded.get("login"), body=recorded.get("body"))
        assert reply.status == recorded["status"], recorded["name"]
        assert reply.headers["content-type"] == "application/json; charset=utf-8"
        match recorded:
            case {"error": error}:
                assert reply.json == error, recorded["name"]
            case {"wrap": wrap, "holds": holds}:
                posts = wrapped(reply.json, wrap)
                assert bool(posts) is ("empty" not in recorded), recorded["name"]
                schemas = [schema_of(post) for post in posts]
                wrong += [f"{recorded['name']}: {words}" for words in _unlike(schemas, SHAPES[holds])]
            case {"holds": holds}:
                wrong += [f"{recorded['name']}: {words}" for words in differences(schema_of(reply.json), SHAPES[holds])]
    assert "\n".join(dict.fromkeys(wrong)) == ""


def _unlike(schemas: list[dict[str, Any]], recorded: dict[str, Any]) -> Iterator[str]:
    """Differences but for types that the few recorded posts could not show, and for what only some of them have."""
    if schemas:
        for words in differences(merged(schemas), recorded):
            if " instead of " not in words and "alternates" not in words and ".video" not in words:
                yield words


def test_nothing_recorded_is_left_out_without_a_reason() -> None:
    """Each line is replayed, or of a family that is told elsewhere."""
    left_out = [line["left_out"] for line in LINES if "left_out" in line]
    assert all(name.startswith(LEFT_OUT) for name in left_out)
    assert len(EXCHANGES) + len(left_out) == 40


def test_a_hidden_pending_post_is_listed_and_written_and_shown_to_nobody(site: Site) -> None:
    """Searches by id leave it out, too, and so does their count; staff see it."""
    site.world.add_user("moddy", api_key="moddy-key", staff=True)
    assert ask(site, "POST", "/favorites.json", login="alice:alice-key", body="post_id=1483").status == 200
    assert get(site, "/favorites.json?limit=2").ids == [1483, 1499]
    assert get(site, "/posts.json?tags=id:1483,1499+status:any").ids == [1499]
    assert get(site, "/posts/count.json?tags=id:1483,1499+status:any").json["count"] == 1
    assert get(site, "/posts/1483.json").status == 403
    assert get(site, "/posts/1483.json", login="moddy:moddy-key").status == 200


@pytest.mark.parametrize("whole_host", [False, True])
def test_safe_mode_adds_a_rating_to_every_search_and_hides_files(site: Site, *, whole_host: bool) -> None:
    """Of one account, or of the whole host; the listing still has every post."""
    site.world.safe_mode = whole_host
    site.world.user("alice").safe_mode = not whole_host
    listed = get(site, "/favorites.json?limit=320").json["posts"]
    assert {post["rating"] for post in listed} == {"s", "q", "e"}
    for post in listed:
        assert (post["file"]["url"] is None) is (post["rating"] != "s")
    found = get(site, "/posts.json?tags=fav:alice+status:any&limit=320").json["posts"]
    assert {post["rating"] for post in found} == {"s"}
    count = get(site, "/posts/count.json?tags=fav:alice+status:any").json["count"]
    assert count == sum(site.world.posts[post_id].rating == "s" for post_id in site.world.listing("alice"))
    one = next(post["id"] for post in listed if post["rating"] == "e")
    assert get(site, f"/posts/{one}.json").json["post"]["file"]["url"] is None


@pytest.mark.parametrize(("switch", "bare"), [("v2", [True] * 3), ("flipping", [True, False, True])])
def test_a_switch_makes_the_second_shape_the_first(site: Site, switch: ShapeSwitch, bare: list[bool]) -> None:
    """Whatever is asked for; flipping, it is another at each answer."""
    site.world.shape = switch
    bodies = [get(site, "/favorites.json?limit=3&v1=true&mode=extended").json for _ in range(3)]
    assert [isinstance(body, list) for body in bodies] == bare
    assert [isinstance(post["tags"], dict) for post in bodies[0]] == [True] * 3
    site.world.forced_mode = "thumbnail"
    assert isinstance(get(site, "/posts/1.json?mode=extended").json.get("tags", ""), str) or switch == "flipping"


def test_a_mixed_list_has_both_shapes_in_it(site: Site) -> None:
    """As nobody should answer, and somebody might."""
    site.world.shape = "mixed"
    for _ in range(3):
        body = get(site, "/favorites.json?limit=6&mode=extended").json
        posts = body if isinstance(body, list) else body["posts"]
        assert {"files" in post for post in posts} == {True, False}


def test_a_database_that_is_down_answers_in_the_fourth_shape(site: Site) -> None:
    """That of the framework, without words of the site's own."""
    site.fault(Fault("db_down"))
    reply = get(site, "/favorites.json")
    assert (reply.status, reply.json) == (500, {"status": 500, "error": "Internal Server Error"})
