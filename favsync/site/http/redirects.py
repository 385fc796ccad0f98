"""Where a redirect leads, in words: none is followed, because the API key was given for one site."""

from urllib.parse import SplitResult, urljoin, urlsplit

from favsync.site_text import clean

_PORTS = {"http": 80, "https": 443}


def redirect_words(status: int, location: str, site_url: str) -> str:
    """Return the sentence about a redirect to `location` that the site at `site_url` answered with HTTP `status`."""
    redirect = f"The site answered {status}, a redirect"
    site, location = urlsplit(site_url), location.strip()
    try:
        target = urlsplit(urljoin(site_url, location))
        _ = target.port
    except ValueError:
        return f"{redirect} that is not followed."
    if not location or not target.hostname or target.scheme not in _PORTS:
        return f"{redirect} that is not followed."
    origin = clean(f"{target.scheme}://{target.netloc.rpartition('@')[2]}")
    if target.hostname != site.hostname:
        return (
            f"{redirect} to {origin}, which is not followed: the API key goes nowhere else."
            " If the site has moved, give that URL to 'favsync account add --site'."
        )
    if (target.scheme, _port(target)) == (site.scheme, _port(site)):
        return (
            f"{redirect} to another page of the same host ({clean(target.path) or '/'}), which is not followed."
            " Look at the site in a browser: it may be closed for a while, or want a login for every page."
        )
    if (site.scheme, target.scheme) == ("https", "http"):
        return f"{redirect} to its own unencrypted form, {origin}: the API key is never sent there."
    return (
        f"{redirect} to another address of the same host, {origin}, which is not followed."
        " If the site is there now, give that URL to 'favsync account add --site'."
    )


def _port(url: SplitResult) -> int:
    return url.port or _PORTS[url.scheme]
