"""Ready-made worlds."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

from favsync.sandbox.posts import Generation
from favsync.sandbox.world import World


def make_world(
    *,
    generation: Generation = "current",
    favorites: int = 200,
    spare_posts: int = 200,
    seed: int = 0,
    clock: Callable[[], datetime] | None = None,
) -> World:
    """A world with `favorites + spare_posts` posts and two users.

    `alice` (API key `alice-key`) has `favorites` favorites, in an order that is not that of the ids; `bob` (`bob-key`)
    has none. The first user's id is 1, the first post's too. The favorites were made one every ten minutes; the newest
    is a day old.
    """
    world = World(generation=generation, clock=clock)
    world.add_user("alice", api_key="alice-key")
    world.add_user("bob", api_key="bob-key")
    posts = world.add_posts(favorites + spare_posts, seed=seed)
    shuffled = sorted(posts, key=lambda post_id: hash((seed, post_id)))
    yesterday = datetime.fromtimestamp(world.now() / 1_000_000, UTC) - timedelta(days=1)
    for back, post_id in zip(range(favorites, 0, -1), shuffled, strict=False):
        world.favorite("alice", post_id, at=yesterday - timedelta(minutes=10) * back)
    return world
