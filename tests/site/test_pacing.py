"""How often the site is asked."""

import math

import pytest

from favsync.errors import SiteOverloaded
from favsync.model import Transferring
from favsync.site.e621.client import SiteClient
from favsync.site.http.pacing import Held, Pacing
from tests.site.conftest import ClientFactory, FakeTime
from tests.site.scripted import DROP, ScriptedSite, html_reply, json_reply

EMPTY_PAGE = json_reply(200, {"posts": []})


def asking_for_peace(status: int, seconds: str) -> bytes:
    return html_reply(status, [("Retry-After", seconds)])


def pacing(time: FakeTime, interval: float, *, is_loopback: bool = False) -> Pacing:
    return Pacing(interval, is_loopback=is_loopback, clock=time.clock, sleep=time.sleep)


def test_the_first_request_waits_for_nothing(time: FakeTime) -> None:
    """There is nothing to keep a distance from."""
    pacing(time, 1.0).wait()
    assert time.slept == []


def test_the_pace_is_from_start_to_start(time: FakeTime) -> None:
    """What a request itself took is not waited for a second time."""
    pace = pacing(time, 1.0)
    pace.wait()
    time.seconds += 0.75
    pace.wait()
    assert time.slept == [0.25]


def test_a_request_longer_than_the_interval_is_followed_at_once(time: FakeTime) -> None:
    """A slow answer earns no credit and costs no wait."""
    pace = pacing(time, 1.0)
    pace.wait()
    time.seconds += 5
    pace.wait()
    pace.wait()
    assert time.slept == [1.0]


def test_a_sleep_that_ends_early_moves_no_later_start_forward(time: FakeTime) -> None:
    """Ten requests take nine intervals, even where each sleep is a tick short."""
    starts = time.seconds
    pace = Pacing(1.0, is_loopback=False, clock=time.clock, sleep=lambda seconds: time.sleep(seconds - 0.001))
    for _ in range(10):
        pace.wait()
    assert time.seconds - starts == pytest.approx(9.0, abs=0.002)


@pytest.mark.parametrize("setting", [0.0, 0.1, -3.0])
def test_no_setting_is_faster_than_two_a_second(time: FakeTime, setting: float) -> None:
    """The site's hard limit holds whatever a configuration says."""
    assert pacing(time, setting).interval == 0.5


def test_a_slower_setting_is_kept(time: FakeTime) -> None:
    """The floor is no ceiling."""
    assert pacing(time, 3.5).interval == 3.5


def test_loopback_may_be_asked_without_a_pause(time: FakeTime) -> None:
    """Rehearsals on this machine disturb nobody."""
    assert pacing(time, 0.0, is_loopback=True).interval == 0.0
    assert pacing(time, -1.0, is_loopback=True).interval == 0.0


@pytest.mark.parametrize("setting", [math.nan, math.inf])
def test_an_interval_that_is_no_number_is_refused(time: FakeTime, setting: float) -> None:
    """NaN compares with nothing, so it would slip through every floor."""
    with pytest.raises(ValueError, match="no pace"):
        pacing(time, setting)


def test_a_client_of_a_real_site_is_never_faster_than_two_a_second() -> None:
    """The floor is the client's own, not a matter of who makes it."""
    with SiteClient("https://site.example", login=None, request_interval=0.0) as client:
        assert client.pacing.interval == 0.5


def test_every_request_is_paced_retries_too(site: ScriptedSite, time: FakeTime, connect: ClientFactory) -> None:
    """A retry that follows at once would be the third request in a second."""
    site.says(html_reply(503), json_reply(200, {"posts": []}))
    client = connect(request_interval=10.0, jitter=lambda: 0.0)
    started = time.seconds
    client.fetch_listing(3, 1)
    client.fetch_listing(3, 2)
    assert time.seconds - started == 20.0
    assert client.requests == len(site.asked) == 3


def test_two_clients_of_one_site_can_share_a_pace(site: ScriptedSite, time: FakeTime, connect: ClientFactory) -> None:
    """Two logins on one site are still one visitor to it."""
    site.says(json_reply(200, {"posts": []}))
    first = connect(request_interval=1.0)
    with SiteClient(site.url, login=None, pacing=first.pacing) as second:
        first.fetch_listing(3, 1)
        second.fetch_listing(3, 1)
    assert time.slept == [1.0]


def test_a_request_waits_until_the_site_may_be_asked(time: FakeTime) -> None:
    """And the pace goes on from there."""
    pace = pacing(time, 1.0)
    pace.wait()
    pace.hold_back(30.0, 503)
    pace.wait()
    pace.wait()
    assert time.slept == [30.0, 1.0]


