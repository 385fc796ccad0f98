"""JSON becomes the model, whatever state it is in."""

import json
from typing import Any

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from favsync.errors import SiteNonsense
from favsync.model import Post, Shape
from favsync.site.api import PostPage
from favsync.site.e621.decoding import NotJson, decode_object, decode_page, decode_post, decode_user

FULL: dict[str, Any] = {
    "id": 932,
    "created_at": "2024-01-02T03:04:05.678-04:00",
    "updated_at": "2024-07-01T00:30:00.000+02:00",
    "file": {
        "width": 800,
        "height": 1200,
        "ext": "webm",
        "size": 1151873,
        "md5": "8b63",
        "url": "https://site.example/f",
    },
    "preview": {"width": 256, "height": 384, "url": "https://site.example/p", "alt": "https://site.example/a"},
    "sample": {"has": True, "width": 850, "height": 1275, "url": "https://site.example/s", "alternates": {}},
    "score": {"up": 94, "down": -14, "total": 80},
    "tags": {"general": ["black_cat", "smile"], "artist": ["maple"], "lore": [], "weather": ["rain"]},
    "locked_tags": [],
    "change_seq": 4711,
    "flags": {"pending": True, "flagged": True, "note_locked": False, "rating_locked": False, "deleted": True},
    "rating": "s",
    "fav_count": 2,
    "sources": ["https://a.example/1", "https://b.example/2"],
    "pools": [5, 6],
    "relationships": {"parent_id": 900, "has_children": False, "children": []},
    "approver_id": 7,
    "uploader_id": 23,
    "uploader_name": "uploader_9",
    "description": "A cat\x1b in the rain — smiling.",
    "comment_count": 3,
    "is_favorited": True,
    "vote": 0,
    "has_notes": False,
    "duration": 12.5,
}


def page_of(*elements: Any) -> bytes:
    return json.dumps({"posts": elements}, ensure_ascii=False).encode()


def read_one(post: Any) -> Post:
    (read,) = decode_page(page_of(post), signed_in=True).posts
    return read


def changed(path: str, value: Any) -> dict[str, Any]:
    """The full post with one field replaced; `path` has dots."""
    post: dict[str, Any] = json.loads(json.dumps(FULL))
    *parents, last = path.split(".")
    place = post
    for parent in parents:
        place = place[parent]
    place[last] = value
    return post


def test_every_field_of_the_model_is_read() -> None:
    """Nothing that the model has room for is left in the payload alone."""
    assert read_one(FULL) == Post(
        id=932,
        payload=json.dumps(FULL, ensure_ascii=False).encode(),
        created_at="2024-01-02T07:04:05.678Z",
        updated_at="2024-06-30T22:30:00.000Z",
        rating="s",
        score=80,
        score_up=94,
        score_down=-14,
        fav_count=2,
        comment_count=3,
        file_ext="webm",
        file_size=1151873,
        file_md5="8b63",
        file_url="https://site.example/f",
        preview_url="https://site.example/p",
        sample_url="https://site.example/s",
        width=800,
        height=1200,
        duration=12.5,
        description="A cat\x1b in the rain — smiling.",
        uploader_id=23,
        uploader_name="uploader_9",
        approver_id=7,
        parent_id=900,
        has_children=False,
        change_seq=4711,
        is_deleted=True,
        is_pending=True,
        is_flagged=True,
        is_favorited=True,
        tags=(("general", ("black_cat", "smile")), ("artist", ("maple",)), ("lore", ()), ("weather", ("rain",))),
        sources=("https://a.example/1", "https://b.example/2"),
        pools=(5, 6),
    )


