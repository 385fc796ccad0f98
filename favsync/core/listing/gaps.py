"""Where favorites are gone, by arithmetic: what a few pages of a listing prove about all that lies between them.

New favorites come only at the top, and everything older keeps its order. So below the new ones the site's list is the
list that was known, less what is gone: a known favorite that stands at its `position` there and at its `rank` here
says exactly how many above it are gone. Between two such anchors either nothing is gone, and then nothing between them
need be read, or so many are, and the page in the middle halves the search. The count of all is the anchor at the end.

    rank here        0 1 2 3 4 5 6 7 8 9           known, less what stands on top now
                     A B C D E F G H I J
    position there   A B C   E F   H I J           rank less position is 0 at C and 2 at H: two are gone between
                     0 1 2   3 4   5 6 7           them. At E it is 1, so one of the two is gone above it, one below

Where several favorites share one time the site has no order (docs/site-api.md, "Ties"): those are no anchors, and what
lies between the anchors around them is told by their number.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from itertools import pairwise

from favsync.core.listing.asking import Asking, no_page
from favsync.core.listing.baseline import BaselineList
from favsync.core.listing.effects import Page, ReadPage
from favsync.counting import counted


class Contradiction(Exception):  # not an error: the scan begins again, or reads everything
    """The pages, the count and the list that was known do not fit together, and why."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A favorite seen at `position` on the site, with `rank` of those that stay above it here; both from 0."""

    position: int
    rank: int


@dataclass(frozen=True, slots=True)
class Doubt:
    """Favorites without an order that no page showed; `gone` of them have to be gone, and nobody knows which."""

    post_ids: tuple[int, ...]
    gone: int


@dataclass
class Losses:
    """What is missing, newest first within each gap."""

    post_ids: list[int] = field(default_factory=list)
    doubts: list[Doubt] = field(default_factory=list)

    def number(self) -> int:
        """How many favorites are gone in all."""
        return len(self.post_ids) + sum(doubt.gone for doubt in self.doubts)


