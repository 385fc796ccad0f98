"""How often the site is asked."""

import math

import pytest

from favsync.remote.client import SiteClient
from favsync.remote.pacing import Pacing
from tests.remote.conftest import ClientFactory, FakeTime
from tests.remote.scripted import ScriptedSite, html_reply, json_reply


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
