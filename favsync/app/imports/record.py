"""What one entry with named values, an object or a row, says about a post. The same rule for all files."""

import re
from collections.abc import Mapping
from typing import Final

from favsync.app.imports.found import Reason, Verdict
from favsync.post_urls import HIGHEST_ID, NoPost, PostSite

URL_NAMES: Final = ("page_url", "url", "href", "uri", "link")
ONLY_POSTS: Final = frozenset({"rating", "score", "fav_count", "md5", "tags", "source", "sources", "file", "files"})
"""Beside one of these, `id` is that of a post: nothing else on the site has them."""

COLUMNS: Final = frozenset({*URL_NAMES, "urls", "post_id", "post_ids", "id"})
LOOKED_FOR: Final = (
    f"the URL of a post in {', '.join(URL_NAMES)} or urls; post_id; or id, alone or beside one of"
    f" {', '.join(sorted(ONLY_POSTS))}"
)

_ID: Final = re.compile(r"[1-9][0-9]{0,18}")


def judge(record: Mapping[str, object], site: PostSite) -> Verdict:
    """Say which post an entry names, by its names alone: sources, descriptions, notes and tags are not looked at."""
    if "post_ids" in record:
        return Reason.POOL_OR_SET
    verdict = _by_url(record, site)
    if verdict is not None:
        return verdict
    if "post_id" in record:
        return as_id(record["post_id"])
    if "id" in record and (len(record) == 1 or not ONLY_POSTS.isdisjoint(record)):
        return as_id(record["id"])
    return Reason.NO_POST


def of_url(url: str, site: PostSite) -> Verdict:
    """The post that a URL is the page of."""
    match site.judge_url(url):
        case int(post_id):
            return (post_id,)
        case NoPost.OTHER_SITE:
            return Reason.OTHER_SITE
        case _:
            return Reason.NO_POST


def as_id(value: object) -> Verdict:
    """The id that a number or a text of digits is; no other text, and no fraction, is one."""
    if value is None or value == "":
        return Reason.NO_POST
    if isinstance(value, str) and _ID.fullmatch(value.strip()):
        value = int(value.strip())
    if isinstance(value, int) and not isinstance(value, bool) and 0 < value <= HIGHEST_ID:
        return (value,)
    return Reason.NO_ID


def _by_url(record: Mapping[str, object], site: PostSite) -> Verdict | None:
    """By the first URL of a post, or of another site, whichever comes first in the order of the names.

    A page of this site that is no post says that the entry is none, too. None: no URL says anything.
    """
    judged = [site.judge_url(value) for name in URL_NAMES if isinstance(value := record.get(name), str)]
    for what in judged:
        if isinstance(what, int):
            return (what,)
        if what is NoPost.OTHER_SITE:
            return Reason.OTHER_SITE
    # These are all the places where a file is known to come from: sources are among them.
    urls = record.get("urls")
    urls = urls.split() if isinstance(urls, str) else urls if isinstance(urls, list) else []
    several = [site.judge_url(url) for url in urls if isinstance(url, str)]
    if posts := tuple(dict.fromkeys(what for what in several if isinstance(what, int))):
        return posts
    if NoPost.OTHER_SITE in several:
        return Reason.OTHER_SITE
    return Reason.NO_POST if NoPost.PAGE in (*judged, *several) else None
