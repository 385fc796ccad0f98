"""The time of day as the database keeps it."""

from collections.abc import Callable
from datetime import UTC, datetime

Clock = Callable[[], datetime]
"""Tells the present, in UTC."""


def utc_now() -> datetime:
    """Tell the present, in UTC."""
    return datetime.now(UTC)


def as_text(moment: datetime) -> str:
    """Return `moment` in the form that sorts: `2024-01-02T07:04:05.678Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
