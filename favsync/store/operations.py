"""The queue: queued changes to add or remove a favorite, and how each ended."""

from collections.abc import Collection, Iterable
from typing import Any

from sqlalchemy import Connection, Select, and_, case, func, insert, literal, select, update
from sqlalchemy.orm import aliased

from favsync.model import Action, Operation, OperationOutcome, OperationState
from favsync.store.models import Operation as OperationRow
from favsync.store.sqlite.statements import values_of

_OPERATIONS: Select[*tuple[Any, ...]] = select(
    *(OperationRow.id, OperationRow.account_id, OperationRow.post_id, OperationRow.action, OperationRow.state),
    *(OperationRow.outcome, OperationRow.reason, OperationRow.attempts),
    *(OperationRow.created_at, OperationRow.settled_at),
)
# As a literal, or SQLite could not know that the partial index of pending operations answers it.
_PENDING = literal(OperationState.PENDING.value, literal_execute=True)
_IS_PENDING = OperationRow.state == _PENDING
_IS_UNNOTICED = and_(OperationRow.pushed_run_id.is_not(None), OperationRow.noticed_run_id.is_(None))
_REACHED_THE_SITE = (OperationOutcome.APPLIED, OperationOutcome.ALREADY)


def queue_operation(conn: Connection, account_id: int, post_id: int, action: Action, *, at: str) -> Operation:
    """Queue a change, in place of a pending one for the same post; the same change again returns the pending one."""
    queue_operations(conn, account_id, [post_id], action, at=at)
    (queued,) = _load(
        conn, _OPERATIONS.where(OperationRow.account_id == account_id, OperationRow.post_id == post_id, _IS_PENDING)
    )
    return queued


def queue_operations(conn: Connection, account_id: int, post_ids: Iterable[int], action: Action, *, at: str) -> int:
    """Queue the same queued change for many posts, in this order, and count those for which it did not wait already."""
    wanted = list(dict.fromkeys(post_ids))
    about = (OperationRow.account_id == account_id, OperationRow.post_id.in_(values_of(wanted)), _IS_PENDING)
    conn.execute(
        update(OperationRow)
        .where(*about, OperationRow.action != action)
        .values(state=OperationState.SUPERSEDED, outcome=OperationOutcome.REPLACED, updated_at=at, settled_at=at)
    )
    waiting = set(conn.execute(select(OperationRow.post_id).where(*about)).scalars())
    change = {"account_id": account_id, "action": action, "state": OperationState.PENDING}
    change |= {"created_at": at, "updated_at": at}
    new = [change | {"post_id": post_id} for post_id in wanted if post_id not in waiting]
    if new:
        conn.execute(insert(OperationRow), new)
    return len(new)


def load_queued(conn: Connection, account_id: int, post_id: int) -> Operation | None:
    """Load the queued change that waits for a post; None: there is none."""
    found = _load(
        conn, _OPERATIONS.where(OperationRow.account_id == account_id, OperationRow.post_id == post_id, _IS_PENDING)
    )
    return found[0] if found else None


def load_pending(conn: Connection, account_id: int) -> list[Operation]:
    """Load what waits for the next push, oldest first."""
    return _load(conn, _OPERATIONS.where(OperationRow.account_id == account_id, _IS_PENDING).order_by(OperationRow.id))


def count_pending(conn: Connection, account_id: int) -> int:
    """Count what waits for the next push."""
    waiting = select(func.count()).select_from(OperationRow).where(OperationRow.account_id == account_id, _IS_PENDING)
    return conn.execute(waiting).scalar_one()


def is_pending(conn: Connection, operation_id: int) -> bool:
    """Tell whether an operation still waits: it may have been cancelled, or replaced by a later queued change."""
    waiting = select(OperationRow.id).where(OperationRow.id == operation_id, _IS_PENDING)
    return conn.execute(waiting).one_or_none() is not None


def load_operations(
    conn: Connection, account_id: int | None, *, states: Collection[OperationState] | None = None
) -> list[Operation]:
    """Load operations, newest first: of one account, or of all with None; in these states, or in any with None."""
    statement = _OPERATIONS.order_by(OperationRow.id.desc())
    if account_id is not None:
        statement = statement.where(OperationRow.account_id == account_id)
    if states is not None:
        statement = statement.where(OperationRow.state.in_(states))
    return _load(conn, statement)


