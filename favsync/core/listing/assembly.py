"""A listing under construction: unique post ids, newest first, put together from pages that shift."""

from collections.abc import Collection, Iterable, Sequence

from favsync.core.listing.baseline import BaselineList
from favsync.core.listing.gaps import top_of
from favsync.core.listing.order import insert_beside, keep_places, longest_increasing


class Listing:
    """The favorites that a scan has seen, in the order it believes in."""

    def __init__(self) -> None:
        self._order: list[int] = []
        self._left: list[int] = []
        """The order before the head was read again: the places of those that seemed to have left it."""
        self.ids: set[int] = set()
        self.homeless: set[int] = set()
        """Known to be favorites, place not yet known."""
        self.unplaced: set[int] = set()
        """Put at the end because no page showed where they stand."""
        self.remembered: set[int] = set()
        """Put where they stood the last time, because no page showed where they stand now."""
        self.first_loss: int | None = None
        """The place of the newest favorite that went while the list was read: from there on pages were shifted."""
        self.is_disturbed = False
        """The head, read again, lacked a favorite that it had, or had one from below: pages in between were shifted."""

    def __len__(self) -> int:
        return len(self._order)

    def order(self) -> tuple[int, ...]:
        return tuple(self._order)

    def last_page(self, size: int) -> tuple[int, int]:
        """Return the number of the page that this list ends on, and how many favorites it holds, of `size` a page."""
        number = max(1, -(-len(self._order) // size)) if size else 1
        return number, len(self._order) - (number - 1) * size

    def append(self, page: Iterable[int]) -> None:
        """Add a page below what was read so far.

        What adds pushed over the seam is seen twice and counts once: where it was seen last, below what is new.
        """
        shown = dict.fromkeys(page)
        if not self.ids.isdisjoint(shown):
            self._order = [post_id for post_id in self._order if post_id not in shown]
        self._order += shown
        self.ids.update(shown)

    def joins(self, head: Sequence[int], depth: int) -> bool:
        """Tell whether a head that was read again covers the `depth` topmost favorites of this list.

        It must reach one at or below them that kept its place: what went from among them is seen to be gone only then.
        A head made of favorites that were removed and added again also holds known ones, yet in front of so many
        others that these would all have to be gone: then it does not reach far enough.
        """
        anchors = self._anchors(head)
        if not anchors:
            return not self._order
        return anchors[-1] + 1 >= min(depth, len(self._order)) and len(self.lost_by(head)) <= len(head)

    def lost_by(self, head: Sequence[int]) -> set[int]:
        """Return those above the lowest favorite of `head` that kept its place, which `head` does not have."""
        anchors = self._anchors(head)
        return set(self._order[: anchors[-1]]).difference(head) if anchors else set()

    def put_on_top(self, head: Sequence[int]) -> set[int]:
        """Replace the top by a head that was read again: new ones come, moved ones move, the others of the top go.

        Returns those that go.
        """
        anchors = self._anchors(head)
        gone = self.lost_by(head)
        self._note_loss(gone)
        below = self._order[anchors[-1] + 1 :] if anchors else self._order
        in_head = set(head)
        self.is_disturbed |= bool(gone) or len(anchors) < len(in_head & self.ids)
        self._left = self._order
        self._order = [*dict.fromkeys(head), *(post_id for post_id in below if post_id not in in_head)]
        self.ids = set(self._order)
        self.remembered -= in_head
        return gone

    def _anchors(self, head: Sequence[int]) -> list[int]:
        """Return the places, rising, of the favorites in `head` that stand in the same order as before."""
        places = {post_id: place for place, post_id in enumerate(self._order)}
        known = [places[post_id] for post_id in head if post_id in places]
        return [known[index] for index in longest_increasing(known)]

    def drop(self, post_ids: Collection[int]) -> None:
        if post_ids:
            self._note_loss(post_ids)
            self._order = [post_id for post_id in self._order if post_id not in post_ids]
            self.ids.difference_update(post_ids)

    def _note_loss(self, post_ids: Collection[int]) -> None:
        place = next((place for place, post_id in enumerate(self._order) if post_id in post_ids), None)
        if place is not None and (self.first_loss is None or place < self.first_loss):
            self.first_loss = place

    def kept_from(self, untouched: Collection[int]) -> int | None:
        """Return the place from which on nothing was added since the list was last known: the first `untouched` one."""
        return next((place for place, post_id in enumerate(self._order) if post_id in untouched), None)

    def restore(
        self, post_ids: Collection[int], known: Sequence[int], *, untouched: Collection[int] = frozenset()
    ) -> None:
        """Take favorites in that no page showed: beside their old neighbours where they had any, else homeless.

        `untouched` were not added since the list was last `known`. What moved to the top above them since then is
        nobody's old neighbour.
        """
        kept = self.kept_from(untouched)
        moved = set() if kept is None else set(self._order[: top_of(BaselineList(known), self._order, kept)])
        for former, left in ((self._left, ()), (known, moved)):
            had_a_place = (set(post_ids) - self.ids).intersection(former)
            self._order = keep_places(self._order, former, had_a_place, moved=left)
            self.ids |= had_a_place
            if former is known:
                self.remembered |= had_a_place
        self.homeless = set(post_ids) - self.ids

    def resolve(self, page: Sequence[int]) -> None:
        """Give the homeless that a page shows the place they have on it."""
        self._order = insert_beside(self._order, page, self.homeless)
        self.ids = set(self._order)
        self.homeless -= self.ids

    def append_unplaced(self, post_ids: Collection[int]) -> None:
        """Put the ones that are still homeless at the end, the highest post id first."""
        last = sorted(set(post_ids) - self.ids, reverse=True)
        self._order += last
        self.ids.update(last)
        self.unplaced.update(last)
        self.homeless = set()
