"""`sync`: who am I, push what is queued, pull what changed; one run of one account, written down from start to end."""

from collections import Counter
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import dataclass, field, replace
from datetime import timedelta

from favsync import interruption
from favsync.app.listener import Observer
from favsync.app.sync.identity import identify_account, is_renamed
from favsync.app.sync.mode import SyncMode, choose_mode
from favsync.app.sync.pull import AllowedRemovals, Pull, Pulled
from favsync.app.sync.push import Push
from favsync.app.sync.report import SyncReport
from favsync.clock import Clock, as_text, utc_now
from favsync.core.push import Resolve
from favsync.errors import (
    DatabaseTrouble,
    FavsyncError,
    LoginRefused,
    SiteRefused,
    SiteTrouble,
    SiteUnreachable,
    unforeseen,
)
from favsync.model import Account, OperationOutcome, OperationState, PlannedChange, RunOutcome, SiteUser
from favsync.site.api import Site
from favsync.store.accounts import save_account_facts
from favsync.store.database import Database, Transaction
from favsync.store.favorites import count_favorites
from favsync.store.operations import count_pending, load_pending
from favsync.store.runs import close_abandoned_runs, close_interrupted_run, finish_run, start_run
from favsync.store.sqlite.connect import blame


@dataclass(frozen=True, slots=True)
class SyncOptions:
    """What a run shall do."""

    pull: bool = True
    push: bool = True
    dry_run: bool = False
    full: bool = False
    """Read everything, whatever is known."""
    full_every: timedelta = timedelta(days=7)
    """After how long everything is read again."""
    allowed_removals: AllowedRemovals | None = None
    """None: any number of removals is accepted."""


@dataclass(frozen=True, slots=True)
class Ordered:
    """Queued changes that come one by one, each to be applied before the next."""

    changes: Iterable[PlannedChange]
    number: int
    """How many there will be at most."""


