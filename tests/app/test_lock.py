"""The run lock, between real processes."""

import os
import signal
import stat
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from favsync.app.sync.lock import RunLock
from favsync.errors import AnotherRun, DatabaseReadOnly, DatabaseTrouble

_HOLD = """
import sys
from pathlib import Path
from favsync.app.sync.lock import RunLock
with RunLock(Path(sys.argv[1])):
    print("held", flush=True)
    sys.stdin.read()
"""


@contextmanager
def another_process(database: Path) -> Iterator["subprocess.Popen[bytes]"]:
    """A process that holds the lock until its stdin is closed."""
    with subprocess.Popen(
        [sys.executable, "-c", _HOLD, database], stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == b"held\n"
        try:
            yield process
        finally:
            process.kill()


def test_a_second_run_is_told_who_is_at_work(tmp_path: Path) -> None:
    """While another process holds the lock, entering raises AnotherRun with that process's id and exit code 7."""
    database = tmp_path / "favsync.db"
    with another_process(database) as holder, pytest.raises(AnotherRun) as caught, RunLock(database):
        pass
    assert caught.value.pid == holder.pid
    assert str(holder.pid) in caught.value.message
    assert caught.value.exit_code == 7


def test_a_killed_holder_frees_the_lock(tmp_path: Path) -> None:
    """After SIGKILL nothing has to be cleaned up: the next run goes on at once."""
    database = tmp_path / "favsync.db"
    with another_process(database) as holder:
        os.kill(holder.pid, signal.SIGKILL)
        assert holder.wait() == -signal.SIGKILL
        with RunLock(database):
            assert RunLock(database).path.read_text() == f"{os.getpid()}\n"


def test_the_lock_is_given_back(tmp_path: Path) -> None:
    """A lock that was left, by an exception too, can be taken again, and names nobody meanwhile."""
    lock = RunLock(tmp_path / "favsync.db")
    with pytest.raises(ZeroDivisionError), lock:
        _ = 1 / 0
    assert lock.path.read_text() == ""
    with RunLock(lock.database):
        pass


def test_one_process_cannot_run_twice(tmp_path: Path) -> None:
    """Two locks of one process keep each other out as well."""
    with RunLock(tmp_path / "a.db"), pytest.raises(AnotherRun) as caught, RunLock(tmp_path / "a.db"):
        pass
    assert caught.value.pid == os.getpid()


def test_two_databases_have_two_locks(tmp_path: Path) -> None:
    """Runs on different databases do not know of each other."""
    with RunLock(tmp_path / "a.db"), RunLock(tmp_path / "b.db"):
        pass


def test_a_symbolic_link_leads_to_the_same_lock(tmp_path: Path) -> None:
    """One database under two names is one database."""
    (tmp_path / "link.db").symlink_to(tmp_path / "real.db")
    with RunLock(tmp_path / "real.db"), pytest.raises(AnotherRun), RunLock(tmp_path / "link.db"):
        pass


def test_the_id_of_a_dead_process_is_not_named(tmp_path: Path) -> None:
    """When the file still names a process that is gone, the holder is unknown, not wrong."""
    with subprocess.Popen([sys.executable, "-c", ""]) as gone:
        gone.wait()
    lock = RunLock(tmp_path / "a.db")
    with lock:
        lock.path.write_text(f"{gone.pid}\n")
        with pytest.raises(AnotherRun) as caught, RunLock(tmp_path / "a.db"):
            pass
    assert caught.value.pid is None
    assert "another process" in caught.value.message


@pytest.mark.parametrize("content", ["", "nonsense", "0\n", "-1\n", "99999999999999999999999\n"])
def test_a_file_without_a_process_id_names_nobody(tmp_path: Path, content: str) -> None:
    """A holder that has not yet written its id, or a file with anything else in it, is another process."""
    lock = RunLock(tmp_path / "a.db")
    with lock:
        lock.path.write_text(content)
        with pytest.raises(AnotherRun) as caught, RunLock(tmp_path / "a.db"):
            pass
    assert caught.value.pid is None


def test_only_the_owner_can_read_the_lock_file(tmp_path: Path) -> None:
    """The file is made with mode 600, whatever the umask."""
    before = os.umask(0)
    try:
        with RunLock(tmp_path / "a.db") as lock:
            assert stat.S_IMODE(lock.path.stat().st_mode) == 0o600
    finally:
        os.umask(before)


def test_a_folder_that_is_not_there_is_said(tmp_path: Path) -> None:
    """Without a folder for the lock file there is no run."""
    with pytest.raises(DatabaseTrouble, match="No such file or directory"), RunLock(tmp_path / "none" / "a.db"):
        pass


def test_a_lock_file_that_cannot_be_written_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A read-only file system is reported as one (exit code 8), not as another run."""

    def refuse(*_: object) -> int:
        raise OSError(30, "Read-only file system")

    monkeypatch.setattr("favsync.app.sync.lock.os.open", refuse)
    with pytest.raises(DatabaseReadOnly, match="Read-only file system"), RunLock(tmp_path / "a.db"):
        pass


def test_a_file_system_without_locks_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Where nothing can be locked no run begins: two at once would be worse."""

    def refuse(*_: object) -> None:
        raise OSError(38, "Function not implemented")

    monkeypatch.setattr("favsync.app.sync.lock.fcntl.flock", refuse)
    with pytest.raises(DatabaseTrouble, match="Function not implemented"), RunLock(tmp_path / "a.db"):
        pass
