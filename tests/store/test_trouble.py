"""What a database does under trouble from outside: no rights, no room, another program's lock."""

import sqlite3
import threading
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from favsync.errors import DatabaseBusy, DatabaseFull
from favsync.model import Account
from favsync.store.accounts import load_accounts, save_account_facts
from favsync.store.database import Database
from favsync.store.posts.saving import save_posts
from favsync.store.posts.tags import save_tags
from tests.store.child import WITHOUT_OVERRIDE, run_child
from tests.store.conftest import Ask, text_index_complaint
from tests.store.samples import AT, new_account, post

OPEN_AND_WRITE = (
    WITHOUT_OVERRIDE
    + """
from pathlib import Path
from favsync.errors import FavsyncError
from favsync.store.database import Database
from favsync.store.accounts import save_account_facts
from favsync.store.status import load_status
obey_file_modes()
path = Path(sys.argv[1])
try:
    if sys.argv[2] == "status":
        print(load_status(path).accounts[0].name)
    else:
        with Database.open(path) as database, database.write() as conn:
            save_account_facts(conn, 1, favorite_count=1)
except FavsyncError as exc:
    print(type(exc).__name__, exc.exit_code, exc)
"""
)


@pytest.fixture
def kept(path: Path) -> Iterator[Path]:
    """A database with an account in it, closed; whatever a test does to its rights is undone."""
    with Database.open(path) as database, database.write() as conn:
        new_account(conn)
    yield path
    path.parent.chmod(0o700)
    path.chmod(0o600)


def test_a_file_that_cannot_be_written_is_said(kept: Path) -> None:
    """Without the right to write the file, a write ends in words about rights, and changes nothing."""
    kept.chmod(0o400)
    before = kept.read_bytes()
    assert run_child(OPEN_AND_WRITE, kept, "write").startswith(f"DatabaseReadOnly 8 The database at {kept} cannot be")
    assert kept.read_bytes() == before


def test_a_folder_that_cannot_be_written_is_said(kept: Path) -> None:
    """SQLite needs a log beside the file: without the right to make one nothing begins."""
    kept.parent.chmod(0o500)
    assert run_child(OPEN_AND_WRITE, kept, "write").startswith(f"DatabaseReadOnly 8 The database at {kept} cannot be")


def test_a_folder_in_which_nothing_can_be_made_is_said(kept: Path) -> None:
    """A new database in a folder without rights is refused with its path."""
    kept.parent.chmod(0o500)
    new = kept.with_name("new.db")
    assert run_child(OPEN_AND_WRITE, new, "write").startswith(f"DatabaseReadOnly 8 The database {new} cannot be made")


def test_a_file_that_cannot_be_read_is_said(kept: Path) -> None:
    """The status of a database that the user may not read is an error, not an empty table."""
    kept.chmod(0o000)
    assert run_child(OPEN_AND_WRITE, kept, "status").startswith("DatabaseReadOnly 8")


def test_a_file_that_can_only_be_read_still_has_a_status(kept: Path) -> None:
    """To look is no write: a database kept read-only answers."""
    kept.chmod(0o400)
    assert run_child(OPEN_AND_WRITE, kept, "status") == "alice"


FULL_DISK = """
import resource, sys
from pathlib import Path
from favsync.errors import FavsyncError
from favsync.store.database import Database
from favsync.store.posts.saving import save_posts
from tests.store.samples import AT, new_account, new_run, post
path = Path(sys.argv[1])
database = Database.open(path)
with database.write() as conn:
    run_id = new_run(conn, new_account(conn).id)
    save_posts(conn, [post(1, tags={"general": ["one", "two"]})], run_id=run_id, at=AT)
crowd = [post(number, tags={"general": [f"tag_{number}_{n}" for n in range(40)]}) for number in range(2, 320)]
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (300_000, hard))
try:
    with database.write() as conn:
        save_posts(conn, crowd, run_id=run_id, at=AT)
except FavsyncError as exc:
    print(type(exc).__name__, exc.exit_code)
resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
if sys.argv[2] == "again":
    with database.write() as conn:
        save_posts(conn, crowd, run_id=run_id, at=AT)
"""


@pytest.mark.parametrize(("then", "posts"), [("stop", 1), ("again", 319)])
def test_a_full_disk_costs_one_transaction(path: Path, then: str, posts: int) -> None:
    """What was saved before is kept, nothing of the rest is there, and with room again the same process goes on."""
    assert run_child(FULL_DISK, path, then) == "DatabaseFull 8"
    with Database.open(path) as database:
        with database.read() as conn:
            assert conn.exec_driver_sql("SELECT count(*) FROM posts").scalar_one() == posts
            assert conn.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
            assert conn.exec_driver_sql("PRAGMA foreign_key_check").all() == []
            nameless = "SELECT count(*) FROM post_tags LEFT JOIN tags ON tags.id = tag_id WHERE name IS NULL"
            assert conn.exec_driver_sql(nameless).scalar_one() == 0
        assert text_index_complaint(database) is None


