"""Keys and files are private by construction: an invented key is looked for in everything that is written or shown."""

import base64
import shlex
import sqlite3
import stat
import sys
from contextlib import closing
from pathlib import Path

import pytest

from favsync.sandbox import Exchange, Fault, Site
from tests.cli.conftest import KEY, Favsync, Outcome
from tests.cli.hardship import open_to_all

SECRETS = (KEY, base64.b64encode(f"alice:{KEY}".encode()).decode())
"""The key as it is, and as it travels."""


def add(favsync: Favsync, site: Site, *options: str, stdin: str = "", verbose: bool = True) -> Outcome:
    """Add alice, talking of everything that can be talked of."""
    more = ["-v"] if verbose else []
    return favsync(*more, "account", "add", "alice", "--site", site.url, "--username", "alice", *options, stdin=stdin)


def assert_unsaid(outcome: Outcome, favsync: Favsync, site: Site, *, kept_in: list[str]) -> None:
    """The key is in no output, in no URL, and in no file but those."""
    for secret in SECRETS:
        assert secret not in outcome.out + outcome.err
        assert secret not in repr(site.log)
        holders = [name for name in favsync.files() if secret.encode() in (favsync.home / name).read_bytes()]
        assert holders == [name for name in kept_in if secret == KEY]


def key_command() -> str:
    """A command that prints the key, and does not hold it."""
    return shlex.join([sys.executable, "-c", f"print({KEY[:6]!r} + {KEY[6:]!r})"])


# ---- the key ----


def test_a_key_from_stdin_is_only_in_the_key_file(favsync: Favsync, site: Site) -> None:
    """Adding, checking and listing say everything but the key."""
    outcome = add(favsync, site, "--api-key-stdin", stdin=KEY)
    assert outcome.code == 0
    assert_unsaid(outcome, favsync, site, kept_in=["config/favsync/keys.toml"])
    for command in (
        ["account", "check"],
        ["account", "show", "alice"],
        ["account", "list"],
        ["status"],
        ["add", "5"],
        ["diff"],
        ["sync"],
    ):
        outcome = favsync("-v", *command)
        assert outcome.code == 0
        assert_unsaid(outcome, favsync, site, kept_in=["config/favsync/keys.toml"])


def test_a_key_from_a_command_is_nowhere(favsync: Favsync, site: Site) -> None:
    """The command is kept; what it prints is not."""
    outcome = add(favsync, site, "--api-key-command", key_command())
    assert outcome.code == 0
    assert_unsaid(outcome, favsync, site, kept_in=[])
    outcome = favsync("-v", "account", "check")
    assert outcome.code == 0
    assert_unsaid(outcome, favsync, site, kept_in=[])


@pytest.mark.parametrize(
    "fault",
    [
        Fault("status", status=401, times=None),
        Fault("status", status=403, times=None),
        Fault("status", status=500, times=None),
        Fault("html", times=None),
        Fault("html", status=403, times=None),
        Fault("not_json", times=None),
        Fault("wrong_shape", times=None),
        Fault("cut_body", times=None),
        Fault("drop_before", times=None),
        Fault("redirect", location="https://example.invalid/", times=None),
    ],
    ids=lambda fault: f"{fault.kind}-{fault.status}",
)
def test_no_failure_tells_the_key(favsync: Favsync, site: Site, fault: Fault) -> None:
    """However the site answers, neither the sentence nor the traceback has the key, and nothing is kept."""
    site.fault(fault)
    outcome = add(favsync, site, "--api-key-stdin", stdin=KEY)
    assert outcome.code in (4, 5)
    assert "Traceback" in outcome.err
    assert_unsaid(outcome, favsync, site, kept_in=[])
    assert favsync.files() == []


