"""A migration with the database open and the run's lock held: between two steps of it a person may be asked."""

import os
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from favsync.app.migrate import Choose, Migrate, MigrateOptions
from favsync.app.search import NothingMeant, load_chosen, load_nothing, parse_where
from favsync.app.site_access import SiteAccess
from favsync.app.sync.lock import RunLock
from favsync.app.sync.run import SyncOptions
from favsync.app.sync.sync_accounts import Runs
from favsync.errors import AccountIsReadOnly, NoSuchAccount, UsageError
from favsync.model import Account
from favsync.store.accounts import load_account
from favsync.store.database import Database
from favsync.store.sites import require_site_url
from favsync.store.sqlite.upgrade import driver_connection


@dataclass(frozen=True, slots=True)
class MigrateRequest:
    """Which account's favorites go where, and what of them. `where` is a search; None: all."""

    source: str
    target: str
    where: str | None
    options: MigrateOptions


@contextmanager
def opened_migration(
    database: Database, access: Callable[[str], SiteAccess], request: MigrateRequest, elapsed: Callable[[], float]
) -> Iterator[Migrate]:
    """Read the keys, take the lock, and make the task. Raises NoSuchAccount, UsageError, AccountIsReadOnly, AnotherRun.

    `elapsed` are the seconds since the command began.
    """
    with database.read() as conn:
        site = access(require_site_url(conn))
    site.read_keys(_two_accounts(database, request))
    with RunLock(database.path):
        source, target = _two_accounts(database, request)
        runs = Runs.of(database, site, SyncOptions())
        choose = None if request.where is None else choose_where(database, source, request.where)
        yield Migrate(
            database,
            source,
            target,
            request.options,
            runs.run,
            elapsed,
            choose,
            site_url=site.url,
            interval=runs.pacing.interval,
        )


def choose_where(database: Database, source: Account, where: str) -> Choose:
    """Choose by a search what is kept of the source's posts. Raises SearchError, and UsageError for what is no choice.

    It may have a limit, and an order that says which ones the limit leaves in: what is chosen is sent in the order of
    the list all the same.
    """
    if not where.strip():
        raise UsageError("--where is empty. Leave it out to move everything.")
    search = parse_where(where)

    def choose(post_ids: Sequence[int]) -> Sequence[int]:
        with database.read() as conn:
            chosen = set(load_chosen(driver_connection(conn), source.name, search))
        return [post_id for post_id in post_ids if post_id in chosen]

    return choose


def why_nothing_moves(task: Migrate, where: str) -> NothingMeant | None:
    """Load why a search means nothing of the source's list; None: it means something."""
    with task.database.read() as conn:
        connection = driver_connection(conn)
        if load_chosen(connection, task.source.name, parse_where(where)):
            return None
        return load_nothing(connection, (task.source.name,), where)


def _two_accounts(database: Database, request: MigrateRequest) -> tuple[Account, Account]:
    with database.read() as conn:
        try:
            source, target = (load_account(conn, name) for name in (request.source, request.target))
        except NoSuchAccount as exc:
            path = Path(exc.name)
            if os.sep in exc.name or path.suffix in (".db", ".jsonl", ".sqlite", ".sqlite3") or path.is_file():
                raise UsageError(
                    f"'{exc.name}' is a file, and favorites are moved between two accounts of one database. For a list"
                    f" in another database: favsync restore TO --from {exc.name}, or with an export of it: favsync"
                    " import FILE"
                ) from exc
            raise
    if source.id == target.id:
        raise UsageError(f"'{source.name}' cannot be moved to itself: name another account.")
    if source.site_user_id == target.site_user_id:
        raise UsageError(f"'{source.name}' and '{target.name}' are one and the same user of the site.")
    if target.is_public:
        raise AccountIsReadOnly(target.name)
    return source, target
