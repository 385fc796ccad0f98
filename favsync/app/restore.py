"""A list as it was, brought back through the queue: from the account's own history, or from another file of favsync."""

from pathlib import Path

from favsync.app.enqueue import queue_wishes
from favsync.app.exports.lines import read_list
from favsync.core.past_runs import choose_run
from favsync.core.restore import RestorePlan, plan_restore
from favsync.errors import FileUnreadable, UsageError
from favsync.model import Account, Action
from favsync.store.database import Database, Transaction
from favsync.store.favorites import load_post_ids
from favsync.store.history import load_ended_runs, load_list_as_of
from favsync.store.operations import load_pending
from favsync.store.posts.saving import load_destroyed
from favsync.store.sqlite.connect import has_magic
from favsync.store.transfer.list_of_database import PastList, load_list_of_database


def load_own_list(conn: Transaction, account: Account, as_of: int | str) -> PastList:
    """Load an account's list as it was after a run, or at a moment. Raises NoSuchRun and NothingKnownBefore."""
    run = choose_run(load_ended_runs(conn, account.id), account.name, as_of)
    return PastList(load_list_as_of(conn, account.id, run.id), run.finished_at)


def load_list_from(file: Path, name: str, as_of: int | str | None) -> PastList:
    """Load the list of the account `name`, or of the only one, from another database of favsync or from an export.

    The file is not changed. Raises FileUnreadable, the UsageError family, and the DatabaseTrouble family.
    """
    try:
        is_database = has_magic(file)
    except OSError as exc:
        raise FileUnreadable(str(file), f"it cannot be read ({exc.strerror}).") from exc
    if is_database:
        return load_list_of_database(file, name, as_of)
    if as_of is not None:
        raise UsageError(f"{file} is an export: it holds one list. Leave --at out, or name a database.")
    exported = read_list(file)
    return PastList(exported.post_ids, exported.taken_at, exported.site_url)


def plan_for(conn: Transaction, account: Account, past: PastList, *, exact: bool) -> RestorePlan:
    """Plan what brings a list back, from what is kept here and waits here."""
    pending = {operation.post_id: operation.action for operation in load_pending(conn, account.id)}
    now = load_post_ids(conn, account.id)
    return plan_restore(past.post_ids, now, pending, load_destroyed(conn), exact=exact)


def queue_restore(database: Database, account: Account, plan: RestorePlan, *, at: str) -> None:
    """Queue what is planned, removals first: they make room. Cut off half way, the same restore does the rest."""
    for action, post_ids in ((Action.REMOVE, plan.remove), (Action.ADD, plan.add)):
        queue_wishes(database, account.id, post_ids, action, at=at)
