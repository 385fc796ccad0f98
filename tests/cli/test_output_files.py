"""`-o FILE` and `--html FILE`: what favsync wrote it replaces, and nothing of the user's own without being told to."""

import json
import os
import stat
import subprocess
import sys
from pathlib import Path

import pytest

from favsync.app.exports.output_file import MOST_REMEMBERED, OutputFiles
from tests.cli.conftest import PROGRAM, Favsync
from tests.cli.terminal import at_a_terminal

REFUSED = "is there already, and was not written by favsync or has been changed since."


@pytest.fixture
def synced(alice: Favsync) -> Favsync:
    """Alice's five favorites are here."""
    assert alice("sync").code == 0
    return alice


@pytest.mark.parametrize(
    "line",
    [
        *("export -o", "export --format csv -o", "export --format ids -o", "export --format urls -o"),
        *("export --format html -o", "export --format datasette-metadata -o", "stats --html"),
    ],
)
def test_every_night_the_same_file_is_written_again(synced: Favsync, tmp_path: Path, line: str) -> None:
    """A line of cron has nobody to ask: what favsync wrote it replaces, whatever the format, and what is new in it."""
    file = tmp_path / "nightly"
    for post_id in ("1", "2", "3"):
        outcome = synced.process(*line.split(), str(file))
        assert outcome.code == 0, outcome.err
        assert synced("remove", post_id).code == 0
        assert synced("sync").code == 0
    assert file.stat().st_size > 0


@pytest.mark.parametrize("line", ["export -o", "stats --html"])
def test_a_file_of_somebody_elses_stays(synced: Favsync, tmp_path: Path, line: str) -> None:
    """Where nobody can be asked it is exit code 2, and --force says that it may go."""
    file = tmp_path / "novel.txt"
    file.write_text("Chapter one.")
    outcome = synced(*line.split(), str(file))
    assert (outcome.code, outcome.out, REFUSED in outcome.err) == (2, "", True)
    assert file.read_text() == "Chapter one."
    assert synced(*line.split(), str(file), "--force").code == 0
    assert file.read_text() != "Chapter one."
    assert synced(*line.split(), str(file)).code == 0


def test_a_file_that_was_changed_since_stays(synced: Favsync, tmp_path: Path) -> None:
    """Somebody has put work into it, if only one character."""
    file = tmp_path / "ids.txt"
    assert synced("export", "--format", "ids", "-o", str(file)).code == 0
    file.write_text(file.read_text() + "#")
    assert synced("export", "--format", "ids", "-o", str(file)).code == 2
    file.write_text(file.read_text().removesuffix("#"))
    assert synced("export", "--format", "ids", "-o", str(file)).code == 0


def test_a_copy_under_another_name_is_the_users(synced: Favsync, tmp_path: Path) -> None:
    """It was put aside to be kept."""
    file, kept = tmp_path / "ids.txt", tmp_path / "ids-of-2025.txt"
    assert synced("export", "--format", "ids", "-o", str(file)).code == 0
    kept.write_bytes(file.read_bytes())
    assert synced("export", "--format", "ids", "-o", str(kept)).code == 2


def test_an_empty_file_is_nothing_to_lose(synced: Favsync, tmp_path: Path) -> None:
    """mktemp makes such ones."""
    file = tmp_path / "new"
    file.touch()
    assert synced("export", "-o", str(file)).code == 0


