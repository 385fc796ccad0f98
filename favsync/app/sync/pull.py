"""The pull: read the listing, conclude, and make the database agree with it in one transaction."""

from collections.abc import Callable, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import TypeVar, assert_never

import msgspec

from favsync.app.listener import Observer
from favsync.app.sync.mode import SyncMode
from favsync.app.sync.removal_reasons import find_reasons, learn_deletion_reasons
from favsync.app.sync.report import SyncReport
from favsync.app.sync.source import DryRecorder, ListingSource, RunRecorder
from favsync.clock import Clock, as_text
from favsync.core.listing.effects import Begin, Effect, Result
from favsync.core.listing.incremental import Base, pull_scan
from favsync.core.listing.result import Proof, ScanResult, ScanTask
from favsync.core.plan import PullPlan, plan_changes, plan_pull
from favsync.core.post_changes import Followed, follow_changes
from favsync.errors import FavsyncError, ListingHidden, SiteRefused, TooManyRemovals
from favsync.model import Account, Action, RunKind, RunOutcome, SiteUser
from favsync.site.api import Site
from favsync.store.accounts import save_account_facts
from favsync.store.baseline import (
    forget_baseline,
    load_came_after,
    load_change_seq,
    load_highest_change,
    load_last_known,
)
from favsync.store.checkpoints import delete_steps
from favsync.store.database import Database
from favsync.store.favorites import load_baseline_rows, load_favorites, load_post_ids, load_ties, save_pull
from favsync.store.operations import load_unnoticed, mark_noticed
from favsync.store.posts.saving import mark_destroyed
from favsync.store.runs import finish_run

T = TypeVar("T")

INDEX_LAG = timedelta(hours=1)
"""The search index is some minutes behind; what it showed longer ago than this, it showed completely."""

SAFE_MODE = (
    "safe mode is on, for the account or for the whole site: changes of posts that are not rated safe are learned from"
    " the pages that are read, all others by the weekly scan or with --full"
)

AllowedRemovals = Callable[[int], int]
"""How many favorites one run may believe to be gone, of a list of that many."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull came to."""

    scan: ScanResult
    plan: PullPlan
    outcome: RunOutcome
    error: FavsyncError | None
    pages_read: int
    changed: int
    notices: tuple[str, ...]
    followed: Followed | None = None
    """How far changes of posts were followed; None: all posts came with the list, or there was nothing to follow."""

    @property
    def kind(self) -> RunKind:
        return RunKind.INCREMENTAL if self.scan.goes_on else RunKind.FULL

    @property
    def unrefreshed(self) -> str | None:
        """What could not be brought up to date, in words; None when everything was."""
        if self.followed is None or self.followed.reason is None:
            return None
        return f"tags, ratings and sources of older favorites could not be refreshed: {self.followed.reason}"

    def told_in(self, report: SyncReport) -> SyncReport:
        """The report of the whole run, with what the pull came to."""
        return replace(
            report,
            outcome=self.outcome,
            reason=self.scan.reason or report.reason or self.unrefreshed,
            pages_read=self.pages_read,
            added=len(self.plan.added),
            removed=len(self.plan.removed),
            moved=len(self.plan.moved),
            changed=self.changed,
            evidence=msgspec.json.encode(self.scan.evidence).decode(),
            plan=self.plan,
            unrefreshed=self.unrefreshed,
            unavailable=self.scan.evidence.unavailable,
            notices=report.notices + self.notices,
        )


