"""A home of its own for every test, a site over HTTP, and favsync run in either of two ways."""

import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import pytest
from click.testing import CliRunner

from favsync.cli.main import cli
from favsync.sandbox import Site, World

KEY = "invented0key1"
PROGRAM = "import sys; from favsync.entry import main; sys.exit(main())"
"""What the installed command `favsync` does."""


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its exit code, and what it wrote."""

    code: int
    out: str
    err: str


@dataclass(frozen=True)
class Favsync:
    """Runs favsync: in this process, which is quick, or as the program that users start."""

    home: Path
    environ: dict[str, str] = field(default_factory=dict)

    @property
    def database(self) -> Path:
        return self.home / "data" / "favsync" / "favsync.db"

    @property
    def config(self) -> Path:
        return self.home / "config" / "favsync" / "config.toml"

    @property
    def key_file(self) -> Path:
        return self.config.with_name("keys.toml")

    def __call__(self, *arguments: str, stdin: str = "") -> Outcome:
        """Run it in this process. `stdin` is no terminal."""
        result = CliRunner(env=self.environ).invoke(cli, arguments, input=stdin, prog_name="favsync")
        return Outcome(result.exit_code, result.stdout, result.stderr)

    def popen(self, *arguments: str, before: Callable[[], None] | None = None) -> "subprocess.Popen[str]":
        """Start it as a process of its own, with pipes. `before` is called in the new process first."""
        return subprocess.Popen(
            [sys.executable, "-c", PROGRAM, *arguments],
            env=os.environ | self.environ,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
            preexec_fn=before,  # noqa: PLW1509 - it changes the child's rights and limits, and no more
        )

    def process(self, *arguments: str, stdin: str = "", before: Callable[[], None] | None = None) -> Outcome:
        """Run it as a process of its own to its end."""
        with self.popen(*arguments, before=before) as process:
            out, err = process.communicate(stdin, timeout=60)
            return Outcome(process.returncode, out, err)

    def state(self) -> dict[str, bytes]:
        """What every file under the home holds, but for those that SQLite keeps beside a database that is in use."""
        return {name: (self.home / name).read_bytes() for name in self.files() if not name.endswith(("-shm", "-wal"))}

    def files(self) -> list[str]:
        """Every file under the home, as relative paths."""
        return sorted(str(path.relative_to(self.home)) for path in self.home.rglob("*") if path.is_file())


@pytest.fixture
def favsync(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Favsync:
    """favsync on a machine where it has never run, without a keyring, and impatient."""
    for name in [name for name in os.environ if name.startswith("FAVSYNC_")]:
        monkeypatch.delenv(name)
    home = tmp_path / "home"
    home.mkdir()
    environ = {
        "HOME": str(home),
        "XDG_CONFIG_HOME": str(home / "config"),
        "XDG_DATA_HOME": str(home / "data"),
        "FAVSYNC_KEYRING": "off",
        "FAVSYNC_REQUEST_INTERVAL": "0",
        "FAVSYNC_RETRY_FOR": "0.2s",
        "FAVSYNC_TIMEOUT": "20",
    }
    return Favsync(home, environ)


@pytest.fixture
def world() -> World:
    """A site with three users: alice, bob, and hidden, who shows her favorites to nobody."""
    world = World()
    world.add_user("alice", api_key=KEY)
    world.add_user("bob", api_key="invented0key2")
    world.add_user("hidden", api_key="invented0key3", hidden=True)
    world.favorite_many("alice", world.add_posts(5, tags_per_post=3))
    world.favorite("hidden", world.listing("alice")[0])
    return world


@pytest.fixture
def site(world: World) -> Iterator[Site]:
    """That site, at `site.url`."""
    with Site(world) as site:
        yield site


@pytest.fixture
def alice(favsync: Favsync, site: Site) -> Favsync:
    """favsync with one account, alice."""
    added = favsync("account", "add", "alice", "--site", site.url, "--username", "alice", "--api-key-stdin", stdin=KEY)
    assert added.code == 0, added.err
    site.clear_log()
    return favsync
