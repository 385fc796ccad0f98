"""The one retry policy, without a network."""

from collections.abc import Callable

import pytest

from favsync.errors import SiteNonsense, SiteOverloaded, SiteUnreachable
from favsync.site.http.pacing import Held
from favsync.site.http.retries import FIRST_BACKOFF, LONGEST_BACKOFF, MOST_TRIES, RetryPolicy, Transient, Waiting
from tests.site.conftest import NOON, FakeTime


def policy(time: FakeTime, *, retry_for: float = 120.0, jitter: Callable[[], float] = lambda: 1.0) -> RetryPolicy:
    return RetryPolicy(retry_for=retry_for, clock=time.clock, sleep=time.sleep, jitter=jitter, now=lambda: NOON)


def failing(*failures: Exception) -> Callable[[], str]:
    """Fail in each of these ways, then succeed; the last again and again when it is the only one."""
    left = list(failures)

    def attempt() -> str:
        if left:
            raise left.pop(0)
        return "done"

    return attempt


def always(make: Callable[[], Exception]) -> Callable[[], str]:
    def attempt() -> str:
        raise make()

    return attempt


def lost(retry_after: float | None = None, status: int | None = None) -> Transient:
    return Transient("The site is away", SiteUnreachable, retry_after=retry_after, status=status)


def test_the_backoff_doubles_up_to_a_minute(time: FakeTime) -> None:
    """Soon where it was a hiccup, seldom where it is not."""
    assert policy(time, retry_for=1000).call(failing(*[lost() for _ in range(8)])) == "done"
    assert time.slept == [1, 2, 4, 8, 16, 32, 60, 60]


@pytest.mark.parametrize(("jitter", "share"), [(0.0, 0.5), (0.5, 0.75), (1.0, 1.0)])
def test_jitter_takes_off_half_at_most(time: FakeTime, jitter: float, share: float) -> None:
    """Many clients that lost the same site do not come back in the same second."""
    policy(time, retry_for=1000, jitter=lambda: jitter).call(failing(*[lost() for _ in range(7)]))
    assert time.slept == [share * step for step in [FIRST_BACKOFF, 2, 4, 8, 16, 32, LONGEST_BACKOFF]]


def test_a_call_is_bounded_in_time(time: FakeTime) -> None:
    """The last try is made when the time is up, not well before it, and none after it."""
    started, tries = time.seconds, []

    def attempt() -> str:
        tries.append(time.seconds - started)
        raise lost()

    with pytest.raises(SiteUnreachable, match=r"^The site is away \(tried 8 times in 120 seconds\)\.$"):
        policy(time).call(attempt)
    assert tries == [0, 1, 3, 7, 15, 31, 63, 120]


def test_the_time_that_tries_take_counts(time: FakeTime) -> None:
    """Four timeouts of thirty seconds are two minutes, whatever lies between them."""

    def attempt() -> str:
        time.seconds += 30
        raise lost()

    with pytest.raises(SiteUnreachable, match="tried 4 times in 127 seconds"):
        policy(time).call(attempt)


def test_a_call_is_bounded_in_tries(time: FakeTime) -> None:
    """Where no time passes at all, it is the number of tries that ends it."""
    standing_still = RetryPolicy(
        retry_for=120, clock=lambda: 0.0, sleep=time.sleep, jitter=lambda: 1.0, now=lambda: NOON
    )
    with pytest.raises(SiteUnreachable, match=f"tried {MOST_TRIES} times"):
        standing_still.call(always(lost))
    assert len(time.slept) == MOST_TRIES - 1


def test_no_time_for_retries_means_one_try(time: FakeTime) -> None:
    """Zero seconds are an answer at once."""
    with pytest.raises(SiteUnreachable, match=r"\(tried once\)"):
        policy(time, retry_for=0).call(always(lost))
    assert time.slept == []


def test_retry_after_is_obeyed_where_it_is_longer(time: FakeTime) -> None:
    """The site knows when it will be back."""
    policy(time).call(failing(lost(retry_after=45), lost(retry_after=0.5)))
    assert time.slept == [45, 2]


def test_retry_after_may_take_all_the_time_there_is(time: FakeTime) -> None:
    """Exactly at the bound is within it."""
    policy(time).call(failing(lost(retry_after=120)))
    assert time.slept == [120]


def test_retry_after_beyond_the_time_is_told_and_not_waited_for(time: FakeTime) -> None:
    """Who asked for two minutes does not want to wait for fifteen, but to know about them."""
    with pytest.raises(SiteOverloaded) as caught:
        policy(time).call(always(lambda: lost(retry_after=900, status=503)))
    assert str(caught.value) == (
        "The site is away (tried once). It asks to be tried again in 15 minutes, at 2026-01-01 12:15:00 UTC."
    )
    assert caught.value.status == 503
    assert time.slept == []


