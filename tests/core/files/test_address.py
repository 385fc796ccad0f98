"""Whom a URL in a post may make favsync ask: the site's own hosts, and nothing inside a network it is not in."""

import ipaddress
from contextlib import suppress
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from favsync.core.files.address import FileHosts, IPAddress, Reach, reach_of

SITE = FileHosts.of("https://site.example", {"https://files.example": 900, "https://s3.example:8443": 100})
LAN = FileHosts.of("https://10.1.2.3", {"https://10.1.2.4": 50, "https://files.lan": 50})
HERE = FileHosts.of("http://127.0.0.1:8000", {"http://127.0.0.1:8001": 9, "http://localhost:8002": 9})

INSIDE = "its URL leads into a private network"
UNUSED = "its URL is at a host that the site does not use"
ODD = "its URL has a host that is no plain name or address"
PLAIN = "its URL is not encrypted"
USER = "its URL holds a user name"


@pytest.mark.parametrize(
    ("hosts", "url"),
    [
        (SITE, "https://site.example/data/x.png"),
        (SITE, "HTTPS://Site.EXAMPLE/data/x.png"),
        (SITE, "https://site.example:443/data/x.png"),
        (SITE, "https://static1.site.example/data/x.png?auth=1#top"),
        (SITE, "https://files.example/x.png"),
        (SITE, f"https://site.example/x.png?{'y' * 4_069}"),
        (SITE, "https://s3.example:8443/x.png"),
        (LAN, "https://10.1.2.3/x.png"),
        (LAN, "https://10.1.2.4/x.png"),
        (LAN, "https://files.lan/x.png"),
        (HERE, "http://127.0.0.1:8000/x.png"),
        (HERE, "http://127.0.0.1:8001/x.png"),
        (HERE, "http://LOCALHOST:8002/x.png"),
        (FileHosts.of("https://[2001:db8::1]", {}), "https://[2001:DB8:0::1]/x.png"),
        (FileHosts.of("https://192.0.2.7", {}), "https://192.0.2.7/x.png"),
        (FileHosts.of("https://169.254.1.1", {}), "https://169.254.1.1/x.png"),
        (FileHosts.of("https://booru", {}), "https://booru/x.png"),
        (FileHosts.of("https://booru.example:8443", {}), "https://files.booru.example:8443/x.png"),
    ],
)
def test_the_hosts_of_a_site_are_asked(hosts: FileHosts, url: str) -> None:
    """Its own, those below it, and those that its posts name; in a private network where it is there itself."""
    assert hosts.refusal(url) is None


@pytest.mark.parametrize(
    ("url", "why"),
    [
        ("", "its URL is none"),
        ("x.png", "its URL is none"),
        ("/data/x.png", "its URL is none"),
        ("https:///x.png", "its URL is none"),
        ("https:x.png", "its URL is none"),
        ("https://[::1/x.png", "its URL is none"),
        ("https://site.example:port/x.png", "its URL is none"),
        ("https://site.example:99999/x.png", "its URL is none"),
        ("https://site.example\\@evil.example/x.png", "its URL is none"),
        ("https://site.exa\nmple/x.png", "its URL is none"),
        ("https://site.example/x y.png", "its URL is none"),
        ("https://site.example/\ud800.png", "its URL is none"),
        ("https://site.example/\u2028.png", "its URL is none"),
        (f"https://site.example/x.png?{'y' * 4_070}", "its URL is longer than any of a site"),
        (f"file:///{'x' * 70_000}", "its URL is longer than any of a site"),
        ("//site.example/x.png", "its URL does not say https"),
        ("file:///etc/passwd?secret", "its URL begins with 'file:'"),
        ("file://site.example/etc/passwd", "its URL begins with 'file:'"),
        ("ftp://site.example/x.png", "its URL begins with 'ftp:'"),
        ("gopher://site.example/x.png", "its URL begins with 'gopher:'"),
        ("javascript://site.example/%0aalert(1)", "its URL begins with 'javascript:'"),
        ("http://site.example/x.png", PLAIN),
        ("http://10.0.0.1/x.png", PLAIN),
        ("https://alice:key@site.example/x.png", USER),
        ("https://alice@site.example/x.png", USER),
        ("https://@site.example/x.png", USER),
        ("https://site.example@evil.example/x.png", USER),
        ("https://evil.example/x.png", UNUSED),
        ("https://evilsite.example/x.png", UNUSED),
        ("https://site.example.evil.example/x.png", UNUSED),
        ("https://site.example:22/x.png", UNUSED),
        ("https://static1.site.example:22/x.png", UNUSED),
        ("https://files.example:8443/x.png", UNUSED),
        ("https://8.8.8.8/x.png", UNUSED),
        ("https://[2606:4700::1]/x.png", UNUSED),
        ("https://site.example./x.png", ODD),
        ("https://site..example/x.png", ODD),
        ("https://.site.example/x.png", ODD),
        ("https://site.example:/x.png", ODD),
        ("https://site.example:0443/x.png", ODD),
        ("https://site.example%2eevil.example/x.png", ODD),
        ("https://ſite.example/x.png", ODD),
        ("https://１６９.254.169.254/x.png", ODD),
        ("https://①②⑦.0.0.1/x.png", ODD),
        ("https://127。0。0。1/x.png", ODD),
        ("https://2130706433/x.png", ODD),
        ("https://0x7f000001/x.png", ODD),
        ("https://0x7f.1/x.png", ODD),
        ("https://0177.0.0.1/x.png", ODD),
        ("https://127.1/x.png", ODD),
        ("https://127.0.0.1./x.png", ODD),
        ("https://1.2.3.4.5/x.png", ODD),
        ("https://256.1.1.1/x.png", ODD),
        ("https://files.0x1/x.png", ODD),
        ("https://[fe80::1%25eth0]/x.png", ODD),
        ("https://[fe80::1%eth0]/x.png", ODD),
        ("https://[v1.fe]/x.png", ODD),
        ("https://[::1]evil.example/x.png", ODD),
        (f"https://{'a' * 64}.example/x.png", ODD),
        (f"https://{'a.' * 130}example/x.png", ODD),
        ("https://localhost/x.png", INSIDE),
        ("http://localhost/x.png", INSIDE),
        ("https://x.localhost/x.png", INSIDE),
        ("https://router/x.png", INSIDE),
        ("https://printer.local/x.png", INSIDE),
        ("https://metadata.google.internal/computeMetadata/v1/", INSIDE),
        ("https://METADATA.goog/x.png", INSIDE),
        ("http://127.0.0.1:8000/x.png", INSIDE),
        ("https://169.254.169.254/latest/meta-data/", INSIDE),
        ("https://[fd00:ec2::254]/latest/meta-data/", INSIDE),
        ("https://[::]/x.png", INSIDE),
        ("https://[::ffff:10.0.0.1]/x.png", INSIDE),
        ("https://[::FFFF:7f00:1]/x.png", INSIDE),
    ],
)
def test_a_forged_url_is_refused_in_words(url: str, why: str) -> None:
    """For its scheme, its user, its spelling, where it leads, or whose host it is; nothing of its query is said."""
    assert SITE.refusal(url) == why


