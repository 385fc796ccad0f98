"""Carrying wishes out strictly one after another, without I/O: so that a list comes to have their order.

The site puts every add on top, so the order of a list is the order in which its adds were applied.

    each wish             is queued, sent and settled before the next one is looked at: cut off anywhere, one waits
    there, or gone (404)  nothing after it has to wait for it: on to the next
    put off, or failed    ends the push, and the wish stays in the queue: what is skipped could only come in too late,
                          above those that stood above it. So nothing is ever given up here
    the account's limit   ends the push as well, unless the site says that the post is a favorite already or is gone:
                          at the limit it gives the same answer for those (contract section 3)
"""

from collections.abc import Generator, Iterable

from favsync.core.listing.effects import AskPost, PostStates, Unanswered
from favsync.core.push import (
    TRANSFERRING,
    PushReply,
    PushStep,
    PushSteps,
    Queue,
    Refused,
    Send,
    Settle,
    SiteFails,
    Withdrawn,
    put_off,
    settle_gone,
    settle_limited,
)
from favsync.model import (
    Action,
    AlreadyFavorite,
    Applied,
    LimitReached,
    NotSaved,
    Operation,
    OperationOutcome,
    OperationState,
    PostGone,
    Transferring,
    Wish,
)


def push_in_order(wishes: Iterable[Wish]) -> PushSteps:
    """Carry `wishes` out in their order, up to the first that cannot be. Raises `SiteFails` where the site fails.

    The next wish is taken from `wishes` only when the one before is settled, so that they can end at any moment.
    """
    for wish in wishes:
        operation = yield Queue(wish)
        # What is withdrawn is passed over: the user has said otherwise of that post.
        if isinstance(operation, Operation) and not (yield from _carry_out(operation)):
            return


def _carry_out(operation: Operation) -> Generator[PushStep, PushReply, bool]:
    """Carry one wish out, and tell whether the next may follow it."""
    reply = yield Send(operation, wait=True)
    if isinstance(reply, NotSaved):
        reply = yield Send(operation, wait=True)
    match reply:
        case Withdrawn():
            return True
        case Applied():
            yield Settle(operation, OperationState.DONE, OperationOutcome.APPLIED)
            return True
        case AlreadyFavorite() if operation.action is Action.ADD:
            yield Settle(operation, OperationState.DONE, OperationOutcome.ALREADY)
            return True
        case PostGone():
            yield settle_gone(operation)
            return True
        case LimitReached(limit) if operation.action is Action.ADD:
            return (yield from _at_the_limit(operation, limit))
        case Transferring():
            yield put_off(operation, TRANSFERRING)
        case NotSaved(said):
            yield put_off(operation, said)
        case Unanswered(said):
            yield put_off(operation, said)
            raise SiteFails
        case Refused():
            raise SiteFails
        case _:
            yield put_off(operation, f"the site answered {type(reply).__name__}")
    return False


def _at_the_limit(operation: Operation, limit: int) -> Generator[PushStep, PushReply, bool]:
    reply = yield AskPost(operation.post_id)
    if not isinstance(reply, PostStates):
        raise SiteFails
    settled = settle_limited(operation, reply, limit)
    yield settled
    return settled.is_gone or settled.state is OperationState.DONE
