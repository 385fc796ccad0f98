"""What a file host hears, where it can send the client, and what the names of hosts may lead to."""

import errno
import logging
import re
import socket
import threading
from collections.abc import Sequence
from typing import Any, NoReturn

import pytest

from favsync.core.files.download import Trouble, Whole
from favsync.errors import ConfigInvalid
from favsync.model import FileKind
from favsync.site.http.connection import backend
from favsync.site.http.connection.resolve import Address, LookUp
from tests.site.files.conftest import FILE, MD5, PATH, SECRET, ConnectHost, Script, answer, to
from tests.site.raw import RawServer
from tests.site.test_connection import PEM, encrypted, finding, tunnel

GOOD = answer("200 OK", FILE)
WHOLE = Whole(MD5, len(FILE))
ELSEWHERE = "the host sends to where nothing is fetched: "


def test_every_byte_that_a_file_host_hears(connect: ConnectHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """The path, the host, an honest name, and what is wanted: no login, no cookie that it set, no page before."""
    monkeypatch.setenv("NETRC", str(PEM))
    cookie = "Set-Cookie: track=me; Path=/; Max-Age=9999"
    script = Script([to("/other.png"), answer("404 No", b"", cookie), answer("200 OK", FILE, cookie), GOOD])
    script.answers[0] = answer("302 Found", b"", cookie, "Location: /other.png")
    with RawServer(script) as server:
        fetching = connect(server.url)
        for _ in range(3):
            fetching.fetch()
    heads = [head.decode().split("\r\n") for head in script.heads]
    assert [head[0] for head in heads] == [f"GET {path} HTTP/1.1" for path in (PATH, "/other.png", PATH)]
    for head in heads:
        assert head[1] == f"Host: 127.0.0.1:{server.port}"
        assert re.fullmatch(r"User-Agent: favsync/\S+ \(by alice.*\)", head[2])
        assert head[3:] == ["Accept: */*", "Accept-Encoding: identity", "", ""]


def test_a_redirect_is_followed_to_the_sites_own_hosts(connect: ConnectHost) -> None:
    """On the same host and to another that its posts name; three times at most."""
    first, second = Script([]), Script([GOOD])
    with RawServer(first) as one, RawServer(second) as two:
        first.answers = [to("/a"), to("b?x=1"), to(f"{two.url}/c")]
        fetching = connect(one.url, others={two.url: 1})
        assert fetching.fetch() == WHOLE
        assert (first.paths, second.paths) == ([PATH, "/a", "/b?x=1"], ["/c"])
        first.answers = [to("/round")] * 9
        fetching.folder.remove(f"{MD5[:2]}/{MD5[2:4]}/{MD5}.png")
        assert fetching.fetch() == Trouble("the host redirected more than 3 times")
        assert len(first.heads) == 7


@pytest.mark.parametrize(
    ("target", "why"),
    [
        ("http://127.0.0.1:1/x.png", "its URL is at a host that the site does not use"),
        ("https://evil.example/x.png", "its URL is at a host that the site does not use"),
        ("//evil.example/x.png", "its URL is not encrypted"),
        ("http://evil.example/x.png", "its URL is not encrypted"),
        ("file:///etc/passwd", "its URL begins with 'file:'"),
        ("http://a:b@127.0.0.1/x.png", "its URL holds a user name"),
        ("https://169.254.169.254/latest", "its URL leads into a private network"),
        ("https://10.0.0.1/x.png", "its URL leads into a private network"),
        ("http://0x7f.1/x.png", "its URL has a host that is no plain name or address"),
    ],
)
def test_a_redirect_leads_nowhere_else(connect: ConnectHost, target: str, why: str) -> None:
    """Each rule for the URL of a file holds for where it sends to; the host may be asked again later."""
    with RawServer(Script([to(f"{target}?{SECRET}")])) as server:
        assert connect(server.url).fetch() == Trouble(f"{ELSEWHERE}{why}")


@pytest.mark.parametrize("target", ["//[::1", "http://[x"])
def test_a_redirect_to_what_is_no_url_is_said(connect: ConnectHost, target: str) -> None:
    """It is no crash."""
    with RawServer(Script([to(target)])) as server:
        assert connect(server.url).fetch() == Trouble("the host sends to what is no URL")


@pytest.mark.parametrize("url", ["file:///etc/passwd", "https://evil.example/x", "x", "http://a@127.0.0.1/", ""])
def test_a_url_that_is_refused_is_no_failure_of_the_host(connect: ConnectHost, url: str) -> None:
    """Nobody was asked, and nobody will be: it is not tried again in this fetch."""
    with RawServer(Script([])) as server:
        end = connect(server.url).fetch(url=url or "//")
        assert isinstance(end, Trouble)
        assert end.is_refused
        assert server.connections == 0


@pytest.mark.parametrize(
    "bad",
    [
        to(f"/next.png?{SECRET}"),
        to(f"https://evil.example/x?{SECRET}"),
        to(f"//[::1?{SECRET}"),
        answer("200 OK", f"<a href='{PATH}'>".encode(), f"X: {PATH}"),
        answer(f"500 {PATH}", PATH.encode()),
        f"HTTP/1.1 {PATH}\r\n\r\n".encode(),
        b"",
    ],
)
def test_a_query_is_in_no_log_and_no_error(
    connect: ConnectHost, bad: bytes, caplog: pytest.LogCaptureFixture, capfd: pytest.CaptureFixture[str]
) -> None:
    """It opens the file of a deleted post, for a quarter of an hour; httpx and httpcore would log it, too."""
    caplog.set_level(logging.DEBUG)
    with RawServer(Script([bad, GOOD, GOOD])) as server:
        end = connect(server.url).fetch()
    shown = caplog.text + repr(end) + "".join(capfd.readouterr())
    assert "GET http://127.0.0.1" in caplog.text or not bad.startswith(b"HTTP/1.1 2")
    assert "send_request_headers" in caplog.text
    assert "c0ffee" not in shown


# ---- names ----


@pytest.fixture
def dialled(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The addresses that would be connected to; nothing is."""
    found: list[str] = []

    def dial(addresses: Sequence[Address], **_: object) -> NoReturn:
        found.extend(str(address.ip) for address in addresses)
        raise ConnectionRefusedError(errno.ECONNREFUSED, "")

    monkeypatch.setattr(backend, "dial", dial)
    return found


def leading_to(*answers: str) -> LookUp:
    """A resolver that has these addresses (several: with blanks) for the first, the second… question."""
    left = list(answers)

    def look_up(host: str, port: int) -> list[Any]:
        addresses = (left.pop(0) if len(left) > 1 else left[0]).split()
        return [
            (socket.AF_INET6 if ":" in address else socket.AF_INET, socket.SOCK_STREAM, 6, "", (address, port))
            for address in addresses
        ]

    return look_up


SITE, LAN = "https://site.example", "https://booru.lan"


@pytest.mark.parametrize(
    ("url", "addresses", "asked"),
    [
        ("https://files.example", "10.0.0.1", ""),
        ("https://files.example", "127.0.0.1", ""),
        ("https://files.example", "169.254.169.254", ""),
        ("https://files.example", "::1 fd00::1 fe80::1%2 ::ffff:10.0.0.1 64:ff9b::a00:1 2002:a00:1::1", ""),
        ("https://site.example", "192.168.1.1", ""),
        ("https://files.example", "10.0.0.1 8.8.8.8 127.0.0.1 2606:4700::1", "8.8.8.8 2606:4700::1"),
        ("https://booru.lan", "10.0.0.1", "10.0.0.1"),
        ("https://booru.lan", "127.0.1.1", "127.0.1.1"),
        ("https://files.lan", "10.0.0.1 127.0.0.1 169.254.169.254", "10.0.0.1"),
        ("https://files.lan", "127.0.0.1", ""),
    ],
)  # fmt: skip
def test_a_name_is_judged_by_the_address_that_is_connected_to(
    connect: ConnectHost, dialled: list[str], url: str, addresses: str, asked: str
) -> None:
    """Whatever it looks like, and whatever it led to before; of several addresses the good ones are left."""
    site, host = LAN if url.endswith(".lan") else SITE, url.removeprefix("https://")
    fetching = connect(site, others={"https://files.example": 1, "https://files.lan": 1}, look_up=leading_to(addresses))
    end = fetching.fetch(url=url + PATH)
    assert dialled == asked.split()
    assert isinstance(end, Trouble)
    why = "connection refused" if asked else rf"{host} leads to [0-9a-f.:]+, which is asked for no files"
    assert re.fullmatch(f"the file host cannot be reached: {why}", end.why)


def test_a_name_that_leads_inside_the_second_time_is_refused_then(connect: ConnectHost, dialled: list[str]) -> None:
    """Rebinding: what it led to a moment ago counts for nothing."""
    fetching = connect(SITE, look_up=leading_to("8.8.8.8", "127.0.0.1"))
    fetching.fetch()
    fetching.fetch()
    assert dialled == ["8.8.8.8"]


def test_a_name_of_this_machine_that_leads_elsewhere_is_refused(connect: ConnectHost, dialled: list[str]) -> None:
    """What is asked there is not encrypted."""
    end = connect("http://x.localhost:1", look_up=leading_to("8.8.8.8")).fetch()
    assert isinstance(end, Trouble)
    assert "x.localhost leads to 8.8.8.8, and not to this machine" in end.why
    assert dialled == []


# ---- a proxy, TLS ----


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate of these tests is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))


@pytest.mark.usefixtures("trusted")
def test_behind_a_proxy_a_host_is_judged_by_its_name(connect: ConnectHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """The proxy itself may be in a private network; what it is asked for may not, by its spelling."""
    with RawServer(encrypted(Script([GOOD]))) as server, RawServer(tunnel(server.port)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        inside = ["https://10.0.0.1", "https://metadata.google.internal", "https://nas", "https://localhost"]
        fetching = connect(SITE, others=dict.fromkeys(inside, 1))
        with fetching.host:
            assert fetching.fetch() == WHOLE
            for host in inside:
                end = fetching.fetch(kind=FileKind.SAMPLE, url=f"{host}/x.png")
                assert end == Trouble("its URL leads into a private network", is_refused=True)
        assert proxy.connections == 1


def test_a_proxy_that_fails_is_named(connect: ConnectHost, monkeypatch: pytest.MonkeyPatch) -> None:
    """By the variable that names it, and as what it is: no file host."""
    with RawServer(Script([answer("403 No")])) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        fetching = connect(SITE)
        with fetching.host:
            end = fetching.fetch()
        assert isinstance(end, Trouble)
        assert end.why.startswith("the proxy that HTTPS_PROXY names did not connect to the file host: ")


def test_what_fails_behind_a_proxy_takes_up_no_connection(
    connect: ConnectHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often: httpcore leaves one open where TLS fails within it, and has ten."""

    def no_tls(connection: socket.socket, _: threading.Event) -> None:
        connection.sendall(b"HTTP/1.1 400 This is no TLS\r\n\r\n")

    with RawServer(no_tls) as server, RawServer(tunnel(server.port)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        fetching = connect(SITE, timeout=2)
        with fetching.host:
            ends = [fetching.fetch() for _ in range(12)]
        assert all("no secure connection came about" in repr(end) for end in ends)
        assert proxy.connections == 12


def test_a_proxy_that_cannot_be_used_is_a_setting_to_correct(
    connect: ConnectHost, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is no failure of the host, to be tried five times."""
    monkeypatch.setenv("HTTPS_PROXY", "gopher://proxy.example")
    with pytest.raises(ConfigInvalid, match="HTTPS_PROXY names a proxy of the kind"):
        connect(SITE).fetch()


@pytest.mark.usefixtures("trusted")
def test_from_an_encrypted_host_nothing_leads_to_one_that_is_not(connect: ConnectHost) -> None:
    """Not even to the same host."""
    with RawServer(encrypted(Script([to("http://files.example/x.png"), GOOD]))) as server:
        fetching = connect(f"https://127.0.0.1:{server.port}", others={"https://files.example": 1})
        assert fetching.fetch() == Trouble(f"{ELSEWHERE}its URL is not encrypted")
        assert fetching.fetch() == WHOLE


def test_who_cannot_show_to_be_the_host_is_sent_nothing(connect: ConnectHost) -> None:
    """A certificate that nobody vouches for, and one of another name."""
    script = Script([GOOD])
    with RawServer(encrypted(script)) as server:
        end = connect(f"https://localhost:{server.port}", look_up=finding(server.port)).fetch()
    assert isinstance(end, Trouble)
    assert "the file host's certificate cannot be trusted" in end.why
    assert script.heads == []
