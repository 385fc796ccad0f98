"""What can happen on the site's own side (docs/site-api.md, "What happens on the site")."""

import pytest

from favsync.sandbox import Site, World, make_world
from tests.sandbox.talk import add, get, remove


def change_of(site: Site, post_id: int) -> int:
    """The post's change number, as the site tells it."""
    number = get(site, f"/posts/{post_id}.json").json["post"]["change_seq"]
    assert isinstance(number, int)
    return number


def test_a_transfer_puts_the_parent_on_top_and_the_child_nowhere(site: Site, spare: int) -> None:
    """The child leaves the list, the parent is its newest, and the counter stays."""
    world = site.world
    child = world.listing("alice")[20]
    world.transfer_favorites(child, spare)
    listing = get(site, "/favorites.json?limit=320").ids
    assert listing[0] == spare
    assert child not in listing
    assert get(site, "/users/alice.json").json["favorite_count"] == 50
    reported = get(site, f"/posts/{child}.json").json["post"]
    assert (reported["flags"]["deleted"], reported["relationships"]["parent_id"]) == (True, spare)
    assert (reported["is_favorited"], reported["fav_count"]) == (False, 0)
    assert get(site, f"/posts/{spare}.json").json["post"]["relationships"]["has_active_children"] is False


def test_a_transfer_leaves_a_parent_that_was_a_favorite_in_its_place(site: Site) -> None:
    """Then the list is one shorter and nothing else moves."""
    world = site.world
    before = world.listing("alice")
    world.transfer_favorites(before[5], before[30])
    assert get(site, "/favorites.json?limit=320").ids == [*before[:5], *before[6:]]
    assert get(site, "/users/alice.json").json["favorite_count"] == 49


def test_a_child_that_gets_another_parent_leaves_the_one_before(site: Site) -> None:
    """So that nobody counts it among his children when it is destroyed."""
    child, first, second, other = site.world.listing("alice")[:4]
    site.world.set_parent(child, first)
    site.world.set_parent(child, second)
    reported = get(site, f"/posts/{first}.json").json["post"]["relationships"]
    assert (reported["children"], reported["has_active_children"]) == ([], False)
    assert get(site, f"/posts/{second}.json").json["post"]["relationships"]["children"] == [child]
    site.world.destroy_post(child)
    site.world.set_parent(other, first)
    assert get(site, f"/posts/{first}.json").json["post"]["relationships"]["children"] == [other]
    assert get(site, f"/posts/{second}.json").json["post"]["relationships"]["children"] == []


def test_a_destroyed_post_is_gone_for_ever(site: Site) -> None:
    """It leaves every list and search, and its id answers 404 to everything."""
    gone = site.world.listing("alice")[7]
    site.world.destroy_post(gone)
    assert gone not in get(site, "/favorites.json?limit=320").ids
    assert get(site, f"/posts.json?tags=id:{gone}+status:any").ids == []
    assert [get(site, f"/posts/{gone}.json").status, add(site, gone).status, remove(site, gone).status] == [404] * 3


def test_a_deleted_post_stays_in_the_lists_without_its_url(site: Site) -> None:
    """It keeps its md5, can be found with `status:any` alone, and can come back."""
    post_id = site.world.listing("alice")[0]
    site.world.delete_post(post_id, reason="sample")
    reported = get(site, "/favorites.json?limit=1").json["posts"][0]
    assert (reported["id"], reported["flags"]["deleted"], reported["file"]["url"]) == (post_id, True, None)
    assert reported["file"]["md5"]
    assert get(site, f"/posts.json?tags=id:{post_id}").ids == []
    assert get(site, f"/posts.json?tags=id:{post_id}+status:any").ids == [post_id]
    site.world.undelete_post(post_id)
    assert get(site, f"/posts.json?tags=id:{post_id}").json["posts"][0]["file"]["url"]


def test_favoriting_touches_a_post_and_does_not_change_it(site: Site, spare: int) -> None:
    """`updated_at` and `fav_count` move, `change_seq` does not."""
    before = get(site, f"/posts/{spare}.json").json["post"]
    assert add(site, spare).json == {"post_id": spare, "favorite_count": 1}
    after = get(site, f"/posts/{spare}.json").json["post"]
    assert after["updated_at"] != before["updated_at"]
    assert (after["change_seq"], after["fav_count"], after["is_favorited"]) == (before["change_seq"], 1, True)


