"""Databases that somebody made to hurt whoever opens them: refused or bounded, wherever one can be given."""

import sqlite3
import zlib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest

from favsync.store.models import Base
from favsync.store.posts.payload_codec import LONGEST_PAYLOAD
from favsync.store.sqlite.connect import TABLES
from favsync.store.sqlite.user_sql import _OURS
from favsync.store.views import FTS
from tests.cli.conftest import Favsync

ENDLESS = "WITH RECURSIVE t(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM t) SELECT"
DAMAGED = 8


def change(path: Path, *statements: str) -> None:
    """Change a database behind favsync's back."""
    with closing(sqlite3.connect(path, isolation_level=None)) as database:
        database.execute("PRAGMA legacy_alter_table = ON")
        for statement in statements:
            database.execute(statement)


@pytest.fixture
def given(alice: Favsync, tmp_path: Path) -> Path:
    """A database that somebody gives: a copy of the one with a list in it."""
    assert alice("sync").code == 0
    file = tmp_path / "given.db"
    assert alice("backup", "create", str(file.parent / "made"), "--json").code == 0
    (made,) = (file.parent / "made").iterdir()
    made.rename(file)
    return file


def test_the_tables_are_those_of_the_models() -> None:
    """What is known without SQLAlchemy is what SQLAlchemy knows."""
    assert {*Base.metadata.tables, "alembic_version"} == TABLES
    assert {index.name for index in FTS} == set(_OURS)


@pytest.mark.parametrize("table", sorted(TABLES))
def test_a_table_that_is_an_endless_view_is_refused(alice: Favsync, given: Path, table: str) -> None:
    """Whatever opens it ends at once, and says that it is damaged; the database in use, and a file that is given."""
    columns = {"alembic_version": "'0003' AS version_num"}.get(table, "n AS id, n AS name, n AS url, n AS post_id")
    change(given, f"DROP TABLE {table}", f"CREATE VIEW {table} AS {ENDLESS} {columns} FROM t")
    said = f"{table} should be a table, and is not"
    for command in (
        ["--database", str(given), "status"],
        ["--database", str(given), "query", "SELECT 1"],
        ["--database", str(given), "add", "5"],
        ["restore", "--from", str(given), "--dry-run"],
        ["backup", "verify", str(given)],
    ):
        outcome = alice(*command)
        assert (outcome.code, said in outcome.err) == (DAMAGED, True), (command, outcome)
    assert alice("--database", str(given), "check").code == DAMAGED


def test_the_tab_key_ends_too(alice: Favsync, given: Path) -> None:
    """Names of accounts are looked for within a second, and then none is offered."""
    change(given, "DROP TABLE accounts", f"CREATE VIEW accounts AS {ENDLESS} n AS id, n AS name FROM t")
    words = f"favsync --database {given} status "
    asked = {"_FAVSYNC_COMPLETE": "bash_complete", "COMP_WORDS": words.replace("status", "sync"), "COMP_CWORD": "4"}
    outcome = Favsync(alice.home, alice.environ | asked).process()
    assert (outcome.code, outcome.out.strip()) == (0, "")


@pytest.mark.parametrize("kind", ["fts5(x)", "fts4(x)"])
def test_a_virtual_table_in_the_place_of_one_is_refused(alice: Favsync, given: Path, kind: str) -> None:
    """It is a program as well."""
    change(given, "DROP TABLE tags", f"CREATE VIRTUAL TABLE tags USING {kind}")
    assert alice("--database", str(given), "status").code == DAMAGED


def test_the_name_of_a_virtual_table_is_not_sql(alice: Favsync, given: Path) -> None:
    """A name that closes its quotes and goes on with an endless statement is never put into one."""
    name = f'x" WHERE (SELECT count(*) FROM ({ENDLESS} n FROM t)) > 0 --'  # noqa: S608 - that is what is tried
    change(given, f'CREATE VIRTUAL TABLE "{name.replace(chr(34), chr(34) * 2)}" USING fts5(a)')
    outcome = alice("--database", str(given), "query", "SELECT count(*) FROM favorites")
    assert (outcome.code, outcome.out.split()[-1]) == (0, "5")


