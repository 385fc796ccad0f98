"""A site for pushes without I/O: it carries writes out as the site does, and fails as told."""

from collections.abc import Iterable
from dataclasses import dataclass, field

from favsync.core.listing.effects import AskPost, AskPosts, NoResult, PostState, PostStates
from favsync.core.push import PushReply, PushStep, Queue, Refused, Resolve, Send, Withdrawn
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
    WriteAnswer,
)

ADD, REMOVE = Action.ADD, Action.REMOVE


def queue(*changes: tuple[Action, int], attempts: int = 0) -> list[Operation]:
    return [
        Operation(number, 1, post_id, action, OperationState.PENDING, None, None, attempts, "", None)
        for number, (action, post_id) in enumerate(changes, start=1)
    ]


@dataclass
class Favorites:
    """A site that carries writes out as docs/site-api.md, "Changing favorites", says."""

    favorites: set[int] = field(default_factory=set)
    limit: int = 100
    gone: set[int] = field(default_factory=set)
    transferring: dict[int, int] = field(default_factory=dict)
    """How many more writes each post answers with 423."""
    not_saved: set[int] = field(default_factory=set)
    broken: set[int] = field(default_factory=set)
    refused: set[int] = field(default_factory=set)
    """Posts that no right is enough for."""
    poison: set[int] = field(default_factory=set)
    """Posts that no list of ids is answered with."""
    withdrawn: set[int] = field(default_factory=set)
    unindexed: set[int] = field(default_factory=set)
    steps: list[PushStep] = field(default_factory=list)

    def reply(self, step: PushStep) -> PushReply:
        self.steps.append(step)
        match step:
            case Send(operation, wait):
                return self._write(operation, wait=wait)
            case Resolve():
                return None
            case AskPosts(post_ids):
                if self.poison & set(post_ids):
                    return NoResult("it timed out")
                return self._states(set(post_ids) - self.unindexed)
            case AskPost(post_id):
                return self._states([post_id])
            case Queue(change):
                return queue((change.action, change.post_id))[0]

    def _states(self, post_ids: Iterable[int]) -> PostStates:
        known = sorted(set(post_ids) - self.gone)
        return PostStates(tuple(PostState(post_id, post_id in self.favorites, False, None) for post_id in known))

    def _write(self, operation: Operation, *, wait: bool) -> WriteAnswer | Refused | Withdrawn | NoResult:
        post_id = operation.post_id
        if post_id in self.withdrawn:
            return Withdrawn()
        if post_id in self.refused:
            return Refused("Access Denied")
        if post_id in self.broken:
            return NoResult("it timed out")
        if post_id in self.gone:
            return PostGone()
        if self.transferring.get(post_id, 0) > 0:
            self.transferring[post_id] -= 1
            if not wait or self.transferring[post_id] > 0:
                return Transferring()
        if post_id in self.not_saved:
            return NotSaved("Failed to update post")
        if operation.action is REMOVE:
            self.favorites.discard(post_id)
            return Applied()
        if len(self.favorites) >= self.limit:
            return LimitReached(self.limit)
        if post_id in self.favorites:
            return AlreadyFavorite()
        self.favorites.add(post_id)
        return Applied()


def short(resolve: Resolve) -> tuple[OperationState, OperationOutcome]:
    return resolve.state, resolve.outcome


DONE_APPLIED = (OperationState.DONE, OperationOutcome.APPLIED)
DONE_ALREADY = (OperationState.DONE, OperationOutcome.ALREADY)
REFUSED = (OperationState.FAILED, OperationOutcome.REFUSED)
LATER = (OperationState.PENDING, OperationOutcome.LATER)
