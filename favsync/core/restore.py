"""What it takes to have a list again as it was: changes to add, in its order, and with `exact` changes to remove."""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass

from favsync.model import Action


@dataclass(frozen=True, slots=True)
class RestorePlan:
    """The queued changes that bring a list back."""

    add: tuple[int, ...]
    """In the order in which they are to be queued: the oldest first, so that the last one will be the newest."""
    remove: tuple[int, ...]
    """Newest first."""
    destroyed: tuple[int, ...]
    """Posts of the list that the site has no more: nothing brings them back. Newest first."""


def plan_restore(
    then: Sequence[int],
    now: Sequence[int],
    pending: Mapping[int, Action],
    destroyed: Collection[int],
    *,
    exact: bool,
) -> RestorePlan:
    """Hold the list `then` against `now` as it will be with what is `pending`; both are newest first.

    `exact` removes as well what the list did not have then, and takes back what waits to be added to it.
    """
    wanted = set(then)
    will_be = {post_id for post_id in now if pending.get(post_id) is not Action.REMOVE}
    will_be |= {post_id for post_id, action in pending.items() if action is Action.ADD}
    lacking = [post_id for post_id in then if post_id not in will_be]
    in_list = set(now)
    extra = [post_id for post_id in pending if post_id in will_be and post_id not in in_list]
    unwanted = will_be - wanted if exact else set()
    return RestorePlan(
        add=tuple(post_id for post_id in reversed(lacking) if post_id not in destroyed),
        remove=tuple(post_id for post_id in (*extra, *now) if post_id in unwanted),
        destroyed=tuple(post_id for post_id in lacking if post_id in destroyed),
    )
