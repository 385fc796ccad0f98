"""`migrate`: one account's list brought to another account of the same site, in its order; slice by slice if need be.

Both lists are read first, and nothing is sent unless both are proven. Each change goes through the target's queue, one
at a time and oldest first, so that the run can end at any moment: the next one goes on with what is lacking then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import takewhile
from typing import Protocol

from favsync.app.sync.report import SyncReport
from favsync.app.sync.run import Ordered, SyncOptions
from favsync.clock import as_text, utc_now
from favsync.core.migration import (
    MigrationPlan,
    Verdict,
    first_changes,
    judge,
    list_after,
    list_with,
    newest_that_fit,
    plan_migration,
)
from favsync.core.push import Resolve
from favsync.errors import TooLittleRoom, TooManyToRemove
from favsync.model import Account, Action, OperationOutcome, OperationState, PlannedChange
from favsync.store.accounts import load_account
from favsync.store.database import Database
from favsync.store.favorites import load_favorites, load_post_ids, load_ties
from favsync.store.operations import cancel_operations, load_pending


class RunAccount(Protocol):
    """Makes one run of an account, and reports what went wrong instead of raising it, as `sync` does."""

    def __call__(self, account: Account, options: SyncOptions, *, in_order: Ordered | None = None) -> SyncReport: ...


Choose = Callable[[Sequence[int]], Sequence[int]]
"""Picks from a list of posts, newest first, those that are meant, in the same order."""


@dataclass(frozen=True, slots=True)
class MigrateOptions(SyncOptions):
    """What a migration shall do. `allowed_removals` is also how much a mirror may remove."""

    mirror: bool = False
    """Also take out of the target what the source has not."""
    skipped: frozenset[int] = frozenset()
    limit: int | None = None
    """Queued changes to send at most; None: all."""
    newest_that_fit: bool = False
    seconds: float | None = None
    """After so long no queued change is sent any more; None: none is too late."""


@dataclass(frozen=True, slots=True)
class Prepared:
    """Both lists, proven, and what has to be sent."""

    source: SyncReport
    target: SyncReport
    source_ids: Sequence[int]
    """What is to be brought over, newest first."""
    target_ids: Sequence[int]
    """As the target was before anything was sent, newest first."""
    whole: MigrationPlan
    plan: MigrationPlan
    """The part of the whole that is sent this time."""
    forecast: Verdict
    """How the two lists would compare when all of the whole is applied."""
    limit: int | None
    """Favorites that the target may have; None: the site did not say."""
    room: int | None
    """How many more it takes."""


@dataclass(frozen=True, slots=True)
class Migrated:
    """What came of it."""

    report: SyncReport
    verdict: Verdict | None
    """None where the target could not be read again."""
    gone: tuple[int, ...]
    """Posts that the site does not have any more, in the order in which they were to be added."""
    refused: tuple[Resolve, ...]
    waiting: tuple[Resolve, ...]
    """The queued change that those after it had to wait for."""
    left: int
    """Queued changes that have not come to an end, the waiting one among them."""

    @property
    def exit_code(self) -> int:
        """That of what stopped it; 3 where something is left, was refused, or could not be compared.

        What else waits in the target's queue is no failure of a move.
        """
        if self.report.error is not None:
            return self.report.error.exit_code
        return 3 if self.left or self.gone or self.refused or self.verdict is None else 0


@dataclass
class Migrate:
    """One slice of a migration, or all of it."""

    database: Database
    source: Account
    target: Account
    options: MigrateOptions
    run: RunAccount
    elapsed: Callable[[], float]
    """Seconds since the command began, those that the machine slept through as well."""
    choose: Choose | None = None
    """None: all of the source's favorites are brought over."""
    site_url: str = ""
    interval: float = 0.0
    """Seconds from one request to the next."""

    def prepare(self) -> Prepared | SyncReport:
        """Read both lists and plan; where one of them cannot be proven, return its report instead.

        Nothing is sent. Raises what the database raises.
        """
        reading = replace(self.options, push=False)
        source = self.run(self.source, reading)
        if not source.is_proven:
            return source
        target = self.run(self.target, reading)
        if not target.is_proven:
            return target
        source_ids, target_ids = self._list(self.source, source), self._list(self.target, target)
        if self.choose is not None:
            source_ids = self.choose(source_ids)
        limit = None if target.user is None else target.user.favorite_limit
        # The site holds its limit against its own counter, drifted as it may be.
        counted = None if target.user is None else target.user.favorite_count
        room = None if limit is None else limit - (len(target_ids) if counted is None else counted)
        whole = plan_migration(source_ids, target_ids, mirror=self.options.mirror, skipped=self.options.skipped)
        plan = newest_that_fit(whole, room) if self.options.newest_that_fit else whole
        return Prepared(
            source=source,
            target=target,
            source_ids=source_ids,
            target_ids=target_ids,
            whole=whole,
            forecast=judge(source_ids, list_with(target_ids, plan.changes())),
            plan=replace(first_changes(plan, self.options.limit), cut_off=self._cut_off(source_ids, target_ids)),
            limit=limit,
            room=room,
        )

    def guard(self, prepared: Prepared) -> None:
        """Raise TooManyToRemove or TooLittleRoom where a plan is not to be applied as it is."""
        removals, of = len(prepared.whole.remove), len(prepared.target_ids)
        allowed = None if self.options.allowed_removals is None else self.options.allowed_removals(of)
        if allowed is not None and removals > allowed:
            raise TooManyToRemove(self.target.name, removals, of, allowed)
        if not prepared.plan.fits(prepared.room):
            room = max((prepared.room or 0) + len(prepared.plan.remove), 0)
            raise TooLittleRoom(self.target.name, len(prepared.plan.add), room, prepared.limit or 0)

    def apply(self, prepared: Prepared) -> Migrated:
        """Send what is planned, read the target again, and hold it against the source.

        Queued changes that an earlier run deferred, and that are to be left out now, are taken back first.
        """
        left_out = (*prepared.plan.skipped, *prepared.plan.kept)
        with self.database.write() as conn:
            deferred = [
                operation.id
                for operation in load_pending(conn, self.target.id)
                if operation.post_id in left_out and operation.outcome is OperationOutcome.LATER
            ]
            cancel_operations(conn, deferred, at=as_text(utc_now()))
        changes, seconds = prepared.plan.changes(), self.options.seconds
        in_time = takewhile(lambda _: seconds is None or self.elapsed() < seconds, changes)
        with self.database.read() as conn:
            target = load_account(conn, self.target.name)  # with what its last scan has learned
        report = self.run(target, self.options, in_order=Ordered(in_time, len(changes)))
        failed = [undone for undone in report.undone if undone.state is OperationState.FAILED]
        ended = report.pushed.applied + report.pushed.already + report.pushed.failed + len(report.withdrawn)
        return Migrated(
            report=report,
            verdict=self._judge(prepared) if report.is_proven else None,
            gone=tuple(undone.operation.post_id for undone in failed if undone.is_gone),
            refused=tuple(undone for undone in failed if not undone.is_gone),
            waiting=tuple(undone for undone in report.undone if undone.state is OperationState.PENDING),
            left=len(changes) - ended + prepared.plan.later,
        )

    def _cut_off(self, source_ids: Sequence[int], target_ids: Sequence[int]) -> tuple[PlannedChange, ...]:
        """What an earlier run queued, and what is so already: it was cut off before the site's answer.

        Left there, it would be applied on a day on which the user has long said otherwise on the site.
        """
        here, there = set(target_ids), set(source_ids)
        with self.database.read() as conn:
            waiting = [
                PlannedChange(operation.action, operation.post_id) for operation in load_pending(conn, self.target.id)
            ]
        return tuple(
            change
            for change in waiting
            if (change.action is Action.ADD) == (change.post_id in here) == (change.post_id in there)
            and (change.action is Action.ADD or self.options.mirror)
        )

    def _list(self, account: Account, report: SyncReport) -> Sequence[int]:
        """The account's list after a run; after a dry one, as it would be."""
        with self.database.read() as conn:
            if report.run_id is not None or report.plan is None:
                return load_post_ids(conn, account.id)
            return list_after(load_favorites(conn, account.id), report.plan)

    def _judge(self, prepared: Prepared) -> Verdict:
        with self.database.read() as conn:
            target_ids = load_post_ids(conn, self.target.id)
            tied = {
                ids[place]
                for account, ids in ((self.source, load_post_ids(conn, self.source.id)), (self.target, target_ids))
                for stretch in load_ties(conn, account.id, ids)
                for place in stretch
            }
        return judge(prepared.source_ids, target_ids, before=set(prepared.target_ids), tied=tied)