def resolve_operation(
    conn: Connection,
    operation_id: int,
    *,
    state: OperationState,
    outcome: OperationOutcome,
    reason: str | None,
    run_id: int,
    at: str,
    attempted: bool = True,
) -> None:
    """Save what a push came to; PENDING keeps the operation in the queue. `attempted` counts one more try.

    One that was replaced or cancelled while the site was being asked stays so, but when the site came to have it,
    that is remembered: the next pull will find it there.
    """
    reached = outcome in _REACHED_THE_SITE
    settled_at = None if state is OperationState.PENDING else at
    values = {
        "state": case((_IS_PENDING, state.value), else_=OperationRow.state),
        "outcome": outcome if reached else case((_IS_PENDING, outcome.value), else_=OperationRow.outcome),
        "reason": case((_IS_PENDING, reason), else_=OperationRow.reason),
        "settled_at": case((_IS_PENDING, settled_at), else_=OperationRow.settled_at),
        "attempts": OperationRow.attempts + int(attempted),
        "updated_at": at,
        "run_id": run_id,
    }
    if reached:
        values["pushed_run_id"] = run_id
    conn.execute(update(OperationRow).where(OperationRow.id == operation_id).values(values))


def cancel_operations(conn: Connection, ids: Iterable[int], *, at: str) -> list[int]:
    """Take pending queued changes back, and return the ids of those that were pending."""
    cancelled = conn.execute(
        update(OperationRow)
        .where(OperationRow.id.in_(values_of(ids)), _IS_PENDING)
        .values(state=OperationState.SUPERSEDED, outcome=OperationOutcome.CANCELLED, updated_at=at, settled_at=at)
        .returning(OperationRow.id)
    )
    return sorted(cancelled.scalars())


def retry_operations(conn: Connection, ids: Iterable[int], *, at: str) -> list[int]:
    """Put failed operations back into the queue, with all their tries before them; return the ids of those that went.

    One that has not failed stays as it is, and so does one whose post has a pending operation, or a later one among
    `ids`: that is the later word.
    """
    other = aliased(OperationRow)
    has_pending = (
        select(other.id)
        .where(
            other.account_id == OperationRow.account_id, other.post_id == OperationRow.post_id, other.state == _PENDING
        )
        .exists()
    )
    failed = conn.execute(
        select(OperationRow.account_id, OperationRow.post_id, func.max(OperationRow.id))
        .where(OperationRow.id.in_(values_of(ids)), OperationRow.state == OperationState.FAILED, ~has_pending)
        .group_by(OperationRow.account_id, OperationRow.post_id)
    )
    queued = sorted(operation_id for *_, operation_id in failed)
    conn.execute(
        update(OperationRow)
        .where(OperationRow.id.in_(values_of(queued)))
        .values(state=OperationState.PENDING, attempts=0, updated_at=at, settled_at=None)
    )
    return queued


def load_unnoticed(conn: Connection, account_id: int) -> dict[int, Action]:
    """Load which posts the site came to have, or not, through pushes that no pull has taken into account yet.

    For a post with several such pushes it is the last one that counts.
    """
    unnoticed = (OperationRow.account_id == account_id, _IS_UNNOTICED)
    pushed = select(OperationRow.post_id, OperationRow.action).where(*unnoticed).order_by(OperationRow.id)
    return {post_id: Action(action) for post_id, action in conn.execute(pushed)}


def mark_noticed(conn: Connection, account_id: int, run_id: int) -> None:
    """Remember that this run's pull has taken every push so far into account."""
    conn.execute(
        update(OperationRow).where(OperationRow.account_id == account_id, _IS_UNNOTICED).values(noticed_run_id=run_id)
    )


def _load(conn: Connection, statement: Select[*tuple[Any, ...]]) -> list[Operation]:
    return [
        Operation(
            **dict(row)
            | {"action": Action(row["action"]), "state": OperationState(row["state"])}
            | {"outcome": None if row["outcome"] is None else OperationOutcome(row["outcome"])}
        )
        for row in conn.execute(statement).mappings()
    ]
