"""What can be done with the files of favorites: a part of `Library`, one method a command.

Each method opens what it needs and closes it again, and imports only what it needs: `status` must not pay for
SQLAlchemy.
"""

from __future__ import annotations

from favsync.app.lookups import Lookups


class LibraryFiles(Lookups):
    """The part of `Library` that is about files. Any method may raise NoAccounts, and the DatabaseTrouble family."""
