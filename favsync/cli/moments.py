"""Moments as people write them: a day, a day with a time, or how long ago (`7d`)."""

from datetime import UTC, datetime, timedelta

import click

from favsync.cli.durations import parse_duration
from favsync.engine.clock import as_text, utc_now

EXAMPLES = "2026-01-31, 2026-01-31T18:30 or 7d"


def parse_moment(text: str, now: datetime) -> datetime:
    """Read a moment and return it in UTC; without a zone of its own it is meant so, as everything shown is.

    A duration counts back from `now`. Raises ValueError, whose words say what is accepted.
    """
    try:
        moment = datetime.fromisoformat(text.strip())
    except ValueError:
        try:
            return now - timedelta(seconds=parse_duration(text))
        except (ValueError, OverflowError) as exc:
            raise ValueError(f"a day, a day with a time (UTC), or how long ago, such as {EXAMPLES}") from exc
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)


class Moment(click.ParamType[str]):
    """A moment as text that sorts, as the database keeps it."""

    name = "date"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read a moment; what is none is wrong usage."""
        try:
            return as_text(parse_moment(value, utc_now()))
        except (ValueError, OverflowError) as exc:
            self.fail(f"'{value}' is not {exc}.", param, ctx)


class AsOf(click.ParamType[int | str]):
    """A run's number, or a moment as text that sorts."""

    name = "date or run"

    def convert(self, value: int | str, param: click.Parameter | None, ctx: click.Context | None) -> int | str:
        """Read a number of at most 18 digits as a run's, and anything else as a moment."""
        if isinstance(value, int):
            return value
        if value.isascii() and value.isdigit() and len(value) <= 18:
            return int(value)
        return Moment().convert(value, param, ctx)
