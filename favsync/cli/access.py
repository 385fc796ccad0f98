"""The way from a command to the database and to its site, for commands that do not go through `Library` alone."""

from favsync.app.site_access import SiteAccess
from favsync.cli.invocation import Invocation
from favsync.errors import NoAccounts
from favsync.private_paths import is_there
from favsync.store.database import Database


def open_database(invocation: Invocation) -> Database:
    """Open the database that is there. Raises NoAccounts when there is none, and DatabaseTrouble."""
    if not is_there(invocation.settings.database):
        raise NoAccounts(invocation.settings.database)
    return Database.open(invocation.settings.database, create=False)


def site_access(invocation: Invocation, url: str) -> SiteAccess:
    """The way to the site at `url`, for the length of one command."""
    return SiteAccess(invocation.settings, invocation.library.listener, url)
