"""What a run costs at most when things are not as usual: the rows of docs/costs.md that are about such nights."""

from collections.abc import Iterator
from datetime import timedelta
from math import ceil, log2
from pathlib import Path

import pytest

from favsync.sandbox import Site, make_world
from tests.app.rig import MORNING, Rig
from tests.app.test_nights import asked, next_night

SIZES = [25, 40, 41, 45]
"""Favorites, ten on a page: a last page that is full, one with one favorite, and some between."""


@pytest.fixture(params=SIZES)
def sized(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[Rig]:
    """Alice has so many favorites; nothing was synced yet."""
    world = make_world(favorites=request.param, spare_posts=20, clock=lambda: MORNING)
    world.page_size = 10
    with Site(world) as site:
        rig = Rig(site, tmp_path / "favsync.db")
        world.clock = lambda: rig.now
        yield rig


def pages(rig: Rig) -> int:
    return ceil(len(rig.listing()) / 10)


@pytest.mark.parametrize("drift", [1, 2, -1, -2])
def test_a_count_that_goes_wrong_and_is_put_right(sized: Rig, drift: int) -> None:
    """Each costs 2 P + 11 at most: the incremental scan fails, the full one needs the search; then four again."""
    assert sized.sync().exit_code == 0
    spent = []
    for count in (drift, 0):
        sized.world.user("alice").drift = count
        report = next_night(sized)
        spent.append(report.requests)
        assert report.exit_code == 0
        assert sized.favorites() == sized.listing()
        assert next_night(sized).requests == 4
    assert max(spent) <= 2 * pages(sized) + 11, spent


def test_a_count_that_is_wrong_from_the_start(sized: Rig) -> None:
    """There is no incremental scan to fail."""
    sized.world.drift("alice", 2)
    assert sized.sync().requests <= 2 * pages(sized) + 6


@pytest.mark.parametrize("removed", [1, 3])
def test_a_public_list_with_removals(sized: Rig, removed: int) -> None:
    """What is missing has to be looked for, and as nobody confirms it the whole list is read; the next night, too."""
    public = Rig(sized.site, sized.path.with_name("public.db"), public=True)
    sized.world.clock = lambda: public.now
    assert public.sync().exit_code == 0
    for post_id in public.listing()[3 : 3 + 6 * removed : 6]:
        public.world.unfavorite("alice", post_id)
    size = pages(public)
    everything = size + 4 + ceil(removed / 100)
    for _ in range(2):
        assert next_night(public).requests <= everything + 5 + removed * ceil(log2(size)) + ceil(removed / 100)
    assert public.favorites() == public.listing()
    assert next_night(public).requests == 4


@pytest.mark.parametrize("touched", [0, 9, 10, 19, 20])
def test_head_pages_that_others_touched(sized: Rig, touched: int) -> None:
    """Where a whole page of posts was favorited by others meanwhile, the next one is read, and the head once more."""
    assert sized.sync().exit_code == 0
    sized.now += timedelta(hours=12)
    for post_id in sized.listing()[:touched]:
        sized.world.favorite("bob", post_id)
    report = next_night(sized)
    full_pages = touched // 10
    assert report.requests <= 4 + (full_pages + 1 if full_pages else 0), asked(sized)
    assert (report.exit_code, report.added, report.removed, report.moved) == (0, 0, 0, 0)
