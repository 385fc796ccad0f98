"""Lines completed by zsh and fish themselves, with the script that `favsync completion` prints."""

import os
import pty
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.cli.conftest import PROGRAM, Favsync
from tests.cli.test_completion import ROOT, add_names, read_until, typed


@pytest.fixture
def kept(alice: Favsync, tmp_path: Path) -> Favsync:
    """favsync as a program on a path, with the accounts alice and bob, and with some tags."""
    add_names(alice.database, accounts=["bob"], tags=["wolf", "wood_(material)"])
    (tmp_path / "listing.txt").write_text("1")
    program = tmp_path / "favsync"
    program.write_text(f"#!{sys.executable}\n{PROGRAM}\n")
    program.chmod(0o700)
    path = f"{tmp_path}:{os.environ['PATH']}"
    return Favsync(alice.home, alice.environ | {"PATH": path, "TERM": "dumb", "PYTHONPATH": str(ROOT)})


@pytest.mark.parametrize("shell", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_is_printed(favsync: Favsync, shell: str) -> None:
    """On stdout, and it asks this favsync what to offer."""
    outcome = favsync("completion", shell)
    assert (outcome.code, outcome.err) == (0, "")
    assert f"_FAVSYNC_COMPLETE={shell}_complete" in outcome.out
    assert favsync.files() == []


def test_a_shell_that_is_not_known_is_refused(favsync: Favsync) -> None:
    """With those that are."""
    outcome = favsync("completion", "cmd.exe")
    assert (outcome.code, "'bash', 'zsh', 'fish'" in outcome.err) == (2, True)


def test_fish_completes_what_is_typed(kept: Favsync, tmp_path: Path) -> None:
    """Accounts, options, values, tags, files."""
    fish = shutil.which("fish")
    if fish is None:
        pytest.skip("there is no fish")
    lines = ["sync al", "export --format h", "sync --pu", "search -wol", "import list", "status --databa"]
    script = "favsync completion fish | source\n" + "\n".join(f"complete -C 'favsync {line}'" for line in lines)
    done = subprocess.run(
        [fish, "--no-config", "-c", script],
        env=kept.environ,
        cwd=tmp_path,
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    found = [line.split("\t")[0] for line in done.stdout.splitlines()]
    assert found == ["alice", "html", "--pull-only", "--push-only", "-wolf", "listing.txt", "--database"]


def test_zsh_completes_what_is_typed(kept: Favsync, tmp_path: Path) -> None:
    """The same, with what the shell would not take for a letter quoted."""
    zsh = shutil.which("zsh")
    if zsh is None:
        pytest.skip("there is no zsh")
    (tmp_path / ".zshrc").write_text(
        "PS1=READY\nautoload -Uz compinit\ncompinit -u -D\n"
        'eval "$(favsync completion zsh)"\n'
        'show() { print -rn -- "LINE<$BUFFER>END"; BUFFER= }\nzle -N show\nbindkey "^T" show\n'
    )
    ours, its = pty.openpty()
    child = subprocess.Popen(
        [zsh, "--no-globalrcs", "-i"],
        stdin=its,
        stdout=its,
        stderr=its,
        env=kept.environ | {"ZDOTDIR": str(tmp_path)},
        cwd=tmp_path,
        start_new_session=True,
    )
    os.close(its)
    lines = ["sync bo", "export --format h", "search -woo", "import list", "sync --full al"]
    try:
        read_until(ours, "READY")
        found = [typed(ours, f"favsync {line}").strip() for line in lines]
    finally:
        child.kill()
        child.wait()
        os.close(ours)
    assert found == [
        "favsync sync bob",
        "favsync export --format html",
        "favsync search -wood_\\(material\\)",
        "favsync import listing.txt",
        "favsync sync --full alice",
    ]
