"""A first backup by the real `favsync`, from a sandbox in a process of its own."""

import base64
import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.benchmarks.children import ChildFailed, Cost, run

FAVSYNC = (sys.executable, "-m", "favsync")
_LOGIN = base64.b64encode(b"alice:alice-key").decode()
_PAGE = 320


@dataclass(frozen=True, slots=True)
class Served:
    """A sandbox in a process of its own."""

    url: str
    process: "subprocess.Popen[str]"

    def tell(self, *command: object) -> Any:
        """Give it a command (see `favsync.sandbox.commands`), and return the result. Raises ChildFailed."""
        if self.process.stdin is None or self.process.stdout is None:
            raise ChildFailed("the sandbox has no pipes")
        self.process.stdin.write(json.dumps(command) + "\n")
        self.process.stdin.flush()
        answer = json.loads(self.process.stdout.readline())
        if "error" in answer:
            raise ChildFailed(f"the sandbox: {answer['error']}")
        return answer["result"]


@contextmanager
def served(favorites: int, *, spare_posts: int = 0) -> Iterator[Served]:
    """A sandbox whose user alice has so many favorites of 34 tags each, for the length of a block."""
    command = [sys.executable, "-m", "favsync.sandbox", "--spare-posts", str(spare_posts), "--commands"]
    with subprocess.Popen(
        [*command, "--favorites", str(favorites)], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
    ) as sandbox:
        if sandbox.stdin is None or sandbox.stdout is None:
            raise ChildFailed("the sandbox has no pipes")
        url = sandbox.stdout.readline().strip()
        if not url:
            raise ChildFailed("the sandbox did not start")
        yield Served(url, sandbox)
        sandbox.stdin.close()


def save_pages(url: str, folder: Path) -> int:
    """Save every page of alice's listing as the site sends it, in order; return how many bytes they are."""
    folder.mkdir()
    total = 0
    for number in range(1, 751):
        address = f"{url}/favorites.json?user_id=1&limit={_PAGE}&page={number}"
        headers = {"Authorization": f"Basic {_LOGIN}", "User-Agent": "favsync-benchmarks/1 (by alice)"}
        with urllib.request.urlopen(urllib.request.Request(address, headers=headers)) as answer:  # noqa: S310 - http
            body: bytes = answer.read()
        if body == b'{"posts":[]}':
            break
        (folder / f"{number:03}.json").write_bytes(body)
        total += len(body)
    return total


@dataclass(frozen=True, slots=True)
class Home:
    """A folder in which favsync has everything that is its own."""

    folder: Path

    @property
    def database(self) -> Path:
        return self.folder / "favsync.db"

    def environ(self, interval: float = 0.0) -> dict[str, str]:
        """The environment of a favsync that lives here, and asks every `interval` seconds."""
        return {name: text for name, text in os.environ.items() if not name.startswith("FAVSYNC_")} | {
            "HOME": str(self.folder),
            "XDG_CONFIG_HOME": str(self.folder / "config"),
            "XDG_DATA_HOME": str(self.folder / "data"),
            "FAVSYNC_DATABASE": str(self.database),
            "FAVSYNC_KEYRING": "off",
            "FAVSYNC_REQUEST_INTERVAL": str(interval),
        }

    def add_account(self, url: str) -> None:
        """Make the database, with an account and nothing else in it."""
        self.folder.mkdir(exist_ok=True)
        command = [*FAVSYNC, "account", "add", "alice", "--site", url, "--username", "alice", "--api-key-stdin"]
        run(command, environ=self.environ(), stdin="alice-key\n")

    def sync(self, favorites: int, interval: float = 0.0) -> tuple[Cost, dict[str, Any]]:
        """Run `favsync sync`; return its cost and what it reports. Raises ChildFailed for an incomplete backup."""
        cost, out = run([*FAVSYNC, "sync", "--json"], environ=self.environ(interval))
        report: dict[str, Any] = json.loads(out)[0]
        if (report["outcome"], report["total"]) != ("complete", favorites):
            raise ChildFailed(f"the backup is not what it should be: {report}")
        return cost, report
