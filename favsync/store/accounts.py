"""The accounts whose favorites are kept."""

from collections.abc import Sequence
from typing import Final

from sqlalchemy import Connection, delete, insert, select, update

from favsync.core.names import find_named, only_one, same_name
from favsync.errors import AccountExists, NoAccounts
from favsync.model import Account
from favsync.store.sqlite.connect import database_of
from favsync.store.sqlite.upgrade import driver_connection
from favsync.store.tables import (
    ACCOUNTS,
    FAVORITE_EVENTS,
    FAVORITE_PLACEMENTS,
    FAVORITES,
    OPERATIONS,
    READING_STEPS,
    RUNS,
)

_ACCOUNT: Final = ACCOUNTS.c
_COLUMNS: Final = (
    *(_ACCOUNT.id, _ACCOUNT.name, _ACCOUNT.username, _ACCOUNT.site_user_id),
    *(_ACCOUNT.is_public, _ACCOUNT.created_at, _ACCOUNT.count_drift),
)


def load_accounts(conn: Connection) -> list[Account]:
    """Load every account, in the order in which they were added."""
    return [Account(**row) for row in conn.execute(select(*_COLUMNS).order_by(_ACCOUNT.id)).mappings()]


def load_account(conn: Connection, name: str) -> Account:
    """Load the account of that local name, without regard to case. Raises NoSuchAccount."""
    return find_named(load_accounts(conn), name)[0]


def choose_account(conn: Connection, name: str | None) -> Account:
    """Load the account of that name; for None the only one.

    Raises NoSuchAccount, NoAccounts, and SeveralAccounts when several could be meant.
    """
    return only_one(choose_accounts(conn, () if name is None else (name,)))


def choose_accounts(conn: Connection, names: Sequence[str]) -> list[Account]:
    """Load the accounts of those names, each once; without names all. Raises NoSuchAccount and NoAccounts."""
    accounts = load_accounts(conn)
    if not names:
        if not accounts:
            raise NoAccounts(database_of(driver_connection(conn)))
        return accounts
    return list({account.id: account for account in (find_named(accounts, name)[0] for name in names)}.values())


def check_is_new(conn: Connection, name: str) -> None:
    """Raise AccountExists when an account has that name, in whatever case."""
    for account in load_accounts(conn):
        if same_name(account.name, name):
            raise AccountExists(account.name)


def save_account(conn: Connection, *, name: str, username: str, site_user_id: int, is_public: bool, at: str) -> Account:
    """Add an account. Raises AccountExists when its name is taken, in whatever case."""
    check_is_new(conn, name)
    conn.execute(
        insert(ACCOUNTS).values(
            name=name, username=username, site_user_id=site_user_id, is_public=is_public, created_at=at
        )
    )
    return load_account(conn, name)


def save_account_facts(
    conn: Connection,
    account_id: int,
    *,
    username: str | None = None,
    favorite_count: int | None = None,
    favorite_limit: int | None = None,
    count_drift: int | None = None,
) -> None:
    """Save what the site said about the account's user; None leaves what is known as it is."""
    facts = {"username": username, "favorite_count": favorite_count}
    facts |= {"favorite_limit": favorite_limit, "count_drift": count_drift}
    reported = {column: value for column, value in facts.items() if value is not None}
    if reported:
        conn.execute(update(ACCOUNTS).where(_ACCOUNT.id == account_id).values(reported))


def load_favorite_limit(conn: Connection, account_id: int) -> int | None:
    """Load how many favorites the account may have; None: the site did not say."""
    limit: int | None = conn.execute(select(_ACCOUNT.favorite_limit).where(_ACCOUNT.id == account_id)).scalar_one()
    return limit


def delete_account(conn: Connection, account_id: int) -> None:
    """Delete an account with its list, history and queue. The posts stay, and the runs that wrote them."""
    for table in (FAVORITES, FAVORITE_EVENTS, FAVORITE_PLACEMENTS, OPERATIONS, READING_STEPS):
        conn.execute(delete(table).where(table.c.account_id == account_id))
    conn.execute(update(RUNS).where(RUNS.c.account_id == account_id).values(account_id=None))
    conn.execute(delete(ACCOUNTS).where(_ACCOUNT.id == account_id))
