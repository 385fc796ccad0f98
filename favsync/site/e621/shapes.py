"""The shapes in which the site tells of a post, and what each says in the words of the model.

docs/site-api.md, "Two shapes of a post". `v1` is the one that sites have today; `v2` is announced as the next. Which of
the two comes is told by the post itself, so that it may change from one answer to the next, and within one. A shape
that is neither says nothing: only the id is taken from it, for the place in the list.
"""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, Final

import msgspec

from favsync.model import Post, Shape
from favsync.site_text import clean
from favsync.timestamps import parsed

Integer = Annotated[int, msgspec.Meta(ge=-(2**63), le=2**63 - 1)]
PostId = Annotated[int, msgspec.Meta(ge=1, le=2**63 - 1)]
Seconds = Annotated[float, msgspec.Meta(ge=0)]
"""Not negative, and no NaN."""

NO_SHAPE: Final = "favsync does not know its shape"
_MOST_PROBLEMS: Final = 5

_GROUPS: Final = {
    Shape.V1: ("file", "score", "tags", "flags", "relationships"),
    Shape.V2: ("files", "stats", "tags", "flags", "relationships"),
}
"""What every post has in that shape. Where one is missing, it is not that the post has none: it was not told."""

_MARKS_V2: Final = frozenset({"files", "stats", "has"})
_MARKS_V1: Final = frozenset(
    {"file", "preview", "sample", "score", "tags", "flags", "relationships", "rating", "sources"}
)
_MARKS_THUMBNAIL: Final = frozenset({"md5", "file_ext", "file_url", "preview_url", "sample_url"})
"""Of the flat post of `mode=thumbnail`, some of whose fields are called as in the first shape."""


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
    has_children: bool | None = None


class _Has(msgspec.Struct, gc=False):
    children: bool | None = None


class _Meta(msgspec.Struct, gc=False):
    md5: str | None = None
    ext: str | None = None
    size: Integer | None = None
    duration: Seconds | None = None
    has_sample: bool | None = None


class _Original(msgspec.Struct, gc=False):
    width: Integer | None = None
    height: Integer | None = None
    url: str | None = None


class _Pair(msgspec.Struct, gc=False):
    jpg: str | None = None


class _Files(msgspec.Struct, gc=False):
    meta: _Meta | None = None
    original: _Original | None = None
    preview: _Pair | None = None
    sample: _Pair | None = None


class _Stats(msgspec.Struct, gc=False):
    score: _Score | None = None
    fav_count: Integer | None = None
    is_favorited: bool | None = None
    comment_count: Integer | None = None


class RawPost(msgspec.Struct, gc=False):
    """A post in either shape: the fields that both have, then those of the first, then those of the second."""

    id: PostId | None = None
    created_at: str | None = None
    updated_at: str | None = None
    tags: dict[str, list[str]] | None = None
    flags: _Flags | None = None
    rating: str | None = None
    sources: list[str] | str | None = None
    pools: list[Integer] | None = None
    relationships: _Relationships | None = None
    approver_id: Integer | None = None
    uploader_id: Integer | None = None
    uploader_name: str | None = None
    description: str | None = None
    change_seq: Integer | None = None

    file: _File | None = None
    preview: _Image | None = None
    sample: _Image | None = None
    score: _Score | None = None
    fav_count: Integer | None = None
    comment_count: Integer | None = None
    is_favorited: bool | None = None
    duration: Seconds | None = None

    files: _Files | None = None
    stats: _Stats | None = None
    has: _Has | None = None


_NO_FILE, _NO_IMAGE, _NO_SCORE, _NO_FLAGS, _NO_RELATIONS = _File(), _Image(), _Score(), _Flags(), _Relationships()
_NO_FILES, _NO_META, _NO_ORIGINAL, _NO_PAIR, _NO_STATS = _Files(), _Meta(), _Original(), _Pair(), _Stats()


def shape_of_whole(raw: RawPost) -> Shape | None:
    """Return the shape of a post that was read in full and lacks nothing; None: it has to be looked at."""
    if raw.tags is None or raw.flags is None or raw.relationships is None:
        return None
    if raw.files is None and raw.stats is None:
        return Shape.V1 if raw.file is not None and raw.score is not None else None
    if raw.file is None and raw.score is None:
        return Shape.V2 if raw.files is not None and raw.stats is not None else None
    return None


