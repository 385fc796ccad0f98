"""A process that sends itself a signal: before or after its Nth commit, within its Nth statement, or at another moment.

`leaving` is where it leaves its Nth transaction, and an exception keeps SQLAlchemy from ending that. `step` is within
the Nth statement of whatever connection, with SQLAlchemy or without. `disk` is before the Nth change to files and
folders, of whatever thread, and `torn` right after it, or in the middle of it where bytes are written.
"""

import os
import sqlite3
import sys
from collections.abc import Callable
from threading import Lock
from types import FrameType
from typing import Any, Final

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, Pool

MOST_AFTER: Final = 30
"""Statements that may follow a signal that was heard: what closes the run, and what goes before that."""

DISK: Final = ("mkdir", "open", "write", "pwrite", "ftruncate", "utime", "fchmod", "fsync", "rename", "unlink")
"""What changes files and folders; `open` where it makes one."""

WENT_ON: Final = 98
"""The exit code of a process in which more of them follow."""


class Executioner:
    """Counts the commits, or the statements, of all writing connections."""

    def __init__(self, moment: str, number: int, signum: int) -> None:
        self.moment = moment
        self.number = number
        self.signum = signum
        self.counted = 0
        self.just_committed = False
        self.lock = Lock()

    def watch(self) -> None:
        """Begin to count."""
        if self.moment == "within":
            event.listen(Engine, "before_cursor_execute", self.before_statement)
            return
        if self.moment == "step":
            connect = sqlite3.connect
            setattr(sqlite3, "connect", lambda *given, **more: self.traced(connect(*given, **more)))  # noqa: B010 - mypy
            return
        if self.moment == "leaving":
            sys.settrace(self.trace)
            return
        if self.moment in {"disk", "torn"}:
            for name in DISK:
                setattr(os, name, self.stepped(name, getattr(os, name)))
            return
        event.listen(Engine, "commit", self.before_commit)
        event.listen(Pool, "checkin", self.after_commit)

    def before_commit(self, connection: Connection) -> None:
        """Run before SQLAlchemy hands COMMIT to SQLite."""
        if connection.exec_driver_sql("PRAGMA query_only").scalar():
            return
        self.counted += 1
        self.just_committed = True
        if self.moment == "before" and self.counted == self.number:
            os.kill(os.getpid(), self.signum)

    def after_commit(self, _connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        """Run when the connection goes back to its pool: the first moment after a COMMIT."""
        if self.moment == "after" and self.just_committed and self.counted == self.number:
            os.kill(os.getpid(), self.signum)
        self.just_committed = False

    def before_statement(self, connection: Connection, *_: Any) -> None:
        """Run before SQLAlchemy hands a statement to SQLite: the next step that SQLite makes is the moment."""
        raw = connection.connection.driver_connection
        assert isinstance(raw, sqlite3.Connection)
        self.counted += 1
        if self.counted > self.number + MOST_AFTER:
            os._exit(WENT_ON)
        if self.counted == self.number:
            raw.set_progress_handler(self.within_statement, 1)

    def within_statement(self) -> int:
        """Run by SQLite in the middle of a statement."""
        if self.counted == self.number:
            self.counted += 1
            os.kill(os.getpid(), self.signum)
        return 0

    def traced(self, connection: sqlite3.Connection) -> sqlite3.Connection:
        """Have the statements of a new connection counted."""
        connection.set_trace_callback(self.at_statement)
        return connection

    def at_statement(self, _: str) -> None:
        """Run by SQLite as a statement begins: what is raised here is dropped."""
        self.counted += 1
        if self.counted == self.number:
            os.kill(os.getpid(), self.signum)

    def stepped(self, name: str, step: Callable[..., Any]) -> Callable[..., Any]:
        """Make a function of the system's that changes the disk one of the steps that are counted."""

        def counted(*given: Any, **more: Any) -> Any:
            if name == "open" and not given[1] & os.O_CREAT:
                return step(*given, **more)
            with self.lock:
                self.counted += 1
                is_it = self.counted == self.number
                if is_it and self.moment == "disk":
                    os.kill(os.getpid(), self.signum)
                if is_it and name in {"write", "pwrite"}:
                    given = (given[0], given[1][: len(given[1]) // 2], *given[2:])
                result = step(*given, **more)
                if is_it:
                    os.kill(os.getpid(), self.signum)
            return result

        return counted

    def trace(self, frame: FrameType, event_: str, _: Any) -> Any:
        """Run by Python at each call: the exit of `Database.write` is the moment."""
        if event_ != "call" or frame.f_code.co_name != "__exit__" or "/contextlib." not in frame.f_code.co_filename:
            return None
        block = getattr(frame.f_locals.get("self"), "gen", None)
        if block is not None and block.gi_code.co_name == "write":
            self.counted += 1
            if self.counted == self.number:
                sys.settrace(None)
                os.kill(os.getpid(), self.signum)
        return None
