"""The host of the posts' files, over a real socket."""

import hashlib
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from favsync.sandbox import Site, World, make_world
from favsync.sandbox.files.content import CONTENT_TYPES
from favsync.sandbox.posts import VIDEO
from tests.sandbox.talk import get

STAFF = "staff:staff-key"


@pytest.fixture(scope="module")
def served() -> Iterator[Site]:
    """A site that no test here changes."""
    world = make_world(favorites=60, spare_posts=0)
    world.add_user("staff", api_key="staff-key", staff=True)
    with Site(world) as site:
        yield site


@pytest.fixture
def world() -> World:
    """A few posts, and one of the staff."""
    world = make_world(favorites=3, spare_posts=0)
    world.add_user("staff", api_key="staff-key", staff=True)
    return world


def post_of(site: Site, post_id: int, *, login: str = "alice:alice-key") -> dict[str, Any]:
    """What the site says of a post."""
    post: dict[str, Any] = get(site, f"/posts/{post_id}.json", login=login).json["post"]
    return post


def urls_of(post: object) -> Iterator[str]:
    """Every URL of the file host in a post's JSON."""
    if isinstance(post, dict):
        for value in post.values():
            yield from urls_of(value)
    elif isinstance(post, str) and "/data/" in post:
        yield post


def md5(data: bytes) -> str:
    """The md5 as the site writes it."""
    return hashlib.md5(data, usedforsecurity=False).hexdigest()


def test_what_the_site_says_of_a_file_is_true(served: Site) -> None:
    """60 posts have 60 md5s, each with its size that of the bytes served, of every type that posts have."""
    posts = get(served, "/favorites.json?limit=320").json["posts"]
    with httpx.Client() as client:
        answers = {post["id"]: client.get(post["file"]["url"]) for post in posts}
    for post in posts:
        file, answer = post["file"], answers[post["id"]]
        assert (answer.status_code, answer.headers["content-type"]) == (200, CONTENT_TYPES[file["ext"]])
        assert (md5(answer.content), len(answer.content)) == (file["md5"], file["size"])
        assert urlsplit(file["url"]).path == f"/data/{file['md5'][:2]}/{file['md5'][2:4]}/{file['md5']}.{file['ext']}"
    assert len({post["file"]["md5"] for post in posts}) == 60
    assert {post["file"]["ext"] for post in posts} == {"jpg", "png", "gif", "webp", "webm"}


def test_every_layout_says_the_same(served: Site) -> None:
    """Md5, size and URL, in each of the shapes."""
    first = get(served, "/posts/1.json").json["post"]["file"]
    second = get(served, "/posts/1.json?v2=true&mode=extended").json["files"]
    basic = get(served, "/posts/1.json?v2=true").json["files"]
    small = get(served, "/posts/1.json?v2=true&mode=thumbnail").json
    for files in (second, basic):
        assert {**files["meta"], **files["original"]}.items() >= first.items()
    assert (small["md5"], small["size"], small["file_url"]) == (first["md5"], first["size"], first["url"])


def test_a_world_of_the_same_seed_has_the_same_files(served: Site) -> None:
    """And one of another seed has others."""
    same, other = make_world(favorites=60, spare_posts=0), make_world(favorites=60, spare_posts=0, seed=1)
    files = [post.original for post in served.world.posts.values()]
    assert [post.original for post in same.posts.values()] == files
    assert not {file.md5 for file in files} & {post.original.md5 for post in other.posts.values()}


def test_previews_and_samples_are_files_of_their_own(served: Site) -> None:
    """Every URL that any post names answers with its type, and no two with the same bytes."""
    posts = get(served, "/favorites.json?limit=320").json["posts"]
    urls = {url for post in posts for url in urls_of(post)}
    films = [post for post in posts if post["file"]["ext"] in VIDEO]
    urls |= {post["sample"]["alternates"]["samples"]["480p"]["url"].replace("480p", "720p") for post in films}
    with httpx.Client() as client:
        answers = [client.get(url) for url in sorted(urls)]
    for answer in answers:
        ext = answer.url.path.rpartition(".")[2]
        assert (answer.status_code, answer.headers["content-type"]) == (200, CONTENT_TYPES[ext]), answer.url
    assert len({md5(answer.content) for answer in answers}) == len(urls)
    assert {url.rpartition("_")[2] for url in urls if "_" in url} == {"480p.mp4", "720p.mp4"}


