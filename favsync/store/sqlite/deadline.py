"""When SQLite has to be done, for whoever can end it from outside."""

from dataclasses import dataclass


@dataclass(slots=True)
class Deadline:
    """Until when SQLite may be at work, by `time.monotonic()`. None: it is not at work."""

    at: float | None = None
