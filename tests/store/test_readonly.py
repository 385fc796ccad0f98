"""Reading where nothing can be written beside the database: it answers, exactly, and nothing comes to be there."""

import os
import shutil
import sqlite3
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import BinaryIO

import pytest

from favsync.errors import DatabaseBusy, DatabaseReadOnly, NoTemporaryRoom
from favsync.store.database import Database
from favsync.store.sqlite import connect as sqlite
from favsync.store.sqlite import read_only_media as readonly
from tests.store.child import WITHOUT_OVERRIDE, run_child
from tests.store.samples import new_account

READ = (
    WITHOUT_OVERRIDE
    + """
from pathlib import Path
from favsync.errors import FavsyncError
from favsync.store.status import load_status
obey_file_modes()
try:
    print(*(account.username for account in load_status(Path(sys.argv[1])).accounts))
except FavsyncError as exc:
    print(type(exc).__name__, exc.exit_code, exc)
"""
)


@pytest.fixture
def kept(path: Path) -> Iterator[Path]:
    """A database with an account in it, closed, in a folder whose rights are given back at the end."""
    with Database.open(path) as database, database.write() as conn:
        new_account(conn)
    yield path
    path.parent.chmod(0o700)


def names(path: Path) -> list[str]:
    return sorted(file.name for file in path.parent.iterdir())


def rename(path: Path, username: str) -> sqlite3.Connection:
    """Change the account through a connection that stays open, so that the change is in the log alone."""
    other = sqlite3.connect(path, isolation_level=None)
    other.execute("PRAGMA wal_autocheckpoint = 0")
    other.execute("UPDATE accounts SET username = ?", (username,))
    return other


def test_a_database_in_a_folder_that_cannot_be_written_is_read(kept: Path) -> None:
    """With neither log nor index beside it, SQLite alone could not; and nothing comes to be there."""
    kept.parent.chmod(0o500)
    before = names(kept)
    assert run_child(READ, kept) == "alice"
    assert names(kept) == before


def test_a_log_beside_it_counts(kept: Path, tmp_path: Path) -> None:
    """What is only in the log of a database without an index of it is read, and not the state before."""
    live = tmp_path / "live" / kept.name
    live.parent.mkdir()
    with closing(rename(kept, "renamed")):
        shutil.copy(kept, live)
        shutil.copy(f"{kept}-wal", f"{live}-wal")
    live.parent.chmod(0o500)
    try:
        assert run_child(READ, live) == "renamed"
        assert names(live) == [live.name, f"{live.name}-wal"]
    finally:
        live.parent.chmod(0o700)


def test_a_database_that_is_in_use_there_is_read(kept: Path) -> None:
    """With another program at work, its last commit is seen."""
    with closing(rename(kept, "renamed")):
        kept.parent.chmod(0o500)
        assert run_child(READ, kept) == "renamed"
        kept.parent.chmod(0o700)


def test_the_tables_of_another_user_are_read_by_nobody_in_particular(kept: Path) -> None:
    """The real thing: another user's file, in a folder of theirs."""
    if os.geteuid() != 0 or shutil.which("setpriv") is None:
        pytest.skip("only root can become another user, with setpriv")
    nobody = ["setpriv", "--reuid", "65534", "--regid", "65534", "--clear-groups"]
    probe = subprocess.run([*nobody, sys.executable, "-c", "import favsync"], check=False, capture_output=True)
    if probe.returncode:
        pytest.skip("this Python cannot be started by another user")
    with tempfile.TemporaryDirectory() as name:  # pytest's own folders are closed to all others
        theirs = Path(shutil.copy(kept, name))
        theirs.parent.chmod(0o755)
        theirs.chmod(0o644)
        program = [sys.executable, "-c", READ.replace("obey_file_modes()\ntry", "try"), str(theirs)]
        outcome = subprocess.run([*nobody, *program], check=False, capture_output=True, text=True)
        assert (outcome.stdout.strip(), outcome.stderr) == ("alice", "")
        assert theirs.stat().st_mode & 0o777 == 0o644
        assert names(theirs) == [theirs.name]


