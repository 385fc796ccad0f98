"""Order without I/O: longest increasing runs, merged lists, and keys that sort."""

from bisect import bisect_left
from collections.abc import Collection, Mapping, Sequence
from itertools import chain, islice


def longest_increasing(values: Sequence[int]) -> list[int]:
    """Return the indexes of one longest strictly increasing subsequence of `values`, in O(n log n)."""
    tails: list[int] = []
    tail_values: list[int] = []
    before: list[int] = []
    for index, value in enumerate(values):
        at = bisect_left(tail_values, value)
        before.append(tails[at - 1] if at else -1)
        if at == len(tails):
            tails.append(index)
            tail_values.append(value)
        else:
            tails[at] = index
            tail_values[at] = value
    chain: list[int] = []
    index = tails[-1] if tails else -1
    while index >= 0:
        chain.append(index)
        index = before[index]
    chain.reverse()
    return chain


def keep_places(
    listing: Sequence[int], local: Sequence[int], kept: Collection[int], *, moved: Collection[int] = ()
) -> list[int]:
    """Merge `kept`, which stand in `local` but not in `listing`, into `listing` beside their local neighbours.

    Each goes right behind the nearest newer neighbour that the listing has where it was; one that was removed and
    added again is on top now and no neighbour any more: those are told by the order, and `moved` are known to be. One
    without such a neighbour goes right before the first favorite that kept its place, so that what is new stays on top.
    """
    if not kept:
        return list(listing)
    places = {post_id: place for place, post_id in enumerate(local)}
    listed = set(listing)
    known = [post_id for post_id in listing if post_id in places and post_id not in moved]
    stayed = {known[index] for index in longest_increasing([places[post_id] for post_id in known])}
    behind: dict[int | None, list[int]] = {}
    neighbour: int | None = None
    for post_id in local:
        if post_id in stayed:
            neighbour = post_id
        elif post_id in kept and post_id not in listed:
            behind.setdefault(neighbour, []).append(post_id)
    leading = behind.pop(None, [])
    merged: list[int] = []
    for post_id in listing:
        if leading and post_id in stayed:
            merged += leading
            leading = []
        merged.append(post_id)
        merged += behind.get(post_id, ())
    return merged + leading


def insert_beside(listing: Sequence[int], seen: Sequence[int], wanted: Collection[int]) -> list[int]:
    """Return `listing` with each of `wanted` that a page shows put right behind its neighbour on that page.

    `seen` is the page, newest first. One at the very top of the page goes before the page's next known post.
    """
    known = set(listing)
    behind: dict[int, list[int]] = {}
    before: dict[int, list[int]] = {}
    neighbour: int | None = None
    waiting: list[int] = []
    for post_id in seen:
        if post_id in wanted and post_id not in known:
            (waiting if neighbour is None else behind.setdefault(neighbour, [])).append(post_id)
        elif post_id in known:
            if waiting:
                before[post_id] = waiting
                waiting = []
            neighbour = post_id
    merged: list[int] = []
    for post_id in listing:
        merged += before.get(post_id, ())
        merged.append(post_id)
        merged += behind.get(post_id, ())
    return merged


def assign_keys(order: Sequence[int], keys: Mapping[int, int], *, moved: Collection[int] = ()) -> list[int]:
    """Return a key for each post of `order` (newest first), higher for newer ones, with as few changes as possible.

    `moved` get new ones, because they are known to have moved: not those that they moved past.
    `keys` are all keys in use, also those of favorites that go: none of them is given to another post, so that
    no two rows share one at any moment while the change is written.

        key before     9 A, 7 X (goes), 4 B, 2 C
        order          N    A    M    B    C    O
        key after     10    9    5    4    2    1      5 is free between 9 and 4, and 7 is not
    """
    used = set(keys.values())
    top = max(used, default=0)
    bottom = min(used, default=1)
    assigned: list[int] = []
    upper: int | None = None
    stay = staying([post_id for post_id in order if post_id not in moved], keys)
    gap = 0
    for stays in chain(order, (None,)):
        if stays is not None and stays not in stay:
            gap += 1
            continue
        if upper is None:
            free: Sequence[int] = range(top + 1, top + 1 + gap)
        elif stays is None:
            free = range(bottom - gap, bottom)
        else:
            unused = (key for key in range(keys[stays] + 1, upper) if key not in used)
            free = list(islice(unused, gap))
        if len(free) < gap:
            return list(range(top + len(order), top, -1))
        assigned += reversed(free)
        if stays is not None:
            upper = keys[stays]
            assigned.append(upper)
        gap = 0
    return assigned


def staying(order: Sequence[int], keys: Mapping[int, int]) -> set[int]:
    """Return the most posts of `order` whose present keys already fall along it."""
    known = [post_id for post_id in order if post_id in keys]
    falling = [-keys[post_id] for post_id in known]
    if all(map(int.__lt__, falling, falling[1:])):
        return set(known)
    return {known[index] for index in longest_increasing(falling)}
