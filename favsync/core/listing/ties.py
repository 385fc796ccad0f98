"""Stretches of a list whose favorites share one time: the site has no order there, so that only the set counts.

Such a stretch shows itself between two scans: favorites that were there all the while stand in another order.
Nothing but a shared time does that (docs/site-api.md, "Ties"). Once such a stretch is known, its favorites keep the
order that they have here, and neither a full scan nor an incremental one takes another order of the site's for news.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import accumulate

from favsync.core.listing.baseline import BaselineList


@dataclass(frozen=True, slots=True)
class Resolved:
    """A list with its stretches settled: `order` is what to keep; those of `tied` have no order of the site's."""

    order: tuple[int, ...]
    tied: frozenset[int] = frozenset()


def resolve_ties(listing: Sequence[int], kept: int, known: BaselineList, homeless: Sequence[int]) -> Resolved:
    """Find the stretches of a listing without an order, and put each that was known as one into the order it had.

    From index `kept` on nothing in `listing` was added since the list was last `known`. `homeless` are favorites that
    no page ever showed. Where there is just one stretch, they stand in it, because nothing else keeps a favorite off
    every page; otherwise they stand at the end.
    """
    without = set(homeless)
    listing = [post_id for post_id in listing if post_id not in without] if without else listing
    seen = [(index, place) for index in range(kept, len(listing)) if (place := known.place(listing[index])) is not None]
    # The order within a stretch that is known tells nothing: each counts as its first.
    firsts = [place if (tie := known.tie(place)) is None else tie.start for _, place in seen]
    stretches = list(_disordered([index for index, _ in seen], firsts))
    order: list[int] = []
    tied: set[int] = set()
    for stretch in stretches:
        order += listing[len(order) : stretch.start]
        members = [listing[index] for index in stretch]
        places = {post_id: known.place(post_id) for post_id in members}
        if all(place is None or known.tie(place) is not None for place in places.values()):
            ranks = {post_id: len(known.post_ids) if place is None else place for post_id, place in places.items()}
            members.sort(key=ranks.__getitem__)
        order += members
        tied.update(members)
    rest = listing[len(order) :]
    if len(stretches) == 1:
        tied.update(homeless)
        return Resolved((*order, *homeless, *rest), frozenset(tied))
    return Resolved((*order, *rest, *homeless), frozenset(tied))


def _disordered(indexes: Sequence[int], places: Sequence[int]) -> Iterator[range]:
    """Yield the stretches of a listing, as ranges of its indexes, across which `places` do not rise.

    A cut is possible where everything before it stood above everything after it:

        places     0 1 | 4 2 3 | 5      highest so far   0 1 4 4 4 5
        stretch          ^^^^^          lowest from on   0 1 2 2 3 5      cut where the one is below the next other
    """
    highest = list(accumulate(places, max))
    lowest = list(accumulate(reversed(places), min))[::-1]
    start = 0
    for number in range(len(places)):
        if number + 1 < len(places) and highest[number] >= lowest[number + 1]:
            continue
        if number > start:
            yield range(indexes[start], indexes[number] + 1)
        start = number + 1


def stretches_of(tied: Sequence[bool]) -> tuple[range, ...]:
    """Return the runs of True in the order of a list, as ranges of places."""
    runs: list[range] = []
    start: int | None = None
    for place, is_tied in enumerate([*tied, False]):
        if is_tied and start is None:
            start = place
        elif not is_tied and start is not None:
            runs.append(range(start, place))
            start = None
    return tuple(runs)
