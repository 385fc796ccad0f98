"""A connection that an interrupt came upon, wherever that was: it holds nobody up."""

import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from types import FrameType
from typing import Any

import pytest

from favsync.store.database import Database
from favsync.store.sqlite.interruptible import Interruptible

ROOT = Path(__file__).parents[2]

MODULES = ("/contextlib.py", "/store/database.py", "/sqlalchemy/engine/base.py")
"""Whose lines a transaction goes through: the interrupt comes at each of them."""


def test_a_closed_connection_locks_nothing_though_a_statement_is_held(tmp_path: Path) -> None:
    """SQLite would keep the transaction, and its lock, until the statement that a traceback holds is let go."""
    path = tmp_path / "some.db"
    interrupted = sqlite3.connect(path, isolation_level=None, factory=Interruptible)
    interrupted.execute("CREATE TABLE t(n)")
    interrupted.execute("BEGIN IMMEDIATE")
    interrupted.execute("INSERT INTO t VALUES (1), (2)")
    held = interrupted.execute("SELECT n FROM t")
    assert held.fetchone() == (1,)
    interrupted.close()
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other:
        other.execute("BEGIN IMMEDIATE")
        assert other.execute("SELECT count(*) FROM t").fetchone() == (0,)
    del held


class Interrupt:
    """Raises KeyboardInterrupt at the Nth line of those modules, as the handler of a signal may at any line."""

    def __init__(self, number: int) -> None:
        self.number = number
        self.has_come = False

    def trace(self, frame: FrameType, event: str, _: Any) -> Any:
        """Count the lines."""
        if not any(module in frame.f_code.co_filename for module in MODULES):
            return None
        if event == "line":
            self.number -= 1
            if self.number == 0:
                sys.settrace(None)
                self.has_come = True
                raise KeyboardInterrupt
        return self.trace

    @contextmanager
    def coming(self) -> Iterator[None]:
        """Let it come in the block."""
        try:
            sys.settrace(self.trace)
            yield
        finally:
            sys.settrace(None)


@pytest.mark.slow
def test_wherever_a_transaction_is_interrupted_it_is_undone_and_locks_nothing(tmp_path: Path) -> None:
    """At every line of it, while the exception and what it came upon are still there.

    In a process that nothing else traces: what measures the coverage of this one would not survive it.
    """
    path = tmp_path / "some.db"
    Database.open(path).close()
    code = "import sys; from tests.store.test_interruptible import interrupt_at_every_line as sweep; sweep(sys.argv[1])"
    done = subprocess.run([sys.executable, "-c", code, path], cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    lines, held = map(int, done.stdout.split())
    assert lines > 200
    assert held  # some lines leave the transaction to `abandon`


def interrupt_at_every_line(name: str) -> None:
    """Print how many lines a transaction has, and how many of them leave it open when an interrupt comes there."""
    path, held = Path(name), 0
    with closing(sqlite3.connect(path, isolation_level=None, timeout=0)) as other:
        for number in range(1, 10_000):
            database = Database(path, busy_timeout=0)
            error: BaseException | None = None
            interrupt = Interrupt(number)
            try:
                with interrupt.coming(), database.write() as conn:
                    rows = "INSERT INTO tags(name, category) VALUES ('a', 'general'), ('b', 'general') RETURNING id"
                    conn.exec_driver_sql(rows).first()
                    conn.exec_driver_sql("SELECT id FROM tags").first()
            # SQLAlchemy stumbles over what was left half done.
            except (KeyboardInterrupt, AttributeError, AssertionError) as exc:
                error = exc  # its traceback holds on to all that was at work
            held += _locks(database)
            database.abandon()
            other.execute("DELETE FROM tags")  # at once, or it fails
            database.close()
            if not interrupt.has_come:
                break
            assert error is not None
    sys.stdout.write(f"{number} {held}\n")


def _locks(database: Database) -> bool:
    for raw in database._writing:
        with suppress(sqlite3.ProgrammingError):  # it is closed
            if raw.in_transaction:
                return True
    return False
