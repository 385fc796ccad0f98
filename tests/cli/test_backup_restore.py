"""`favsync backup restore`: a verified backup becomes the database, and nothing of the old one is lost."""

import json
import shutil
import signal
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from favsync.app.sync.lock import RunLock
from favsync.sandbox import World
from tests.cli.conftest import Favsync
from tests.cli.hardship import obey_modes


def favorites(path: Path) -> list[int]:
    with closing(sqlite3.connect(path)) as database:
        return [row[0] for row in database.execute("SELECT post_id FROM favorites ORDER BY post_id")]


def states(path: Path) -> list[tuple[int, str]]:
    with closing(sqlite3.connect(path)) as database:
        return database.execute("SELECT post_id, state FROM operations ORDER BY post_id").fetchall()


def kept_beside(path: Path) -> list[Path]:
    return sorted(path.parent.glob(f"{path.name}.before-restore-*.bak"))


@pytest.fixture
def backup(alice: Favsync, world: World) -> Path:
    """A backup with five favorites and one queued change; since then the list got a sixth, and the queue another."""
    assert alice("sync").code == 0
    assert alice("add", "700").code == 0
    file = Path(json.loads(alice("backup", "--json").out)["backup"]["file"])
    world.favorite_many("alice", world.add_posts(1))
    assert alice("sync", "--pull-only").code == 3
    assert alice("add", "800").code == 0
    return file


def test_it_is_the_database_afterwards(alice: Favsync, backup: Path) -> None:
    """The list is that of the backup, the old database is kept whole, and what waited in the backup is set aside."""
    now = favorites(alice.database)
    outcome = alice("backup", "restore", str(backup), "--yes")
    assert outcome.code == 0
    (kept,) = kept_beside(alice.database)
    assert f"The previous database is {kept}." in outcome.err
    assert "1 queued change of the backup will not be sent" in outcome.err
    assert "Next: favsync sync" in outcome.err
    assert (len(favorites(alice.database)), favorites(kept)) == (5, now)
    assert states(alice.database) == [(700, "superseded")]
    assert states(kept) == [(700, "pending"), (800, "pending")]
    assert [stat.S_IMODE(file.stat().st_mode) for file in (alice.database, kept)] == [0o600, 0o600]
    assert not alice.database.with_name(f"{alice.database.name}.restoring").exists()
    assert alice("check").code == 0
    assert alice("sync").code == 0
    assert favorites(alice.database) == now


def test_the_queue_can_be_kept(alice: Favsync, backup: Path) -> None:
    """With --keep-queue what waited then waits again."""
    done = json.loads(alice("backup", "restore", str(backup), "--yes", "--keep-queue", "--json").out)
    assert (done["superseded"], done["favorites"], done["kept"]) == (0, 5, str(kept_beside(alice.database)[0]))
    assert states(alice.database) == [(700, "pending")]


def test_it_asks_first(alice: Favsync, backup: Path) -> None:
    """Where there is nobody to ask, nothing is replaced: exit code 2."""
    before = alice.state()
    outcome = alice("backup", "restore", str(backup))
    assert (outcome.code, "Use --yes to replace the database." in outcome.err) == (2, True)
    assert alice.state() == before


def test_a_dry_run_verifies_and_replaces_nothing(alice: Favsync, backup: Path) -> None:
    """It asks nothing, shows what `verify` shows, and refuses what is no backup; a restore can follow it."""
    before = alice.state()
    shown = alice("backup", "restore", str(backup), "--dry-run")
    assert (shown.code, shown.out) == (0, alice("backup", "verify", str(backup)).out)
    reported = alice("backup", "restore", str(backup), "--dry-run", "--yes", "--json")
    assert (reported.code, reported.out) == (0, alice("backup", "verify", str(backup), "--json").out)
    assert alice("backup", "restore", str(backup.with_name("missing.db")), "--dry-run").code == 2
    assert (alice.state(), kept_beside(alice.database)) == (before, [])


def test_a_run_keeps_it_away(alice: Favsync, backup: Path) -> None:
    """While a sync is running: exit code 7, and nothing changed."""
    before = alice.state()
    with RunLock(alice.database):
        outcome = alice("backup", "restore", str(backup), "--yes")
    assert outcome.code == 7
    assert {name: held for name, held in alice.state().items() if not name.endswith(".lock")} == {
        name: held for name, held in before.items() if not name.endswith(".lock")
    }


