"""The program, killed with SIGKILL right before or right after its Nth commit: a process of its own, run by tests.

python -m tests.engine.killed before 7 ARGUMENTS…
"""

import os
import signal
import sys

from sqlalchemy import Connection, Engine, event
from sqlalchemy.engine.interfaces import DBAPIConnection
from sqlalchemy.pool import ConnectionPoolEntry, Pool

from favsync.cli.main import main


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


if __name__ == "__main__":
    executioner = Executioner(sys.argv[1], int(sys.argv[2]))
    event.listen(Engine, "commit", executioner.before_commit)
    event.listen(Pool, "checkin", executioner.after_commit)
    sys.argv[1:] = sys.argv[3:]
    sys.exit(main())
