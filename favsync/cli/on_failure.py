"""A sync that failed is not silent: the command `on_failure` is told of it, whatever went wrong, and when.

So is a fetch of files, after a sync or by itself at night.

It is told after everything else: the database is closed, and the lock given back, so that it may use favsync itself.
"""

import json
import os
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path

import click

from favsync import interruption
from favsync.app.hook import run_hook
from favsync.app.sync.report import SyncReport
from favsync.cli.invocation import Invocation
from favsync.cli.terminal.ending import end_with
from favsync.cli.views.results.nights import Failure
from favsync.cli.views.results.to_json import to_json
from favsync.clock import utc_now
from favsync.config.kinds import OFF
from favsync.config.settings import CONFIG, PREFIX, VARIABLES, salvage_on_failure
from favsync.errors import ConfigInvalid


@dataclass
class Watched:
    """A sync whose end is watched. What it came to is noted here as it goes on."""

    invocation: Invocation
    """For everything that is done in it: its warnings and errors are heard."""
    heard: list[str]
    site: str | None = None
    reports: list[SyncReport] = field(default_factory=list)
    files: dict[str, object] | None = None
    """What the fetch of files came to, as JSON; None: there was none."""

    @classmethod
    def of(cls, invocation: Invocation) -> "Watched":
        """Begin to watch."""
        heard: list[str] = []
        return cls(replace(invocation, console=replace(invocation.console, heard=heard)), heard)

    def run(self, sync: Callable[["Watched"], int], *, untold: int = 0) -> int:
        """Run a sync to its end, say how it failed if it did, tell the command of it, and return its exit code.

        The command is told of every exit code but 0 and `untold`.

        An interruption passes through, and nobody is told: somebody has ended it on purpose, or the system goes down.
        So do wrong usage and a reader of stdout that went away.
        """
        console = self.invocation.console
        try:
            code = sync(self)
            console.flush()
        except (click.ClickException, click.Abort, click.exceptions.Exit, BrokenPipeError):
            raise
        except Exception as exc:  # noqa: BLE001 - it is said, and told, and no more is done
            interruption.check()
            code = end_with(exc, console, self.invocation.known_database)
        if code not in {0, untold}:
            self._tell(code)
        return code

    def _tell(self, code: int) -> None:
        config, database = self.invocation.config_option, self.invocation.database_option
        try:
            settings = self.invocation.settings
        except ConfigInvalid:
            command = salvage_on_failure(config=config, environ=os.environ)
            database = database.absolute() if database else None
        else:
            command, config, database = settings.on_failure, settings.config, settings.database
        if command is None:
            return
        payload = to_json(
            Failure,
            exit_code=code,
            at=utc_now(),
            database=database,
            site=self.site,
            messages=self.heard,
            runs=self.reports,
            files=self.files,
        )
        words = run_hook(command, json.dumps(payload, indent=2).encode() + b"\n", environ=_environ(database, config))
        if words is not None:
            self.invocation.console.warn(words)


def _environ(database: Path | None, config: Path | None) -> dict[str, str]:
    """The environment of the command: favsync's own, in which favsync would work on the same database.

    A variable that looks like one of favsync's and is none is left out: somebody may have written an API key into it.
    And a favsync that the command runs tells nobody of its own failures: that could go on all night.
    """
    environ = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX) or name in VARIABLES}
    if database:
        environ[f"{PREFIX}DATABASE"] = str(database)
    if config and config.exists():
        environ[CONFIG] = str(config)  # one that is named has to be there; one that is looked for need not
    return environ | {f"{PREFIX}ON_FAILURE": OFF}
