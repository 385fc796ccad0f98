"""Apply queued changes strictly one after another, without I/O: so that a list comes to have their order.

The site puts every add on top, so the order of a list is the order in which its adds were applied.

    each change           is queued, sent and resolved before the next one: cut off anywhere, one is pending
    there, or 404         nothing after it has to wait for it: on to the next
    deferred, or failed   ends the push, and it stays in the queue: what is skipped could only come in too late,
                          above those that stood above it. So nothing is ever given up here
    the account's limit   ends the push as well, unless the site says that the post is a favorite already or is gone:
                          at the limit it gives the same answer for those (docs/site-api.md, "Adding a favorite")
"""

from collections.abc import Generator, Iterable

from favsync.core.listing.effects import AskPost, NoResult, PostStates
from favsync.core.push import (
    TRANSFERRING,
    PushReply,
    PushStep,
    PushSteps,
    Queue,
    Refused,
    Resolve,
    Send,
    SiteFails,
    Withdrawn,
    defer,
    resolve_limited,
    resolve_missing,
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
    PlannedChange,
    PostGone,
    Transferring,
)


def push_in_order(changes: Iterable[PlannedChange]) -> PushSteps:
    """Apply `changes` in their order, up to the first that cannot be. Raises `SiteFails` where the site fails.

    The next change is taken only when the one before is resolved, so that they can end at any moment.
    """
    for change in changes:
        operation = yield Queue(change)
        # What is withdrawn is passed over: the user has said otherwise of that post.
        if isinstance(operation, Operation) and not (yield from _apply(operation)):
            return


def _apply(operation: Operation) -> Generator[PushStep, PushReply, bool]:
    """Apply one change, and tell whether the next may follow it."""
    reply = yield Send(operation, wait=True)
    if isinstance(reply, NotSaved):
        reply = yield Send(operation, wait=True)
    match reply:
        case Withdrawn():
            return True
        case Applied():
            yield Resolve(operation, OperationState.DONE, OperationOutcome.APPLIED)
            return True
        case AlreadyFavorite() if operation.action is Action.ADD:
            yield Resolve(operation, OperationState.DONE, OperationOutcome.ALREADY)
            return True
        case PostGone():
            yield resolve_missing(operation)
            return True
        case LimitReached(limit) if operation.action is Action.ADD:
            known = yield AskPost(operation.post_id)
            if not isinstance(known, PostStates):
                raise SiteFails
            resolved = resolve_limited(operation, known, limit)
            yield resolved
            return resolved.is_gone or resolved.state is OperationState.DONE
        case Transferring():
            yield defer(operation, TRANSFERRING)
        case NotSaved(said):
            yield defer(operation, said)
        case NoResult(said):
            yield defer(operation, said)
            raise SiteFails
        case Refused():
            raise SiteFails
        case _:
            yield defer(operation, f"the site answered {type(reply).__name__}")
    return False
