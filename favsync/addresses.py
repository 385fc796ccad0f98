"""Addresses that people type: the site's own, and those of its posts."""

import ipaddress
import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum
from typing import Final, Self
from urllib.parse import SplitResult, urlsplit

from favsync.errors import NotAPost, PostOfAnotherSite, SiteUrlInvalid

HIGHEST_ID = 2**63 - 1
"""Highest number that the database can hold as an id."""

_DEFAULT_PORTS = {"http": 80, "https": 443}
_LABEL = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
_NO_HOST = re.compile(r"(?:https?:|[/?#.])", re.IGNORECASE)
_NUMBER = re.compile(r"0*[1-9][0-9]{0,18}")
_POST_PATH = re.compile(r"/(?:posts|post/show)/(?P<id>[0-9]+)(?:\.json)?(?:/[^/]*)?/?")
_FILE_PATH = "/data/"
_SAME_POSTS: Final = (frozenset({"e621.net", "e926.net"}),)
"""Hosts that are known to serve the same posts."""


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
        names = {(_bare_host(site), _port(site))} | {_host_and_port(alias) for alias in aliases}
        for same in _SAME_POSTS:
            if any((host, None) in names for host in same):
                names |= {(host, None) for host in same}
        return cls(url, frozenset(names))

    def serves(self, url: str) -> bool:
        """Tell whether a site's URL is this one, or that of an alias."""
        parts = urlsplit(url)
        return (_bare_host(parts), _port(parts)) in self.hosts

    def judge_url(self, text: str) -> int | NoPost:
        """Return the post that a URL names, or what it is instead. A bare number is no URL."""
        text = text.strip()
        parts = _split(text if _SCHEME.match(text) else f"https://{text}")
        if parts is None or parts.scheme not in _DEFAULT_PORTS:
            return NoPost.NO_URL
        host, port = _bare_host(parts), _port(parts)
        if not _SCHEME.match(text) and ((host, port) not in self.hosts or not parts.path):
            return NoPost.NO_URL  # any word with a dot in it would be one
        if (host, port) not in self.hosts:
            is_below = any(host.endswith(f".{own}") for own, _ in self.hosts)
            return NoPost.FILE if is_below else NoPost.OTHER_SITE
        match = _POST_PATH.fullmatch(parts.path)
        if match is not None and _NUMBER.fullmatch(match["id"]) and int(match["id"]) <= HIGHEST_ID:
            return int(match["id"])
        return NoPost.FILE if parts.path.startswith(_FILE_PATH) else NoPost.PAGE


def parse_alias(text: str) -> str:
    """Return a host that serves the same posts, as `host` or `host:port`. Raises SiteUrlInvalid."""
    text = text.strip()
    _, host, port = _split_site(text if _SCHEME.match(text) else f"https://{text}")
    return host.removeprefix("www.") if port is None else f"{host.removeprefix('www.')}:{port}"


def parse_site_url(text: str) -> str:
    """Return the site's URL in the one form that is stored and compared: `https://host` or `https://host:port`.

    A host alone is taken for https. Raises SiteUrlInvalid, in words, for anything that is not just the address of a
    site, and for `http://` to anything but a loopback address: the API key would travel in the clear.
    """
    text = text.strip()
    if not _SCHEME.match(text):
        if not text or _NO_HOST.match(text):
            raise SiteUrlInvalid(f"{_shown(text)} is not the address of a site. Write it as https://HOST")
        text = f"https://{text}"
    scheme, host, port = _split_site(text)
    base = _join(scheme, host, port)
    if scheme == "http" and not is_loopback(base):
        raise SiteUrlInvalid(
            f"{base} is not encrypted: the API key would travel in the clear. Write it as https://{host}"
        )
    return base


def is_loopback(url: str) -> bool:
    """Tell whether a URL leads to this machine itself, by its spelling alone: nothing is resolved.

    Whether such a name really does is held when the connection is made: no other address is connected to.
    """
    host = urlsplit(url).hostname or ""
    if host == "localhost" or host.endswith(".localhost"):
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


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
    parts = _split(text if _SCHEME.match(text) else f"https://{text}")
    match = _POST_PATH.fullmatch(parts.path) if parts is not None else None
    if parts is None or match is None or parts.scheme not in _DEFAULT_PORTS:
        raise NotAPost(text)
    if (_bare_host(parts), _port(parts)) not in site.hosts:
        raise PostOfAnotherSite(text, site.url)
    return _post_id(match["id"], text)


def _post_id(digits: str, text: str) -> int:
    if not _NUMBER.fullmatch(digits) or int(digits) > HIGHEST_ID:
        raise NotAPost(text)
    return int(digits)


def _split_site(text: str) -> tuple[str, str, int | None]:
    parts = _split(text)
    if parts is None or not parts.hostname:
        raise SiteUrlInvalid(f"{_shown(text)} is not a URL. Write it as https://HOST")
    if parts.scheme not in _DEFAULT_PORTS:
        raise SiteUrlInvalid(f"'{parts.scheme}://' is not how a site is reached. Write it as https://HOST")
    if parts.username is not None or parts.password is not None:
        raise SiteUrlInvalid("The site's URL must not hold a user name or a key: they are asked for separately.")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or text.endswith(("?", "#")):
        raise SiteUrlInvalid(
            f"{_shown(text)} names a page of a site. Only the site itself is wanted: {parts.scheme}://{parts.netloc}"
        )
    return parts.scheme, _checked_host(parts, text), _port(parts)


def _split(text: str) -> SplitResult | None:
    # urlsplit drops line breaks and tabs without a word, and passes on spaces and backslashes.
    if re.search(r"[\x00-\x20\x7f\\]", text):
        return None
    try:
        parts = urlsplit(text)
        _ = parts.port
    except ValueError:
        return None
    return parts


def _checked_host(parts: SplitResult, text: str) -> str:
    host = (parts.hostname or "").removesuffix(".")
    try:
        if "[" in parts.netloc:
            return f"[{ipaddress.IPv6Address(host)}]"
        ascii_host = host.encode("idna").decode("ascii").lower()
    except ValueError:  # UnicodeError is one, too
        ascii_host = ""
    if not all(_LABEL.fullmatch(label) for label in ascii_host.split(".")):
        raise SiteUrlInvalid(f"{_shown(text)} has no usable host name. Write it as https://HOST")
    return ascii_host


def _port(parts: SplitResult) -> int | None:
    return None if parts.port == _DEFAULT_PORTS[parts.scheme] else parts.port


def _join(scheme: str, host: str, port: int | None) -> str:
    return f"{scheme}://{host}" if port is None else f"{scheme}://{host}:{port}"


def _shown(text: str) -> str:
    """Return what was typed, in quotes, unless it may hold a key."""
    return "What was given" if "@" in text else f"'{text}'"


def _host_and_port(alias: str) -> tuple[str, int | None]:
    parts = urlsplit(f"https://{alias}")
    return _bare_host(parts), _port(parts)


def _bare_host(parts: SplitResult) -> str:
    return (parts.hostname or "").removesuffix(".").removeprefix("www.")
