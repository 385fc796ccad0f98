"""When SQLite has to be done: asked by SQLite itself between its steps, and by whoever can end it from outside."""

from dataclasses import dataclass
from time import monotonic
from typing import Final

STEPS_BETWEEN_LOOKS: Final = 20_000
"""Steps of SQLite's machine (a millisecond or so) between two looks at the clock."""


@dataclass(slots=True)
class Deadline:
    """Until when SQLite may be at work, by `time.monotonic()`. None: it is not at work."""

    at: float | None = None

    def is_over(self) -> bool:
        """Tell whether SQLite is at work for longer than it may: what it asks as its progress handler."""
        return self.at is not None and monotonic() > self.at
