"""The incremental scan: what changed since the list was last known, from as few pages as prove it.

1. The head: pages from the top to the first favorite that nobody can have added since (`untouched.py`). Above it
   is all that is new, or was removed and added again; below it nothing is. Without such a witness a favorite that was
   added again could pass for one that kept its place, and hide what is new below it.
2. The last page, which together with the count proves how many of the known ones are gone.
3. Where some are, bisection by position finds them (`core/listing/gaps.py`). Each page is read at most once.
4. What was read over several head pages, or on another day, is looked at once more: the head must be as it was.
5. The site is asked about every favorite that is missing. Only its answer removes one.

Number expected, number found and number missing have to add up. Where they do not, the list may have moved meanwhile:
then it begins again. Otherwise the list that was known is not what it seemed, and everything has to be read.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from favsync.core.listing.asking import AskedPosts, Asking, Unproven, absences_of, ask_count, ask_page
from favsync.core.listing.baseline import BaselineList
from favsync.core.listing.effects import Page
from favsync.core.listing.gaps import Contradiction, Gaps, Losses, Pages, top_of
from favsync.core.listing.result import Absence, Evidence, Proof, ScanResult
from favsync.counting import counted
from favsync.model import PostUnavailable, SiteLimits

MOST_ATTEMPTS = 3
"""Beginnings on a list that moves while it is read, after which everything is read instead."""


@dataclass(frozen=True, slots=True)
class Base:
    """What an incremental scan builds on: the list as the run `run_id` left it.

    `ties` are the stretches of places, rising and apart, in which the site has no order.
    """

    run_id: int
    ties: tuple[range, ...] = ()


@dataclass(frozen=True, slots=True)
class NothingProven:
    """The pieces did not fit together, and why: everything has to be read."""

    because: str


def incremental_scan(
    known: Sequence[int],
    base: Base,
    *,
    limits: SiteLimits,
    drift: int,
    owned: bool,
    allowed_removals: int | None,
    expected_gone: Collection[int],
    resumed: bool,
) -> Asking[ScanResult | NothingProven]:
    """Read what changed since `base`. The arguments are those of `pull_scan`."""
    scan = _IncrementalScan(
        known, base, limits=limits, drift=drift, owned=owned, expected_gone=expected_gone, resumed=resumed
    )
    try:
        return (yield from scan.read(allowed_removals))
    except Unproven as stop:
        return scan.result(Proof.UNPROVEN, reason=str(stop))


class _IncrementalScan:
    """The state of one incremental scan, over all its attempts."""

    def __init__(
        self,
        known: Sequence[int],
        base: Base,
        *,
        limits: SiteLimits,
        drift: int,
        owned: bool,
        expected_gone: Collection[int],
        resumed: bool,
    ) -> None:
        self.post_ids = known
        self.base = base
        self.last_page = limits.last_page
        self.drift = drift
        self.expected_gone = expected_gone
        self.resumed = resumed
        self.asked = AskedPosts(limits, owned=owned)
        self.count_before: int | None = None
        self.count: int | None = None
        self.attempts = 0
        self.pages_asked = 0
        self._forget()

    def _forget(self) -> None:
        """Begin an attempt: what was read before counts no more."""
        self.known = BaselineList(self.post_ids, ties=self.base.ties, gone=self.expected_gone)
        self.pages = Pages(0)
        self.head: list[int] = []
        """What the pages from the top on show, without a gap."""
        self.borderline: set[int] = set()
        self.witness: int | None = None
        self.head_pages = 0
        self.top: int | None = None
        """How many of `head` are new or were added again; None while that is not known."""
        self.lost = 0
        self.as_of: str | None = None
        self.hidden: list[PostUnavailable] = []
        self.asked.forget()

    def read(self, allowed_removals: int | None) -> Asking[ScanResult | NothingProven]:
        """Read until the pieces fit together, or until it is clear that they will not."""
        self.count = self.count_before = yield from ask_count()
        first = yield from self._ask_page(1)
        while True:
            self.attempts += 1
            try:
                return (yield from self._attempt(first, allowed_removals))
            except Contradiction as found:
                because = str(found)
            count = yield from ask_count()
            page = yield from self._ask_page(1)
            if self.attempts == MOST_ATTEMPTS or (count, page.post_ids) == (self.count, first.post_ids):
                return NothingProven(because)
            self.count, first = count, page

    def _attempt(self, first: Page, allowed_removals: int | None) -> Asking[ScanResult]:
        self._forget()
        yield from self._read_head(first)
        gaps = Gaps(self.known, self.pages, self._whole_top(), self._read_page)
        self.lost = gaps.expected()
        if self.pages.last() not in self.pages:
            yield from self._read_page(self.pages.last())
        if allowed_removals is not None and self.lost > allowed_removals:
            yield from self._look_again(first)
            return self.result(Proof.GUARDED)
        losses = yield from gaps.find()
        yield from self._look_again(first)
        return self.result(Proof.COMPLETE, absences=(yield from self._confirm(losses)))

    # ---- step 1: the head ----

    def _read_head(self, first: Page) -> Asking[None]:
        if self.count is None:
            raise Contradiction("the site does not tell the number of favorites")
        self.as_of = first.newest_update
        self.pages = Pages(0 if not self.count and not first.post_ids else self.count - self.drift)
        self.pages.add(1, first.post_ids)
        if (last := self.pages.last()) > self.last_page:
            raise Contradiction(f"the list has {counted(last, 'page')}, and the site shows {self.last_page:,}")
        page = first
        while not self._take(page):
            page = yield from self._ask_page(self.head_pages + 1)
            self.pages.add(self.head_pages + 1, page.post_ids)

    def _take(self, page: Page) -> bool:
        """Take a page onto the head; tell whether what is new ends on it."""
        start = len(self.head)
        self.head += page.post_ids
        self.borderline.update(page.borderline)
        self.head_pages += 1
        untouched = set(page.untouched)
        witnesses = (
            start + index
            for index, post_id in enumerate(page.post_ids)
            if post_id in untouched and self.known.place(post_id) is not None
        )
        kept = next(witnesses, None)
        if kept is not None:
            self.witness = self.head[kept]
        elif len(self.head) < self.pages.total:
            return False
        self.top = top_of(self.known, self.head, len(self.head) if kept is None else kept)
        top = self.head[: self.top]
        if len(set(top)) != len(top):
            raise Contradiction("a favorite stands at the top twice")
        for post_id in top:
            self.known.leave(post_id)
        return True

    def _whole_top(self) -> int:
        if self.top is None:
            raise Contradiction("the end of what is new was not found")
        return self.top

    # ---- step 3 asks for pages ----

    def _read_page(self, number: int) -> Asking[None]:
        page = yield from self._ask_page(number)
        self.pages.add(number, page.post_ids)

    def _ask_page(self, number: int, *, again: bool = False) -> Asking[Page]:
        self.pages_asked += 1
        return (yield from ask_page(number, again=again))

    # ---- step 4: once more ----

    def _look_again(self, first: Page) -> Asking[None]:
        """Make sure that the list did not move between pages that have to fit together. Raises Contradiction."""
        if self.head_pages < 2 and not self.resumed:
            return
        again, self.resumed = self.resumed, False
        page = yield from self._ask_page(1, again=again)
        count = (yield from ask_count()) if again else self.count
        if (page.post_ids, count) != (first.post_ids, self.count):
            raise Contradiction("the list moved while it was read")
        last = self.pages.last()
        if again and last > 1 and set((yield from self._ask_page(last)).post_ids) != set(self.pages[last]):
            raise Contradiction("the list is not the one that an interrupted scan has seen")

    # ---- step 5: what is gone ----

    def _confirm(self, losses: Losses) -> Asking[tuple[Absence, ...]]:
        """Ask the site about everything that is missing. Raises Contradiction when it says otherwise, or cannot say."""
        top = set(self.head[: self._whole_top()])
        pushed = [
            post_id
            for post_id in self.expected_gone
            if self.known.former_place(post_id) is not None and post_id not in top
        ]
        doubtful = [post_id for doubt in losses.doubts for post_id in doubt.post_ids]
        gone = [*pushed, *losses.post_ids]
        yield from self.asked.ask(sorted([*gone, *doubtful], reverse=True))
        for doubt in losses.doubts:
            found = [post_id for post_id in doubt.post_ids if self._is_gone(post_id)]
            hidden = self.asked.unavailable(doubt.post_ids)
            if not len(found) <= doubt.gone <= len(found) + len(hidden):
                raise Contradiction(f"{doubt.gone:,} of {len(doubt.post_ids):,} favorites that share one time are gone")
            gone += found
            if len(found) < doubt.gone:
                self.hidden += hidden
        if still := [post_id for post_id in gone if self.asked.is_favorite(post_id)]:
            raise Contradiction(f"post {still[0]} is missing in the list, and the site says that it is a favorite")
        if not self.asked.owned and any(self.asked.is_there(post_id) for post_id in gone):
            # Nobody confirms these, and favorites that share one time could pass for others: the whole list counts.
            raise Contradiction("favorites are missing, and without the owner's key the site cannot be asked for them")
        self.hidden += self.asked.unavailable(gone, but=self.expected_gone)
        gone.sort(key=lambda post_id: self.known.former_place(post_id) or 0)
        return absences_of(gone, self.asked, removed_by_us=self.expected_gone)

    def _is_gone(self, post_id: int) -> bool:
        """Without the owner's key nobody says so of a post that is still there."""
        return self.asked.is_none(post_id) and (self.asked.owned or not self.asked.is_there(post_id))

    # ---- the end ----

    def result(self, proof: Proof, *, absences: tuple[Absence, ...] = (), reason: str | None = None) -> ScanResult:
        """Return the scan as it stands. Where the end of what is new was not found, it ends with what was seen."""
        return ScanResult(
            proof=proof,
            listing=tuple(dict.fromkeys(self.head if self.top is None else self.head[: self.top])),
            goes_on=self.top is not None,
            absences=absences,
            missing=self.lost,
            unavailable=tuple(self.hidden),
            drift=self.drift if self.pages.total or self.count else 0,
            witness=self.witness,
            borderline=frozenset(self.borderline),
            as_of=self.as_of,
            saw_all=self.pages.are_all(),
            page_size=self.pages.size,
            reason=reason,
            evidence=Evidence(
                count_before=self.count_before,
                count_after=self.count,
                listed=self.pages.total,
                pages=self.pages_asked,
                head_changed=self.attempts > 1,
                asked=len(self.asked),
                missing=self.lost,
            ),
        )
