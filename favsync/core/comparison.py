"""Two lists against each other, newest first: what only one of them has, and whether the rest is in one order."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Comparison:
    """What two lists have apart and in common; every tuple is newest first, in the order of its list."""

    only_left: tuple[int, ...]
    only_right: tuple[int, ...]
    common: int
    """Posts that both have."""
    same_order: bool
    """They are in the same order in both."""


def compare_lists(left: Sequence[int], right: Sequence[int]) -> Comparison:
    """Hold two lists of post ids against each other; in each of them a post stands once."""
    in_left, in_right = set(left), set(right)
    shared = [post_id for post_id in left if post_id in in_right]
    return Comparison(
        only_left=tuple(post_id for post_id in left if post_id not in in_right),
        only_right=tuple(post_id for post_id in right if post_id not in in_left),
        common=len(shared),
        same_order=shared == [post_id for post_id in right if post_id in in_left],
    )