def test_a_payload_is_byte_for_byte_what_came() -> None:
    """Odd spacing, unknown fields, escapes and the order of keys are the site's own."""
    payload = b'{ "new_field":[1,  2.50e1], "id" : 7,\t"description":"\\u00e9\\/" , "tags":{}, "id2":null}'
    page = decode_page(b'\n{"more":1,"posts": [ ' + payload + b' ,{"id":8}]}\n', signed_in=True)
    assert [post.payload for post in page.posts] == [payload, b'{"id":8}']
    bare = decode_page(b"\n[ " + payload + b' ,{"id":8}]\n', signed_in=True)
    assert bare == page
    assert page.posts[0].description == "é/"


GROUPS = ("file", "score", "tags", "flags", "relationships")


def test_null_and_missing_are_no_problem() -> None:
    """The site did not say; that is not a misunderstanding."""
    bare = {"id": 5, "file": {}, "score": {}, "tags": {}, "flags": {}, "relationships": {}}
    nulls = dict.fromkeys(FULL) | bare
    assert read_one(nulls) == Post(id=5, payload=json.dumps(nulls).encode())
    assert read_one(bare) == Post(id=5, payload=json.dumps(bare).encode())


@pytest.mark.parametrize("absent", [{}, dict.fromkeys(GROUPS)])
def test_what_every_post_has_and_this_one_lacks_is_not_told(absent: dict[str, None]) -> None:
    """A post without flags or tags is not one that has none: what is known of them must not give way to nothing."""
    post = read_one({"id": 5, "rating": "s"} | absent)
    assert (post.rating, post.shape) == ("s", Shape.V1)
    assert post.problem == "; ".join(f"{group}: missing" for group in GROUPS)


@pytest.mark.parametrize(
    ("path", "value", "problem"),
    [
        ("file.size", "big", "file.size: expected int, got str"),
        ("file.size", 2**63, "file.size: expected int <= 9223372036854775807"),
        ("file", 5, "file: expected object, got int"),
        ("score", [1], "score: expected object, got array"),
        ("flags", "none", "flags: expected object, got str"),
        ("relationships", 1.5, "relationships: expected object, got float"),
        ("sample", True, "sample: expected object, got bool"),
        ("flags.deleted", "maybe", "flags.deleted: expected bool, got str"),
        ("rating", 5, "rating: expected str, got int"),
        ("duration", "long", "duration: expected float, got str"),
        ("duration", -1, "duration: expected float >= 0.0"),
        ("duration", "nan", "duration: expected float >= 0.0"),
        ("tags", ["a"], "tags: expected object, got array"),
        ("tags.general", "a b", "tags.general: expected array, got str"),
        ("sources", 7, "sources: expected str, got int"),
        ("pools", {}, "pools: expected array, got object"),
        ("created_at", "yesterday", "created_at: expected a time with an offset, got 'yesterday'"),
        ("created_at", "", "created_at: expected a time with an offset, got ''"),
        ("created_at", "2024-01-02T03:04:05", "created_at: expected a time with an offset, got '2024-01-02T03:04:05'"),
        ("updated_at", "0001-01-01T00:00:00+14:00", "updated_at: expected a time with an offset, got '0001-"),
        ("created_at", {"json_class": "Time", "s": 1}, "created_at: expected str, got object"),
        ("description", ["\x1b[2J"], "description: expected str, got array"),
    ],
)  # fmt: skip
def test_one_odd_field_costs_itself_alone(path: str, value: Any, problem: str) -> None:
    """The problem names the field, and every other field is read as ever."""
    good, odd = read_one(FULL), read_one(changed(path, value))
    assert odd.problem is not None
    assert odd.problem.startswith(problem)
    lost = {"file": 6, "score": 3, "flags": 3, "relationships": 2}.get(path, 1)
    differing = [name for name in Post.__slots__ if getattr(good, name) != getattr(odd, name)]
    assert len(set(differing) - {"payload", "problem"}) == lost


