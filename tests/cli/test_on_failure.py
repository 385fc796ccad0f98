"""A sync that failed is not silent: an exit code, a line on stderr, and a command that is told all about it."""

import json
import shlex
import signal
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from favsync.app.hook import run_hook
from favsync.app.sync.lock import RunLock
from favsync.cli import on_failure
from favsync.sandbox import Exchange, Fault, Site, World
from tests.cli.conftest import KEY, Favsync
from tests.cli.test_sync import RUN_KEYS

TELL = """
import json, os, sys
from pathlib import Path
Path(sys.argv[1]).write_text(json.dumps({"told": json.load(sys.stdin), "environ": dict(os.environ)}))
print("this is not for favsync's stdout")
"""


@dataclass(frozen=True)
class Told:
    """The file that the command writes into what it was told."""

    path: Path

    @property
    def command(self) -> str:
        return shlex.join([sys.executable, "-IS", "-c", TELL, str(self.path)])

    def __call__(self) -> dict[str, Any]:
        """What it was told last."""
        reported: dict[str, Any] = json.loads(self.path.read_text())["told"]
        return reported

    @property
    def environ(self) -> dict[str, str]:
        found: dict[str, str] = json.loads(self.path.read_text())["environ"]
        return found


@pytest.fixture
def reported(alice: Favsync, tmp_path: Path) -> Told:
    """The command is set in the file of the settings."""
    reported = Told(tmp_path / "told.json")
    alice.config.write_text(f"on_failure = {json.dumps(reported.command)}\n")
    return reported


def test_nobody_is_told_of_a_good_night(alice: Favsync, reported: Told) -> None:
    """Silence is what a good night is like."""
    assert alice("sync").code == 0
    assert not reported.path.exists()


def test_a_failed_night_is_told_with_all_that_is_known_of_it(alice: Favsync, site: Site, reported: Told) -> None:
    """The runs as `sync --json` has them, the exit code, what was said, and where; the key is nowhere."""
    alice("sync")
    site.fault(Fault("html", status=503, times=None))
    outcome = alice("--quiet", "sync", "--json")
    site.clear_faults()
    assert outcome.code == 5
    payload = reported()
    assert list(payload) == ["exit_code", "at", "database", "site", "messages", "runs", "files"]
    assert payload["exit_code"] == 5
    assert payload["at"].endswith("Z")
    assert (payload["database"], payload["site"]) == (str(alice.database), site.url)
    assert payload["runs"] == json.loads(outcome.out)
    assert list(payload["runs"][0]) == RUN_KEYS
    (message,) = payload["messages"]
    assert message.startswith("alice: ")
    assert outcome.err == f"favsync: {message}\n"
    assert payload["files"] is None
    assert KEY not in reported.path.read_text()


def a_key_that_is_gone(alice: Favsync, _: Site) -> None:
    alice.key_file.unlink()


def a_damaged_database(alice: Favsync, _: Site) -> None:
    alice.database.write_bytes(alice.database.read_bytes()[:8192] + b"\x55" * 100_000)


def no_database(alice: Favsync, _: Site) -> None:
    alice.database.unlink()


def a_refused_login(_: Favsync, site: Site) -> None:
    site.world.set_api_key("alice", "another0key")


def a_queued_change_that_is_refused(alice: Favsync, _: Site) -> None:
    alice("add", "424242")


def nothing(_: Favsync, __: Site) -> None:
    pass


@pytest.mark.parametrize(
    ("trouble", "arguments", "code", "runs", "words"),
    [
        (a_key_that_is_gone, [], 2, 1, "alice: There is no API key of 'alice'"),
        (a_damaged_database, [], 8, 0, "is damaged"),
        (no_database, [], 2, 0, "There is no account yet in "),
        (nothing, ["carol"], 2, 0, "There is no account named 'carol'."),
        (a_refused_login, [], 4, 1, "alice: The site refused the login of 'alice'"),
        (a_queued_change_that_is_refused, [], 3, 1, "alice: post 424242 was not added"),
        (a_queued_change_that_is_refused, ["--pull-only"], 3, 1, "alice: 1 queued change still pending."),
        (nothing, ["--push-only"], 0, None, ""),
    ],
)
def test_whatever_went_wrong_is_told_and_said(
    alice: Favsync,
    site: Site,
    reported: Told,
    *,
    trouble: Callable[[Favsync, Site], None],
    arguments: list[str],
    code: int,
    runs: int | None,
    words: str,
) -> None:
    """Also before any run began; and there is a line on stderr for each, even with --quiet."""
    trouble(alice, site)
    outcome = alice("--quiet", "sync", *arguments)
    assert outcome.code == code
    assert words in outcome.err
    if runs is None:
        assert not reported.path.exists()
        return
    payload = reported()
    assert (payload["exit_code"], len(payload["runs"]), payload["database"]) == (code, runs, str(alice.database))
    assert words in payload["messages"][0]
    assert len(outcome.err.splitlines()) == 1


