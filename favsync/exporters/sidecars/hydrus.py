"""Tags as Hydrus imports them from `NAME.EXT.txt`: one a line, with its namespace."""

from typing import Final

from favsync.exporters.api import Post
from favsync.model import RATINGS

ENDING: Final = "txt"

_NAMESPACES: Final = {
    "artist": "creator:",
    "contributor": "contributor:",
    "copyright": "series:",
    "character": "character:",
    "species": "species:",
    "meta": "meta:",
    "lore": "lore:",
}


def namespaced_tags(post: Post) -> list[str]:
    """The tags of a post as Hydrus writes them: with namespaces, and spaces for underscores. Its rating is one."""
    rating = post.columns["rating"]
    tags = [_NAMESPACES.get(category, "") + name.replace("_", " ") for category, name in post.tags]
    return [*tags, *([f"rating:{RATINGS.get(rating, rating)}"] if rating else [])]


def sidecar(post: Post, page_url: str) -> bytes:  # noqa: ARG001 - every sidecar is given it
    """Return the text of a post."""
    return "".join(f"{tag}\n" for tag in namespaced_tags(post)).encode()
