"""The list as it was last known: which favorite stands at which place, and where the site has no order of its own."""

from array import array
from bisect import bisect_left, bisect_right, insort
from collections.abc import Collection, Iterator, Sequence


class BaselineList:
    """Favorites as they are kept here, newest first, each at its place, counted from 0.

    `ties` are stretches of places, rising and apart, whose favorites share one time on the site: among themselves they
    have no order (docs/site-api.md, "Ties"). `gone` are favorites that are known to stand at their places no more:
    favsync itself has removed them.

    What the site's list can still have of this one, in this order, are the favorites that stay; `rank` counts those.
    """

    def __init__(self, post_ids: Sequence[int], *, ties: Sequence[range] = (), gone: Collection[int] = ()) -> None:
        self.post_ids = post_ids
        self.ties = ties
        # Two arrays to search in, sorted as one number for each favorite: a dictionary would take much more memory.
        size = len(post_ids) or 1
        packed = sorted(post_id * size + place for place, post_id in enumerate(post_ids))
        self._sorted = array("q", (number // size for number in packed))
        self._places = array("I", (number % size for number in packed))
        self._starts = [stretch.start for stretch in ties]
        self._left = sorted(place for post_id in gone if (place := self.former_place(post_id)) is not None)
        """The places that nobody stands at any more."""

    def __len__(self) -> int:
        """How many favorites may still stand at their places."""
        return len(self.post_ids) - len(self._left)

    def former_place(self, post_id: int) -> int | None:
        """Return where a favorite stood, whether it stays or not; None for any other post."""
        index = bisect_left(self._sorted, post_id)
        return self._places[index] if index < len(self._sorted) and self._sorted[index] == post_id else None

    def place(self, post_id: int) -> int | None:
        """Return the place of a favorite that may still stand there; None for any other post."""
        place = self.former_place(post_id)
        return None if place is None or self._has_left(place) else place

    def tie(self, place: int) -> range | None:
        """Return the stretch without an order that a place lies in; None: it lies in none."""
        index = bisect_right(self._starts, place) - 1
        return self.ties[index] if index >= 0 and place in self.ties[index] else None

    def leave(self, post_id: int) -> bool:
        """Take a favorite from its place, because it stands on top now; tell whether it was there."""
        place = self.place(post_id)
        if place is None:
            return False
        insort(self._left, place)
        return True

    def rank(self, place: int) -> int:
        """Return how many favorites that stay stand above a place."""
        return place - bisect_left(self._left, place)

    def ranked(self, start: int, end: int) -> Iterator[int]:
        """Yield the favorites that stay from rank `start` up to, and without, rank `end`."""
        place, rank = self._place_of(start), start
        while rank < end:
            if not self._has_left(place):
                yield self.post_ids[place]
                rank += 1
            place += 1

    def is_tied_throughout(self, start: int, end: int) -> bool:
        """Tell whether the ranks from `start` up to, and without, `end` all lie in one stretch without an order."""
        if start >= end or not self.ties:
            return False
        stretch = self.tie(self._place_of(start))
        return stretch is not None and self.rank(stretch.stop) >= end

    def _has_left(self, place: int) -> bool:
        index = bisect_left(self._left, place)
        return index < len(self._left) and self._left[index] == place

    def _place_of(self, rank: int) -> int:
        """Return the lowest place with so many stays above it that is not left itself."""
        low, high = rank, min(rank + len(self._left), len(self.post_ids))
        while low < high:
            middle = (low + high) // 2
            if middle + 1 - bisect_right(self._left, middle) > rank:
                high = middle
            else:
                low = middle + 1
        return low
