"""`GET /favorites.json` beyond what was recorded (docs/site-api.md, "Lists of favorites")."""

from datetime import UTC, datetime

import pytest

from favsync.sandbox import Exchange, Site, World
from tests.sandbox.talk import add, get, remove, walk

LONG_AGO = datetime(2014, 5, 6, tzinfo=UTC)


def legacy(world: World, count: int = 400) -> set[int]:
    """Give bob so many favorites of one time."""
    world.add_posts(count)
    ids = sorted(world.posts)[-count:]
    world.favorite_many("bob", ids, at=LONG_AGO)
    return set(ids)


def test_a_walk_at_any_page_size_reads_the_truth(site: Site) -> None:
    """Where no two favorites share a time, every page size gives the same list."""
    for limit in (7, 50, 75, 320):
        assert walk(site, limit=limit) == site.world.listing("alice")


def test_the_first_added_stands_below_the_last_added(site: Site, spare: int) -> None:
    """A favorite that is added, or removed and added again, is the newest, even while the clock stands still."""
    site.world.clock = lambda: LONG_AGO
    oldest = site.world.listing("alice")[-1]
    add(site, spare)
    remove(site, oldest)
    add(site, oldest)
    assert get(site, "/favorites.json?limit=2").ids == [oldest, spare]


def test_an_add_during_a_walk_repeats_the_one_at_the_seam(site: Site, spare: int) -> None:
    """Everything moves down by one: the last of a page is also the first of the next."""
    site.before = lambda exchange: site.world.favorite("alice", spare) if exchange.query.get("page") == "2" else None
    before = site.world.listing("alice")
    assert walk(site, limit=10)[:11] == [*before[:10], before[9]]


def test_a_removal_during_a_walk_hides_the_one_at_the_seam(site: Site) -> None:
    """Everything moves up by one: the first of the next page is never seen."""
    before = site.world.listing("alice")

    def on_page_two(exchange: Exchange) -> None:
        if exchange.query.get("page") == "2":
            site.world.unfavorite("alice", before[3])

    site.before = on_page_two
    seen = walk(site, limit=10)
    assert before[10] not in seen
    assert seen[10] == before[11]


def test_ties_make_small_pages_miss_some_and_repeat_others(site: Site) -> None:
    """400 favorites of one time: 400 rows are seen, far fewer posts; at 320 a page all of them."""
    ids = legacy(site.world)
    for limit in (20, 75):
        seen = walk(site, limit=limit, login="bob:bob-key")
        assert len(seen) == 400
        assert set(seen) < ids
        assert walk(site, limit=limit, login="bob:bob-key") == seen
    assert set(walk(site, limit=320, login="bob:bob-key")) == ids


def test_ties_can_make_pages_of_320_miss_some_too(site: Site) -> None:
    """On another day the order differs from page to page at 320 as well."""
    ids = legacy(site.world)
    site.world.tie_salt = 1
    one_day = walk(site, limit=320, login="bob:bob-key")
    site.world.tie_salt = 2
    assert set(one_day) < ids
    assert walk(site, limit=320, login="bob:bob-key") != one_day


def test_ties_shuffle_nothing_around_them(site: Site, spare: int) -> None:
    """Favorites with times of their own keep their places above and below a stretch of ties."""
    tied = legacy(site.world, 30)
    world = site.world
    world.favorite("bob", spare, at=datetime(2013, 1, 1, tzinfo=UTC))
    newest = world.listing("alice")[0]
    world.favorite("bob", newest)
    first, last = (get(site, f"/favorites.json?limit=16&page={page}", login="bob:bob-key").ids for page in (1, 2))
    assert first[0] == newest
    assert set(first[1:]) < tied
    assert last[-1] == spare


def test_the_search_by_post_id_is_stable_under_ties(site: Site) -> None:
    """`fav:` with `page=bID` finds every one of them, at any page size."""
    ids = legacy(site.world)
    seen: list[int] = []
    while page := get(site, f"/posts.json?tags=fav:bob+status:any&limit=75&page=b{seen[-1] if seen else 9999}").ids:
        seen += page
    assert seen == sorted(ids, reverse=True)


def test_a_content_filter_leaves_short_and_empty_pages_in_the_middle(site: Site) -> None:
    """Filtered posts are left out of their page and count for the offsets all the same."""
    listing = site.world.listing("alice")
    site.world.filtered = {listing[2], *listing[10:20]}
    pages = [get(site, f"/favorites.json?limit=10&page={page}").ids for page in range(1, 6)]
    assert [len(page) for page in pages] == [9, 0, 10, 10, 10]
    assert pages[2] == listing[20:30]


def test_a_server_that_ignores_the_limit_has_pages_of_its_own(site: Site) -> None:
    """With a page size of its own, `limit` means nothing, not even a wrong one."""
    site.world.page_size = 7
    assert len(get(site, "/favorites.json?limit=320&page=2").ids) == 7
    assert get(site, "/favorites.json?limit=9999&page=8").ids == site.world.listing("alice")[49:]


def test_without_a_limit_the_readers_own_setting_counts(site: Site) -> None:
    """It is the reader's `per_page`, not that of the list's owner, and 75 for anonymous."""
    site.world.user("bob").per_page = 3
    alice = site.world.user("alice").id
    assert len(get(site, f"/favorites.json?user_id={alice}", login="bob:bob-key").ids) == 3
    assert len(get(site, f"/favorites.json?user_id={alice}", login=None).ids) == 50


def test_a_very_old_server_fails_past_the_end(site: Site) -> None:
    """Then 500 stands where others give an empty page."""
    site.world.past_the_end_fails = True
    assert get(site, "/favorites.json?limit=50&page=2").status == 500
    assert get(site, "/favorites.json?limit=49&page=2").status == 200


def test_hidden_posts_stand_in_the_list_without_a_file(site: Site) -> None:
    """In safe mode, or without a login where one is needed, the post is there and its URLs are null."""
    world = site.world
    unsafe = next(post_id for post_id in world.listing("alice") if world.posts[post_id].rating != "s")
    world.user("alice").safe_mode = True
    posts = {post["id"]: post for post in get(site, "/favorites.json?limit=320").json["posts"]}
    assert [(post["rating"] == "s") for post in posts.values()] == [
        bool(post["file"]["url"]) for post in posts.values()
    ]
    assert posts[unsafe]["file"]["md5"] == world.posts[unsafe].original.md5


def test_times_carry_an_offset_that_is_not_utc(site: Site) -> None:
    """A client that drops the offset is wrong by hours."""
    written = get(site, "/posts/5.json").json["post"]["created_at"]
    moment = datetime.fromisoformat(written)
    assert written[-6:] in ("-04:00", "-05:00")
    assert int(moment.timestamp() * 1000) * 1000 == site.world.posts[5].created // 1000 * 1000


@pytest.mark.parametrize("query", ["limit=abc", "page=0", "page=751", "limit=321", "page=b99999999999"])
def test_a_bad_page_or_limit_is_gone(site: Site, query: str) -> None:
    """410, in words."""
    assert get(site, f"/favorites.json?{query}").status == 410