def test_a_view_without_an_end_is_stopped(alice: Favsync, given: Path) -> None:
    """One of our views that became endless costs a question no more than the time that it may take."""
    change(given, "DROP VIEW favorite_posts", f"CREATE VIEW favorite_posts AS {ENDLESS} n FROM t")
    outcome = alice("--database", str(given), "query", "SELECT count(*) FROM favorite_posts", "--timeout", "0.2s")
    assert (outcome.code, "stopped after 0.2 seconds" in outcome.err) == (6, True)


def test_the_text_index_may_be_about_an_endless_view(alice: Favsync, given: Path) -> None:
    """A check does not read the index then: it has said that the view is wrong."""
    change(given, "DROP VIEW post_texts", f"CREATE VIEW post_texts AS {ENDLESS} n AS post_id, n AS tags FROM t")
    outcome = alice("--database", str(given), "check")
    assert (outcome.code, "[view-wrong]" in outcome.err + outcome.out) == (3, True)


def test_a_schema_of_another_format_is_damage(alice: Favsync, given: Path) -> None:
    """SQLite calls it an unsupported format, which is no mistake of favsync's."""
    with given.open("r+b") as file:
        file.seek(44)
        file.write((99).to_bytes(4, "big"))
    for command in (
        ["--database", str(given), "status"],
        ["--database", str(given), "add", "5"],
        ["restore", "--from", str(given), "--dry-run"],
        ["backup", "verify", str(given)],
        ["--database", str(given), "check"],
    ):
        outcome = alice(*command)
        assert (outcome.code, "mistake" in outcome.err + outcome.out) == (DAMAGED, False), (command, outcome)


@pytest.mark.parametrize(
    ("action", "command"),
    [("INSERT ON operations", ["add", "5"]), ("UPDATE ON operations", ["queue", "cancel", "--all"])],
)
def test_a_trigger_that_loads_an_extension_is_damage(
    alice: Favsync, given: Path, action: str, command: list[str]
) -> None:
    """SQLite refuses to run it; favsync makes no triggers, so it is the database that is to blame."""
    change(given, f"CREATE TRIGGER evil BEFORE {action} BEGIN SELECT load_extension('/tmp/evil.so'); END")
    assert alice("--database", str(given), "add", "6").code in {0, DAMAGED}
    outcome = alice("--database", str(given), *command)
    if action.startswith("INSERT"):
        assert outcome.code == DAMAGED
        assert "It has a trigger 'evil', and favsync makes none" in outcome.err


# ---- payloads that unpack to more than a machine has ----


def bomb(size: int) -> bytes:
    """A zlib stream of `size` zeros, which takes a thousandth of that."""
    stream = zlib.compressobj(9, zdict=b"x")
    return b"".join([*(stream.compress(bytes(2**20)) for _ in range(size // 2**20)), stream.flush()])


@pytest.fixture
def bombed(alice: Favsync) -> Favsync:
    """A database in which every payload unpacks to four times as much as one may."""
    assert alice("sync").code == 0
    with closing(sqlite3.connect(alice.database)) as database, database:
        database.execute("UPDATE payload_dictionaries SET content = x'78'")
        database.execute("UPDATE payloads SET data = ?", (bomb(4 * LONGEST_PAYLOAD),))
    return alice


@pytest.mark.parametrize(
    "command",
    [["check"], ["export"], ["query", "SELECT length(payload(id)) FROM posts"]],
    ids=lambda command: command[0],
)
def test_a_payload_is_unpacked_within_limits(bombed: Favsync, command: list[str]) -> None:
    """In two hundred megabytes of memory it is called damaged, which takes no gigabytes to find."""
    outcome = bombed.process(*command, before=_little_memory())
    assert outcome.code == DAMAGED, outcome.err
    assert "MemoryError" not in outcome.err
    assert "not enough memory" not in outcome.err


def _little_memory() -> Callable[[], None]:
    import resource  # noqa: PLC0415 - of the child alone

    limit = 1_000_000_000
    return lambda: resource.setrlimit(resource.RLIMIT_AS, (limit, limit))
