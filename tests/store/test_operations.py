"""The queue: each queued change waits, ends, and is remembered."""

import pytest
from sqlalchemy import Connection

from favsync.model import Account, Action, Operation, OperationOutcome, OperationState
from favsync.store.database import Database
from favsync.store.operations import (
    cancel_operations,
    count_pending,
    is_pending,
    load_operations,
    load_pending,
    load_unnoticed,
    mark_noticed,
    queue_operation,
    queue_operations,
    resolve_operation,
    retry_operations,
)
from tests.store.conftest import Ask
from tests.store.samples import AT, LATER, new_account

ADD, REMOVE = Action.ADD, Action.REMOVE
PENDING, DONE, FAILED, SUPERSEDED = OperationState
APPLIED, ALREADY, REFUSED, AFTERWARDS, CANCELLED, REPLACED = OperationOutcome


def resolve(
    conn: Connection,
    operation: Operation,
    run_id: int,
    state: OperationState = DONE,
    outcome: OperationOutcome = APPLIED,
    *,
    reason: str | None = None,
    attempted: bool = True,
) -> None:
    resolve_operation(
        conn,
        operation.id,
        state=state,
        outcome=outcome,
        reason=reason,
        run_id=run_id,
        at=LATER,
        attempted=attempted,
    )


def only(conn: Connection) -> Operation:
    (operation,) = load_operations(conn, None)
    return operation


def test_a_queued_change_waits_as_it_was_queued(database: Database, account: Account) -> None:
    """A new operation is pending, untried, and dated."""
    with database.write() as conn:
        queued = queue_operation(conn, account.id, 5, ADD, at=AT)
    assert queued == Operation(queued.id, account.id, 5, ADD, PENDING, None, None, 0, AT, None)
    with database.read() as conn:
        assert load_pending(conn, account.id) == [queued] == load_operations(conn, account.id)
        assert is_pending(conn, queued.id)
        assert count_pending(conn, account.id) == 1


def test_the_same_queued_change_again_is_the_one_that_waits(database: Database, account: Account) -> None:
    """Nothing is queued twice."""
    with database.write() as conn:
        first = queue_operation(conn, account.id, 5, ADD, at=AT)
        assert queue_operation(conn, account.id, 5, ADD, at=LATER) == first
        assert load_operations(conn, None) == [first]


def test_the_later_queued_change_replaces_the_earlier(database: Database, account: Account) -> None:
    """The other queued change for the same post ends the one that waits, and says so."""
    with database.write() as conn:
        first = queue_operation(conn, account.id, 5, ADD, at=AT)
        second = queue_operation(conn, account.id, 5, REMOVE, at=LATER)
        assert load_pending(conn, account.id) == [second]
        assert not is_pending(conn, first.id)
        ended = load_operations(conn, account.id, states=[SUPERSEDED])
    assert ended == [Operation(first.id, account.id, 5, ADD, SUPERSEDED, REPLACED, None, 0, AT, LATER)]


def test_many_queued_changes_are_queued_as_one_by_one(database: Database, account: Account) -> None:
    """In their order, each post once, in place of other queued changes and beside the same; what is new is counted."""
    with database.write() as conn:
        bob = new_account(conn, "bob")
        his = queue_operation(conn, bob.id, 7, REMOVE, at=AT)
        same = queue_operation(conn, account.id, 8, ADD, at=AT)
        other = queue_operation(conn, account.id, 7, REMOVE, at=AT)
        assert queue_operations(conn, account.id, [9, 7, 8, 9, 1], ADD, at=LATER) == 3
        assert queue_operations(conn, account.id, [9, 1], ADD, at=LATER) == 0
        assert queue_operations(conn, account.id, [], ADD, at=LATER) == 0
        assert [operation.post_id for operation in load_pending(conn, account.id)] == [8, 9, 7, 1]
        assert load_pending(conn, account.id)[0] == same
        assert [ended.id for ended in load_operations(conn, None, states=[SUPERSEDED])] == [other.id]
        assert load_pending(conn, bob.id) == [his]


