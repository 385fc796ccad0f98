"""The demo: the tour as people start it, and the site that stays up."""

import json
import os
import shlex
import signal
import sqlite3
import subprocess
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from hashlib import md5
from pathlib import Path
from typing import Any

import pytest

from favsync.cli.demo.home import DemoHome, demo_world
from favsync.cli.demo.tour import Tour
from favsync.cli.terminal.console import Console
from favsync.errors import FavsyncError
from favsync.sandbox import Site
from tests.cli.conftest import Favsync
from tests.cli.terminal import at_a_terminal


@pytest.fixture
def visitor(favsync: Favsync, tmp_path: Path) -> Favsync:
    """Somebody with settings of their own, whose temporary files are watched too."""
    temporary = tmp_path / "tmp"
    temporary.mkdir()
    own = {"TMPDIR": str(temporary), "FAVSYNC_DATABASE": str(favsync.home / "own.db"), "COLUMNS": "90"}
    return replace(favsync, environ=favsync.environ | own)


def folder_of(visitor: Favsync) -> Path:
    """The one folder that a demo has made."""
    (folder,) = Path(visitor.environ["TMPDIR"]).iterdir()
    return folder


def rows(database: Path, sql: str) -> list[tuple[Any, ...]]:
    """What a database answers to any program."""
    with closing(sqlite3.connect(database)) as connection:
        return connection.execute(sql).fetchall()


@pytest.mark.parametrize("generation", ["current", "documented"])
def test_the_tour_runs_the_real_commands_and_leaves_only_its_folder(visitor: Favsync, generation: str) -> None:
    """It names the folder, the database in it is what the story says, and home and settings are not touched."""
    ended = visitor.process("demo", "--generation", generation)
    assert (ended.code, ended.err) == (0, "")
    folder = folder_of(visitor)
    assert str(folder) in ended.out
    commands = [line for line in ended.out.splitlines() if line.startswith("$ favsync ")]
    told = ["account", "sync", "add", "remove", "diff", "sync", "status", "files", "files"]
    assert [line.split()[2] for line in commands] == told
    assert "alice: 1,002 favorites, 6 new, 4 removed (1 moved to its parent); queue: 3 applied, 0 pending" in ended.out
    assert rows(folder / "favsync.db", "SELECT count(*), max(position) FROM favorite_posts") == [(1002, 1002)]
    assert rows(folder / "favsync.db", "SELECT state, count(*) FROM operations GROUP BY state") == [("done", 3)]
    history = "SELECT kind, reason, count(*) FROM favorite_history WHERE run_id > 1 GROUP BY 1, 2 ORDER BY 1, 2"
    assert rows(folder / "favsync.db", history) == [
        ("added", "listed", 4),
        ("added", "pushed", 2),
        ("removed", "destroyed", 1),
        ("removed", "moved_to_parent", 1),
        ("removed", "pushed", 1),
        ("removed", "unfavorited", 1),
    ]
    links = {path for path in (folder / "foxes").rglob("*.*") if path.is_file()}
    assert 3 <= len(links) <= 12
    assert all(f"\n{path.relative_to(folder)}\n" in ended.out and path.stat().st_nlink == 2 for path in links)
    md5s = rows(folder / "favsync.db", "SELECT md5 FROM files WHERE state = 'stored'")
    assert {md5(path.read_bytes(), usedforsecurity=False).hexdigest() for path in links} == {one for (one,) in md5s}
    assert folder.stat().st_mode & 0o777 == 0o700
    assert visitor.files() == []


