"""What every command is given: the options before its name, and what they lead to."""

import os
from dataclasses import dataclass, field
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from favsync.cli.terminal.console import Console
from favsync.errors import FavsyncError

if TYPE_CHECKING:
    from favsync.app.library import Library
    from favsync.config.settings import Settings


@dataclass(frozen=True)
class Invocation:
    """One run of the program. A command receives it through `click.pass_obj`."""

    console: Console = field(default_factory=Console)
    database_option: Path | None = None
    config_option: Path | None = None
    leaves_rights: bool = False
    """True: the rights of the configuration file are looked at, and stay as they are."""

    @cached_property
    def settings(self) -> "Settings":
        """All settings, read when a command first asks for one. Raises ConfigInvalid."""
        from favsync.config.settings import load_settings  # noqa: PLC0415 - 6 ms that --help need not pay

        return load_settings(
            config=self.config_option,
            database=self.database_option,
            environ=os.environ,
            leaves_rights=self.leaves_rights,
        )

    @cached_property
    def library(self) -> "Library":
        """What is kept in the database that the settings name, whether or not there is one. Raises ConfigInvalid."""
        from favsync.app.library import Library  # noqa: PLC0415 - --help need not pay for it
        from favsync.cli.terminal.listener import TerminalListener  # noqa: PLC0415 - as above

        return Library(self.settings, TerminalListener(self.console))

    @property
    def known_database(self) -> Path | None:
        """The database that the settings name; None: the settings cannot be read."""
        try:
            return self.settings.database
        except FavsyncError:
            return None
