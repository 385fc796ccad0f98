"""Moments as people write them, in the words of the search's `date:`: a day, `yesterday`, `1_week_ago`, `7d`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Final

import click

from favsync.cli.parameters.completion import complete_runs
from favsync.cli.parameters.options import Decorated, ReadBy
from favsync.clock import as_text, utc_now
from favsync.config.durations import parse_duration

EXAMPLES = "2026-01-31, 2026-01-31T18:30, yesterday, 1_week_ago or 7d"

_OFFERED = ("today", "yesterday", "1_week_ago", "1_month_ago", "1_year_ago", "7d")


def parse_moment(text: str, now: datetime) -> datetime:
    """Read a moment and return it in UTC; without a zone of its own it is meant so, as everything shown is.

    Of a day, a month or a year it is the beginning, and what is counted counts back from `now`. Raises ValueError: its
    words say what is accepted.
    """

    def word(text: str) -> datetime:
        from favsync.query.moments import moment_of  # noqa: PLC0415 - the words of searches, which a plain day needs not

        return moment_of(text, now)

    for read in (datetime.fromisoformat, word, lambda text: now - timedelta(seconds=parse_duration(text))):
        try:
            moment = read(text.strip())
        except (ValueError, OverflowError):
            continue
        return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
    raise ValueError(f"a day, a time (UTC), or how long ago, such as {EXAMPLES}")


def complete_moments(_ctx: click.Context, _param: click.Parameter, incomplete: str) -> list[str]:
    """The words that are asked for most."""
    return [word for word in _OFFERED if word.startswith(incomplete)]


def complete_as_of(ctx: click.Context, param: click.Parameter, incomplete: str) -> list[str]:
    """The same, and the newest runs."""
    return complete_moments(ctx, param, incomplete) + complete_runs(ctx, param, incomplete)


def read_as_of(text: str) -> int | str:
    """Read a number of at most 18 digits as a run's, and anything else as a moment, in text that sorts."""
    is_run = text.isascii() and text.isdigit() and len(text) <= 18
    return int(text) if is_run else as_text(parse_moment(text, utc_now()))


MOMENT: Final = ReadBy("date", lambda text: as_text(parse_moment(text, utc_now())))
"""A moment as text that sorts, as the database keeps it."""

AS_OF: Final = ReadBy("date or run", read_as_of)
"""A run's number, or a moment as text that sorts."""


def as_of_option(*names: str, help: str) -> Callable[[Decorated], Decorated]:
    """The option that says as of when a list is meant."""
    return click.option(*names, type=AS_OF, metavar="DATE|RUN", help=help, shell_complete=complete_as_of)
