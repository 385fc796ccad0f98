"""A process that kills itself with SIGKILL right before or right after its Nth commit."""

import os
import signal

from sqlalchemy import Connection
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry


class Executioner:
    """Counts the commits of all writing connections."""

    def __init__(self, moment: str, number: int) -> None:
        self.moment = moment
        self.number = number
        self.commits = 0
        self.just_committed = False

    def before_commit(self, connection: Connection) -> None:
        """Run before SQLAlchemy hands COMMIT to SQLite."""
        if connection.exec_driver_sql("PRAGMA query_only").scalar():
            return
        self.commits += 1
        self.just_committed = True
        if self.moment == "before" and self.commits == self.number:
            os.kill(os.getpid(), signal.SIGKILL)

    def after_commit(self, _connection: DBAPIConnection, _record: ConnectionPoolEntry) -> None:
        """Run when the connection goes back to its pool: the first moment after a COMMIT."""
        if self.moment == "after" and self.just_committed and self.commits == self.number:
            os.kill(os.getpid(), signal.SIGKILL)
        self.just_committed = False
