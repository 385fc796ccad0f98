"""How a connection comes about: names, addresses, TLS and proxies, over real sockets."""

import errno
import importlib.util
import os
import signal
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from favsync.errors import ConfigInvalid, SiteUnreachable, SiteUrlInvalid
from favsync.site.e621.client import SiteClient
from favsync.site.http.connection.dial import alternating, dial
from favsync.site.http.connection.resolve import Address, LookUp, Resolver
from favsync.site.http.connection.trouble import network_words
from tests.site.raw import Handler, RawServer, answering, black_hole, dripping, read_head
from tests.site.scripted import json_reply

PEM = Path(__file__).with_name("site_example.pem")
"""A key and a certificate for site.example, localhost and 127.0.0.1, of this test suite and of no other use."""

PAGE = json_reply(200, {"posts": [{"id": 7, "tags": {}}]})

NEEDS_SOCKS = pytest.mark.skipif(importlib.util.find_spec("socksio") is None, reason="socksio is not installed")


def here(port: int) -> Address:
    return Address(socket.AF_INET, ("127.0.0.1", port))


def finding(*ports: int) -> LookUp:
    """A resolver that answers every name with these ports of this machine."""

    def look_up(host: str, port: int) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("127.0.0.1", found)) for found in ports]

    return look_up


def closed_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as listening:
        return int(listening.getsockname()[1])


def client_of(url: str, *, look_up: LookUp | None = None, timeout: float = 5, retry_for: float = 0) -> SiteClient:
    resolver = Resolver(look_up) if look_up else None
    return SiteClient(
        url,
        login=None,
        request_interval=0,
        timeout=timeout,
        retry_for=retry_for,
        resolver=resolver,
        sleep=lambda _: None,
    )


def test_a_dead_address_before_a_living_one_does_not_keep_the_site_away() -> None:
    """Neither the answer's deadline nor the time of one address is waited for: the next one is tried meanwhile."""
    with (
        black_hole() as dead,
        RawServer(answering(PAGE)) as server,
        client_of("http://localhost", look_up=finding(dead, dead, server.port), timeout=0.5) as client,
    ):
        assert [post.id for post in client.fetch_listing(3, 1).posts] == [7]


def test_the_time_of_an_answer_begins_after_the_connection_is_made() -> None:
    """Connecting may take longer than an answer may."""
    with black_hole() as dead, RawServer(answering(PAGE)) as server:
        connected, address = dial([here(dead), here(server.port)], per_address=60, head_start=0.01)
        connected.close()
        assert address == here(server.port)
        # A head start longer than the timeout: the answer still comes.
        with client_of("http://localhost", look_up=finding(dead, server.port), timeout=0.2) as client:
            assert [post.id for post in client.fetch_listing(3, 1).posts] == [7]


def test_an_address_that_refuses_is_followed_by_the_next_at_once() -> None:
    """There is nothing to wait for."""
    with RawServer(answering(PAGE)) as server:
        connected, address = dial([here(closed_port()), here(server.port)], head_start=3600)
        connected.close()
        assert address == here(server.port)


def test_an_address_is_given_up_after_its_time() -> None:
    """Where nothing answers, that is an error and no wait without an end."""
    with black_hole() as dead, pytest.raises(TimeoutError):
        dial([here(dead), here(dead)], per_address=0.05, head_start=0.01)


def test_of_several_failures_the_one_that_says_most_is_told() -> None:
    """Somebody refused: that is nearer to the truth than an address that is dead."""
    with black_hole() as dead, pytest.raises(ConnectionRefusedError):
        dial([here(dead), here(closed_port()), here(dead)], per_address=0.05, head_start=0.01)


def test_families_take_turns() -> None:
    """Six dead addresses of one kind do not stand before the first of the other."""
    six = [Address(socket.AF_INET6, (f"2001:db8::{n}", 443)) for n in range(4)]
    four = [Address(socket.AF_INET, (f"192.0.2.{n}", 443)) for n in range(2)]
    assert alternating([*six, *four]) == [six[0], four[0], six[1], four[1], *six[2:]]
    assert alternating(four) == four


