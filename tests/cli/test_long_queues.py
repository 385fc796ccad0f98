"""`favsync add`, `remove` and `queue` with thousands of changes: in parts, so that a sync that is running can write."""

import sqlite3
from collections.abc import Callable
from contextlib import AbstractContextManager, closing

import pytest
from sqlalchemy import Connection

from favsync.store.database import Database
from tests.cli.conftest import Favsync

Deed = Callable[[sqlite3.Connection], object]


@pytest.fixture
def meanwhile(alice: Favsync, monkeypatch: pytest.MonkeyPatch) -> list[Deed]:
    """Deeds of another program, done before each transaction of favsync, in one that does not wait for the lock."""
    deeds: list[Deed] = []
    write = Database.write

    def after_them(database: Database) -> AbstractContextManager[Connection]:
        with closing(sqlite3.connect(alice.database, timeout=0, isolation_level=None)) as other:
            other.execute("BEGIN IMMEDIATE")
            for deed in deeds:
                deed(other)
            other.execute("COMMIT")
        return write(database)

    monkeypatch.setattr(Database, "write", after_them)
    return deeds


@pytest.fixture
def waiting(meanwhile: list[Deed]) -> list[int]:
    """How many queued changes waited, as the other program saw it each time."""
    seen: list[int] = []
    question = "SELECT count(*) FROM operations WHERE state = 'pending'"
    meanwhile.append(lambda other: seen.append(other.execute(question).fetchone()[0]))
    return seen


def posts(number: int) -> str:
    return "\n".join(map(str, range(number, 0, -1)))


def change(favsync: Favsync, statement: str) -> None:
    """Let the queue be as a push would have left it."""
    with closing(sqlite3.connect(favsync.database)) as database, database:
        database.execute(statement)


def pending(favsync: Favsync) -> list[tuple[str, int]]:
    """Action and post of what waits, the oldest first."""
    with closing(sqlite3.connect(favsync.database)) as database:
        return database.execute("SELECT action, post_id FROM operations WHERE state = 'pending' ORDER BY id").fetchall()


def test_others_can_write_while_a_long_list_is_queued(alice: Favsync, waiting: list[int]) -> None:
    """The lock is given back after each thousand posts; they wait in the order in which they were named."""
    assert alice("add", "-", stdin=posts(2500)).err == "alice: 2,500 posts queued to be added.\n"
    assert waiting == [0, 1000, 2000]
    assert pending(alice) == [("add", post_id) for post_id in range(2500, 0, -1)]


def test_a_long_list_that_was_cut_off_is_queued_by_the_same_command_again(
    alice: Favsync, meanwhile: list[Deed], waiting: list[int]
) -> None:
    """What was saved is not queued twice; nothing is missing, and the order is that of the list."""

    def interrupt(_: sqlite3.Connection) -> None:
        if waiting[-1] == 1000:
            raise KeyboardInterrupt

    meanwhile.append(interrupt)
    assert alice("remove", "-", stdin=posts(2500)).code != 0
    meanwhile.remove(interrupt)
    assert len(pending(alice)) == 1000
    again = alice("remove", "-", stdin=posts(2500))
    assert again.err == "alice: 1,500 posts queued to be removed (1,000 had been already).\n"
    assert pending(alice) == [("remove", post_id) for post_id in range(2500, 0, -1)]


def test_a_long_list_that_is_damaged_at_its_end_queues_nothing(alice: Favsync, waiting: list[int]) -> None:
    """All of it is looked at before any of it is written."""
    assert alice("add", "-", stdin="post_id\n" + posts(1500) + '\n"1501').code == 2
    assert waiting == []


def test_others_can_write_while_a_long_queue_is_cancelled(
    alice: Favsync, meanwhile: list[Deed], waiting: list[int]
) -> None:
    """What a sync applies meanwhile is left alone, and that is said."""
    alice("add", "-", stdin=posts(2500))
    waiting.clear()
    meanwhile.append(lambda other: other.execute("UPDATE operations SET state = 'done' WHERE id = 1"))
    assert alice("queue", "cancel", "--all").err == "2,499 cancelled (1 left as they are: ended meanwhile).\n"
    assert waiting == [2500, 1499, 499]
    assert pending(alice) == []


def test_others_can_write_while_a_long_queue_is_tried_again(alice: Favsync, waiting: list[int]) -> None:
    """The lock is given back after each thousand queued changes."""
    alice("add", "-", stdin=posts(2500))
    change(alice, "UPDATE operations SET state = 'failed'")
    waiting.clear()
    assert alice("queue", "retry", "--all").err == "2,500 queued again.\n"
    assert waiting == [0, 1000, 2000]


def test_an_old_failure_is_not_sent_after_the_later_word(alice: Favsync, meanwhile: list[Deed]) -> None:
    """Of two queued changes for a post that failed the later goes, also when a sync is done with it before the end."""
    alice("add", "7")
    change(alice, "UPDATE operations SET state = 'failed'")
    alice("add", "-", stdin="\n".join(map(str, range(101, 1601))))
    alice("remove", "7")
    change(alice, "UPDATE operations SET state = 'failed'")
    meanwhile.append(lambda other: other.execute("UPDATE operations SET state = 'done' WHERE state = 'pending'"))
    outcome = alice("queue", "retry", "--all")
    assert outcome.err == "1,501 queued again (1 left alone: a later change for the same post is pending).\n"
    assert ("add", 7) not in pending(alice)


def test_queued_changes_named_one_by_one_are_changed_all_or_none(alice: Favsync, waiting: list[int]) -> None:
    """However many: what was cut off half way could not be said again, as half of it no longer waits."""
    alice("add", "-", stdin=posts(1500))
    ids = [str(operation_id) for operation_id in range(1, 1501)]
    waiting.clear()
    assert alice("queue", "cancel", *ids).err == "1,500 cancelled.\n"
    change(alice, "UPDATE operations SET state = 'failed'")
    assert alice("queue", "retry", *ids).err == "1,500 queued again.\n"
    assert waiting == [1500, 0]
