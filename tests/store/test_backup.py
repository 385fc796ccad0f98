"""Copies of a database: of one moment though others write, in one file, checked to the last page, never changed."""

import os
import resource
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from favsync.errors import BackupFailed, BackupInvalid, DatabaseTooNew, DatabaseTrouble, NotADatabase
from favsync.model import Account
from favsync.store.accounts import save_account_facts
from favsync.store.database import Database
from favsync.store.posts.saving import save_posts
from favsync.store.sites import save_site_url
from favsync.store.sqlite import connect as sqlite
from favsync.store.sqlite.backup import (
    AccountContents,
    Contents,
    Origin,
    check_copy,
    copy_database,
    load_origin,
    load_own_origin,
)
from favsync.store.status import load_status
from tests.store.child import WITHOUT_OVERRIDE, run_child, start_child
from tests.store.samples import AT, new_account, post

SITE = "https://site.example"


@pytest.fixture
def filled(database: Database, account: Account, run_id: int) -> Database:
    """A database with a site, an account, a run and a few hundred posts in it, open and in use."""
    with database.write() as conn:
        save_site_url(conn, SITE, at=AT)
        crowd = [post(n, tags={"general": [f"tag_{n}_{m}" for m in range(9)]}) for n in range(1, 300)]
        save_posts(conn, crowd, run_id=run_id, at=AT)
    return database


@pytest.fixture
def target(tmp_path: Path) -> Path:
    """An empty file in a folder of its own."""
    target = tmp_path / "copies" / "copy.db"
    target.parent.mkdir()
    target.touch(0o600)
    return target


def dump(path: Path) -> list[str]:
    with closing(sqlite3.connect(f"{path.as_uri()}?immutable=1", uri=True)) as connection:
        return list(connection.iterdump())


def change(path: Path, sql: str) -> None:
    """What another program can do to a file."""
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("PRAGMA writable_schema = ON")
        connection.execute("PRAGMA foreign_keys = OFF")
        connection.execute(sql)


# ---- copying ----


def test_a_copy_has_what_the_database_has(filled: Database, target: Path) -> None:
    """Every row, though nothing of it was folded into the file yet; and the counts are told."""
    contents = copy_database(filled.path, target)
    assert contents == Contents(sqlite.HEAD, SITE, (AccountContents("alice", "alice", 0),), 0, 299, 0, 1)
    assert check_copy(target) == contents
    filled.close()
    assert dump(target) == dump(filled.path)


def test_a_copy_is_one_file(filled: Database, target: Path) -> None:
    """It says itself that no log belongs to it: a program that opens it to read makes none beside it."""
    copy_database(filled.path, target)
    assert list(target.parent.iterdir()) == [target]
    with closing(sqlite3.connect(f"{target.as_uri()}?mode=ro", uri=True)) as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert connection.execute("SELECT count(*) FROM posts").fetchone() == (299,)
        assert list(target.parent.iterdir()) == [target]


def test_a_copy_is_of_one_moment_though_another_process_writes(filled: Database, target: Path) -> None:
    """A writer that never rests is not held up, and the copy has each of its transactions whole or not at all.

    In each of them a number is raised in many places. Between two copies the writer is heard of.
    """
    writer = """
import sqlite3, sys
connection = sqlite3.connect(sys.argv[1], isolation_level=None, timeout=60)
for n in range(1, 10**9):
    connection.execute("BEGIN IMMEDIATE")
    connection.execute("UPDATE accounts SET favorite_count = ?", (n,))
    connection.execute("UPDATE posts SET description = ? || ' ' || hex(zeroblob(500))", (str(n),))
    connection.execute("UPDATE accounts SET count_drift = ?", (n,))
    connection.execute("COMMIT")
    print(n, flush=True)
"""
    with start_child(writer, filled.path) as child:
        assert child.stdout is not None
        try:
            before = int(child.stdout.readline())
            for _ in range(5):
                target.write_bytes(b"")
                copy_database(filled.path, target)
                check_copy(target)
                with closing(sqlite3.connect(f"{target.as_uri()}?immutable=1", uri=True)) as copy:
                    [(count, drift)] = copy.execute("SELECT favorite_count, count_drift FROM accounts").fetchall()
                    posts = copy.execute("SELECT DISTINCT CAST(description AS INTEGER) FROM posts").fetchall()
                assert count == drift >= before
                assert posts == [(count,)]
                before = int(child.stdout.readline())
        finally:
            child.kill()


