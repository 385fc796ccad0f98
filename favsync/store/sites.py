"""The one site that a database is about."""

from sqlalchemy import Connection, insert, select

from favsync.errors import NoAccounts, SiteMismatch
from favsync.store.sqlite.connect import database_of
from favsync.store.sqlite.upgrade import driver_connection
from favsync.store.tables import SITES


def load_site_url(conn: Connection) -> str | None:
    """Load the site's URL; None before the first account."""
    url: str | None = conn.execute(select(SITES.c.url)).scalar_one_or_none()
    return url


def save_site_url(conn: Connection, url: str, *, at: str) -> None:
    """Say which site the database is about, forever. Raises SiteMismatch when it is about another one already."""
    if (known := load_site_url(conn)) is None:
        conn.execute(insert(SITES).values(id=1, url=url, created_at=at))
    elif known != url:
        raise SiteMismatch(known, url)


def require_site_url(conn: Connection) -> str:
    """Load the site's URL. Raises NoAccounts when the database belongs to no site yet."""
    if (url := load_site_url(conn)) is None:
        raise NoAccounts(database_of(driver_connection(conn)))
    return url
