"""The time of day, as the database keeps it."""

from collections.abc import Callable
from datetime import UTC, datetime

from favsync.sync.moments import as_text

__all__ = ["Clock", "as_text", "utc_now"]

Clock = Callable[[], datetime]
"""Tells the present, in UTC."""


def utc_now() -> datetime:
    """Tell the present, in UTC."""
    return datetime.now(UTC)
