"""A post as JSON, for Hydrus and for scripts: its tags with namespaces, its URLs, and what the site said of it."""

import json
from typing import Any, Final

from favsync.exporters.api import Post
from favsync.exporters.sidecars.hydrus import namespaced_tags

ENDING: Final = "json"


def sidecar(post: Post, page_url: str) -> bytes:
    """Return the JSON of a post. `post` in it is the site's own; null where nothing was kept of it."""
    told: dict[str, Any] = {
        "tags": namespaced_tags(post),
        "urls": [page_url, *(source for source in post.sources if source.startswith(("http://", "https://")))],
        "created_at": post.columns["created_at"],
        "description": post.columns["description"],
        "post": payload_of(post),
    }
    return json.dumps(told, ensure_ascii=False, indent=2).encode() + b"\n"


def payload_of(post: Post) -> Any:
    """The JSON of a post as the site sent it; None where there is none that can be read."""
    try:
        return None if post.payload is None else json.loads(post.payload)
    except (ValueError, RecursionError):
        return None