def test_a_queued_change_after_one_that_ended_is_a_new_one(database: Database, account: Account, run_id: int) -> None:
    """What is done is not changed by queueing it again."""
    with database.write() as conn:
        first = queue_operation(conn, account.id, 5, ADD, at=AT)
        resolve(conn, first, run_id)
        second = queue_operation(conn, account.id, 5, ADD, at=LATER)
        assert [operation.id for operation in load_operations(conn, None)] == [second.id, first.id]


def test_the_oldest_queued_change_is_sent_first_and_shown_last(database: Database, account: Account) -> None:
    """Pushes go by age; lists for people begin with the newest, of one account or of all."""
    with database.write() as conn:
        bob = new_account(conn, "bob")
        mine = [queue_operation(conn, account.id, post_id, ADD, at=AT) for post_id in (9, 1, 5)]
        his = queue_operation(conn, bob.id, 9, REMOVE, at=AT)
        assert load_pending(conn, account.id) == mine
        assert load_operations(conn, account.id) == mine[::-1]
        assert load_operations(conn, None) == [his, *mine[::-1]]
        assert load_operations(conn, None, states=[DONE, FAILED]) == []
        assert (count_pending(conn, account.id), count_pending(conn, bob.id)) == (3, 1)


@pytest.mark.parametrize(
    "ended",
    [
        (DONE, APPLIED, None, LATER),
        (DONE, ALREADY, "it is a favorite", LATER),
        (FAILED, REFUSED, "there is no such post", LATER),
        (PENDING, AFTERWARDS, "being moved", None),
    ],
)
def test_what_a_push_came_to_is_kept(
    database: Database,
    account: Account,
    run_id: int,
    ended: tuple[OperationState, OperationOutcome, str | None, str | None],
) -> None:
    """State, outcome and reason, the try counted, and the time of the end when it is one."""
    state, outcome, reason, settled_at = ended
    with database.write() as conn:
        queued = queue_operation(conn, account.id, 5, ADD, at=AT)
        resolve(conn, queued, run_id, state, outcome, reason=reason)
        assert only(conn) == Operation(queued.id, account.id, 5, ADD, state, outcome, reason, 1, AT, settled_at)


def test_what_was_never_sent_is_no_try(database: Database, account: Account, run_id: int) -> None:
    """An operation that is settled without asking the site has no attempt more."""
    with database.write() as conn:
        resolve(conn, queue_operation(conn, account.id, 5, ADD, at=AT), run_id, attempted=False)
        assert only(conn).attempts == 0


def test_a_queued_change_replaced_while_the_site_was_asked_stays_so(
    database: Database, account: Account, run_id: int
) -> None:
    """The later queued change waits on; that the site came to have the earlier is remembered for the next pull."""
    with database.write() as conn:
        first = queue_operation(conn, account.id, 5, ADD, at=AT)
        second = queue_operation(conn, account.id, 5, REMOVE, at=AT)
        resolve(conn, first, run_id)
        assert load_pending(conn, account.id) == [second]
        (ended,) = load_operations(conn, None, states=[SUPERSEDED])
        assert (ended.outcome, ended.attempts, ended.settled_at) == (APPLIED, 1, AT)
        assert load_unnoticed(conn, account.id) == {5: ADD}


def test_a_queued_change_cancelled_while_the_site_refused_it_stays_cancelled(
    database: Database, account: Account, run_id: int
) -> None:
    """A refusal that comes too late changes nothing but the number of tries."""
    with database.write() as conn:
        queued = queue_operation(conn, account.id, 5, ADD, at=AT)
        assert cancel_operations(conn, [queued.id], at=AT) == [queued.id]
        resolve(conn, queued, run_id, FAILED, REFUSED, reason="no")
        assert only(conn) == Operation(queued.id, account.id, 5, ADD, SUPERSEDED, CANCELLED, None, 1, AT, AT)
        assert load_unnoticed(conn, account.id) == {}


