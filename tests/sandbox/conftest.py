"""A small world, served: alice has 50 favorites of 100 posts, bob has none."""

from collections.abc import Iterator

import pytest

from favsync.sandbox import Generation, Site, World, make_world


@pytest.fixture
def generation() -> Generation:
    """Which generation the site is of; tests parametrize it."""
    return "current"


@pytest.fixture
def world(generation: Generation) -> World:
    """The state behind the site."""
    return make_world(generation=generation, favorites=50, spare_posts=50)


@pytest.fixture
def site(world: World) -> Iterator[Site]:
    """The world on a loopback port."""
    with Site(world) as served:
        yield served


@pytest.fixture
def spare(world: World) -> int:
    """A post that nobody has as a favorite."""
    return min(post_id for post_id in world.posts if not world.is_favorite("alice", post_id))
