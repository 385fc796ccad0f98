"""One post of the sandbox, and its JSON (docs/site-api.md, "Fields of a post")."""

import hashlib
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, Literal

from favsync.sandbox.files.content import content
from favsync.sandbox.invention import Invention, invented, invented_ext
from favsync.sandbox.layouts import Layout, laid_out

Generation = Literal["documented", "current"]
"""Which of the two generations a world follows (docs/site-api.md, "How to read this page")."""

View = Literal["open", "veiled", "staff"]
"""Who looks: anybody, somebody from whom the file is hidden, or staff, who see the files of deleted posts too."""

FILE_KEY = "auth=invented&expires=1795418742"
"""What leads staff to the file of a deleted post."""
VIDEO = frozenset({"webm", "mp4"})
_SUMMER, _WINTER = timezone(timedelta(hours=-4)), timezone(timedelta(hours=-5))


def site_time(microseconds: int) -> str:
    """Microseconds since 1970 as the site writes them: with milliseconds and an offset.

    docs/site-api.md, "Times and ETags".
    """
    moment = datetime.fromtimestamp(microseconds / 1_000_000, UTC)
    return moment.astimezone(_SUMMER if 4 <= moment.month <= 10 else _WINTER).isoformat(timespec="milliseconds")


@dataclass(frozen=True, slots=True)
class Original:
    """The file that a post has."""

    md5: str
    ext: str
    size: int
    """Bytes."""


@dataclass(slots=True)
class SandboxPost:
    """What can change about one post. Times are microseconds since 1970; the rest is invented when it is asked for."""

    id: int
    seed: int
    tags_per_post: int
    change_seq: int
    created: int
    updated: int
    fav_count: int = 0
    parent_id: int | None = None
    children: tuple[int, ...] = ()
    has_active_children: bool = False
    deleted: bool = False
    pending: bool = False
    hidden_from_anonymous: bool = False
    approver_id: int | None = None
    file_version: int = 0
    """How often the file was replaced."""
    file_since: int | None = None
    """When it was; None: never."""
    file_ext: str | None = None
    """None: as invented."""
    file_size: int | None = None
    """Bytes that the file shall have at least; None: as few as it needs."""
    edits: dict[str, object] = field(default_factory=dict)
    """Top-level fields that replace the invented ones, as they are given."""
    omitted: frozenset[str] = frozenset()
    """Top-level fields that the post's JSON lacks."""

    @property
    def invention(self) -> Invention:
        """What the post said before anyone edited it."""
        return invented(self.seed, self.id, self.tags_per_post)

    @property
    def md5(self) -> object:
        """The MD5 of its file, or whatever an edit made of it."""
        file = self.edits.get("file", {})
        return file.get("md5") if isinstance(file, dict) and file else self.original.md5

    @property
    def ext(self) -> str:
        """The extension of its file."""
        return self.file_ext or invented_ext(self.seed, self.id)

    @property
    def original(self) -> Original:
        """The file that the host has of this post, whatever an edit says of it."""
        ext = self.ext
        held = self.content(ext)
        return Original(hashlib.md5(held, usedforsecurity=False).hexdigest(), ext, len(held))

    def content(self, ext: str, derived: str = "") -> bytes:
        """The bytes of the file, or of the preview or sample that is `derived` from it."""
        comment = f"favsync sandbox {self.seed}/{self.id}/{self.file_version} {derived}"
        return content(ext, comment, None if derived else self.file_size)

    @property
    def rating(self) -> object:
        """`s`, `q` or `e`, or whatever an edit made of it."""
        return self.edits.get("rating", self.invention.rating)

    @property
    def tags(self) -> object:
        """Category -> names, or whatever an edit made of it."""
        return self.edits.get("tags", self.invention.tags)


def has_sample(ext: str, reported: Invention) -> bool:
    """Whether there is something smaller to look at, beside the preview."""
    return ext in VIDEO or (ext != "gif" and min(reported.width, reported.height) > 850)


