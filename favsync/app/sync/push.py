"""The push: carry the queue out, each answer settled in a transaction of its own before the next is asked for."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never

from favsync.app.sync.report import Observer, PushTally
from favsync.app.sync.single_posts import SinglePosts, state_of
from favsync.clock import Clock, as_text
from favsync.core.listing.effects import AskPost, AskPosts, PostStates, Unanswered
from favsync.core.push import (
    PushReply,
    PushStep,
    PushSteps,
    Queue,
    Refused,
    Send,
    Settle,
    SiteFails,
    Withdrawn,
    push_queue,
)
from favsync.core.push_in_order import push_in_order
from favsync.errors import LoginRefused, RightRefused, SiteTrouble
from favsync.model import Account, Action, Operation, OperationOutcome, OperationState, Wish
from favsync.site.api import Site
from favsync.store.database import Database
from favsync.store.operations import (
    count_pending,
    is_pending,
    load_pending,
    load_waiting,
    queue_operation,
    settle_operation,
)


@dataclass
class Push:
    """One push of one account's queue."""

    database: Database
    client: Site
    account: Account
    run_id: int
    clock: Clock
    observer: Observer
    settled: dict[tuple[OperationState, OperationOutcome], int] = field(default_factory=dict)
    sent: int = 0
    undone: list[Settle] = field(default_factory=list)
    """What was refused or put off, with the reason."""
    withdrawn: list[int] = field(default_factory=list)
    """Posts that the user took back, or said the contrary of, before their turn."""
    _trouble: SiteTrouble | RightRefused | None = None

    def __post_init__(self) -> None:
        self._single = SinglePosts(self.client, self.account.site_user_id)

    def run(self) -> None:
        """Carry out what is pending. Raises SiteRefused (the queue stays as it was) and SiteTrouble."""
        with self.database.read() as conn:
            operations = load_pending(conn, self.account.id)
        if not operations:
            return
        self._follow(push_queue(operations, self.client.limits), len(operations))

    def run_in_order(self, wishes: Iterable[Wish], number: int) -> None:
        """Queue and carry out wishes one by one, up to the first that has to wait; about `number` of them.

        Raises as `run` does.
        """
        self._follow(push_in_order(wishes), number)

    def _follow(self, steps: PushSteps, number: int) -> None:
        reply: PushReply = None
        try:
            while True:
                step = steps.send(reply)
                reply = self._reply(step)
                self.observer.pushing(min(self.sent, number), number)
        except StopIteration:
            return
        except SiteFails as exc:
            raise self._trouble or exc from exc
        finally:
            steps.close()

    def notices(self) -> tuple[str, ...]:
        """What was refused or put off, in words."""
        return tuple(undone.in_words() for undone in self.undone)

    def tally(self) -> PushTally:
        """Count how operations ended, and what waits now."""
        with self.database.read() as conn:
            pending = count_pending(conn, self.account.id)
        return PushTally(
            applied=self.settled.get((OperationState.DONE, OperationOutcome.APPLIED), 0),
            already=self.settled.get((OperationState.DONE, OperationOutcome.ALREADY), 0),
            failed=self.settled.get((OperationState.FAILED, OperationOutcome.REFUSED), 0),
            pending=pending,
        )

    def _reply(self, step: PushStep) -> PushReply:
        match step:
            case Queue(wish):
                return self._queue(wish)
            case Send(operation, wait):
                return self._send(operation, wait=wait)
            case AskPosts(post_ids):
                return self._ask(post_ids)
            case AskPost(post_id):
                return self._single.ask(post_id)[0]
            case Settle():
                self._settle(step)
                return None
            case _ as never:
                assert_never(never)

    def _queue(self, wish: Wish) -> Operation | Withdrawn:
        with self.database.write() as conn:
            waiting = load_waiting(conn, self.account.id, wish.post_id)
            if waiting is not None:
                if waiting.action is wish.action:
                    return waiting
                self.withdrawn.append(wish.post_id)
                return Withdrawn()
            return queue_operation(conn, self.account.id, wish.post_id, wish.action, at=as_text(self.clock()))

    def _send(self, operation: Operation, *, wait: bool) -> PushReply:
        if not self._is_pending(operation):
            self.withdrawn.append(operation.post_id)
            return Withdrawn()
        self.sent += 1
        write = self.client.add_favorite if operation.action is Action.ADD else self.client.remove_favorite
        try:
            return write(operation.post_id, wait=wait)
        except SiteTrouble as exc:
            # It may be about this one post (a statement timeout, contract section 1): the others may well pass.
            self._trouble = exc
            return Unanswered(exc.message)
        except LoginRefused as exc:
            # A login that is taken for reading is no wrong one: as with 403, it is about writing, or about this post.
            self._single.make_sure_of_the_site(exc)
            self._trouble = RightRefused(exc.message, exc.said)
            return Refused(exc.message)
        except RightRefused as exc:
            if self.client.refuses_every_change(exc):
                raise
            self._trouble = exc
            return Refused(exc.message)

    def _ask(self, post_ids: tuple[int, ...]) -> PushReply:
        try:
            return PostStates(tuple(map(state_of, self.client.fetch_posts(post_ids).posts)))
        except SiteTrouble as exc:
            self._trouble = exc
            return Unanswered(exc.message)

    def _is_pending(self, operation: Operation) -> bool:
        with self.database.read() as conn:
            return is_pending(conn, operation.id)

    def _settle(self, step: Settle) -> None:
        with self.database.write() as conn:
            was_pending = is_pending(conn, step.operation.id)
            settle_operation(
                conn,
                step.operation.id,
                state=step.state,
                outcome=step.outcome,
                reason=step.reason,
                run_id=self.run_id,
                at=as_text(self.clock()),
            )
        if step.state is not OperationState.DONE:
            if not was_pending:
                return  # taken back while the site was asked: nothing is left undone
            self.undone.append(step)
        key = (step.state, step.outcome)
        self.settled[key] = self.settled.get(key, 0) + 1