@pytest.mark.parametrize(
    "address",
    [str(ipaddress.IPv4Address(0)),
     "0.1.2.3", "10.0.0.1", "100.64.0.1", "100.100.100.200", "127.0.0.1", "127.255.255.254", "169.254.0.1",
     "169.254.169.254", "172.16.0.1", "172.31.255.255", "192.0.0.8", "192.168.1.1", "198.18.0.1", "224.0.0.1",
     "239.255.255.250", "240.0.0.1", "255.255.255.255",
     "::", "::1", "::10.0.0.1", "::8.8.8.8", "::ffff:127.0.0.1", "::ffff:169.254.169.254", "::ffff:0:8.8.8.8",
     "64:ff9b::10.0.0.1", "64:ff9b::169.254.169.254", "64:ff9b:1::8.8.8.8", "2002:a00:1::", "2002:a9fe:a9fe::1",
     "2001::1", "2001:0:808:808::f5ff:fffe", "2001:db8::1", "fc00::1", "fd00:ec2::254", "fe80::1", "fec0::1", "ff02::1",
     "ff0e::1", "100::1", "4000::1", "5f00::1"],
)  # fmt: skip
def test_addresses_that_are_not_on_the_internet(address: str) -> None:
    """Also those that carry an IPv4 address inside: mapped, compatible, 6to4, NAT64, Teredo."""
    parsed = ipaddress.ip_address(address)
    assert reach_of(parsed) is not Reach.INTERNET
    assert SITE.forbids("files.example", reach_of(parsed))


@pytest.mark.parametrize(
    "address", ["8.8.8.8", "1.1.1.1", "2606:4700::1", "::ffff:8.8.8.8", "64:ff9b::8.8.8.8", "2002:808:808::1"]
)
def test_addresses_that_are(address: str) -> None:
    """A machine that has IPv6 only reaches hosts of IPv4 by NAT64."""
    assert reach_of(ipaddress.ip_address(address)) is Reach.INTERNET
    assert not SITE.forbids("files.example", Reach.INTERNET)


@pytest.mark.parametrize(
    ("hosts", "url", "why"),
    [
        (LAN, "https://127.0.0.1/x.png", INSIDE),
        (LAN, "https://localhost/x.png", INSIDE),
        (LAN, "https://169.254.169.254/x.png", INSIDE),
        (LAN, "https://metadata.google.internal/x.png", INSIDE),
        (LAN, "https://224.0.0.1/x.png", INSIDE),
        (LAN, "https://10.1.2.5/x.png", UNUSED),
        (LAN, "https://10.1.2.3:22/x.png", UNUSED),
        (LAN, "http://10.1.2.4/x.png", PLAIN),
        (HERE, "http://127.0.0.1:6379/x.png", UNUSED),
        (HERE, "http://127.0.0.2:8000/x.png", UNUSED),
        (HERE, "https://10.0.0.1/x.png", INSIDE),
        (HERE, "https://169.254.169.254/x.png", INSIDE),
        (HERE, "http://0.0.0.0:8000/x.png", PLAIN),
        (HERE, "https://0.0.0.0:8000/x.png", INSIDE),
        (FileHosts.of("http://127.0.0.1:8000", {}), "http://x.127.0.0.1:8000/x.png", ODD),
    ],
)
def test_a_site_in_a_network_does_not_open_everything_in_it(hosts: FileHosts, url: str, why: str) -> None:
    """Neither this machine, nor the keys of a cloud, nor a host or a port that its files are not at."""
    assert hosts.refusal(url) == why


