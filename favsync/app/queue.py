"""What is queued, listed, taken back, and tried again."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal

from favsync.app.enqueue import AT_ONCE
from favsync.batches import batches
from favsync.clock import as_text, utc_now
from favsync.errors import UsageError
from favsync.model import Operation, OperationState
from favsync.store.accounts import choose_accounts
from favsync.store.database import Database
from favsync.store.operations import cancel_operations, load_operations, retry_operations


@dataclass(frozen=True, slots=True)
class QueuedChange:
    """One change that is or was in the queue, with the local name of its account."""

    account: str
    operation: Operation


@dataclass(frozen=True, slots=True)
class QueueChanged:
    """How many queued changes were cancelled or queued again, and how many could not be any more."""

    changed: int
    left: int


def load_queue(
    database: Database, account_name: str | None, states: Sequence[OperationState] = ()
) -> list[QueuedChange]:
    """Load what is in the queue of an account, or of all, newest first; in these states, or without any in all.

    Raises NoSuchAccount and NoAccounts.
    """
    with database.read() as conn:
        accounts = choose_accounts(conn, () if account_name is None else (account_name,))
        names = {account.id: account.name for account in accounts}
        account_id = None if account_name is None else accounts[0].id
        operations = load_operations(conn, account_id, states=list(states) or None)
    return [QueuedChange(names[operation.account_id], operation) for operation in operations]


def cancel(database: Database, ids: Sequence[int] | None, account_name: str | None) -> QueueChanged:
    """Cancel queued changes, by their ids or all that are pending (None). Raises UsageError for an id that is not."""
    chosen = _choose(database, ids, account_name, OperationState.PENDING)
    wanted = [operation.id for operation in chosen]
    return _change(database, wanted, cancel_operations, of=len(chosen), as_one=ids is not None)


def retry(database: Database, ids: Sequence[int] | None, account_name: str | None) -> QueueChanged:
    """Queue changes that failed again, by their ids or all (None). Raises UsageError for an id that has not failed."""
    chosen = _choose(database, ids, account_name, OperationState.FAILED)
    # Of several for one post only the last: the others would be sent after it, had a sync carried it out by then.
    last = {(operation.account_id, operation.post_id): operation.id for operation in reversed(chosen)}
    return _change(database, list(last.values()), retry_operations, of=len(chosen), as_one=ids is not None)


def _change(
    database: Database, ids: Sequence[int], change: Callable[..., list[int]], *, of: int, as_one: bool
) -> QueueChanged:
    """Change operations part by part, or `as_one`, and count those that still could be."""
    changed = 0
    at = as_text(utc_now())
    for some in [ids] if as_one else batches(ids, AT_ONCE):
        with database.write() as conn:
            changed += len(change(conn, some, at=at))
    return QueueChanged(changed, of - changed)


def _choose(
    database: Database,
    ids: Sequence[int] | None,
    account_name: str | None,
    state: Literal[OperationState.PENDING, OperationState.FAILED],
) -> list[Operation]:
    """The operations that are meant, the newest first, all of them in `state`."""
    found = load_queue(database, account_name, (state,) if ids is None else ())
    if ids is None:
        return [change.operation for change in found]
    known = {change.operation.id: change.operation for change in found}
    for wanted in ids:
        if wanted not in known:
            raise UsageError(f"There is no queued change {wanted} in the queue. See: favsync queue list")
        if known[wanted].state != state:
            raise UsageError(f"Queued change {wanted} is {known[wanted].state}, not {state}. Nothing was changed.")
    return [known[wanted] for wanted in sorted(set(ids), reverse=True)]
