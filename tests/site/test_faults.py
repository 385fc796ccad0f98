"""What comes between favsync and the site, and what becomes of it."""

from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from functools import partial

import pytest

from favsync.errors import (
    LoginProblem,
    LoginRefused,
    RightRefused,
    SiteNonsense,
    SiteOverloaded,
    SiteTrouble,
    SiteUnreachable,
)
from favsync.site.e621.client import SiteClient
from favsync.site.http.failures import Answer, retry_after, site_words
from favsync.site_text import WORDS_LIMIT
from tests.site.conftest import NOON, ClientFactory, FakeTime
from tests.site.scripted import DROP, SILENCE, ScriptedSite, html_reply, json_reply, reply

EMPTY_PAGE = json_reply(200, {"posts": []})
TIMED_OUT = {"success": False, "message": "The database timed out running your query.", "code": "x-1"}

SEARCH_TIMED_OUT = {
    "success": False,
    "message": "The search timed out. Try using fewer or simpler tags.",
    "code": None,
}

PASSING = {
    "no answer": DROP,
    "half a status line": b"HTTP/1.1 20",
    "not HTTP": b"SSH-2.0-OpenSSH_9.2\r\n",
    "a body cut short": reply(200, b'{"posts":[', length=500),
    "JSON cut short": reply(200, b'{"posts":['),
    "an empty body": reply(200),
    "a challenge page with 200": html_reply(200),
    "a challenge page with 403": html_reply(403),
    "a proxy's JSON with 403": json_reply(403, {"error": "blocked", "ray": "x"}),
    "broken gzip": reply(200, b"no gzip", [("Content-Encoding", "gzip")]),
    "429 in HTML": html_reply(429),
    "429 in JSON": json_reply(429, {"success": False, "message": "Rate limited", "code": None}),
    "a statement timeout": json_reply(500, TIMED_OUT),
    "a search that timed out": json_reply(422, SEARCH_TIMED_OUT),
    "a database that is down": json_reply(500, {"status": 500, "error": "Internal Server Error"}),
    "500 cut short": reply(500, b"{", length=500),
    **{str(status): html_reply(status) for status in [502, 503, 504, *range(520, 527)]},
}


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_a_fault_that_may_pass_is_asked_again(
    site: ScriptedSite, client: SiteClient, time: FakeTime, fault: bytes
) -> None:
    """One fault in between costs a second and changes nothing."""
    site.says(fault, EMPTY_PAGE)
    assert client.fetch_listing(3, 1).posts == ()
    assert time.slept == [1.0]
    assert client.requests == 2


@pytest.mark.parametrize("fault", PASSING.values(), ids=PASSING.keys())
def test_a_fault_is_asked_again_for_writes_too(
    site: ScriptedSite, client: SiteClient, time: FakeTime, fault: bytes
) -> None:
    """Asking twice has the effect of asking once, and no fault is taken for a success."""
    site.says(fault, json_reply(200, {"post_id": 5, "favorite_count": 1}))
    client.add_favorite(5)
    assert [(asked.method, asked.body) for asked in site.asked] == [("POST", "post_id=5")] * 2


ENDINGS: dict[str, type[SiteTrouble]] = {
    **dict.fromkeys(["no answer", "half a status line", "not HTTP", "a body cut short"], SiteUnreachable),
    **dict.fromkeys(
        ["JSON cut short", "an empty body", "a challenge page with 200", "a challenge page with 403", "broken gzip"],
        SiteNonsense,
    ),
    "a proxy's JSON with 403": SiteNonsense,
}


@pytest.mark.parametrize("name", PASSING)
def test_a_fault_that_stays_ends_in_its_own_error(site: ScriptedSite, connect: ClientFactory, name: str) -> None:
    """After the last try it is said whether nothing came, something wrong came, or the site was too busy."""
    site.says(PASSING[name])
    client = connect(retry_for=10)
    with pytest.raises(ENDINGS.get(name, SiteOverloaded), match=r"tried 5 times in 10 seconds\)\.$"):
        client.fetch_listing(3, 1)
    assert client.requests == len(site.asked) == 5