def test_a_name_is_judged_again_by_the_address_that_it_turns_out_to_have() -> None:
    """A name of the internet leads nowhere else; the name of the site itself may, where that is a name of a network."""
    assert SITE.forbids("site.example", Reach.NETWORK)
    assert SITE.forbids("files.example", Reach.MACHINE)
    assert LAN.forbids("files.lan", Reach.MACHINE)
    assert LAN.forbids("files.lan", Reach.NOWHERE)
    assert not LAN.forbids("files.lan", Reach.NETWORK)
    booru = FileHosts.of("https://booru.lan", {"https://files.lan": 1})
    assert not booru.forbids("booru.lan", Reach.MACHINE)  # what a machine's own name leads to, on Debian
    assert booru.forbids("files.lan", Reach.MACHINE)


def test_a_host_that_hardly_any_post_names_is_none_of_the_sites() -> None:
    """One in a hundred is the bound; what cannot be understood is none either."""
    origins = {"https://files.example": 197, "https://rare.example": 2, "https://evil.example": 1, "https:/": 90}
    hosts = FileHosts.of("https://site.example", {**origins, "https://x@y": 9})
    assert hosts.hosts == {("files.example", None)}
    hosts = FileHosts.of("https://site.example", origins | {"https:/": 0})
    assert hosts.refusal("https://rare.example/x.png") is None
    assert hosts.refusal("https://evil.example/x.png") == UNUSED
    assert FileHosts.of("https://site.example", {}).refusal("https://files.example/x.png") == UNUSED


ADDRESSES = st.ip_addresses() | st.sampled_from(
    [ipaddress.ip_address(text) for text in ("127.0.0.1", "169.254.169.254", "10.0.0.1", "::1", "fd00::1", "8.8.8.8")]
)
HOSTS = st.one_of(
    st.sampled_from(["site.example", "files.example", "evil.example", "localhost", "SITE.example.", "169.254.169.254"]),
    ADDRESSES.map(lambda address: f"[{address}]" if address.version == 6 else str(address)),
    st.from_regex(r"[a-z0-9.:\[\]%@xX_-]{1,24}", fullmatch=True),
    st.text(max_size=12),
)


@given(
    st.tuples(
        st.sampled_from(["https://", "http://", "//", "file://", "HTTPS://", ""]),
        st.sampled_from(["", "@", "a@", "a:b@", "site.example@"]),
        HOSTS,
        st.sampled_from(["", ":", ":443", ":80", ":8443", ":0", ":22"]),
        st.sampled_from(["", "/", "/x.png", "/x.png?auth=secret", "\\x.png", "#@files.example/"]),
    ).map("".join)
    | st.text(max_size=60)
)
@example("https://site.example")
def test_what_is_not_refused_is_asked_of_the_host_that_was_judged(url: str) -> None:
    """Two readers of URLs, that of the rules and that of the client, never see two hosts. Queries stay out."""
    refusal = SITE.refusal(url)
    if refusal is not None:
        assert "secret" not in refusal
        return
    asked = httpx.URL(url)
    assert asked.scheme == "https"
    assert asked.userinfo == b""
    host = asked.raw_host.decode().lower()
    assert host == urlsplit(url).hostname
    assert host in {"site.example", "files.example", "s3.example"} or host.endswith(".site.example")
    assert (asked.port or 443) in {443, 8443}


@given(ADDRESSES)
def test_an_address_is_judged_alike_in_a_url_and_when_it_is_connected_to(address: IPAddress) -> None:
    """A private one is refused however it comes; it is never taken for one of the internet by one of them alone."""
    shown = f"[{address}]" if ":" in str(address) else str(address)
    hosts = FileHosts.of("https://site.example", {f"https://{shown}": 1})
    assert (hosts.refusal(f"https://{shown}/x.png") == INSIDE) is hosts.forbids("x", reach_of(address))


@given(st.integers(0, 2**32 - 1), st.sampled_from(["::ffff:0:0/96", "64:ff9b::/96", "2002::/16"]))
def test_an_address_inside_another_counts(inner: int, outer: str) -> None:
    """What hides a private IPv4 address in an IPv6 one leads where that leads, or nowhere."""
    network = ipaddress.IPv6Network(outer)
    shift = 128 - network.prefixlen - 32
    hidden = ipaddress.IPv6Address(int(network.network_address) | inner << shift)
    with suppress(ValueError):
        inside = reach_of(ipaddress.IPv4Address(inner)) is Reach.INTERNET
        assert (reach_of(hidden) is Reach.INTERNET) is inside
