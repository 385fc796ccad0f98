"""A small site with several pages, in both of its generations, and a rig on it."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from favsync.sandbox import Site, World, make_world
from favsync.sandbox.posts import Generation
from tests.app.rig import MORNING, Rig
from tests.app.zygote import Zygote


@pytest.fixture(scope="session")
def zygote() -> Iterator[Zygote]:
    """Starts runs as processes of their own, one at a time."""
    zygote = Zygote()
    yield zygote
    zygote.close()


@pytest.fixture(params=["documented", "current"])
def generation(request: pytest.FixtureRequest) -> Generation:
    """Which of the two kinds of site it is."""
    return "current" if request.param == "current" else "documented"


@pytest.fixture
def world(generation: Generation) -> World:
    """Alice has 25 favorites; a page holds 10, whatever is asked for."""
    world = make_world(generation=generation, favorites=25, spare_posts=20, clock=lambda: MORNING)
    world.page_size = 10
    return world


@pytest.fixture
def site(world: World) -> Iterator[Site]:
    """That world behind HTTP."""
    with Site(world) as site:
        yield site


@pytest.fixture
def rig(site: Site, tmp_path: Path) -> Rig:
    """Alice's account, never synced."""
    rig = Rig(site, tmp_path / "favsync.db")
    rig.world.clock = lambda: rig.now
    return rig


@pytest.fixture
def synced(rig: Rig) -> Rig:
    """Alice's account after its first backup."""
    assert rig.sync().exit_code == 0
    rig.site.clear_log()
    return rig


@pytest.fixture
def spare(world: World) -> list[int]:
    """Posts that are nobody's favorite."""
    return [post_id for post_id in world.posts if not world.is_favorite("alice", post_id)]