def test_an_address_that_answered_is_the_first_to_be_tried_again() -> None:
    """The dead one costs its head start once, and not with each connection."""
    with black_hole() as dead, RawServer(answering(PAGE)) as server:
        asked: list[int] = []

        def look_up(host: str, port: int) -> list[Any]:
            # From the second time on the first address would be taken, if it were tried first.
            asked.append(port)
            return finding(dead if len(asked) == 1 else other.port, server.port)(host, port)

        with RawServer(answering(PAGE)) as other, client_of("http://localhost", look_up=look_up) as client:
            client.fetch_listing(3, 1)
            client.fetch_listing(3, 1)
            assert (len(asked), server.connections, other.connections) == (2, 2, 0)


def test_a_made_connection_is_kept() -> None:
    """The next request is sent over it."""
    kept = PAGE.replace(b"Connection: close\r\n", b"")
    with RawServer(answering(kept, kept, kept)) as server, client_of(server.url) as client:
        for _ in range(3):
            client.fetch_listing(3, 1)
        assert server.connections == 1


def test_a_connection_that_the_site_has_closed_is_made_again() -> None:
    """A kept connection may be closed by the site at any time, which is no failure."""
    kept = PAGE.replace(b"Connection: close\r\n", b"")
    with RawServer(answering(kept)) as server, client_of(server.url, retry_for=5) as client:
        for _ in range(3):
            client.fetch_listing(3, 1)
        assert server.connections == 3


def test_a_resolver_that_hangs_is_given_up_and_asked_again() -> None:
    """What it finds in the end serves the next try; it is not asked twice at a time."""
    answers, calls = threading.Event(), []

    with RawServer(answering(PAGE)) as server:

        def look_up(host: str, port: int) -> list[Any]:
            calls.append(host)
            answers.wait(30)
            return finding(server.port)(host, port)

        resolver = Resolver(look_up, seconds=0.05)
        with SiteClient("http://localhost", login=None, request_interval=0, retry_for=0, resolver=resolver) as client:
            for _ in range(2):
                with pytest.raises(SiteUnreachable, match=r"name localhost was not resolved within 0\.05 seconds"):
                    client.fetch_listing(3, 1)
            answers.set()
            resolver._seconds = 30
            client.fetch_listing(3, 1)
    assert calls == ["localhost"]


def test_a_resolver_that_hangs_does_not_hold_the_end_of_the_program() -> None:
    """The thread that asks is left behind."""
    script = (
        "import time; from favsync.site.http.connection.resolve import Resolver\n"
        "try: Resolver(lambda host, port: time.sleep(600), seconds=0.05).addresses('x', 1)\n"
        "except Exception as exc: print(exc)\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60, check=True)
    assert done.stdout == "the name x was not resolved within 0.05 seconds\n"
    assert done.stderr == ""


class Signalled(Exception):
    """What the handler of the tests raises, as favsync's own do."""


@contextmanager
def alarm() -> Iterator[None]:
    """A signal comes soon, and its handler raises Signalled in the main thread."""

    def handler(_number: int, _frame: object) -> None:
        raise Signalled

    before = signal.signal(signal.SIGALRM, handler)
    signal.setitimer(signal.ITIMER_REAL, 0.2)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_REAL, 0)
        signal.signal(signal.SIGALRM, before)


def test_a_signal_ends_the_wait_for_a_resolver() -> None:
    """Ctrl-C is not held up by the system's resolver."""
    over = threading.Event()

    def look_up(_host: str, _port: int) -> list[Any]:
        over.wait(30)
        return []

    with pytest.raises(Signalled), alarm():
        Resolver(look_up, seconds=30).addresses("x", 1)
    over.set()


def test_a_signal_ends_the_wait_for_a_connection() -> None:
    """And leaves no socket open."""
    with black_hole() as dead, pytest.raises(Signalled), alarm():
        dial([here(dead)] * 3, per_address=30)


@pytest.mark.parametrize("failure", [socket.gaierror(socket.EAI_NONAME, "Name or service not known"), UnicodeError()])
def test_a_name_that_does_not_resolve_is_named(failure: Exception) -> None:
    """Without the number of an error."""

    def look_up(_host: str, _port: int) -> list[Any]:
        raise failure

    with (
        client_of("https://site.example", look_up=look_up) as client,
        pytest.raises(
            SiteUnreachable, match=r"^The site cannot be reached: the name site\.example cannot be resolved \("
        ),
    ):
        client.fetch_listing(3, 1)