def test_a_copy_is_not_begun_again_for_what_is_written_meanwhile(
    filled: Database, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However often that is: here after every few pages. And the counts are those of its moment."""
    steps = []

    def write(*_: int) -> None:
        steps.append(1)
        assert len(steps) < 1_000, "it will never end"
        with filled.write() as conn:
            new_account(conn, f"user{len(steps)}")

    monkeypatch.setattr("favsync.store.sqlite.backup._PAGES_AT_ONCE", 5)
    monkeypatch.setattr(os, "posix_fadvise", write, raising=False)
    monkeypatch.setattr(os, "POSIX_FADV_DONTNEED", 4, raising=False)
    contents = copy_database(filled.path, target)
    assert len(steps) >= target.stat().st_size // 4_096 // 5 > 10
    assert contents is not None
    assert [account.name for account in contents.accounts] == ["alice"]
    assert check_copy(target) == contents


def test_an_open_transaction_is_not_in_a_copy(filled: Database, target: Path) -> None:
    """What is not saved yet is not there; and the copy waits for nobody."""
    with filled.write() as conn:
        save_account_facts(conn, 1, favorite_count=77)
        copy_database(filled.path, target)
    with closing(sqlite3.connect(target)) as copy:
        assert copy.execute("SELECT favorite_count FROM accounts").fetchone() == (None,)


def test_an_empty_database_is_not_copied(tmp_path: Path, target: Path) -> None:
    """There is nothing to go back to."""
    empty = tmp_path / "empty.db"
    empty.touch()
    assert copy_database(empty, target) is None
    assert load_own_origin(empty) == Origin(None, None)
    assert target.stat().st_size == 0


def test_a_newer_database_is_not_copied(filled: Database, target: Path) -> None:
    """What could not be checked is no backup."""
    change(filled.path, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseTooNew, match="Upgrade this one"):
        copy_database(filled.path, target)


def test_a_damaged_database_is_said_to_be_it(filled: Database, target: Path) -> None:
    """And not its copy, which is no more than its image."""
    filled.close()
    whole = filled.path.read_bytes()
    filled.path.write_bytes(whole[:8_192] + b"\x55" * (len(whole) - 8_192))
    with pytest.raises(NotADatabase, match=str(filled.path)):
        copy_database(filled.path, target)


def test_a_database_that_cannot_be_read_to_its_end_is_said_to_be_it(
    filled: Database, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A bad block in the middle of it is met only by the copying."""

    def fails(*_: object) -> None:
        error = sqlite3.OperationalError("disk I/O error")
        error.sqlite_errorcode = sqlite3.SQLITE_IOERR_READ
        raise error

    monkeypatch.setattr("favsync.store.sqlite.backup._copy", fails)
    with pytest.raises(DatabaseTrouble, match=f"The database at {filled.path} could not be used"):
        copy_database(filled.path, target)


def test_a_full_disk_is_said_to_be_the_copys(filled: Database, target: Path) -> None:
    """The folder of the copy is named: the database's disk may have all the room."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (100_000, hard))
    try:
        with pytest.raises(BackupFailed) as caught:
            copy_database(filled.path, target)
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert (caught.value.folder, caught.value.exit_code) == (target.parent, 8)


def test_a_file_that_cannot_be_finished_is_a_copy_that_failed(filled: Database, tmp_path: Path) -> None:
    """A folder in its place, say: it ends in words as well."""
    with pytest.raises(BackupFailed, match=f"No backup could be written to {tmp_path}"):
        copy_database(filled.path, tmp_path / "missing" / "copy.db")


def test_what_the_system_refuses_last_is_said_too(
    filled: Database, target: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A disk that takes the bytes and cannot keep them tells so only when it is asked to."""

    def fails(_descriptor: int) -> None:
        raise OSError(5, "Input/output error")

    monkeypatch.setattr("favsync.store.sqlite.backup.os.fsync", fails)
    with pytest.raises(BackupFailed, match="Input/output error"):
        copy_database(filled.path, target)


# ---- checking ----


@pytest.fixture
def copy(filled: Database, target: Path) -> Path:
    """A good copy."""
    copy_database(filled.path, target)
    return target


def test_a_check_changes_nothing(copy: Path) -> None:
    """Neither the file, not even its times, nor what is beside it; and rights to read are enough."""
    copy.chmod(0o400)
    copy.parent.chmod(0o500)
    before = copy.read_bytes(), copy.stat().st_mtime_ns, list(copy.parent.iterdir())
    code = WITHOUT_OVERRIDE + (
        "from pathlib import Path; from favsync.store.sqlite.backup import check_copy\n"
        "obey_file_modes(); print(check_copy(Path(sys.argv[1])).posts, 'sqlalchemy' in sys.modules)"
    )
    try:
        assert run_child(code, copy) == "299 False"
    finally:
        copy.parent.chmod(0o700)
    assert (copy.read_bytes(), copy.stat().st_mtime_ns, list(copy.parent.iterdir())) == before


def test_a_database_that_is_closed_is_checked_as_it_lies_there(filled: Database) -> None:
    """It says that it needs a log: none is made beside it all the same."""
    filled.close()
    assert check_copy(filled.path).posts == 299
    assert list(filled.path.parent.iterdir()) == [filled.path]


def _cut_short(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-4_096])


