"""A list as it was, brought back through the queue: from the account's own history, or from another file of favsync."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sqlalchemy import Connection

from favsync.app.enqueue import queue_wishes
from favsync.app.exports.lines import read_list
from favsync.core.names import same_name
from favsync.core.past_runs import choose_run
from favsync.core.restore import RestorePlan, plan_restore
from favsync.errors import FileUnreadable, UsageError
from favsync.model import Account, Action
from favsync.store.database import Database
from favsync.store.favorites import load_post_ids
from favsync.store.history import load_ended_runs, load_list_as_of
from favsync.store.operations import load_pending
from favsync.store.posts.saving import load_destroyed
from favsync.store.sqlite import connect as sqlite
from favsync.store.transfer.exports import AccountExport

_EVER: Final = "9999"
"""A moment after all that ever ended."""


@dataclass(frozen=True, slots=True)
class PastList:
    """A list as it was. `site_url` is None for one from the account's own history."""

    post_ids: Sequence[int]
    """Newest first."""
    taken_at: str
    site_url: str | None = None


def load_own_list(conn: Connection, account: Account, as_of: int | str) -> PastList:
    """Load an account's list as it was after a run, or at a moment. Raises NoSuchRun and NothingKnownBefore."""
    run = choose_run(load_ended_runs(conn, account.id), account.name, as_of)
    return PastList(load_list_as_of(conn, account.id, run.id), run.finished_at)


def load_list_from(file: Path, name: str, as_of: int | str | None) -> PastList:
    """Load the list of the account `name`, or of the only one, from another database of favsync or from an export.

    The file is not changed. Raises FileUnreadable, the UsageError family, and the DatabaseTrouble family.
    """
    try:
        with file.open("rb") as opened:
            is_database = opened.read(len(sqlite.MAGIC)) == sqlite.MAGIC
    except OSError as exc:
        raise FileUnreadable(str(file), f"it cannot be read ({exc.strerror}).") from exc
    if is_database:
        return _load_from_database(file, name, as_of)
    if as_of is not None:
        raise UsageError(f"{file} is an export: it holds one list. Leave --at out, or name a database.")
    exported = read_list(file)
    return PastList(exported.post_ids, exported.taken_at, exported.site_url)


def _load_from_database(file: Path, name: str, as_of: int | str | None) -> PastList:
    with closing(sqlite.connect(file, writable=False)) as connection, sqlite.dressed(file):
        if sqlite.load_revision(connection, file) != sqlite.HEAD:
            raise FileUnreadable(
                str(file),
                f"it is of an older favsync, and is not changed. Upgrade a copy: favsync --database {file} status",
            )
        connection.execute("BEGIN")
        names = [str(row[0]) for row in connection.execute("SELECT name FROM accounts ORDER BY id")]
        same = [known for known in names if same_name(known, name)]
        if not same and len(names) != 1:
            raise FileUnreadable(str(file), f"it has no account named '{name}', but: {', '.join(names) or 'none'}.")
        found = AccountExport(connection, (same or names)[0])
        run = choose_run(found.ended_runs(), found.account["name"], _EVER if as_of is None else as_of)
        past = found.as_of(run.id)
        return PastList([row["post_id"] for row in past.favorites()], run.finished_at, past.site_url)


def plan_for(conn: Connection, account: Account, past: PastList, *, exact: bool) -> RestorePlan:
    """Plan what brings a list back, from what is kept here and waits here."""
    pending = {operation.post_id: operation.action for operation in load_pending(conn, account.id)}
    now = load_post_ids(conn, account.id)
    return plan_restore(past.post_ids, now, pending, load_destroyed(conn), exact=exact)


def queue_restore(database: Database, account: Account, plan: RestorePlan, *, at: str) -> None:
    """Queue what is planned, removals first: they make room. Cut off half way, the same restore does the rest."""
    for action, post_ids in ((Action.REMOVE, plan.remove), (Action.ADD, plan.add)):
        queue_wishes(database, account.id, post_ids, action, at=at)