def killed_with_a_log(path: Path) -> None:
    """Change the database by a program that is killed, so that the change is in the log alone."""
    code = (
        "import sqlite3, sys, time; c = sqlite3.connect(sys.argv[1], isolation_level=None);"
        "c.execute('PRAGMA wal_autocheckpoint = 0'); c.execute(\"UPDATE accounts SET username = 'logged'\");"
        "print('done', flush=True); time.sleep(60)"
    )
    with subprocess.Popen([sys.executable, "-c", code, str(path)], stdout=subprocess.PIPE) as child:
        assert child.stdout is not None
        child.stdout.readline()
        child.send_signal(signal.SIGKILL)
    assert path.with_name(f"{path.name}-wal").stat().st_size


def username(path: Path) -> str:
    with closing(sqlite3.connect(path)) as database:
        return str(database.execute("SELECT username FROM accounts").fetchone()[0])


def test_a_log_of_the_old_database_does_not_get_into_the_new_one(alice: Favsync, backup: Path) -> None:
    """What was only in the log of a killed program is in the file that is kept, and not in the backup."""
    killed_with_a_log(alice.database)
    assert alice("backup", "restore", str(backup), "--yes").code == 0
    assert not alice.database.with_name("favsync.db-wal").exists()
    (kept,) = kept_beside(alice.database)
    assert (username(alice.database), username(kept)) == ("alice", "logged")
    assert not kept.with_name(f"{kept.name}-wal").exists()


def test_a_log_that_cannot_be_folded_in_is_kept_beside_its_file(alice: Favsync, backup: Path) -> None:
    """The two get names that belong together, so that whoever opens the file that is kept has all that was in it."""
    killed_with_a_log(alice.database)
    alice.database.chmod(0o400)
    outcome = alice.process("backup", "restore", str(backup), "--yes", before=obey_modes)
    assert outcome.code == 0, outcome.err
    assert not alice.database.with_name("favsync.db-wal").exists()
    (kept,) = kept_beside(alice.database)
    assert kept.with_name(f"{kept.name}-wal").stat().st_size
    assert (username(alice.database), username(kept)) == ("alice", "logged")


def test_a_damaged_database_is_replaced_and_kept(alice: Favsync, backup: Path) -> None:
    """That is what backups are for."""
    damaged = b"Dear diary, " * 1000
    alice.database.write_bytes(damaged)
    assert alice("backup", "restore", str(backup), "--yes").code == 0
    (kept,) = kept_beside(alice.database)
    assert kept.read_bytes() == damaged
    assert alice("check").code == 0


def test_a_database_that_another_program_has_open_is_not_replaced(alice: Favsync, backup: Path) -> None:
    """That program would go on writing to the old one, and take the new one's log away at its end: exit code 8."""
    before = favorites(alice.database)
    with closing(sqlite3.connect(alice.database, isolation_level=None)) as other:
        other.execute("BEGIN")
        other.execute("SELECT count(*) FROM posts").fetchone()
        outcome = alice("backup", "restore", str(backup), "--yes")
    assert outcome.code == 8
    assert favorites(alice.database) == before
    assert kept_beside(alice.database) == []


def test_a_link_stays_one(alice: Favsync, backup: Path, tmp_path: Path) -> None:
    """The file that it leads to is replaced, and kept beside itself."""
    real = tmp_path / "elsewhere" / "real.db"
    real.parent.mkdir()
    alice.database.rename(real)
    alice.database.symlink_to(real)
    assert alice("backup", "restore", str(backup), "--yes").code == 0
    assert alice.database.is_symlink()
    assert (len(favorites(real)), len(kept_beside(real)), kept_beside(alice.database)) == (5, 1, [])


def test_a_machine_without_a_database_gets_one(alice: Favsync, backup: Path, tmp_path: Path) -> None:
    """Folders are made, closed to others, and nothing is kept, for there was nothing."""
    new = tmp_path / "new" / "home" / "favsync.db"
    outcome = alice("--database", str(new), "backup", "restore", str(backup), "--yes")
    assert (outcome.code, "What was there before" in outcome.err) == (0, False)
    assert len(favorites(new)) == 5
    assert [stat.S_IMODE(folder.stat().st_mode) for folder in (new.parent, new.parent.parent)] == [0o700, 0o700]


def test_an_older_backup_is_upgraded_when_it_is_opened(alice: Favsync, backup: Path) -> None:
    """A backup made by an older favsync is put in place as it is; the next command upgrades it, after a copy."""
    import gzip  # noqa: PLC0415 - here alone

    schemas = Path(__file__).parents[1] / "store" / "schemas"
    old = backup.with_name("old.db")
    old.write_bytes(gzip.decompress((schemas / "0001.db.gz").read_bytes()))
    assert alice("backup", "restore", str(old), "--yes").code == 0
    assert alice("status").code == 0
    assert list(alice.database.parent.glob("favsync.db.before-0*.bak"))


