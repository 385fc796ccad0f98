"""Upgrades: a copy first, then one transaction, or nothing. Tried with invented migrations after the real ones."""

import shutil
import signal
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from favsync import about
from favsync.errors import DatabaseBusy, DatabaseFull, DatabaseReadOnly, DatabaseTooNew, UpgradeFailed
from favsync.store.database import Database
from favsync.store.sqlite import connect as sqlite
from favsync.store.sqlite import upgrade
from favsync.store.sqlite.upgrade import bring_to_head, find_migrations
from tests.store.child import run_child, start_child
from tests.store.samples import bare_posts, new_account

NEXT = """
from alembic import op
revision, down_revision, branch_labels, depends_on = "next", {before!r}, None, None
def upgrade():
    op.execute("CREATE TABLE novelties (id INTEGER PRIMARY KEY) STRICT")
    op.execute("UPDATE accounts SET username = 'changed'")
    {rest}
"""
Migrations = Callable[..., Path]
"""Called with what the migration does at last, or with nothing."""


@pytest.fixture
def old(path: Path) -> Path:
    """A database of the present schema with a few rows, closed."""
    with Database.open(path) as database, database.write() as conn:
        bare_posts(conn, new_account(conn).id, [1, 2, 3])
    return path


@pytest.fixture
def migrations(tmp_path: Path) -> Migrations:
    """The real scripts, and one more that makes a table, changes a row, and then does what it is given."""

    def with_next(rest: str = "pass") -> Path:
        folder = tmp_path / "100% migrations"
        shutil.copytree(find_migrations(), folder, ignore=shutil.ignore_patterns("__pycache__"))
        (folder / "versions" / "next.py").write_text(NEXT.format(before=sqlite.HEAD, rest=rest))
        return folder

    return with_next


def bring_to_next(path: Path, migrations: Path) -> None:
    bring_to_head(path, create=False, busy_timeout=0.2, migrations=migrations, head="next")


def dump_of(path: Path) -> list[str]:
    """Everything in a database, as SQL."""
    with closing(sqlite.connect(path, writable=False)) as connection:
        return list(connection.iterdump())


def files_beside(path: Path) -> set[str]:
    return {file.name for file in path.parent.iterdir()}


def backup_of(path: Path) -> Path:
    return path.with_name(f"{path.name}.before-next.bak")


def test_the_newest_revision_is_known_without_alembic() -> None:
    """The constant that every start compares with is the head of the scripts."""
    assert ScriptDirectory(str(find_migrations())).get_heads() == [sqlite.HEAD]


def test_opening_a_present_database_imports_no_alembic(old: Path) -> None:
    """Alembic costs half a second of CPU: only an upgrade pays for it."""
    code = """
import sys
from pathlib import Path
from favsync.store.database import Database
Database.open(Path(sys.argv[1])).close()
print("alembic" in sys.modules)
"""
    assert run_child(code, old) == "False"


def test_an_upgrade_leaves_a_copy_from_before(old: Path, migrations: Migrations) -> None:
    """The copy beside the file is whole, private, and as the database was; the file has the new schema."""
    before = dump_of(old)
    bring_to_next(old, migrations())
    assert dump_of(backup_of(old)) == before
    assert backup_of(old).stat().st_mode & 0o777 == 0o600
    with closing(sqlite.connect(old, writable=False)) as connection:
        assert sqlite.load_revision(connection, old) == "next"
        assert connection.execute("SELECT username FROM accounts").fetchall() == [("changed",)]
        assert connection.execute("SELECT count(*) FROM novelties").fetchall() == [(0,)]


def test_an_upgrade_leaves_nothing_else_behind(old: Path, migrations: Migrations) -> None:
    """No log, no half-made copy: the file and its copy."""
    bring_to_next(old, migrations())
    assert files_beside(old) == {old.name, backup_of(old).name}


def test_a_new_database_needs_no_copy(path: Path, migrations: Migrations) -> None:
    """There is nothing to be lost in a file that was just made, and every migration runs."""
    bring_to_head(path, create=True, busy_timeout=0.2, migrations=migrations(), head="next")
    assert files_beside(path) == {path.name}


@pytest.mark.parametrize(
    "failing",
    [
        "raise RuntimeError('no such luck')",
        "op.execute('SELECT nothing FROM nowhere')",
        "op.execute('INSERT INTO post_tags VALUES (1, 999)')",
    ],
    ids=["an exception", "an error in SQL", "a row that points nowhere"],
)
def test_a_migration_that_fails_changes_nothing(old: Path, migrations: Migrations, failing: str) -> None:
    """All of it is undone, and the words name the copy."""
    before = dump_of(old)
    with pytest.raises(
        UpgradeFailed, match=r"It is as it was\. A copy was made before: .*\.before-next\.bak"
    ) as caught:
        bring_to_next(old, migrations(failing))
    assert caught.value.exit_code == 8
    assert dump_of(old) == before
    assert dump_of(backup_of(old)) == before
    Database.open(old).close()


def test_a_first_migration_that_fails_leaves_an_empty_file(path: Path, migrations: Migrations) -> None:
    """Where nothing was, no copy is named, and the next try begins again."""
    with pytest.raises(UpgradeFailed) as caught:
        bring_to_head(path, create=True, busy_timeout=1, migrations=migrations("raise ValueError('no')"), head="next")
    assert "copy" not in caught.value.message
    Database.open(path).close()


