"""The pull: read the listing, conclude, and make the database agree with it in one transaction."""

from collections.abc import Callable, Collection
from dataclasses import dataclass
from typing import assert_never

import msgspec

from favsync.engine.clock import Clock, as_text
from favsync.engine.report import Observer
from favsync.engine.source import DryRecorder, ListingSource, RunRecorder
from favsync.errors import FavsyncError, ListingHidden, TooManyRemovals
from favsync.remote.client import SiteClient
from favsync.store.accounts import save_account_facts
from favsync.store.database import Database
from favsync.store.favorites import load_favorites, save_pull
from favsync.store.operations import load_unnoticed, mark_noticed
from favsync.store.posts import mark_destroyed
from favsync.store.readings import delete_steps
from favsync.store.runs import RunRecord, finish_run
from favsync.sync.full import full_reading
from favsync.sync.model import Account, Action, RunOutcome, SiteUser
from favsync.sync.plan import LocalFavorite, PullPlan, plan_pull
from favsync.sync.reading import Proof, Reading, ReadingSteps

AllowedRemovals = Callable[[int], int]
"""How many favorites one run may believe to be gone, of a list of that many."""


@dataclass(frozen=True, slots=True)
class Pulled:
    """What a pull came to."""

    reading: Reading
    plan: PullPlan
    outcome: RunOutcome
    error: FavsyncError | None
    pages_read: int
    changed: int
    notices: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Pull:
    """One pull of one account. `run_id` None makes it a dry one: the same plan, and nothing is written."""

    database: Database
    client: SiteClient
    account: Account
    user: SiteUser
    run_id: int | None
    clock: Clock
    observer: Observer
    allowed_removals: AllowedRemovals | None
    """None: any number."""
    count_is_fresh: bool
    """True: nothing was pushed since `user` was fetched."""

    def run(self) -> Pulled:
        """Read the listing and plan what follows. Raises SiteRefused and DatabaseTrouble.

        A hidden list that pretends to be empty leaves no checkpoint: its pages are a lie.
        """
        with self.database.read() as conn:
            local = load_favorites(conn, self.account.id)
            pushed = load_unnoticed(conn, self.account.id)
        recorder, source = self._source()
        removed = {post_id for post_id, action in pushed.items() if action is Action.REMOVE}
        try:
            reading = _finish(self._reading(local, removed, resumed=source.resume()), source)
        except ListingHidden:
            recorder.forget(0)
            raise
        return Pulled(
            reading=reading,
            plan=plan_pull(local, reading, pushed),
            outcome=_OUTCOMES[reading.proof],
            error=self._error(reading, source, len(local)),
            pages_read=source.pages,
            changed=recorder.changed if isinstance(recorder, RunRecorder) else 0,
            notices=tuple(source.problems),
        )

    def save(self, pulled: Pulled, record: RunRecord) -> None:
        """Write what a pull concluded, and how the run ended, as a whole or not at all.

        A reading that the site left unfinished keeps its checkpoint.
        """
        if self.run_id is None:
            return
        at = as_text(self.clock())
        reading, plan = pulled.reading, pulled.plan
        with self.database.write() as conn:
            destroyed = [removal.post_id for removal in plan.removed if removal.reason == "destroyed"]
            mark_destroyed(conn, destroyed, run_id=self.run_id, at=at)
            save_pull(conn, self.account.id, plan, run_id=self.run_id, at=at)
            if pulled.outcome is RunOutcome.COMPLETE:
                mark_noticed(conn, self.account.id, self.run_id)
                save_account_facts(
                    conn,
                    self.account.id,
                    favorite_count=reading.evidence.count_after,
                    count_drift=reading.drift,
                )
            if pulled.outcome is not RunOutcome.INCOMPLETE or pulled.error is None:
                delete_steps(conn, self.account.id)
            finish_run(conn, self.run_id, record)

    def _source(self) -> tuple[DryRecorder, ListingSource]:
        recorder = (
            DryRecorder(self.database, self.account.id, self.clock)
            if self.run_id is None
            else RunRecorder(self.database, self.account.id, self.clock, self.run_id)
        )
        return recorder, ListingSource(self.client, self.user, recorder, self.observer, self.count_is_fresh)

    def _reading(self, local: list[LocalFavorite], removed: Collection[int], *, resumed: bool) -> ReadingSteps:
        return full_reading(
            [favorite.post_id for favorite in local],
            drift=self.account.count_drift,
            owned=not self.account.is_public,
            allowed_removals=None if self.allowed_removals is None else self.allowed_removals(len(local)),
            expected_gone=removed,
            resumed=resumed,
        )

    def _error(self, reading: Reading, source: ListingSource, local: int) -> FavsyncError | None:
        match reading.proof:
            case Proof.COMPLETE:
                return None
            case Proof.UNPROVEN:
                return source.trouble
            case Proof.GUARDED:
                allowed = self.allowed_removals(local) if self.allowed_removals else 0
                return TooManyRemovals(self.account.name, reading.missing, local, allowed)
            case _ as never:
                assert_never(never)


_OUTCOMES = {
    Proof.COMPLETE: RunOutcome.COMPLETE,
    Proof.UNPROVEN: RunOutcome.INCOMPLETE,
    Proof.GUARDED: RunOutcome.REFUSED,
}


def evidence_of(reading: Reading) -> str:
    """Return the evidence of a reading as JSON, as it is kept with the run."""
    return msgspec.json.encode(reading.evidence).decode()


def _finish(steps: ReadingSteps, source: ListingSource) -> Reading:
    try:
        question = next(steps)
        while True:
            question = steps.send(source.answer(question))
    except StopIteration as end:
        reading: Reading = end.value
        return reading
