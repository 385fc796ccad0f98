"""What opening a database makes, sets and refuses."""

import os
import sqlite3
import stat
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from favsync.errors import DatabaseTooNew, DatabaseTrouble, FavsyncError, NotADatabase
from favsync.store.database import Database
from favsync.store.sqlite import connect as sqlite
from tests.store.samples import new_account


def mode_of(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


@pytest.fixture
def generous_umask() -> Iterator[None]:
    before = os.umask(0o000)
    yield
    os.umask(before)


@pytest.fixture
def strict_umask() -> Iterator[None]:
    before = os.umask(0o777)
    yield
    os.umask(before)


@pytest.mark.usefixtures("generous_umask")
def test_a_new_database_and_all_beside_it_are_for_its_owner_only(path: Path) -> None:
    """The file, its log, its shared memory and the folder made for them keep everybody else out."""
    with Database.open(path) as database, database.write() as conn:
        new_account(conn)
        modes = {file.name: mode_of(file) for file in path.parent.iterdir()}
    assert modes == dict.fromkeys(("favsync.db", "favsync.db-wal", "favsync.db-shm"), 0o600)
    assert mode_of(path.parent) == 0o700


@pytest.mark.usefixtures("strict_umask")
def test_a_umask_that_takes_everything_leaves_the_owner_in(tmp_path: Path) -> None:
    """The file can be read and written by its owner whatever the umask takes away."""
    Database.open(tmp_path / "favsync.db").close()
    assert mode_of(tmp_path / "favsync.db") == 0o600


def test_a_database_that_others_can_read_is_closed_to_them(path: Path) -> None:
    """A file that was copied about with wide rights is private again once favsync has opened it."""
    Database.open(path).close()
    path.chmod(0o644)
    Database.open(path).close()
    assert mode_of(path) == 0o600


def test_the_log_of_a_database_behind_a_link_is_closed_to_others(path: Path, tmp_path: Path) -> None:
    """SQLite follows links: what lies beside the file itself is made private."""
    Database.open(path).close()
    log = path.with_name(f"{path.name}-wal")
    log.touch(0o644)
    log.chmod(0o644)
    link = tmp_path / "link.db"
    link.symlink_to(path)
    sqlite.make_private(link)
    assert mode_of(log) == 0o600


def test_an_sqlite_that_is_too_old_is_said(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The schema needs what old libraries have not: that is no error in a statement."""
    monkeypatch.setattr(sqlite3, "sqlite_version_info", (3, 37, 2))
    with pytest.raises(DatabaseTrouble, match=r"favsync needs 3\.38\.0 or newer"):
        Database.open(path)


def test_closing_folds_the_log_into_the_file(path: Path) -> None:
    """After the last connection the database is one file."""
    with Database.open(path) as database, database.write() as conn:
        new_account(conn)
    assert [file.name for file in path.parent.iterdir()] == ["favsync.db"]


def test_an_empty_file_becomes_a_database(path: Path) -> None:
    """A process that was killed just after it made the file leaves an empty one: that is no obstacle."""
    path.parent.mkdir()
    path.touch(0o600)
    Database.open(path).close()
    with closing(sqlite.connect(path, writable=False)) as connection:
        assert sqlite.load_revision(connection, path) == sqlite.HEAD


def test_a_missing_database_is_only_made_when_asked_for(path: Path) -> None:
    """A command that needs a database there says that there is none, and makes no file."""
    with pytest.raises(NotADatabase, match="There is no database at"):
        Database.open(path, create=False)
    assert not path.parent.exists()


def test_a_path_with_characters_that_mean_something_in_urls_is_a_path(tmp_path: Path) -> None:
    """SQLite is given the path as a URL: nothing in it may be read as a part of one."""
    path = tmp_path / "50% of what? #1.db"
    Database.open(path).close()
    assert path.is_file()


@pytest.mark.parametrize(
    ("pragma", "reading", "writing"),
    [
        ("journal_mode", "wal", "wal"),
        ("foreign_keys", 1, 1),
        ("trusted_schema", 0, 0),
        ("temp_store", 2, 2),
        ("query_only", 1, 0),
        ("synchronous", 2, 2),
        ("busy_timeout", 200, 200),
        ("cache_size", -2000, -sqlite.CACHE_KIB),
        ("wal_autocheckpoint", 1000, sqlite.CHECKPOINT_PAGES),
    ],
)
def test_every_connection_is_set(database: Database, pragma: str, reading: object, writing: object) -> None:
    """Readers and writers each have the settings that the schema and the promises rely on."""
    with database.read() as conn:
        assert conn.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == reading
    with database.write() as conn:
        assert conn.exec_driver_sql(f"PRAGMA {pragma}").scalar_one() == writing


def test_the_file_says_whose_it_is(database: Database, path: Path) -> None:
    """The application id stands where other programs look for it: at byte 68 of the file."""
    database.close()
    assert path.read_bytes()[68:72] == b"favs"


def test_what_is_no_database_is_refused_and_left_alone(path: Path) -> None:
    """A file that is not SQLite is said to be none, byte for byte as it was."""
    path.parent.mkdir()
    path.write_bytes(b"no database at all" * 99)
    with pytest.raises(NotADatabase, match="is not SQLite"):
        Database.open(path)
    assert path.read_bytes() == b"no database at all" * 99


def test_another_programs_database_is_refused_and_left_alone(path: Path) -> None:
    """A SQLite file with tables that favsync did not make gets none of its own."""
    path.parent.mkdir()
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("CREATE TABLE songs (title TEXT)")
    before = path.read_bytes()
    with pytest.raises(NotADatabase, match="of another program"):
        Database.open(path)
    assert path.read_bytes() == before


@pytest.mark.parametrize("damage", ["DROP TABLE alembic_version", "DELETE FROM alembic_version"])
def test_a_database_without_its_version_is_damaged(path: Path, damage: str) -> None:
    """Without the mark of its schema nobody knows what is in it: nothing is tried."""
    Database.open(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute(damage)
    with pytest.raises(NotADatabase, match="does not say which version"):
        Database.open(path)


def test_a_folder_is_no_database(tmp_path: Path) -> None:
    """A folder where the file should be is trouble with the database, in words."""
    with pytest.raises(DatabaseTrouble):
        Database.open(tmp_path)


def test_a_file_where_the_folder_should_be_is_said(tmp_path: Path) -> None:
    """The folder cannot be made when a file has its name."""
    (tmp_path / "file").touch()
    with pytest.raises(DatabaseTrouble, match="cannot be made"):
        Database.open(tmp_path / "file" / "favsync.db")


def test_a_database_of_a_newer_favsync_is_refused_and_left_alone(path: Path) -> None:
    """A revision that this version has no script for is a later one."""
    Database.open(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    before = path.read_bytes()
    with pytest.raises(DatabaseTooNew, match=r"newer favsync .to revision 9999"):
        Database.open(path)
    assert path.read_bytes() == before


def test_a_damaged_page_is_said_where_it_is_met(path: Path) -> None:
    """Damage inside the file comes to light when it is read, as trouble with the database."""
    Database.open(path).close()
    with closing(sqlite3.connect(path)) as connection:
        (root,) = connection.execute("SELECT rootpage FROM sqlite_master WHERE name = 'accounts'").fetchone()
    with path.open("r+b") as file:
        file.seek((root - 1) * 4096)
        file.write(b"\xff" * 4096)
    with (
        Database.open(path) as database,
        pytest.raises(NotADatabase, match=r"is damaged .* Restore it from a backup"),
        database.read() as conn,
    ):
        conn.exec_driver_sql("SELECT * FROM accounts").all()


def test_a_mistake_of_favsyncs_own_is_not_blamed_on_the_database(database: Database) -> None:
    """A statement that SQLite refuses ends with exit code 1, not with the one of a damaged database."""
    with pytest.raises(FavsyncError, match="error in favsync") as caught, database.read() as conn:
        conn.exec_driver_sql("SELECT nothing FROM nowhere")
    assert caught.value.exit_code == 1


@pytest.mark.parametrize(
    ("error", "expected"), [(TypeError("of ours"), TypeError), (sqlite3.OperationalError("of ours"), FavsyncError)]
)
def test_an_error_of_every_opening_is_told_as_it_is(
    path: Path, monkeypatch: pytest.MonkeyPatch, error: Exception, expected: type[Exception]
) -> None:
    """The search for damage opens the database as well, and must not search for the cause of its own failure."""
    if isinstance(error, sqlite3.Error):
        error.sqlite_errorcode = sqlite3.SQLITE_ERROR
    Database.open(path).close()

    def fail(*_: object, **_options: object) -> None:
        raise error

    monkeypatch.setattr(sqlite, "open_file", fail)
    with pytest.raises(expected, match="of ours"):
        sqlite.connect(path, writable=False)


def test_an_error_that_nobody_foresaw_is_trouble_with_the_database(path: Path) -> None:
    """Whatever else the driver raises has words and an exit code as well."""
    error = sqlite3.OperationalError("something new")
    error.sqlite_errorcode = sqlite3.SQLITE_NOLFS
    assert sqlite.translate(error, path).exit_code == 8


def test_an_empty_file_of_another_user_is_not_filled(path: Path) -> None:
    """Whoever made it could read everything that is written into it: exit code 8, and it stays empty."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to another user")
    path.parent.mkdir(exist_ok=True)
    path.touch(mode=0o666)
    os.chown(path, 65534, 65534)
    before = path.stat().st_mode
    with pytest.raises(NotADatabase, match="is an empty file of another user"):
        Database.open(path)
    assert (path.stat().st_size, path.stat().st_mode) == (0, before)


def test_the_rights_of_another_users_database_are_left_alone(path: Path) -> None:
    """Whom it is shown to is for its owner to say."""
    if os.geteuid() != 0:
        pytest.skip("only root can give a file to another user")
    Database.open(path).close()
    path.chmod(0o644)
    os.chown(path, 65534, 65534)
    Database.open(path).close()
    assert path.stat().st_mode & 0o777 == 0o644


def test_every_folder_that_is_made_is_closed_to_others(tmp_path: Path) -> None:
    """Also those above the last one; what was there keeps its rights."""
    tmp_path.chmod(0o755)
    Database.open(tmp_path / "one" / "two" / "favsync.db").close()
    modes = [(tmp_path / name).stat().st_mode & 0o777 for name in (".", "one", "one/two")]
    assert modes == [0o755, 0o700, 0o700]
