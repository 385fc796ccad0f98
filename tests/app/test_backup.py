"""Making backups: whole or not there, whatever happens; and removing the older ones, and nothing else."""

import os
import signal
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from favsync.app.backup.create import make_backup, plan_retention, remove_backups
from favsync.app.backup.folder import Backup, BackupFolder, moment_in_name
from favsync.app.sync.lock import RunLock
from favsync.app.sync.report import SyncReport
from favsync.core.plan import PullPlan
from favsync.core.retention import Keep
from favsync.errors import (
    BackupFailed,
    BackupInvalid,
    DatabaseReadOnly,
    NoAccounts,
    NotABackupFolder,
    SiteNonsense,
)
from favsync.model import RunKind, RunOutcome
from favsync.store.database import Database
from favsync.store.posts.saving import save_posts
from favsync.store.sites import save_site_url
from favsync.store.sqlite.backup import check_copy
from tests.store.child import WITHOUT_OVERRIDE, run_child, start_child
from tests.store.samples import AT, new_account, new_run, post

MOMENT = datetime(2026, 1, 31, 18, 30, 0, 123_456, tzinfo=UTC)
NAME = "favsync-20260131T183000.123Z.db"


def make_database(path: Path, site: str = "https://site.example") -> None:
    """A database of some pages, with a site and an account."""
    with Database.open(path) as database, database.write() as conn:
        save_site_url(conn, site, at=AT)
        run_id = new_run(conn, new_account(conn).id)
        save_posts(
            conn,
            [post(n, tags={"general": [f"tag_{n}_{m}" for m in range(9)]}) for n in range(1, 300)],
            run_id=run_id,
            at=AT,
        )


@pytest.fixture
def database(tmp_path: Path) -> Path:
    path = tmp_path / "data" / "favsync.db"
    make_database(path)
    return path


@pytest.fixture
def folder(database: Path) -> Iterator[BackupFolder]:
    """Where backups will be; whatever a test does to its rights is undone."""
    folder = BackupFolder(database.with_name("backups"), database)
    yield folder
    if folder.path.is_dir():
        folder.path.chmod(0o700)


def at(moment: datetime) -> Callable[[], datetime]:
    return lambda: moment


def names(folder: BackupFolder) -> list[str]:
    """Every file in the folder."""
    return sorted(path.name for path in folder.path.iterdir())


# ---- making one ----


def test_a_backup_is_named_by_its_moment(folder: BackupFolder) -> None:
    """And by the database; nothing else is in the folder, and the name can be read again."""
    made = make_backup(folder, at(MOMENT))
    assert names(folder) == [NAME]
    assert made.backup == Backup(
        folder.path / NAME, MOMENT.replace(microsecond=123_000), made.backup.path.stat().st_size
    )
    assert made.backup.created_at == "2026-01-31T18:30:00.123Z"
    assert check_copy(made.backup.path) == made.contents
    assert made.contents.posts == 299
    assert folder.find() == [made.backup]
    assert moment_in_name(made.backup.path) == made.backup.moment


