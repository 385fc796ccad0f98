"""Databases that cannot be used: one sentence, exit code 8, and not a byte of them changed."""

import json
import sqlite3
import stat
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path

import pytest

from favsync.sandbox import Site
from tests.cli.conftest import KEY, Favsync, Outcome
from tests.cli.hardship import no_file_over, obey_modes

COMMANDS = (
    ["status"],
    ["query", "SELECT 1"],
    ["search", "wolf"],
    ["sync"],
    ["diff"],
    ["add", "5"],
    ["account", "list"],
    ["queue", "list"],
    ["account", "remove", "alice", "--yes"],
)
ROOM_TO_READ = 40_000
"""Bytes: SQLite's shared memory file is there whole, and of a transaction not much."""


def add_bob(favsync: Favsync, site: Site) -> Outcome:
    """Add a second account."""
    options = ["--site", site.url, "--username", "bob", "--api-key-stdin"]
    return favsync("account", "add", "bob", *options, stdin="invented0key2")


def rows(path: Path) -> list[str]:
    """Everything in a database."""
    with closing(sqlite3.connect(path)) as database:
        return list(database.iterdump())


# ---- what is no database of this favsync's ----


def _from_the_future(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("UPDATE alembic_version SET version_num = '9999'")


def _not_sqlite(path: Path) -> None:
    path.write_bytes(b"Dear diary, " * 1000)


def _another_programs(path: Path) -> None:
    path.unlink()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("CREATE TABLE accounts (id)")


def _torn(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:8192] + b"\x55" * 100_000)


def _without_a_version(path: Path) -> None:
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("DELETE FROM alembic_version")


@pytest.mark.parametrize(
    ("spoil", "said"),
    [
        (_from_the_future, "was upgraded by a newer favsync (to revision 9999). Upgrade this one."),
        (_not_sqlite, "is not SQLite. Name another file with --database."),
        (_another_programs, "is a SQLite database of another program. Name another file with --database."),
        (_torn, "is damaged"),
        (_without_a_version, "does not say which version it is: it is damaged. Restore it from a backup."),
    ],
)
def test_a_database_that_is_not_this_programs_is_left_alone(
    alice: Favsync, site: Site, spoil: Callable[[Path], None], said: str
) -> None:
    """Every command says the same, the site is not asked, and not a byte of the file changes."""
    spoil(alice.database)
    before = alice.state()
    for command in COMMANDS:
        outcome = alice(*command)
        assert (outcome.code, outcome.out) == (8, ""), command
        assert outcome.err.startswith("favsync: ")
        assert said in outcome.err
        assert str(alice.database) in outcome.err
    assert add_bob(alice, site).code == 8
    assert alice.state() == before
    assert site.log == []


@pytest.mark.parametrize("spoil", [_not_sqlite, _another_programs])
def test_a_file_that_is_not_favsyncs_keeps_its_rights(alice: Favsync, spoil: Callable[[Path], None]) -> None:
    """A slip in --database closes nobody's file to others."""
    spoil(alice.database)
    alice.database.chmod(0o644)
    for command in COMMANDS:
        assert alice(*command).code == 8
    assert stat.S_IMODE(alice.database.stat().st_mode) == 0o644


def test_a_folder_is_no_database(alice: Favsync) -> None:
    """One that stands where the database should be is said to be in the way."""
    alice.database.unlink()
    alice.database.mkdir()
    for command in COMMANDS:
        outcome = alice(*command)
        assert (outcome.code, str(alice.database) in outcome.err) == (8, True)


def test_an_empty_file_is_a_database_without_accounts(favsync: Favsync, site: Site) -> None:
    """It is used for the first account, not refused."""
    favsync.database.parent.mkdir(parents=True)
    favsync.database.touch()
    for command in COMMANDS[:-1]:
        outcome = favsync(*command)
        assert (outcome.code, "There is no account yet" in outcome.err) == (2, True)
    assert add_bob(favsync, site).code == 0


# ---- what may not be written ----


@pytest.fixture
def locked(alice: Favsync) -> Iterator[Favsync]:
    """Favsync with one account, whose rights the test takes away; they are given back for the cleaning up."""
    yield alice
    alice.database.parent.chmod(0o700)
    if alice.database.exists():
        alice.database.chmod(0o600)


def test_a_read_only_database_can_be_read_and_not_written(locked: Favsync, site: Site) -> None:
    """What only reads works; what writes ends with 8, and the key of an account that could not be kept is not kept."""
    locked.database.chmod(0o400)
    before = locked.state()
    assert "alice: 0 favorites" in locked.process("status", before=obey_modes).out
    for command in (["add", "5"], ["account", "remove", "alice", "--yes"]):
        outcome = locked.process(*command, before=obey_modes)
        assert (outcome.code, outcome.out) == (8, "")
        assert str(locked.database) in outcome.err
    options = ["--site", site.url, "--username", "bob", "--api-key-stdin"]
    outcome = locked.process("account", "add", "bob", *options, stdin="invented0key2", before=obey_modes)
    assert (outcome.code, "cannot be written" in outcome.err) == (8, True)
    assert {name: held for name, held in locked.state().items() if not name.endswith(".lock")} == before


READING = (
    ["status"],
    ["query", "SELECT 1"],
    ["search", "-fxo"],
    ["account", "list"],
    ["queue", "list"],
    ["tags"],
    ["stats"],
    ["history"],
    ["show", "1"],
    ["export", "--format", "ids"],
    ["diff", "--since", "1"],
    ["backup", "verify", "DATABASE"],
    ["restore", "--from", "DATABASE", "--dry-run"],
    ["check"],
)