def test_only_what_waits_can_be_cancelled(database: Database, account: Account, run_id: int) -> None:
    """The ids that come back are those of the queued changes that were taken back."""
    with database.write() as conn:
        waiting, done = (queue_operation(conn, account.id, post_id, ADD, at=AT) for post_id in (1, 2))
        resolve(conn, done, run_id)
        assert cancel_operations(conn, [waiting.id, done.id, 999, waiting.id], at=LATER) == [waiting.id]
        assert count_pending(conn, account.id) == 0
        assert not is_pending(conn, 999)


def test_only_what_failed_can_be_tried_again(database: Database, account: Account, run_id: int) -> None:
    """It goes back into the queue with its reason and all its tries before it; what is done, or was never there, not.

    Tries that were counted on would have the next failure be the last: "given up after 6 runs".
    """
    with database.write() as conn:
        failed, done = (queue_operation(conn, account.id, post_id, ADD, at=AT) for post_id in (1, 2))
        for state in (PENDING, PENDING, PENDING, PENDING, FAILED):
            resolve(conn, failed, run_id, state, REFUSED, reason="no")
        resolve(conn, done, run_id)
        assert retry_operations(conn, [failed.id, done.id, 999], at=LATER) == [failed.id]
        assert load_pending(conn, account.id) == [
            Operation(failed.id, account.id, 1, ADD, PENDING, REFUSED, "no", 0, AT, None)
        ]


def test_a_retry_gives_way_to_a_later_queued_change(database: Database, account: Account, run_id: int) -> None:
    """Where a queued change for the post waits, that is the last word; of two that failed the later goes."""
    with database.write() as conn:
        failed = []
        for post_id in (1, 1, 2):
            failed.append(queue_operation(conn, account.id, post_id, ADD, at=AT))
            resolve(conn, failed[-1], run_id, FAILED, REFUSED)
        queue_operation(conn, account.id, 2, REMOVE, at=AT)
        assert retry_operations(conn, [operation.id for operation in failed], at=LATER) == [failed[1].id]


def test_pushes_are_remembered_until_a_pull_has_seen_them(database: Database, account: Account, run_id: int) -> None:
    """For each post the last push counts; refusals and waits are none; once noticed they are gone."""
    with database.write() as conn:
        for action in (ADD, REMOVE):
            resolve(conn, queue_operation(conn, account.id, 1, action, at=AT), run_id)
        resolve(conn, queue_operation(conn, account.id, 2, ADD, at=AT), run_id, outcome=ALREADY)
        resolve(conn, queue_operation(conn, account.id, 3, ADD, at=AT), run_id, FAILED, REFUSED)
        resolve(conn, queue_operation(conn, account.id, 4, ADD, at=AT), run_id, PENDING, AFTERWARDS)
        assert load_unnoticed(conn, account.id) == {1: REMOVE, 2: ADD}
        assert load_unnoticed(conn, new_account(conn, "bob").id) == {}
        mark_noticed(conn, account.id, run_id)
        assert load_unnoticed(conn, account.id) == {}


@pytest.mark.parametrize(
    ("question", "index"),
    [
        ("SELECT id FROM operations WHERE account_id = 1 AND state = 'pending'", "operations_"),
        (
            "SELECT id FROM operations WHERE account_id = 1 AND post_id = 5 AND state = 'pending'",
            "uq_operations_pending",
        ),
        (
            "SELECT id FROM operations WHERE account_id = 1 AND post_id IN (SELECT value FROM json_each('[5, 6]'))"
            " AND state = 'pending'",
            "uq_operations_pending",
        ),
        (
            "SELECT id FROM operations WHERE account_id = 1 AND pushed_run_id IS NOT NULL AND noticed_run_id IS NULL",
            "ix_operations_unnoticed",
        ),
    ],
)
def test_questions_about_the_queue_do_not_read_its_history(ask: Ask, question: str, index: str) -> None:
    """However many operations ended, those that wait are found by an index."""
    (*_, plan), *_ = ask(f"EXPLAIN QUERY PLAN {question}")
    assert plan.startswith("SEARCH operations USING")
    assert index in plan
