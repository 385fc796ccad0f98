"""Apply a queue of changes, without I/O: what is sent when, and how each answer resolves its operation.

    first      every operation in the order of the queue, once; those that a former run deferred come last, so that
               one which the site always fails at keeps no other from it
    then       what the site deferred (423, not saved) once more, now waiting for it
    then       adds that met the account's limit: removes may have made room meanwhile
    at last    the site is asked by id about adds that still meet the limit, because at the limit it gives the
               same answer for posts that are favorites already (docs/site-api.md, "Adding a favorite")

A push is a generator like a scan: it yields a `PushStep` and is sent the matching `PushReply`.
A refused login is not a reply: the app closes the push, and the queue stays as it was. A refused right may be the
site's word on one post: it is set aside, and believed of the account when the next write is refused as well, or when
no other was taken. The queue stays as it was then, too.
"""

from collections.abc import Generator, Sequence
from dataclasses import dataclass

from favsync.batches import batches
from favsync.core.listing.asking import FailedLists
from favsync.core.listing.effects import AskPost, AskPosts, NoResult, PostStates
from favsync.counting import counted
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
    SiteLimits,
    Transferring,
    WriteAnswer,
)

MAX_ATTEMPTS = 5
"""Runs in which an operation may fail to be saved before it is refused for good, in one that saves others."""

MAX_FAILURES_IN_A_ROW = 2
"""Operations after which a site that fails, or refuses, every one of them is left alone until the next run."""


@dataclass(frozen=True, slots=True)
class Send:
    """Send this operation. `wait`: where the site says "try again later", do so within the retry policy."""

    operation: Operation
    wait: bool


@dataclass(frozen=True, slots=True)
class Resolve:
    """Write down how an operation stands now; the reply is None."""

    operation: Operation
    state: OperationState
    outcome: OperationOutcome
    reason: str | None = None
    is_gone: bool = False
    """The site has no such post."""

    def in_words(self) -> str:
        """What was not done, and why: of one that is refused or deferred."""
        done = "added" if self.operation.action is Action.ADD else "removed"
        return f"post {self.operation.post_id} was not {done}: {self.reason}"


@dataclass(frozen=True, slots=True)
class Queue:
    """Put a change into the queue; the reply is its operation, or the one that is pending there for the same change.

    Where the contrary is pending there, that stays, and the reply is `Withdrawn`.
    """

    change: PlannedChange


@dataclass(frozen=True, slots=True)
class Refused:
    """The site refused the right to make this change, or the login that it takes for everything else."""

    said: str


@dataclass(frozen=True, slots=True)
class Withdrawn:
    """The user cancelled or replaced the operation while the push was under way: it was not sent."""


PushStep = Queue | Send | Resolve | AskPosts | AskPost
PushReply = WriteAnswer | Refused | Withdrawn | NoResult | PostStates | Operation | None


TRANSFERRING = "the favorites of this post are being moved on the site; it is tried again at the next sync"


class SiteFails(Exception):  # caught by the app, which knows the site's own error
    """Several operations in a row failed on the site's side: the rest is left for the next run."""


PushSteps = Generator[PushStep, PushReply, None]


def push_queue(operations: Sequence[Operation], limits: SiteLimits) -> PushSteps:
    """Carry `operations` (oldest first, all pending) out. Raises `SiteFails` when the site fails one after another."""
    push = _Push(limits)
    in_turn = sorted(operations, key=lambda operation: operation.outcome is OperationOutcome.LATER)
    yield from push.send_all(in_turn, wait=False)
    later, push.deferred = push.deferred, []
    yield from push.send_all(later, wait=True)
    limited, push.limited = push.limited, []
    if push.made_room:
        push.limit = None
        yield from push.send_all(limited, wait=True)
        limited, push.limited = push.limited, []
    yield from push.ask_about(limited)
    yield from push.end_refused()


