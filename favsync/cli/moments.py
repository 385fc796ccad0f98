"""Moments as people write them: a day, a day with a time, or how long ago (`7d`)."""

from datetime import UTC, datetime, timedelta

from favsync.cli.durations import parse_duration

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
