"""JSON of nightly runs: the schedule, and a sync that failed."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from favsync.app.schedule.nightly import Part
from favsync.cli.views.results.files import FilesFetched
from favsync.cli.views.results.runs import Run


@dataclass(frozen=True)
class Schedule:
    """A schedule that is installed."""

    name: Annotated[str, "Its name."]
    kind: Annotated[str, "`systemd` or `cron`."]
    database: Annotated[Path, "The database that is synced."]
    at: Annotated[str | None, "The time of day, in local time; null where it is not one of every day."]
    next_run_at: Annotated[str | None, "When it runs next; null where that is not known."]
    is_edited: Annotated[bool, "It is not what favsync wrote."]
    parts: Annotated[tuple[Part, ...], "Its texts."]


@dataclass(frozen=True)
class Failure:
    """What the command of the setting `on_failure` is given."""

    exit_code: Annotated[int, "The exit code of the sync, or of the nightly fetch of files."]
    at: Annotated[str, "When it ended."]
    database: Annotated[Path | None, "The database file; null where it is not known, as the next."]
    site: Annotated[str | None, "The site's URL."]
    messages: Annotated[tuple[str, ...], "What was printed on stderr."]
    runs: Annotated[tuple[Run, ...], "What `sync --json` outputs; empty if no run began."]
    files: Annotated[FilesFetched | None, "What `files fetch --json` outputs; null if no files were fetched."]
