"""Addresses of sites as people type them: nothing in here depends on what kind of site it is."""

import ipaddress
import re
from typing import Final
from urllib.parse import SplitResult, urlsplit

from favsync.errors import SiteUrlInvalid

_DEFAULT_PORTS = {"http": 80, "https": 443}
LABEL: Final = re.compile(r"[a-z0-9_]([a-z0-9_-]{0,61}[a-z0-9_])?")
"""One part of a host name, in lower case."""

SCHEME: Final = re.compile(r"[A-Za-z][A-Za-z0-9+.-]*://")
"""How a URL begins that says how the site is reached."""

_NO_HOST = re.compile(r"(?:https?:|[/?#.])", re.IGNORECASE)


def parse_alias(text: str) -> str:
    """Return a host that serves the same posts, as `host` or `host:port`. Raises SiteUrlInvalid."""
    text = text.strip()
    _, host, port = _split_site(text if SCHEME.match(text) else f"https://{text}")
    return host.removeprefix("www.") if port is None else f"{host.removeprefix('www.')}:{port}"


def parse_site_url(text: str) -> str:
    """Return the site's URL in the one form that is stored and compared: `https://host` or `https://host:port`.

    A host alone is taken for https. Raises SiteUrlInvalid, in words, for anything that is not just the address of a
    site, and for `http://` to anything but a loopback address: the API key would travel in the clear.
    """
    text = text.strip()
    if not SCHEME.match(text):
        if not text or _NO_HOST.match(text):
            raise SiteUrlInvalid(f"{_shown(text)} is not the address of a site. Write it as https://HOST")
        text = f"https://{text}"
    scheme, host, port = _split_site(text)
    base = f"{scheme}://{host}" if port is None else f"{scheme}://{host}:{port}"
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


def _split_site(text: str) -> tuple[str, str, int | None]:
    parts = split_url(text)
    if parts is None or not parts.hostname:
        raise SiteUrlInvalid(f"{_shown(text)} is not a URL. Write it as https://HOST")
    if not is_web(parts):
        raise SiteUrlInvalid(f"'{parts.scheme}://' is not how a site is reached. Write it as https://HOST")
    if parts.username is not None or parts.password is not None:
        raise SiteUrlInvalid("The site's URL must not hold a user name or a key: they are asked for separately.")
    if parts.path not in {"", "/"} or parts.query or parts.fragment or text.endswith(("?", "#")):
        raise SiteUrlInvalid(
            f"{_shown(text)} names a page of a site. Only the site itself is wanted: {parts.scheme}://{parts.netloc}"
        )
    return parts.scheme, _checked_host(parts, text), port_of(parts)


def split_url(text: str) -> SplitResult | None:
    """Take a URL apart; None: it is none, for all that a browser might make of it."""
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
    if not all(LABEL.fullmatch(label) for label in ascii_host.split(".")):
        raise SiteUrlInvalid(f"{_shown(text)} has no usable host name. Write it as https://HOST")
    return ascii_host


def is_web(parts: SplitResult) -> bool:
    """Tell whether a URL is one of http or https."""
    return parts.scheme in _DEFAULT_PORTS


def port_of(parts: SplitResult) -> int | None:
    """Return the port of a URL of the web; None: the usual one."""
    return None if parts.port == _DEFAULT_PORTS[parts.scheme] else parts.port


def _shown(text: str) -> str:
    """Return what was typed, in quotes, unless it may hold a key."""
    return "What was given" if "@" in text else f"'{text}'"


def host_of(parts: SplitResult) -> str:
    """Return the host of a URL as hosts are compared: without `www.` and without a dot at its end."""
    return (parts.hostname or "").removesuffix(".").removeprefix("www.")
