"""What `favsync status` shows, read without SQLAlchemy: importing it costs more than all the rest of the command."""

from dataclasses import dataclass
from pathlib import Path

from favsync.private_paths import is_there
from favsync.store.plain_statements import LAST_GOOD_RUN, LAST_RUN, SITE_URL, STATUS_OF_ACCOUNTS
from favsync.store.sqlite.read_only import reading


@dataclass(frozen=True, slots=True)
class LastRun:
    """The newest run of an account. `finished_at` and `outcome` are None while it has not ended."""

    run_id: int
    """The number of the run."""
    kind: str
    """`full` or `incremental`."""
    started_at: str
    """When it began."""
    finished_at: str | None
    """When it ended."""
    outcome: str | None
    """`complete`, `incomplete`, `refused` or `failed`."""
    reason: str | None
    """Why it is not complete, in words."""
    requests: int
    """Requests that were made to the site."""
    pages_read: int
    """Pages of the listing and of searches that were fetched."""
    total: int | None
    """Favorites that were kept afterwards."""
    added: int
    """New favorites."""
    removed: int
    """Favorites that were none any more."""
    moved: int
    """Favorites that stood elsewhere in the list."""
    changed: int
    """Known posts of which something changed."""


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """One account: its favorites here, its operations that wait or failed, its newest run (None before the first).

    `last_good_run_at` is when the newest run ended that read the list and proved it complete; None: there was none.
    """

    name: str
    """Its local name."""
    username: str
    """The user's name on the site."""
    favorites: int
    """Favorites that are kept."""
    pending: int
    """Queued changes that wait."""
    failed: int
    """Queued changes that the site refused."""
    last_good_run_at: str | None
    """When the newest run ended that proved the list complete; None: there was none."""
    last_run: LastRun | None
    """The newest run; None before the first."""


@dataclass(frozen=True, slots=True)
class Status:
    """The state of one database. `site` is None before the first account."""

    database: Path
    site: str | None
    accounts: tuple[AccountStatus, ...]


def load_status(path: Path) -> Status:
    """Load the state of the database at `path`; of one that does not exist, that there is nothing in it.

    A database of an older schema is upgraded first. Raises the DatabaseTrouble family.
    """
    if not is_there(path):
        return Status(path, None, ())
    with reading(path) as connection:
        site = connection.execute(SITE_URL).fetchone()
        accounts = []
        for account_id, name, user, favorites, pending, failed in connection.execute(STATUS_OF_ACCOUNTS).fetchall():
            good_run = connection.execute(LAST_GOOD_RUN, (account_id,)).fetchone()
            good_run_at = None if good_run is None else str(good_run[0])
            row = connection.execute(LAST_RUN, (account_id,)).fetchone()
            last_run = None if row is None else LastRun(*row)
            accounts.append(AccountStatus(name, user, favorites, pending, failed, good_run_at, last_run))
        return Status(path, None if site is None else site[0], tuple(accounts))