def test_one_odd_element_of_a_list_costs_itself_alone() -> None:
    """A tag that is no text takes no other tag with it."""
    tags = {"general": ["black_cat", 5, None, "smile"], "artist": None, "weather": ["rain"]}
    odd = read_one(FULL | {"tags": tags, "sources": ["https://a.example/1", 1], "pools": [5, "x", "6"]})
    assert odd.tags == (("general", ("black_cat", "smile")), ("weather", ("rain",)))
    assert odd.sources == ("https://a.example/1",)
    assert odd.pools == (5, 6)
    assert odd.problem == (
        "tags.general[1]: expected str, got int; tags.general[2]: expected str, got null;"
        " sources[1]: expected str, got int; pools[1]: expected int, got str"
    )


def test_numbers_written_as_text_are_numbers() -> None:
    """Some servers and proxies quote them; nothing is lost and nothing is wrong."""
    post = read_one(FULL | {"id": "123", "fav_count": "9", "duration": "1.5"})
    assert (post.id, post.fav_count, post.duration, post.problem) == (123, 9, 1.5, None)


@pytest.mark.parametrize(
    ("sources", "read"),
    [
        ("https://a.example/1", ("https://a.example/1",)),
        ("https://a.example/1\r\nhttps://b.example/2\n", ("https://a.example/1", "https://b.example/2")),
        ("", ()),
        ([], ()),
        (["", "https://a.example/1"], ("https://a.example/1",)),
    ],
)
def test_sources_are_a_list_or_one_text(sources: Any, read: tuple[str, ...]) -> None:
    """An old document shows a string; both give the same."""
    post = read_one(FULL | {"sources": sources})
    assert (post.sources, post.problem) == (read, None)


def test_many_problems_are_counted_and_stay_printable() -> None:
    """A wrecked post does not fill the terminal, nor reach it with control characters."""
    post = read_one(FULL | {"tags": {"\x1b[2J": [1] * 50}})
    assert post.problem is not None
    assert post.problem.endswith("; and 45 more")
    assert post.problem.isprintable()


def test_bytes_that_are_no_utf8_are_read_as_far_as_they_go() -> None:
    """One broken character is no reason to lose a post."""
    payload = json.dumps(FULL | {"description": "a~b"}).encode().replace(b"~", b"\xff")
    (post,) = decode_page(b'{"posts":[' + payload + b"]}", signed_in=True).posts
    assert (post.description, post.rating, post.problem) == ("a�b", "s", "the text is not UTF-8")
    assert post.payload == payload


@pytest.mark.parametrize("number", ["1e999", "9" * 5000])
def test_a_number_past_every_type_costs_itself(number: str) -> None:
    """JSON sets numbers no limit; one that nothing can hold is no reason to lose a post, or to end a run."""
    element = '{"id":1,"rating":"s","score":{"up":' + number + ',"total":3}}'
    (post,) = decode_page(b'{"posts":[' + element.encode() + b"]}", signed_in=True).posts
    assert (post.id, post.rating, post.score, post.score_up) == (1, "s", 3, None)
    assert "larger than any" in (post.problem or "")
    assert post.payload == element.encode()


@pytest.mark.parametrize(
    ("element", "words"),
    [
        ({}, "element 2: no id"),
        ({"id": None}, "element 2: no id"),
        ({"id": 0}, "element 2: id: expected int >= 1"),
        ({"id": "x"}, "element 2: id: expected int, got str"),
        ({"id": True}, "element 2: id: expected int, got bool"),
        ({"id": 2**63}, "element 2: id: expected int <= 9223372036854775807"),
        ([1], "element 2: it: expected object, got array"),
        ("post", "element 2: it: expected object, got str"),
        (None, "element 2: no id"),
    ],
)
def test_an_element_without_an_id_is_told_with_its_place(element: Any, words: str) -> None:
    """It cannot be kept, and must not be passed over in silence either."""
    page = decode_page(page_of(FULL, element, {"id": 3}), signed_in=True)
    assert [post.id for post in page.posts] == [932, 3]
    assert page.unreadable == (words,)


