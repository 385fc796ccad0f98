"""The shapes in which the site returns posts, and which of them an answer has.

docs/site-api.md, "Two shapes of a post".
"""

import json
from collections.abc import Mapping
from typing import Literal

Layout = Literal["v1", "v2", "v2_basic", "thumbnail"]

ShapeSwitch = Literal["asked", "v2", "flipping", "mixed"]
"""`asked`: today's shape unless `v2=true` asks for the other. `v2`: the other, whatever is asked for. `flipping`: the
one and the other in turn, from answer to answer. `mixed`: both within one list, which is bare and wrapped in turn."""

_FAVORITED = "\0is_favorited\0"
_SECOND = (
    *("id", "created_at", "updated_at", "change_seq", "files", "uploader_id", "uploader_name", "approver_id", "stats"),
    *("flags", "has", "relationships", "pools", "rating", "locked_tags", "sources", "description", "tags"),
)
"""The fields of the second shape in their order; after them comes whatever else an edit has added."""


class Layouts:
    """Chooses the layout of each answer, and of each post in it."""

    def __init__(self) -> None:
        self._turn = 0

    def of_list(
        self, query: Mapping[str, str], switch: ShapeSwitch, forced_mode: str | None
    ) -> tuple[bool, list[Layout]]:
        """Whether a list is bare, and the layouts that its posts have in turn."""
        mode = query.get("mode") if forced_mode is None else forced_mode
        new: Layout = "v2" if mode == "extended" else "thumbnail" if mode in ("thumbnail", "thumbnails") else "v2_basic"
        if switch == "asked":
            is_new = query.get("v2") == "true"
            return is_new, [new if is_new else "v1"]
        if switch == "v2":
            return True, [new]
        self._turn += 1
        is_new = self._turn % 2 == 1
        if switch == "flipping":
            return is_new, [new if is_new else "v1"]
        return is_new, [new, "v1"] if self._turn % 3 else ["v1", new, new]


def laid_out(fields: Mapping[str, object], layout: Layout) -> tuple[bytes, bytes]:
    """A post's JSON in two halves; between them belongs `true` or `false`, for `is_favorited`.

    `fields` are those of today's shape, without `is_favorited`, whatever an edit has made of them.
    """
    if layout == "v1":
        names = list(fields)
        seam = names.index("comment_count") + 1 if "comment_count" in fields else 1
        reported = {name: fields[name] for name in names[:seam]}
        reported["is_favorited"] = _FAVORITED
        reported |= {name: fields[name] for name in names[seam:]}
    elif layout == "thumbnail":
        reported = _thumbnail(fields)
    else:
        reported = _second(fields, by_category=layout == "v2")
    text = json.dumps(reported, ensure_ascii=False, separators=(",", ":"))
    before, _, after = text.encode("utf-8", "surrogatepass").partition(json.dumps(_FAVORITED).encode())
    return before, after


def _second(fields: Mapping[str, object], *, by_category: bool) -> dict[str, object]:
    rest = dict(fields)
    file, preview, sample, relations = (_taken(rest, name) for name in ("file", "preview", "sample", "relationships"))
    has_sample = sample.get("has")
    original = file.get("url")
    files: dict[str, object] = {
        "meta": {
            **{name: file.get(name) for name in ("md5", "ext", "size")},
            "duration": rest.pop("duration", None),
            "has_sample": has_sample,
        },
        "original": {name: file.get(name) for name in ("width", "height", "url")},
        "preview": {**_sized(preview), "jpg": preview.get("url"), "webp": preview.get("alt")},
        # Where there is no sample, the original stands in its place.
        "sample": {
            **_sized(sample),
            "jpg": sample.get("url") if has_sample else original,
            "webp": sample.get("alt") if has_sample else original,
        },
    }
    if file.get("ext") in ("webm", "mp4"):
        files["video"] = sample.get("alternates")
    stats = {
        "score": rest.pop("score", None),
        "fav_count": rest.pop("fav_count", None),
        "is_favorited": _FAVORITED,
        "vote": rest.pop("vote", 0),
        "comment_count": rest.pop("comment_count", None),
        "hotness": 4016.99,
    }
    has = {
        "parent": relations.get("parent_id") is not None,
        "children": relations.get("has_children"),
        "active_children": relations.get("has_active_children"),
        "notes": rest.pop("has_notes", False),
        "sample": has_sample,
    }
    own = {
        "files": files,
        "stats": stats,
        "has": has,
        "relationships": {"parent_id": relations.get("parent_id"), "children": relations.get("children")},
    }
    tags = rest.get("tags")
    reported = {name: own[name] if name in own else rest.pop(name) for name in _SECOND if name in own or name in rest}
    if not by_category and isinstance(tags, dict):
        reported["tags"] = _flat(tags)
    return reported | rest


def _thumbnail(fields: Mapping[str, object]) -> dict[str, object]:
    rest = dict(fields)
    file, preview, sample, flags = (_taken(rest, name) for name in ("file", "preview", "sample", "flags"))
    score, tags, pools = _taken(rest, "score"), fields.get("tags"), fields.get("pools")
    return {
        "id": fields.get("id"),
        "created_at": fields.get("created_at"),
        "md5": file.get("md5"),
        "file_ext": file.get("ext"),
        "width": file.get("width"),
        "height": file.get("height"),
        "size": file.get("size"),
        "preview_url": preview.get("url"),
        "preview_webp": preview.get("alt"),
        "sample_url": sample.get("url") if sample.get("has") else file.get("url"),
        "file_url": file.get("url"),
        "preview_width": preview.get("width"),
        "preview_height": preview.get("height"),
        "uploader_id": fields.get("uploader_id"),
        "uploader": fields.get("uploader_name"),
        "score": score.get("total"),
        "fav_count": fields.get("fav_count"),
        "is_favorited": _FAVORITED,
        "vote": fields.get("vote", 0),
        "comment_count": fields.get("comment_count"),
        "flags": " ".join(name for name in ("pending", "flagged", "deleted") if flags.get(name)),
        "pools": " ".join(map(str, pools)) if isinstance(pools, list) else "",
        "rating": fields.get("rating"),
        "tags": " ".join(_flat(tags)) if isinstance(tags, dict) else "",
    }


def _taken(fields: dict[str, object], name: str) -> dict[str, object]:
    """A field that is an object, taken out; what an edit made of it stands under its old name where it is none."""
    value = fields.get(name)
    if not isinstance(value, dict):
        return {}
    del fields[name]
    return value


def _sized(image: Mapping[str, object]) -> dict[str, object]:
    return {name: image.get(name) for name in ("width", "height")}


def _flat(tags: Mapping[str, object]) -> list[str]:
    return sorted(str(name) for names in tags.values() if isinstance(names, list) for name in names)