def test_an_edit_is_a_change(site: Site, spare: int) -> None:
    """The fields given are replaced as they are, others taken away, and the change number is the highest."""
    site.world.edit_post(spare, tags={"general": ["new_one"]}, brand_new={"x": 1}, omit=["score"])
    reported = get(site, f"/posts/{spare}.json").json["post"]
    assert reported["tags"] == {"general": ["new_one"]}
    assert reported["brand_new"] == {"x": 1}
    assert "score" not in reported
    assert reported["change_seq"] == max(change_of(site, post_id) for post_id in site.world.posts)


def test_change_searches_give_the_oldest_change_first(site: Site) -> None:
    """`change:>N` with `order:change_asc`, inside one user's favorites."""
    world = site.world
    listing = world.listing("alice")
    last = max(post.change_seq for post in world.posts.values())
    for post_id in (listing[9], listing[3], listing[30]):
        world.edit_post(post_id, description="new words")
    found = get(site, f"/posts.json?tags=fav:alice+status:any+order:change_asc+change:%3E{last}").ids
    assert found == [listing[9], listing[3], listing[30]]
    assert get(site, f"/posts.json?tags=fav:bob+status:any+change:%3E{last}").ids == []


@pytest.mark.parametrize(
    ("term", "first", "last"),
    [
        ("%3E90", 91, 100),
        ("%3E=90", 90, 100),
        ("%3C4", 1, 3),
        ("%3C=4", 1, 4),
        ("7", 7, 7),
        ("5..8", 5, 8),
        ("98..", 98, 100),
    ],
)
def test_change_ranges(site: Site, term: str, first: int, last: int) -> None:
    """Every comparison that the site knows."""
    found = get(site, f"/posts.json?tags=status:any+order:change_asc+change:{term}&limit=320").ids
    assert found == list(range(first, last + 1))


def test_a_frozen_index_knows_nothing_new_and_posts_do(site: Site, spare: int) -> None:
    """`fav:` and `change:` see the past; `id:` and `is_favorited` never lag."""
    world = site.world
    removed = max(world.listing("alice"))
    world.freeze_index()
    add(site, spare)
    remove(site, removed)
    found = get(site, "/posts.json?tags=fav:alice+status:any&limit=320")
    assert spare not in found.ids
    assert removed in found.ids
    reported = {post["id"]: post["is_favorited"] for post in found.json["posts"]}
    assert reported[removed] is False
    by_id = get(site, f"/posts.json?tags=id:{spare},{removed}+status:any").json["posts"]
    assert {post["id"]: post["is_favorited"] for post in by_id} == {spare: True, removed: False}
    world.thaw_index()
    assert spare in get(site, "/posts.json?tags=fav:alice+status:any&limit=320").ids


def test_posts_are_found_by_the_md5_of_their_file(site: Site) -> None:
    """Several at once, in any case, and deleted ones with `status:any` only."""
    md5s = {post_id: site.world.posts[post_id].original.md5 for post_id in (4, 5)}
    site.world.edit_post(6, file={"md5": "f" * 32, "ext": "png", "url": None})
    wanted = f"md5:{md5s[4].upper()},{md5s[5]},{'f' * 32},{'0' * 32}"
    assert get(site, f"/posts.json?tags={wanted}").ids == [6, 5, 4]
    site.world.delete_post(5)
    assert get(site, f"/posts.json?tags={wanted}").ids == [6, 4]
    assert get(site, f"/posts.json?tags={wanted}+status:any").ids == [6, 5, 4]


def test_unindexed_posts_are_missing_from_searches_by_id_too(site: Site) -> None:
    """And are there when asked for one by one."""
    site.world.unindexed = {5}
    assert get(site, "/posts.json?tags=id:5,6+status:any").ids == [6]
    assert get(site, "/posts/5.json").status == 200


def test_with_the_search_engine_down_writes_go_on(site: Site, spare: int) -> None:
    """Lists and searches answer 500 with a code; single posts, users, POST and DELETE work."""
    site.world.search_down = True
    for target in ("/favorites.json", "/posts.json?tags=id:1", "/posts/count.json"):
        reply = get(site, target)
        assert reply.status == 500
        assert reply.json["code"]
    assert add(site, spare).status == 200
    assert remove(site, spare).status == 200
    assert get(site, "/users/alice.json").status == 200
    assert get(site, "/posts/1.json").status == 200