@dataclass
class Sync:
    """One run of one account."""

    database: Database
    client: Site
    account: Account
    anonymous: Callable[[], Site]
    """Makes a client of the same site without a key, to tell a wrong key from a renamed user."""
    options: SyncOptions
    clock: Clock = utc_now
    observer: Observer = field(default_factory=Observer)
    notices: tuple[str, ...] = ()
    in_order: Ordered | None = None
    """Queued changes to apply in place of the queue; whoever gives them tells what became of them (`undone`)."""
    user: SiteUser | None = field(default=None, init=False)
    undone: tuple[Resolve, ...] = field(default=(), init=False)
    withdrawn: tuple[int, ...] = field(default=(), init=False)
    _pushing: Push | None = field(default=None, init=False)

    def run(self) -> SyncReport:
        """Carry the run out and report it; whatever goes wrong in it is in the report, not raised.

        Raises DatabaseTrouble: then the next run writes down that this one ended. KeyboardInterrupt passes through
        after it is written down.
        """
        if self.options.dry_run:
            return self._dry_run()
        with interruption.last_act(self._close_interrupted):
            try:
                return self._apply()
            except BaseException as exc:
                if isinstance(exc, KeyboardInterrupt) or interruption.heard() is not None:
                    self.database.abandon()
                    self._close_interrupted()
                raise

    def _apply(self) -> SyncReport:
        with self.database.write() as conn:
            at = as_text(self.clock())
            close_abandoned_runs(conn, self.account.id, at=at)
            run_id = start_run(conn, self.account.id, kind=self._choose_mode(conn).kind, at=at)
        try:
            return self._run(run_id)
        except DatabaseTrouble:
            raise
        except Exception as exc:  # it ends this account's run, and the others go on
            interruption.check()
            damage = None if isinstance(exc, FavsyncError | OSError | MemoryError) else blame(exc, self.database.path)
            if damage is not None:
                raise damage from exc
            return self._ended(run_id, unforeseen(exc))

    def _run(self, run_id: int) -> SyncReport:
        try:
            user = self._identify(run_id)
        except (SiteRefused, SiteTrouble) as exc:
            return self._ended(run_id, exc)
        push = self._pushing = Push(self.database, self.client, self.account, run_id, self.clock, self.observer)
        stopped: FavsyncError | None = None
        try:
            if self.options.push and self.in_order is not None:
                push.run_in_order(self.in_order.changes, self.in_order.number)
            elif self.options.push:
                push.run()
        except (SiteRefused, SiteTrouble) as exc:
            stopped = exc  # the pull follows: a backup must not depend on a queue that the site does not take
        self.undone, self.withdrawn = tuple(push.undone), tuple(push.withdrawn)
        if self.in_order is None:
            self.notices += push.notices()
        if isinstance(stopped, (LoginRefused, SiteUnreachable)) or not self.options.pull:
            return self._ended(run_id, stopped)
        pull = self._pull(run_id, user, count_is_fresh=push.sent == 0)
        try:
            pulled = pull.run()
        except (SiteRefused, SiteTrouble) as exc:
            return self._ended(run_id, exc)
        report = self._report(run_id, pulled, pulled.error or stopped)
        pull.save(pulled, report)
        return report

    def _dry_run(self) -> SyncReport:
        with self.database.read() as conn:
            pending = load_pending(conn, self.account.id) if self.options.push else []
        pulled = None
        error: FavsyncError | None = None
        try:
            user = self._identify(None)
            if self.options.pull:
                pulled = self._pull(None, user, count_is_fresh=True).run()
                error = pulled.error
        except (SiteRefused, SiteTrouble) as exc:
            error = exc
        return replace(self._report(None, pulled, error), pending=tuple(pending))

    def _choose_mode(self, conn: Transaction) -> SyncMode:
        options, now = self.options, self.clock()
        return choose_mode(conn, self.account.id, wants_all=options.full, full_every=options.full_every, now=now)

    def _identify(self, run_id: int | None) -> SiteUser:
        user = self.user = identify_account(self.client, self.account, anonymous=self.anonymous)
        if is_renamed(self.account, user):
            self.notices += (f"{self.account.name}: '{self.account.username}' is called '{user.name}' on the site now",)
        if run_id is not None:
            with self.database.write() as conn:
                name = user.name if self.account.is_public else None
                save_account_facts(conn, self.account.id, username=name, favorite_limit=user.favorite_limit)
        return user

    def _pull(self, run_id: int | None, user: SiteUser, *, count_is_fresh: bool) -> Pull:
        with self.database.read() as conn:
            mode = self._choose_mode(conn)
        return Pull(
            database=self.database,
            client=self.client,
            account=self.account,
            user=user,
            run_id=run_id,
            clock=self.clock,
            observer=self.observer,
            allowed_removals=self.options.allowed_removals,
            mode=mode,
            count_is_fresh=count_is_fresh,
        )

    def _close_interrupted(self) -> None:
        """Write down that the run was cut off; where that cannot be, the next one does."""
        with suppress(DatabaseTrouble):
            at = as_text(self.clock())
            close_interrupted_run(self.database.path, self.account.id, requests=self.client.requests, at=at)

    def _ended(self, run_id: int, error: FavsyncError | None) -> SyncReport:
        """Write down and report a run that did not come to a pull, or was not to."""
        report = self._report(run_id, None, error)
        with self.database.write() as conn:
            finish_run(conn, run_id, report)
        return report

    def _report(self, run_id: int | None, pulled: Pulled | None, error: FavsyncError | None) -> SyncReport:
        with self.database.read() as conn:
            pending = count_pending(conn, self.account.id)
            if pulled is not None:
                kind, total = pulled.kind, pulled.plan.total
            else:  # the kind is what it would have been
                kind, total = self._choose_mode(conn).kind, count_favorites(conn, self.account.id)
        resolved = Counter() if self._pushing is None else self._pushing.resolved
        report = SyncReport(
            as_text(self.clock()),
            RunOutcome.FAILED if error else RunOutcome.COMPLETE,
            error.message if error else None,
            self.client.requests,
            total=total,
            pushed_applied=resolved[OperationState.DONE, OperationOutcome.APPLIED],
            pushed_already=resolved[OperationState.DONE, OperationOutcome.ALREADY],
            pushed_failed=resolved[OperationState.FAILED, OperationOutcome.REFUSED],
            pushed_pending=pending,
            account=self.account.name,
            run_id=run_id,
            kind=kind,
            error=error,
            notices=self.notices,
            user=self.user,
            undone=self.undone,
            withdrawn=self.withdrawn,
        )
        return report if pulled is None else pulled.told_in(report)
