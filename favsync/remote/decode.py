"""JSON from the site becomes the model (contract sections 5 and 7).

A page is taken apart without being read, so that each post's payload is byte for byte what came. Then each post is
read: all at once where it is as expected, field by field where it is not.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated, Any, TypeVar

import msgspec

from favsync.errors import SiteNonsense
from favsync.remote.lenient import read_struct
from favsync.site_text import clean
from favsync.sync.model import PAGE_LIMIT, Post, SiteUser

T = TypeVar("T")

Integer = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
PostId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]
"""Not negative, and no NaN."""

SELF_ONLY_FIELDS = frozenset(
    {"favorite_limit", "per_page", "enable_privacy_mode", "enable_safe_mode", "blacklisted_tags"}
)
"""Fields of a user that the site shows to that user alone, moderators excluded (contract section 5)."""

_MOST_PROBLEMS = 5


class NotJson(Exception):
    """A body that is not JSON at all: a web page, or a body cut off."""


class NoId(Exception):
    """An element of a list of posts from which not even an id can be had."""


@dataclass(frozen=True, slots=True)
class PostPage:
    """What one request told about posts, in the order of the answer."""

    posts: tuple[Post, ...]
    unreadable: tuple[str, ...] = ()
    """Elements from which not even an id could be had, in words, with their position (the first is 1)."""


def decode_page(body: bytes, *, signed_in: bool) -> PostPage:
    """Return the posts of a `{"posts": […]}` answer.

    Without a login (`signed_in` False) the site says `is_favorited: false` of every post; that is no word about
    anybody and is left out. Raises NotJson, and SiteNonsense for JSON of another shape.
    """
    elements = _decoded(body, _Page).posts
    if len(elements) > PAGE_LIMIT:
        raise SiteNonsense(
            f"The site answered with {len(elements)} posts at once; {PAGE_LIMIT} is the most there can be."
        )
    posts: list[Post] = []
    unreadable: list[str] = []
    for place, element in enumerate(elements, start=1):
        try:
            posts.append(read_post(bytes(element), signed_in=signed_in))
        except NoId as exc:
            unreadable.append(f"element {place}: {exc}")
    return PostPage(tuple(posts), tuple(unreadable))


def decode_post(body: bytes, *, signed_in: bool) -> Post:
    """Return the post of a `{"post": {…}}` answer. Raises as `decode_page` does."""
    try:
        return read_post(bytes(_decoded(body, _PostAnswer).post), signed_in=signed_in)
    except NoId as exc:
        raise SiteNonsense(f"The site answered with something that is no post: {exc}.") from exc


def decode_user(body: bytes, *, signed_in: bool) -> SiteUser | None:
    """Return the user of an answer, None when it is about nobody (the anonymous user has no id).

    Raises NotJson, and SiteNonsense for JSON of another shape.
    """
    fields = _decoded(body, dict[str, Any])
    problems: list[str] = []
    user = read_struct(_User, fields, "", problems)
    if "id" in fields and fields["id"] is None:
        return None
    if user.id is None or not user.name:
        raise SiteNonsense(
            f"The site answered with something that is no user: {'; '.join(problems) or 'no id or name'}."
        )
    return SiteUser(
        id=user.id,
        name=user.name,
        favorite_count=user.favorite_count,
        is_self=signed_in and not SELF_ONLY_FIELDS.isdisjoint(fields),
        favorite_limit=user.favorite_limit,
        per_page=user.per_page,
        is_banned=bool(user.is_banned),
    )


def decode_object(body: bytes) -> dict[str, Any]:
    """Return any JSON object. Raises NotJson, and SiteNonsense for JSON of another shape."""
    return _decoded(body, dict[str, Any])


def read_post(payload: bytes, *, signed_in: bool) -> Post:
    """Return one post read from its JSON; what cannot be understood is said in its `problem`.

    Raises NoId when not even an id can be had.
    """
    problems: list[str] = []
    try:
        raw = msgspec.json.decode(payload, type=_Post)
    except (msgspec.DecodeError, UnicodeDecodeError):
        raw = _read_leniently(payload, problems)
    if raw.id is None:
        raise NoId("; ".join(problems[:1]) or "no id")
    return _model(raw, raw.id, payload, problems, signed_in=signed_in)


class _Page(msgspec.Struct):
    posts: list[msgspec.Raw]


class _PostAnswer(msgspec.Struct):
    post: msgspec.Raw


class _User(msgspec.Struct):
    id: PostId | None = None
    name: str | None = None
    favorite_count: Integer | None = None
    favorite_limit: Integer | None = None
    per_page: Integer | None = None
    is_banned: bool | None = None


class _File(msgspec.Struct, gc=False):
    width: Integer | None = None
    height: Integer | None = None
    ext: str | None = None
    size: Integer | None = None
    md5: str | None = None
    url: str | None = None


class _Image(msgspec.Struct, gc=False):
    url: str | None = None


class _Score(msgspec.Struct, gc=False):
    up: Integer | None = None
    down: Integer | None = None
    total: Integer | None = None


class _Flags(msgspec.Struct, gc=False):
    pending: bool | None = None
    flagged: bool | None = None
    deleted: bool | None = None


class _Relationships(msgspec.Struct, gc=False):
    parent_id: Integer | None = None


class _Post(msgspec.Struct, gc=False):
    id: PostId | None = None
    created_at: str | None = None
    updated_at: str | None = None
    file: _File | None = None
    preview: _Image | None = None
    sample: _Image | None = None
    score: _Score | None = None
    tags: dict[str, list[str]] | None = None
    flags: _Flags | None = None
    rating: str | None = None
    fav_count: Integer | None = None
    sources: list[str] | str | None = None
    pools: list[Integer] | None = None
    relationships: _Relationships | None = None
    approver_id: Integer | None = None
    uploader_id: Integer | None = None
    uploader_name: str | None = None
    description: str | None = None
    comment_count: Integer | None = None
    change_seq: Integer | None = None
    is_favorited: bool | None = None
    duration: Seconds | None = None


_NO_FILE, _NO_IMAGE, _NO_SCORE, _NO_FLAGS, _NO_RELATIONS = _File(), _Image(), _Score(), _Flags(), _Relationships()


def _decoded(body: bytes, kind: type[T]) -> T:
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as exc:
        raise SiteNonsense(f"The site answered with JSON of another shape: {clean(str(exc))}.") from exc
    except RecursionError as exc:
        raise SiteNonsense("The site answered with JSON nested deeper than anything it tells.") from exc
    except (msgspec.DecodeError, UnicodeDecodeError) as exc:
        raise NotJson(str(exc)) from exc


def _read_leniently(payload: bytes, problems: list[str]) -> _Post:
    try:
        value = msgspec.json.decode(payload)
    except UnicodeDecodeError:
        problems.append("the text is not UTF-8")
        return _read_leniently(payload.decode(errors="replace").encode(), problems)
    except msgspec.DecodeError:
        problems.append("a number is larger than any type holds")  # and is left out, with every broken number beside it
        value = json.loads(payload, parse_float=lambda _: None, parse_int=lambda n: int(n) if len(n) < 20 else None)
    return read_struct(_Post, value, "", problems)


def _model(raw: _Post, post_id: int, payload: bytes, problems: list[str], *, signed_in: bool) -> Post:
    file, score, flags = raw.file or _NO_FILE, raw.score or _NO_SCORE, raw.flags or _NO_FLAGS
    return Post(
        id=post_id,
        payload=payload,
        created_at=_utc(raw.created_at, "created_at", problems),
        updated_at=_utc(raw.updated_at, "updated_at", problems),
        rating=raw.rating,
        score=score.total,
        score_up=score.up,
        score_down=score.down,
        fav_count=raw.fav_count,
        comment_count=raw.comment_count,
        file_ext=file.ext,
        file_size=file.size,
        file_md5=file.md5,
        file_url=file.url,
        preview_url=(raw.preview or _NO_IMAGE).url,
        sample_url=(raw.sample or _NO_IMAGE).url,
        width=file.width,
        height=file.height,
        duration=raw.duration,
        description=raw.description,
        uploader_id=raw.uploader_id,
        uploader_name=raw.uploader_name,
        approver_id=raw.approver_id,
        parent_id=(raw.relationships or _NO_RELATIONS).parent_id,
        change_seq=raw.change_seq,
        is_deleted=bool(flags.deleted),
        is_pending=bool(flags.pending),
        is_flagged=bool(flags.flagged),
        is_favorited=raw.is_favorited if signed_in else None,
        tags=tuple((category, tuple(names)) for category, names in raw.tags.items()) if raw.tags else (),
        sources=_sources(raw.sources),
        pools=tuple(raw.pools) if raw.pools else (),
        problem=_told(problems),
    )


def _utc(text: str | None, field: str, problems: list[str]) -> str | None:
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
        if moment.tzinfo is not None:
            return moment.astimezone(UTC).isoformat(timespec="milliseconds").removesuffix("+00:00") + "Z"
    except (ValueError, OverflowError):
        pass
    problems.append(f"{field}: expected a time with an offset, got '{clean(text)}'")
    return None


def _sources(raw: list[str] | str | None) -> tuple[str, ...]:
    # One old document shows a string; where there were several, each stood on a line.
    lines = raw.splitlines() if isinstance(raw, str) else raw or ()
    return tuple(line for line in lines if line)


def _told(problems: Sequence[str]) -> str | None:
    if not problems:
        return None
    more = len(problems) - _MOST_PROBLEMS
    return "; ".join(problems[:_MOST_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")
