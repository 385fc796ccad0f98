"""Moments as people write them, in the words of the search's `date:`: a day, `yesterday`, `1_week_ago`, `7d`."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta

import click
from click.shell_completion import CompletionItem

from favsync.cli.parameters.completion import complete_runs
from favsync.cli.parameters.options import Decorated
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


class Moment(click.ParamType[str]):
    """A moment as text that sorts, as the database keeps it."""

    name = "date"

    def convert(self, value: str, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read a moment; what is none is wrong usage."""
        try:
            return as_text(parse_moment(value, utc_now()))
        except (ValueError, OverflowError) as exc:
            self.fail(f"'{value}' is not {exc}.", param, ctx)

    def shell_complete(
        self,
        ctx: click.Context,  # noqa: ARG002 - click gives it
        param: click.Parameter,  # noqa: ARG002 - click gives it
        incomplete: str,
    ) -> list[CompletionItem[str]]:
        """The words that are asked for most."""
        return [CompletionItem(word) for word in _OFFERED if word.startswith(incomplete)]


def at_option(help: str) -> Callable[[Decorated], Decorated]:
    """The option that says as of when a list is meant."""
    return click.option("--at", "as_of", type=AsOf(), metavar="DATE|RUN", help=help)


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

    def shell_complete(self, ctx: click.Context, param: click.Parameter, incomplete: str) -> list[CompletionItem[str]]:
        """The same, and the newest runs."""
        runs = [CompletionItem(run) for run in complete_runs(ctx, param, incomplete)]
        return Moment().shell_complete(ctx, param, incomplete) + runs