class _Push:
    def __init__(self, limits: SiteLimits) -> None:
        self.limits = limits
        self.deferred: list[Operation] = []
        self.limited: list[Operation] = []
        self.limit: int | None = None
        self.made_room = False
        self.refused: list[tuple[Operation, str]] = []
        self.failed_lists = FailedLists()
        self.failures = 0
        self.is_answered = False
        """The site answered at least one change: what it fails at is about that change, and no outage."""

    def send_all(self, operations: Sequence[Operation], *, wait: bool) -> PushSteps:
        for operation in operations:
            if self.limit is not None and operation.action is Action.ADD:
                self.limited.append(operation)
                continue
            reply = yield Send(operation, wait)
            yield from self._resolve(operation, reply, final=wait)

    def _resolve(self, operation: Operation, reply: PushReply, *, final: bool) -> PushSteps:
        if not isinstance(reply, Withdrawn):
            is_answered = not isinstance(reply, NoResult | Refused)
            self.failures = 0 if is_answered else self.failures + 1
            self.is_answered |= is_answered
        match reply:
            case Applied():
                self.made_room |= operation.action is Action.REMOVE
                yield Resolve(operation, OperationState.DONE, OperationOutcome.APPLIED)
            case AlreadyFavorite() if operation.action is Action.ADD:
                yield Resolve(operation, OperationState.DONE, OperationOutcome.ALREADY)
            case PostGone():
                yield resolve_missing(operation)
            case LimitReached(limit) if operation.action is Action.ADD:
                self.limit = limit
                self.limited.append(operation)
            case Transferring() | NotSaved() if not final:
                self.deferred.append(operation)
            case Transferring():
                yield defer(operation, TRANSFERRING)
            case NotSaved(said) | NoResult(said):
                yield self._not_saved(operation, said)
            case Refused(said):
                self.refused.append((operation, said))
            case Withdrawn():
                pass
            case _:
                yield self._not_saved(operation, f"the site answered {type(reply).__name__}")
        if self.failures >= MAX_FAILURES_IN_A_ROW:
            yield from self.end_refused()
            raise SiteFails

    def end_refused(self) -> PushSteps:
        """Put off what was refused while others were taken. Raises `SiteFails` where none was: it is the account."""
        if self.refused and not self.is_answered:
            raise SiteFails
        for operation, said in self.refused:
            yield self._not_saved(operation, said)

    def _not_saved(self, operation: Operation, said: str) -> Resolve:
        if operation.attempts + 1 >= MAX_ATTEMPTS and self.is_answered:
            reason = f"given up after {operation.attempts + 1} runs: {said}"
            return Resolve(operation, OperationState.FAILED, OperationOutcome.REFUSED, reason)
        return defer(operation, said)

    def ask_about(self, limited: Sequence[Operation]) -> PushSteps:
        """Settle adds that met the limit by what the site says of their posts."""
        by_id = {operation.post_id: operation for operation in limited}
        for batch in batches(list(by_id), self.limits.ids_per_query):
            reported = yield from self._ask_lists(batch)
            for post_id in batch:
                # One that a list of ids left out, or of which it does not say so, is asked about alone.
                reply: PushReply = reported.get(post_id) or (yield AskPost(post_id))
                if not isinstance(reply, PostStates):
                    raise SiteFails
                yield resolve_limited(by_id[post_id], reply, self.limit or 0)

    def _ask_lists(self, batch: Sequence[int]) -> Generator[PushStep, PushReply, dict[int, PostStates]]:
        """Return what the site says of a list of ids. It may fail at one of them, so that a failed list is halved."""
        known = yield AskPosts(tuple(batch))
        if isinstance(known, PostStates):
            self.failed_lists.answered()
            return {state.post_id: known for state in known.posts}
        shorter = self.failed_lists.shorter(batch)
        if shorter is None:
            raise SiteFails
        reported: dict[int, PostStates] = {}
        for half in shorter:
            reported |= yield from self._ask_lists(half)
        return reported


def defer(operation: Operation, said: str) -> Resolve:
    """An operation that stays in the queue."""
    return Resolve(operation, OperationState.PENDING, OperationOutcome.LATER, said)


def resolve_limited(operation: Operation, reported: PostStates, limit: int) -> Resolve:
    """An add that met the account's limit, by what the site said of its post; nothing means that there is none."""
    post_id = operation.post_id
    hidden = next((each for each in reported.unavailable if each.post_id == post_id), None)
    if hidden is not None:
        return defer(operation, hidden.reason)
    state = next((state for state in reported.posts if state.post_id == post_id), None)
    if state is None:
        return resolve_missing(operation)
    if state.is_favorited:
        return Resolve(operation, OperationState.DONE, OperationOutcome.ALREADY)
    reason = f"the account is at its limit of {counted(limit, 'favorite')}"
    return Resolve(operation, OperationState.FAILED, OperationOutcome.REFUSED, reason)


def resolve_missing(operation: Operation) -> Resolve:
    """An operation about a post that the site does not have."""
    if operation.action is Action.REMOVE:
        reason = "the post no longer exists on the site, so it is in no list"
        return Resolve(operation, OperationState.DONE, OperationOutcome.ALREADY, reason, is_gone=True)
    reason = f"the site has no post {operation.post_id}"
    return Resolve(operation, OperationState.FAILED, OperationOutcome.REFUSED, reason, is_gone=True)
