"""How much a pull has to read: what changed since the list was last known, or everything."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from favsync.model import RunKind
from favsync.store.baseline import KnownSince, load_known_since
from favsync.store.database import Transaction


@dataclass(frozen=True, slots=True)
class Depth:
    """How much to read. `known` is since when the list is known; None: it is not, or nothing was ever read."""

    known: KnownSince | None
    because: str | None
    """Why everything has to be read all the same; None: it has not, or nothing was ever read."""

    @property
    def kind(self) -> RunKind:
        """What kind of a run that makes, unless it finds that it has to read everything."""
        return RunKind.INCREMENTAL if self.since is not None else RunKind.FULL

    @property
    def since(self) -> KnownSince | None:
        """What to build on; None: everything is read."""
        return self.known if self.because is None else None


def choose_depth(conn: Transaction, account_id: int, *, wants_all: bool, full_every: timedelta, now: datetime) -> Depth:
    """Choose how much to read. `full_every` is after how long everything is read again."""
    known = load_known_since(conn, account_id)
    because: str | None = None
    if wants_all:
        because = "it was asked for"
    elif known is None:
        because = None
    elif not known.is_placed:
        because = "the place of some favorites is not known"
    elif known.read_whole_at is None or _is_due(known.read_whole_at, full_every, now):
        because = "it was last done too long ago"
    return Depth(known, because)


def _is_due(read_whole_at: str, full_every: timedelta, now: datetime) -> bool:
    """A clock that was set back must not put it off for ever."""
    since = now - datetime.fromisoformat(read_whole_at)
    return since >= full_every or since < -full_every
