"""What a pull concludes, as frozen data: printed by a dry run, executed by a real one, from the same object."""

from dataclasses import dataclass

from favsync.sync.model import AddedReason, RemovedReason


@dataclass(frozen=True, slots=True)
class LocalFavorite:
    """One row of today's list as the database holds it."""

    post_id: int
    sort_key: int
    """Higher is newer."""
    is_placed: bool
    """False when the listing never showed where it stands; it is kept at the end."""
    absent_since_run_id: int | None
    """For a list read without its owner's key: the complete run that first did not see it."""


@dataclass(frozen=True, slots=True)
class Addition:
    post_id: int
    sort_key: int
    is_placed: bool
    reason: AddedReason


@dataclass(frozen=True, slots=True)
class Removal:
    post_id: int
    reason: RemovedReason
    related_post_id: int | None = None
    """For `moved_to_parent` the parent."""


@dataclass(frozen=True, slots=True)
class Placement:
    """A favorite that stays, with the key (and certainty of place) it has from now on."""

    post_id: int
    sort_key: int
    is_placed: bool


@dataclass(frozen=True, slots=True)
class PullPlan:
    """Every change that one pull makes to one account's list. All tuples are newest first."""

    added: tuple[Addition, ...] = ()
    removed: tuple[Removal, ...] = ()
    moved: tuple[int, ...] = ()
    """Favorites that changed their place among the others (removed and added again, say)."""
    placed: tuple[Placement, ...] = ()
    """New keys for favorites that stay. Applying all of them at once keeps keys unique."""
    newly_absent: tuple[int, ...] = ()
    """Not seen for the first time, without its owner's key to ask with: kept, and marked."""
    seen_again: tuple[int, ...] = ()
    """Marked absent before, and now seen: the mark goes."""
    total: int = 0
    """Favorites after the plan is carried out."""