@pytest.mark.parametrize("changes", [[(90.0, 429), (20.0, 503)], [(20.0, 503), (90.0, 429)]])
def test_of_several_waits_the_latest_end_counts(time: FakeTime, changes: list[tuple[float, int]]) -> None:
    """A short queued change does not take back a long one."""
    pace = pacing(time, 1.0)
    for seconds, status in changes:
        pace.hold_back(seconds, status)
    assert pace.held() == Held(90.0, 429)
    time.seconds += 50
    assert pace.held() == Held(40.0, 429)


@pytest.mark.parametrize("seconds", [0.0, -5.0])
def test_a_wait_until_a_moment_that_is_past_holds_nothing_back(time: FakeTime, seconds: float) -> None:
    """Nor does one whose time is over, or none."""
    pace = pacing(time, 1.0)
    assert pace.held() is None
    pace.hold_back(seconds, 429)
    assert pace.held() is None
    pace.hold_back(7.0, 429)
    time.seconds += 7
    assert pace.held() is None
    pace.wait()
    assert time.slept == []


def test_retry_after_holds_back_every_later_request(site: ScriptedSite, time: FakeTime, connect: ClientFactory) -> None:
    """An hour is not waited for: nothing is sent or counted until it is over, by no client that shares the pace."""
    site.says(asking_for_peace(429, "3600"), EMPTY_PAGE)
    client = connect()
    with pytest.raises(SiteOverloaded):
        client.add_favorite(5)
    other = SiteClient(site.url, login=None, pacing=client.pacing, sleep=time.sleep, clock=time.clock)
    with other:
        for asked in (client, other):
            with pytest.raises(SiteOverloaded, match=r"answered 429 and asked for a pause.*in 60 minutes") as caught:
                asked.fetch_listing(3, 1)
            assert caught.value.status == 429
        assert (len(site.asked), client.requests, other.requests, time.slept) == (1, 1, 0, [])
        time.seconds += 3600
        other.fetch_listing(3, 1)
    assert (len(site.asked), other.requests) == (2, 1)


def test_a_request_waits_for_what_another_was_asked_where_it_has_the_time(
    site: ScriptedSite, time: FakeTime, connect: ClientFactory
) -> None:
    """Too long for what was left of the first request, not for all of the second."""
    site.says(DROP, asking_for_peace(503, "120"), EMPTY_PAGE)
    client = connect()
    with pytest.raises(SiteOverloaded, match="tried 2 times"):
        client.fetch_listing(3, 1)
    client.fetch_listing(3, 1)
    assert time.slept == [1.0, 120.0]
    assert client.requests == len(site.asked) == 3


def test_the_time_waited_for_the_site_is_time_of_the_request(
    site: ScriptedSite, time: FakeTime, connect: ClientFactory
) -> None:
    """One request takes two minutes in all, whether it waits before its first try or after."""
    site.says(html_reply(503))
    client = connect()
    client.pacing.hold_back(100.0, 503)
    started = time.seconds
    with pytest.raises(SiteOverloaded, match="in 120 seconds"):
        client.fetch_listing(3, 1)
    assert time.seconds - started == 120.0


@pytest.mark.parametrize("headers", [[], [("Retry-After", "0")], [("Retry-After", "Thu, 01 Jan 2026 11:00:00 GMT")]])
def test_a_failure_that_asks_for_no_time_holds_no_other_request_back(
    site: ScriptedSite, time: FakeTime, connect: ClientFactory, headers: list[tuple[str, str]]
) -> None:
    """Without a Retry-After, or with one of the past, the next request goes out at once."""
    site.says(html_reply(503, headers), EMPTY_PAGE)
    client = connect(retry_for=0)
    with pytest.raises(SiteOverloaded):
        client.fetch_listing(3, 1)
    client.fetch_listing(3, 1)
    assert (time.slept, client.requests) == ([], 2)


def test_a_post_that_is_being_transferred_holds_no_other_request_back(
    site: ScriptedSite, time: FakeTime, client: SiteClient
) -> None:
    """423 is about one post, however long its favorites take."""
    busy = json_reply(423, {"success": False, "message": "later", "code": None}, [("Retry-After", "7200")])
    site.says(busy, EMPTY_PAGE)
    assert client.add_favorite(5, wait=True) == Transferring()
    client.fetch_listing(3, 1)
    assert (time.slept, client.requests) == ([], 2)