def test_the_files_of_a_world_can_be_longer(served: Site) -> None:
    """As long as asked for (a WebP may lack a byte), and still what the site says they are."""
    with Site(make_world(favorites=20, spare_posts=0, file_size=300_001)) as site, httpx.Client() as client:
        for post in get(site, "/favorites.json").json["posts"]:
            file, content = post["file"], client.get(post["file"]["url"]).content
            assert (md5(content), len(content)) == (file["md5"], file["size"])
            assert file["size"] == 300_001 - (file["ext"] == "webp")


@pytest.mark.parametrize(
    ("asked", "first", "last"),
    [
        ("bytes=0-", 0, None),
        ("bytes=100-", 100, None),
        ("bytes=5-9", 5, 9),
        ("bytes=-7", -7, None),
        ("bytes=9-99999", 9, None),
    ],
)
def test_a_part_is_sent_as_a_part(served: Site, asked: str, first: int, last: int | None) -> None:
    """206 with the bytes, where they stand, and how many there are in all."""
    url = post_of(served, 1)["file"]["url"]
    whole = httpx.get(url)
    answer = httpx.get(url, headers={"Range": asked})
    total = len(whole.content)
    start, end = first % total, total - 1 if last is None else last
    assert answer.status_code == 206
    assert answer.headers["content-range"] == f"bytes {start}-{end}/{total}"
    assert answer.content == whole.content[start : end + 1]
    assert answer.headers["content-length"] == str(len(answer.content))
    assert [answer.headers[name] for name in ("etag", "last-modified", "accept-ranges")] == [
        *(whole.headers[name] for name in ("etag", "last-modified")),
        "bytes",
    ]


def test_a_range_behind_the_end_cannot_be_satisfied(served: Site) -> None:
    """416, with how many bytes there are."""
    file = post_of(served, 1)["file"]
    for asked in (f"bytes={file['size']}-", "bytes=-0"):
        answer = httpx.get(file["url"], headers={"Range": asked})
        assert (answer.status_code, answer.headers["content-range"]) == (416, f"bytes */{file['size']}")


@pytest.mark.parametrize("asked", ["bytes=5-4", "bytes=0-1,5-6", "lines=1-2", "bytes=-", "bytes"])
def test_a_range_that_is_none_is_ignored(served: Site, asked: str) -> None:
    """As the standard says: the whole file."""
    file = post_of(served, 1)["file"]
    assert md5(httpx.get(file["url"], headers={"Range": asked}).content) == file["md5"]


def test_if_range_asks_whether_the_file_is_still_the_same(served: Site) -> None:
    """A part for the current mark, be it tag or date; the whole for any other."""
    url = post_of(served, 1)["file"]["url"]
    headers = httpx.head(url).headers
    for mark in (headers["etag"], headers["last-modified"]):
        assert httpx.get(url, headers={"Range": "bytes=9-", "If-Range": mark}).status_code == 206
    for mark in ('"another"', f"W/{headers['etag']}", "Thu, 01 Jan 1970 00:00:00 GMT"):
        assert httpx.get(url, headers={"Range": "bytes=9-", "If-Range": mark}).status_code == 200
    assert httpx.get(url, headers={"If-None-Match": headers["etag"]}).status_code == 304


def test_head_says_what_get_would_send(served: Site) -> None:
    """The same headers, and no body."""
    url = post_of(served, 1)["file"]["url"]
    head, whole = httpx.head(url), httpx.get(url)
    assert head.content == b""
    assert {**head.headers, "date": ""} == {**whole.headers, "date": ""}


def test_what_no_post_has_is_not_there(served: Site) -> None:
    """404 for another md5, type, folder, and for a path that is none; an HTML page, as web servers send."""
    file = post_of(served, 1)["file"]
    url, ext = file["url"], file["ext"]
    wrong = [url.replace(file["md5"][5:], "0" * 27), url[: -len(ext)] + "swf", url.replace("/data/", "/data/crop/")]
    wrong += [
        url.replace("/data/", "/data/preview/").replace(ext, "png"),
        f"{served.files.url}/data/../x",
        served.files.url,
    ]
    for one in wrong:
        answer = httpx.get(one)
        assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8"), one