def test_another_run_at_work_is_told(alice: Favsync, site: Site, reported: Told) -> None:
    """One that hangs forever would else let every later night fail without a word."""
    with RunLock(alice.database):
        assert alice.process("sync").code == 7
    assert (reported()["exit_code"], reported()["site"], reported()["runs"]) == (7, site.url, [])


def test_a_mistake_of_favsyncs_own_is_told(alice: Favsync, reported: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """With what is said of it, and no more."""

    def broken(*_: object) -> None:
        raise ZeroDivisionError("secret")

    monkeypatch.setattr("favsync.app.sync.sync_accounts.choose_accounts", broken)
    outcome = alice("sync")
    assert outcome.code == 1
    assert reported()["exit_code"] == 1
    assert "ZeroDivisionError in favsync.app.sync.sync_accounts" in reported()["messages"][0]
    assert "secret" not in reported.path.read_text()


def test_a_backup_that_failed_is_told(alice: Favsync, reported: Told) -> None:
    """The run is a good one, and the night is not."""
    folder = alice.database.with_name("backups")
    folder.write_text("in the way")
    assert alice("sync", "--backup").code == 8
    assert (reported()["exit_code"], reported()["runs"][0]["outcome"]) == (8, "complete")
    assert "its backup is not" in reported()["messages"][-1]


def test_a_guard_is_told_for_one_account_of_two(alice: Favsync, site: Site, world: World, reported: Told) -> None:
    """Both runs are there; the exit code is the night's."""
    assert alice("account", "add", "bob", "--site", site.url, "--username", "bob", "--public").code == 0
    world.favorite_many("alice", world.add_posts(95, tags_per_post=3))
    assert alice("sync").code == 0
    world.flush("alice")
    assert alice("sync").code == 6
    assert reported()["exit_code"] == 6
    assert [(run["account"], run["outcome"]) for run in reported()["runs"]] == [
        ("alice", "refused"),
        ("bob", "complete"),
    ]


# ---- who is not told ----


@pytest.mark.parametrize(
    "arguments", [["--dry-run"], ["--no-such-option"], ["--push-only", "--pull-only"], ["--backup", "--dry-run"]]
)
def test_a_look_or_a_slip_of_the_finger_is_no_night(
    alice: Favsync, site: Site, reported: Told, arguments: list[str]
) -> None:
    """Somebody is sitting there, and sees it."""
    site.stop()
    assert alice("sync", *arguments).code != 0
    assert not reported.path.exists()


@pytest.mark.parametrize("kind", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP])
def test_an_interruption_is_nobodys_failure(alice: Favsync, site: Site, reported: Told, kind: signal.Signals) -> None:
    """Somebody has ended it, or the machine goes down: the next run goes on."""
    running: list[subprocess.Popen[str]] = []

    def interrupt(_: Exchange) -> None:
        running[0].send_signal(kind)
        running[0].wait(60)

    site.before = interrupt
    with alice.popen("sync") as process:
        running.append(process)
        process.communicate(timeout=60)
    assert process.returncode == 128 + kind
    assert not reported.path.exists()


# ---- settings in which something is wrong ----


@pytest.mark.parametrize("wrong", ["timeout = 0\n", "retry_fro = 1\n", 'database = ""\n'])
def test_a_mistake_elsewhere_in_the_settings_is_told(alice: Favsync, reported: Told, wrong: str) -> None:
    """As far as they can be read, they are; the database is told where the command line names it."""
    alice.config.write_text(wrong + alice.config.read_text())
    assert alice("sync").code == 2
    assert (reported()["database"], reported()["site"], reported()["runs"]) == (None, None, [])
    assert "line 1: " in reported()["messages"][0]
    assert alice("--database", str(alice.database), "sync").code == 2
    assert reported()["database"] == str(alice.database)


