"""JSON from the site becomes the model (docs/site-api.md, "Users" and "Fields of a post").

A page is taken apart without being read, so that each post's payload is byte for byte what came. Then each post is
read: all at once where it is as expected, field by field where it is not. So one post costs itself and no other.
"""

import json
from typing import Any

import msgspec

from favsync.errors import SiteNonsense
from favsync.model import Post, Shape, SiteUser
from favsync.site.api import PostPage
from favsync.site.e621.json_split import Broken, elements_of, members_of, without_queries
from favsync.site.e621.lenient import read_struct
from favsync.site.e621.limits import LIMITS
from favsync.site.e621.shapes import Integer, PostId, RawPost, model_of, shape_of_fields, shape_of_whole
from favsync.site_text import clean

SELF_ONLY_FIELDS = frozenset(
    {"favorite_limit", "per_page", "enable_privacy_mode", "enable_safe_mode", "blacklisted_tags"}
)
"""Fields of a user that the site shows to that user alone, moderators excluded (docs/site-api.md, "Users")."""

_TOO_DEEP = "nested deeper than anything the site tells"


class NotJson(Exception):
    """A body that is not JSON at all: a web page, or a body cut off."""


class NoId(Exception):
    """An element of a list of posts from which not even an id can be had."""


def decode_page(body: bytes, *, signed_in: bool) -> PostPage:
    """Return the posts of a list of them: `{"posts": […]}`, or a bare array (docs/site-api.md, "Two shapes of a post").

    Without a login (`signed_in` False) the site says `is_favorited: false` of every post; that is no word about
    anybody and is left out. Raises NotJson, and SiteNonsense for JSON of another shape, also where not one post of
    several things has a shape that is known.
    """
    elements = _elements(body)
    if len(elements) > LIMITS.page_size:
        raise SiteNonsense(f"The site answered with {len(elements)} posts at once; {LIMITS.page_size} is the limit.")
    posts: list[Post] = []
    unreadable: list[str] = []
    for place, element in enumerate(elements, start=1):
        try:
            posts.append(_read_without_secrets(element, signed_in=signed_in))
        except NoId as exc:
            unreadable.append(f"element {place}: {exc}")
        except Broken as exc:
            raise NotJson(str(exc)) from exc
    if elements and all(post.shape is Shape.OTHER for post in posts):
        # Of such things not even the ids can be believed: they may be those of anything.
        raise SiteNonsense("The site answered with a list of things that are not posts, or posts of an unknown shape.")
    return PostPage(tuple(posts), tuple(unreadable))


def decode_post(body: bytes, *, signed_in: bool) -> Post:
    """Return the post of an answer about one: `{"post": {…}}`, or a bare object. Raises as `decode_page` does."""
    try:
        try:
            wrapped = bytes(msgspec.json.decode(body, type=_PostAnswer).post)
        except msgspec.ValidationError as exc:
            raise _of_another_shape(exc) from exc
        except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
            wrapped = members_of(body).get("post", b"")
        post = _read_without_secrets(wrapped or body, signed_in=signed_in)
    except NoId as exc:
        raise SiteNonsense(f"The site answered with something that is not a post: {exc}.") from exc
    except Broken as exc:
        raise NotJson(str(exc)) from exc
    if post.shape is Shape.OTHER:
        raise SiteNonsense("The site answered with a post of a shape that favsync does not know.")
    return post


def decode_user(body: bytes, *, signed_in: bool) -> SiteUser | None:
    """Return the user of an answer, None when it is about nobody (the anonymous user has no id).

    Raises NotJson, and SiteNonsense for JSON of another shape.
    """
    problems: list[str] = []
    fields = _read_object(body, problems)
    user = read_struct(_User, fields, "", problems)
    if "id" in fields and fields["id"] is None:
        return None
    if user.id is None or not user.name:
        raise SiteNonsense(
            f"The site answered with something that is not a user: {'; '.join(problems) or 'no id or name'}."
        )
    return SiteUser(
        id=user.id,
        name=user.name,
        favorite_count=user.favorite_count,
        is_self=signed_in and not SELF_ONLY_FIELDS.isdisjoint(fields),
        favorite_limit=user.favorite_limit,
        per_page=user.per_page,
        is_banned=bool(user.is_banned),
        is_safe_mode=bool(user.enable_safe_mode),
    )


def decode_object(body: bytes) -> dict[str, Any]:
    """Return any JSON object, each value as far as it can be read.

    Raises NotJson, and SiteNonsense for JSON of another shape.
    """
    return _read_object(body, [])