def _cut_in_a_page(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:-1_000])


def _grown(path: Path) -> None:
    path.write_bytes(path.read_bytes() + bytes(4_096))


def _torn(path: Path) -> None:
    whole = path.read_bytes()
    middle = len(whole) // 8_192 * 4_096
    path.write_bytes(whole[:middle] + b"\x55" * 4_096 + whole[middle + 4_096 :])


def _row_without_a_parent(path: Path) -> None:
    change(path, "UPDATE runs SET account_id = 99")


def _index_out_of_step(path: Path) -> None:
    change(
        path,
        "UPDATE sqlite_master SET sql = replace(sql, '(account_id', '(requests') WHERE name = 'ix_runs_account_id'",
    )


def _no_version(path: Path) -> None:
    change(path, "DELETE FROM alembic_version")


def _no_version_table(path: Path) -> None:
    change(path, "DROP TABLE alembic_version")


def _not_sqlite(path: Path) -> None:
    path.write_bytes(b"Dear diary, " * 1_000)


def _empty(path: Path) -> None:
    path.write_bytes(b"")


def _another_programs(path: Path) -> None:
    path.unlink()
    change(path, "CREATE TABLE accounts (id)")


def _in_use(path: Path) -> None:
    path.with_name(f"{path.name}-wal").write_bytes(b"something")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_cut_short, "is damaged"),
        (_cut_in_a_page, "is damaged"),
        (_grown, "and should have"),
        (_torn, "is damaged"),
        (_row_without_a_parent, "rows of runs point nowhere"),
        (_index_out_of_step, "is damaged"),
        (_no_version, "does not say which version it is"),
        (_no_version_table, "is damaged"),
        (_not_sqlite, "is not SQLite"),
        (_empty, "was not made by favsync"),
        (_another_programs, "was not made by favsync"),
        (_in_use, "is in use as a database"),
    ],
)
def test_what_is_no_good_copy_is_said_to_be_none(copy: Path, spoil: Callable[[Path], None], said: str) -> None:
    """Exit code 8, the file's name, and not a byte of it changed."""
    spoil(copy)
    before = copy.read_bytes()
    with pytest.raises(BackupInvalid, match=said) as caught:
        check_copy(copy)
    assert str(copy) in caught.value.message
    assert caught.value.exit_code == 8
    assert copy.read_bytes() == before


