"""Where a demo lives: a temporary folder with settings, a database and keys of its own, and nothing of the user's."""

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path

from favsync.config.settings import CONFIG, KEYRING, PREFIX
from favsync.sandbox import Generation, World, make_world

FAVORITES = 1_000
INTERVAL = 0.02
"""Seconds between two requests: the site is on this machine, and nobody waits for it."""

_CONFIG = f"""\
# The settings of a demo. A real site is asked once a second, which is what favsync does unless told otherwise.
database = "favsync.db"
request_interval = {INTERVAL}
file_interval = {INTERVAL}
"""


@dataclass(frozen=True, slots=True)
class DemoHome:
    """A folder that holds everything a demo needs and leaves."""

    folder: Path

    @classmethod
    def make(cls, world: World) -> "DemoHome":
        """Make a new folder that only the user can read, with a configuration and the keys of the world's users."""
        home = cls(Path(tempfile.mkdtemp(prefix="favsync-demo-")).resolve())
        keys = ((home.key_of(user.name), f"{user.api_key}\n") for user in world.users.values())
        for path, text in ((home.config, _CONFIG), *keys):
            path.touch(mode=0o600)
            path.write_text(text)
        return home

    @property
    def config(self) -> Path:
        return self.folder / "config.toml"

    @property
    def database(self) -> Path:
        return self.folder / "favsync.db"

    def key_of(self, username: str) -> Path:
        """The file with a user's API key, for `--api-key-stdin`."""
        return self.folder / f"{username}.key"

    def variables(self) -> dict[str, str]:
        """What leads favsync here, and keeps it away from the user's keyring."""
        return {CONFIG: str(self.config), KEYRING: "off"}

    def exports(self) -> list[str]:
        """Lines for a shell in which `favsync` shall work here."""
        lines = [f"export {name}={shlex.quote(text)}" for name, text in self.variables().items()]
        if shutil.which("favsync") is None:
            # Started from an environment that is not active in this shell, so hardly in another one.
            lines.insert(0, f'export PATH={shlex.quote(str(Path(sys.executable).parent))}:"$PATH"')
        return lines

    def run(self, *arguments: str, stdin: Path | None = None) -> int:
        """Run the real favsync here, as a process of its own; return its exit code.

        Both of its streams go to this process's stdout: one story, in order.
        """
        environ = {name: text for name, text in os.environ.items() if not name.startswith(PREFIX)}
        with (stdin or Path(os.devnull)).open("rb") as given:
            return subprocess.run(  # noqa: S603 - our own program
                # -P: what lies in the folder that the demo was started in is none of its modules.
                [sys.executable, "-P", "-m", "favsync", *arguments],
                stdin=given,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                env=environ | self.variables(),
                check=False,
            ).returncode


def demo_world(generation: Generation) -> World:
    """The world of a demo: alice with her favorites, bob with none."""
    return make_world(generation=generation, favorites=FAVORITES)