def test_without_a_login_nobody_favorited_anything() -> None:
    """The site tells anonymous readers `is_favorited: false` of every post, which is evidence of nothing."""
    page = decode_page(page_of(FULL, FULL | {"is_favorited": False}), signed_in=False)
    assert [post.is_favorited for post in page.posts] == [None, None]
    assert decode_post(json.dumps({"post": FULL}).encode(), signed_in=False).is_favorited is None


@pytest.mark.parametrize(
    "body",
    [b"{}", b'{"posts":null}', b'{"posts":{}}', b'{"post":{"id":1}}', b"null", b"5", b'"posts"',
     b'{"success":true}', b'{"posts":[' + b"[" * 20_000 + b"]" * 20_000 + b"]}"],
)  # fmt: skip
def test_json_of_another_shape_is_no_empty_page(body: bytes) -> None:
    """An empty page means that the listing has ended; only `{"posts": []}` and `[]` say so."""
    with pytest.raises(SiteNonsense):
        decode_page(body, signed_in=True)
    assert decode_page(b'{"posts":[]}', signed_in=True) == decode_page(b" [ ]", signed_in=True) == PostPage(())


def test_a_page_longer_than_any_page_is_nonsense() -> None:
    """No generation of the site puts more than 320 on one."""
    assert len(decode_page(page_of(*[FULL] * 320), signed_in=True).posts) == 320
    with pytest.raises(SiteNonsense, match="321 posts at once"):
        decode_page(page_of(*[FULL] * 321), signed_in=True)


@pytest.mark.parametrize(
    "body", [b"", b"<html>", b'{"posts":[{"id":1}', b'{"posts":[]} more', b'{"posts":[nul]}', b"\xff"]
)
def test_what_is_not_json_is_told_apart(body: bytes) -> None:
    """A cut-off body may be whole the next time; a shape that is wrong will not change."""
    with pytest.raises(NotJson):
        decode_page(body, signed_in=True)
    with pytest.raises(NotJson):
        decode_object(body)


def test_a_single_post_without_an_id_is_nonsense() -> None:
    """There is no position to report it under."""
    with pytest.raises(SiteNonsense, match="not a post: no id"):
        decode_post(b'{"post":{}}', signed_in=True)


USER: dict[str, Any] = {"id": 3, "name": "alice", "favorite_count": 1006, "is_banned": False}


def test_a_user_is_oneself_when_private_fields_came_along() -> None:
    """A status of 200 proves nothing about the key."""
    user = decode_user(json.dumps(USER | {"favorite_limit": 100000, "per_page": 75}).encode(), signed_in=True)
    assert user is not None
    assert (user.is_self, user.favorite_limit, user.per_page) == (True, 100000, 75)


@pytest.mark.parametrize(
    "private", ["favorite_limit", "per_page", "enable_privacy_mode", "enable_safe_mode", "blacklisted_tags"]
)
def test_any_private_field_is_enough(private: str) -> None:
    """Not every generation shows all of them, and a null in one is shown to oneself all the same."""
    user = decode_user(json.dumps(USER | {private: None}).encode(), signed_in=True)
    assert user is not None
    assert user.is_self


def test_a_user_seen_by_others_is_not_oneself() -> None:
    """Public fields, and the one more that an administrator sees, are no proof; nor is anything without a login."""
    for fields, signed_in in [
        (USER, True),
        (USER | {"last_logged_in_at": None}, True),
        (USER | {"per_page": 75}, False),
    ]:
        user = decode_user(json.dumps(fields).encode(), signed_in=signed_in)
        assert user is not None
        assert not user.is_self


def test_the_anonymous_user_is_nobody() -> None:
    """It is answered with a null id and with all the private fields."""
    assert decode_user(json.dumps(USER | {"id": None, "per_page": 75}).encode(), signed_in=True) is None


@pytest.mark.parametrize(
    "body", [b"[]", b"{}", b'{"id":3}', b'{"id":3,"name":""}', b'{"id":"x","name":"a"}', b'{"id":0,"name":"a"}']
)
def test_a_user_without_id_or_name_is_nonsense(body: bytes) -> None:
    """Nothing could be done for an account that has neither."""
    with pytest.raises(SiteNonsense):
        decode_user(body, signed_in=True)