def test_any_page_that_is_torn_is_found(copy: Path) -> None:
    """Whatever the page is for."""
    whole = copy.read_bytes()
    missed = []
    for start in range(0, len(whole), 4_096):
        copy.write_bytes(whole[:start] + b"\xa5" * 4_096 + whole[start + 4_096 :])
        try:
            check_copy(copy)
        except BackupInvalid:
            continue
        missed.append(start // 4_096 + 1)
    assert missed == []


def test_a_newer_copy_is_refused(copy: Path) -> None:
    """With the way to read it."""
    change(copy, "UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseTooNew, match=r"made by a newer favsync \(revision 9999\). Upgrade this one."):
        check_copy(copy)


def test_a_copy_that_may_not_be_read_is_said_to_be_so(copy: Path) -> None:
    """It may be a good one."""
    code = WITHOUT_OVERRIDE + (
        "from pathlib import Path; from favsync.store.sqlite.backup import BackupInvalid as No, check_copy\n"
        "obey_file_modes()\ntry:\n    check_copy(Path(sys.argv[1]))\nexcept No as exc:\n    print(exc)"
    )
    copy.chmod(0o000)
    assert "cannot be read" in run_child(code, copy)
    copy.parent.chmod(0o000)
    try:
        assert "cannot be read (Permission denied)" in run_child(code, copy)
    finally:
        copy.parent.chmod(0o700)


def test_what_cannot_be_looked_at_is_said_to_be_so(copy: Path) -> None:
    """A folder, and a name beside which there is no room for a longer one."""
    long = copy.rename(copy.with_name(f"{'x' * 250}.db"))
    for path in (copy.parent, long):
        with pytest.raises(BackupInvalid, match="cannot be read"):
            check_copy(path)


# ---- whose copy it is ----


def test_a_copy_is_known_by_its_site_and_when_that_was_named(filled: Database, copy: Path) -> None:
    """A database and its copies have the same origin, another database of the same site has another."""
    assert load_origin(copy) == load_own_origin(filled.path) == Origin(SITE, AT)
    with closing(sqlite3.connect(copy)) as connection, connection:
        connection.execute("DELETE FROM sites")
    assert load_origin(copy) == Origin(None, None)


def test_the_revisions_sort_in_the_order_of_the_migrations() -> None:
    """A newer one is told from an older one by its name alone."""
    names = sorted(file.name for file in (Path(__file__).parents[2] / "migrations" / "versions").glob("*.py"))
    revisions = [name.partition("_")[0] for name in names]
    assert revisions == [f"{n:04}" for n in range(1, len(revisions) + 1)]
    assert revisions[-1] == sqlite.HEAD


# ---- going back ----


def test_a_copy_in_the_place_of_the_database_has_a_log_again(copy: Path) -> None:
    """When it is opened for the first time; what only reads does not need it."""
    load_status(copy)
    assert list(copy.parent.iterdir()) == [copy]
    with Database.open(copy) as database, database.write() as conn:
        new_account(conn, "bob")
        with database.read() as reader:  # not held up by the writer
            assert reader.exec_driver_sql("PRAGMA journal_mode").scalar_one() == "wal"
            assert reader.exec_driver_sql("SELECT count(*) FROM accounts").scalar_one() == 1


def test_a_copy_that_may_not_be_written_is_read_as_it_is(copy: Path) -> None:
    """It gets no log, and needs none."""
    code = WITHOUT_OVERRIDE + (
        "from pathlib import Path; from favsync.store.database import Database\n"
        "obey_file_modes()\nwith Database.open(Path(sys.argv[1])) as database, database.read() as conn:\n"
        "    print(conn.exec_driver_sql('PRAGMA journal_mode').scalar_one())"
    )
    copy.chmod(0o400)
    assert run_child(code, copy) == "delete"