def test_an_overloaded_site_is_quoted_with_its_status(site: ScriptedSite, connect: ClientFactory) -> None:
    """The words are the site's; the status is a field."""
    site.says(json_reply(500, TIMED_OUT))
    with pytest.raises(SiteOverloaded, match="500 Internal Server Error: “The database timed out") as caught:
        connect(retry_for=0).fetch_listing(3, 1)
    assert caught.value.status == 500


def test_a_search_that_timed_out_is_quoted_and_blames_nobody(site: ScriptedSite, connect: ClientFactory) -> None:
    """422 says elsewhere that the question was wrong; here the site was too slow, for the list as well."""
    site.says(json_reply(422, SEARCH_TIMED_OUT))
    client = connect(retry_for=0)
    for ask in (partial(client.fetch_posts, [1]), partial(client.fetch_listing, 3, 1)):
        with pytest.raises(SiteOverloaded, match=r"^The site answered 422 .*: “The search timed out\.") as caught:
            ask()
        assert caught.value.status == 422


def test_a_database_that_is_down_is_quoted(site: ScriptedSite, connect: ClientFactory) -> None:
    """The fourth shape of an error has no success and no message."""
    site.says(json_reply(503, {"status": 503, "error": "Out of\nservice"}))
    with pytest.raises(SiteOverloaded, match="503 Service Unavailable: “Out of service”"):
        connect(retry_for=0).fetch_listing(3, 1)


def test_a_status_without_a_name_is_told_by_its_number(site: ScriptedSite, connect: ClientFactory) -> None:
    """Some proxies number their faults where no standard does."""
    site.says(html_reply(522))
    with pytest.raises(SiteOverloaded, match=r"^The site answered 522 \(tried once\)\.$"):
        connect(retry_for=0).fetch_listing(3, 1)


def test_silence_ends_with_the_timeout(site: ScriptedSite, connect: ClientFactory) -> None:
    """A site that accepts and never answers does not hold a night's run."""
    site.says(SILENCE)
    with pytest.raises(SiteUnreachable, match="did not answer in time"):
        connect(timeout=0.05, retry_for=0).fetch_listing(3, 1)


def test_nobody_listening_is_said_after_the_retries(time: FakeTime, connect: ClientFactory) -> None:
    """A refused connection is a fault that may pass."""
    with ScriptedSite() as gone:
        url = gone.url
    with pytest.raises(SiteUnreachable, match=r"cannot be reached: .*refused.*tried 8 times in 120 seconds"):
        connect(url=url).fetch_listing(3, 1)


def test_retry_after_in_seconds_is_obeyed(site: ScriptedSite, client: SiteClient, time: FakeTime) -> None:
    """It is longer than the backoff would be."""
    site.says(html_reply(503, [("Retry-After", "30")]), EMPTY_PAGE)
    client.fetch_listing(3, 1)
    assert time.slept == [30.0]


def test_retry_after_as_a_date_is_obeyed(site: ScriptedSite, client: SiteClient, time: FakeTime) -> None:
    """Measured against the time of day here, where the answer does not say its own."""
    date = format_datetime(datetime.fromtimestamp(NOON, UTC) + timedelta(seconds=40), usegmt=True)
    site.says(html_reply(429, [("Retry-After", date)]), EMPTY_PAGE)
    client.fetch_listing(3, 1)
    assert time.slept == [40.0]


def test_retry_after_holds_for_a_body_that_broke_off(site: ScriptedSite, client: SiteClient, time: FakeTime) -> None:
    """The headers were whole, and they were an answer."""
    site.says(reply(503, b"<html>", [("Retry-After", "20")], length=500), EMPTY_PAGE)
    client.fetch_listing(3, 1)
    assert time.slept == [20.0]


