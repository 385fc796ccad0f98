"""The way from a command to the database, to the accounts in it, to their keys and to their site."""

import time
from collections.abc import Iterable, Sequence

from sqlalchemy import Connection

from favsync.addresses import is_loopback
from favsync.cli.invocation import Invocation
from favsync.config.keys import KeyPlace, KeyStore
from favsync.errors import FavsyncError, NoAccounts, UsageError
from favsync.model import Account
from favsync.private_paths import is_there
from favsync.site.e621.client import Login, SiteClient
from favsync.site.http.pacing import Pacing
from favsync.store.accounts import load_account, load_accounts
from favsync.store.database import Database
from favsync.store.sites import load_site_url
from favsync.store.sqlite.connect import database_of
from favsync.store.sqlite.upgrade import driver_connection


def open_database(invocation: Invocation) -> Database:
    """Open the database that is there. Raises NoAccounts when there is none, and DatabaseTrouble."""
    if not is_there(invocation.settings.database):
        raise NoAccounts(invocation.settings.database)
    return Database.open(invocation.settings.database, create=False)


def require_site_url(conn: Connection) -> str:
    """The site that the database belongs to. Raises NoAccounts when it belongs to none yet."""
    url = load_site_url(conn)
    if url is None:
        raise NoAccounts(database_of(driver_connection(conn)))
    return url


def choose_account(conn: Connection, name: str | None, *, say: str = "--account NAME") -> Account:
    """The account of that name; for None the only one. `say` is how the command at hand is told which.

    Raises NoSuchAccount, NoAccounts, and UsageError when several could be meant.
    """
    if name is not None:
        return load_account(conn, name)
    accounts = load_accounts(conn)
    if not accounts:
        raise NoAccounts(database_of(driver_connection(conn)))
    if len(accounts) > 1:
        names = ", ".join(account.name for account in accounts)
        raise UsageError(f"There are several accounts ({names}). Say which one: {say}")
    return accounts[0]


def choose_accounts(conn: Connection, names: Sequence[str]) -> list[Account]:
    """The accounts of those names, each once; without names all. Raises NoSuchAccount and NoAccounts."""
    if not names:
        accounts = load_accounts(conn)
        if not accounts:
            raise NoAccounts(database_of(driver_connection(conn)))
        return accounts
    return list({account.id: account for account in (load_account(conn, name) for name in names)}.values())


def key_store(invocation: Invocation) -> KeyStore:
    """Where this user's API keys are."""
    settings = invocation.settings
    return KeyStore(settings.key_file, keyring_allowed=settings.use_keyring)


def find_key(invocation: Invocation, username: str, site_url: str) -> KeyPlace | None:
    """Where the key of a user is; None: nowhere. One that others could read is said on stderr. Raises ConfigInvalid."""
    location = key_store(invocation).find_place(username, site_url)
    if location.notice:
        invocation.console.warn(location.notice)
    return location.place


def connect(
    invocation: Invocation, site_url: str, *, login: Login | None, user: str, pacing: Pacing | None = None
) -> SiteClient:
    """A client of the site. `user` is named in the User-Agent; `pacing` is that of another client of the same site."""
    settings = invocation.settings
    return SiteClient(
        site_url,
        login=login,
        user=user,
        request_interval=settings.request_interval,
        timeout=settings.timeout,
        retry_for=settings.retry_for,
        pacing=pacing,
        on_wait=invocation.waiting,
    )


def pacing_of(invocation: Invocation, site_url: str) -> Pacing:
    """One pace for all the clients of a site."""
    interval = invocation.settings.request_interval
    return Pacing(interval, is_loopback=is_loopback(site_url), clock=time.monotonic, sleep=time.sleep)


def read_keys(invocation: Invocation, accounts: Iterable[Account], site_url: str) -> None:
    """Read the keys of accounts, before a lock is taken: somebody may first have to unlock something.

    Why one cannot be read is raised where it is wanted.
    """
    for account in accounts:
        if not account.is_public and account.username not in invocation.keys:
            try:
                invocation.keys[account.username] = key_store(invocation).load_key(account.username, site_url)
            except FavsyncError as exc:
                invocation.keys[account.username] = exc


def connect_account(invocation: Invocation, account: Account, site_url: str, pacing: Pacing) -> SiteClient:
    """A client that asks as the account's user, or as nobody when it is public.

    `pacing` is one for all the accounts that are asked about. A key that others could read is said on stderr.
    Raises KeyMissing and ConfigInvalid.
    """
    login = None
    if not account.is_public:
        read_keys(invocation, [account], site_url)
        found = invocation.keys[account.username]
        if isinstance(found, FavsyncError):
            raise found
        if found.notice:
            invocation.console.warn(found.notice)
        login = Login(account.username, found.key.reveal())
    return connect(invocation, site_url, login=login, user=account.username, pacing=pacing)


def anonymous_like(invocation: Invocation, client: SiteClient, user: str) -> SiteClient:
    """A client of the same site without a key, that keeps one pace with `client`."""
    return connect(invocation, client.url, login=None, user=user, pacing=client.pacing)
