"""The pages that a site of the e621ng kind has for its posts, and the texts by which people name a post.

What the path of such a page is, `/posts/ID`, is written and read here alone. The module is on the ground floor, and not
in `site/e621`, because the database needs it as well: the column `page_url` of its views is such an address.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Self
from urllib.parse import urlsplit

from favsync.addresses import SCHEME, host_of, is_web, port_of, split_url
from favsync.errors import NotAPost, PostOfAnotherSite

POST_PATH: Final = "/posts/"
"""What stands between a site's URL and the id of a post."""

HIGHEST_ID = 2**63 - 1
"""Highest number that the database can hold as an id."""

_NUMBER = re.compile(r"0*[1-9][0-9]{0,18}")
_PAGE_PATH = re.compile(r"/(?:posts|post/show)/(?P<id>[0-9]+)(?:\.json)?(?:/[^/]*)?/?")
_FILE_PATH = "/data/"
_SAME_POSTS: Final = (frozenset({"e621.net", "e926.net"}),)
"""Hosts that are known to serve the same posts."""


def post_url(site_url: str, post_id: int | None = None) -> str:
    """Return the page of a post on a site; None: what all such URLs begin with, for ids that follow."""
    return f"{site_url}{POST_PATH}{'' if post_id is None else post_id}"


class NoPost(Enum):
    """What a text is that is no URL of a post of this site."""

    OTHER_SITE = "the URL of another site"
    PAGE = "a page of this site that is no post"
    FILE = "a file of this site, which says nothing about a post"
    NO_URL = "no URL"


@dataclass(frozen=True, slots=True)
class PostSite:
    """A site and its aliases: all the hosts whose URLs name its posts. Requests go to `url` alone."""

    url: str
    hosts: frozenset[tuple[str, int | None]]
    """Each with its port; None: the usual one of the scheme."""

    @classmethod
    def of(cls, url: str, aliases: Iterable[str] = ()) -> Self:
        """The site at `url`, with those hosts (`host` or `host:port`) besides that serve the same posts."""
        site = urlsplit(url)
        names = {
            (host_of(host), port_of(host)) for host in (site, *(urlsplit(f"https://{alias}") for alias in aliases))
        }
        for same in _SAME_POSTS:
            if any((host, None) in names for host in same):
                names |= {(host, None) for host in same}
        return cls(url, frozenset(names))

    def serves(self, url: str) -> bool:
        """Tell whether a site's URL is this one, or that of an alias."""
        parts = urlsplit(url)
        return (host_of(parts), port_of(parts)) in self.hosts

    def judge_url(self, text: str) -> int | NoPost:
        """Return the post that a URL names, or what it is instead. A bare number is no URL."""
        text = text.strip()
        parts = split_url(text if SCHEME.match(text) else f"https://{text}")
        if parts is None or not is_web(parts):
            return NoPost.NO_URL
        host, port = host_of(parts), port_of(parts)
        if not SCHEME.match(text) and ((host, port) not in self.hosts or not parts.path):
            return NoPost.NO_URL  # any word with a dot in it would be one
        if (host, port) not in self.hosts:
            is_below = any(host.endswith(f".{own}") for own, _ in self.hosts)
            return NoPost.FILE if is_below else NoPost.OTHER_SITE
        match = _PAGE_PATH.fullmatch(parts.path)
        if match is not None and _NUMBER.fullmatch(match["id"]) and int(match["id"]) <= HIGHEST_ID:
            return int(match["id"])
        return NoPost.FILE if parts.path.startswith(_FILE_PATH) else NoPost.PAGE


def parse_post(text: str, site: PostSite | str) -> int:
    """Return the post id that an argument names: an id, or the URL of a post on this site, as browsers show it.

    `123`, `#123`, `https://SITE/posts/123`, with `?q=…` or `#…`, and the older `/post/show/123` are understood; `www.`
    and the case of the host do not matter, and an alias of the site is the site. Raises NotAPost, and PostOfAnotherSite
    for a post's URL on another host.
    """
    text = text.strip()
    if isinstance(site, str):
        site = PostSite.of(site)
    if _NUMBER.fullmatch(text.removeprefix("#")):
        return _post_id(text.removeprefix("#"), text)
    parts = split_url(text if SCHEME.match(text) else f"https://{text}")
    match = _PAGE_PATH.fullmatch(parts.path) if parts is not None else None
    if parts is None or match is None or not is_web(parts):
        raise NotAPost(text)
    if (host_of(parts), port_of(parts)) not in site.hosts:
        raise PostOfAnotherSite(text, site.url)
    return _post_id(match["id"], text)


def _post_id(digits: str, text: str) -> int:
    if not _NUMBER.fullmatch(digits) or int(digits) > HIGHEST_ID:
        raise NotAPost(text)
    return int(digits)
