"""What a pull concludes, as frozen data: printed by a dry run, executed by a real one, from the same object."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from favsync.core.listing.baseline import BaselineList
from favsync.core.listing.gaps import top_of
from favsync.core.listing.order import assign_keys, keep_places, staying
from favsync.core.listing.result import Absence, AbsenceReason, Proof, ScanResult
from favsync.core.listing.ties import Resolved, resolve_ties, stretches_of
from favsync.model import Action, AddedReason, RemovedReason


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
    is_tied: bool = False
    """True where it shares its time with its neighbours, so that the site has no order of them."""


@dataclass(frozen=True, slots=True)
class Addition:
    post_id: int
    sort_key: int
    is_placed: bool
    reason: AddedReason
    is_tied: bool = False


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
    is_tied: bool = False


@dataclass(frozen=True, slots=True)
class PullPlan:
    """Every change that one pull makes to one account's list. All tuples are newest first."""

    added: tuple[Addition, ...] = ()
    removed: tuple[Removal, ...] = ()
    moved: tuple[int, ...] = ()
    """Favorites that changed their place among the others."""
    readded: tuple[Addition, ...] = ()
    """Those of `moved` that were removed and added again: proven, because the list before was. In `placed`, too."""
    placed: tuple[Placement, ...] = ()
    """New keys for favorites that stay. Applying all of them at once keeps keys unique."""
    newly_absent: tuple[int, ...] = ()
    """Not seen for the first time, without its owner's key to ask with: kept, and marked."""
    seen_again: tuple[int, ...] = ()
    """Marked absent before, and now seen: the mark goes."""
    total: int = 0
    """Favorites after the plan is applied."""
    is_base: bool = False
    """What is kept now has all that the site's list had, in its order: the next one can be held against it."""


@dataclass(frozen=True, slots=True)
class BaselineRows:
    """The part of a list that an incremental scan speaks of, and the size of the whole."""

    total: int
    highest_key: int
    rows: Mapping[int, LocalFavorite]
    """By post: those that the scan names, and those marked absent."""


def plan_changes(
    known: BaselineRows, scan: ScanResult, pushed: Mapping[int, Action], *, came_after: Mapping[int, int] | None = None
) -> PullPlan:
    """Turn a scan that `goes_on` below its top into the changes that make the database agree with it.

    `came_after` is what `added_again` says.
    """
    top = scan.listing
    gone = {absence.post_id for absence in scan.absences}
    listed = (known.rows.keys() - gone) | set(top)
    removed, newly_absent = _judge(scan.absences, known.rows, pushed)
    assigned = range(known.highest_key + len(top), known.highest_key, -1)
    keyed = list(zip(top, assigned, strict=True))
    moved = [(post_id, key) for post_id, key in keyed if post_id in known.rows]
    is_proven = scan.proof is Proof.COMPLETE
    return PullPlan(
        added=tuple(
            Addition(post_id, key, True, "pushed" if pushed.get(post_id) is Action.ADD else "listed")
            for post_id, key in keyed
            if post_id not in known.rows
        ),
        removed=removed,
        moved=tuple(post_id for post_id, _ in moved),
        readded=added_again(top, set(top) - known.rows.keys(), dict(moved), scan, came_after or {}),
        placed=tuple(Placement(post_id, key, True) for post_id, key in moved),
        newly_absent=newly_absent,
        seen_again=tuple(
            row.post_id
            for row in known.rows.values()
            if row.absent_since_run_id and row.post_id in listed and (is_proven or row.post_id in top)
        ),
        total=known.total + len(top) - len(moved) - len(removed),
        is_base=True,
    )


def plan_pull(
    local: Sequence[LocalFavorite],
    scan: ScanResult,
    pushed: Mapping[int, Action],
    *,
    has_base: bool = False,
    came_after: Mapping[int, int] | None = None,
) -> PullPlan:
    """Turn a scan of everything into the changes that make the database agree with it.

    `local` is today's list, newest first; `has_base` says that it was proven when it was last read. `pushed` are the
    queued changes that favsync applied since the last pull. Without proof nothing is removed: what was not seen stays
    beside its old neighbours. `came_after` is what `added_again` says.
    """
    by_id = {favorite.post_id: favorite for favorite in local}
    is_whole = scan.proof is not Proof.UNPROVEN
    resolved, moved = _against(local, scan) if has_base and is_whole else (Resolved(scan.listing), None)
    unplaced = scan.unplaced - resolved.tied
    # A first backup has nothing to compare, and a hundred thousand ids in a set would be its greatest load.
    listed = set(scan.listing) if local else set()
    removed, newly_absent = _judge(scan.absences, by_id, pushed)
    gone = {removal.post_id for removal in removed}
    kept = {post_id for post_id in by_id if post_id not in listed and post_id not in gone}
    again = frozenset(moved or ())
    order = keep_places(resolved.order, list(by_id), kept, moved=again)
    keys = {favorite.post_id: favorite.sort_key for favorite in local}
    if moved is None:
        shifted = by_id.keys() - staying(order, keys) - unplaced
        moved = tuple(post_id for post_id in order if post_id in shifted and by_id[post_id].is_placed)
    assigned = assign_keys(order, keys, moved=again)
    shown = listed - scan.remembered
    added, placed = _added_and_placed(
        order, assigned, by_id, pushed, shown=shown, unplaced=unplaced, tied=resolved.tied
    )
    return PullPlan(
        added=added,
        removed=removed,
        moved=moved,
        readded=added_again(
            scan.listing[: scan.kept],
            listed - by_id.keys() - unplaced,
            {post_id: key for post_id, key in zip(order, assigned, strict=True) if post_id in again},
            scan,
            came_after or {},
        ),
        placed=placed,
        newly_absent=newly_absent,
        seen_again=tuple(
            favorite.post_id for favorite in local if favorite.absent_since_run_id and favorite.post_id in listed
        ),
        total=len(order),
        is_base=is_whole,
    )


