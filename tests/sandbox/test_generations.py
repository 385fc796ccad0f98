"""Where the documented generation differs from the current one."""

import pytest

from favsync.sandbox import Generation, Site
from tests.sandbox.talk import BOB, add, get, remove

both = pytest.mark.parametrize("generation", ["documented", "current"])
documented = pytest.mark.parametrize("generation", ["documented"])


@both
def test_a_hidden_list(site: Site, generation: Generation) -> None:
    """Refused in words by the documented generation, empty in the current one; the `fav:` search refuses in both."""
    site.world.set_hidden("alice", True)
    reply = get(site, "/favorites.json?user_id=1", login=BOB)
    if generation == "documented":
        reason = "Access Denied: This users favorites are hidden"
        assert (reply.status, reply.json) == (403, {"success": False, "reason": reason})
    else:
        assert (reply.status, reply.json) == (200, {"posts": []})
    assert get(site, "/posts.json?tags=fav:alice+status:any", login=BOB).status == 403
    assert len(get(site, "/favorites.json").ids) == 50


@both
def test_an_add(site: Site, generation: Generation, spare: int) -> None:
    """201 with the post, or 200 with the post's count; the second time the same 422."""
    reply = add(site, spare)
    if generation == "documented":
        assert (reply.status, reply.json["post"]["id"], reply.json["post"]["is_favorited"]) == (201, spare, True)
    else:
        assert (reply.status, reply.json) == (200, {"post_id": spare, "favorite_count": 1})
    again = add(site, spare)
    assert (again.status, again.json["message"]) == (422, "You have already favorited this post")


@both
def test_a_removal(site: Site, generation: Generation) -> None:
    """204 without a body, or 200 with the post's count; the second time the same."""
    post_id = site.world.listing("alice")[0]
    for _ in range(2):
        reply = remove(site, post_id)
        if generation == "documented":
            assert (reply.status, reply.body) == (204, b"")
        else:
            assert (reply.status, reply.json) == (200, {"post_id": post_id, "favorite_count": 0})
    assert remove(site, 9999).status == 404


@both
def test_a_limit_over_320(site: Site, generation: Generation) -> None:
    """Acts as 320, or is answered with 410."""
    site.world.favorite_many("alice", site.world.add_posts(400))
    reply = get(site, "/favorites.json?limit=321")
    assert (reply.status == 410) is (generation == "current")
    if generation == "documented":
        assert len(reply.ids) == 320


@both
def test_the_cap_on_ids(site: Site, generation: Generation) -> None:
    """100 or 320 ids of a query are read; the rest is dropped without a word."""
    site.world.add_posts(300)
    wanted = ",".join(str(post_id) for post_id in range(1, 351))
    found = get(site, f"/posts.json?tags=id:{wanted}+status:any&limit=320").ids
    assert found == list(range(100 if generation == "documented" else 320, 0, -1))


@documented
def test_what_is_new_is_not_there(site: Site) -> None:
    """No `/users/me.json`, no `fav:me`, no `fav:!ID`, no new fields."""
    assert get(site, "/users/me.json").status == 404
    assert get(site, "/posts.json?tags=fav:me+status:any").ids == []
    assert get(site, "/posts.json?tags=fav:!1+status:any").ids == []
    post = get(site, "/posts/1.json").json["post"]
    assert not {"uploader_name", "vote"} & post.keys()
    assert "contributor" not in post["tags"]
    assert "alt" not in post["preview"]
