"""The posts of a list into the queue of an account: what is new there, in the order that the list has."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Final

from favsync.app.imports.found import FoundPosts
from favsync.errors import TooManyPosts
from favsync.model import Account, Action
from favsync.store.accounts import load_favorite_limit
from favsync.store.database import Transaction
from favsync.store.favorites import load_post_ids
from favsync.store.operations import load_pending
from favsync.store.posts.saving import load_destroyed

MOST_POSTS: Final = 1_000_000
"""Posts that a list may name where the site did not say how many favorites an account may have."""


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import does, and what it leaves out."""

    to_add: Sequence[int]
    """Posts to queue, in this order: the last one will be the newest favorite."""
    already_favorites: int
    already_queued: int
    destroyed: int
    """Posts that the site has no more."""


@dataclass(frozen=True, slots=True)
class Target:
    """What is known of the account that a list is for."""

    favorites: frozenset[int]
    pending: dict[int, Action]
    destroyed: set[int] = field(default_factory=set)
    limit: int | None = None
    """Favorites that the account may have; None: the site did not say."""

    @property
    def most(self) -> int:
        """Posts that a list for it may name."""
        return MOST_POSTS if self.limit is None else max(self.limit, len(self.favorites), 1)

    @property
    def room(self) -> int | None:
        """How many more it takes when its queue is empty; None: the site did not say."""
        if self.limit is None:
            return None
        coming = sum(action is Action.ADD and post_id not in self.favorites for post_id, action in self.pending.items())
        going = sum(action is Action.REMOVE and post_id in self.favorites for post_id, action in self.pending.items())
        return max(self.limit - len(self.favorites) - coming + going, 0)

    def is_new(self, post_id: int) -> bool:
        """Tell whether a post would be queued."""
        waiting = self.pending.get(post_id)
        is_there = waiting is Action.ADD or (post_id in self.favorites and waiting is None)
        return not is_there and post_id not in self.destroyed


def load_target(conn: Transaction, account: Account) -> Target:
    """Load what is known of an account."""
    return Target(
        frozenset(load_post_ids(conn, account.id)),
        {operation.post_id: operation.action for operation in load_pending(conn, account.id)},
        load_destroyed(conn),
        load_favorite_limit(conn, account.id),
    )


def plan_import(target: Target, found: FoundPosts, *, oldest_first: bool) -> ImportPlan:
    """Decide what of the posts found is to be queued. `oldest_first` tells how the list was ordered.

    Raises TooManyPosts for more than the account has room for, unless it was said how many are wanted.
    """
    to_add: list[int] = []
    already_favorites = already_queued = destroyed = 0
    for post_id in found.post_ids if oldest_first else reversed(found.post_ids):
        if target.is_new(post_id):
            to_add.append(post_id)
        elif target.pending.get(post_id) is Action.ADD:
            already_queued += 1
        elif post_id in target.favorites and post_id not in target.pending:
            already_favorites += 1
        else:
            destroyed += 1
    if found.wanted is None and target.room is not None and len(to_add) > target.room:
        raise TooManyPosts("The list", target.room)
    return ImportPlan(to_add, already_favorites, already_queued, destroyed)
