"""How much a pull has to read: what changed since the list was last known, or everything."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from favsync.model import RunKind
from favsync.store.baseline import Baseline, load_baseline
from favsync.store.database import Transaction


@dataclass(frozen=True, slots=True)
class SyncMode:
    """How much to read. `known` is since when the list is known; None: it is not, or nothing was ever read."""

    known: Baseline | None
    because: str | None
    """Why everything has to be read all the same; None: it has not, or nothing was ever read."""

    @property
    def kind(self) -> RunKind:
        """What kind of a run that makes, unless it finds that it has to read everything."""
        return RunKind.INCREMENTAL if self.since is not None else RunKind.FULL

    @property
    def since(self) -> Baseline | None:
        """What to build on; None: everything is read."""
        return self.known if self.because is None else None


def choose_mode(
    conn: Transaction, account_id: int, *, wants_all: bool, full_every: timedelta, now: datetime
) -> SyncMode:
    """Choose how much to read. `full_every` is after how long everything is read again."""
    known = load_baseline(conn, account_id)
    because: str | None = None
    if wants_all:
        because = "it was asked for"
    elif known is None:
        pass
    elif not known.is_placed:
        because = "the place of some favorites is not known"
    elif (
        known.last_full_scan_at is None
        # A clock that was set back must not put it off forever.
        or not -full_every <= now - datetime.fromisoformat(known.last_full_scan_at) < full_every
    ):
        because = "it was last done too long ago"
    return SyncMode(known, because)
