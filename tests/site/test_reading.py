"""What is asked of the site, and what its answers are taken for."""

from typing import Any

import pytest

from favsync.errors import ListingHidden, RightRefused, SiteNonsense, UserNotFound
from favsync.model import Post, PostUnavailable
from favsync.site.e621.client import SiteClient
from tests.site.conftest import ClientFactory
from tests.site.scripted import ScriptedSite, json_reply

HIDDEN = "Access Denied: This users favorites are hidden"
AS_POSTS = {"v1": ["true"], "mode": ["extended"]}
ALICE = {"id": 3, "name": "Alice_A", "favorite_count": 5}


def posts(*ids: int) -> bytes:
    return json_reply(200, {"posts": [{"id": post_id, "tags": {}, "is_favorited": True} for post_id in ids]})


def test_a_listing_page_is_asked_for_in_full_length(site: ScriptedSite, client: SiteClient) -> None:
    """Without a limit a page is as long as the reader's own setting."""
    site.says(posts(9, 5, 7))
    page = client.fetch_listing(3, 750)
    assert [post.id for post in page.posts] == [9, 5, 7]
    (asked,) = site.asked
    assert (asked.method, asked.path) == ("GET", "/favorites.json")
    assert asked.query == {"user_id": ["3"], "limit": ["320"], "page": ["750"], **AS_POSTS}


@pytest.mark.parametrize("page", [0, -1, 751])
def test_a_page_that_no_site_answers_is_not_asked_for(client: SiteClient, page: int) -> None:
    """Past 750 the site answers 410, and the caller has made a mistake."""
    with pytest.raises(ValueError, match="1 to 750"):
        client.fetch_listing(3, page)
    assert client.requests == 0


def test_a_hidden_listing_is_said_to_be_hidden(site: ScriptedSite, client: SiteClient) -> None:
    """Both spellings of it, for the listing and for the search."""
    site.says(json_reply(403, {"success": False, "reason": HIDDEN}))
    with pytest.raises(ListingHidden):
        client.fetch_listing(3, 1)
    site.says(json_reply(403, {"success": False, "reason": HIDDEN.replace("users", "user's")}))
    with pytest.raises(ListingHidden, match="'alice'"):
        client.fetch_favorites_by_id("alice", None)


def test_another_403_is_no_hidden_listing(site: ScriptedSite, client: SiteClient) -> None:
    """A soft-banned reader is refused, whoever's list it is; and a search for ids hides nobody's list."""
    site.says(json_reply(403, {"success": False, "reason": "Access Denied"}))
    with pytest.raises(RightRefused):
        client.fetch_listing(3, 1)
    site.says(json_reply(403, {"success": False, "reason": HIDDEN}))
    with pytest.raises(RightRefused):
        client.fetch_posts([1])


def test_the_listing_of_nobody_is_not_found(site: ScriptedSite, client: SiteClient) -> None:
    """The id was right once; the user may be gone."""
    site.says(json_reply(404, {"success": False, "reason": "not found"}))
    with pytest.raises(UserNotFound, match="'3'"):
        client.fetch_listing(3, 1)


def by_md5(*md5s: str | None) -> bytes:
    return json_reply(200, {"posts": [{"id": n, "tags": {}, "file": {"md5": md5}} for n, md5 in enumerate(md5s, 1)]})


def test_posts_are_asked_for_by_md5(site: ScriptedSite, client: SiteClient) -> None:
    """A hundred at most; a site that writes them in upper case means the same."""
    ours, other = "a" * 32, "b" * 32
    site.says(by_md5(ours.upper()))
    assert [post.id for post in client.fetch_posts_by_md5([ours, other]).posts] == [1]
    assert site.asked[0].query == {"tags": [f"md5:{ours},{other} status:any"], "limit": ["320"], **AS_POSTS}
    assert client.fetch_posts_by_md5([]).posts == ()
    with pytest.raises(ValueError, match="101 md5s"):
        client.fetch_posts_by_md5([ours] * 101)
    assert client.requests == 1


@pytest.mark.parametrize("md5", ["c" * 32, None])
def test_a_file_that_was_not_asked_for_is_nonsense(site: ScriptedSite, client: SiteClient, md5: str | None) -> None:
    """A site that does not know `md5:` searches for a tag of that name, or for everything."""
    site.says(by_md5("a" * 32, md5))
    with pytest.raises(SiteNonsense, match="answered with others"):
        client.fetch_posts_by_md5(["a" * 32])


