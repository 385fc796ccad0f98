"""`favsync check` on a database that has lived: one row, one event, one definition is damaged at a time."""

import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest

from favsync.app.check.parts import LocalCheck
from favsync.app.check.repair import repair
from favsync.errors import (
    DatabaseBusy,
    DatabaseReadOnly,
    DatabaseTooNew,
    FavsyncError,
    NoAccounts,
    NoSuchAccount,
    NotADatabase,
)
from favsync.store.check import repairs
from favsync.store.check.findings import KINDS, MOST_OF_A_KIND
from favsync.store.check.replay import Replay
from favsync.store.check.schema import fresh_schema
from favsync.store.database import Database
from favsync.store.history import load_list_as_of
from favsync.store.posts.payload_codec import Packer
from favsync.store.posts.payloads import digest_of
from tests.app.checking import codes_in, found_in, lived_in, look
from tests.app.damages import DAMAGES as OTHER_DAMAGES
from tests.app.damages import Damage, change, in_full
from tests.app.file_damages import FILE_DAMAGES

DAMAGES = {**OTHER_DAMAGES, **FILE_DAMAGES}


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A database with rows in every table, in which nothing is wrong."""
    return lived_in(tmp_path)


def ask(path: Path, question: str) -> list[tuple[object, ...]]:
    """Ask a database in SQL."""
    with closing(sqlite3.connect(path)) as connection:
        return connection.execute(in_full(question)).fetchall()


def everything(path: Path, *tables: str) -> dict[str, list[tuple[object, ...]]]:
    """Every row of these tables."""
    return {table: ask(path, f"SELECT * FROM {table} ORDER BY 1, 2") for table in tables}  # noqa: S608 - names of this test - named below


def test_nothing_is_wrong_with_a_database_that_has_lived(path: Path) -> None:
    """Syncs, changes of every ending, an interrupted scan, a list without its key: every part is looked at."""
    check = look(path)
    assert check.found.kept == []
    assert check.skipped == []
    assert check.accounts == [(1, "alice"), (2, "bob")]
    tables = [name for (name,) in ask(path, "SELECT name FROM sqlite_master WHERE type = 'table'")]
    assert [table for table in tables if not ask(path, f"SELECT 1 FROM {table} LIMIT 1")] == []  # noqa: S608 - names of this test - its own


@pytest.mark.parametrize("damage", DAMAGES.values(), ids=DAMAGES.keys())
def test_every_damage_is_found(path: Path, damage: Damage) -> None:
    """By its own code, with a place and a sentence; and whether it can be repaired is what --fix then does."""
    change(path, *damage.statements)
    found = [finding for finding in found_in(path) if finding.code == damage.code]
    assert found, codes_in(path)
    assert all(finding.place and finding.message.endswith((".", "check again.")) for finding in found)
    assert any(finding.is_repairable for finding in found) == damage.is_repaired


MENDED = {name: damage for name, damage in DAMAGES.items() if damage.is_repaired and not damage.is_left}
PROMISED = ("favorites", "favorite_events", "favorite_placements", "operations", "payloads", "runs", "files")


@pytest.mark.parametrize("damage", MENDED.values(), ids=MENDED.keys())
def test_what_can_be_repaired_is(path: Path, damage: Damage) -> None:
    """A second check finds nothing, and the list, the events and the queue are what they were before the damage."""
    whole = everything(path, *PROMISED)
    posts = everything(path, "posts", "post_sources", "post_pools")
    change(path, *damage.statements)
    damaged = path.read_bytes()
    copy = repair(look(path))
    assert found_in(path) == []
    after = everything(path, *PROMISED)
    if damage.code == "favorite-missing":  # where it stands is for the next sync to see
        placed = [(*row[:3], 1, *row[4:]) for row in after["favorites"]]
        assert placed == whole["favorites"]
        after["favorites"] = whole["favorites"]
    if damage.code == "wish-twice":
        states = ask(path, "SELECT state, outcome FROM operations ORDER BY id DESC LIMIT 2")
        assert states == [("pending", None), ("superseded", "replaced")]
        after["operations"] = whole["operations"]
    assert after == whole
    if damage.code in {"post-missing", "post-differs"}:
        assert _but_when_told(everything(path, "posts", "post_sources", "post_pools")) == _but_when_told(posts)
    if damage.code != "not-wal":
        assert copy is not None
        assert copy.stat().st_mode & 0o077 == 0
        assert codes_in(copy) >= {damage.code}, "the copy is from before"
    else:
        assert damaged != path.read_bytes()


def _but_when_told(tables: dict[str, list[tuple[object, ...]]]) -> dict[str, list[tuple[object, ...]]]:
    """Without `fetched_at` and `run_id` of posts: what was lost with a row cannot be known."""
    return tables | {"posts": [row[:-6] + row[-4:] for row in tables["posts"]]}


def test_every_kind_of_local_finding_is_tried_here() -> None:
    """A code that no damage leads to would be a promise that nobody holds."""
    remote = {"list-lacks", "list-has-gone", "list-order", "list-unproven"}
    remote |= {"post-not-told", "post-outdated", "post-differs-from-site"}
    elsewhere = {
        "keys-left",
        "open-to-others",
        "folder-writable",
        "file-damaged",
        "unreadable",
        "index-out-of-step",
        "schema-older",
        *("file-missing", "file-differs", "files-away"),
    }
    assert {damage.code for damage in DAMAGES.values()} == KINDS.keys() - remote - elsewhere


def test_sources_that_nobody_tells_any_more_are_kept(path: Path) -> None:
    """The payload could not be understood in that place: what stood there before stays, in the order that it has."""
    before = ask(path, "SELECT url FROM post_sources WHERE post_id = AN_ODD_POST ORDER BY position")
    change(path, *DAMAGES["the place of a source nobody tells"].statements)
    repair(look(path))
    assert found_in(path) == []
    after = ask(path, "SELECT url FROM post_sources WHERE post_id = AN_ODD_POST ORDER BY position")
    assert after == before[1:] + before[:1]


@pytest.mark.parametrize("payload", [b"[]", b'{"id":', b"7", b'{"id": 99999}', b"[" * 100_000])
def test_a_payload_that_is_no_post_is_damaged(path: Path, payload: bytes) -> None:
    """However whole it is; --fix lets the next full scan take it from the site again, and says so."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        (dictionary,) = connection.execute("SELECT content FROM payload_dictionaries").fetchone()
        packed = Packer(dictionary).pack(payload), digest_of(payload)
        connection.execute("UPDATE payloads SET data = ?, digest = ? WHERE post_id = 4", packed)
    assert [(finding.code, finding.is_repairable) for finding in found_in(path)] == [("payload-damaged", True)]
    repair(look(path))
    (finding,) = found_in(path)
    assert (finding.code, finding.is_repairable) == ("payload-damaged", False)
    assert finding.message.endswith("Run 'favsync sync --full' to fetch it again.")


