"""Exchanges recorded from the real server, and those of the documented reference: the client reads each one rightly.

`transcripts.jsonl` holds one exchange a line, lists cut to a few posts; names that begin with `documented.` are written
from the reference, all others were recorded.
"""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from typing import Any

import pytest

from favsync.errors import (
    FavsyncError,
    ListingHidden,
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
    Post,
    PostGone,
    PostUnavailable,
    Shape,
    SiteUser,
    Transferring,
    WriteAnswer,
)
from favsync.site.e621.client import SiteClient
from favsync.site.e621.decoding import read_post
from tests.site.conftest import ALICE, ClientFactory
from tests.site.scripted import ScriptedSite, reply

LINES = (Path(__file__).parent / "transcripts.jsonl").read_text().splitlines()
EXCHANGES: dict[str, dict[str, Any]] = {exchange["name"]: exchange for exchange in map(json.loads, LINES)}

WRITES: dict[str, WriteAnswer | type[FavsyncError]] = {
    "add.new.form": Applied(),
    "add.deleted_post": Applied(),
    "add.already.form": AlreadyFavorite(),
    "add.limit_reached": LimitReached(100_000),
    "limit5.add5": LimitReached(5),
    "add.unknown_post": PostGone(),
    "add.transfer_in_progress": Transferring(),
    "add.invalid_json": NotSaved("Invalid JSON body"),
    "add.lockdown": RightRefused,
    "add.anonymous": RightRefused,
    "add.banned_login_allowed": RightRefused,
    "add.ip_banned": RightRefused,
    "add.wrong_key": LoginRefused,
    "add.hardbanned": LoginRefused,
    "add.expired_key": LoginRefused,
    "add.post_id_array": SiteOverloaded,
    "db_timeout2.add": SiteOverloaded,
    "documented.add.new": Applied(),
    "documented.add.already": AlreadyFavorite(),
    "documented.add.not_logged_in": RightRefused,
    "del.favorited": Applied(),
    "del.never_favorited": Applied(),
    "del.unknown_post": PostGone(),
    "del.transfer_in_progress": Transferring(),
    "del.lockdown": RightRefused,
    "del.anonymous": RightRefused,
    "del.banned": RightRefused,
    "del.wrong_key": LoginRefused,
    "del.no_id": SiteNonsense,
    "documented.del.done": Applied(),
    "v2.fav.add": Applied(),
    "v2.fav.add.already": AlreadyFavorite(),
    "v2.fav.remove": Applied(),
    "hidden_pending.add": Applied(),
    "hidden_pending.remove": Applied(),
}

LISTINGS: dict[str, list[int] | type[FavsyncError]] = {
    "fav.own.basic.limit320": [932, 966, 1400],
    "fav.anon.user_id": [932],
    "fav.time_zone_utc": [932],
    "fav.privacy.self": [363],
    "fav.deleted_item_seen_by.member": [13],
    "fav.video_item": [1400],
    "fav.hide_from_anonymous_item.anon": [970],
    "fav.hide_from_anonymous_item.member": [970],
    "fav.limit.0": [],
    "fav.page.15": [],
    "fav.privacy.other": [],
    "fav.banned_user.seen_by_other": [],
    "documented.fav.empty": [],
    "documented.fav.hidden": ListingHidden,
    "documented.fav.unknown": UserNotFound,
    "fav.anon.no_user_id": UserNotFound,
    "fav.user_id.99999": UserNotFound,
    "fav.hardbanned_user.self": LoginRefused,
    "fav.auth.wrong_key": LoginRefused,
    "fav.limit.321": SiteNonsense,
    "fav.page.751": SiteNonsense,
    "fav.tags_array": SiteNonsense,
    "fav.tags_redirect": SiteNonsense,
    "fav.etag.if_none_match": SiteNonsense,
    "fav.v2.basic": [932],
    "fav.privacy.other.v2": [],
    "v2.fav.own": [103, 350, 330],
    "v2.fav.own.extended": [103, 350, 330],
    "v2.fav.own.thumbnail": SiteNonsense,
    "v2.fav.page_past_the_end": [],
    "v2.fav.v1_true": [103, 350, 330],
    "hidden_pending.in_list": [1483, 103, 350],
    "get.favorites_member_route": SiteNonsense,
    "unknown_route": SiteNonsense,
}

