"""Databases of every released schema, as their users have them, are brought to the present one.

To add the next: write the migration, raise `sqlite.HEAD`, and run `python -m tests.store.schemas.make` once.
"""

import gzip
from contextlib import closing
from pathlib import Path

import pytest
from alembic.script import ScriptDirectory

from favsync.errors import FavsyncError
from favsync.model import Action, OperationState
from favsync.store.accounts import load_account, load_accounts
from favsync.store.checkpoints import load_steps
from favsync.store.database import Database
from favsync.store.favorites import load_favorites
from favsync.store.history import load_list_as_of
from favsync.store.operations import load_operations, load_pending, load_unnoticed
from favsync.store.posts.payload_codec import Packer
from favsync.store.posts.saving import load_unasked_deletions
from favsync.store.sites import load_site_url
from favsync.store.sqlite import connect as sqlite
from favsync.store.sqlite.upgrade import find_migrations
from tests.store.conftest import text_index_complaint
from tests.store.schemas.make import FOLDER

KEPT = sorted(file.name.removesuffix(".db.gz") for file in FOLDER.glob("*.db.gz"))


@pytest.fixture(params=KEPT)
def old(request: pytest.FixtureRequest, path: Path) -> Path:
    """A database as a release left it."""
    path.parent.mkdir()
    path.write_bytes(gzip.decompress((FOLDER / f"{request.param}.db.gz").read_bytes()))
    return path


def test_a_database_of_each_revision_is_kept() -> None:
    """A new migration comes with a database to be upgraded by the one after it."""
    assert sorted(script.revision for script in ScriptDirectory(str(find_migrations())).walk_revisions()) == KEPT


def test_an_old_database_has_its_revision(old: Path, request: pytest.FixtureRequest) -> None:
    """What is kept was not upgraded by mistake."""
    with closing(sqlite.connect(old, writable=False)) as connection:
        assert sqlite.load_revision(connection, old) == request.node.callspec.params["old"]


def test_an_old_database_gets_the_present_schema(old: Path, tmp_path: Path, request: pytest.FixtureRequest) -> None:
    """The same tables, views and indexes as in a new one, and the copy from before beside it."""

    def schema(path: Path) -> set[tuple[str, str]]:
        with closing(sqlite.connect(path, writable=False)) as connection:
            return set(connection.execute("SELECT name, sql FROM sqlite_master WHERE sql IS NOT NULL"))

    was_older = request.node.callspec.params["old"] != sqlite.HEAD
    Database.open(old).close()
    Database.open(tmp_path / "new.db").close()
    assert schema(old) == schema(tmp_path / "new.db")
    assert old.with_name(f"{old.name}.before-{sqlite.HEAD}.bak").exists() == was_older


def test_an_old_database_keeps_what_it_had(old: Path) -> None:
    """Lists with their order, events, queue, runs, payloads and texts come through."""
    with Database.open(old) as database, database.read() as conn:
        assert load_site_url(conn) == "https://site.example"
        assert [account.name for account in load_accounts(conn)] == ["alice", "Bob"]
        alice, bob = load_account(conn, "alice"), load_account(conn, "bob")
        order = [favorite.post_id for favorite in load_favorites(conn, alice.id)]
        assert order == [101, 500, *(post_id for post_id in range(130, 101, -1) if post_id not in {105, 110})]
        assert [operation.post_id for operation in load_pending(conn, alice.id)] == [700, 800]
        assert len(load_operations(conn, alice.id, states=[OperationState.SUPERSEDED, OperationState.FAILED])) == 2
        assert load_unnoticed(conn, alice.id) == {500: Action.ADD}
        assert [step.question for step in load_steps(conn, bob.id)] == ["page 1"]
        assert conn.exec_driver_sql("SELECT count(*) FROM favorite_history").scalar_one() == 33
        first = load_list_as_of(conn, alice.id, 1)
        # Where 101 stood before it was placed, schema 0001 did not write down.
        assert [post_id for post_id in first if post_id != 101] == list(range(130, 101, -1))
        assert 101 in first
        assert load_list_as_of(conn, alice.id, 2) == order
        assert conn.exec_driver_sql("SELECT payload(120) ->> '$.id'").scalar_one() == 120
        assert conn.exec_driver_sql("SELECT is_destroyed FROM posts WHERE id = 105").scalar_one() == 1
        assert conn.exec_driver_sql("SELECT DISTINCT shape FROM payloads").scalars().all() == ["v1"]
        assert conn.exec_driver_sql("PRAGMA integrity_check").scalar_one() == "ok"
        assert conn.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    with Database.open(old) as database:
        assert text_index_complaint(database) is None


def test_an_old_database_knows_which_deletions_it_has_not_asked_about(
    old: Path, request: pytest.FixtureRequest
) -> None:
    """Reasons came with schema 0004: what it kept stays, and nothing that it asked for is asked for again."""
    with Database.open(old) as database, database.read() as conn:
        kept = conn.exec_driver_sql("SELECT id, deletion_reason FROM posts WHERE is_deleted ORDER BY id").all()
        assert load_unasked_deletions(conn, 10) == []
    had_reasons = request.node.callspec.params["old"] >= "0004"
    assert kept == ([(107, "Inferior version"), (108, None)] if had_reasons else [])


def test_an_old_database_learns_from_its_payloads_which_posts_have_children(path: Path) -> None:
    """In both shapes; a payload that cannot be read, or does not say, makes it unknown and stops nothing."""
    path.parent.mkdir()
    path.write_bytes(gzip.decompress((FOLDER / "0004.db.gz").read_bytes()))
    reported = {
        120: ("v1", b'{"relationships":{"has_children":true}}'),
        121: ("v2", b'{"has":{"children":true},"relationships":{}}'),
        122: ("v2", b'{"relationships":{"has_children":true}}'),
        123: ("v1", b'{"relationships":{"has_children":"yes"}}'),
        124: ("v1", b'{"relationships":'),
        125: ("other", b'{"relationships":{"has_children":true}}'),
    }
    with closing(sqlite.connect(path, writable=True)) as connection:
        for post_id, (shape, payload) in reported.items():
            (dictionary,) = connection.execute(
                "SELECT content FROM payload_dictionaries JOIN payloads ON dictionary_id = payload_dictionaries.id"
                " WHERE post_id = ?",
                (post_id,),
            ).fetchone()
            row = (Packer(dictionary).pack(payload), shape, post_id)
            connection.execute("UPDATE payloads SET data = ?, shape = ? WHERE post_id = ?", row)
        connection.execute("UPDATE payloads SET data = zeroblob(9) WHERE post_id = 126")
    with Database.open(path) as database, database.read() as conn:
        rows = conn.exec_driver_sql("SELECT id, has_children FROM posts WHERE id BETWEEN 119 AND 127 ORDER BY id").all()
        assert conn.exec_driver_sql("SELECT has_children FROM posts WHERE id = 500").scalar_one() is None
    assert [has_children for _, has_children in rows] == [0, 1, 1, 1, None, None, None, None, 0]


def test_an_upgraded_database_takes_what_the_old_one_refused(old: Path) -> None:
    """A removal of which nobody can say whose it was has a reason of its own, and no other word passes."""
    write = "UPDATE favorite_events SET reason = '{}' WHERE id = 1"
    with Database.open(old) as database:
        with database.write() as conn:
            conn.exec_driver_sql(write.format("unknown"))
        # A check finds faults in these databases, so that it may be said that they are damaged.
        with pytest.raises(FavsyncError, match=r"refused a statement|is damaged"), database.write() as conn:
            conn.exec_driver_sql(write.format("surmised"))