def test_retry_after_beyond_the_time_names_the_moment(site: ScriptedSite, client: SiteClient, time: FakeTime) -> None:
    """Nothing is waited for in vain, and the user knows when to come back."""
    site.says(html_reply(503, [("Retry-After", "3600")]))
    with pytest.raises(SiteOverloaded, match="in 60 minutes, at 2026-01-01 13:00:00 UTC") as caught:
        client.fetch_listing(3, 1)
    assert (caught.value.status, client.requests, time.slept) == (503, 1, [])


@pytest.mark.parametrize(
    ("headers", "seconds"),
    [
        ({}, None),
        ({"retry-after": "0"}, 0.0),
        ({"retry-after": " 120 "}, 120.0),
        ({"retry-after": "9" * 400}, float("9" * 300)),
        ({"retry-after": "-5"}, None),
        ({"retry-after": "soon"}, None),
        ({"retry-after": "1.5"}, None),
        ({"retry-after": "Thu, 01 Jan 2026 12:01:00 GMT"}, 60.0),
        ({"retry-after": "Thursday, 01-Jan-26 12:01:00 GMT"}, 60.0),
        ({"retry-after": "Thu Jan  1 12:01:00 2026"}, 60.0),
        ({"retry-after": "Thu, 01 Jan 2026 11:00:00 GMT"}, 0.0),
        ({"retry-after": "Thu, 01 Jan 2026 08:01:00 GMT", "date": "Thu, 01 Jan 2026 08:00:00 GMT"}, 60.0),
        ({"retry-after": "Thu, 01 Jan 2026 12:01:00 GMT", "date": "nonsense"}, 60.0),
        ({"retry-after": "Thu, 01 Jan 99999 12:01:00 GMT"}, None),
    ],
)  # fmt: skip
def test_retry_after_is_read_in_every_form(headers: dict[str, str], seconds: float | None) -> None:
    """Seconds, or any of HTTP's three dates, against the server's own clock where it is told."""
    assert retry_after(headers, now=NOON) == seconds


@pytest.mark.parametrize(
    ("body", "words"),
    [
        (b'{"success":false,"reason":"not found"}', "not found"),
        (b'{"success":false,"message":"Invalid limit.","code":null}', "Invalid limit."),
        (b'{"errors":{"name":["is short","is odd"],"tag":["is bad"]}}', "name is short, is odd; tag is bad"),
        (b'{"errors":{"base":"is locked"}}', "base is locked"),
        (b'{"success":false}', ""),
        (b'{"success":false,"reason":null,"message":"Both"}', "Both"),
        (b'{"status":404,"error":"Not Found"}', None),
        (b'{"success":true,"reason":"fine"}', None),
        (b'{"errors":["a"]}', None),
        (b"[]", None),
        (b"", None),
        (b"<!doctype html>", None),
        (b"[" * 100_000, None),
    ],
)
def test_three_shapes_of_an_error_are_the_site_speaking_whatever_the_status(body: bytes, words: str | None) -> None:
    """Anything else, JSON or not, was said by something on the way."""
    for status in (400, 403, 404, 410, 422, 423):
        assert site_words(Answer(status, {}, body)) == words


def test_the_fourth_shape_of_an_error_is_read_of_a_server_in_trouble() -> None:
    """Below 500 it is the framework's, about a route that is not there: no word of the site's about a post."""
    body = b'{"status":500,"error":"Internal Server Error"}'
    assert site_words(Answer(500, {}, body)) == "Internal Server Error"
    assert site_words(Answer(404, {}, b'{"status":404,"error":"Not Found"}')) is None


def test_no_words_are_looked_for_in_megabytes() -> None:
    """The site's own are a line or two; reading more as JSON only takes memory."""
    assert site_words(Answer(404, {}, b'{"success":false,"reason":"not found"}' + b" " * 2**20)) is None


def test_words_of_the_site_are_bounded_and_printable() -> None:
    """A message cannot fill the terminal, clear it, or turn its text around."""
    long = Answer(422, {}, b'{"success":false,"reason":"' + b"x" * 5000 + b'"}')
    nasty = Answer(422, {}, '{"success":false,"reason":"a\\u001b[2J\\r\\nb\\u009bc\u202ed"}'.encode())
    assert len(site_words(long) or "") == WORDS_LIMIT
    assert site_words(nasty) == "a [2J b c d"