SEARCHES: dict[str, list[int] | type[FavsyncError]] = {
    "posts.fav_alice": [2016],
    "posts.fav_me.anon": [],
    "posts.fav_unknown_user": [],
    "posts.page_b": [99],
    "posts.fav_hidden": ListingHidden,
    "posts.fav_banned": ListingHidden,
    "posts.page_751": SiteNonsense,
    "posts.41_tags": SiteNonsense,
}

BY_IDS: dict[str, tuple[list[int], dict[int, bool | None] | type[FavsyncError]]] = {
    "posts.ids.as_alice": ([2016, 2049, 13], {2049: False, 2016: True, 13: False}),
    "posts.ids.as_anon": ([2016, 2049, 13], {2049: None, 2016: None, 13: None}),
    "posts.ids.with_unknown": ([1, 2, 9999999], {2: True, 1: False}),
    "posts.ids.100_ids": ([*range(1, 101)], {100: False}),
    "posts.ids.v2": ([1, 2, 3], {3: False}),
    "v2.posts.ids.extended": ([1, 2, 3, 99999999], {3: True, 2: True, 1: True}),
}

SINGLE_POSTS: dict[str, int | type[FavsyncError] | PostUnavailable | None] = {
    "post.normal": 1,
    "post.deleted": 13,
    "post.deleted.anon": 13,
    "post.pending": 11,
    "post.video": 40,
    "post.hide_from_anonymous.anon": 97,
    "post.unknown": None,
    "post.normal.v2": 1,
    "legacy.post.one": 1,
    "v2.post.one.extended": 1,
    "v2.post.deleted.extended": 415,
    "hidden_pending.one": PostUnavailable(1, "the site does not show it now: “Access Denied: Post unavailable”"),
}

USERS: dict[str, tuple[str | int, SiteUser | type[FavsyncError]]] = {
    "user.alice.json.as.alice": ("alice", SiteUser(3, "alice", 1006, True, 100_000, 75)),
    "user.3.json.as.alice": (3, SiteUser(3, "alice", 1006, True, 100_000, 75)),
    "user.upper_case": ("ALICE", SiteUser(3, "alice", 1006, True, 100_000, 75)),
    "user.alice.json.as.bob": ("alice", SiteUser(3, "alice", 1006, False)),
    "user.alice.json.as.anon": ("alice", SiteUser(3, "alice", 1006, False)),
    "user.alice.json.as.moddy": ("alice", SiteUser(3, "alice", 1006, False)),
    "user.alice.json.as.admin": ("alice", SiteUser(3, "alice", 1006, False)),
    "user.hidden.by_other": ("hidden", SiteUser(5, "hidden", 50, False)),
    "user.banned.by_other": ("banned", SiteUser(6, "banned", 30, False, is_banned=True)),
    "user.me.anon": ("me", UserNotFound),
    "user.unknown": ("nobody_here", UserNotFound),
    "user.index.name": ("alice", SiteNonsense),
}

Play = Callable[..., SiteClient]


@pytest.fixture
def play(site: ScriptedSite, connect: ClientFactory) -> Play:
    """Make a client that gets one recorded answer, as the user that the recording was made by, and asks once."""

    def make(name: str) -> SiteClient:
        exchange = EXCHANGES[name]
        body = exchange["text"] if "text" in exchange else json.dumps(exchange["json"], ensure_ascii=False)
        if exchange["status"] in {204, 304}:
            site.says(f"HTTP/1.1 {exchange['status']} Whatever\r\nConnection: close\r\n\r\n".encode())
        else:
            site.says(reply(exchange["status"], body.encode(), exchange["headers"].items()))
        return connect(None if name.rpartition(".")[2].endswith("anon") else ALICE, retry_for=0)

    return make


