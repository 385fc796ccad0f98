"""Many wishes into the queue, part by part, so that a sync that is running gets its turn to write between two."""

from collections.abc import Iterator, Sequence
from typing import Final

from favsync.model import Action
from favsync.store.database import Database
from favsync.store.operations import queue_operations

_AT_ONCE: Final = 1_000
"""Wishes written in one transaction."""


def in_parts(ids: Sequence[int]) -> Iterator[Sequence[int]]:
    """Cut ids into parts that are written one by one."""
    return (ids[start : start + _AT_ONCE] for start in range(0, len(ids), _AT_ONCE))


def queue_wishes(database: Database, account_id: int, post_ids: Sequence[int], action: Action, *, at: str) -> int:
    """Queue the same wish for many posts, in this order, and count those for which it did not wait already.

    Cut off half way, the same call does the rest.
    """
    new = 0
    for some in in_parts(post_ids):
        with database.write() as conn:
            new += queue_operations(conn, account_id, some, action, at=at)
    return new
