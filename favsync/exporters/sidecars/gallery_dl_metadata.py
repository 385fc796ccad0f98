"""What gallery-dl writes beside a file with `--write-metadata`: the site's JSON of the post, and some names more."""

import json
from typing import Final

from favsync.exporters.api import Post
from favsync.exporters.sidecars.post_json import payload_of

ENDING: Final = "json"


def sidecar(post: Post, page_url: str) -> bytes:  # noqa: ARG001 - every sidecar is given it
    """Return the JSON of a post: what the site said stays, and gallery-dl's names are added."""
    told = payload_of(post)
    columns = post.columns
    names = {
        "category": "e621",
        "subcategory": "favorite",
        "filename": columns["file_md5"],
        "extension": columns["file_ext"],
        "date": (columns["created_at"] or "")[:19].replace("T", " "),
    }
    told = {**(told if isinstance(told, dict) else {"id": columns["id"]}), **names}
    return json.dumps(told, ensure_ascii=False, indent=4).encode() + b"\n"
