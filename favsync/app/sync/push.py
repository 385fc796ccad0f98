"""The push: send the queue, each answer saved in its own transaction before the next request."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import assert_never

from favsync.app.listener import Observer
from favsync.app.sync.single_posts import SinglePosts, state_of
from favsync.clock import Clock, as_text
from favsync.core.listing.effects import AskPost, AskPosts, NoResult, PostStates
from favsync.core.push import (
    PushReply,
    PushStep,
    PushSteps,
    Queue,
    Refused,
    Resolve,
    Send,
    SiteFails,
    Withdrawn,
    push_queue,
)
from favsync.core.push_in_order import push_in_order
from favsync.errors import LoginRefused, RightRefused, SiteTrouble
from favsync.model import Account, Action, Operation, OperationOutcome, OperationState, PlannedChange
from favsync.site.api import Site
from favsync.store.database import Database
from favsync.store.operations import is_pending, load_pending, load_queued, queue_operation, resolve_operation


@dataclass
class Push:
    """One push of one account's queue."""

    database: Database
    client: Site
    account: Account
    run_id: int
    clock: Clock
    observer: Observer
    resolved: Counter[tuple[OperationState, OperationOutcome]] = field(default_factory=Counter)
    sent: int = 0
    undone: list[Resolve] = field(default_factory=list)
    """What was refused or deferred, with the reason."""
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

    def run_in_order(self, changes: Iterable[PlannedChange], number: int) -> None:
        """Queue and apply queued changes one by one, up to the first that has to wait; about `number` of them.

        Raises as `run` does.
        """
        self._follow(push_in_order(changes), number)

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
        """What was refused or deferred, in words."""
        return tuple(undone.in_words() for undone in self.undone)

    def _reply(self, step: PushStep) -> PushReply:
        reply: PushReply = None
        match step:
            case Queue(change):
                with self.database.write() as conn:
                    reply = waiting = load_queued(conn, self.account.id, change.post_id) or queue_operation(
                        conn, self.account.id, change.post_id, change.action, at=as_text(self.clock())
                    )
                if waiting.action is not change.action:
                    self.withdrawn.append(change.post_id)
                    reply = Withdrawn()
            case Send(operation, wait):
                reply = self._send(operation, wait=wait)
            case AskPosts(post_ids):
                try:
                    reply = PostStates(tuple(map(state_of, self.client.fetch_posts(post_ids).posts)))
                except SiteTrouble as exc:
                    self._trouble = exc
                    reply = NoResult(exc.message)
            case AskPost(post_id):
                reply = self._single.ask(post_id)[0]
            case Resolve():
                self._resolve(step)
            case _ as never:
                assert_never(never)
        return reply

    def _send(self, operation: Operation, *, wait: bool) -> PushReply:
        with self.database.read() as conn:
            waits = is_pending(conn, operation.id)
        if not waits:
            self.withdrawn.append(operation.post_id)
            return Withdrawn()
        self.sent += 1
        write = self.client.add_favorite if operation.action is Action.ADD else self.client.remove_favorite
        try:
            return write(operation.post_id, wait=wait)
        except SiteTrouble as exc:
            # It may be about this one post (a statement timeout, docs/site-api.md, "Faults"): the others may well pass.
            self._trouble = exc
            return NoResult(exc.message)
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

    def _resolve(self, step: Resolve) -> None:
        with self.database.write() as conn:
            was_pending = is_pending(conn, step.operation.id)
            resolve_operation(
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
        self.resolved[step.state, step.outcome] += 1