def test_stdout_needs_no_leave(synced: Favsync, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A dash is no file, also where there is one of that name."""
    monkeypatch.chdir(tmp_path)
    Path("-").write_text("a file")
    assert synced("export", "--format", "ids", "-o", "-").out.count("\n") == 5


@pytest.mark.parametrize(("answer", "code"), [("y", 0), ("n", 2), ("", 2)])
def test_at_a_terminal_it_is_asked(synced: Favsync, tmp_path: Path, answer: str, code: int) -> None:
    """And nothing but a yes replaces it."""
    file = tmp_path / "novel.txt"
    file.write_text("Chapter one.")
    ended, shown = at_a_terminal(synced, "export", "-o", str(file), answers={"Replace it? [y/N]: ": answer})
    assert (ended, "Nothing was written." in shown) == (code, code == 2)
    assert (file.read_text() == "Chapter one.") == (code == 2)


@pytest.mark.parametrize("step", ["written.json", "nightly.txt", "after"])
def test_killed_at_any_step_the_next_night_goes_on(synced: Favsync, tmp_path: Path, step: str) -> None:
    """Before the new content is remembered, before the file gets its name, and right after."""
    file = tmp_path / "nightly.txt"
    assert synced("export", "--format", "ids", "-o", str(file)).code == 0
    assert synced("remove", "3").code == 0
    assert synced("sync").code == 0
    script = (
        "import os, pathlib\n"
        "really = pathlib.Path.replace\n"
        "def replace(self, target):\n"
        f"    if pathlib.Path(target).name == {step!r}: os.kill(os.getpid(), 9)\n"
        "    really(self, target)\n"
        f"    if {step!r} == 'after' and pathlib.Path(target).name == 'nightly.txt': os.kill(os.getpid(), 9)\n"
        f"pathlib.Path.replace = replace\n{PROGRAM}"
    )
    for _ in range(3):
        killed = subprocess.run(
            [sys.executable, "-c", script, "export", "--format", "ids", "-o", str(file)],
            env=os.environ | synced.environ,
            timeout=60,
            check=False,
        )
        assert killed.returncode == -9
    outcome = synced("export", "--format", "ids", "-o", str(file))
    assert (outcome.code, file.read_text().count("\n")) == (0, 4), outcome.err


def test_what_is_remembered_is_the_owners_alone(synced: Favsync, tmp_path: Path) -> None:
    """Paths say much about somebody."""
    assert synced("export", "-o", str(tmp_path / "a")).code == 0
    (register,) = synced.home.rglob("written.json")
    assert stat.S_IMODE(register.stat().st_mode) == 0o600
    assert stat.S_IMODE(register.parent.stat().st_mode) == 0o700
    assert [*json.loads(register.read_text())] == [str((tmp_path / "a").resolve())]


def test_a_register_that_cannot_be_written_is_said(synced: Favsync, tmp_path: Path) -> None:
    """The file is written all the same; the next time, nothing is known of it."""
    (synced.home / ".local").write_text("in the way")
    outcome = synced("export", "-o", str(tmp_path / "a"))
    assert (outcome.code, "warning: favsync cannot record in" in outcome.err) == (0, True)
    assert synced("export", "-o", str(tmp_path / "a")).code == 2
    assert synced("export", "--force", "-o", str(tmp_path / "a")).code == 0


@pytest.mark.parametrize("content", [b"", b"[]", b"{", b"\xff", b'{"/a": 5}', b"[" * 100_000])
def test_a_register_that_is_none_remembers_nothing(tmp_path: Path, content: bytes) -> None:
    """A damaged one is no reason to fail, and none to replace anything."""
    register, file = tmp_path / "written.json", tmp_path / "file"
    files = OutputFiles(register)
    files.save(file, [b"mine"])
    assert files.is_own(file)
    register.write_bytes(content)
    assert not files.is_own(file)
    files.save(file, [b"again"])
    assert files.is_own(file)


def test_the_newest_files_are_remembered(tmp_path: Path) -> None:
    """A year of one new file a day, and more."""
    files = OutputFiles(tmp_path / "written.json")
    (tmp_path / "written.json").write_text(json.dumps({f"/{n}": ["x"] for n in range(MOST_REMEMBERED)}))
    files.save(tmp_path / "new", [b"x"])
    known = json.loads((tmp_path / "written.json").read_text())
    assert (len(known), "/0" in known, str(tmp_path / "new") in known) == (MOST_REMEMBERED, False, True)
