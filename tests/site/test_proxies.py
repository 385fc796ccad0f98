"""Which proxy leads to a site, by the variables of the environment."""

import pytest

from favsync.site.http.connection.proxies import Route, find_route

SITE = "https://site.example"


def shown(route: Route) -> tuple[str | None, str | None, str | None]:
    url = None if route.proxy is None else bytes(route.proxy.url).decode()
    return url, route.variable, route.bypassed_by


@pytest.mark.parametrize(
    ("environ", "found"),
    [
        ({}, (None, None, None)),
        ({"HTTPS_PROXY": "http://p.example:3128"}, ("http://p.example:3128/", "HTTPS_PROXY", None)),
        ({"HTTPS_PROXY": "p.example"}, ("http://p.example:80/", "HTTPS_PROXY", None)),
        ({"HTTPS_PROXY": "https://[2001:db8::1]"}, ("https://2001:db8::1:443/", "HTTPS_PROXY", None)),
        (
            {"HTTPS_PROXY": "http://a.example", "https_proxy": "b.example:1"},
            ("http://b.example:1/", "https_proxy", None),
        ),
        ({"https_proxy": " ", "ALL_PROXY": "a.example:1"}, ("http://a.example:1/", "ALL_PROXY", None)),
        ({"HTTP_PROXY": "http://a.example"}, (None, None, None)),
        ({"HTTPS_PROXY": "a.example", "NO_PROXY": "site.example"}, (None, "HTTPS_PROXY", "NO_PROXY")),
    ],
)
def test_the_variables_are_read_as_other_programs_read_them(
    environ: dict[str, str], found: tuple[str | None, str | None, str | None]
) -> None:
    """That of the scheme before the one for all, and the small spelling before the large."""
    assert shown(find_route(SITE, environ)) == found


@pytest.mark.parametrize(
    "exceptions",
    ["*", "site.example", "SITE.example", ".example", "*.example", "example", "a, site.example ,b", "site.example:443"],
)
def test_no_proxy_names_a_site_in_many_ways(exceptions: str) -> None:
    """A host, a domain with all below it, with its port, or everything."""
    assert find_route(SITE, {"HTTPS_PROXY": "p.example", "no_proxy": exceptions}).proxy is None


@pytest.mark.parametrize(
    "exceptions", ["", ",", "ite.example", "x.site.example", "site.example:80", "10.0.0.0/8", "::1", "["]
)
def test_no_proxy_names_nothing_else(exceptions: str) -> None:
    """Nor does an entry that cannot be understood stop anything."""
    route = find_route(SITE, {"HTTPS_PROXY": "p.example", "no_proxy": exceptions})
    assert route.proxy is not None
    assert route.bypassed_by is None


@pytest.mark.parametrize(
    ("site", "exceptions"),
    [
        ("https://10.1.2.3", "10.0.0.0/8"),
        ("https://10.1.2.3", "10.1.2.3"),
        ("https://[2001:db8::5]", "2001:db8::/32"),
        ("https://[2001:db8::5]", "[2001:db8::5]"),
    ],
)
def test_no_proxy_names_addresses_and_networks(site: str, exceptions: str) -> None:
    """As curl and others take them."""
    assert find_route(site, {"HTTPS_PROXY": "p.example", "NO_PROXY": exceptions}).proxy is None


def test_the_login_of_a_proxy_is_not_shown() -> None:
    """And arrives unescaped."""
    route = find_route(SITE, {"HTTPS_PROXY": "http://us%40er:p%3Ass@p.example"})
    assert route.proxy is not None
    assert route.proxy.auth == (b"us@er", b"p:ss")
    assert "p:ss" not in repr(route)
    assert "us@er" not in repr(route)


def test_the_systems_settings_serve_where_no_variable_does() -> None:
    """macOS keeps them elsewhere."""
    assert shown(find_route(SITE, {}, system={"https": "http://p.example:8080"})) == (
        "http://p.example:8080/",
        None,
        None,
    )
