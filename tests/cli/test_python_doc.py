"""The examples of docs/python.md: the notebook prints what stands there, and the script syncs."""

import os
import subprocess
import sys

import pytest

from favsync.app.sync.lock import RunLock
from favsync.sandbox import World
from tests.cli.conftest import Favsync
from tests.cli.python_doc import PATH, examples, is_script, run_cells
from tests.cli.questions_doc import with_sample

PAGE = PATH.read_text()
(SCRIPT,) = [code for code, _ in examples(PAGE) if is_script(code)]


def test_each_cell_prints_what_stands_below_it(
    tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Run one after the other as a notebook is; `python -m tests.cli.python_doc` writes what they print."""
    for name, value in with_sample(tmp_path_factory.mktemp("sample")).environ.items():
        monkeypatch.setenv(name, value)
    cells = list(run_cells(PAGE))
    assert sum(output is not None for output, _ in cells) >= 4
    for output, printed in cells:
        assert printed == (output or "")
        assert output is None or output.strip()


def run_script(favsync: Favsync) -> "subprocess.CompletedProcess[str]":
    return subprocess.run(
        [sys.executable, "-c", SCRIPT],
        env=os.environ | favsync.environ,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def test_the_script_syncs_and_backs_up(alice: Favsync, world: World) -> None:
    """As `favsync sync --backup` does, and what it prints can be read."""
    done = run_script(alice)
    assert (done.returncode, done.stdout, done.stderr) == (0, "alice: 5 favorites, 5 new, 0 removed\n", "")
    world.favorite_many("alice", world.add_posts(1))
    assert run_script(alice).stdout == "alice: 6 favorites, 1 new, 0 removed\n"
    assert len(list(alice.database.with_name("backups").glob("*.db"))) == 2


def test_the_script_says_what_is_wrong(alice: Favsync, favsync: Favsync, world: World) -> None:
    """A refused key ends with the exit code of the command; a run that is at work already is no failure."""
    world.user("alice").api_key = "another0key"
    done = run_script(alice)
    assert done.returncode == 4
    assert "alice" in done.stderr
    with RunLock(alice.database):
        assert run_script(alice).returncode == 0
    alice.database.unlink()
    done = run_script(alice)
    assert (done.returncode, done.stdout) == (1, "")
    assert done.stderr.startswith("There is no account yet in ")
