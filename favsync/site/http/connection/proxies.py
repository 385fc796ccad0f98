"""Which proxy leads to a site, by the variables that every HTTP program knows."""

import contextlib
import importlib.util
import ipaddress
from collections.abc import Mapping
from dataclasses import dataclass, field
from urllib.parse import SplitResult, unquote, urlsplit

import httpcore

from favsync.errors import ConfigInvalid

_KINDS = {"http": 80, "https": 443, "socks5": 1080, "socks5h": 1080}
"""Kinds of proxies, with the ports that they have unless another is named."""


@dataclass(frozen=True, slots=True)
class Route:
    """How a site is reached. `proxy` is None where it is asked directly."""

    proxy: httpcore.Proxy | None = field(default=None, repr=False)
    variable: str | None = None
    """The variable of the environment that names the proxy, or one that would have been used."""
    bypassed_by: str | None = None
    """The variable that says not to use it."""

    @property
    def is_socks(self) -> bool:
        """True when the proxy speaks SOCKS and not HTTP."""
        return self.proxy is not None and self.proxy.url.scheme.startswith(b"socks")


def find_route(url: str, environ: Mapping[str, str], *, system: Mapping[str, str] | None = None) -> Route:
    """Return how the site at `url` is reached: by HTTPS_PROXY, else ALL_PROXY, unless NO_PROXY names it.

    The small spelling of a variable goes first. `system` is what the system's own settings say, by scheme, where no
    variable does. Raises ConfigInvalid, with the variable and without the password that may stand in it.
    """
    site = urlsplit(url)
    variable = _set(environ, f"{site.scheme}_proxy") or _set(environ, "all_proxy")
    text = environ[variable] if variable else (system or {}).get(site.scheme)
    if not text:
        return Route()
    exception = _set(environ, "no_proxy")
    if exception and _names(environ[exception], site):
        return Route(None, variable, exception)
    return Route(_parse(text.strip(), variable or "the system's settings"), variable)


def _set(environ: Mapping[str, str], name: str) -> str | None:
    return next((spelt for spelt in (name, name.upper()) if environ.get(spelt, "").strip()), None)


def _names(exceptions: str, site: SplitResult) -> bool:
    """Whether NO_PROXY names the site: `*`, a host, a domain with all below it, an address, or a network."""
    host = (site.hostname or "").lower()
    for entry in exceptions.lower().split(","):
        if (entry := entry.strip()) == "*":
            return True
        with contextlib.suppress(ValueError):  # a name, and no address or network
            if ipaddress.ip_address(host) in ipaddress.ip_network(entry.strip("[]"), strict=False):
                return True
        name, _, port = entry.partition(":")
        name = name.removeprefix("*").removeprefix(".")
        if port and port != str(site.port or _KINDS[site.scheme]):
            continue
        if name and (host == name or host.endswith(f".{name}")):
            return True
    return False


def _parse(text: str, variable: str) -> httpcore.Proxy:
    try:
        proxy = urlsplit(text if "://" in text else f"http://{text}")
        port = proxy.port
    except ValueError:
        raise ConfigInvalid(f"{variable} is not the URL of a proxy. Write it as http://HOST:PORT") from None
    if proxy.scheme not in _KINDS:
        raise ConfigInvalid(
            f"{variable} names a proxy of the kind '{proxy.scheme}://', which favsync does not speak."
            " It knows http://, https:// and socks5://."
        )
    if not proxy.hostname or not proxy.hostname.isascii():
        raise ConfigInvalid(f"{variable} is not the URL of a proxy. Write it as http://HOST:PORT")
    if proxy.scheme.startswith("socks") and importlib.util.find_spec("socksio") is None:
        raise ConfigInvalid(
            f"{variable} names a SOCKS proxy, and the package that speaks SOCKS is not installed."
            " Install favsync[socks], or the package socksio beside favsync."
        )
    host = f"[{proxy.hostname}]" if ":" in proxy.hostname else proxy.hostname
    login = None if proxy.username is None else (unquote(proxy.username), unquote(proxy.password or ""))
    try:
        return httpcore.Proxy(f"{proxy.scheme}://{host}:{port or _KINDS[proxy.scheme]}", auth=login)
    except (ValueError, TypeError):
        raise ConfigInvalid(f"{variable} holds a character that a proxy's URL cannot have.") from None