def test_a_mistake_of_favsyncs_own_does_not_tell_the_key(
    favsync: Favsync, site: Site, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An exception that nobody foresaw may hold anything: only its kind and its place are said."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError(f"with {KEY}")

    monkeypatch.setattr("favsync.cli.commands.account_add.save_account", broken)
    outcome = add(favsync, site, "--api-key-stdin", stdin=KEY, verbose=False)
    assert outcome.code == 1
    assert "This should not have happened: RuntimeError in favsync.cli.commands.account_add, line " in outcome.err
    assert_unsaid(outcome, favsync, site, kept_in=[])
    assert not favsync.key_file.exists()


def test_a_key_that_comes_with_the_site_is_not_repeated(favsync: Favsync) -> None:
    """Who puts the key into the URL is told not to, without it."""
    outcome = favsync(
        "-v",
        "account",
        "add",
        "alice",
        "--site",
        f"https://alice:{KEY}@example.net",
        "--username",
        "alice",
        "--public",
    )
    assert outcome.code == 2
    assert KEY not in outcome.out + outcome.err


@pytest.mark.parametrize("options", [["--api-key-stdin"], ["--api-key-command", "cat KEYFILE"]])
def test_the_key_is_in_no_process_list(favsync: Favsync, site: Site, options: list[str], tmp_path: Path) -> None:
    """While the site is being asked, no process has the key in its arguments, and favsync not in its environment."""
    seen: list[int] = []
    found: list[str] = []

    def look(_: Exchange) -> None:
        for process in Path("/proc").glob("[0-9]*"):
            try:
                arguments = (process / "cmdline").read_bytes()
                environment = (process / "environ").read_bytes() if b"favsync.cli" in arguments else b""
            except OSError:  # ended meanwhile, or another user's
                continue
            seen.extend([int(process.name)] if b"--username\0alice" in arguments else [])
            found.extend([process.name] if KEY.encode() in arguments + environment else [])

    key_file = tmp_path / "key"
    key_file.write_text(KEY)
    options = [option.replace("KEYFILE", shlex.quote(str(key_file))) for option in options]
    site.before = look
    outcome = favsync.process("account", "add", "alice", "--site", site.url, "--username", "alice", *options, stdin=KEY)
    assert outcome.code == 0, outcome.err
    assert seen
    assert found == []


# ---- the files ----


def modes(favsync: Favsync) -> dict[str, int]:
    """The rights of everything that favsync made for itself."""
    made = [path for folder in favsync.home.glob("*/favsync") for path in (folder, *folder.rglob("*"))]
    return {str(path.relative_to(favsync.home)): stat.S_IMODE(path.stat().st_mode) for path in made}


def test_files_are_their_owners_alone_from_the_beginning(favsync: Favsync, site: Site) -> None:
    """Whatever the umask: database, its log and memory, lock, key file, and the folders of all of them."""
    arguments = ["account", "add", "alice", "--site", site.url, "--username", "alice", "--api-key-stdin"]
    assert favsync.process(*arguments, stdin=KEY, before=open_to_all).code == 0
    with closing(sqlite3.connect(favsync.database)) as held:
        held.execute("SELECT * FROM accounts").fetchall()  # so that SQLite's own files stay for now
        assert favsync.process("add", "5", before=open_to_all).code == 0
        assert favsync.process("account", "remove", "alice", "--yes", before=open_to_all).code == 0
        assert favsync.process(*arguments, stdin=KEY, before=open_to_all).code == 0
        assert modes(favsync) == {
            "config/favsync": 0o700,
            "config/favsync/keys.toml": 0o600,
            "data/favsync": 0o700,
            "data/favsync/favsync.db": 0o600,
            "data/favsync/favsync.db-shm": 0o600,
            "data/favsync/favsync.db-wal": 0o600,
            "data/favsync/favsync.db.lock": 0o600,
        }


@pytest.mark.parametrize("command", [["status"], ["account", "list"], ["add", "5"]])
def test_a_database_that_others_could_read_is_closed_to_them(alice: Favsync, command: list[str]) -> None:
    """By whatever command comes first."""
    alice.database.chmod(0o664)
    assert alice(*command).code == 0
    assert stat.S_IMODE(alice.database.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    "command", [["account", "check"], ["account", "show", "alice"], ["account", "remove", "alice", "--yes"], ["sync"]]
)
def test_a_key_file_that_others_could_read_is_closed_and_that_is_said(alice: Favsync, command: list[str]) -> None:
    """A warning that --quiet does not hide; the command goes on, and the next one has nothing to say."""
    alice.key_file.chmod(0o644)
    outcome = alice("-q", *command)
    assert outcome.code == 0
    assert outcome.err.startswith(
        f"favsync: warning: the key file {alice.key_file} was open to others (mode 644);"
        " now only you can read it (600)."
    )
    if alice.key_file.exists():
        assert stat.S_IMODE(alice.key_file.stat().st_mode) == 0o600
        assert alice("-q", *command).err == ""


def test_adding_an_account_says_that_the_key_file_was_open(alice: Favsync, site: Site) -> None:
    """Also where the file is only written to."""
    alice.key_file.chmod(0o640)
    options = ["--site", site.url, "--username", "bob", "--api-key-stdin"]
    outcome = alice("account", "add", "bob", *options, stdin="invented0key2")
    assert outcome.code == 0
    assert outcome.err.count("was open to others (mode 640)") == 1
    assert stat.S_IMODE(alice.key_file.stat().st_mode) == 0o600