def test_a_wrong_key_is_refused_at_once_and_explained(site: ScriptedSite, client: SiteClient) -> None:
    """The most frequent cause after a typing error is a rename."""
    site.says(json_reply(401, {"success": False, "message": "SessionLoader::AuthenticationFailure", "code": None}))
    with pytest.raises(LoginRefused, match=r"login of 'alice'\. Check the API key\. After a rename") as caught:
        client.fetch_user("alice")
    assert (caught.value.said, caught.value.problem) == ("SessionLoader::AuthenticationFailure", LoginProblem.KEY)
    assert client.requests == 1


@pytest.mark.parametrize(
    ("said", "problem"),
    [
        ("Account is banned: forever", LoginProblem.BANNED),
        ("Account is suspended for another 3 days", LoginProblem.SUSPENDED),
    ],
)
def test_a_ban_is_told_in_the_sites_words(
    site: ScriptedSite, client: SiteClient, said: str, problem: LoginProblem
) -> None:
    """Checking the key would not help, so there is no advice about it."""
    site.says(json_reply(401, {"success": False, "message": said, "code": None}))
    with pytest.raises(LoginRefused, match=rf"It says: “{said}”\.$") as caught:
        client.add_favorite(5)
    assert (caught.value.said, caught.value.problem) == (said, problem)


def test_a_401_without_a_login_asks_for_one(site: ScriptedSite, connect: ClientFactory) -> None:
    """There is no user to blame."""
    site.says(html_reply(401))
    with pytest.raises(LoginRefused, match="wants a login") as caught:
        connect(None).fetch_listing(3, 1)
    assert caught.value.problem is LoginProblem.MISSING


def test_the_sites_own_no_is_final(site: ScriptedSite, client: SiteClient) -> None:
    """403 in one of the site's shapes is its decision, and asking again is not polite."""
    site.says(json_reply(403, {"success": False, "reason": "Access Denied"}))
    with pytest.raises(RightRefused, match="Access Denied") as caught:
        client.fetch_posts([1])
    assert (caught.value.said, client.requests) == ("Access Denied", 1)


@pytest.mark.parametrize(
    "not_found", [html_reply(404), json_reply(404, {"status": 404, "error": "Not Found"}), reply(404, b"nope")]
)
def test_a_404_that_is_not_the_sites_word_says_nothing_about_a_post(
    site: ScriptedSite, client: SiteClient, not_found: bytes
) -> None:
    """A route that is not there is another kind of site, and evidence of nothing."""
    site.says(not_found)
    for ask in (client.fetch_post, client.add_favorite, client.remove_favorite, client.fetch_user):
        with pytest.raises(SiteNonsense, match="runs e621ng"):
            ask(5)
    assert client.requests == 4


@pytest.mark.parametrize(
    "unexpected",
    [
        json_reply(410, {"success": False, "message": "You cannot go beyond page 750.", "code": None}),
        json_reply(422, {"success": False, "message": "You cannot search for more than 40 tags", "code": None}),
        json_reply(404, {"success": False, "reason": "not found"}),
    ],
)
def test_a_no_to_what_is_always_allowed_is_nonsense(site: ScriptedSite, client: SiteClient, unexpected: bytes) -> None:
    """favsync never asks out of range, so the range must be another than known; the words are passed on."""
    site.says(unexpected)
    with pytest.raises(SiteNonsense, match=r"“(You cannot|not found).*which favsync did not expect"):
        client.fetch_posts([1])
    assert client.requests == 1


@pytest.mark.parametrize("body", [{}, [5], {"posts": None}, {"post": {}}, None])
def test_json_of_another_shape_is_final(site: ScriptedSite, client: SiteClient, body: object) -> None:
    """It came whole, so it would come again; and it is no empty page."""
    site.says(json_reply(200, body))
    with pytest.raises(SiteNonsense):
        client.fetch_listing(3, 1)
    assert client.requests == 1