@pytest.mark.parametrize("umask", [0o000, 0o077, 0o027])
def test_a_backup_is_its_owners_alone(folder: BackupFolder, umask: int) -> None:
    """The file, and the folder that is made for it, whatever the user's habits are."""
    before = os.umask(umask)
    try:
        made = make_backup(folder)
    finally:
        os.umask(before)
    assert stat.S_IMODE(made.backup.path.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o700


def test_a_folder_that_is_there_keeps_its_rights(folder: BackupFolder) -> None:
    """It may be the user's own, with other things in it."""
    folder.path.mkdir(mode=0o755)
    folder.path.chmod(0o755)
    make_backup(folder)
    assert stat.S_IMODE(folder.path.stat().st_mode) == 0o755


def test_names_of_one_moment_are_told_apart(folder: BackupFolder) -> None:
    """A clock that stands still, or two backups at once: each is kept, and they sort as they came."""
    made = [make_backup(folder, at(MOMENT)).backup.path.name for _ in range(3)]
    assert made == sorted(made) == names(folder)
    assert made[1:] == ["favsync-20260131T183000.124Z.db", "favsync-20260131T183000.125Z.db"]


def test_a_name_that_another_one_is_writing_to_is_not_taken(folder: BackupFolder) -> None:
    """The unfinished file is the claim."""
    folder.path.mkdir()
    with start_child(HOLDS_THE_FOLDER, folder.path, NAME) as other:
        assert other.stdout is not None
        assert other.stdout.readline() == "writing\n"
        made = make_backup(folder, at(MOMENT))
        assert made.backup.path.name == "favsync-20260131T183000.124Z.db"
        assert (folder.path / f"{NAME}.unfinished").read_bytes() == b"half"
        other.communicate("\n", timeout=60)


HOLDS_THE_FOLDER = """
import fcntl, os, sys
from pathlib import Path
fcntl.flock(os.open(sys.argv[1], os.O_RDONLY), fcntl.LOCK_SH)
(Path(sys.argv[1]) / f"{sys.argv[2]}.unfinished").write_bytes(b"half")
print("writing", flush=True)
sys.stdin.readline()
"""


def test_a_backup_is_made_while_a_sync_is_at_work(folder: BackupFolder) -> None:
    """Neither the run's lock nor its open transaction holds it up; what is not saved yet is not in it."""
    with RunLock(folder.database), Database.open(folder.database) as running, running.write() as conn:
        save_posts(conn, [post(1_000)], run_id=1, at=AT)
        assert make_backup(folder).contents.posts == 299


WRITER = """
import sys
from pathlib import Path
from favsync.app.sync.lock import RunLock
from favsync.store.database import Database
from favsync.store.posts.saving import save_posts
from tests.store.samples import AT, post
path = Path(sys.argv[1])
with RunLock(path), Database.open(path) as database:
    for n in range(1000, 10**9, 2):
        with database.write() as conn:
            save_posts(conn, [post(n), post(n + 1)], run_id=1, at=AT)
        print(n, flush=True)
"""


def test_each_backup_beside_a_writer_is_of_one_moment(folder: BackupFolder) -> None:
    """A process with the run's lock saves posts by the pair, without a rest: every backup has whole pairs, and more."""
    with start_child(WRITER, folder.database) as writer:
        assert writer.stdout is not None
        try:
            writer.stdout.readline()
            before = 299
            for _ in range(5):
                made = make_backup(folder)
                assert made.contents.posts % 2 == 1
                assert made.contents.posts > before
                before = made.contents.posts
                while 299 + (int(writer.stdout.readline()) - 1000) + 2 <= before:
                    pass  # printed before the backup was made
        finally:
            writer.kill()


def test_two_backups_at_once_are_two(folder: BackupFolder) -> None:
    """Processes that begin together do not clean up after each other."""
    code = (
        "import sys; from pathlib import Path; from favsync.app.backup.create import make_backup\n"
        "from favsync.app.backup.folder import BackupFolder\n"
        "folder = BackupFolder(Path(sys.argv[1]), Path(sys.argv[2]))\n"
        "print('ready', flush=True); sys.stdin.readline()\n"
        "for _ in range(4): make_backup(folder)"
    )
    children = [start_child(code, folder.path, folder.database) for _ in range(2)]
    for child in children:
        assert child.stdout is not None
        assert child.stdout.readline() == "ready\n"
    for child in children:
        assert child.stdin is not None
        child.stdin.write("\n")
        child.stdin.flush()
    for child in children:
        with child:
            _, complaints = child.communicate(timeout=60)
            assert child.returncode == 0, complaints
    assert len(folder.find()) == len(names(folder)) == 8


# ---- where it cannot be made ----


def test_without_a_database_there_is_no_backup(tmp_path: Path) -> None:
    """Nor a folder for it."""
    folder = BackupFolder(tmp_path / "backups", tmp_path / "favsync.db")
    with pytest.raises(NoAccounts):
        make_backup(folder)
    assert list(tmp_path.iterdir()) == []


def test_an_empty_database_leaves_nothing(tmp_path: Path) -> None:
    """There is nothing in it to keep."""
    (tmp_path / "favsync.db").touch()
    folder = BackupFolder(tmp_path / "backups", tmp_path / "favsync.db")
    with pytest.raises(NoAccounts):
        make_backup(folder)
    assert names(folder) == []


def test_the_database_is_no_folder_for_its_backups(folder: BackupFolder) -> None:
    """Named by whatever path; it is wrong usage, and the file stays as it is."""
    before = folder.database.read_bytes()
    link = folder.database.with_name("link")
    link.symlink_to(folder.database)
    for path in (folder.database, link):
        with pytest.raises(NotABackupFolder, match="is the database itself") as caught:
            make_backup(BackupFolder(path, folder.database))
        assert caught.value.exit_code == 2
    assert folder.database.read_bytes() == before


def test_a_file_is_no_folder(folder: BackupFolder) -> None:
    """Nor is anything below one, nor a link to nowhere: each is named."""
    file = folder.database.with_name("notes.txt")
    file.write_text("mine")
    nowhere = folder.database.with_name("nowhere")
    nowhere.symlink_to(folder.database.with_name("missing"))
    for path, named in ((file, file), (file / "below" / "it", file), (nowhere, nowhere)):
        with pytest.raises(NotABackupFolder, match=f"{named} is not a folder"):
            make_backup(BackupFolder(path, folder.database))
    assert file.read_text() == "mine"


MAKE = (
    WITHOUT_OVERRIDE
    + """
import resource
from pathlib import Path
from favsync.app.backup.create import make_backup
from favsync.app.backup.folder import BackupFolder
from favsync.errors import FavsyncError
obey_file_modes()
if len(sys.argv) > 3:
    resource.setrlimit(resource.RLIMIT_FSIZE, (int(sys.argv[3]), int(sys.argv[3])))
try:
    folder = BackupFolder(Path(sys.argv[1]), Path(sys.argv[2]))
    folder.find()
    make_backup(folder)
    print("made")
except FavsyncError as exc:
    print(type(exc).__name__, exc.exit_code, exc)
"""
)


def test_a_folder_that_may_not_be_written_is_said(folder: BackupFolder) -> None:
    """Exit code 8; the older backup stands. The same where the folder cannot be made."""
    make_backup(folder, at(MOMENT))
    folder.path.chmod(0o500)
    said = run_child(MAKE, folder.path, folder.database)
    assert said.startswith(f"BackupFailed 8 No backup could be written to {folder.path} (Permission denied).")
    assert names(folder) == [NAME]
    below = folder.path / "below"
    said = run_child(MAKE, below, folder.database)
    assert said.startswith(f"BackupFailed 8 No backup could be written to {below} (Permission denied).")


def test_a_folder_that_may_not_be_looked_into_is_said(folder: BackupFolder) -> None:
    """It is not taken for one without backups; nor is a folder below it taken for one that is not there."""
    make_backup(folder, at(MOMENT))
    folder.path.chmod(0o000)
    said = run_child(MAKE, folder.path, folder.database)
    assert said.startswith(f"DatabaseReadOnly 8 The folder {folder.path} cannot be read")
    below = folder.path / "below"
    said = run_child(MAKE, below, folder.database)
    assert said.startswith(f"DatabaseReadOnly 8 The folder {below} cannot be read")
    said = run_child(MAKE.replace("folder.find()", "pass"), below, folder.database)
    assert said.startswith(f"BackupFailed 8 No backup could be written to {below} (Permission denied)")


def test_a_folder_that_cannot_be_read_is_said(folder: BackupFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that fails, say. The newest backup is not known then."""
    make_backup(folder)

    def fails(_path: Path) -> Iterator[Path]:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "iterdir", fails)
    with pytest.raises(DatabaseReadOnly, match=f"The folder {folder.path} cannot be read .*Input/output error"):
        folder.find()
    assert folder.find_newest() is None


def test_a_backup_that_cannot_get_its_name_is_thrown_away(
    folder: BackupFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What the system refuses last is said as what it refuses first."""

    def fails(_path: Path, _target: Path) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr(Path, "rename", fails)
    with pytest.raises(BackupFailed, match="Input/output error"):
        make_backup(folder)
    assert names(folder) == []


@pytest.mark.parametrize("room", [0, 4_096, 50_000, 150_000])
def test_a_full_disk_leaves_the_older_ones_and_nothing_else(folder: BackupFolder, room: int) -> None:
    """Wherever the room ends; and with room again, it is made."""
    older = make_backup(folder, at(MOMENT)).backup.path
    before = older.read_bytes()
    assert len(before) > room
    with sqlite3.connect(folder.database) as held:  # its log and index are there: only the backup needs room
        held.execute("SELECT count(*) FROM posts").fetchall()
        said = run_child(MAKE, folder.path, folder.database, room)
    held.close()
    assert said.startswith(f"BackupFailed 8 No backup could be written to {folder.path} (")
    assert "the older ones are kept" in said
    assert names(folder) == [NAME]
    assert older.read_bytes() == before
    assert run_child(MAKE, folder.path, folder.database) == "made"
    assert len(folder.find()) == 2


def test_a_backup_that_does_not_pass_its_check_is_thrown_away(folder: BackupFolder) -> None:
    """A database that is damaged where nobody has looked: its copy is as bad, and takes no good one's place."""
    make_backup(folder, at(MOMENT))
    with closing(sqlite3.connect(folder.database)) as connection, connection:
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute("UPDATE runs SET account_id = 99")
    with pytest.raises(BackupInvalid, match="point nowhere") as caught:
        make_backup(folder)
    assert str(folder.database) in caught.value.message
    assert names(folder) == [NAME]


def test_a_backup_without_all_that_the_database_has_is_thrown_away(
    folder: BackupFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However sound it is in itself."""

    def another(path: Path) -> object:
        make_database(path.with_name("other.db"), "https://other.example")
        return check_copy(path.with_name("other.db"))

    monkeypatch.setattr("favsync.app.backup.create.check_copy", another)
    with pytest.raises(BackupInvalid, match="does not hold what the database does"):
        make_backup(folder)
    assert folder.find_named() == []


# ---- killed ----

DIES = """
import os, signal, sys
from datetime import UTC, datetime
from pathlib import Path
import favsync.app.backup.create as engine
import favsync.store.sqlite.backup as store
from favsync.app.backup.folder import BackupFolder
where, by = sys.argv[3], int(sys.argv[4])
def die(*_):
    print(where, flush=True)
    os.kill(os.getpid(), by)
if by == signal.SIGTERM:
    def interrupt(*_):
        raise KeyboardInterrupt
    signal.signal(signal.SIGTERM, interrupt)
def before(module, name):
    real = getattr(module, name)
    def dying(*given):
        die()
        return real(*given)
    setattr(module, name, dying)
match where:
    case "claimed": before(engine, "copy_database")
    case "copying":
        store._PAGES_AT_ONCE = 10
        class Connection(store.Interruptible):
            def backup(self, copy, *, pages, progress):
                super().backup(copy, pages=pages, progress=lambda _, left, total: left < total / 2 and die())
        store.sqlite.Interruptible = Connection
    case "copied": before(engine, "check_copy")
    case "renamed": before(engine, "sync_folder")
try:
    engine.make_backup(BackupFolder(Path(sys.argv[1]), Path(sys.argv[2])), lambda: datetime(2026, 2, 1, tzinfo=UTC))
except KeyboardInterrupt:
    print("interrupted")
"""
NEW = "favsync-20260201T000000.000Z.db"


@pytest.mark.parametrize("where", ["claimed", "copying", "copied", "renamed"])
def test_a_backup_that_was_killed_is_none(folder: BackupFolder, where: str) -> None:
    """By SIGKILL, at any point: what it leaves is taken for no backup, and the next one cleans it up."""
    make_backup(folder, at(MOMENT))
    with start_child(DIES, folder.path, folder.database, where, int(signal.SIGKILL)) as child:
        out, _ = child.communicate(timeout=60)
    assert (out, child.returncode) == (f"{where}\n", -signal.SIGKILL)
    left = [NAME, NEW] if where == "renamed" else [NAME, f"{NEW}.unfinished"]
    assert names(folder) == left
    assert [backup.path.name for backup in folder.find()] == [name for name in left[::-1] if name.endswith(".db")]
    for backup in folder.find():
        assert check_copy(backup.path).posts == 299
    made = make_backup(folder)
    assert names(folder) == sorted({NAME, made.backup.path.name} | ({NEW} if where == "renamed" else set()))


@pytest.mark.parametrize("where", ["claimed", "copying", "copied"])
def test_a_backup_that_is_interrupted_leaves_nothing(folder: BackupFolder, where: str) -> None:
    """By SIGTERM or Ctrl-C, also in the middle of the copying: the older one stands alone."""
    make_backup(folder, at(MOMENT))
    with start_child(DIES, folder.path, folder.database, where, int(signal.SIGTERM)) as child:
        out, complaints = child.communicate(timeout=60)
    assert out.endswith("interrupted\n"), complaints
    assert names(folder) == [NAME]


def test_only_what_a_backup_left_is_cleaned_up(folder: BackupFolder) -> None:
    """Names that are like it are somebody else's."""
    folder.path.mkdir()
    others = [
        "favsync-20260131T183000.123Z.db.unfinished.txt",
        "other-20260131T183000.123Z.db.unfinished",
        "x.unfinished",
    ]
    for name in (*others, f"{NAME}.unfinished", f"{NAME}.unfinished-journal"):
        (folder.path / name).touch()
    made = make_backup(folder)
    assert names(folder) == sorted([*others, made.backup.path.name])


def test_a_file_system_without_locks_keeps_what_is_left(folder: BackupFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody could tell whether it is still being written. Nor does such a one have to know of fsync on folders."""

    def refuses(*_: object) -> None:
        raise OSError(95, "Operation not supported")

    real = os.fsync
    monkeypatch.setattr("favsync.app.backup.create.fcntl.flock", refuses)
    monkeypatch.setattr(
        "favsync.app.backup.create.os.fsync", lambda fd: refuses() if stat.S_ISDIR(os.fstat(fd).st_mode) else real(fd)
    )
    folder.path.mkdir()
    (folder.path / f"{NAME}.unfinished").touch()
    made = make_backup(folder, at(MOMENT))
    assert names(folder) == [f"{NAME}.unfinished", made.backup.path.name]


# ---- which of them are backups ----


def test_a_name_alone_makes_no_backup(folder: BackupFolder, tmp_path: Path) -> None:
    """Another database's, another program's, a damaged one, a folder, a link to the database: each has its problem."""
    good = make_backup(folder, at(MOMENT)).backup

    def place(day: int) -> Path:
        return folder.path / folder.name_of(MOMENT + timedelta(days=day))

    make_database(tmp_path / "elsewhere" / "favsync.db", "https://other.example")
    other = make_backup(BackupFolder(tmp_path / "theirs", tmp_path / "elsewhere" / "favsync.db"))
    other.backup.path.rename(place(1))
    place(2).write_bytes(b"Dear diary, " * 1_000)
    place(3).write_bytes(good.path.read_bytes()[:50_000])
    place(4).symlink_to(folder.database)
    place(5).mkdir()
    (folder.path / "favsync-20260231T000000.000Z.db").write_bytes(good.path.read_bytes())  # there is no such day
    (folder.path / "favsync-2026.db").write_bytes(good.path.read_bytes())
    problems = {backup.path: backup.problem for backup in folder.find()}
    assert problems[place(1)] == "is of another database"
    assert "is not SQLite" in (problems[place(2)] or "")
    assert "is damaged" in (problems[place(3)] or "")
    assert problems[place(4)] == "is the database itself"
    assert problems[good.path] is None
    assert len(problems) == 5
    assert folder.find_newest() == good
    before = names(folder)
    retention = plan_retention(folder.find(), Keep(last=1), now=MOMENT + timedelta(days=99))
    assert ([kept.backup for kept in retention.kept], retention.removed, len(retention.ignored)) == ([good], (), 4)
    remove_backups(retention)
    assert names(folder) == before


def test_backups_outlive_their_database(folder: BackupFolder) -> None:
    """When it is lost or damaged, they are found all the same: that is when they are needed."""
    good = make_backup(folder, at(MOMENT)).backup
    folder.database.write_bytes(b"\x55" * 100_000)
    assert (folder.find(), folder.find_newest()) == ([good], good)
    folder.database.unlink()
    assert (folder.find(), folder.find_newest()) == ([good], good)


def test_where_there_is_no_folder_there_is_no_backup(folder: BackupFolder) -> None:
    """To ask is no error, and makes none. Of one that is shut, the newest is not known."""
    assert (folder.find(), folder.find_newest()) == ([], None)
    assert not folder.path.exists()
    file = BackupFolder(folder.database, folder.database)
    assert (file.find(), file.find_newest()) == ([], None)
    make_backup(folder)
    folder.path.chmod(0o000)
    code = WITHOUT_OVERRIDE + (
        "from pathlib import Path; from favsync.app.backup.folder import BackupFolder\n"
        "obey_file_modes(); print(BackupFolder(Path(sys.argv[1]), Path(sys.argv[2])).find_newest())"
    )
    assert run_child(code, folder.path, folder.database) == "None"


@pytest.mark.parametrize("name", ["favsync.db", "my favorites.sqlite3", "no_suffix", "a.b-c[1].db", "100%.db"])
def test_every_database_has_names_of_its_own(tmp_path: Path, name: str) -> None:
    """A name is read as it was written, and as no other database's."""
    folder = BackupFolder(tmp_path / "b", tmp_path / name)
    written = folder.name_of(MOMENT)
    assert folder.moment_of(written) == MOMENT.replace(microsecond=123_000)
    assert BackupFolder(tmp_path / "b", tmp_path / f"x{name}").moment_of(written) is None
    make_database(folder.database)
    made = make_backup(folder)
    assert folder.find() == [made.backup]


def test_a_file_of_another_kind_tells_no_moment() -> None:
    """It was made by somebody else, or renamed."""
    assert moment_in_name(Path("favsync.db")) is None
    assert moment_in_name(Path("favsync-20261331T000000.000Z.db")) is None


# ---- the older ones ----


def test_what_no_rule_keeps_is_removed(folder: BackupFolder) -> None:
    """Ten nights, of which two stay; the plan says which, and why."""
    made = [make_backup(folder, at(MOMENT + timedelta(days=n))).backup for n in range(10)]
    retention = plan_retention(folder.find(), Keep(daily=2, last=1), now=MOMENT + timedelta(days=9))
    assert [(kept.backup, kept.reasons) for kept in retention.kept] == [
        (made[9], ("last", "daily")),
        (made[8], ("daily",)),
    ]
    assert list(retention.removed) == made[7::-1]
    assert len(folder.find()) == 10
    remove_backups(retention)
    assert folder.find() == made[:7:-1]
    remove_backups(retention)  # somebody else was quicker


def test_a_backup_that_cannot_be_removed_is_said(folder: BackupFolder) -> None:
    """With its name; exit code 8."""
    made = make_backup(folder, at(MOMENT)).backup
    make_backup(folder)
    retention = plan_retention(folder.find(), Keep(last=1), now=datetime(2099, 1, 1, tzinfo=UTC))
    made.path.unlink()
    made.path.mkdir()
    with pytest.raises(DatabaseReadOnly, match=f"{made.path} is no longer needed"):
        remove_backups(retention)


def test_failing_is_an_error_of_its_own() -> None:
    """With its parts as fields."""
    failed = BackupFailed(Path("/b"), "why")
    assert (failed.folder, failed.why, failed.exit_code) == (Path("/b"), "why", 8)


COMPLETE = SyncReport(
    "2026-02-01T00:00:00.000Z", RunOutcome.COMPLETE, account="alice", run_id=1, kind=RunKind.FULL, plan=PullPlan()
)


@pytest.mark.parametrize(
    ("report", "code", "is_worth_it"),
    [
        (COMPLETE, 0, True),
        (replace(COMPLETE, pushed_pending=1), 3, True),
        (replace(COMPLETE, unrefreshed="some posts"), 3, True),
        (replace(COMPLETE, outcome=RunOutcome.INCOMPLETE), 3, False),
        (replace(COMPLETE, plan=None), 0, False),
        (replace(COMPLETE, run_id=None), 0, False),
        (replace(COMPLETE, error=SiteNonsense("no")), 5, False),
    ],
)
def test_only_a_run_with_a_complete_list_is_worth_a_backup(report: SyncReport, code: int, is_worth_it: bool) -> None:
    """Whatever waits in the queue; a push alone, a dry run and a failure have nothing new to keep."""
    assert (report.exit_code, report.is_worth_a_backup) == (code, is_worth_it)
