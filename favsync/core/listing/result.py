"""What a scan of the site's listing is told, and what it ends with: the list as it stands, and how sure that is."""

from collections.abc import Collection, Generator, Sequence
from dataclasses import dataclass
from enum import StrEnum

from favsync.core.listing.effects import Effect, Result
from favsync.model import PostUnavailable, SiteLimits


@dataclass(frozen=True, slots=True)
class ScanTask:
    """What a scan is told."""

    known: Sequence[int]
    """The favorites in the database, newest first."""
    limits: SiteLimits
    """How much the site answers at once."""
    drift: int = 0
    """What the site's counter was last found to be off by."""
    owned: bool = True
    """The owner's key is used, so that `is_favorited` can be believed."""
    allowed_removals: int | None = None
    """How many known favorites may be gone, `expected_gone` aside, before the user must accept it; None: any number."""
    expected_gone: Collection[int] = ()
    """Those that favsync itself has removed."""
    resumed: bool = False
    """The first results come from an interrupted scan, so that the list may have changed behind them."""
    because: str | None = None
    """Why everything is read, where something is known to compare with."""


class Proof(StrEnum):
    """How far a scan may be believed."""

    COMPLETE = "complete"
    UNPROVEN = "unproven"
    """Something stayed unread or did not add up: what was seen is real, what was not seen proves nothing."""
    GUARDED = "guarded"
    """Complete, but so much is gone that nobody was asked about it: the user must accept it first."""


class AbsenceReason(StrEnum):
    """What the site said about a known favorite that its list no longer shows."""

    UNFAVORITED = "unfavorited"
    DESTROYED = "destroyed"
    UNLISTED = "unlisted"
    """Nobody to ask: the list was read without its owner's key."""


@dataclass(frozen=True, slots=True)
class Absence:
    """A known favorite that is not in the list any more, with the evidence about that very post."""

    post_id: int
    reason: AbsenceReason
    is_deleted: bool = False
    parent_id: int | None = None
    fav_count: int | None = None
    has_changed: bool = True
    """As in `PostState`."""


@dataclass(frozen=True, slots=True)
class Evidence:
    """What made a scan complete, or why it is not; kept with the run."""

    count_before: int | None
    """The site's own counter before the first page."""
    count_after: int | None
    """The same at the end; equal to `count_before` where nothing gave reason to ask again."""
    listed: int
    """Favorites that the list has, seen or proven to be there."""
    pages: int
    """Pages of the listing that were asked for, empty ones and repeated ones included."""
    head_changed: bool
    """Something came to the top or left it while the list was read."""
    searched: bool = False
    """The count disagreed, so the search by post id was read as well."""
    found_by_search: int = 0
    """Favorites that only the search knew."""
    asked: int = 0
    """Posts that the site was asked about by id."""
    missing: int = 0
    """Known favorites that the list does not have any more."""
    because: str | None = None
    """Why everything was read; None where it was not, or where nothing was known before."""
    unavailable: tuple[int, ...] = ()
    """Those of the missing that the site did not show: they stayed, and went at some time since they were last seen."""


@dataclass(frozen=True, slots=True)
class ScanResult:
    """The end of a scan."""

    proof: Proof
    listing: tuple[int, ...]
    """Post ids, newest favorite first: all of them where the proof is complete, else those that were seen.

    Where the list `goes_on`, only its top: what is new, and what was removed and added again.
    """
    absences: tuple[Absence, ...]
    missing: int
    """Known favorites that were not seen (and, guarded or unproven, not asked about)."""
    drift: int
    """The site's counter less the favorites there are; to be remembered, so that it costs nothing next time."""
    evidence: Evidence
    unavailable: tuple[PostUnavailable, ...] = ()
    """Those of the missing that the site does not show now: nothing is concluded about them, and they stay."""
    goes_on: bool = False
    """Below `listing` is the list that was known, in its order, less the absences and what stands on top now."""
    kept: int | None = None
    """The index in `listing` from which on nothing can have been added since the list was last known; None: unknown."""
    witness: int | None = None
    """The newest favorite of which it is sure that it was not added since the list was last known; None: unknown."""
    borderline: frozenset[int] = frozenset()
    """Those that were touched about the moment at which the list was last known: whether after it, nobody can say."""
    as_of: str | None = None
    """How far the site's clock had come, at least, when the scan began."""
    saw_all: bool = False
    """Every page was read, so that every post is known as it is now."""
    page_size: int = 0
    """Favorites on a full page, as far as was seen."""
    unplaced: frozenset[int] = frozenset()
    """Those whose place the listing never showed; they stand at the end."""
    remembered: frozenset[int] = frozenset()
    """Those whose place the listing did not show this time; they stand where they stood, as surely as before."""
    reason: str | None = None
    """Why the scan is not complete, in words; None when it is."""


ScanSteps = Generator[Effect, Result, ScanResult]
"""A scan in progress: yields effects, is sent results, returns a `ScanResult`."""
