"""A list as it was, brought back through the queue: from the account's own history, or from another file of favsync."""

from dataclasses import dataclass
from pathlib import Path

from favsync.app.exports.lines import read_list
from favsync.app.queue import queue_changes
from favsync.core.earlier_runs import choose_run
from favsync.core.restore import RestorePlan, plan_restore
from favsync.errors import AccountIsReadOnly, FileUnreadable, UsageError
from favsync.model import Account, Action
from favsync.store.accounts import choose_account
from favsync.store.database import Database
from favsync.store.favorites import load_post_ids
from favsync.store.history import load_ended_runs, load_list_as_of
from favsync.store.operations import load_pending
from favsync.store.posts.saving import load_destroyed
from favsync.store.sites import require_site_url
from favsync.store.sqlite.connect import has_magic
from favsync.store.transfer.list_of_database import EarlierList, load_list_of_database


@dataclass(frozen=True, slots=True)
class PlannedRestore:
    """What brings an earlier list of an account back."""

    account: Account
    past: EarlierList
    plan: RestorePlan
    site_url: str


def plan_list_restore(
    database: Database, name: str | None, *, as_of: int | str | None, file: Path | None, exact: bool, other_site: bool
) -> PlannedRestore:
    """Plan what brings back the list of then, of the account or in a file, as `Library.plan_restore` does."""
    with database.read() as conn:
        account = choose_account(conn, name)
        site_url = require_site_url(conn)
        if account.is_public:
            raise AccountIsReadOnly(account.name)
        if file is not None:
            past = load_list_from(file, account.name, as_of)
            if past.site_url != site_url and not other_site:
                raise UsageError(
                    f"That list is of {past.site_url}, and this database belongs to {site_url}. If a post has the same"
                    " id on both, use --other-site."
                )
        else:
            run = choose_run(load_ended_runs(conn, account.id), account.name, "" if as_of is None else as_of)
            past = EarlierList(load_list_as_of(conn, account.id, run.id), run.finished_at)
        pending = {operation.post_id: operation.action for operation in load_pending(conn, account.id)}
        now = load_post_ids(conn, account.id)
        plan = plan_restore(past.post_ids, now, pending, load_destroyed(conn), exact=exact)
    return PlannedRestore(account, past, plan, site_url)


def load_list_from(file: Path, name: str, as_of: int | str | None) -> EarlierList:
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
    return EarlierList(exported.post_ids, exported.taken_at, exported.site_url)


def queue_restore(database: Database, account: Account, plan: RestorePlan, *, at: str) -> None:
    """Queue what is planned, removals first: they make room. Cut off half way, the same restore does the rest."""
    for action, post_ids in ((Action.REMOVE, plan.remove), (Action.ADD, plan.add)):
        queue_changes(database, account.id, post_ids, action, at=at)
