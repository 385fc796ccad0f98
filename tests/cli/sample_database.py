"""A small database in which enough has happened to ask about: the same one each time, made over real HTTP."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

from favsync.model import RunOutcome
from favsync.sandbox import Site, World, make_world
from favsync.sandbox.invention import invented
from tests.app.rig import Rig

SITE = "https://e621.net"
"""What the database says that its site is."""

_FAVORITES = 240
_SPARE = 60
_ARTISTS = ("maplebrush", "inkotter", "fernline", "dappledrift", "coralkiln")
_FIRST_POST = datetime(2023, 2, 1, 12, tzinfo=UTC)
_NIGHTS = tuple(datetime(2026, month, 3, 2, 30, tzinfo=UTC) for month in (1, 2, 3))


def make_sample(path: Path) -> None:
    """Make the database at `path`: three nights of an account `alice`."""
    now = _NIGHTS[0]

    def clock() -> datetime:
        return now

    world = make_world(favorites=_FAVORITES, spare_posts=_SPARE, clock=clock)
    _furnish(world)
    with Site(world) as site:
        rig = Rig(site, path)
        for night, happens in zip(_NIGHTS, (_nothing, _february, _march), strict=True):
            now = rig.now = night
            with world.lock:
                happens(world)
            report = rig.sync()
            assert report.outcome is RunOutcome.COMPLETE, report
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("UPDATE sites SET url = ?", (SITE,))  # the site's own port is another each time


def _furnish(world: World) -> None:
    """Spread the posts over some years, among a few artists, and some of them over families and pools."""
    for post_id, post in world.posts.items():
        post.created = int((_FIRST_POST + timedelta(days=4) * post_id).timestamp()) * 1_000_000
        artist = _ARTISTS[post_id * post_id % 11 % len(_ARTISTS)]
        world.edit_post(post_id, tags={**invented(0, post_id, 34).tags, "artist": [artist]})
    for child, parent in ((31, 30), (32, 30), (121, 120)):
        world.set_parent(child, parent)
    for pool, ids in ((7, range(200, 216)), (9, range(264, 274))):
        for post_id in ids:
            world.edit_post(post_id, pools=[pool])
    world.edit_post(77, has_notes=True)
    world.edit_post(205, has_notes=True)


def _nothing(_world: World) -> None:
    pass


def _february(world: World) -> None:
    listing = world.listing("alice")
    world.favorite_many("alice", _spare(world)[:6])
    world.unfavorite("alice", listing[40])
    world.transfer_favorites(listing[100], _spare(world)[10])
    world.delete_post(listing[5], reason="artist requested removal")
    world.delete_post(listing[150], reason="paysite")


def _march(world: World) -> None:
    listing = world.listing("alice")
    world.favorite_many("alice", _spare(world)[20:23])
    world.unfavorite("alice", listing[61])
    world.destroy_post(listing[170])


def _spare(world: World) -> list[int]:
    """Posts that are no favorites, in the order of their ids."""
    return [post_id for post_id in sorted(world.posts) if not world.is_favorite("alice", post_id)]
