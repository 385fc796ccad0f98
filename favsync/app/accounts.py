"""Accounts: whether the site still knows them, and forgetting one here."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from favsync.app.site_access import SiteAccess
from favsync.app.sync.identity import identify_account
from favsync.app.sync.lock import RunLock
from favsync.core.names import same_name
from favsync.errors import FavsyncError
from favsync.model import Account, SiteUser
from favsync.store.accounts import choose_accounts, delete_account, load_account, load_accounts
from favsync.store.database import Database
from favsync.store.sites import require_site_url


@dataclass(frozen=True, slots=True)
class CheckedAccount:
    """What the site said about one account: the user, or why not."""

    account: Account
    answer: SiteUser | FavsyncError


def check_accounts(
    database: Database, access: Callable[[str], SiteAccess], names: Sequence[str]
) -> list[CheckedAccount]:
    """Ask the site about the accounts of those names, or all. Raises NoSuchAccount and NoAccounts."""
    with database.read() as conn:
        accounts, site = choose_accounts(conn, names), access(require_site_url(conn))
    pacing = site.pacing()
    checked = []
    for account in accounts:
        answer: SiteUser | FavsyncError
        try:
            with site.connect_account(account, pacing) as client:
                anonymous = partial(site.anonymous_like, client, account.username)
                answer = identify_account(client, account, anonymous=anonymous)
                if account.is_public:
                    # An empty list and a hidden one look alike; only this search tells them apart
                    # (docs/site-api.md, "Hidden lists").
                    client.fetch_favorites_by_id(answer.name, None)
        except FavsyncError as exc:
            answer = exc  # and the other accounts are asked too
        checked.append(CheckedAccount(account, answer))
    return checked


def forget_account(database: Database, access: Callable[[str], SiteAccess], name: str) -> None:
    """Delete an account with its list, history and queue, and its key where no other account has it.

    The listener is warned where the key could not be forgotten. Raises NoSuchAccount, AnotherRun, and ConfigInvalid.
    """
    with RunLock(database.path), database.write() as conn:
        known, site = load_account(conn, name), access(require_site_url(conn))
        shares_key = any(
            other.id != known.id and not other.is_public and same_name(other.username, known.username)
            for other in load_accounts(conn)
        )
        delete_account(conn, known.id)
    if not known.is_public and not shares_key:
        notice = site.keys.delete_key(known.username, site.url)
        if notice:
            site.listener.warn(notice)
