"""The one retry policy: what a try that may yet succeed is, how often it is made again, and for how long in all.

Retried are connection faults and timeouts, 429 and every 5xx, answers that are not the site's own (HTML, a body
cut off), and 423 where the caller waits for it. Between two tries lies an exponential backoff with jitter, or
what `Retry-After` asks for where that is longer. Everything else a try raises ends the call at once. What one call
was asked to wait holds for the next one, too (`pacing.py`): it waits, or fails at once where it has no time for that.
"""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TypeVar

import tenacity

from favsync.errors import SiteOverloaded, SiteTrouble
from favsync.site.http.pacing import Held

T = TypeVar("T")

log = logging.getLogger(__name__)

MOST_TRIES = 20
"""Bounds a site that asks again and again for no wait at all; minutes bound every other case first."""

FIRST_BACKOFF = 1.0
"""Seconds; it doubles from try to try."""

LONGEST_BACKOFF = 60.0
"""Seconds."""


class Transient(Exception):
    """A try failed in a way that may pass.

    `what` is the sentence without its full stop; `becomes` makes the error that the last such try ends in;
    `retry_after` is what the site asked for, in seconds from now; `status` is the HTTP status of an answer that was
    no answer to the question, and None where there was none, or where it was the site's word (423).
    """

    def __init__(
        self,
        what: str,
        becomes: Callable[[str], SiteTrouble],
        *,
        retry_after: float | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(what)
        self.what = what
        self.becomes = becomes
        self.retry_after = retry_after
        self.status = status


@dataclass(frozen=True, slots=True)
class Waiting:
    """A request has failed, or may not be sent yet, and is tried in a while. For a person who waits with it."""

    reason: str
    """What happened: `HTTP 503`, or a sentence without its full stop."""
    seconds: float
    attempt: int
    """Which try comes next; the first was 1."""
    until: float
    """The time of day, in seconds since 1970, after which it is not tried again."""


OnWait = Callable[[Waiting | None], None]
"""Told when a wait begins, and with None when it is over, however it ends. It must be quick and must not raise."""


class RetryPolicy:
    """Makes a call again while it raises Transient, within bounds of tries and of time."""

    def __init__(
        self,
        *,
        retry_for: float,
        clock: Callable[[], float],
        sleep: Callable[[float], None],
        jitter: Callable[[], float],
        now: Callable[[], float],
        on_wait: OnWait | None = None,
    ) -> None:
        """Bound one call to `retry_for` seconds, plus the last try's own time.

        `jitter` returns a number from 0 up to 1; `now` is the time of day in seconds since 1970, for words only.
        `on_wait` is told of each wait; None: nobody is.
        """
        self._retry_for = retry_for
        self._clock = clock
        self._sleep = sleep
        self._jitter = jitter
        self._now = now
        self._on_wait = on_wait

    def call(self, attempt: Callable[[], T], *, held: Held | None = None) -> T:
        """Return what `attempt` returns, or raise what its last try became.

        `held` is what the site asked for in an earlier call. Its end is waited for as a part of this call's time; where
        there is not so much time, SiteOverloaded is raised without any try.
        """
        if held is not None and held.seconds > self._retry_for:
            message = f"The site answered {held.status} and asked for a pause; nothing more was sent to it."
            raise SiteOverloaded(f"{message} It asks to be tried again {self._when(held.seconds)}.", held.status)
        started = self._clock()

        def seconds_left() -> float:
            return self._retry_for - (self._clock() - started)

        def wait(state: tenacity.RetryCallState) -> float:
            asked = _transient(state).retry_after or 0.0
            # Between half of the exponential step and all of it.
            step = min(FIRST_BACKOFF * 2.0 ** (state.attempt_number - 1), LONGEST_BACKOFF)
            backoff = step * (0.5 + 0.5 * self._jitter())
            # Cut to what is left, so that the last try happens at the end of the time and not well before it.
            return max(asked, min(backoff, seconds_left()), 0.0)

        def stop(state: tenacity.RetryCallState) -> bool:
            left = seconds_left()
            return state.attempt_number >= MOST_TRIES or left <= 0 or (_transient(state).retry_after or 0.0) > left

        def before_sleep(state: tenacity.RetryCallState) -> None:
            failure, action = _transient(state), state.next_action
            reason = failure.what if failure.status is None else f"HTTP {failure.status}"
            self._pause(reason, action.sleep if action else 0.0, state.attempt_number + 1, seconds_left())

        def give_up(state: tenacity.RetryCallState) -> T:
            failure = _transient(state)
            raise self._verdict(failure, state.attempt_number, seconds_left()) from failure

        retrying = tenacity.Retrying(
            sleep=lambda _: None,  # `before_sleep` does, because it is told what the wait is for
            before_sleep=before_sleep,
            stop=stop,
            wait=wait,
            retry=tenacity.retry_if_exception_type(Transient),
            retry_error_callback=give_up,
        )
        if held is not None:
            self._pause(f"HTTP {held.status}", held.seconds, 1, seconds_left())
        return retrying(attempt)

    def _pause(self, reason: str, seconds: float, attempt: int, left: float) -> None:
        log.debug("%s; try %d follows in %.1f seconds", reason, attempt, seconds)
        on_wait = self._on_wait or (lambda _: None)
        on_wait(Waiting(reason, seconds, attempt, self._now() + left))
        try:
            self._sleep(seconds)
        finally:
            on_wait(None)

    def _verdict(self, failure: Transient, tries: int, left: float) -> SiteTrouble:
        seconds = self._retry_for - left
        unit = "second" if round(seconds) == 1 else "seconds"
        tried = f"tried {tries} times in {seconds:.0f} {unit}" if tries > 1 else "tried once"
        message = f"{failure.what} ({tried})."
        asked = failure.retry_after
        if asked is not None and asked > left and failure.status is not None:
            return SiteOverloaded(f"{message} It asks to be tried again {self._when(asked)}.", failure.status)
        return failure.becomes(message)

    def _when(self, seconds: float) -> str:
        in_words = f"in {seconds:.0f} seconds" if seconds < 120 else f"in {seconds / 60:.0f} minutes"
        try:
            at = datetime.fromtimestamp(self._now() + seconds, UTC)
        except (ValueError, OverflowError, OSError):
            return in_words
        return f"{in_words}, at {at:%Y-%m-%d %H:%M:%S} UTC"


def _transient(state: tenacity.RetryCallState) -> Transient:
    failure = state.outcome.exception() if state.outcome is not None else None
    assert isinstance(failure, Transient), "only a Transient is retried"  # noqa: S101 -- for the type checker
    return failure