def shape_of_fields(fields: Mapping[str, Any], problems: list[str]) -> Shape:
    """Return the shape of a post by its fields, and add what it lacks to `problems`."""
    names = fields.keys()
    if "file" in names and "score" in names:
        shape = Shape.V1
    elif names & _MARKS_V2:
        shape = Shape.V2
    elif names & _MARKS_THUMBNAIL or not names & _MARKS_V1:
        shape = Shape.OTHER
    else:
        shape = Shape.V1
    for group in _GROUPS.get(shape, ()):
        if fields.get(group) is None and not any(problem.startswith(f"{group}: ") for problem in problems):
            problems.append(f"{group}: missing")
    if shape is Shape.OTHER:
        problems[:] = [NO_SHAPE]
    return Shape.V2_BASIC if shape is Shape.V2 and isinstance(fields.get("tags"), list | str) else shape


def model_of(raw: RawPost, shape: Shape, payload: bytes, problems: list[str], *, signed_in: bool) -> Post:
    """Return the post of the model; `raw` must have an id. What cannot be understood is added to `problems`."""
    post_id = raw.id or 0
    if shape is Shape.OTHER:
        return Post(post_id, payload, shape=shape, problem=_reported(problems))
    reported = _of_v1(raw) if shape is Shape.V1 else _of_v2(raw)
    flags, relations = raw.flags or _NO_FLAGS, raw.relationships or _NO_RELATIONS
    is_favorited = reported.pop("is_favorited")
    created_at, updated_at = (None if text is None else parsed(text) for text in (raw.created_at, raw.updated_at))
    for name, text, moment in (("created_at", raw.created_at, created_at), ("updated_at", raw.updated_at, updated_at)):
        if text is not None and moment is None:
            problems.append(f"{name}: expected a time with an offset, got '{clean(text)}'")
    # One old document shows a string; where there were several, each stood on a line.
    sources = raw.sources.splitlines() if isinstance(raw.sources, str) else raw.sources or ()
    return Post(
        id=post_id,
        payload=payload,
        shape=shape,
        created_at=created_at,
        updated_at=updated_at,
        rating=raw.rating,
        description=raw.description,
        uploader_id=raw.uploader_id,
        uploader_name=raw.uploader_name,
        approver_id=raw.approver_id,
        parent_id=relations.parent_id,
        change_seq=raw.change_seq,
        is_deleted=bool(flags.deleted),
        is_pending=bool(flags.pending),
        is_flagged=bool(flags.flagged),
        is_favorited=is_favorited if signed_in else None,
        tags=tuple((category, tuple(names)) for category, names in raw.tags.items()) if raw.tags else (),
        sources=tuple(line for line in sources if line),
        pools=tuple(raw.pools) if raw.pools else (),
        problem=_reported(problems),
        **reported,
    )


def _of_v1(raw: RawPost) -> dict[str, Any]:
    file, score = raw.file or _NO_FILE, raw.score or _NO_SCORE
    return {
        "score": score.total,
        "score_up": score.up,
        "score_down": score.down,
        "fav_count": raw.fav_count,
        "comment_count": raw.comment_count,
        "is_favorited": raw.is_favorited,
        "file_ext": file.ext,
        "file_size": file.size,
        "file_md5": file.md5,
        "file_url": file.url,
        "preview_url": (raw.preview or _NO_IMAGE).url,
        "sample_url": (raw.sample or _NO_IMAGE).url,
        "width": file.width,
        "height": file.height,
        "duration": raw.duration,
        "has_children": (raw.relationships or _NO_RELATIONS).has_children,
    }


def _of_v2(raw: RawPost) -> dict[str, Any]:
    files, stats = raw.files or _NO_FILES, raw.stats or _NO_STATS
    meta, original, score = files.meta or _NO_META, files.original or _NO_ORIGINAL, stats.score or _NO_SCORE
    # Where there is no sample, this shape names the original in its place, and the other names nothing.
    sample = files.sample if meta.has_sample is not False else None
    return {
        "score": score.total,
        "score_up": score.up,
        "score_down": score.down,
        "fav_count": stats.fav_count,
        "comment_count": stats.comment_count,
        "is_favorited": stats.is_favorited,
        "file_ext": meta.ext,
        "file_size": meta.size,
        "file_md5": meta.md5,
        "file_url": original.url,
        "preview_url": (files.preview or _NO_PAIR).jpg,
        "sample_url": (sample or _NO_PAIR).jpg,
        "width": original.width,
        "height": original.height,
        "duration": meta.duration,
        "has_children": raw.has.children if raw.has else (raw.relationships or _NO_RELATIONS).has_children,
    }


def _reported(problems: Sequence[str]) -> str | None:
    if not problems:
        return None
    more = len(problems) - _MOST_PROBLEMS
    return "; ".join(problems[:_MOST_PROBLEMS]) + (f"; and {more} more" if more > 0 else "")
