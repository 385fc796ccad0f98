"""A listing, put together from pages that shift while they are read."""

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Self

from favsync.core.listing.baseline import BaselineList
from favsync.core.listing.effects import Page
from favsync.core.listing.gaps import top_of
from favsync.core.listing.order import insert_beside, keep_places, longest_increasing


@dataclass(frozen=True)
class Listing:
    """The favorites that a scan has seen, each once, newest first, in the order it believes in."""

    order: tuple[int, ...] = ()
    page_size: int = 0
    """Favorites on a full page, as far as was seen."""
    left: tuple[int, ...] = ()
    """The order before the head was read again: the places of those that seemed to have left it."""
    unplaced: frozenset[int] = frozenset()
    """Put at the end because no page showed where they stand."""
    remembered: frozenset[int] = frozenset()
    """Put where they stood the last time, because no page showed where they stand now."""
    first_loss: int | None = None
    """The place of the newest favorite that went while the list was read: from there on pages were shifted."""
    is_disturbed: bool = False
    """The head, read again, lacked a favorite that it had, or had one from below: pages in between were shifted."""

    @classmethod
    def of(cls, pages: Iterable[Sequence[int]]) -> Self:
        """Put pages below each other.

        What adds pushed over a seam is seen twice and counts once: where it was seen last, below what is new.
        """
        order: dict[int, None] = {}
        page_size = 0
        for page in pages:
            shown = dict.fromkeys(page)
            if not order.keys().isdisjoint(shown):
                for post_id in shown:
                    order.pop(post_id, None)
            order.update(shown)
            page_size = max(page_size, len(page))
        return cls(tuple(order), page_size)

    def __len__(self) -> int:
        return len(self.order)

    @cached_property
    def ids(self) -> frozenset[int]:
        """The favorites, in no order."""
        return frozenset(self.order)

    def last_page(self) -> tuple[int, int]:
        """Return the number of the page that this list ends on, and how many favorites it holds."""
        number = max(1, -(-len(self.order) // self.page_size)) if self.page_size else 1
        return number, len(self.order) - (number - 1) * self.page_size

    def anchors(self, head: Sequence[int]) -> list[int]:
        """Return the places, rising, of the favorites in `head` that stand in the same order as before."""
        places = {post_id: place for place, post_id in enumerate(self.order)}
        known = [places[post_id] for post_id in head if post_id in places]
        return [known[index] for index in longest_increasing(known)]

    def joins(self, head: Sequence[int], depth: int) -> bool:
        """Tell whether a head that was read again covers the `depth` topmost favorites of this list.

        It must reach one at or below them that kept its place: what went from among them is seen to be gone only then.
        A head made of favorites that were removed and added again also holds known ones, yet in front of so many
        others that these would all have to be gone: then it does not reach far enough.
        """
        anchors = self.anchors(head)
        if not anchors:
            return not self.order
        return anchors[-1] + 1 >= min(depth, len(self.order)) and len(self.lost_by(head)) <= len(head)

    def lost_by(self, head: Sequence[int]) -> set[int]:
        """Return those above the lowest favorite of `head` that kept its place, which `head` does not have."""
        anchors = self.anchors(head)
        return set(self.order[: anchors[-1]]).difference(head) if anchors else set()

    def under(self, head: Sequence[int]) -> Self:
        """Replace the top by a head that was read again: new ones come, moved ones move, those of `lost_by` go.

        order   A B C D E F      head   N A D C      of A D C, two kept their order: A and C, the lowest anchor
        under   N A D C|E F      B is lost, and what stood below C goes on below the head
        """
        anchors = self.anchors(head)
        lost = self.lost_by(head)
        below = self.order[anchors[-1] + 1 :] if anchors else self.order
        in_head = set(head)
        return replace(
            self,
            order=(*dict.fromkeys(head), *(post_id for post_id in below if post_id not in in_head)),
            left=self.order,
            remembered=self.remembered - in_head,
            first_loss=self._first_loss(lost),
            is_disturbed=self.is_disturbed or bool(lost) or len(anchors) < len(in_head & self.ids),
        )

    def without(self, post_ids: Collection[int]) -> Self:
        """Take favorites out that are gone."""
        order = tuple(post_id for post_id in self.order if post_id not in post_ids)
        return replace(self, order=order, first_loss=self._first_loss(post_ids))

    def _first_loss(self, post_ids: Collection[int]) -> int | None:
        places = (place for place, post_id in enumerate(self.order) if post_id in post_ids)
        return min((place for place in (next(places, None), self.first_loss) if place is not None), default=None)

    def kept_from(self, untouched: Collection[int]) -> int | None:
        """Return the place from which on nothing was added since the list was last known: the first `untouched` one."""
        return next((place for place, post_id in enumerate(self.order) if post_id in untouched), None)

    def restore(
        self, post_ids: Collection[int], known: Sequence[int], *, untouched: Collection[int] = frozenset()
    ) -> Self:
        """Take favorites in that no page showed, beside their old neighbours where they had any, and leave the others.

        `untouched` were not added since the list was last `known`. What moved to the top above them since then is
        nobody's old neighbour.
        """
        kept = self.kept_from(untouched)
        moved = () if kept is None else self.order[: top_of(BaselineList(known), self.order, kept)]
        wanted = set(post_ids) - self.ids
        back = wanted.intersection(self.left)
        remembered = (wanted - back).intersection(known)
        order = keep_places(keep_places(self.order, self.left, back), known, remembered, moved=set(moved))
        return replace(self, order=tuple(order), remembered=self.remembered | remembered)

    def resolve(self, page: Sequence[int], homeless: Collection[int]) -> Self:
        """Give those of `homeless` that a page shows the place they have on it."""
        return replace(self, order=tuple(insert_beside(self.order, page, homeless)))

    def with_unplaced(self, post_ids: Collection[int]) -> Self:
        """Put the ones that are still without a place at the end, the highest post id first."""
        last = sorted(set(post_ids) - self.ids, reverse=True)
        return replace(self, order=(*self.order, *last), unplaced=self.unplaced.union(last))


def untouched_on(pages: Iterable[Page]) -> set[int]:
    """Return the favorites of some pages, in the order of the reading, that nobody added since the list was known."""
    found: set[int] = set()
    for page in pages:
        # The last word on a post counts: one that was added again in between was untouched before.
        found.difference_update(page.post_ids)
        found.update(page.untouched)
    return found
