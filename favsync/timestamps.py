"""Moments as text: UTC, ISO 8601 with milliseconds and a `Z`, so that they sort."""

from datetime import UTC, datetime, timedelta


def as_text(moment: datetime) -> str:
    """Return `moment` in the form that sorts: `2024-01-02T07:04:05.678Z`."""
    return moment.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def whole_milliseconds(moment: datetime) -> datetime:
    """Return `moment` in UTC, as exact as its text is."""
    moment = moment.astimezone(UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)


def earlier(moment: str, by: timedelta) -> str:
    """Return the text of the moment that lies `by` before `moment`."""
    return as_text(datetime.fromisoformat(moment) - by)


def parsed(text: str) -> str | None:
    """Return the moment of a text of another form, as `as_text` writes it; None: it is no time with an offset."""
    try:
        moment = datetime.fromisoformat(text)
        return as_text(moment) if moment.tzinfo is not None else None
    except (ValueError, OverflowError):
        return None
