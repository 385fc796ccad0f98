"""A year of nights, and the list of any of its days again."""

from datetime import timedelta
from random import Random

from favsync.app.restore import plan_list_restore, queue_restore
from favsync.clock import as_text
from favsync.store.database import Database
from tests.app.rig import MORNING, Rig

NIGHTS = {"current": 365, "documented": 110}
"""The older generation differs in what it says of a post, and not in what happens to a list."""
DAYS = (364, 1, 300, 50, 250, 100, 180, 30)


def test_a_year_of_nights_is_restored_to_any_of_its_days(rig: Rig) -> None:
    """What the list had then and what it had in its order, less what the site has destroyed since."""
    with Database.open(rig.path) as rig.database:
        lists = lived(rig, NIGHTS[rig.world.generation])
        for day in (day for day in DAYS if day < len(lists)):
            wanted = lists[day]
            then = as_text(MORNING + timedelta(days=day, hours=5))
            planned = plan_list_restore(rig.database, None, as_of=then, file=None, exact=True, other_site=False)
            plan = planned.plan
            assert planned.past.post_ids == wanted
            queue_restore(rig.database, rig.account(), plan, at=as_text(rig.now))
            rig.now += timedelta(days=1)
            assert rig.sync().exit_code == 0
            there = rig.listing()
            assert rig.favorites() == there
            assert set(there) == set(wanted) & rig.world.posts.keys()
            brought = set(plan.add)
            assert [post_id for post_id in there if post_id in brought] == [p for p in wanted if p in brought]
            assert set(plan.destroyed) == set(wanted) - rig.world.posts.keys()


def lived(rig: Rig, nights: int) -> list[list[int]]:
    """Let favorites come and go for so many nights, and return the list of each, newest first."""
    random = Random(365)  # noqa: S311 - the same year each time
    lists = []
    for night in range(nights):
        rig.now = MORNING + timedelta(days=night)
        listing, posts = rig.listing(), sorted(rig.world.posts)
        for _ in range(random.choice((0, 0, 1, 1, 2))):
            rig.world.favorite("alice", random.choice(posts))
        if len(listing) > 10 and random.random() < 0.5:
            rig.world.unfavorite("alice", random.choice(listing))
        if night % 40 == 39:
            rig.world.destroy_post(random.choice(listing))
            rig.world.add_posts(1, tags_per_post=2)
        assert rig.sync().exit_code == 0
        lists.append(rig.favorites())
        assert lists[-1] == rig.listing()
    return lists