def test_a_disk_that_fills_up_in_the_middle_is_named(old: Path, migrations: Migrations) -> None:
    """Trouble that has words of its own keeps them, and the database is as it was."""
    before = dump_of(old)
    too_much = "op.execute('PRAGMA max_page_count = 1'); op.execute('INSERT INTO novelties VALUES (1)');"
    too_much += "op.execute('CREATE TABLE many AS SELECT zeroblob(9999999)')"
    with pytest.raises(DatabaseFull):
        bring_to_next(old, migrations(too_much))
    assert dump_of(old) == before


def test_children_survive_a_rebuilt_parent(old: Path, migrations: Migrations) -> None:
    """Foreign keys are off while migrating: rebuilding a table does not take the rows along that point to it."""
    rest = (
        "op.execute('DELETE FROM runs'); op.execute(\"INSERT INTO runs (id, started_at, kind) VALUES (1, '', 'full')\")"
    )
    bring_to_next(old, migrations(rest))
    with closing(sqlite.connect(old, writable=False)) as connection:
        assert connection.execute("SELECT count(*) FROM posts").fetchone() == (3,)


def test_a_second_upgrade_replaces_the_older_copy(old: Path, migrations: Migrations) -> None:
    """After a failure the next try makes its copy again, over the one there and over what was left unfinished."""
    backup_of(old).write_bytes(b"older")
    old.with_name(f"{backup_of(old).name}.unfinished").write_bytes(b"half a copy")
    bring_to_next(old, migrations())
    assert files_beside(old) == {old.name, backup_of(old).name}
    assert f"INSERT INTO \"alembic_version\" VALUES('{sqlite.HEAD}');" in dump_of(backup_of(old))


def test_without_a_copy_there_is_no_upgrade(old: Path, migrations: Migrations) -> None:
    """A folder that stands where the copy should go stops the upgrade before it begins."""
    backup_of(old).mkdir()
    before = dump_of(old)
    with pytest.raises(DatabaseReadOnly, match="it was not upgraded"):
        bring_to_next(old, migrations())
    assert dump_of(old) == before


def test_an_upgrade_waits_for_no_lock_for_ever(old: Path, migrations: Migrations) -> None:
    """Another program that writes at the moment stops the upgrade, in words."""
    with closing(sqlite3.connect(old, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseBusy):
            bring_to_next(old, migrations())
    assert not backup_of(old).exists()


def test_an_upgrade_that_another_process_has_made_meanwhile_is_not_made_again(
    old: Path, migrations: Migrations, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was found before the lock is found again under it."""
    folder = migrations()
    begin = upgrade.begin_upgrade

    def begin_late(path: Path, *, busy_timeout: float) -> object:
        monkeypatch.setattr(upgrade, "begin_upgrade", begin)
        bring_to_next(path, folder)
        backup_of(path).unlink()
        return begin(path, busy_timeout=busy_timeout)

    monkeypatch.setattr(upgrade, "begin_upgrade", begin_late)
    bring_to_next(old, folder)
    assert not backup_of(old).exists()


KILLED = """
import sys
from pathlib import Path
from favsync.store.sqlite.upgrade import bring_to_head
bring_to_head(Path(sys.argv[1]), create=False, busy_timeout=1, migrations=Path(sys.argv[2]), head="next")
"""


def test_an_upgrade_that_is_killed_never_was(old: Path, migrations: Migrations) -> None:
    """Killed with half of its statements run, the database is as before, and the next upgrade succeeds."""
    before = dump_of(old)
    folder = migrations("import sys; print('halfway', flush=True); sys.stdin.read()")
    with start_child(KILLED, old, folder) as child:
        assert child.stdout is not None
        assert child.stdout.readline() == "halfway\n"
        child.send_signal(signal.SIGKILL)
    assert child.returncode == -signal.SIGKILL
    assert dump_of(old) == before
    assert dump_of(backup_of(old)) == before
    (folder / "versions" / "next.py").write_text(NEXT.format(before=sqlite.HEAD, rest="pass"))
    bring_to_next(old, folder)
    with pytest.raises(DatabaseTooNew):
        Database.open(old)


def installed_in(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Make believe that favsync is installed in `folder`."""
    package = folder / "favsync"
    package.mkdir()
    monkeypatch.setattr(about, "__file__", str(package / "__init__.py"))
    return package


def make_scripts(folder: Path) -> Path:
    folder.mkdir()
    (folder / "env.py").touch()
    return folder


def test_an_installed_package_has_its_scripts_inside(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What lies in the package comes before anything that lies beside it."""
    scripts = make_scripts(installed_in(tmp_path, monkeypatch) / "migrations")
    make_scripts(tmp_path / "migrations")
    (tmp_path / "alembic.ini").touch()
    assert find_migrations() == scripts


def test_scripts_without_a_checkout_around_them_are_not_taken(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A folder that happens to be called migrations, in site-packages say, is not favsync's."""
    installed_in(tmp_path, monkeypatch)
    make_scripts(tmp_path / "migrations")
    with pytest.raises(UpgradeFailed, match="Install favsync again"):
        find_migrations()
