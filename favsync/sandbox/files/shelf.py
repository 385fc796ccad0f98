"""Finds what lies at a path of the file host (docs/site-api.md, "Files")."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import NamedTuple

from favsync.sandbox.files.content import CONTENT_TYPES
from favsync.sandbox.posts import FILE_KEY, VIDEO, SandboxPost, has_sample
from favsync.sandbox.world import World

_PATH = re.compile(
    r"/data/(?P<deleted>deleted/)?(?P<folder>preview/|sample/)?(?P<a>..)/(?P<b>..)/"
    r"(?P<md5>(?P=a)(?P=b)[0-9a-f]{28})(?P<scale>_480p|_720p)?\.(?P<ext>[a-z0-9]+)"
)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file of the host."""

    content: bytes
    content_type: str
    modified: int
    """Seconds since 1970."""
    etag: str


class _Version(NamedTuple):
    """What makes a post's file another, so that its md5 need not be computed for every request."""

    number: int
    ext: str | None
    size: int | None

    @classmethod
    def of(cls, post: SandboxPost) -> "_Version":
        return cls(post.file_version, post.file_ext, post.file_size)


class Shelf:
    """All files of a world, found by the md5 in their paths."""

    def __init__(self, world: World) -> None:
        self._world = world
        self._places: dict[str, tuple[int, _Version]] = {}
        """Md5 -> the post that has or had this file, and which of its files it is."""
        self._versions: dict[int, _Version] = {}
        """Post id -> the newest of its files that is among the md5s."""

    def find(self, path: str, query: Mapping[str, str]) -> StoredFile | int:
        """The file at this path, or the status that is answered instead."""
        asked, post = _PATH.fullmatch(path), self.post_at(path)
        if asked is None or post is None or not _has(post, asked["folder"], asked["scale"], asked["ext"]):
            return 404
        if asked["deleted"] and "&".join(f"{name}={value}" for name, value in query.items()) != FILE_KEY:
            return 403
        if post.deleted and not asked["deleted"]:
            return self._world.deleted_files_answer
        if asked["deleted"] and not post.deleted:
            return 404
        content = post.content(asked["ext"], f"{asked['folder'] or ''}{asked['scale'] or ''}")
        modified = (post.created if post.file_since is None else post.file_since) // 1_000_000
        # The tag is made of time and size, as usual web servers make it.
        return StoredFile(content, CONTENT_TYPES[asked["ext"]], modified, f'"{modified:x}-{len(content):x}"')

    def post_at(self, path: str) -> SandboxPost | None:
        """The post whose file this is, or was made from."""
        asked = _PATH.fullmatch(path)
        if asked is None:
            return None
        posts = self._world.posts
        if asked["md5"] not in self._places:
            for one in posts.values():
                if self._versions.get(one.id) != (version := _Version.of(one)):
                    self._versions[one.id] = version
                    self._places[one.original.md5] = one.id, version
        place = self._places.get(asked["md5"])
        post = posts.get(place[0]) if place else None
        return post if post is not None and place == (post.id, _Version.of(post)) else None


def _has(post: SandboxPost, folder: str | None, scale: str | None, ext: str) -> bool:
    """Whether the post has a file of that kind, its deletion aside."""
    if folder is None:
        return scale is None and ext == post.ext
    if scale is not None:
        return folder == "sample/" and ext == "mp4" and post.ext in VIDEO
    return ext in ("jpg", "webp") and (folder == "preview/" or has_sample(post.ext, post.invention))
