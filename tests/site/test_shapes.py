"""Posts in shapes that differ, and posts that no parser reads: each costs itself alone."""

import json
from typing import Any

import pytest

from favsync.errors import SiteNonsense
from favsync.model import Post, Shape
from favsync.site.e621.decoding import NoId, NotJson, decode_page, decode_post, read_post
from favsync.site.e621.json_split import Broken, elements_of, members_of
from favsync.site.e621.shapes import NO_SHAPE
from tests.site.test_decode import FULL
from tests.site.test_transcripts import EXCHANGES

V2: dict[str, Any] = EXCHANGES["v2.post.one.extended"]["json"]
THUMBNAIL: dict[str, Any] = EXCHANGES["v2.fav.own.thumbnail"]["json"][0]
OF_ANOTHER_ROUTE = {"id": 99, "post_id": 5, "user_id": 3, "created_at": "2024-01-02T03:04:05.678Z"}


def read(*elements: Any, bare: bool = False) -> list[Post]:
    body = elements if bare else {"posts": elements}
    return list(decode_page(json.dumps(body).encode(), signed_in=True).posts)


@pytest.mark.parametrize("bare", [False, True])
def test_both_shapes_are_read_within_one_page(*, bare: bool) -> None:
    """Whatever the list itself looks like, each post tells its own shape."""
    posts = read(FULL, V2, FULL | {"id": 933}, bare=bare)
    assert [(post.id, post.shape, post.problem) for post in posts] == [
        (932, Shape.V1, None),
        (1, Shape.V2, None),
        (933, Shape.V1, None),
    ]


@pytest.mark.parametrize("post", [FULL, V2])
@pytest.mark.parametrize("wrapped", [False, True])
def test_one_post_comes_bare_or_wrapped(post: dict[str, Any], *, wrapped: bool) -> None:
    """Both are the same post, with its own bytes as the payload."""
    reported = decode_post(json.dumps({"post": post} if wrapped else post).encode(), signed_in=True)
    assert (reported.id, json.loads(reported.payload), reported.problem) == (post["id"], post, None)


def test_a_sample_that_is_the_original_is_none() -> None:
    """Where there is no sample the second shape names the original in its place, and the first names nothing."""
    files = V2["files"] | {"meta": V2["files"]["meta"] | {"has_sample": False}}
    assert read(V2)[0].sample_url is not None
    assert read(V2 | {"files": files})[0].sample_url is None


@pytest.mark.parametrize("tags", [["fox", "tree"], "fox tree"])
def test_a_flat_list_of_tags_has_no_categories(tags: object) -> None:
    """They are not guessed: the post is read, and its tags are said to be not understood."""
    (post,) = read(V2 | {"tags": tags})
    assert (post.tags, post.shape, post.score, post.is_favorited) == ((), Shape.V2_BASIC, 5, True)
    assert post.problem is not None
    assert post.problem.startswith("tags: expected object, got ")


@pytest.mark.parametrize("odd", [THUMBNAIL, OF_ANOTHER_ROUTE, {"id": 8}, {"id": 8, "new": 1}])
def test_one_post_of_an_unknown_shape_keeps_its_place_and_says_nothing_else(odd: dict[str, Any]) -> None:
    """Not even whether it is a favorite, although a field is called so."""
    posts = read(FULL, odd, FULL | {"id": 933})
    assert [post.id for post in posts] == [932, odd["id"], 933]
    assert posts[1] == Post(odd["id"], json.dumps(odd).encode(), shape=Shape.OTHER, problem=NO_SHAPE)


@pytest.mark.parametrize("odd", [THUMBNAIL, OF_ANOTHER_ROUTE, {"id": 8}])
@pytest.mark.parametrize("number", [1, 3])
def test_a_list_of_things_of_an_unknown_shape_is_no_list(odd: dict[str, Any], number: int) -> None:
    """Their ids may be those of anything: a page of them is unreadable as a whole, and so is one alone."""
    with pytest.raises(SiteNonsense, match="unknown shape"):
        read(*[odd | {"id": place + 1} for place in range(number)])
    with pytest.raises(SiteNonsense, match="does not know"):
        decode_post(json.dumps({"post": odd}).encode(), signed_in=True)


@pytest.mark.parametrize("body", ["[]", "[1]", "null", "5", '"post"', "{}", '{"post":null}', '{"post":[]}'])
def test_what_is_no_post_is_none(body: str) -> None:
    """Neither bare nor wrapped."""
    with pytest.raises(SiteNonsense):
        decode_post(body.encode(), signed_in=True)