def test_no_line_of_the_story_is_wider_than_the_terminal(
    visitor: Favsync, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The story is wrapped; what cannot be broken, such as a path, has a line to itself."""
    narrow = replace(visitor, environ=visitor.environ | {"COLUMNS": "40"})
    with refusing_site(narrow, monkeypatch) as tour, pytest.raises(FavsyncError):
        tour.run()
    story = [line for line in capsys.readouterr().out.splitlines() if line.startswith("# ")]
    assert len(story) > 8
    assert [line for line in story if len(line) > 40 and len(line.split()) > 2] == []


def test_a_step_that_fails_ends_the_tour(visitor: Favsync, monkeypatch: pytest.MonkeyPatch) -> None:
    """It says which command ended how, and where its files are; nothing comes after it."""
    with refusing_site(visitor, monkeypatch) as tour, pytest.raises(FavsyncError) as stopped:
        tour.run()
    assert stopped.value.exit_code == 1
    assert "'favsync account add alice" in stopped.value.message
    assert "ended with 4" in stopped.value.message
    assert str(tour.home.folder) in stopped.value.message
    assert len(tour.site.log) > 0
    assert tour.site.requests(path="/favorites.json") == []


@contextmanager
def refusing_site(visitor: Favsync, monkeypatch: pytest.MonkeyPatch) -> Iterator[Tour]:
    """A tour on a site where alice's key is worth nothing any more."""
    for name, text in visitor.environ.items():
        monkeypatch.setenv(name, text)
    world = demo_world("current")
    # The standard library has remembered where temporary files go.
    monkeypatch.setattr("tempfile.tempdir", visitor.environ["TMPDIR"])
    home = DemoHome.make(world)
    world.set_api_key("alice", "another-key")
    with Site(world) as site:
        yield Tour(Console(), home, site)


def test_the_demo_takes_no_files_of_the_user(visitor: Favsync) -> None:
    """`--database` and `--config` are refused, in words, before anything is made."""
    for option in ("--database", "--config"):
        ended = visitor(option, str(visitor.home / "mine"), "demo")
        assert ended.code == 2
        assert "files of its own" in ended.err
    assert list(Path(visitor.environ["TMPDIR"]).iterdir()) == []


class Served:
    """A `demo --serve` that runs, and what it has said."""

    def __init__(self, process: "subprocess.Popen[str]") -> None:
        self.process = process
        self.said = [self.line()]
        while not self.said[-1].startswith("Other faults:"):
            self.said.append(self.line())
        self.line()
        self.url = self.said[0].partition(" is running at ")[2].split()[0]

    def line(self) -> str:
        """The next line on its stdout."""
        assert self.process.stdout is not None
        line = self.process.stdout.readline()
        assert line, "it ended"
        return line.rstrip("\n")

    def pasted(self, beginning: str) -> list[str]:
        """The lines that it says to paste, of one kind."""
        return [line.strip() for line in self.said if line.startswith(f"  {beginning}")]

    def favorites(self) -> int:
        """How many favorites the site shows on alice's first page."""
        address = f"{self.url}/favorites.json?user_id=1&limit=5"
        request = urllib.request.Request(address, headers={"User-Agent": "tests/1 (by nobody)"})  # noqa: S310 - http
        with urllib.request.urlopen(request, timeout=20) as answer:  # noqa: S310 - http
            return len(json.loads(answer.read())["posts"])


@contextmanager
def serving(visitor: Favsync) -> Iterator[Served]:
    """Keep a site up for the length of a block."""
    with visitor.popen("demo", "--serve") as process:
        try:
            yield Served(process)
        finally:
            process.kill()


@pytest.mark.parametrize("end", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_a_served_site_answers_until_it_is_interrupted(visitor: Favsync, end: signal.Signals) -> None:
    """Ctrl-C is its regular end: exit code 0, a last word, and nobody listens any more."""
    with serving(visitor) as served:
        assert served.favorites() == 5
        served.process.send_signal(end)
        out, err = served.process.communicate(timeout=20)
        assert (served.process.returncode, err) == (0, "")
        assert str(folder_of(visitor)) in out
        with pytest.raises(urllib.error.URLError):
            served.favorites()
    assert visitor.files() == []
    assert not (folder_of(visitor) / "orders").exists()


def test_what_a_served_site_says_to_paste_works(visitor: Favsync) -> None:
    """A shell that pastes all of it has a backup in the demo's folder, and a site that fails as ordered."""
    with serving(visitor) as served:
        lines = [*served.pasted("export"), *served.pasted("favsync")]
        assert [line.split()[1] for line in served.pasted("favsync")] == ["account", "sync", "status", "files"]
        assert run_in_shell(visitor, lines).returncode == 0
        database = folder_of(visitor) / "favsync.db"
        assert rows(database, "SELECT count(*) FROM favorites") == [(1000,)]
        assert rows(database, "SELECT count(*) > 0 FROM files WHERE state = 'stored'") == [(1,)]
        assert visitor.files() == []

        orders = served.pasted("echo")
        run_in_shell(visitor, orders)
        answers = [served.line() for _ in orders]
        assert [answer.partition(" -> ")[2] for answer in answers] == ['{"result": null}'] * len(orders)
        with pytest.raises(urllib.error.HTTPError) as ordered:
            served.favorites()
        assert (ordered.value.code, ordered.value.headers["Retry-After"]) == (503, "2")
        ordered.value.close()


def test_what_is_to_be_typed_is_never_broken(visitor: Favsync) -> None:
    """A shell would take the second half of a command for another one, on however narrow a terminal it is read."""
    code, shown = at_a_terminal(visitor, "demo", columns=40)
    assert code == 0
    typed = [line for line in shown.split("\r\n") if line.startswith("$ ")]
    assert next(line for line in typed if "account add" in line).endswith(" --api-key-stdin < alice.key")
    assert next(line for line in typed if "export PATH" in line).endswith('"$PATH"')
    assert any(len(line) <= 40 and line.startswith("# ") for line in shown.split("\r\n"))


def test_an_order_that_makes_no_sense_is_answered_and_ends_nothing(visitor: Favsync) -> None:
    """The site says what is wrong with it, and goes on."""
    with serving(visitor) as served:
        pipe = shlex.quote(str(folder_of(visitor) / "orders"))
        run_in_shell(visitor, [f"echo 'fall over' > {pipe}", f"""echo '["explode"]' > {pipe}"""])
        assert served.line().startswith('fall over -> {"error": "JSONDecodeError')
        assert served.line() == '["explode"] -> {"error": "ValueError: no such command: explode"}'
        assert served.favorites() == 5


def run_in_shell(visitor: Favsync, lines: list[str]) -> "subprocess.CompletedProcess[str]":
    """Paste lines into a shell that stops at the first that fails."""
    # A terminal of the visitor's: none of the settings that the tests make favsync impatient with.
    environ = {name: text for name, text in (os.environ | visitor.environ).items() if not name.startswith("FAVSYNC_")}
    script = "\n".join(["set -e", *lines])
    return subprocess.run(
        ["/bin/sh", "-c", script], env=environ, capture_output=True, text=True, timeout=60, check=False
    )