# ---- what is refused, before anything changes ----


def _other_programs(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE accounts (id)")


def _from_the_future(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")


def _cut_off(path: Path) -> None:
    with path.open("r+b") as file:
        file.truncate(path.stat().st_size // 2)


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_other_programs, "was not made by favsync"),
        (_from_the_future, "was made by a newer favsync"),
        (_cut_off, "is damaged"),
        (lambda path: path.write_bytes(b"Dear diary"), "is not SQLite"),
    ],
)
def test_what_is_no_backup_replaces_nothing(
    alice: Favsync, backup: Path, spoil: Callable[[Path], object], said: str
) -> None:
    """Another program's file, a newer favsync's, or a damaged one: exit code 8, and not a byte changed."""
    spoil(backup)
    before = alice.state()
    outcome = alice("backup", "restore", str(backup), "--yes")
    assert (outcome.code, said in outcome.err) == (8, True)
    assert alice.state() == before


def test_the_database_is_no_backup_of_itself(alice: Favsync, backup: Path, tmp_path: Path) -> None:
    """By its name, or by a link to it: exit code 2."""
    link = tmp_path / "link.db"
    link.symlink_to(alice.database)
    for file in (alice.database, link):
        outcome = alice("backup", "restore", str(file), "--yes")
        assert (outcome.code, "is the database itself" in outcome.err) == (2, True)
    assert alice("backup", "restore", str(tmp_path / "nothing.db"), "--yes").code == 2


def test_the_database_of_another_program_is_not_replaced(alice: Favsync, backup: Path, tmp_path: Path) -> None:
    """A slip in --database costs nobody a file."""
    other = Path(shutil.copy(backup, tmp_path / "other.db"))
    _other_programs(other)
    before = other.read_bytes()
    outcome = alice("--database", str(other), "backup", "restore", str(backup), "--yes")
    assert (outcome.code, "of another program" in outcome.err) == (8, True)
    assert other.read_bytes() == before


def test_a_backup_of_another_database_is_said_to_be_one(alice: Favsync, backup: Path, tmp_path: Path) -> None:
    """It may be what is wanted, so it is only said."""
    other = Path(shutil.copy(backup, tmp_path / "other.db"))
    with closing(sqlite3.connect(other)) as database, database:
        database.execute("UPDATE sites SET url = 'https://other.example'")
    outcome = alice("backup", "restore", str(other), "--yes")
    assert (outcome.code, "is a backup of another database (https://other.example)" in outcome.err) == (0, True)


# ---- killed ----

KILLED = """
import os, signal, sys
from pathlib import Path
from favsync.app.backup.restore import restore_backup
left = int(sys.argv[3])
def heard(event, arguments):
    global left
    if event in {"open", "os.rename", "os.remove", "os.link", "os.chmod", "os.truncate", "sqlite3.connect"}:
        left -= 1
        if left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
sys.addaudithook(heard)
restore_backup(Path(sys.argv[1]), Path(sys.argv[2]), keep_queue=False)
"""


@pytest.mark.slow
def test_killed_anywhere_there_is_one_whole_database(alice: Favsync, backup: Path, tmp_path: Path) -> None:
    """At every file that is opened, linked, renamed or removed: the old list or the new, and the old one is kept."""
    old, new = favorites(alice.database), favorites(backup)
    with closing(sqlite3.connect(alice.database)) as database:
        database.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    place, number, seen = tmp_path / "killed", 0, set()
    while True:
        number += 1
        shutil.rmtree(place, ignore_errors=True)
        place.mkdir()
        path = Path(shutil.copy(alice.database, place / "favsync.db"))
        command = [sys.executable, "-c", KILLED, str(path), str(backup), str(number)]
        ended = subprocess.run(command, check=False, capture_output=True, text=True)
        found = favorites(path)
        assert found in (old, new), number
        seen.add(found == new)
        if found == new:
            assert [favorites(kept) for kept in kept_beside(path)] == [old], number
        again = alice("--database", str(path), "backup", "restore", str(backup), "--yes")
        assert (again.code, favorites(path)) == (0, new), again.err
        assert not path.with_name("favsync.db.restoring").exists()
        if ended.returncode == 0:
            break
    assert seen == {False, True}
    assert number > 20