def _against(local: Sequence[LocalFavorite], scan: ScanResult) -> tuple[Resolved, tuple[int, ...] | None]:
    """Hold a list against the one that was proven before it: where it has no order, and what was added again.

    Where nothing is known to have kept its place (`kept`), neither can be told.
    """
    if scan.kept is None:
        return Resolved(scan.listing), None
    placed = [favorite for favorite in local if favorite.is_placed]
    ties = stretches_of([favorite.is_tied for favorite in placed])
    known = BaselineList([favorite.post_id for favorite in placed], ties=ties)
    never_shown = {favorite.post_id for favorite in local if not favorite.is_placed} & scan.remembered
    homeless = [post_id for post_id in scan.listing if post_id in never_shown or post_id in scan.unplaced]
    resolved = resolve_ties(scan.listing, scan.kept, known, homeless)
    top = scan.listing[: top_of(known, scan.listing, scan.kept)]
    return resolved, tuple(post_id for post_id in top if known.place(post_id) is not None)


def added_again(
    top: Sequence[int],
    new: Collection[int],
    moved: Mapping[int, int],
    scan: ScanResult,
    came_after: Mapping[int, int],
) -> tuple[Addition, ...]:
    """Say of what moved to the top that it was removed and added again, where that is proven; `moved` has its new keys.

    Another order alone does not: favorites that share one time, and are not known to, change places by themselves. Two
    things do. One that stands above a favorite that is new was added after it. And one that stands above the `witness`,
    which was not added since, and came later once: `came_after` says after how many proven lists each of them came.
    """
    is_new_below = False
    proven: list[Addition] = []
    witness_came = None if scan.witness is None else came_after.get(scan.witness)
    for post_id in reversed(top):
        if post_id in moved:
            came = came_after.get(post_id)
            is_above = witness_came is not None and came is not None and witness_came > came
            if (is_new_below or is_above) and post_id not in scan.borderline:
                proven.append(Addition(post_id, moved[post_id], True, "added_again"))
        is_new_below |= post_id in new
    return tuple(reversed(proven))


def _judge(
    absences: Sequence[Absence],
    local: Mapping[int, LocalFavorite],
    pushed: Mapping[int, Action],
) -> tuple[tuple[Removal, ...], tuple[int, ...]]:
    """Say of each absence why it is one, or that one scan without the owner's key is not enough.

    Whether staff has moved a favorite to a parent is found out afterwards (`core/removal_reasons.py`).
    """
    removed: list[Removal] = []
    newly_absent: list[int] = []
    for absence in absences:
        if pushed.get(absence.post_id) is Action.REMOVE:
            removed.append(Removal(absence.post_id, "pushed"))
        elif absence.reason is AbsenceReason.DESTROYED:
            removed.append(Removal(absence.post_id, "destroyed"))
        elif absence.reason is AbsenceReason.UNLISTED and local[absence.post_id].absent_since_run_id is None:
            newly_absent.append(absence.post_id)
        else:
            removed.append(
                Removal(absence.post_id, "unlisted" if absence.reason is AbsenceReason.UNLISTED else "unfavorited")
            )
    return tuple(removed), tuple(newly_absent)


def _added_and_placed(
    order: Sequence[int],
    assigned: Sequence[int],
    local: Mapping[int, LocalFavorite],
    pushed: Mapping[int, Action],
    *,
    shown: Collection[int],
    unplaced: Collection[int],
    tied: Collection[int],
) -> tuple[tuple[Addition, ...], tuple[Placement, ...]]:
    """Return what is new, and of what stays that whose key, or certainty of its place, is another now."""
    added: list[Addition] = []
    placed: list[Placement] = []
    for post_id, key in zip(order, assigned, strict=True):
        before, is_tied = local.get(post_id), post_id in tied
        if before is None:
            reason: AddedReason = "pushed" if pushed.get(post_id) is Action.ADD else "listed"
            added.append(Addition(post_id, key, post_id not in unplaced, reason, is_tied))
            continue
        is_placed = post_id not in unplaced if post_id in shown or is_tied else before.is_placed
        if (key, is_placed, is_tied) != (before.sort_key, before.is_placed, before.is_tied):
            placed.append(Placement(post_id, key, is_placed, is_tied))
    return tuple(added), tuple(placed)