def rendered(
    post: SandboxPost, generation: Generation, view: View, layout: Layout, files_url: str
) -> tuple[bytes, bytes]:
    """The post's JSON in two halves: what stands between them is `true` or `false`, for `is_favorited`."""
    reported = post.invention
    fields = _fields(post, reported, post.original, view, files_url)
    if generation == "documented":
        for name in ("uploader_name", "vote"):
            del fields[name]
        fields["preview"] = {name: value for name, value in fields["preview"].items() if name != "alt"}
        fields["sample"] = {name: value for name, value in fields["sample"].items() if name != "alt"}
        fields["tags"] = {name: value for name, value in fields["tags"].items() if name != "contributor"}
    fields.update(post.edits)
    for name in post.omitted:
        fields.pop(name, None)
    return laid_out(fields, layout)


def _fields(post: SandboxPost, reported: Invention, file: Original, view: View, files_url: str) -> dict[str, Any]:
    return {
        "id": post.id,
        "created_at": site_time(post.created),
        "updated_at": site_time(post.updated),
        **_media(post, reported, file, view, files_url),
        "score": {"up": reported.up, "down": reported.down, "total": reported.up + reported.down},
        "tags": reported.tags,
        "locked_tags": [],
        "change_seq": post.change_seq,
        "flags": {
            "pending": post.pending,
            "flagged": False,
            "note_locked": False,
            "status_locked": False,
            "rating_locked": False,
            "deleted": post.deleted,
        },
        "rating": reported.rating,
        "fav_count": post.fav_count,
        "sources": reported.sources,
        "pools": reported.pools,
        "relationships": {
            "parent_id": post.parent_id,
            "has_children": bool(post.children),
            "has_active_children": post.has_active_children,
            "children": list(post.children),
        },
        "approver_id": post.approver_id,
        "uploader_id": 1000 + reported.uploader,
        "uploader_name": f"uploader_{reported.uploader}",
        "description": reported.description,
        "comment_count": reported.comments,
        "vote": 0,
        "has_notes": False,
        "duration": 60.0 if file.ext in VIDEO else None,
    }


def _media(post: SandboxPost, reported: Invention, file: Original, view: View, files_url: str) -> dict[str, object]:
    """`file`, `preview` and `sample`, without URLs where the file is hidden from who looks."""
    where = f"{file.md5[:2]}/{file.md5[2:4]}/{file.md5}"
    base, key = (f"{files_url}/data/deleted", f"?{FILE_KEY}") if post.deleted else (f"{files_url}/data", "")
    shown = view == "staff" or (view == "open" and not post.deleted)

    def url(folder: str, ext: str) -> str | None:
        return f"{base}/{folder}{where}{ext}{key}" if shown else None

    is_reduced = has_sample(file.ext, reported)
    sample_width, sample_height = _fitted(reported, 850) if is_reduced else (reported.width, reported.height)
    preview_width, preview_height = _fitted(reported, 256)
    alternates: dict[str, object] = {}
    if file.ext in VIDEO and shown:
        original, small = url("", f".{file.ext}"), url("sample/", "_480p.mp4")
        size = {"width": reported.width, "height": reported.height}
        small_size = len(post.content("mp4", "_480p"))
        alternates = {
            "has": True,
            "original": {"fps": 30.0, "codec": "vp9", "size": file.size, **size, "url": original},
            "variants": {"mp4": {"codec": "avc1.4D401E", "fps": 30.0, "size": small_size, **size, "url": small}},
            "samples": {"480p": {"fps": 30.0, "size": small_size, "codec": "h264", **size, "url": small}},
        }
    return {
        "file": {
            "width": reported.width,
            "height": reported.height,
            "ext": file.ext,
            "size": file.size,
            "md5": file.md5,
            "url": url("", f".{file.ext}"),
        },
        "preview": {
            "width": preview_width,
            "height": preview_height,
            "url": url("preview/", ".jpg"),
            "alt": url("preview/", ".webp"),
        },
        "sample": {
            "has": is_reduced,
            "width": sample_width,
            "height": sample_height,
            "url": url("sample/", ".jpg") if is_reduced else None,
            "alt": url("sample/", ".webp") if is_reduced else None,
            "alternates": alternates,
        },
    }


def _fitted(reported: Invention, side: int) -> tuple[int, int]:
    """Width and height in pixels when the shorter side is `side`."""
    if reported.width < reported.height:
        return side, reported.height * side // reported.width
    return reported.width * side // reported.height, side