def test_the_counter_can_drift_and_a_flush_sets_it_right(site: Site) -> None:
    """`favorite_count` is what the counter says; after a flush list and counter are empty."""
    site.world.drift("alice", 10)
    assert get(site, "/users/alice.json").json["favorite_count"] == 60
    site.world.flush("alice")
    assert get(site, "/users/alice.json").json["favorite_count"] == 0
    assert get(site, "/favorites.json").ids == []
    assert {post.fav_count for post in site.world.posts.values()} == {0}


def test_the_limit_is_checked_before_already(site: Site, spare: int) -> None:
    """At the limit every add gets the same answer, favorite or not, and a removal makes room."""
    site.world.set_limit("alice", 50)
    favorite = site.world.listing("alice")[0]
    words = "You can only keep up to 50 favorites."
    assert [add(site, post_id).json["message"] for post_id in (spare, favorite)] == [words, words]
    assert remove(site, favorite).status == 200
    assert add(site, spare).status == 200


def test_a_post_in_transfer_is_locked_for_a_while(site: Site, spare: int) -> None:
    """423 for so many writes, then it works."""
    site.world.transferring_for[spare] = 2
    assert [add(site, spare).status for _ in range(3)] == [423, 423, 200]
    site.world.transferring.add(spare)
    assert remove(site, spare).status == 423


def test_a_post_that_cannot_be_saved_says_why(site: Site, spare: int) -> None:
    """422 with words, or with errors by field, and nothing is added."""
    site.world.unsavable[spare] = "Failed to update post: rating is locked"
    assert add(site, spare).json["message"] == "Failed to update post: rating is locked"
    site.world.unsavable[spare] = {"rating": ["is locked"]}
    reply = add(site, spare)
    assert (reply.status, reply.json) == (422, {"errors": {"rating": ["is locked"]}})
    assert not site.world.is_favorite("alice", spare)


def test_after_a_rename_the_old_name_means_nothing(site: Site) -> None:
    """The old name is refused with the right key; the id is still the same user's."""
    site.world.rename("alice", "alicia")
    assert get(site, "/favorites.json").status == 401
    assert get(site, "/users/alice.json", login=None).status == 404
    assert get(site, "/users/1.json", login="alicia:alice-key").json["per_page"] == 75


def test_half_a_login_is_nobody(site: Site) -> None:
    """A name without a key is answered as anonymous, with 200 where anonymous may read."""
    reported = get(site, "/users/alice.json", login="alice:")
    assert reported.status == 200
    assert "per_page" not in reported.json


def test_a_library_that_does_not_say_who_it_is_gets_a_page(site: Site) -> None:
    """403 in HTML for a default User-Agent; the world can be told to let it pass."""
    from tests.sandbox.talk import ask  # noqa: PLC0415 - the one test that names its own agent

    agent = {"User-Agent": "python-httpx/0.28.1"}
    reply = ask(site, "GET", "/posts/1.json", headers=agent)
    assert (reply.status, reply.headers["content-type"]) == (403, "text/html; charset=utf-8")
    site.world.blocks_libraries = False
    assert ask(site, "GET", "/posts/1.json", headers=agent).status == 200


def test_tags_find_posts(site: Site) -> None:
    """Plain and excluded tags, next to other terms."""
    site.world.edit_post(4, tags={"general": ["one", "two"]})
    site.world.edit_post(9, tags={"artist": ["one"]})
    assert get(site, "/posts.json?tags=one+status:any").ids == [9, 4]
    assert get(site, "/posts.json?tags=one+-two").ids == [9]


def test_worlds_of_one_seed_are_equal() -> None:
    """Posts and listings come from the seed alone."""

    def reported(seed: int) -> tuple[list[int], object]:
        world = make_world(favorites=20, spare_posts=0, seed=seed)
        return world.listing("alice"), world.posts[7].tags

    assert reported(3) == reported(3)
    assert reported(3) != reported(4)


def test_posts_have_as_many_tags_as_asked_for() -> None:
    """34 on average; few are exact."""
    world = World()
    usual = world.add_posts(300)
    counts = []
    for post_id in usual:
        tags = world.posts[post_id].invention.tags
        counts.append(sum(len(names) for names in tags.values()))
        assert all(names == sorted(set(names)) for names in tags.values())
    assert 33 < sum(counts) / len(counts) < 36
    (small,) = world.add_posts(1, tags_per_post=3)
    assert len(world.posts[small].invention.tags["general"]) == 3
