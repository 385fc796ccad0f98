"""Which addresses files are fetched from: those that the site gave, at hosts that it uses, and none inside a network.

What a post says is data of strangers. Fetched without looking, a URL in it could make favsync ask this machine, or the
network that it is in, for something in the user's name.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final
from urllib.parse import SplitResult, urlsplit

from favsync.addresses import is_loopback, is_web, split_url

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_SHARE: Final = 100
"""A host is one of the site's if at least one of so many URLs of its posts names it."""

_NUMBERS: Final = re.compile(r"(?:0x[0-9a-f]*|[0-9]+)(?:\.(?:0x[0-9a-f]*|[0-9]+))*\.?", re.IGNORECASE)
"""What the resolver may take for an IPv4 address, however it is written."""

_LOCAL: Final = (".local", ".lan", ".internal", ".home.arpa")
"""Names that lead to no host of the internet, by the standards or by custom."""

_NAT64: Final = ipaddress.ip_network("64:ff9b::/96")


def is_inside(address: IPAddress) -> bool:
    """Tell whether an address leads into a network, or to this machine, and not to the internet."""
    embedded: ipaddress.IPv4Address | None = None
    if isinstance(address, ipaddress.IPv6Address):
        embedded = address.ipv4_mapped or address.sixtofour
        if address in _NAT64:
            embedded = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF)
    if embedded is not None:
        return is_inside(embedded)
    return not address.is_global or address.is_multicast or address.is_reserved


@dataclass(frozen=True, slots=True)
class FileHosts:
    """The hosts of one site's files. `site_url` is the site, `hosts` are `host` or `host:port`, in lower case."""

    site_url: str
    hosts: frozenset[str]

    @classmethod
    def of(cls, site_url: str, origins: Mapping[str, int]) -> "FileHosts":
        """The hosts of `origins` (`https://host`, with the number of URLs that name it) that are the site's own.

        One that hardly any URL names is not: it may stand in one post that somebody made up.
        """
        total = sum(origins.values())
        used = (urlsplit(origin) for origin, number in origins.items() if number * _SHARE >= total)
        return cls(site_url, frozenset(_place(parts) for parts in used))

    @property
    def is_inside(self) -> bool:
        """True where the site itself is in a private network, by its spelling: then its files may be there as well."""
        host = urlsplit(self.site_url).hostname or ""
        try:
            return is_inside(ipaddress.ip_address(host))
        except ValueError:
            return is_loopback(self.site_url) or "." not in host or host.endswith(_LOCAL)

    def refusal(self, url: str) -> str | None:
        """Tell why nothing is fetched from a URL, in words without a full stop; None: it may be."""
        parts = split_url(url)
        if parts is None or not parts.hostname:
            return "its URL is none"
        if not is_web(parts):
            return f"its URL begins with '{parts.scheme}:'" if parts.scheme else "its URL does not say https"
        if parts.username is not None or parts.password is not None:
            return "its URL holds a user name"
        if parts.scheme == "http" and not is_loopback(url):
            return "its URL is not encrypted"
        return self._refusal_of_host(parts, url)

    def _refusal_of_host(self, parts: SplitResult, url: str) -> str | None:
        host = parts.hostname or ""
        site_host = urlsplit(self.site_url).hostname or ""
        try:
            address: IPAddress | None = ipaddress.ip_address(host)
        except ValueError:
            address = None
            if _NUMBERS.fullmatch(host):
                return "its URL has a host that is written as an odd number"
        both_here = is_loopback(url) and is_loopback(self.site_url)
        leads_inside = is_inside(address) if address is not None else is_loopback(url)
        # From a site in a private network to one of its hosts there; never from there to this machine.
        if leads_inside and host != site_host and (is_loopback(url) or not self.is_inside) and not both_here:
            return "its URL leads into a private network"
        if host != site_host and not host.endswith(f".{site_host}") and _place(parts) not in self.hosts:
            return "its URL is at a host that the site does not use"
        return None


def _place(parts: SplitResult) -> str:
    return parts.netloc.rpartition("@")[2].lower()
