"""A connection that an interrupt came upon: closed, it holds nobody up."""

import sqlite3
from contextlib import closing
from pathlib import Path

from favsync.store.interruptible import Interruptible


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
