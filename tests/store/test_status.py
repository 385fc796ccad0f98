"""What `favsync status` reads, without SQLAlchemy."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from favsync.core.plan import Addition, PullPlan
from favsync.errors import DatabaseTooNew, NotADatabase
from favsync.model import Account, Action, OperationOutcome, OperationState, RunEnd, RunKind, RunOutcome
from favsync.store import plain_statements
from favsync.store.accounts import save_account_facts
from favsync.store.database import Database
from favsync.store.favorites import save_pull
from favsync.store.operations import queue_operation, resolve_operation
from favsync.store.runs import finish_run, start_run
from favsync.store.sites import save_site_url
from favsync.store.sqlite.connect import connect
from favsync.store.status import AccountStatus, LastRun, Status, load_status
from tests.store.child import run_child
from tests.store.plain_statements import PATH, STATEMENTS, written
from tests.store.samples import AT, LATER, bare_posts, new_account


def test_before_there_is_a_database_there_is_nothing_in_it(path: Path) -> None:
    """To ask makes no file."""
    assert load_status(path) == Status(path, None, ())
    assert not path.exists()


def test_each_account_is_counted(database: Database, account: Account, path: Path) -> None:
    """Favorites, operations that wait and that failed, and the newest run."""
    with database.write() as conn:
        save_site_url(conn, "https://site.example", at=AT)
        new_account(conn, "bob")
        run_id = bare_posts(conn, account.id, [1, 2])
        added = tuple(Addition(post_id, post_id, True, "listed") for post_id in (2, 1))
        save_pull(conn, account.id, PullPlan(added, total=2), run_id=run_id, at=AT)
        _, refused, done = (queue_operation(conn, account.id, n, Action.ADD, at=AT) for n in (1, 2, 3))
        for operation, state in ((refused, OperationState.FAILED), (done, OperationState.DONE)):
            resolve_operation(
                conn, operation.id, state=state, outcome=OperationOutcome.REFUSED, reason="no", run_id=run_id, at=AT
            )
        record = RunEnd(LATER, RunOutcome.COMPLETE, requests=4, pages_read=1, total=2, added=2, moved=3, changed=5)
        finish_run(conn, run_id, record)
    last = LastRun(run_id, "full", AT, LATER, "complete", None, 4, 1, 2, 2, 0, 3, 5)
    assert load_status(path) == Status(
        path,
        "https://site.example",
        (AccountStatus("alice", "alice", 2, 1, 1, None, last), AccountStatus("bob", "bob", 0, 0, 0, None, None)),
    )


def test_a_good_run_is_one_that_proved_the_list(database: Database, account: Account, path: Path) -> None:
    """One that only pushed proved nothing, nor did one that failed; of those that did, the newest counts."""

    def last_good_run_at() -> str | None:
        return load_status(path).accounts[0].last_good_run_at

    def save(outcome: RunOutcome, at: str, evidence: str | None) -> None:
        with database.write() as conn:
            run_id = start_run(conn, account.id, kind=RunKind.INCREMENTAL, at=AT)
            finish_run(conn, run_id, RunEnd(at, outcome, evidence=evidence))

    save(RunOutcome.COMPLETE, "2026-01-01T00:00:00.000Z", None)
    save(RunOutcome.INCOMPLETE, "2026-01-02T00:00:00.000Z", "{}")
    save(RunOutcome.REFUSED, "2026-01-03T00:00:00.000Z", "{}")
    assert last_good_run_at() is None
    save(RunOutcome.COMPLETE, "2030-01-04T00:00:00.000Z", "{}")
    save(RunOutcome.COMPLETE, "2026-01-05T00:00:00.000Z", "{}")
    save(RunOutcome.FAILED, "2026-01-06T00:00:00.000Z", None)
    save(RunOutcome.COMPLETE, "2026-01-07T00:00:00.000Z", None)
    assert last_good_run_at() == "2026-01-05T00:00:00.000Z"  # and not the one of a day when the clock was wrong


def test_a_status_is_read_while_another_process_writes(database: Database, account: Account, path: Path) -> None:
    """It shows what was last committed, and waits for nobody."""
    with database.write() as conn:
        save_account_facts(conn, account.id, username="changed")
        assert [shown.username for shown in load_status(path).accounts] == ["alice"]


def test_a_status_needs_no_sqlalchemy(database: Database, account: Account) -> None:
    """Importing it would cost more than all the rest of the command."""
    code = """
import sys
from pathlib import Path
from favsync.store.status import load_status
print(load_status(Path(sys.argv[1])).accounts[0].name, "sqlalchemy" in sys.modules)
"""
    assert run_child(code, database.path) == f"{account.name} False"


def test_an_older_database_is_upgraded_first(path: Path) -> None:
    """A file without any schema is the oldest there is."""
    path.parent.mkdir()
    path.touch(0o600)
    assert load_status(path) == Status(path, None, ())
    with closing(sqlite3.connect(path)) as connection:
        assert connection.execute("SELECT count(*) FROM accounts").fetchone() == (0,)


def test_a_newer_database_is_refused(path: Path) -> None:
    """Its counts may mean something else by then."""
    Database.open(path).close()
    with closing(sqlite3.connect(path, isolation_level=None)) as connection:
        connection.execute("UPDATE alembic_version SET version_num = '9999'")
    with pytest.raises(DatabaseTooNew):
        load_status(path)


def test_what_is_no_database_is_said(path: Path) -> None:
    """As when it is opened for more."""
    path.parent.mkdir()
    path.write_bytes(b"no database at all" * 99)
    with pytest.raises(NotADatabase):
        load_status(path)


def test_the_statements_without_sqlalchemy_are_written_from_the_one_declaration() -> None:
    """A column that changes there changes here, or this fails: `python -m tests.store.plain_statements` writes it."""
    assert PATH.read_text() == written()


@pytest.mark.usefixtures("database")
def test_a_statement_without_sqlalchemy_takes_an_account_at_most(path: Path) -> None:
    """Each runs on a database of today's schema, with the number of an account where it asks for one."""
    with closing(connect(path, writable=False)) as connection:
        for name in STATEMENTS:
            text: str = getattr(plain_statements, name)
            connection.execute(text, (1,) * text.count("?")).fetchall()
            assert text.count("?") == (name in {"LAST_RUN", "LAST_GOOD_RUN"})
