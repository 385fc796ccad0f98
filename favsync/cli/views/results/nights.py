"""JSON of nightly runs: the schedule, and a sync that failed."""

from dataclasses import dataclass
from pathlib import Path

from favsync.app.schedule.nightly import Part
from favsync.cli.views.results.runs import Run


@dataclass(frozen=True)
class Schedule:
    """A schedule that is installed."""

    name: str
    """Its name."""
    kind: str
    """`systemd` or `cron`."""
    database: Path
    """The database that is synced."""
    at: str | None
    """The time of day, in local time; null where it is not one of every day."""
    next_run_at: str | None
    """When it runs next; null where that is not known."""
    is_edited: bool
    """It is not what favsync wrote."""
    parts: tuple[Part, ...]
    """Its texts."""


@dataclass(frozen=True)
class Failure:
    """What the command of the setting `on_failure` is given."""

    exit_code: int
    """The exit code of the sync."""
    at: str
    """When it ended."""
    database: Path | None
    """The database file; null where it is not known, as the next."""
    site: str | None
    """The site's URL."""
    messages: tuple[str, ...]
    """What was printed on stderr."""
    runs: tuple[Run, ...]
    """What `sync --json` writes; empty where none began."""