class Pages:
    """The pages of a list of `total` favorites that were read, each whole and at its place.

    `asked` counts the pages that were asked for, also those that are not kept here.
    """

    def __init__(self, total: int = 0, *, asked: int = 0) -> None:
        self.total = total
        self.asked = asked
        self.size = 0
        """Favorites on a full page, read off the first one."""
        self._read: dict[int, tuple[int, ...]] = {}

    def __contains__(self, number: object) -> bool:
        return number in self._read

    def __getitem__(self, number: int) -> tuple[int, ...]:
        return self._read[number]

    def numbers(self) -> list[int]:
        """The numbers of the pages that were read, in order."""
        return sorted(self._read)

    def last(self) -> int:
        """The number of the page that the list ends on. The first page must have been read."""
        return max(1, -(-self.total // self.size)) if self.size else 1

    def are_all(self) -> bool:
        """Tell whether every page of the list was read."""
        return len(self._read) == self.last()

    def first_position(self, number: int) -> int:
        """The position of the first favorite on a page."""
        return (number - 1) * self.size

    def ask(self, number: int, *, again: bool = False) -> Asking[Page]:
        """Ask for a page, without taking it in."""
        self.asked += 1
        result = yield ReadPage(number, again)
        if not isinstance(result, Page):
            raise no_page(number, result)
        return result

    def read(self, number: int) -> Asking[Page]:
        """Ask for a page, and take it in. Raises Contradiction as `add` does."""
        page = yield from self.ask(number)
        self.add(number, page.post_ids)
        return page

    def add(self, number: int, post_ids: tuple[int, ...]) -> None:
        """Take a page in. Raises Contradiction when it has not the length that its place asks for."""
        if number == 1:
            self.size = len(post_ids)
        # A first page without a favorite tells nothing of a list that has some.
        wanted = min(self.size or self.total, self.total - self.first_position(number))
        if len(post_ids) != wanted or len(set(post_ids)) != wanted:
            raise Contradiction(
                f"page {number:,} shows {counted(len(set(post_ids)), 'favorite')} where {wanted:,} should be"
            )
        self._read[number] = post_ids

    def between(self, above: int, below: int) -> Iterator[int]:
        """Yield the favorites on pages that were read at the positions between two others."""
        for number in self._touching(above, below):
            if number in self._read:
                first = self.first_position(number)
                yield from self._read[number][max(0, above + 1 - first) : max(0, below - first)]

    def unread(self, above: int, below: int) -> list[int]:
        """Return the pages between two positions that were not read."""
        return [number for number in self._touching(above, below) if number not in self._read]

    def _touching(self, above: int, below: int) -> range:
        return range(0) if below - above < 2 else range((above + 1) // self.size + 1, (below - 1) // self.size + 2)


class Gaps:
    """The search for what is gone below the first `top` favorites of a list."""

    def __init__(self, known: BaselineList, pages: Pages, top: int) -> None:
        self._known = known
        self._pages = pages
        self._top = top

    def expected(self) -> int:
        """Return how many known favorites must be gone, by the counts alone. Raises Contradiction when below zero."""
        gone = len(self._known) - (self._pages.total - self._top)
        if gone < 0:
            raise Contradiction(f"the site counts {counted(-gone, 'favorite')} more than are known and new")
        return gone

    def find(self) -> Asking[Losses]:
        """Read what has to be read to tell which favorites are gone. Raises Contradiction."""
        losses = Losses()
        start = Anchor(self._top - 1, -1)
        end = Anchor(self._pages.total, len(self._known))
        seen = [anchor for number in self._pages.numbers() for anchor in self._anchors(number)]
        open_gaps = list(pairwise([start, *seen, end]))
        while open_gaps:
            above, below = open_gaps.pop()
            gone = (below.rank - above.rank) - (below.position - above.position)
            if gone < 0:
                raise Contradiction("favorites stand between others where none did before")
            if gone == 0:
                continue
            number = self._next_page(above, below, gone)
            if number is not None:
                yield from self._pages.read(number)
                open_gaps += pairwise([above, *self._anchors(number), below])
                continue
            seen_between = set(self._pages.between(above.position, below.position))
            between = self._known.ranked(above.rank + 1, below.rank)
            unseen = [post_id for post_id in between if post_id not in seen_between]
            if len(unseen) == gone:
                losses.post_ids += unseen
            else:
                losses.doubts.append(Doubt(tuple(unseen), gone))
        if losses.number() != self.expected():
            raise Contradiction(
                f"{counted(self.expected(), 'favorite')} must be missing, and {losses.number():,} were found"
            )
        return losses

    def _anchors(self, number: int) -> list[Anchor]:
        """Return the anchors on a page. Raises Contradiction for what cannot stand there."""
        anchors: list[Anchor] = []
        rank_before, tie_before = -1, None
        for position, post_id in enumerate(self._pages[number], start=self._pages.first_position(number)):
            if position < self._top:
                continue
            place = self._known.place(post_id)
            if place is None:
                raise Contradiction(f"post {post_id} stands below favorites that are older than it")
            rank, tie = self._known.rank(place), self._known.tie(place)
            if rank <= rank_before and (tie is None or tie != tie_before):
                raise Contradiction(f"post {post_id} does not stand where it stood among the others")
            if tie is None:
                anchors.append(Anchor(position, rank))
            rank_before, tie_before = rank, tie
        return anchors

    def _next_page(self, above: Anchor, below: Anchor, gone: int) -> int | None:
        """Return the page to read next: the middle one that may hold an anchor, else any; None: all were read."""
        unread = self._pages.unread(above.position, below.position)
        telling = []
        for number in unread:
            # A page that can only hold favorites of one stretch without an order has no anchor.
            first = above.rank + self._pages.first_position(number) - above.position
            if not self._known.is_tied_throughout(first, min(first + self._pages.size + gone, len(self._known))):
                telling.append(number)
        if telling:
            return telling[len(telling) // 2]
        return unread[0] if unread else None


def top_of(known: BaselineList, listed: Sequence[int], kept: int) -> int:
    """Return how many favorites at the head of a list are new, or were added again: those above the known order.

    `listed` are the first favorites of the site's list; those from `kept` on are known to have kept their places.
    Above that, those that still stand in the order that was known have kept theirs as well, as far as anybody can tell.
    """
    below: tuple[int, range | None] | None = None
    for index in range(min(kept, len(listed) - 1), -1, -1):
        place = known.place(listed[index])
        if place is None:
            return index + 1
        tie = known.tie(place)
        if below is not None and place >= below[0] and (tie is None or tie != below[1]):
            return index + 1
        below = (place, tie)
    return 0
