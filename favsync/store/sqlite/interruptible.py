"""Connections to SQLite whose statements a signal breaks off: Python hears one only between two of its own steps."""

import sqlite3
import weakref
from contextlib import suppress
from typing import Any

from favsync import interruption


class Interruptible(sqlite3.Connection):
    """What `sqlite3.connect` is to make wherever a statement may take long: `factory=Interruptible`."""

    def __init__(self, *args: Any, **options: Any) -> None:
        super().__init__(*args, **options)
        # By its number: a set of references could not be looked through by one thread while another opens a connection.
        number = id(self)
        _open[number] = weakref.ref(self, lambda _: _open.pop(number, None))

    def close(self) -> None:
        """Undo what is open, and close. SQLAlchemy closes a connection that an interrupt came upon.

        SQLite would keep it as it is until the last of its statements is let go, and the traceback holds on to one:
        then the transaction would lock the database for this process, too.
        """
        with suppress(sqlite3.Error):
            self.rollback()
        super().close()


_open: dict[int, "weakref.ref[Interruptible]"] = {}


def _stop_all() -> None:
    for reference in list(_open.values()):
        if (connection := reference()) is not None:
            with suppress(sqlite3.Error):  # it was closed
                connection.interrupt()


interruption.stop_with(_stop_all)