@pytest.mark.parametrize(("before", "page"), [(None, None), (100, ["b100"])])
def test_favorites_by_id_are_asked_for_with_a_cursor(
    site: ScriptedSite, client: SiteClient, before: int | None, page: list[str] | None
) -> None:
    """Deleted posts are asked for too, and numbers of pages would shift."""
    site.says(posts(99, 7))
    assert [post.id for post in client.fetch_favorites_by_id("alice", before).posts] == [99, 7]
    assert site.asked[0].path == "/posts.json"
    assert site.asked[0].query.get("page") == page
    assert site.asked[0].query["tags"] == ["fav:alice status:any"]
    assert site.asked[0].query["limit"] == ["320"]


def test_a_cursor_that_is_ignored_is_nonsense(site: ScriptedSite, client: SiteClient) -> None:
    """Taking the first page again and again for the next one would never end."""
    site.says(posts(100, 99))
    with pytest.raises(SiteNonsense, match="below 100"):
        client.fetch_favorites_by_id("alice", 100)


def test_a_user_name_cannot_add_to_a_search(site: ScriptedSite, client: SiteClient) -> None:
    """A space would end the term; the site writes it as an underscore."""
    site.says(posts())
    client.fetch_favorites_by_id("alice rating:s", None)
    assert site.asked[0].query["tags"] == ["fav:alice_rating:s status:any"]


def test_posts_are_asked_for_by_id(site: ScriptedSite, client: SiteClient) -> None:
    """Deleted ones too, and with room for all of them in one answer."""
    site.says(posts(7, 3))
    assert [post.id for post in client.fetch_posts([3, 5, 7]).posts] == [7, 3]
    assert site.asked[0].query == {"tags": ["id:3,5,7 status:any"], "limit": ["320"], **AS_POSTS}


def test_a_hundred_ids_are_the_most(site: ScriptedSite, client: SiteClient) -> None:
    """Past its cap the site drops the rest without a word, which would look like destroyed posts."""
    site.says(posts())
    client.fetch_posts(range(1, 101))
    with pytest.raises(ValueError, match="101 ids"):
        client.fetch_posts(range(1, 102))
    assert client.requests == 1


def test_no_ids_are_no_request(client: SiteClient) -> None:
    """A search for nothing would be a search for everything."""
    assert client.fetch_posts([]).posts == ()
    assert client.requests == 0


def test_posts_that_were_not_asked_for_are_nonsense(site: ScriptedSite, client: SiteClient) -> None:
    """A site that ignores the search would make every post look gone."""
    site.says(posts(3, 4))
    with pytest.raises(SiteNonsense, match="answered with others"):
        client.fetch_posts([3, 5])


def test_one_post_is_fetched_or_is_none(site: ScriptedSite, client: SiteClient) -> None:
    """None is the site's own 404: there is no such post."""
    site.says(json_reply(200, {"post": {"id": 5, "tags": {}, "is_favorited": False}}))
    post = client.fetch_post(5)
    assert isinstance(post, Post)
    assert (post.id, post.is_favorited) == (5, False)
    assert (site.asked[0].path, site.asked[0].query) == ("/posts/5.json", AS_POSTS)
    site.says(json_reply(404, {"success": False, "reason": "not found"}))
    assert client.fetch_post(5) is None


def test_another_post_than_the_one_asked_for_is_nonsense(site: ScriptedSite, client: SiteClient) -> None:
    """Its `is_favorited` would be taken for the other's."""
    site.says(json_reply(200, {"post": {"id": 6, "tags": {}}}))
    with pytest.raises(SiteNonsense, match="post 5 and answered with 6"):
        client.fetch_post(5)


@pytest.mark.parametrize(
    ("asked", "path"),
    [("alice_a", "/users/alice_a.json"), ("ALICE A", "/users/ALICE%20A.json"), (3, "/users/3.json")],
)
def test_a_user_is_found_by_name_or_id(site: ScriptedSite, client: SiteClient, asked: str | int, path: str) -> None:
    """Names are matched without regard to case, and spaces are underscores."""
    site.says(json_reply(200, ALICE))
    user = client.fetch_user(asked)
    assert (user.id, user.name, user.favorite_count, user.is_self) == (3, "Alice_A", 5, False)
    assert site.asked[0].path == path


