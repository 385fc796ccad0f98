"""How often file hosts are asked, by a clock that only waits move."""

import threading
from dataclasses import dataclass, field

import pytest

from favsync.site.files.pace import Pace


@dataclass
class Clock:
    """Time that passes in waits alone; a fetch that is stopped waits no longer."""

    seconds: float = 1000.0
    is_stopped: bool = False
    waits: list[float] = field(default_factory=list)

    def __call__(self) -> float:
        return self.seconds

    def wait(self, seconds: float) -> bool:
        if not self.is_stopped:
            self.waits.append(seconds)
            self.seconds += seconds
        return self.is_stopped


@pytest.fixture
def clock() -> Clock:
    return Clock()


def pace_of(clock: Clock, interval: float = 0.5, rate: float | None = None, *, is_loopback: bool = False) -> Pace:
    return Pace(interval, rate, is_loopback=is_loopback, clock=clock, wait=clock.wait)


def starts(pace: Pace, clock: Clock, number: int) -> list[float]:
    """The seconds from the first start to each."""
    at = []
    for _ in range(number):
        assert not pace.start()
        at.append(clock.seconds)
    return [each - at[0] for each in at]


def test_one_file_starts_an_interval_after_another(clock: Clock) -> None:
    """From start to start: the time that a file takes is not added."""
    pace = pace_of(clock, 0.75)
    assert starts(pace, clock, 3) == [0, 0.75, 1.5]
    clock.seconds += 0.5
    pace.start()
    assert clock.waits == [0.75, 0.75, 0.25]
    clock.seconds += 60  # and no starts are saved up
    assert starts(pace, clock, 3) == [0, 0.75, 1.5]


@pytest.mark.parametrize(("is_loopback", "least"), [(False, 0.5), (True, 0.0)])
def test_no_setting_makes_it_faster_than_twice_a_second(clock: Clock, is_loopback: bool, least: float) -> None:
    """This machine alone is asked without a pause."""
    assert starts(pace_of(clock, 0.0, is_loopback=is_loopback), clock, 3) == [0, least, 2 * least]


def test_the_interval_holds_over_all_threads() -> None:
    """Four threads start sixteen files, and each has a time of its own."""
    at: list[float] = []

    def wait(seconds: float) -> bool:
        at.append(seconds)
        return False

    pace = Pace(0.5, None, is_loopback=False, clock=lambda: 1000.0, wait=wait)
    threads = [threading.Thread(target=lambda: [pace.start() for _ in range(4)]) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(at) == [0.5 * number for number in range(1, 16)]


def test_bytes_come_no_faster_than_the_rate(clock: Clock) -> None:
    """A megabyte at 100 kB/s takes ten seconds, less what one read may be ahead."""
    pace = pace_of(clock, rate=100_000)
    for _ in range(16):
        pace.spend(62_500)
    assert clock.seconds - 1000 == pytest.approx(10 - 0.25)
    clock.seconds += 60  # what was not used is not made up for
    pace.spend(100_000)
    assert clock.waits[-1] == pytest.approx(0.75)


def test_without_a_rate_bytes_are_not_waited_for(clock: Clock) -> None:
    """As fast as they come."""
    pace = pace_of(clock)
    pace.spend(10**9)
    assert clock.waits == []


def test_a_busy_host_is_asked_half_as_often_each_time(clock: Clock) -> None:
    """Down to a sixteenth, for the rest of the fetch; bytes come as much slower."""
    pace = pace_of(clock, rate=100_000)
    for slowness in (2, 4, 8, 16, 16):
        pace.slow_down(0.0)
        assert starts(pace, clock, 3) == [0, 0.5 * slowness, slowness]
    clock.seconds += 60
    pace.spend(10_000)
    assert clock.waits[-1] == pytest.approx(1.6 - 0.25)


def test_all_threads_wait_as_long_as_a_host_asks(clock: Clock) -> None:
    """A shorter wish takes back no longer one."""
    pace = pace_of(clock)
    pace.start()
    pace.slow_down(120.0)
    pace.slow_down(5.0)
    pace.start()
    assert clock.seconds - 1000 == 120


def test_who_waits_for_a_turn_waits_as_long_as_a_host_asks_meanwhile(clock: Clock) -> None:
    """The answer that asks for it comes to another thread; the next turn after it is that of the slower pace."""

    def wait(seconds: float) -> bool:
        if not clock.waits:
            pace.slow_down(120.0)
        return clock.wait(seconds)

    pace = Pace(0.5, None, is_loopback=False, clock=clock, wait=wait)
    assert starts(pace, clock, 4) == [0, 120, 121, 122]
    clock.is_stopped = True
    assert pace.start()


def test_four_threads_that_wait_start_one_after_another_when_a_rest_is_over() -> None:
    """Each gives up its turn for a later one; none of them starts in the rest, and no two at the same time."""
    everybody, begun = threading.Barrier(4), threading.local()
    at: list[float] = []

    def wait(seconds: float) -> bool:
        if not hasattr(begun, "turn"):  # all four wait for their first turn when one is told to rest
            begun.turn = 0.0
            if everybody.wait(30) == 0:
                pace.slow_down(60.0)
            everybody.wait(30)
        begun.turn += seconds
        return False

    def work() -> None:
        assert not pace.start()
        at.append(begun.turn)

    pace = Pace(0.5, None, is_loopback=False, clock=lambda: 1000.0, wait=wait)
    pace.start()
    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert sorted(at) == [60, 61, 62, 63]


def test_a_host_that_does_not_say_how_long_is_left_alone_for_a_while(clock: Clock) -> None:
    """For the slower interval, and for half a second at least."""
    pace = pace_of(clock, 0.0, is_loopback=True)
    pace.slow_down(None)
    pace.start()
    assert clock.waits == [0.5]
    pace = pace_of(clock, 2.0)
    pace.slow_down(None)
    pace.start()
    assert clock.waits == [0.5, 4.0]


def test_no_host_is_left_alone_for_longer_than_a_clock_can_count(clock: Clock) -> None:
    """A Retry-After of four hundred digits is a day here; the fetch ends before (`app/files/fetch.py`)."""
    pace = pace_of(clock)
    pace.slow_down(1e300)
    pace.start()
    assert clock.waits == [86_400]


def test_a_wait_that_is_stopped_starts_nothing(clock: Clock) -> None:
    """Who stops a fetch does not see it ask once more."""
    pace = pace_of(clock)
    assert not pace.start()
    clock.is_stopped = True
    assert pace.start()
