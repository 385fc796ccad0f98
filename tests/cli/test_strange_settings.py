"""Settings that are no file, belong to somebody else, or stand nowhere: said at once, and nothing of theirs is run."""

import os
import socket
import subprocess
import sys
from pathlib import Path

import pytest

from favsync.config.key_file import KeyFile, load_key_file
from favsync.config.settings import load_settings, salvage_on_failure
from favsync.errors import ConfigInvalid
from tests.cli.conftest import Favsync

SOMEBODY = 54_321
"""A user id that is not ours."""

NO_HOME = "Your home folder is not known: set HOME, or name the database and the settings"
_WITHOUT_A_RECORD = """
import os, pwd, runpy, sys
def nobody(*_):
    raise KeyError("no such user")
pwd.getpwuid = pwd.getpwnam = nobody
os.environ.pop("HOME", None)
sys.argv = ["favsync", *sys.argv[1:]]
runpy.run_module("favsync", run_name="__main__")
"""


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """Where a configuration file may be."""
    return tmp_path / "config.toml"


def make_pipe(path: Path) -> None:
    os.mkfifo(path)


def make_zeros(path: Path) -> None:
    path.symlink_to("/dev/zero")


def make_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as listening:
        listening.bind(str(path))


def make_long(path: Path) -> None:
    path.write_bytes(b"#" * 1_000_001)


@pytest.mark.parametrize(
    ("make", "said"),
    [
        (make_pipe, "It is a named pipe, no file."),
        (make_zeros, "It is a device, no file."),
        (make_socket, "No such device or address."),
        (make_long, "It is longer than 1,000,000 bytes."),
        (Path.mkdir, "Is a directory."),
    ],
)
def test_what_is_no_file_of_settings_is_an_error_at_once(config: Path, make: object, said: str) -> None:
    """Nothing waits for the other end of a pipe, or fills the memory; nor does it for the keys beside it."""
    assert callable(make)
    make(config)
    with pytest.raises(ConfigInvalid) as raised:
        load_settings(config=config, database=None, environ={})
    assert raised.value.message == f"{config} cannot be read: {said}"
    with pytest.raises(ConfigInvalid) as raised:
        load_key_file(config)
    assert raised.value.message == f"The key file {config} cannot be read: {said}"


def test_a_mark_before_the_text_is_no_part_of_it(config: Path) -> None:
    """As some editors put it there; lines are counted as ever."""
    config.write_bytes(b"\xef\xbb\xbftimeout = 5\n")
    assert load_settings(config=config, database=config, environ={}).timeout == 5
    config.write_bytes(b"\xef\xbb\xbftimeout = 5\ntimout = 6\n")
    with pytest.raises(ConfigInvalid, match=r"line 2: there is no setting 'timout'"):
        load_settings(config=config, database=config, environ={})
    config.write_bytes(b'\xef\xbb\xbf["a@b"]\nkey = "k"\n')
    assert list(load_key_file(config).entries) == ["a@b"]


def test_what_everybody_shares_keeps_its_rights(tmp_path: Path) -> None:
    """A key file that is a link to /dev/null holds nothing, and root does not close that to all others."""
    keys = tmp_path / "keys.toml"
    keys.symlink_to(os.devnull)
    before = Path(os.devnull).stat().st_mode
    assert load_key_file(keys) == KeyFile({})
    assert Path(os.devnull).stat().st_mode == before


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give a file away")
def test_what_another_user_wrote_runs_nothing(config: Path) -> None:
    """The rest of it counts, as of a file that several machines share; a hook from the environment is ours."""
    config.write_text("timeout = 5\non_failure = 'notify'\n")
    assert load_settings(config=config, database=config, environ={}).on_failure == "notify"
    os.chown(config, SOMEBODY, -1)
    with pytest.raises(ConfigInvalid, match=r"line 2: on_failure names a program, and the file belongs to another"):
        load_settings(config=config, database=config, environ={})
    assert salvage_on_failure(config=config, environ={}) is None
    assert salvage_on_failure(config=config, environ={"FAVSYNC_ON_FAILURE": "mine"}) == "mine"
    config.write_text("timeout = 5\non_failure = 'off'\n")
    assert load_settings(config=config, database=config, environ={}).timeout == 5
    config.write_text('["a@b"]\ncommand = "touch x"\n')
    with pytest.raises(ConfigInvalid, match="belongs to another user"):
        load_key_file(config)


def test_what_others_can_write_runs_nothing(config: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where the right cannot be taken away, as on a medium without rights."""
    config.write_text("on_failure = 'notify'\n")
    config.chmod(0o666)
    assert load_settings(config=config, database=config, environ={}).on_failure == "notify"
    config.chmod(0o620)
    monkeypatch.setattr(os, "fchmod", lambda *_: None)
    with pytest.raises(ConfigInvalid, match="the file can be written by others"):
        load_settings(config=config, database=config, environ={})


def run_without_home(*arguments: str, environ: dict[str, str], folder: Path) -> "subprocess.CompletedProcess[str]":
    """Run favsync for a user of whom the system has no record, and who has no HOME: as in containers."""
    command = [sys.executable, "-c", _WITHOUT_A_RECORD, *arguments]
    kept = {name: text for name, text in environ.items() if not name.startswith(("HOME", "XDG_", "FAVSYNC_"))}
    return subprocess.run(command, env=kept, cwd=folder, capture_output=True, text=True, timeout=60, check=False)


@pytest.mark.parametrize(
    "arguments",
    [
        ("status",),
        ("--database", "x.db", "status"),
        ("--config", "x.toml", "status"),
        ("check",),
        ("account", "list"),
        ("search", "wolf"),
        ("backup", "list"),
    ],
)
def test_without_a_home_it_is_said_what_to_name(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """With exit code 2, and no folder that is called ~."""
    (tmp_path / "x.toml").write_text("")
    outcome = run_without_home(*arguments, environ=dict(os.environ), folder=tmp_path)
    assert (outcome.returncode, outcome.stdout) == (2, "")
    assert NO_HOME in outcome.stderr
    assert sorted(path.name for path in tmp_path.iterdir()) == ["x.toml"]


@pytest.mark.parametrize("arguments", [("--database", "~/x.db", "status"), ("--config", "~/x.toml", "status")])
def test_a_path_in_a_home_that_is_not_known_is_named(tmp_path: Path, arguments: tuple[str, ...]) -> None:
    """It is no error of favsync's own."""
    named = ("--database", "y.db", "--config", os.devnull)
    outcome = run_without_home(*named, *arguments, environ=dict(os.environ), folder=tmp_path)
    assert outcome.returncode == 2
    assert f"It is not known where the home is that {arguments[1]} is in" in outcome.stderr


def test_without_a_home_all_works_with_what_is_named(alice: Favsync, tmp_path: Path) -> None:
    """The commands that look at what is kept, and a check of it."""
    assert alice("sync").code == 0
    alice.config.touch()
    named = ("--database", str(alice.database), "--config", str(alice.config))
    written = str(tmp_path / "written.csv")
    for command in (("status",), ("search", "--count"), ("check",), ("backup", "create"), ("export", "-o", written)):
        outcome = run_without_home(*named, *command, environ=dict(os.environ), folder=tmp_path)
        assert outcome.returncode == 0, outcome.stderr
        assert "should not have happened" not in outcome.stderr
    assert not (tmp_path / "~").exists()
