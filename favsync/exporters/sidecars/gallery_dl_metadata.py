"""What gallery-dl writes beside a file with `--write-metadata`: the site's JSON of the post, with names of its own.

As of gallery-dl 1.32: `tags` is one list, and each category has one as `tags_CATEGORY`.
"""

import json
from typing import Final

from favsync.exporters.api import Post
from favsync.exporters.sidecars.post_json import payload_of

ENDING: Final = "json"


def sidecar(post: Post, page_url: str) -> bytes:  # noqa: ARG001 - every sidecar is given it
    """Return the JSON of a post: what the site said stays, but for its tags, and gallery-dl's names are added."""
    told = payload_of(post)
    columns = post.columns
    names = {
        "filename": columns["file_md5"],
        "extension": columns["file_ext"],
        "date": (columns["created_at"] or "")[:19].replace("T", " "),
        "tags": sorted(name for _, name in post.tags),
        "category": "e621",
        "subcategory": "favorite",
    }
    by_category: dict[str, list[str]] = {}
    if isinstance(told, dict) and isinstance(told.get("tags"), dict):
        by_category = {f"tags_{category}": [] for category in told["tags"]}
    for category, name in post.tags:
        by_category.setdefault(f"tags_{category}", []).append(name)
    told = {**(told if isinstance(told, dict) else {"id": columns["id"]}), **names, **by_category}
    return json.dumps(told, ensure_ascii=False, indent=4).encode() + b"\n"
