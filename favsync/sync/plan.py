"""What a pull concludes, as frozen data: printed by a dry run, executed by a real one, from the same object."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from favsync.sync.model import Action, AddedReason, RemovedReason
from favsync.sync.order import assign_keys, keep_places, staying
from favsync.sync.reading import Absence, Gone, Reading


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


def plan_pull(local: Sequence[LocalFavorite], reading: Reading, pushed: Mapping[int, Action]) -> PullPlan:
    """Turn a reading into the changes that make the database agree with it.

    `local` is today's list, newest first. `pushed` are the wishes that favsync carried out since the last pull.
    Without proof nothing is removed: what was not seen stays beside its old neighbours.
    """
    # A first backup has nothing to compare, and a hundred thousand ids in a set would be its greatest load.
    listed = set(reading.listing) if local else set()
    by_id = {favorite.post_id: favorite for favorite in local}
    removed, newly_absent = _judge(reading.absences, by_id, listed, pushed)
    gone = {removal.post_id for removal in removed}
    kept = {post_id for post_id in by_id if post_id not in listed and post_id not in gone}
    order = keep_places(reading.listing, list(by_id), kept)
    keys = {favorite.post_id: favorite.sort_key for favorite in local}
    assigned = assign_keys(order, keys)
    return PullPlan(
        added=tuple(
            Addition(post_id, key, post_id not in reading.unplaced, _added_reason(post_id, pushed))
            for post_id, key in zip(order, assigned, strict=True)
            if post_id not in by_id
        ),
        removed=removed,
        moved=_moved(order, keys, by_id, reading.unplaced),
        placed=_placements(order, assigned, by_id, listed - reading.remembered, reading.unplaced),
        newly_absent=newly_absent,
        seen_again=tuple(
            favorite.post_id for favorite in local if favorite.absent_since_run_id and favorite.post_id in listed
        ),
        total=len(order),
    )


def _judge(
    absences: Sequence[Absence],
    local: Mapping[int, LocalFavorite],
    listed: Collection[int],
    pushed: Mapping[int, Action],
) -> tuple[tuple[Removal, ...], tuple[int, ...]]:
    """Say of each absence why it is one, or that one reading without the owner's key is not enough."""
    removed: list[Removal] = []
    newly_absent: list[int] = []
    for absence in absences:
        parent = absence.parent_id if absence.is_deleted and absence.parent_id in listed else None
        if pushed.get(absence.post_id) is Action.REMOVE:
            removed.append(Removal(absence.post_id, "pushed"))
        elif absence.gone is Gone.DESTROYED:
            removed.append(Removal(absence.post_id, "destroyed"))
        elif absence.gone is Gone.UNLISTED and local[absence.post_id].absent_since_run_id is None:
            newly_absent.append(absence.post_id)
        elif parent is not None:
            removed.append(Removal(absence.post_id, "moved_to_parent", parent))
        else:
            removed.append(Removal(absence.post_id, "unlisted" if absence.gone is Gone.UNLISTED else "unfavorited"))
    return tuple(removed), tuple(newly_absent)


def _added_reason(post_id: int, pushed: Mapping[int, Action]) -> AddedReason:
    return "pushed" if pushed.get(post_id) is Action.ADD else "listed"


def _moved(
    order: Sequence[int],
    keys: Mapping[int, int],
    local: Mapping[int, LocalFavorite],
    unplaced: Collection[int],
) -> tuple[int, ...]:
    stay = staying(order, keys)
    return tuple(
        post_id
        for post_id in order
        if post_id in local and post_id not in stay and local[post_id].is_placed and post_id not in unplaced
    )


def _placements(
    order: Sequence[int],
    assigned: Sequence[int],
    local: Mapping[int, LocalFavorite],
    shown: Collection[int],
    unplaced: Collection[int],
) -> tuple[Placement, ...]:
    placements = []
    for post_id, key in zip(order, assigned, strict=True):
        if post_id in local:
            before = local[post_id]
            is_placed = post_id not in unplaced if post_id in shown else before.is_placed
            if (key, is_placed) != (before.sort_key, before.is_placed):
                placements.append(Placement(post_id, key, is_placed))
    return tuple(placements)