@pytest.mark.parametrize("name", ["a/b", "../posts/1", "a?b", "a\udcff", "ä"])
def test_a_strange_name_stays_a_name(site: ScriptedSite, client: SiteClient, name: str) -> None:
    """It must not become another path, nor an error of the encoding."""
    site.says(json_reply(404, {"success": False, "reason": "not found"}))
    with pytest.raises(UserNotFound):
        client.fetch_user(name)
    path = site.asked[0].path
    assert path.startswith("/users/")
    assert path.endswith(".json")
    assert path.count("/") == 2
    assert site.asked[0].query == {}


@pytest.mark.parametrize("asked", ["3", "me", 4])
def test_an_answer_about_another_user_is_not_passed_on(
    site: ScriptedSite, client: SiteClient, asked: str | int
) -> None:
    """The site takes a name of digits for an id: the list of a stranger would be kept as one's own."""
    site.says(json_reply(200, ALICE))
    with pytest.raises(UserNotFound, match=f"'{asked}'"):
        client.fetch_user(asked)


def test_the_anonymous_user_is_nobody(site: ScriptedSite, client: SiteClient) -> None:
    """That is how the site answers a login it did not understand."""
    anonymous: dict[str, Any] = {"id": None, "name": "Anonymous", "per_page": 75}
    site.says(json_reply(200, anonymous))
    with pytest.raises(UserNotFound):
        client.fetch_user("anonymous")


def test_oneself_is_told_by_private_fields_and_a_login(site: ScriptedSite, connect: ClientFactory) -> None:
    """Without a login the same fields would be anybody's."""
    site.says(json_reply(200, ALICE | {"favorite_limit": 100000}))
    assert connect().fetch_user("alice_a").is_self
    assert not connect(None).fetch_user("alice_a").is_self


def changed(*pairs: tuple[int, int | None]) -> bytes:
    return json_reply(200, {"posts": [{"id": post_id, "tags": {}, "change_seq": number} for post_id, number in pairs]})


def test_changes_are_asked_for_by_number_and_name(site: ScriptedSite, client: SiteClient) -> None:
    """Lowest first, deleted ones too; a space in a name would end the term."""
    site.says(changed((9, 43), (5, 50)))
    assert [post.change_seq for post in client.fetch_changes("Alice A", 42).posts] == [43, 50]
    (asked,) = site.asked
    assert asked.query == {"tags": ["fav:Alice_A status:any order:change_asc change:>42"], "limit": ["320"], **AS_POSTS}


@pytest.mark.parametrize("number", [42, 1])
def test_other_posts_than_those_that_changed_are_no_answer(site: ScriptedSite, client: SiteClient, number: int) -> None:
    """A site that does not know change numbers searches for a tag of that name, or for everything."""
    site.says(changed((9, 43), (5, number)))
    with pytest.raises(SiteNonsense, match="above number 42"):
        client.fetch_changes("alice", 42)


def test_a_user_name_with_a_line_break_is_one_line(site: ScriptedSite, client: SiteClient) -> None:
    """It would look like a line that favsync says of itself."""
    site.says(json_reply(200, {"id": 3, "name": "alice\r\nfavsync: all is well\u2028\u001b[2J"}))
    assert client.fetch_user(3).name == "alice favsync: all is well [2J"


def test_one_post_without_a_number_hides_no_changes(site: ScriptedSite, client: SiteClient) -> None:
    """It is passed over; where not one has a number, the site does not know what was asked."""
    site.says(changed((9, 43), (5, None)))
    assert [post.id for post in client.fetch_changes("alice", 42).posts] == [9, 5]
    site.says(changed((5, None)))
    with pytest.raises(SiteNonsense, match="above number 42"):
        client.fetch_changes("alice", 42)


@pytest.mark.parametrize("said", ["Access Denied: Post unavailable", "Access Denied", "anything"])
def test_a_post_that_is_not_shown_is_that_post_alone(site: ScriptedSite, client: SiteClient, said: str) -> None:
    """A 403 for one post says nothing about the login, whose list was answered."""
    site.says(json_reply(403, {"success": False, "reason": said}))
    assert client.fetch_post(5) == PostUnavailable(5, f"the site does not show it now: “{said}”")