def outcome(ask: Callable[[], Any]) -> Any:
    """What comes back, or the type of error that comes instead."""
    try:
        return ask()
    except FavsyncError as exc:
        return type(exc)


def as_v1(post: dict[str, Any]) -> dict[str, Any]:
    """A post of the second shape, laid out as in the first."""
    files, stats, has = post["files"], post["stats"], post["has"]
    meta, sample = files["meta"], files["sample"]
    return {
        **{name: value for name, value in post.items() if name not in {"files", "stats", "has"}},
        **{name: stats[name] for name in ("score", "fav_count", "is_favorited", "vote", "comment_count")},
        "file": files["original"] | {name: meta[name] for name in ("md5", "ext", "size")},
        "preview": {"url": files["preview"]["jpg"], "alt": files["preview"]["webp"]},
        "sample": {"has": has["sample"], "url": sample["jpg"] if has["sample"] else None},
        "duration": meta["duration"],
        "has_notes": has["notes"],
    }


def assert_read_in_full(post: Post, recorded: dict[str, Any], *, signed_in: bool) -> None:
    """Compare a post with its JSON, by a scan of the JSON that shares nothing with the decoder."""
    assert json.loads(post.payload) == recorded
    if "files" in recorded:
        recorded = as_v1(recorded)
    if isinstance(recorded["tags"], list):
        assert (post.tags, post.shape, post.problem) == ((), Shape.V2_BASIC, "tags: expected object, got array")
        recorded = recorded | {"tags": {}}
    else:
        assert post.problem is None
    assert (post.id, post.rating, post.change_seq) == (recorded["id"], recorded["rating"], recorded["change_seq"])
    assert dict(post.tags) == {category: tuple(names) for category, names in recorded["tags"].items()}
    assert list(dict(post.tags)) == list(recorded["tags"])
    assert (list(post.sources), list(post.pools)) == (recorded["sources"], recorded["pools"])
    file = recorded["file"]
    assert (post.file_url, post.file_md5, post.file_size) == (file["url"], file["md5"], file["size"])
    assert (post.file_ext, post.width, post.height) == (file["ext"], file["width"], file["height"])
    assert (post.preview_url, post.sample_url) == (recorded["preview"]["url"], recorded["sample"]["url"])
    score, flags = recorded["score"], recorded["flags"]
    assert (post.score, post.score_up, post.score_down) == (score["total"], score["up"], score["down"])
    assert (post.is_deleted, post.is_pending, post.is_flagged) == (flags["deleted"], flags["pending"], flags["flagged"])
    assert post.parent_id == recorded["relationships"]["parent_id"]
    for name in [
        "fav_count",
        "comment_count",
        "description",
        "duration",
        "approver_id",
        "uploader_id",
        "uploader_name",
    ]:
        assert getattr(post, name) == recorded[name], name
    assert post.is_favorited == (recorded["is_favorited"] if signed_in else None)
    for reported, text in [(post.created_at, recorded["created_at"]), (post.updated_at, recorded["updated_at"])]:
        assert reported is not None
        assert reported.endswith("Z")
        assert datetime.fromisoformat(reported) == datetime.fromisoformat(text)


def test_every_recorded_exchange_has_its_meaning_written_down() -> None:
    """A line that no test reads proves nothing."""
    tables: list[dict[str, Any]] = [WRITES, LISTINGS, SEARCHES, BY_IDS, SINGLE_POSTS, USERS]
    assert sorted(name for table in tables for name in table) == sorted(EXCHANGES)


@pytest.mark.parametrize(("name", "means"), WRITES.items(), ids=WRITES.keys())
def test_a_recorded_write_is_taken_for_what_it_was(
    play: Play, site: ScriptedSite, name: str, means: WriteAnswer | type[FavsyncError]
) -> None:
    """An add or a remove, in both generations."""
    client, exchange = play(name), EXCHANGES[name]
    write = client.add_favorite if exchange["method"] == "POST" else client.remove_favorite
    # What was sent with an add is not recorded: a success names it in its answer, in the one place or the other.
    reported = exchange["json"] if isinstance(exchange.get("json"), dict) else {}
    post_id = reported.get("post_id") or reported.get("post", {}).get("id") or 2001
    assert outcome(lambda: write(post_id)) == means
    assert site.asked[0].method == exchange["method"]


