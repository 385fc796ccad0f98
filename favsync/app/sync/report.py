"""What one run did, or would do: the value that the app hands to the command line."""

from dataclasses import dataclass

from favsync.core.plan import PullPlan
from favsync.core.push import Resolve
from favsync.errors import FavsyncError
from favsync.model import Operation, RunEnd, RunKind, RunOutcome, SiteUser


@dataclass(frozen=True, slots=True)
class PushTally:
    """How many operations ended in which way. `pending` is what waits after the run."""

    applied: int = 0
    """Changes that the site made."""
    already: int = 0
    """Changes that were not needed: the site had it so."""
    failed: int = 0
    """Changes that the site refused."""
    pending: int = 0
    """Changes that are still pending."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncReport(RunEnd):
    """One run of one account: how it ended, as it is written down, and what else a person should hear."""

    account: str
    run_id: int | None
    """None for a dry run, which is not written down."""
    kind: RunKind
    total: int = 0
    """Favorites in the database afterwards; in a dry run, those there would be."""
    plan: PullPlan | None = None
    """None when the run did not come to one."""
    pending: tuple[Operation, ...] = ()
    """A dry run's queue: what a real one would send, oldest first."""
    unrefreshed: str | None = None
    """What a run whose list is complete could not bring up to date, in words."""
    error: FavsyncError | None = None
    """What stopped the run or a part of it; its exit code is the run's."""
    notices: tuple[str, ...] = ()
    """Things that a person should hear: posts that could not be understood, a user who was renamed."""
    user: SiteUser | None = None
    """Who the site said that the account is, when the run began; None when it did not come to that."""
    unavailable: tuple[int, ...] = ()
    """Missing favorites that the site does not show now: nothing was concluded about them."""
    undone: tuple[Resolve, ...] = ()
    """What was refused or deferred of what was to be applied, with the reason."""
    withdrawn: tuple[int, ...] = ()
    """Posts that the user took back, or said the contrary of, before their turn."""

    @property
    def pushed(self) -> PushTally:
        """How operations ended."""
        return PushTally(self.pushed_applied, self.pushed_already, self.pushed_failed, self.pushed_pending)

    @property
    def is_proven(self) -> bool:
        """True when the list was read and proven, whatever became of the queued changes."""
        return self.plan is not None and self.outcome is RunOutcome.COMPLETE

    @property
    def is_worth_a_backup(self) -> bool:
        """True when the run came to a complete list, whatever is left in the queue or was not brought up to date."""
        return self.is_proven and self.run_id is not None and self.error is None

    @property
    def exit_code(self) -> int:
        """0 all done, else the error's own code; 3 for what is pending, failed, unproven, unavailable or not refreshed.

        What waits in the queue is no failure of a dry run.
        """
        if self.error is not None:
            return self.error.exit_code
        left = self.run_id is not None and (self.pushed_failed or self.pushed_pending)
        unfinished = self.outcome is not RunOutcome.COMPLETE or left or self.unrefreshed is not None or self.unavailable
        return 3 if unfinished else 0
