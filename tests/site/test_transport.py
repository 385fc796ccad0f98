"""What is sent, to whom, and how every error of the HTTP library becomes one of ours."""

import base64
import inspect
import logging
import re
import subprocess
import sys
import traceback
from types import ModuleType

import httpcore
import httpx
import pytest

from favsync.errors import (
    ConfigInvalid,
    FavsyncError,
    KeyMissing,
    SiteNonsense,
    SiteTrouble,
    SiteUnreachable,
    SiteUrlInvalid,
    UsageError,
)
from favsync.site.api import Login
from favsync.site.e621.client import SiteClient
from favsync.site.http.connection.proxies import Route
from favsync.site.http.redirects import redirect_words
from favsync.site.http.retries import Transient
from favsync.site.http.translate import WIRE_ERRORS, translated
from tests.site.conftest import ALICE, ClientFactory, FakeTime
from tests.site.scripted import DROP, ScriptedSite, html_reply, json_reply, reply

EMPTY_PAGE = json_reply(200, {"posts": []})
KEY = ALICE.api_key
BASIC = base64.b64encode(f"alice:{KEY}".encode()).decode()


def test_the_key_travels_as_basic_authentication_alone(site: ScriptedSite, client: SiteClient) -> None:
    """Never in a URL or a form, where logs would keep it."""
    site.says(json_reply(200, {"post_id": 5}))
    client.add_favorite(5)
    (asked,) = site.asked
    assert asked.headers["authorization"] == f"Basic {BASIC}"
    assert (asked.path, asked.query, asked.body) == ("/favorites.json", {}, "post_id=5")


def test_without_a_login_no_credentials_are_sent(site: ScriptedSite, connect: ClientFactory) -> None:
    """The site takes half a login for no login; none at all is honest."""
    site.says(EMPTY_PAGE)
    connect(None, user="bob").fetch_listing(3, 1)
    assert "authorization" not in site.asked[0].headers


@pytest.mark.parametrize(
    ("login", "user", "named"),
    [
        (ALICE, None, "(by alice on {host})"),
        (ALICE, "Robin of Loxley", "(by Robin of Loxley on {host})"),
        (None, "bob", "(by bob on {host})"),
        (None, None, "(on {host})"),
        (None, "zoë\r\nX-Evil: (1)\udcff", "(by zo%C3%AB%0D%0AX-Evil%3A %281%29? on {host})"),
    ],
)
def test_the_user_agent_says_what_runs_and_who_runs_it(
    site: ScriptedSite, connect: ClientFactory, login: Login | None, user: str | None, named: str
) -> None:
    """The site blocks the names of browsers and libraries, and wants to know whom to write to."""
    site.says(EMPTY_PAGE)
    connect(login, user=user).fetch_listing(3, 1)
    host = site.url.removeprefix("http://")
    assert site.asked[0].headers["user-agent"] == f"favsync/0.1.0 {named.format(host=host)}"


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
def test_a_redirect_is_told_and_never_followed(site: ScriptedSite, client: SiteClient, status: int) -> None:
    """The key was given for one site; where that one points to is another."""
    with ScriptedSite() as elsewhere:
        elsewhere.says(EMPTY_PAGE)
        site.says(reply(status, headers=[("Location", f"{elsewhere.url}/favorites.json?x=1")]))
        with pytest.raises(
            SiteNonsense, match=f"same host, {elsewhere.url}, which is not followed.*account add --site"
        ):
            client.fetch_listing(3, 1)
        with pytest.raises(SiteNonsense, match="redirect"):
            client.add_favorite(5)
        assert elsewhere.asked == []
    assert client.requests == 2


@pytest.mark.parametrize("location", [[], [("Location", "http://[")], [("Location", "mailto:a@b.example")]])
def test_a_redirect_to_nowhere_in_particular_is_not_followed_either(
    site: ScriptedSite, client: SiteClient, location: list[tuple[str, str]]
) -> None:
    """There is no other site to name."""
    site.says(reply(302, headers=location))
    with pytest.raises(SiteNonsense, match="a redirect that is not followed"):
        client.fetch_listing(3, 1)