def test_no_room_for_new_files_is_said(tmp_path: Path) -> None:
    """A new database on a full disk ends in words, and the next try makes it."""
    code = """
import resource, sys
from pathlib import Path
from favsync.errors import FavsyncError
from favsync.store.database import Database
import alembic.command, alembic.config, sqlalchemy.dialects.sqlite
_, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
resource.setrlimit(resource.RLIMIT_FSIZE, (20_000, hard))
try:
    Database.open(Path(sys.argv[1]))
except FavsyncError as exc:
    print(type(exc).__name__, exc.exit_code)
"""
    path = tmp_path / "favsync.db"
    assert run_child(code, path) == "DatabaseFull 8"
    Database.open(path).close()


def test_sqlites_own_limit_is_a_full_disk(database: Database, account: Account) -> None:
    """The error that SQLite has for a full disk is taken for one, and the transaction is undone."""

    def write_too_much() -> None:
        with database.write() as conn:
            save_account_facts(conn, account.id, favorite_count=1)
            conn.exec_driver_sql("PRAGMA max_page_count = 1")
            conn.exec_driver_sql("INSERT INTO payload_dictionaries VALUES (1, zeroblob(9999999), '')")

    with pytest.raises(DatabaseFull, match="make room, and run it again"):
        write_too_much()
    with database.read() as conn:
        assert conn.exec_driver_sql("SELECT favorite_count FROM accounts").scalar_one() is None


def test_another_programs_lock_is_said(database: Database, path: Path) -> None:
    """A write that waits in vain ends with whose fault it is and what to do."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseBusy, match="Wait for it, or close it"), database.write():
            pass
        other.execute("ROLLBACK")
    with database.write():
        pass


def test_a_lock_that_is_held_for_longer_than_one_try_is_waited_for(path: Path) -> None:
    """SQLite has no queue: who had no luck within its time tries again."""
    Database.open(path).close()
    with closing(sqlite3.connect(path, isolation_level=None, check_same_thread=False)) as other:
        other.execute("BEGIN IMMEDIATE")
        with Database.open(path, busy_timeout=0.5) as database:
            release = threading.Timer(0.8, other.execute, ["ROLLBACK"])
            release.start()
            with database.write() as conn:
                conn.exec_driver_sql("UPDATE accounts SET favorite_count = NULL")
            release.join()


def test_a_reader_sees_the_state_before_an_unfinished_write(database: Database, account: Account) -> None:
    """Readers are never blocked by a run: they see what was committed, and the new state afterwards."""
    with database.write() as writer:
        save_account_facts(writer, account.id, count_drift=5)
        with database.read() as reader:
            assert load_accounts(reader)[0].count_drift == 0
    with database.read() as reader:
        assert load_accounts(reader)[0].count_drift == 5


def test_a_reader_sees_one_state_throughout(database: Database, account: Account) -> None:
    """Two questions in one `read` get answers about the same moment, whatever is committed in between."""
    with database.read() as reader:
        before = load_accounts(reader)
        with database.write() as writer:
            save_account_facts(writer, account.id, count_drift=5)
        assert load_accounts(reader) == before


def test_a_reader_cannot_write(database: Database, account: Account) -> None:
    """A connection for reading refuses every change."""
    with pytest.raises(Exception, match="cannot be written"), database.read() as conn:
        save_account_facts(conn, account.id, count_drift=5)


def test_an_exception_undoes_the_whole_transaction(database: Database, run_id: int, ask: Ask) -> None:
    """Nothing of a block that ends in an exception is kept, and what it made is not taken for there."""

    def be_interrupted() -> None:
        with database.write() as conn:
            save_posts(conn, [post(1, tags={"general": ["sky"]})], run_id=run_id, at=AT)
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        be_interrupted()
    assert ask("SELECT count(*) FROM posts") == [(0,)]
    with database.write() as conn:
        save_posts(conn, [post(2, tags={"general": ["sky"]})], run_id=run_id, at=AT)
    assert ask("SELECT post_id, name FROM post_tags JOIN tags ON tags.id = tag_id") == [(2, "sky")]


def test_a_savepoint_that_is_undone_is_forgotten_too(database: Database, ask: Ask) -> None:
    """Tags that a part of a transaction made and that was undone are made again when they are needed."""
    with database.write() as conn:
        part = conn.begin_nested()
        save_tags(conn, {"sky": "general"})
        part.rollback()
        save_tags(conn, {"sky": "general"})
    assert ask("SELECT name FROM tags") == [("sky",)]


def test_tags_of_another_process_are_seen(database: Database, path: Path, ask: Ask) -> None:
    """What one connection remembers of the tags gives way when another has added some."""
    with database.write() as conn:
        save_tags(conn, {"sky": "general"})
    with Database.open(path) as other, other.write() as conn:
        save_tags(conn, {"fox": "species", "sky": "meta"})
    with database.write() as conn:
        save_tags(conn, {"fox": "species", "sky": "general", "owl": "species"})
    assert sorted(ask("SELECT name, category FROM tags")) == [
        ("fox", "species"),
        ("owl", "species"),
        ("sky", "general"),
    ]
