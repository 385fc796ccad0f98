"""What `favsync status` shows, read without SQLAlchemy: importing it costs more than all the rest of the command."""

import sqlite3
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

from favsync.private_paths import is_there
from favsync.store.plain_statements import LAST_GOOD_RUN, LAST_RUN, SITE_URL, STATUS_OF_ACCOUNTS
from favsync.store.sqlite.read_only import reading

if TYPE_CHECKING:
    from favsync.store.files.counts import FilesCounts


@dataclass(frozen=True, slots=True)
class LastRun:
    """The newest run of an account. `finished_at` and `outcome` are None while it has not ended."""

    run_id: Annotated[int, "The number of the run."]
    kind: Annotated[str, "`full` or `incremental`."]
    started_at: Annotated[str, "When it began."]
    finished_at: Annotated[str | None, "When it ended."]
    outcome: Annotated[str | None, "`complete`, `incomplete`, `refused` or `failed`."]
    reason: Annotated[str | None, "Why it is not complete, in words."]
    requests: Annotated[int, "Requests that were made to the site."]
    pages_read: Annotated[int, "Pages of the listing and of searches that were fetched."]
    total: Annotated[int | None, "Favorites that were kept afterwards."]
    added: Annotated[int, "New favorites."]
    removed: Annotated[int, "Favorites that were removed."]
    moved: Annotated[int, "Favorites that changed their place in the list."]
    changed: Annotated[int, "Known posts of which something changed."]


@dataclass(frozen=True, slots=True)
class AccountStatus:
    """One account: its favorites here, its operations that wait or failed, its newest run."""

    name: Annotated[str, "Its local name."]
    username: Annotated[str, "The user's name on the site."]
    favorites: Annotated[int, "Favorites that are kept."]
    pending: Annotated[int, "Queued changes that are pending."]
    failed: Annotated[int, "Queued changes that the site refused."]
    last_good_run_at: Annotated[str | None, "When the newest run ended that proved the list complete; None: none did."]
    last_run: Annotated[LastRun | None, "The newest run; None before the first."]


@dataclass(frozen=True, slots=True)
class Status:
    """The state of one database. `site` is None before the first account."""

    database: Path
    site: str | None
    accounts: tuple[AccountStatus, ...]
    files: "FilesCounts | None" = None
    """None: files are not in use."""


def load_status(path: Path, kinds: Collection[str] = ()) -> Status:
    """Load the state of the database at `path`; of one that does not exist, that there is nothing in it.

    `kinds` are those of files that are wanted, by the setting `files`.

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
        return Status(path, None if site is None else site[0], tuple(accounts), _count_files(connection, kinds))


def _count_files(connection: sqlite3.Connection, kinds: Collection[str]) -> "FilesCounts | None":
    if not kinds and connection.execute("SELECT 1 FROM files LIMIT 1").fetchone() is None:
        return None
    from favsync.store.files.counts import count_files  # noqa: PLC0415 - only who keeps files pays for it

    return count_files(connection, kinds)