@dataclass(frozen=True, slots=True)
class Pull:
    """One pull of one account. `run_id` None makes it a dry one: the same plan, and nothing is written."""

    database: Database
    client: Site
    account: Account
    user: SiteUser
    run_id: int | None
    clock: Clock
    observer: Observer
    allowed_removals: AllowedRemovals | None
    """None: any number."""
    mode: SyncMode
    count_is_fresh: bool
    """True: nothing was pushed since `user` was fetched."""

    def run(self) -> Pulled:
        """Read the listing and plan what follows. Raises SiteRefused and DatabaseTrouble.

        A hidden list that pretends to be empty leaves no checkpoint: its pages are a lie.
        """
        with self.database.read() as conn:
            post_ids = load_post_ids(conn, self.account.id)
            pushed = load_unnoticed(conn, self.account.id)
        recorder, source = self._source()
        try:
            scan = self._read(source, post_ids, pushed)
        except ListingHidden:
            recorder.forget(0)
            raise
        plan = self._explain(self._plan(scan, pushed), scan, post_ids)
        followed = self._follow(scan, source)
        if self.run_id is not None and scan.proof is not Proof.UNPROVEN:
            page_sizes = {self.user.per_page, scan.page_size}
            learn_deletion_reasons(self.database, self.client, page_sizes, self.clock)
        notices = [*source.problems]
        for hidden in scan.unavailable:
            kept = f"post {hidden.post_id} stays as it was, and is asked about again next time"
            notices.append(f"{kept}: {hidden.reason}")
        if source.is_safe_mode and not scan.saw_all:
            notices.append(SAFE_MODE)
        outcome, error = self._outcome(scan, source, len(post_ids))
        return Pulled(
            scan=scan,
            plan=plan,
            outcome=outcome,
            error=error,
            pages_read=source.pages,
            followed=followed,
            changed=recorder.changed if isinstance(recorder, RunRecorder) else 0,
            notices=tuple(dict.fromkeys(notices)),  # a post that was met twice is told of once
        )

    def save(self, pulled: Pulled, report: SyncReport) -> None:
        """Write what a pull concluded, and how the run ended, as a whole or not at all.

        A scan that the site left unfinished keeps its checkpoint.
        """
        if self.run_id is None:
            return
        at = as_text(self.clock())
        scan, plan = pulled.scan, pulled.plan
        with self.database.write() as conn:
            destroyed = [removal.post_id for removal in plan.removed if removal.reason == "destroyed"]
            mark_destroyed(conn, destroyed, run_id=self.run_id, at=at)
            save_pull(conn, self.account.id, plan, run_id=self.run_id, at=at)
            if pulled.outcome is RunOutcome.COMPLETE:
                mark_noticed(conn, self.account.id, self.run_id)
                save_account_facts(
                    conn, self.account.id, favorite_count=scan.evidence.count_after, count_drift=scan.drift
                )
            if pulled.outcome is not RunOutcome.INCOMPLETE or pulled.error is None:
                delete_steps(conn, self.account.id)
            if not plan.is_base and (plan.added or plan.placed):
                forget_baseline(conn, self.account.id)  # between what was added, something may be missing
            if scan.proof is not Proof.UNPROVEN:
                change_seq = pulled.followed.up_to if pulled.followed else None
                if scan.saw_all:
                    # Also where the search was asked as well: a full run's number counts at once, and the index may
                    # have lagged.
                    change_seq = load_highest_change(conn, as_of=scan.as_of) if scan.as_of else None
                report = replace(report, is_base=plan.is_base, as_of=scan.as_of, change_seq=change_seq)
            finish_run(conn, self.run_id, report, kind=pulled.kind)

    def _source(self) -> tuple[DryRecorder, ListingSource]:
        recorder = (
            DryRecorder(self.database, self.account.id, self.clock)
            if self.run_id is None
            else RunRecorder(self.database, self.account.id, self.clock, self.run_id, lambda: self.client.requests)
        )
        known = self.mode.known
        return recorder, ListingSource(
            self.client,
            self.user,
            recorder,
            self.observer,
            self.clock,
            known.as_of if known else None,
            self.count_is_fresh,
            baseline_run=known.run_id if known and not self.account.is_public else None,
        )

    def _read(self, source: ListingSource, post_ids: Sequence[int], pushed: Mapping[int, Action]) -> ScanResult:
        """Read what has to be read, going on with an interrupted scan where there is one of use."""
        since, begun = self.mode.since, source.load_checkpoint()
        if begun == Begin(None):
            since = None
        base = None
        if since is not None:
            with self.database.read() as conn:
                base = Base(since.run_id, load_ties(conn, self.account.id, post_ids))
        task = ScanTask(
            post_ids,
            self.client.limits,
            drift=self.account.count_drift,
            owned=not self.account.is_public,
            allowed_removals=None if self.allowed_removals is None else self.allowed_removals(len(post_ids)),
            expected_gone={post_id for post_id, action in pushed.items() if action is Action.REMOVE},
            resumed=begun is not None and begun == Begin(base.run_id if base else None),
            because=self.mode.because,
        )
        return _finish(pull_scan(task, base), source)

    def _plan(self, scan: ScanResult, pushed: Mapping[int, Action]) -> PullPlan:
        with self.database.read() as conn:
            top = scan.listing if scan.goes_on else scan.listing[: scan.kept or 0]
            witnessed = top if scan.witness is None else (*top, scan.witness)
            came_after = load_came_after(conn, self.account.id, witnessed)
            if not scan.goes_on:
                local = load_favorites(conn, self.account.id)
                has_base = self.mode.known is not None
                return plan_pull(local, scan, pushed, has_base=has_base, came_after=came_after)
            named = {*scan.listing, *(absence.post_id for absence in scan.absences)}
            known = load_baseline_rows(conn, self.account.id, named)
            return plan_changes(known, scan, pushed, came_after=came_after)

    def _explain(self, plan: PullPlan, scan: ScanResult, known: Sequence[int]) -> PullPlan:
        """Find out of each removal whose doing it was; a dry run does, too, because it tells the reasons."""
        if not plan.removed:
            return plan
        favorites = frozenset(known)
        last_known: dict[int, str] = {}
        if not self.account.is_public:
            # Without the owner's key a favorite is believed to be gone a run later than it was missed.
            with self.database.read() as conn:
                last_known = load_last_known(conn, self.account.id, [removal.post_id for removal in plan.removed])
        return find_reasons(
            self.client,
            plan,
            scan,
            is_favorite=favorites.__contains__,
            last_known=last_known,
        )

    def _follow(self, scan: ScanResult, source: ListingSource) -> Followed | None:
        """Look for what changed about posts that were not read, or on another day. A dry run has no use for it."""
        is_up_to_date = scan.saw_all and not source.has_replayed
        if self.run_id is None or is_up_to_date or scan.proof is Proof.UNPROVEN:
            return None
        with self.database.read() as conn:
            before = as_text(self.clock() - INDEX_LAG)
            after = load_change_seq(conn, self.account.id, indexed_before=before)
            if after is None and scan.as_of is not None:
                after = load_highest_change(conn, as_of=scan.as_of)
        if after is None:
            return None
        steps = follow_changes(after, favorites=scan.evidence.listed, page_size=scan.page_size)
        try:
            return _finish(steps, source)
        except SiteRefused as exc:
            return Followed(after, reason=exc.message)  # what was learned of the list stands all the same

    def _outcome(self, scan: ScanResult, source: ListingSource, local: int) -> tuple[RunOutcome, FavsyncError | None]:
        match scan.proof:
            case Proof.COMPLETE:
                return RunOutcome.COMPLETE, None
            case Proof.UNPROVEN:
                return RunOutcome.INCOMPLETE, source.trouble
            case Proof.GUARDED:
                allowed = self.allowed_removals(local) if self.allowed_removals else 0
                return RunOutcome.REFUSED, TooManyRemovals(self.account.name, scan.missing, local, allowed)
            case _ as never:
                assert_never(never)


def _finish(steps: Generator[Effect, Result, T], source: ListingSource) -> T:
    try:
        effect = next(steps)
        while True:
            effect = steps.send(source.result(effect))
    except StopIteration as end:
        result: T = end.value
        return result