@pytest.mark.parametrize("odd", ['"\\ud83d"', "[" * 5_000 + "]" * 5_000, "1e999", '{"a":"\\udc00"}'])
def test_what_no_parser_reads_of_a_user_costs_itself(odd: str) -> None:
    """A user writes half a character into the profile: the count and the id are read as ever."""
    reported = json.dumps(USER | {"profile_about": "@", "per_page": None})
    body = reported.replace('"@"', odd)
    user = decode_user(body.encode(), signed_in=True)
    assert user is not None
    assert (user.id, user.name, user.favorite_count, user.is_self) == (3, "alice", 1006, True)
    assert decode_object(f'{{"post_id":5,"x":{odd}}}'.encode())["post_id"] == 5


def test_an_odd_count_is_unknown_and_no_obstacle() -> None:
    """The count is a hint; None says that there is none."""
    user = decode_user(json.dumps(USER | {"favorite_count": "many", "is_banned": None}).encode(), signed_in=True)
    assert user is not None
    assert (user.favorite_count, user.is_banned) == (None, False)


JSON_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=6,
)
PATHS = [*FULL, *(f"{outer}.{inner}" for outer, fields in FULL.items() if isinstance(fields, dict) for inner in fields)]


@given(st.lists(st.tuples(st.sampled_from([path for path in PATHS if path != "id"]), JSON_VALUES), max_size=4))
def test_no_post_stops_a_run(changes: list[tuple[str, Any]]) -> None:
    """Whatever becomes of a post's fields, it is read under its id, with its payload whole, into values that fit."""
    post: dict[str, Any] = json.loads(json.dumps(FULL))
    for path, value in changes:
        outer, _, inner = path.partition(".")
        if inner and isinstance(post[outer], dict):
            post[outer][inner] = value
        elif not inner:
            post[outer] = value
    payload = msgspec.json.encode(post)
    (read,) = decode_page(b'{"posts":[' + payload + b"]}", signed_in=True).posts
    assert (read.id, read.payload) == (932, payload)
    for name in Post.__slots__:
        value = getattr(read, name)
        assert not isinstance(value, int) or -(2**63) <= value < 2**63, name
    if read.problem is not None:
        assert read.problem.isprintable()


@given(st.binary(max_size=60), st.integers(0, 2000), st.integers(0, 10))
def test_damaged_bytes_end_in_an_error_of_ours_or_in_posts(noise: bytes, at: int, cut: int) -> None:
    """A page with bytes replaced or lost never ends in an error of the JSON library."""
    whole = page_of(FULL, FULL)
    try:
        page = decode_page(whole[:at] + noise + whole[at + cut :], signed_in=True)
    except (SiteNonsense, NotJson):
        return
    assert all(post.payload in whole[:at] + noise + whole[at + cut :] for post in page.posts)


@pytest.mark.parametrize(
    ("fields", "has_children"),
    [
        ({"relationships": {"has_children": True}}, True),
        ({"relationships": {"parent_id": 1}}, None),
        ({"files": {}, "stats": {}, "has": {"children": True}, "relationships": {}}, True),
        ({"files": {}, "stats": {}, "has": {"children": False}, "relationships": {"has_children": True}}, False),
        ({"files": {}, "stats": {}, "relationships": {"has_children": True}}, True),
        ({"files": {}, "stats": {}, "has": {"parent": True}, "relationships": {}}, None),
    ],
)
def test_whether_it_has_children_is_read_in_either_shape(fields: dict[str, Any], has_children: bool | None) -> None:
    """Each shape says it at a place of its own."""
    first: dict[str, Any] = {} if "files" in fields else {"file": {}, "score": {}}
    assert read_one({"id": 7, "tags": {}, "flags": {}, **first, **fields}).has_children is has_children