def read_post(payload: bytes, *, signed_in: bool) -> Post:
    """Return one post read from its JSON, in either shape; what cannot be understood is said in its `problem`.

    Raises NoId when not even an id can be had, and Broken for what is no JSON.
    """
    problems: list[str] = []
    try:
        raw = msgspec.json.decode(payload, type=RawPost)
        shape = shape_of_whole(raw)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        shape = None
    if shape is None:
        fields = _read_fields(payload, problems)
        raw = read_struct(RawPost, fields, "", problems)
        if raw.id is None:
            raise NoId("; ".join(problems[:1]) or "no id")
        shape = shape_of_fields(fields, problems)
    elif raw.id is None:
        raise NoId("no id")
    return model_of(raw, shape, payload, problems, signed_in=signed_in)


def _read_without_secrets(payload: bytes, *, signed_in: bool) -> Post:
    """Return one post; where its files are shown through URLs that hold a secret, as if they held none."""
    post = read_post(payload, signed_in=signed_in)
    if b"auth=" in payload or any(url and "?" in url for url in (post.file_url, post.preview_url, post.sample_url)):
        return read_post(without_queries(payload), signed_in=signed_in)
    return post


class _Page(msgspec.Struct):
    posts: list[msgspec.Raw]


class _PostAnswer(msgspec.Struct):
    post: msgspec.Raw = msgspec.Raw()


class _User(msgspec.Struct):
    id: PostId | None = None
    name: str | None = None
    favorite_count: Integer | None = None
    favorite_limit: Integer | None = None
    per_page: Integer | None = None
    is_banned: bool | None = None
    enable_safe_mode: bool | None = None


def _read_object(body: bytes, problems: list[str]) -> dict[str, Any]:
    try:
        fields = _read_fields(body, problems)
    except Broken as exc:
        raise NotJson(str(exc)) from exc
    if not isinstance(fields, dict):
        raise SiteNonsense("The site answered with JSON of another shape: it is no object.")
    return fields


def _elements(body: bytes) -> list[bytes]:
    """Return the posts of a list, each as it came; one that no parser reads takes no other with it."""
    try:
        page: list[msgspec.Raw] | _Page = msgspec.json.decode(body, type=list[msgspec.Raw] | _Page)
    except msgspec.ValidationError as exc:
        raise _of_another_shape(exc) from exc
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as exc:
        try:
            if body.lstrip()[:1] != b"{":
                return elements_of(body)
            posts = members_of(body).get("posts")
            if posts is not None and posts[:1] == b"[":
                return elements_of(posts)
        except Broken:
            raise NotJson(str(exc)) from exc
        raise SiteNonsense("The site answered with JSON of another shape: there are no posts in it.") from exc
    return [bytes(element) for element in (page if isinstance(page, list) else page.posts)]


def _of_another_shape(exc: Exception) -> SiteNonsense:
    return SiteNonsense(f"The site answered with JSON of another shape: {clean(str(exc))}.")


def _read_fields(payload: bytes, problems: list[str]) -> Any:
    """Return a post as plain values; a field that no parser reads is left out, and said in `problems`."""
    try:
        return msgspec.json.decode(payload)
    except UnicodeDecodeError:
        problems.append("the text is not UTF-8")
        return _read_fields(payload.decode(errors="replace").encode(), problems)
    except (msgspec.DecodeError, RecursionError):
        if payload.lstrip()[:1] != b"{":
            return _read_field("it", payload, problems)
    return {name: _read_field(name, part, problems) for name, part in members_of(payload).items()}


def _read_field(name: str, text: bytes, problems: list[str]) -> Any:
    """Return a value; None where no parser reads it, which is said in `problems`. Raises Broken."""
    try:
        return msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        pass
    dropped: list[str] = []

    def number(digits: str) -> int | float | None:
        value = float(digits) if len(digits) < 400 else float("inf")
        if abs(value) == float("inf"):
            dropped.append(digits)
            return None
        return int(digits) if digits.lstrip("-").isdigit() else value

    def refuse(word: str) -> None:
        raise ValueError(f"{word} is no JSON")

    try:
        value = json.loads(text, parse_int=number, parse_float=number, parse_constant=refuse)
    except RecursionError:
        problems.append(clean(f"{name}: {_TOO_DEEP}"))
        return None
    except UnicodeDecodeError as exc:
        raise Broken(str(exc)) from exc
    except ValueError as exc:
        raise Broken(clean(str(exc))) from exc
    if dropped:
        problems.append(clean(f"{name}: a number is larger than any type holds"))
    return value