@pytest.mark.parametrize(
    ("location", "site", "words"),
    [
        ("https://x.example/a", "http://x.example", "another address of the same host, https://x.example, which"),
        ("https://x.example:8443/", "https://x.example", "another address of the same host, https://x.example:8443,"),
        ("http://x.example/a", "https://x.example", "its own unencrypted form, http://x.example: the API key is never"),
        ("https://X.example:443/a.json/?b", "https://x.example", r"another page of the same host \(/a.json/\), which"),
        ("/session/new", "https://x.example:8443", r"another page of the same host \(/session/new\), .* in a browser"),
        ("?a", "https://x.example", r"another page of the same host \(/\), which"),
        ("https://www.x.example/a", "https://x.example", "redirect to https://www.x.example, .* goes nowhere else"),
    ],
)
def test_a_redirect_within_the_same_host_is_described_as_one(location: str, site: str, words: str) -> None:
    """Encrypted or not, another port or another page: each asks for something else of the user."""
    assert re.search(words, redirect_words(301, location, site))


@pytest.mark.parametrize("location", ["//u:secret@new.example/x", "//u:secret@new.example\x9b2J/x"])
def test_a_redirect_shows_no_credentials_and_no_control_characters(
    site: ScriptedSite, connect: ClientFactory, location: str
) -> None:
    """The Location is text from the site, too."""
    site.says(reply(302, headers=[("Location", location)]))
    with pytest.raises(SiteTrouble, match=r"new\.example") as caught:
        connect(retry_for=0).fetch_listing(3, 1)
    assert "secret" not in str(caught.value)
    assert str(caught.value).isprintable()


def test_cookies_are_not_kept(site: ScriptedSite, client: SiteClient) -> None:
    """Every request says itself who asks."""
    site.says(json_reply(200, {"posts": []}, [("Set-Cookie", "session=1; Path=/")]))
    client.fetch_listing(3, 1)
    client.fetch_listing(3, 1)
    assert all("cookie" not in asked.headers for asked in site.asked)