def test_what_analyze_leaves_is_nobodys_business(path: Path) -> None:
    """People run it before they ask large questions."""
    change(path, "ANALYZE")
    assert found_in(path) == []


def test_a_repair_that_loses_something_is_undone(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The last thing that it does is to count."""
    change(path, "UPDATE posts SET score = 9 WHERE id = A_POST")
    before = everything(path, *PROMISED, "posts")
    counts = iter([(3, 3, 3, 3, 3), (3, 3, 2, 3, 3)])
    monkeypatch.setattr(repairs, "count_kept", lambda _conn: next(counts))  # no repair of favsync's does so
    with pytest.raises(FavsyncError, match="would have lost something"):
        repair(look(path))
    assert everything(path, *PROMISED, "posts") == before


def test_what_is_damaged_for_good_is_left_as_it_is(path: Path) -> None:
    """With a table missing nothing inside is touched, and no copy is made."""
    change(path, "DROP TABLE post_pools", "UPDATE posts SET score = 9 WHERE id = A_POST")
    before = path.read_bytes()
    found = look(path)
    assert repair(found) is None
    assert found.is_blocked
    assert path.read_bytes() == before


def test_a_favorite_is_not_put_back_where_the_history_is_in_doubt(path: Path) -> None:
    """The runs say otherwise than the events: who is right cannot be told."""
    change(path, "DELETE FROM favorites WHERE A_FAVORITE", "UPDATE runs SET total = total - 1 WHERE id = 2")
    before = everything(path, "favorites")
    assert [finding.is_repairable for finding in found_in(path) if finding.code == "favorite-missing"] == [False]
    change(
        path,
        "UPDATE posts SET score = 9 WHERE id = A_POST",
        "UPDATE favorites SET first_seen_at = '2024-01-02T04:00:00.000Z'",
    )
    repair(look(path))
    assert [row[:2] for row in everything(path, "favorites")["favorites"]] == [row[:2] for row in before["favorites"]]


def test_a_place_that_is_taken_is_not_given_twice(path: Path) -> None:
    """A favorite that is missing, and another with its key: neither is touched."""
    ((key,),) = ask(path, "SELECT sort_key FROM favorites WHERE A_FAVORITE")
    newest = "(SELECT max(post_id) FROM favorites WHERE account_id = 1)"
    other = f"UPDATE favorites SET sort_key = {key} WHERE account_id = 1 AND post_id = {newest}"  # noqa: S608 - names of this test - a number
    change(path, "DELETE FROM favorites WHERE A_FAVORITE", other)
    assert codes_in(path) == {"favorite-missing", "order-differs"}
    assert not look(path).found.can_be_repaired()


def test_an_index_that_lost_a_row_is_made_again(path: Path) -> None:
    """SQLite finds it, and the table is what counts."""
    index = "ix_operations_account_id_state"
    ((rootpage,),) = ask(path, f"SELECT rootpage FROM sqlite_master WHERE name = '{index}'")  # noqa: S608 - names of this test - as above
    sql = next(thing.sql for thing in fresh_schema() if thing.name == index)
    hide = f"DELETE FROM sqlite_master WHERE name = '{index}'"  # noqa: S608 - names of this test - as above
    show = f"INSERT INTO sqlite_master VALUES ('index', '{index}', 'operations', {rootpage}, '{sql}')"  # noqa: S608 - names of this test
    queued_change = (
        "INSERT INTO operations SELECT 99, 1, 30, action, state, outcome, reason, attempts, created_at, updated_at,"
    )
    queued_change += " settled_at, run_id, pushed_run_id, noticed_run_id FROM operations WHERE id = PENDING"
    change(path, "PRAGMA writable_schema = ON", hide)
    change(path, queued_change)
    change(path, "PRAGMA writable_schema = ON", show)
    assert codes_in(path) == {"index-out-of-step"}
    before = everything(path, *PROMISED)
    repair(look(path))
    assert found_in(path) == []
    assert everything(path, *PROMISED) == before


def test_the_replay_is_the_list_as_of_the_last_run(path: Path) -> None:
    """The check plays the history in its own way, and comes to what `restore` and the tests ask the database for."""
    with Database(path, busy_timeout=1) as database, database.read() as conn, closing(sqlite3.connect(path)) as raw:
        for account_id in (1, 2):
            replay = Replay(raw, account_id, "")
            assert list(replay.play()) == []
            order = sorted(replay.favorites, key=lambda post_id: -replay.favorites[post_id].sort_key)
            assert order == load_list_as_of(conn, account_id, 99)


def test_only_the_accounts_that_are_named_are_looked_at(path: Path) -> None:
    """Their history and queue; another name is said with those that there are."""
    change(path, "DELETE FROM favorite_events WHERE id = 1")
    assert look(path, names=["BOB"]).found.kept == []
    assert look(path, names=["bob", "Alice"]).found.has("run-counts")
    with pytest.raises(NoSuchAccount, match="alice, bob"):
        look(path, names=["carol"])


def test_what_is_not_favsyncs_is_not_looked_into(tmp_path: Path) -> None:
    """Another program's database, one of a newer favsync, an empty one: said as everywhere."""
    path = lived_in(tmp_path)
    change(path, "UPDATE alembic_version SET version_num = '9999'", "ALTER TABLE runs ADD COLUMN mood TEXT")
    with pytest.raises(DatabaseTooNew, match="9999"):
        look(path)
    other = tmp_path / "other.db"
    with closing(sqlite3.connect(other)) as connection:
        connection.execute("CREATE TABLE accounts (id)")
    with pytest.raises(NotADatabase, match="another program"):
        look(other)
    empty = tmp_path / "empty.db"
    empty.touch()
    with pytest.raises(NoAccounts):
        look(empty)
    with pytest.raises(DatabaseReadOnly):
        look(tmp_path / "none.db")


def test_one_damaged_dictionary_does_not_make_a_book(path: Path) -> None:
    """Of a kind the first hundred are kept, and the others counted; all of them are repaired."""
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        # sources of one post, each at a wrong place, would be one finding: it takes many posts
        for post_id in range(1000, 1000 + MOST_OF_A_KIND + 20):
            connection.execute("INSERT INTO post_pools (post_id, pool_id) VALUES (?, 1)", (post_id,))
    found = look(path).found
    assert found.number("post-missing") == MOST_OF_A_KIND + 20
    assert len([finding for finding in found.kept if finding.code == "post-missing"]) == MOST_OF_A_KIND
    repair(look(path))
    assert codes_in(path) == {"payload-missing"}, "the rows have their posts, of which nothing else is known"


def test_another_program_at_work_is_waited_for_and_then_said(path: Path) -> None:
    """The text index is asked in a transaction that writes; where another one does not end, that is no damage."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(DatabaseBusy):
            look(path)
        other.execute("ROLLBACK")


def test_a_clock_that_is_wrong_is_told_by_the_times(path: Path) -> None:
    """What was written down later than it is now."""
    check = LocalCheck(path, clock=lambda: datetime(2024, 1, 3, tzinfo=UTC))
    check.run()
    assert {finding.code for finding in check.found.kept} == {"clock-jumped"}