def test_a_log_that_may_not_be_read_is_said(kept: Path) -> None:
    """Without it, an older state would be shown: it is an error that names the log."""
    with closing(rename(kept, "renamed")):
        for suffix in ("-wal", "-shm"):
            Path(f"{kept}{suffix}").chmod(0o000)
        kept.parent.chmod(0o500)
        said = run_child(READ, kept)
        kept.parent.chmod(0o700)
    assert said.startswith("DatabaseReadOnly 8 ")
    assert f"{kept.name}-wal cannot be read (Permission denied)" in said


def test_a_read_only_file_system_is_read_as_it_is(kept: Path, tmp_path: Path) -> None:
    """No copy is made of what nobody can change."""
    medium = tmp_path / "medium"
    medium.mkdir()
    mount, umount = shutil.which("mount"), shutil.which("umount")
    if mount is None or umount is None:
        pytest.skip("there is no mount")
    made = subprocess.run([mount, "-t", "tmpfs", "tmpfs", str(medium)], check=False, capture_output=True)
    if made.returncode:
        pytest.skip("a file system cannot be mounted here")
    try:
        shutil.copy(kept, medium / kept.name)
        subprocess.run([mount, "-o", "remount,ro", str(medium)], check=True)
        with closing(sqlite.connect(medium / kept.name, writable=False)) as connection:
            assert connection.execute("SELECT username FROM accounts").fetchall() == [("alice",)]
            file = Path(str(connection.execute("PRAGMA database_list").fetchone()[2]))
        assert file == medium / kept.name
        with pytest.raises(DatabaseReadOnly):
            sqlite.connect(medium / kept.name, writable=True).execute("UPDATE accounts SET username = 'x'")
    finally:
        subprocess.run([umount, str(medium)], check=True)


# ---- a writer that is not seen ----


def test_one_change_meanwhile_is_tried_again(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was copied while it changed is thrown away, and copied once more."""
    left = ["renamed"]
    real = shutil.copyfileobj

    def copying(source: BinaryIO, target: BinaryIO) -> None:
        real(source, target)
        if left:
            rename(kept, left.pop()).close()

    monkeypatch.setattr(shutil, "copyfileobj", copying)
    with closing(readonly.open_where_nothing_can_be_written(kept)) as connection:
        assert connection.execute("SELECT username FROM accounts").fetchall() == [("renamed",)]


def test_a_database_that_changes_again_and_again_is_said_to(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Exit code 8, with the reason and what to do."""
    real = shutil.copyfileobj
    names = iter(("renamed", "renamed again", "and again"))

    def copying(source: BinaryIO, target: BinaryIO) -> None:
        real(source, target)
        rename(kept, next(names)).close()

    monkeypatch.setattr(shutil, "copyfileobj", copying)
    with pytest.raises(DatabaseBusy, match="while it is read"):
        readonly.open_where_nothing_can_be_written(kept)


def test_of_the_copy_nothing_stays(kept: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is private data: even while it is read, it has no name."""
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    monkeypatch.setattr("tempfile.tempdir", str(temporary))
    with closing(readonly.open_where_nothing_can_be_written(kept)) as connection:
        assert list(temporary.iterdir()) == []
        assert connection.execute("SELECT count(*) FROM accounts").fetchall() == [(1,)]
        assert connection.execute("PRAGMA integrity_check").fetchall() == [("ok",)]


def test_a_full_temporary_folder_is_not_a_full_database(kept: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The folder is named, and the database is not accused."""
    monkeypatch.setattr("tempfile.tempdir", "/dev/full/nowhere")
    with pytest.raises(NoTemporaryRoom, match="The folder for temporary files, /dev/full/nowhere"):
        readonly.open_where_nothing_can_be_written(kept)