def test_a_variable_that_is_none_is_told_and_not_passed_on(alice: Favsync, reported: Told) -> None:
    """Somebody may have written an API key into it."""
    outcome = Favsync(alice.home, alice.environ | {"FAVSYNC_API_KEY": KEY})("sync")
    assert outcome.code == 2
    assert reported()["exit_code"] == 2
    assert KEY not in reported.path.read_text()


@pytest.mark.parametrize(
    ("text", "environ"),
    [
        ("no TOML at all", {}),
        ("timeout = 0\non_failure = 5\n", {}),
        ("timeout = 0\n", {"FAVSYNC_ON_FAILURE": "'"}),
        ("timeout = 0\n", {}),
        ("timeout = 0\non_failure = {command}\n", {"FAVSYNC_ON_FAILURE": "off"}),
    ],
)
def test_where_nobody_can_be_told_the_mistake_alone_is_said(
    alice: Favsync, reported: Told, text: str, environ: dict[str, str]
) -> None:
    """Exit code 2, and no other word."""
    alice.config.write_text(text.replace("{command}", json.dumps(reported.command)))
    outcome = Favsync(alice.home, alice.environ | environ)("sync")
    assert (outcome.code, len(outcome.err.splitlines())) == (2, 1)
    assert not reported.path.exists()


def test_the_variable_goes_over_the_file_and_off_is_nobody(alice: Favsync, site: Site, reported: Told) -> None:
    """For one evening, say."""
    site.stop()
    assert Favsync(alice.home, alice.environ | {"FAVSYNC_ON_FAILURE": "off"})("sync").code == 5
    assert not reported.path.exists()
    alice.config.write_text("")
    assert Favsync(alice.home, alice.environ | {"FAVSYNC_ON_FAILURE": reported.command})("sync").code == 5
    assert reported()["exit_code"] == 5


# ---- what becomes of the command ----


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("/no/such/program secret", "'/no/such/program' could not be started: No such file or directory."),
        (shlex.join([sys.executable, "-c", "import sys; sys.exit(4)"]), "failed (exit code 4)."),
        (shlex.join([sys.executable, "-c", "import signal; signal.pause()"]), "did not end within 0.2 seconds"),
    ],
)
def test_a_command_that_fails_changes_no_exit_code(
    alice: Favsync, site: Site, command: str, words: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One line on stderr, after that of the failure itself, and none of its arguments."""
    monkeypatch.setattr(on_failure, "run_hook", lambda *args, **kwargs: run_hook(*args, **kwargs, time_limit=0.2))
    if "sys.exit" in command:
        monkeypatch.setattr(on_failure, "run_hook", run_hook)
    site.stop()
    outcome = Favsync(alice.home, alice.environ | {"FAVSYNC_ON_FAILURE": command})("-q", "sync")
    assert outcome.code == 5
    failure, hook = outcome.err.splitlines()
    assert failure.startswith("favsync: alice: ")
    assert hook.startswith("favsync: warning: The command on_failure '")
    assert words in hook
    assert "secret" not in hook


def test_its_environment_leads_to_the_same_database(alice: Favsync, site: Site, reported: Told) -> None:
    """The lock is given back, so that it may use favsync; whose own failure is told to nobody."""
    site.stop()
    other = alice.database.with_name("other.db")
    alice.database.rename(other)
    assert alice("--database", str(other), "--config", str(alice.config), "sync").code == 5
    assert reported.environ["FAVSYNC_DATABASE"] == str(other)
    assert reported.environ["FAVSYNC_CONFIG"] == str(alice.config)
    assert reported.environ["HOME"] == str(alice.home)
    assert "PATH" in reported.environ
    inside = Favsync(
        alice.home, {n: t for n, t in reported.environ.items() if n.startswith(("FAVSYNC_", "HOME", "XDG_"))}
    )
    reported.path.unlink()
    assert inside("status").code == 0
    assert inside("sync").code == 5
    assert not reported.path.exists()


def test_the_command_may_run_favsync(alice: Favsync, site: Site, tmp_path: Path) -> None:
    """To try it once more, say: no lock is in its way."""
    site.fault(Fault("html", status=404, times=1))
    once_more = shlex.join([sys.executable, "-m", "favsync", "sync"])
    environ = {"FAVSYNC_ON_FAILURE": once_more, "PYTHONPATH": str(Path(__file__).parents[2])}
    outcome = Favsync(alice.home, alice.environ | environ)("sync")
    assert outcome.code == 5
    assert "on_failure" not in outcome.err
    assert "alice: 5 favorites; queue: 0 pending" in alice("status").out