@pytest.mark.parametrize(("name", "means"), LISTINGS.items(), ids=LISTINGS.keys())
def test_a_recorded_listing_is_taken_for_what_it_was(
    play: Play, name: str, means: list[int] | type[FavsyncError]
) -> None:
    """Pages, empty pages, and everything that must not be taken for an empty page."""
    client = play(name)
    page = outcome(lambda: client.fetch_listing(3, 1))
    if not isinstance(means, list):
        assert page is means
        return
    assert ([post.id for post in page.posts], page.unreadable) == (means, ())
    reported = EXCHANGES[name]["json"]
    for post, recorded in zip(page.posts, reported if isinstance(reported, list) else reported["posts"], strict=True):
        assert_read_in_full(post, recorded, signed_in=client.login is not None)


@pytest.mark.parametrize(("name", "means"), SEARCHES.items(), ids=SEARCHES.keys())
def test_a_recorded_search_is_taken_for_what_it_was(
    play: Play, name: str, means: list[int] | type[FavsyncError]
) -> None:
    """The search says that a list is hidden where the listing itself shows an empty page."""
    client = play(name)
    page = outcome(lambda: client.fetch_favorites_by_id("hidden", 100 if "page_b" in name else None))
    assert (page if not isinstance(means, list) else [post.id for post in page.posts]) == means


@pytest.mark.parametrize(("name", "ids", "means"), [(name, *row) for name, row in BY_IDS.items()], ids=BY_IDS.keys())
def test_recorded_posts_by_id_say_whose_favorites_they_are(
    play: Play, name: str, ids: list[int], means: dict[int, bool | None] | type[FavsyncError]
) -> None:
    """The definitive word on a post, for whoever is logged in, and for nobody else."""
    client = play(name)
    page = outcome(lambda: client.fetch_posts(ids))
    if not isinstance(means, dict):
        assert page is means
        return
    assert {post.id: post.is_favorited for post in page.posts} == means


@pytest.mark.parametrize(("name", "means"), SINGLE_POSTS.items(), ids=SINGLE_POSTS.keys())
def test_a_recorded_post_is_read_in_full(
    play: Play, name: str, means: int | type[FavsyncError] | PostUnavailable | None
) -> None:
    """Deleted, pending, moving, or hidden from this reader: every kind of post there is."""
    client = play(name)
    post = outcome(lambda: client.fetch_post(means if isinstance(means, int) else 1))
    if not isinstance(means, int):
        assert post == means
        return
    reported = EXCHANGES[name]["json"]
    assert_read_in_full(post, reported.get("post", reported), signed_in=client.login is not None)


@pytest.mark.parametrize(("name", "asked", "means"), [(name, *row) for name, row in USERS.items()], ids=USERS.keys())
def test_a_recorded_user_is_read(play: Play, name: str, asked: str | int, means: SiteUser | type[FavsyncError]) -> None:
    """Oneself, others, and nobody; staff see more of a user, and are not that user for it."""
    client = play(name)
    assert outcome(lambda: client.fetch_user(asked)) == means


def test_one_post_in_both_shapes_is_one_post() -> None:
    """Recorded a moment apart: every field of the model is the same, but for the payload and its shape."""
    legacy, new = (
        read_post(json.dumps(reported.get("post", reported)).encode(), signed_in=True)
        for reported in (EXCHANGES[name]["json"] for name in ("legacy.post.one", "v2.post.one.extended"))
    )
    assert (legacy.shape, new.shape) == (Shape.V1, Shape.V2)
    assert replace(new, payload=legacy.payload, shape=legacy.shape) == legacy