def test_a_machine_that_is_offline_is_asked_about() -> None:
    """EAI_AGAIN is what a machine without a network says of every name."""

    def look_up(_host: str, _port: int) -> list[Any]:
        raise socket.gaierror(socket.EAI_AGAIN, "Temporary failure in name resolution")

    with (
        client_of("https://site.example", look_up=look_up) as client,
        pytest.raises(SiteUnreachable, match=r"site\.example cannot be resolved now \(is this machine online\?\)"),
    ):
        client.fetch_listing(3, 1)


def test_a_refused_connection_has_no_number() -> None:
    """It is one of the two most frequent errors there are."""
    with (
        client_of(f"http://127.0.0.1:{closed_port()}") as client,
        pytest.raises(SiteUnreachable, match=r"^The site cannot be reached: connection refused \(tried once\)\.$"),
    ):
        client.fetch_listing(3, 1)


@pytest.mark.parametrize("url", ["http://x.localhost", "https://x.localhost", "http://localhost:8000"])
def test_a_name_of_this_machine_that_leads_elsewhere_is_refused(url: str) -> None:
    """What is said to it is not encrypted, or without a pause: that is for this machine alone."""

    def look_up(_host: str, port: int) -> list[Any]:
        return [(socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", port))]

    with (
        client_of(url, look_up=look_up, retry_for=60) as client,
        pytest.raises(SiteUrlInvalid, match=r"localhost leads to 192\.0\.2\.1, and not to this machine"),
    ):
        client.fetch_listing(3, 1)
    assert client.requests == 1


def test_of_the_addresses_of_this_machines_name_only_its_own_are_tried() -> None:
    """One that leads elsewhere may stand before them."""
    with RawServer(answering(PAGE)) as server:

        def look_up(host: str, port: int) -> list[Any]:
            elsewhere = (socket.AF_INET, socket.SOCK_STREAM, 6, "", ("192.0.2.1", port))
            return [elsewhere, *finding(server.port)(host, port)]

        with client_of("http://x.localhost", look_up=look_up) as client:
            assert [post.id for post in client.fetch_listing(3, 1).posts] == [7]


# ---- TLS ----


def encrypted(handler: Handler) -> Handler:
    """Speak TLS first."""

    def handle(connection: socket.socket, over: threading.Event) -> None:
        context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        context.load_cert_chain(PEM)
        with context.wrap_socket(connection, server_side=True) as wrapped:
            handler(wrapped, over)

    return handle


@pytest.fixture
def trusted(monkeypatch: pytest.MonkeyPatch) -> None:
    """The certificate of these tests is trusted."""
    monkeypatch.setenv("SSL_CERT_FILE", str(PEM))


@pytest.mark.usefixtures("trusted")
def test_an_encrypted_site_is_asked_over_one_kept_connection() -> None:
    """Handshakes are dear, to both sides."""
    kept = PAGE.replace(b"Connection: close\r\n", b"")
    with RawServer(encrypted(answering(kept, kept))) as server, client_of(f"https://127.0.0.1:{server.port}") as client:
        for _ in range(2):
            assert [post.id for post in client.fetch_listing(3, 1).posts] == [7]
        assert server.connections == 1


@pytest.mark.usefixtures("trusted")
def test_a_large_encrypted_answer_comes_whole() -> None:
    """Thousands of records."""
    big = json_reply(200, {"posts": [{"id": n, "tags": {}, "description": "x" * 10_000} for n in range(1, 301)]})
    with RawServer(encrypted(answering(big))) as server, client_of(f"https://127.0.0.1:{server.port}") as client:
        assert len(client.fetch_listing(3, 1).posts) == 300


def test_a_certificate_that_nobody_vouches_for_is_final() -> None:
    """Asking again would not make it trustworthy, and nothing is sent."""
    heard: list[bytes] = []

    def listen(connection: socket.socket, _over: threading.Event) -> None:
        heard.append(read_head(connection))

    with RawServer(encrypted(listen)) as server:
        with (
            client_of(f"https://127.0.0.1:{server.port}", retry_for=60) as client,
            pytest.raises(SiteUnreachable, match=r"certificate cannot be trusted \(self.signed cert.*nothing was sent"),
        ):
            client.fetch_listing(3, 1)
        assert (server.connections, heard) == (1, [])


@pytest.mark.usefixtures("trusted")
def test_a_certificate_for_another_host_is_final() -> None:
    """It is trusted, and not for this name."""
    with (
        RawServer(encrypted(answering(PAGE))) as server,
        client_of(f"https://x.localhost:{server.port}", look_up=finding(server.port), retry_for=60) as client,
        pytest.raises(SiteUnreachable, match=r"certificate cannot be trusted \(Hostname mismatch"),
    ):
        client.fetch_listing(3, 1)


def test_a_site_that_does_not_speak_tls_is_said_to() -> None:
    """A plain HTTP server answers the handshake with words of its own."""
    with (
        RawServer(lambda connection, _over: connection.sendall(b"HTTP/1.1 400 Bad Request\r\n\r\n")) as server,
        client_of(f"https://127.0.0.1:{server.port}") as client,
        pytest.raises(SiteUnreachable, match=r"no secure connection came about \([a-z ]+\)"),
    ):
        client.fetch_listing(3, 1)


def test_a_handshake_that_only_drips_ends() -> None:
    """The header of a record that is long, and then its bytes one by one."""
    drip = dripping(b"\x16\x03\x03\x40\x00", b"\x02", reads=False)
    with (
        RawServer(drip) as server,
        client_of(f"https://127.0.0.1:{server.port}", timeout=0.3) as client,
        pytest.raises(SiteUnreachable, match="cannot be reached: the connection was not set up in time"),
    ):
        client.fetch_listing(3, 1)


def test_certificates_that_cannot_be_read_are_a_setting_to_correct(monkeypatch: pytest.MonkeyPatch) -> None:
    """Named by the variable that names them."""
    monkeypatch.setenv("SSL_CERT_FILE", "/nowhere/at/all.pem")
    with pytest.raises(ConfigInvalid, match="SSL_CERT_FILE names certificates that cannot be used"):
        SiteClient("https://site.example", login=None)


# ---- proxies ----


def tunnel(to: int) -> Handler:
    """A proxy that connects every CONNECT to a port of this machine."""

    def handle(connection: socket.socket, over: threading.Event) -> None:
        assert read_head(connection).startswith(b"CONNECT site.example:443 ")
        connection.sendall(b"HTTP/1.1 200 Go ahead\r\n\r\n")
        join(connection, to)

    return handle


def join(connection: socket.socket, to: int) -> None:
    with socket.create_connection(("127.0.0.1", to)) as beyond:
        back = threading.Thread(target=copy, args=(beyond, connection))
        back.start()
        copy(connection, beyond)
        back.join()


def copy(source: socket.socket, target: socket.socket) -> None:
    try:
        while received := source.recv(65536):
            target.sendall(received)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        pass


def socks(to: int) -> Handler:
    """A SOCKS5 proxy without a login that connects to a port of this machine."""

    def handle(connection: socket.socket, over: threading.Event) -> None:
        connection.recv(3)
        connection.sendall(b"\x05\x00")
        connection.recv(512)
        connection.sendall(b"\x05\x00\x00\x01\x7f\x00\x00\x01\x00\x50")
        join(connection, to)

    return handle


@pytest.mark.usefixtures("trusted")
@pytest.mark.parametrize(
    ("kind", "proxy"),
    [
        ("http", tunnel),
        ("https", lambda to: encrypted(tunnel(to))),
        pytest.param("socks5", socks, marks=NEEDS_SOCKS),
        pytest.param("socks5h", socks, marks=NEEDS_SOCKS),
    ],
)
def test_a_site_is_asked_through_every_kind_of_proxy(
    monkeypatch: pytest.MonkeyPatch, kind: str, proxy: Callable[[int], Handler]
) -> None:
    """Spoken to in the clear, over TLS (the site's own within it), or in SOCKS."""
    with RawServer(encrypted(answering(PAGE))) as site, RawServer(proxy(site.port)) as between:
        monkeypatch.setenv("HTTPS_PROXY", f"{kind}://127.0.0.1:{between.port}")
        with client_of("https://site.example") as client:
            assert [post.id for post in client.fetch_listing(3, 1).posts] == [7]


def dripping_tls(connection: socket.socket, over: threading.Event) -> None:
    """A proxy that lets through a site whose handshake never comes to an end."""
    read_head(connection)
    connection.sendall(b"HTTP/1.1 200 Go ahead\r\n\r\n")
    connection.recv(4096)
    dripping(b"\x16\x03\x03\x40\x00", b"\x02", reads=False)(connection, over)


@pytest.mark.parametrize(
    ("kind", "handler", "words"),
    [
        ("http", dripping(b"HTTP/1.1 200 OK\r\n", b"X: a\r\n", b"\r\n"), "the connection was not set up in time"),
        ("http", dripping_tls, "was not set up in time"),
        pytest.param("socks5", dripping(b"", b"", reads=False), "was not set up in time", marks=NEEDS_SOCKS),
        (
            "http",
            answering(b"HTTP/1.1 407 Who are you\r\n\r\n"),
            "The proxy that HTTPS_PROXY names did not .* 407 Who are",
        ),
        pytest.param("socks5", dripping(b"HTTP/1.1 400 B", b"", reads=False), "is not SOCKS5", marks=NEEDS_SOCKS),
        pytest.param("socks5", dripping(b"\x05\xff", b"", reads=False), "Requested NO AUTH", marks=NEEDS_SOCKS),
    ],
)
def test_a_proxy_that_is_the_trouble_is_named(
    monkeypatch: pytest.MonkeyPatch, kind: str, handler: Handler, words: str
) -> None:
    """By the variable that names it; and it is waited for no longer than for a site."""
    with RawServer(handler) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"{kind}://127.0.0.1:{proxy.port}")
        with client_of("https://site.example", timeout=0.3) as client, pytest.raises(SiteUnreachable, match=words):
            client.fetch_listing(3, 1)


def test_a_proxy_that_fails_again_and_again_uses_nothing_up(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ten connections is what a pool may have open; the eleventh would wait forever."""
    refusal = b"HTTP/1.1 200 Go ahead\r\n\r\n"
    with RawServer(answering(refusal)) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", f"http://127.0.0.1:{proxy.port}")
        with client_of("https://site.example") as client:
            for _ in range(15):
                with pytest.raises(SiteUnreachable, match=r"no secure connection|reset|closed"):
                    client.fetch_listing(3, 1)
        assert proxy.connections == 15


def test_a_proxy_that_nobody_runs_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is not the site that cannot be reached."""
    monkeypatch.setenv("ALL_PROXY", f"127.0.0.1:{closed_port()}")
    with (
        client_of("https://site.example") as client,
        pytest.raises(SiteUnreachable, match=r"^The proxy that ALL_PROXY names cannot be reached: connection refused"),
    ):
        client.fetch_listing(3, 1)


def test_no_proxy_is_named_where_it_may_be_the_reason(monkeypatch: pytest.MonkeyPatch) -> None:
    """Where only the proxy leads out, an exception from it leads nowhere."""
    monkeypatch.setenv("HTTPS_PROXY", "http://proxy.example")
    monkeypatch.setenv("NO_PROXY", "*")
    with (
        client_of("https://site.example", look_up=finding(closed_port())) as client,
        pytest.raises(SiteUnreachable, match=r"refused \(NO_PROXY says not to use the proxy of HTTPS_PROXY\)"),
    ):
        client.fetch_listing(3, 1)


@pytest.mark.parametrize("number", sorted({*errno.errorcode} - {0}))
def test_what_goes_wrong_on_the_network_has_words_and_no_number(number: int) -> None:
    """`[Errno 101]` helps nobody; what Python makes of some numbers, such as a TimeoutError, has words as well."""
    words = network_words(OSError(number, os.strerror(number)))
    assert words
    assert "Errno" not in words
    assert str(number) not in words.split()
    assert not words.endswith(".")
