"""Which addresses files are fetched from: those that the site gave, at hosts that it uses, and none inside a network.

What a post says is data of strangers. Fetched without looking, a URL in it could make favsync ask this machine, or the
network that it is in, for something in the user's name. So a host is read strictly: one that two programs might read
differently (`0x7f.1`, `files.example.`, `[fe80::1%25eth0]`) is refused, whatever it may mean.
"""

import ipaddress
import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final
from urllib.parse import SplitResult

from favsync.addresses import LABEL, is_web, port_of, split_url

IPAddress = ipaddress.IPv4Address | ipaddress.IPv6Address

_LEAST_SHARE: Final = 0.01
"""Of the URLs of a site's posts: a host that fewer name is not one of the site's."""

_LONGEST: Final = 4_096
"""Characters of a URL: few servers take as many, and the site's own have a hundred."""

_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")
"""A last part of a name that makes an IPv4 address of it, for browsers and for the system's resolver."""

_LOCAL: Final = (".local", ".lan", ".internal", ".home.arpa")
"""Names that lead to no host of the internet, by the standards or by custom."""

_METADATA: Final = frozenset({"metadata.google.internal", "metadata.goog"})
"""Where the machines of a cloud get their keys; by its address it is link-local."""

_UNICAST: Final = ipaddress.IPv6Network("2000::/3")
_UNIQUE_LOCAL: Final = ipaddress.IPv6Network("fc00::/7")
_NAT64: Final = ipaddress.IPv6Network("64:ff9b::/96")
_PROTOCOLS: Final = tuple(map(ipaddress.IPv4Network, ("0.0.0.0/8", "192.0.0.0/24")))
"""What the standards use for themselves: the system takes 0.0.0.0 for this machine."""


class Reach(Enum):
    """Where an address leads."""

    INTERNET = auto()
    NETWORK = auto()
    """A private one."""
    MACHINE = auto()
    """This one."""
    NOWHERE = auto()
    """No host of any use: link-local (metadata of clouds), multicast, reserved."""


def reach_of(address: IPAddress) -> Reach:
    """Tell where an address leads, and one that carries another inside it (IPv4 in IPv6) where that leads."""
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:  # the system connects to that one
            return reach_of(address.ipv4_mapped)
        relayed = ipaddress.IPv4Address(int(address) & 0xFFFF_FFFF) if address in _NAT64 else address.sixtofour
        if relayed is not None:
            return Reach.INTERNET if reach_of(relayed) is Reach.INTERNET else Reach.NOWHERE
        is_odd = not any(address in network for network in (_UNICAST, _UNIQUE_LOCAL))
    else:
        is_odd = address.is_link_local or address.is_multicast or address.is_reserved
        is_odd = is_odd or any(address in network for network in _PROTOCOLS)
    if address.is_loopback:
        return Reach.MACHINE
    if is_odd:
        return Reach.NOWHERE
    return Reach.INTERNET if address.is_global else Reach.NETWORK


@dataclass(frozen=True, slots=True)
class _Place:
    """Whom a URL asks: a name or an address in its one spelling, and the port, None: the usual one."""

    host: str
    port: int | None
    reach: Reach
    """By the spelling alone: nothing is resolved."""


@dataclass(frozen=True, slots=True)
class FileHosts:
    """The hosts of one site's files. `site_url` is the site, `hosts` are its files' by name and port."""

    site_url: str
    hosts: frozenset[tuple[str, int | None]]

    @classmethod
    def of(cls, site_url: str, origins: Mapping[str, int]) -> "FileHosts":
        """The hosts of `origins` (`https://host`, with the number of URLs that name it) that are the site's own.

        One that hardly any URL names is not: it may stand in one post that somebody made up.
        """
        total = sum(origins.values())
        used = (_place_of(origin) for origin, number in origins.items() if number >= total * _LEAST_SHARE)
        return cls(site_url, frozenset((place.host, place.port) for place in used if place is not None))

    def refusal(self, url: str) -> str | None:
        """Tell why nothing is fetched from a URL, in words without a full stop; None: it may be."""
        parts, place = split_url(url), _place_of(url)
        refusal = None
        if len(url) > _LONGEST:
            refusal = "its URL is longer than any of a site"
        elif parts is not None and parts.scheme and not is_web(parts):
            refusal = f"its URL begins with '{parts.scheme}:'"
        elif parts is None or not parts.netloc or not url.isprintable():
            refusal = "its URL is none"
        elif not parts.scheme:
            refusal = "its URL does not say https"
        elif "@" in parts.netloc:
            refusal = "its URL holds a user name"
        elif place is None:
            refusal = "its URL has a host that is no plain name or address"
        elif parts.scheme == "http" and place.reach is not Reach.MACHINE:
            refusal = "its URL is not encrypted"
        elif self.forbids(place.host, place.reach):
            refusal = "its URL leads into a private network"
        elif not self._uses(place):
            refusal = "its URL is at a host that the site does not use"
        return refusal

    def forbids(self, host: str, reach: Reach) -> bool:
        """Tell whether a host that leads there, by its spelling or by the address of its name, is asked for nothing.

        Only a site that is, by its own spelling, in a private network or on this machine has its files there, too.
        """
        site = _place_of(self.site_url)
        if reach is Reach.INTERNET:
            return False
        if site is None or site.reach is Reach.INTERNET:
            return True
        # The site's own name was typed by the user, and may lead to this machine, as a machine's own name does.
        return host != site.host and (reach is Reach.NOWHERE or reach is not site.reach)

    def _uses(self, place: _Place) -> bool:
        site = _place_of(self.site_url)
        if site is None:
            return False
        is_below = place.host.endswith(f".{site.host}") and place.port in {None, site.port}
        here = place.host, place.port
        return here == (site.host, site.port) or here in self.hosts or is_below


def _place_of(url: str) -> _Place | None:
    """Whom a URL asks; None: it is no URL of the web, or written so that programs may read it differently."""
    parts = split_url(url)
    if parts is None or not is_web(parts) or (host := _host_of(parts)) is None:
        return None
    if isinstance(host, str):
        return _Place(host, port_of(parts), _reach_of_name(host))
    return _Place(str(host), port_of(parts), reach_of(host))


def _host_of(parts: SplitResult) -> str | IPAddress | None:
    host = parts.hostname or ""
    spelt = f"[{host}]" if "[" in parts.netloc else host
    if parts.netloc.lower() not in {spelt, f"{spelt}:{parts.port}"} or "%" in host:
        return None
    try:
        if spelt != host:
            return ipaddress.IPv6Address(host)
        labels = host.split(".")
        if _NUMBER.fullmatch(labels[-1]):
            return ipaddress.IPv4Address(host)
    except ValueError:
        return None
    return host if len(host) < 254 and all(LABEL.fullmatch(label) for label in labels) else None


def _reach_of_name(host: str) -> Reach:
    if host in _METADATA:
        return Reach.NOWHERE
    if host == "localhost" or host.endswith(".localhost"):
        return Reach.MACHINE
    return Reach.NETWORK if "." not in host or host.endswith(_LOCAL) else Reach.INTERNET