def test_a_database_in_a_read_only_folder_can_be_read(locked: Favsync) -> None:
    """What only reads works as elsewhere, what writes ends with 8, and no file comes to be there."""
    assert locked("sync").code == 0
    commands = [[str(locked.database) if word == "DATABASE" else word for word in words] for words in READING]
    expected = [locked(*command) for command in commands]
    locked.database.parent.chmod(0o500)
    before = locked.state()
    for command, writable in zip(commands, expected, strict=True):
        outcome = locked.process(*command, before=obey_modes)
        assert (outcome.code, outcome.code) == (writable.code, 0), (command, outcome)
        if command != ["check"]:
            assert outcome.out == writable.out
    for command in (["sync"], ["add", "5"], ["account", "remove", "alice", "--yes"]):
        outcome = locked.process(*command, before=obey_modes)
        assert (outcome.code, outcome.out) == (8, "")
        assert str(locked.database) in outcome.err
    assert locked.state() == before


def test_a_check_says_what_it_skips_where_nothing_can_be_written(locked: Favsync) -> None:
    """The text index is asked by a statement that writes: that it cannot be asked is no damage."""
    locked.database.parent.chmod(0o500)
    outcome = locked.process("check", "--json", before=obey_modes)
    said = json.loads(outcome.out)
    assert (outcome.code, said["findings"]) == (0, [])
    assert [skipped["what"] for skipped in said["skipped"]] == ["search"]
    assert "nothing can be written beside the database" in said["skipped"][0]["reason"]


def test_a_folder_that_may_not_be_written_takes_no_new_database(locked: Favsync, site: Site) -> None:
    """Neither a file nor a key is left of the first account."""
    locked.database.unlink()
    locked.key_file.unlink()
    locked.database.parent.chmod(0o500)
    options = ["--site", site.url, "--username", "alice", "--api-key-stdin"]
    outcome = locked.process("account", "add", "alice", *options, stdin=KEY, before=obey_modes)
    assert (outcome.code, outcome.out) == (8, "")
    assert outcome.err == f"favsync: The database {locked.database} cannot be made (Permission denied).\n"
    assert locked.files() == []


@pytest.mark.parametrize(("file", "folder"), [(0o000, 0o700), (0o600, 0o000)])
def test_a_database_that_may_not_be_read_is_said_to_be_there(locked: Favsync, file: int, folder: int) -> None:
    """Not being allowed to look is another thing than there being nothing."""
    locked.database.chmod(file)
    locked.database.parent.chmod(folder)
    for command in (["status"], ["account", "list"], ["add", "5"]):
        outcome = locked.process(*command, before=obey_modes)
        assert (outcome.code, outcome.out) == (8, "")
        assert "Check the owner and permissions of the file and folder." in outcome.err


# ---- a full disk ----


def test_a_full_disk_loses_nothing_that_was_there(alice: Favsync) -> None:
    """A transaction that does not fit is not saved in part; with room again, it is saved whole."""
    assert alice("add", "1", "2").code == 0
    before = rows(alice.database)
    many = [str(post_id) for post_id in range(3, 1003)]
    outcome = alice.process("add", *many, before=no_file_over(ROOM_TO_READ))
    assert (outcome.code, outcome.out) == (8, "")
    assert "What was saved before is kept" in outcome.err
    assert rows(alice.database) == before
    assert alice("add", *many).err == "alice: 1,000 posts queued to be added.\n"


def test_a_disk_without_any_room_is_no_mistake_of_favsyncs(alice: Favsync) -> None:
    """Even reading needs a little room beside the database: exit code 8, and nothing changed."""
    before = rows(alice.database)
    for command in (["status"], ["add", "5"], ["queue", "list"]):
        outcome = alice.process(*command, before=no_file_over(4096))
        assert (outcome.code, outcome.out) == (8, "")
        assert "The disk has no room" in outcome.err
    assert rows(alice.database) == before


def test_a_first_account_that_did_not_fit_leaves_no_key(favsync: Favsync, site: Site) -> None:
    """And can be added when there is room."""
    arguments = ["account", "add", "alice", "--site", site.url, "--username", "alice", "--api-key-stdin"]
    outcome = favsync.process(*arguments, stdin=KEY, before=no_file_over(ROOM_TO_READ))
    assert (outcome.code, outcome.out) == (8, "")
    assert "The disk has no room" in outcome.err
    assert not favsync.key_file.exists()
    assert favsync("status").code == 2
    assert favsync(*arguments, stdin=KEY).code == 0


def test_a_key_that_did_not_fit_leaves_no_account(favsync: Favsync, site: Site) -> None:
    """The key comes first: without it there is no account, and no half of a file."""
    arguments = ["account", "add", "alice", "--site", site.url, "--username", "alice", "--api-key-stdin"]
    outcome = favsync.process(*arguments, stdin=KEY, before=no_file_over(10))
    assert outcome.code == 2
    assert outcome.err == f"favsync: The key file {favsync.key_file} cannot be written: File too large.\n"
    assert favsync.files() == []


MUCH_TO_SORT = """
WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t LIMIT 100000)
SELECT count(*) FROM (SELECT n FROM t ORDER BY hex(randomblob(100)) LIMIT 100000)
"""


def test_a_full_temporary_folder_is_not_a_full_database(alice: Favsync) -> None:
    """What a query sorts on the disk does not fit there: that folder is named, with exit code 2."""
    assert alice("query", MUCH_TO_SORT).code == 0
    outcome = alice.process("query", MUCH_TO_SORT, before=no_file_over(ROOM_TO_READ))
    assert (outcome.code, outcome.out) == (2, "")
    assert "The folder for temporary files, " in outcome.err
    assert "The database is not touched by that." in outcome.err