def test_a_call_without_the_time_for_an_earlier_wait_is_not_tried(time: FakeTime) -> None:
    """The words say for how long the site wants to be left alone, and with which answer it said so."""
    tries: list[str] = []
    with pytest.raises(SiteOverloaded) as caught:
        policy(time).call(lambda: tries.append("tried"), held=Held(3600.0, 429))
    assert str(caught.value) == (
        "The site answered 429 and asked for a pause; nothing more was sent to it."
        " It asks to be tried again in 60 minutes, at 2026-01-01 13:00:00 UTC."
    )
    assert (caught.value.status, tries, time.slept) == (429, [], [])


def test_an_earlier_wait_within_the_time_of_a_call_does_not_end_it(time: FakeTime) -> None:
    """Exactly at the bound is within it, here too."""
    assert policy(time).call(failing(), held=Held(120.0, 429)) == "done"


def test_a_short_retry_after_is_told_in_seconds(time: FakeTime) -> None:
    """Nobody reads "in 1 minutes"."""
    with pytest.raises(SiteOverloaded, match="in 90 seconds, at 2026-01-01 12:01:30 UTC"):
        policy(time, retry_for=60).call(always(lambda: lost(retry_after=90, status=429)))


def test_a_retry_after_past_all_calendars_is_told_without_a_date(time: FakeTime) -> None:
    """A number that no calendar reaches must not become an error of the calendar's."""
    with pytest.raises(SiteOverloaded, match=r"be tried again in 1\d* minutes\.$"):
        policy(time).call(always(lambda: lost(retry_after=1e30, status=503)))


@pytest.mark.parametrize("error", [SiteNonsense("no"), ValueError("a mistake"), KeyboardInterrupt()])
def test_everything_else_ends_the_call_at_once(time: FakeTime, error: Exception) -> None:
    """A no is not asked for again, a mistake of ours is not hidden, and Ctrl-C works."""
    with pytest.raises(type(error)) as caught:
        policy(time).call(failing(error))
    assert caught.value is error
    assert time.slept == []


def test_the_last_failure_is_the_cause(time: FakeTime) -> None:
    """With -v one can read down to the socket."""
    first, last = lost(), Transient("The site is gone", SiteNonsense)
    with pytest.raises(SiteNonsense, match="The site is gone") as caught:
        policy(time, retry_for=1).call(failing(first, last))
    assert caught.value.__cause__ is last


def observed(time: FakeTime) -> tuple[RetryPolicy, list[object]]:
    """A policy, and what it tells, with each sleep between."""
    reported: list[object] = []

    def sleep(seconds: float) -> None:
        reported.append(seconds)
        time.sleep(seconds)

    observer = RetryPolicy(
        retry_for=120,
        clock=time.clock,
        sleep=sleep,
        jitter=lambda: 1.0,
        now=lambda: NOON + time.seconds,
        on_wait=reported.append,
    )
    return observer, reported


def test_each_wait_is_told_before_and_after(time: FakeTime) -> None:
    """With the reason in short, the number of the next try, and when the last one is."""
    observer, reported = observed(time)
    until = NOON + time.seconds + 120
    assert observer.call(failing(lost(status=503), lost(retry_after=9))) == "done"
    assert reported == [
        Waiting("HTTP 503", 1.0, 2, until), 1.0, None,
        Waiting("The site is away", 9.0, 3, until), 9.0, None,
    ]  # fmt: skip


def test_a_wait_that_an_earlier_answer_asked_for_is_told_as_well(time: FakeTime) -> None:
    """It comes before the first try."""
    observer, reported = observed(time)
    until = NOON + time.seconds + 120
    assert observer.call(failing(), held=Held(50.0, 429)) == "done"
    assert reported == [Waiting("HTTP 429", 50.0, 1, until), 50.0, None]


def test_a_wait_that_is_interrupted_is_over(time: FakeTime) -> None:
    """The line that tells of it goes away, whatever ended the wait."""
    reported: list[Waiting | None] = []

    def interrupted(_seconds: float) -> None:
        raise KeyboardInterrupt

    observer = RetryPolicy(
        retry_for=120,
        clock=time.clock,
        sleep=interrupted,
        jitter=lambda: 1.0,
        now=lambda: NOON,
        on_wait=reported.append,
    )
    with pytest.raises(KeyboardInterrupt):
        observer.call(failing(lost()))
    assert reported[-1] is None