def test_a_proxy_of_the_environment_is_not_used_for_loopback(
    site: ScriptedSite, connect: ClientFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A rehearsal stays on this machine."""
    with ScriptedSite() as proxy:
        monkeypatch.setenv("HTTP_PROXY", proxy.url)
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        site.says(EMPTY_PAGE)
        connect().fetch_listing(3, 1)
        assert (len(site.asked), proxy.asked) == (1, [])


def test_a_proxy_of_the_environment_is_used_for_a_real_site(time: FakeTime, monkeypatch: pytest.MonkeyPatch) -> None:
    """As users expect of every HTTP program; the key only goes through its tunnel."""
    with ScriptedSite() as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        proxy.says(html_reply(403))
        with (
            SiteClient("https://site.example", login=ALICE, retry_for=0, clock=time.clock) as client,
            pytest.raises(SiteUnreachable, match="403"),
        ):
            client.fetch_listing(3, 1)
        (asked,) = proxy.asked
    assert (asked.method, "authorization" in asked.headers) == ("CONNECT", False)


@pytest.mark.parametrize(
    ("proxy", "words"),
    [
        ("gopher://user:secret@proxy.example", "a proxy of the kind 'gopher://', which favsync does not speak"),
        ("socks://user:secret@proxy.example:1080", "socks5://"),
        ("socks5://user:secret@proxy.example:1080", "the package that speaks SOCKS is not installed"),
        ("http://user:secret@proxy.example:port", "is not the URL of a proxy"),
        ("http://user:secret@[proxy.example", "is not the URL of a proxy"),
        ("http://user:secret@", "is not the URL of a proxy"),
        ("http://us\u0435r:s\u0435cret@proxy.example", "holds a character"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_a_setting_to_correct(
    monkeypatch: pytest.MonkeyPatch, proxy: str, words: str
) -> None:
    """It is said at once, by the name of the variable, and without the password that may stand in it."""
    monkeypatch.setitem(sys.modules, "socksio", None)
    monkeypatch.setenv("HTTPS_PROXY", proxy)
    with pytest.raises(ConfigInvalid, match=f"^HTTPS_PROXY .*{words}") as caught:
        SiteClient("https://site.example", login=None)
    assert "secret" not in "".join(traceback.format_exception(caught.value))


def test_an_unencrypted_site_is_refused_before_anything_is_sent() -> None:
    """The key would travel in the clear."""
    with pytest.raises(SiteUrlInvalid, match="in the clear"):
        SiteClient("http://site.example", login=ALICE)


@pytest.mark.parametrize(("username", "key"), [("", "k"), ("alice", ""), (" ", "k"), ("alice", "\n")])
def test_half_a_login_is_none(username: str, key: str) -> None:
    """The site would take it for anonymous, and every answer would be about somebody else."""
    with pytest.raises(KeyMissing):
        Login(username, key)


@pytest.mark.parametrize(("username", "key"), [("a:b", "k"), ("alice", "k\n"), ("al\udcffice", "k")])
def test_a_login_that_basic_authentication_cannot_carry_is_refused(username: str, key: str) -> None:
    """A colon would move the rest of the name into the key; and the key is not shown."""
    with pytest.raises(UsageError) as caught:
        Login(username, key)
    assert repr(key)[1:-1] not in str(caught.value).split()


def test_the_key_is_in_no_log_no_error_and_no_repr(
    site: ScriptedSite, connect: ClientFactory, caplog: pytest.LogCaptureFixture
) -> None:
    """With every logger at DEBUG, whatever happens."""
    caplog.set_level(logging.DEBUG)
    client = connect(retry_for=3)
    site.says(EMPTY_PAGE)
    client.fetch_listing(3, 1)
    seen = [repr(ALICE), str(ALICE), repr(client), repr(client.__dict__)]
    for bad in [
        DROP,
        html_reply(503),
        html_reply(200),
        json_reply(401, {}),
        reply(302),
        json_reply(403, {"success": False}),
    ]:
        site.says(bad)
        with pytest.raises(FavsyncError) as caught:
            client.add_favorite(5)
        seen += [repr(caught.value), *traceback.format_exception(caught.value)]
    seen.append(caplog.text)
    assert not [text for text in seen if KEY in text or BASIC in text]
    assert "GET /favorites.json -> 200 in 0 ms" in caplog.text
    assert "POST /favorites.json -> RemoteProtocolError after 0 ms" in caplog.text


def errors_of(library: ModuleType) -> list[type[Exception]]:
    """Every exception class that a library makes public."""
    public = [getattr(library, name) for name in library.__all__]
    return [item for item in public if inspect.isclass(item) and issubclass(item, Exception)]


def made(kind: type[Exception]) -> Exception:
    """An error of that class: some of httpx's take no words, and one takes what it is about."""
    if kind is httpx.HTTPStatusError:
        return httpx.HTTPStatusError("words", request=httpx.Request("GET", "/"), response=httpx.Response(500))
    if kind in (httpx.ResponseNotRead, httpx.RequestNotRead, httpx.StreamConsumed, httpx.StreamClosed):
        return kind()
    return kind("words")


@pytest.mark.parametrize(
    "kind", [*errors_of(httpcore), *errors_of(httpx)], ids=lambda kind: f"{kind.__module__}.{kind.__name__}"
)
def test_no_error_of_the_http_libraries_leaves_untranslated(kind: type[Exception]) -> None:
    """Each becomes one of ours, or a failure that becomes one after the retries; new ones fail here."""
    if kind is httpcore.ConnectionNotAvailable:  # httpcore's own business: it takes another connection then
        return
    assert issubclass(kind, WIRE_ERRORS)
    error = translated(made(kind), Route())
    # What may pass: the network, the time, a proxy, an answer that is not HTTP. httpx and httpcore name them alike.
    names = {"NetworkError", "TimeoutException", "ProxyError", "RemoteProtocolError"}
    passes = not names.isdisjoint(base.__name__ for base in kind.__mro__)
    assert isinstance(error, Transient if passes else SiteNonsense)
    if isinstance(error, Transient):
        assert isinstance(error.becomes("x"), SiteUnreachable)


def test_the_errors_of_both_libraries_say_the_same() -> None:
    """Whichever of the two it was that noticed: the words and what follows do not depend on it."""
    for theirs in errors_of(httpcore):
        if (ours := getattr(httpx, theirs.__name__, None)) is None:
            continue
        one, other = translated(theirs("words"), Route()), translated(ours("words"), Route())
        assert (type(one), str(one)) == (type(other), str(other))


def test_a_host_name_that_cannot_be_encoded_is_an_error_of_ours() -> None:
    """The resolver's codec has errors of its own."""
    with (
        SiteClient(f"https://{'a.' * 120}{'b' * 50}.example", login=None, retry_for=0) as client,
        pytest.raises(SiteUnreachable, match=r"cannot be reached: the name a\.a\.a"),
    ):
        client.fetch_listing(3, 1)


def test_closing_twice_is_closing_once(client: SiteClient) -> None:
    """A context manager may meet a close that came before."""
    with client:
        client.close()


def test_httpx_brings_no_command_line_of_its_own() -> None:
    """Its highlighter and tables would cost every sync; what else imports httpx finds it whole."""
    program = (
        "import sys, favsync.site.http.transport as ours; assert 'httpx._main' not in sys.modules;"
        "assert not {'pygments', 'rich'} & sys.modules.keys(); import httpx; assert httpx is ours.httpx;"
        "import httpx._main"
    )
    subprocess.run([sys.executable, "-c", program], check=True)