HALF = json.dumps(FULL | {"description": "a~b"}).replace("~", "\\ud83d").encode()
HALF_NAME = json.dumps(FULL | {"tags": {"general": ["a", "~"], "~": ["b"]}}).replace("~", "\\udc00").encode()
DEEP = json.dumps(FULL | {"pools": 0}).replace('"pools": 0', f'"pools": {"[" * 5_000}{"]" * 5_000}').encode()
DEEP_NEWS = (
    json.dumps(FULL | {"news": 0}).replace('"news": 0', '"news": ' + '{"a":' * 5_000 + "1" + "}" * 5_000).encode()
)


@pytest.mark.parametrize(
    ("payload", "problem", "differing"),
    [
        (HALF, "description: half a character", {"description"}),
        (HALF_NAME, "tags.general[1]: half a character", {"tags"}),
        (DEEP, "pools: nested deeper than anything the site tells", {"pools"}),
        (DEEP_NEWS, "news: nested deeper than anything the site tells", set()),
    ],
    ids=["half a character", "half a name", "deep", "deep and unknown"],
)
@pytest.mark.parametrize("bare", [False, True])
def test_what_no_parser_reads_costs_one_field(payload: bytes, problem: str, differing: set[str], *, bare: bool) -> None:
    """The post keeps its place and its payload, byte for byte; the posts beside it are as ever."""
    other = json.dumps(FULL | {"id": 933}).encode()
    body = b"[%b,%b,%b]" % (other, payload, other)
    page = decode_page(body if bare else b'{"posts":%b}' % body, signed_in=True)
    good, odd = read(FULL)[0], page.posts[1]
    assert [post.id for post in page.posts] == [933, 932, 933]
    assert page.posts[0].problem is page.posts[2].problem is None
    assert odd.problem is not None
    assert odd.problem.startswith(problem)
    assert odd.payload == payload
    unlike = {name for name in Post.__slots__ if getattr(good, name) != getattr(odd, name)}
    assert unlike - {"payload", "problem"} == differing
    for value in (odd.description, *(name for group, names in odd.tags for name in (group, *names))):
        assert value is None or value.encode()


def test_an_element_that_is_only_deep_has_no_id() -> None:
    """It is told with its place, and the others are read."""
    deep = b"[" * 20_000 + b"]" * 20_000
    page = decode_page(b'{"posts":[%b,%b]}' % (deep, json.dumps(FULL).encode()), signed_in=True)
    assert [post.id for post in page.posts] == [932]
    assert page.unreadable == ("element 1: it: nested deeper than anything the site tells",)


@pytest.mark.parametrize("odd", [b'{"id":5,"tags":tru}', b"nul", b'{"id":5 "tags":{}}', b'{"id":5,"n":NaN}', b'"\\x"'])
def test_what_is_no_json_is_a_page_cut_or_garbled_on_its_way(odd: bytes) -> None:
    """Then the page is asked for again, whole."""
    with pytest.raises(NotJson):
        decode_page(b'{"posts":[%b,%b]}' % (json.dumps(FULL).encode(), odd), signed_in=True)


@pytest.mark.parametrize("text", [b"", b"[", b"[1", b"[1,]", b"[,1]", b"[1}", b"[1]2", b'["a]', b"{}", b'[{"a":[}]]'])
def test_an_array_that_is_none_is_not_cut(text: bytes) -> None:
    """Cut off, brackets that do not match, nothing between commas, something after the end."""
    with pytest.raises(Broken):
        elements_of(text)


def test_json_is_cut_where_a_parser_would_part_it() -> None:
    """Commas, colons and brackets in texts part nothing; of a name that comes twice the last counts."""
    assert elements_of(b' [ 1 , "a,]\\"" , {"b":[2,3]},[] ]\n') == [b"1", b'"a,]\\""', b'{"b":[2,3]}', b"[]"]
    assert elements_of(b"[]") == []
    assert members_of(b'{"a,b":1,"\\u0063": [2] ,"a,b":{"x:":3}}') == {"a,b": b'{"x:":3}', "c": b"[2]"}
    for broken in (b'{"a"}', b"{1:2}", b'{"a":}', b'{"a":1,"b"', b'{"\\x":1}'):
        with pytest.raises(Broken):
            members_of(broken) and read_post(broken, signed_in=True)


@pytest.mark.parametrize("payload", [b"{}", b'{"id":0,"tags":{}}', b"[]", b"5", b'{"id":null,"files":{},"stats":{}}'])
def test_without_an_id_there_is_no_post(payload: bytes) -> None:
    """In whichever shape the rest may be."""
    with pytest.raises(NoId):
        read_post(payload, signed_in=True)
