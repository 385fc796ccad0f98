"""The posts of a list into the queue of an account: what is new there, in the order that the list has."""

from collections.abc import Sequence
from dataclasses import dataclass

from sqlalchemy import Connection

from favsync.engine.found_posts import FoundPosts
from favsync.store.favorites import load_post_ids
from favsync.store.operations import load_pending
from favsync.store.posts import load_destroyed
from favsync.sync.model import Action


@dataclass(frozen=True, slots=True)
class ImportPlan:
    """What an import does, and what it leaves out."""

    to_add: Sequence[int]
    """Posts to queue, in this order: the last one will be the newest favorite."""
    already_favorites: int
    already_queued: int
    destroyed: int
    """Posts that the site has no more."""
    duplicates: int
    not_posts: int
    other_site: int


def plan_import(conn: Connection, account_id: int, found: FoundPosts, *, oldest_first: bool) -> ImportPlan:
    """Decide what of the posts found is to be queued. `oldest_first` tells how the list was ordered."""
    favorites = set(load_post_ids(conn, account_id))
    pending = {operation.post_id: operation.action for operation in load_pending(conn, account_id)}
    gone = load_destroyed(conn)
    to_add: list[int] = []
    already_favorites = already_queued = destroyed = 0
    for post_id in found.post_ids if oldest_first else reversed(found.post_ids):
        waiting = pending.get(post_id)
        if waiting is Action.ADD:
            already_queued += 1
        elif post_id in favorites and waiting is None:
            already_favorites += 1
        elif post_id in gone:
            destroyed += 1
        else:
            to_add.append(post_id)
    return ImportPlan(
        to_add, already_favorites, already_queued, destroyed, found.duplicates, found.not_posts, found.other_site
    )