def test_the_file_of_a_deleted_post_is_for_staff(site: Site, world: World) -> None:
    """Its path answers 404, or 403 where a site does; staff have a path with a key, which ends with the deletion."""
    before = post_of(site, 1)["file"]
    world.delete_post(1)
    assert post_of(site, 1)["file"]["url"] is None
    assert httpx.get(before["url"]).status_code == 404
    world.deleted_files_answer = 403
    assert httpx.get(before["url"]).status_code == 403
    protected = post_of(site, 1, login=STAFF)["file"]["url"]
    assert protected.startswith(f"{site.files.url}/data/deleted/")
    assert "?auth=" in protected
    assert md5(httpx.get(protected).content) == before["md5"]
    assert httpx.get(protected.partition("?")[0]).status_code == 403
    assert httpx.get(f"{protected}0").status_code == 403
    world.undelete_post(1)
    assert (httpx.get(protected).status_code, httpx.get(before["url"]).status_code) == (404, 200)


def test_the_file_of_a_destroyed_post_is_gone(site: Site, world: World) -> None:
    """404, of preview and sample too."""
    urls = list(urls_of(post_of(site, 1)))
    world.destroy_post(1)
    assert {httpx.get(url).status_code for url in urls} == {404}


def test_a_replaced_file_is_another(site: Site, world: World) -> None:
    """New md5, type, size and change number; the old path answers 404, the new one has the new bytes."""
    old = post_of(site, 1)
    world.replace_file(1, ext="gif", size=5000)
    new = post_of(site, 1)
    assert new["change_seq"] > old["change_seq"]
    assert (new["file"]["ext"], new["file"]["size"]) == ("gif", 5000)
    assert {httpx.get(url).status_code for url in urls_of(old)} == {404}
    assert md5(httpx.get(new["file"]["url"]).content) == new["file"]["md5"] != old["file"]["md5"]


def test_replacements_are_written_down(site: Site, world: World) -> None:
    """The first file once, as the backup that it is, and each one after it; found by post, by md5, or all."""
    files = [post_of(site, 1)["file"]]
    for _ in range(2):
        world.replace_file(1)
        files.append(post_of(site, 1)["file"])
    world.replace_file(2)
    of_one = get(site, "/post_replacements.json?search[post_id]=1").json
    assert [(entry["md5"], entry["status"], entry["sequence_number"]) for entry in reversed(of_one)] == [
        (files[0]["md5"], "original", 0),
        (files[1]["md5"], "approved", 1),
        (files[2]["md5"], "approved", 2),
    ]
    assert [entry["file_size"] for entry in reversed(of_one)] == [file["size"] for file in files]
    assert get(site, f"/post_replacements.json?search[md5]={files[1]['md5']}").json == [of_one[1]]
    assert [entry["post_id"] for entry in get(site, "/post_replacements.json").json] == [2, 2, 1, 1, 1]
    events = get(site, "/post_events.json?search[post_id]=1").json["post_events"]
    assert [event["action"] for event in events] == ["replacement_accepted"] * 2


def test_every_request_for_a_file_is_recorded(site: Site) -> None:
    """With all its headers, so that a test can read what was not among them; and none stands in the site's own log."""
    url = post_of(site, 1)["file"]["url"]
    site.clear_log()
    httpx.get(url, headers={"User-Agent": "t/1", "Range": "bytes=5-", "Cookie": "a=b"})
    httpx.head(url, auth=("alice", "alice-key"))
    first, second = site.files.log
    assert (first.method, f"{site.files.url}{first.path}", first.status, first.sent) == (
        "GET",
        url,
        206,
        len(httpx.get(url).content) - 5,
    )
    assert {name: first.headers[name] for name in ("user-agent", "range", "cookie")} == {
        "user-agent": "t/1",
        "range": "bytes=5-",
        "cookie": "a=b",
    }
    assert ("authorization" in first.headers, "authorization" in second.headers) == (False, True)
    assert (second.method, second.status, second.sent) == ("HEAD", 200, 0)
    assert first.at < second.at
    assert site.log == []
    site.files.clear_log()
    assert site.files.log == []


def test_urls_lead_to_the_host_while_it_runs(world: World) -> None:
    """Before that they lead to a host that nobody asks; the files are the same."""
    before = json.loads(b"true".join(world.post_json(1, "open")))["file"]
    with Site(world) as site:
        during = post_of(site, 1)["file"]
    assert before["url"].startswith("https://files.sandbox.example/data/")
    assert during["url"] == before["url"].replace("https://files.sandbox.example", site.files.url)
    assert site.files.url != site.url
