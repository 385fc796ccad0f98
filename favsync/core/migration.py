"""Moving a list to another account, without I/O: what has to be sent, in which order, and what came of it."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from favsync.core.comparison import compare_lists
from favsync.core.listing.order import longest_increasing
from favsync.core.plan import LocalFavorite, PullPlan
from favsync.model import Action, PlannedChange


@dataclass(frozen=True, slots=True)
class MigrationPlan:
    """What has to be sent so that one list gets what it lacks of another, in that one's order."""

    add: tuple[int, ...]
    """Oldest first: the site puts each on top."""
    remove: tuple[int, ...] = ()
    """Newest first; sent before what is added, because that makes room."""
    skipped: tuple[int, ...] = ()
    """Not to be added, because the user said so; oldest first."""
    kept: tuple[int, ...] = ()
    """Not to be removed, because the user said so; newest first."""
    no_room: int = 0
    """Left out because the target takes no more."""
    cut_off: tuple[PlannedChange, ...] = ()
    """Changes of an earlier run that came true, and were cut off before the site said so: asked again, to end them."""
    later: int = 0
    """Queued changes that are not part of this plan any more, because only a slice of them was asked for."""

    def changes(self) -> list[PlannedChange]:
        """Return all of it in the order in which it has to be sent."""
        removes = [PlannedChange(Action.REMOVE, post_id) for post_id in self.remove]
        return [*self.cut_off, *removes] + [PlannedChange(Action.ADD, post_id) for post_id in self.add]

    def fits(self, room: int | None) -> bool:
        """Tell whether a list with `room` for so many more takes all of it; None: nobody knows its limit."""
        return room is None or len(self.add) <= max(room + len(self.remove), 0)


def plan_migration(
    source: Sequence[int], target: Sequence[int], *, mirror: bool = False, skipped: Collection[int] = ()
) -> MigrationPlan:
    """Plan what `target` lacks of `source`, both newest first; with `mirror` also what it has too many."""
    compared = compare_lists(source, target)
    lacking, extra = compared.only_left[::-1], compared.only_right if mirror else ()
    return MigrationPlan(
        add=tuple(post_id for post_id in lacking if post_id not in skipped),
        remove=tuple(post_id for post_id in extra if post_id not in skipped),
        skipped=tuple(post_id for post_id in lacking if post_id in skipped),
        kept=tuple(post_id for post_id in extra if post_id in skipped),
    )


def newest_that_fit(plan: MigrationPlan, room: int | None) -> MigrationPlan:
    """Return a plan of the newest favorites that there is room for, still oldest first."""
    if plan.fits(room):
        return plan
    number = max((room or 0) + len(plan.remove), 0)
    left_out = len(plan.add) - number
    return replace(plan, add=plan.add[left_out:], no_room=left_out)


def first_changes(plan: MigrationPlan, limit: int | None) -> MigrationPlan:
    """Return the first `limit` queued changes of a plan; None: all of them."""
    if limit is None:
        return plan
    remove = plan.remove[:limit]
    add = plan.add[: limit - len(remove)]
    later = len(plan.remove) + len(plan.add) - len(remove) - len(add)
    return replace(plan, remove=remove, add=add, later=plan.later + later)


def list_after(local: Sequence[LocalFavorite], plan: PullPlan) -> list[int]:
    """Return the list, newest first, that carrying a pull's plan out makes of `local`."""
    keys = {favorite.post_id: favorite.sort_key for favorite in local}
    for removal in plan.removed:
        del keys[removal.post_id]
    keys.update((place.post_id, place.sort_key) for place in plan.placed)
    keys.update((new.post_id, new.sort_key) for new in plan.added)
    return sorted(keys, key=keys.__getitem__, reverse=True)


def list_with(target: Sequence[int], pending: Sequence[PlannedChange]) -> list[int]:
    """Return the list, newest first, that carrying queued changes out, oldest first, makes of `target`."""
    ends = {change.post_id: change.action for change in pending}
    kept = set(target)
    new = [post_id for post_id, action in ends.items() if action is Action.ADD and post_id not in kept]
    return [*reversed(new), *(post_id for post_id in target if ends.get(post_id) is not Action.REMOVE)]


# ---- what came of it ----


@dataclass(frozen=True, slots=True)
class Verdict:
    """A list held against the one that it was to become like."""

    wanted: int
    """Favorites of the source that were to be had."""
    missing: int
    """Of those the ones that the target has not."""
    own: int
    """What the target has besides."""
    own_above: int
    """Of those the ones that stand above the lowest favorite that came from the source."""
    misplaced: int
    """Favorites that both have and that would have to move for all to stand in one order."""
    had_before: bool
    """True: only because of those that the target had before; without them the order is one."""
    is_tied: bool
    """True: only because of those that share one time on the site, which has no order of them."""

    @property
    def same_order(self) -> bool:
        """What both have stands in the same order in both."""
        return self.misplaced == 0

    @property
    def same_list(self) -> bool:
        """The two lists are one and the same."""
        return not (self.missing or self.own or self.misplaced)


def judge(
    source: Sequence[int], target: Sequence[int], *, before: Collection[int] = (), tied: Collection[int] = ()
) -> Verdict:
    """Hold `target` against `source`, both newest first.

    `before` is what the target had before anything was sent, `tied` what has no order on the site in either list.
    """
    places = {post_id: place for place, post_id in enumerate(source)}
    common = [places[post_id] for post_id in target if post_id in places]
    in_order = longest_increasing(common)
    lowest = max((index for index, post_id in enumerate(target) if post_id in places), default=-1)
    own = [index for index, post_id in enumerate(target) if post_id not in places]
    misplaced = len(common) - len(in_order)
    return Verdict(
        wanted=len(source),
        missing=len(source) - len(common),
        own=len(own),
        own_above=sum(index < lowest for index in own),
        misplaced=misplaced,
        had_before=misplaced > 0 and _is_in_order(target, places, before),
        is_tied=misplaced > 0 and _is_in_order(target, places, tied),
    )


def _is_in_order(target: Sequence[int], places: dict[int, int], without: Collection[int]) -> bool:
    """Tell whether what both have stands in one order, leaving some of it out."""
    common = [places[post_id] for post_id in target if post_id in places and post_id not in without]
    return all(map(int.__lt__, common, common[1:]))
