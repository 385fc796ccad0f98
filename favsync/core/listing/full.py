"""The full scan: every page of the listing, proven.

The list moves while it is read (docs/site-api.md, "Order of favorites"): an add pushes everything down one place, so
that a favorite is seen twice at a seam between pages; a removal pulls everything up one place, so that one is skipped.
The site's counter of favorites tells that something is wrong, never what. So:

1. Read page after page to the empty one that the count agrees with.
2. Read the head again. What came to the top meanwhile is merged in; the count must then agree again.
3. Where the count does not agree, read the `fav:` search as well (by post id, so that nothing shifts) and
   ask the site about every post on which the two scans differ. The counter itself may have drifted:
   then both scans agree against it, and the difference is remembered.
4. Where the scan was resumed, prove what its checkpoint said: the head, the count and the end once more, as
   they are now, and the search where these do not agree.
5. Ask the site about every known favorite that is in neither list. Only its answer removes one.

One gap is left, by the request budget of a first backup: an add in the moment between the first count and
the first page, together with a removal later in the same walk, cancel out in every count. With a known
list to compare with, the count is asked again; without one, the next run finds the favorite. And a page of
favorites that are all removed and added again while they are read can hide one that came between them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, field

from favsync.core.listing.asking import AskedPosts, Asking, Disagreement, Unproven, absences_of, ask_count, no_page
from favsync.core.listing.assembly import Listing
from favsync.core.listing.by_id import Veil, in_words, probe_hidden, prove_end, read_search
from favsync.core.listing.effects import Begin, NoResult, Page, ReadPage
from favsync.core.listing.result import Absence, Evidence, Proof, ScanResult, ScanSteps
from favsync.model import SiteLimits


def full_scan(
    known: Sequence[int],
    *,
    limits: SiteLimits,
    drift: int = 0,
    owned: bool = True,
    allowed_removals: int | None = None,
    expected_gone: Collection[int] = (),
    resumed: bool = False,
    because: str | None = None,
) -> ScanSteps:
    """Read the whole listing and return it with its proof. The arguments are those of `pull_scan`."""
    while True:
        scan = _FullScan(known, limits, drift, owned, expected_gone, resumed, because)
        try:
            yield from scan.walk()
            yield from scan.reread_head()
            if not scan.adds_up():
                yield from scan.search()
            yield from scan.catch_up()
            unexpected = sum(post_id not in expected_gone for post_id in scan.missing())
            if allowed_removals is not None and unexpected > allowed_removals:
                return scan.result(Proof.GUARDED)
            absences = yield from scan.ask_about_missing()
        except Disagreement as stop:
            if not resumed:
                return scan.result(Proof.UNPROVEN, reason=str(stop))
        except Unproven as stop:
            return scan.result(Proof.UNPROVEN, reason=str(stop))
        else:
            return scan.result(Proof.COMPLETE, absences=absences)
        resumed = False  # what was read on another day says too little about today
        yield Begin(None)


@dataclass
class _FullScan:
    """The state of one full scan; each public generator is one of its steps."""

    known: Sequence[int]
    limits: SiteLimits
    drift: int
    owned: bool
    expected_gone: Collection[int]
    resumed: bool
    because: str | None
    as_of: str | None = None
    untouched: set[int] = field(default_factory=set)
    borderline: set[int] = field(default_factory=set)
    veil: Veil = field(default_factory=Veil)
    listing: Listing = field(default_factory=Listing)
    head: tuple[int, ...] = ()
    """The first page as it was last read."""
    page_size: int = 0
    walk_agrees: bool = False
    count_before: int | None = None
    count: int | None = None
    pages: int = 0
    head_changed: bool = False
    searched: bool = False
    found_by_search: int = 0

    def __post_init__(self) -> None:
        self.drift_before = self.drift
        self.asked = AskedPosts(self.limits, owned=self.owned)

    # ---- step 1: the walk ----

    def walk(self) -> Asking[None]:
        """Read page after page to an empty one that the count agrees with, or to what the site lets be read."""
        self.count = self.count_before = yield from ask_count()
        page = self.head = yield from self._ask_page(1)
        if self.known and page[:1] != tuple(self.known[:1]) and not self.resumed:
            # Something may have come between the count and this page; a count taken after it cannot be fooled so.
            self.count = yield from ask_count()
        if not page and self.expected:
            yield from probe_hidden(self.count)
        self.listing.append(page)
        self.page_size = len(page)
        number = 1
        while page or self._may_be_a_hole(number):
            number += 1
            if number > self.limits.last_page:
                return
            page = yield from self._ask_page(number)
            self.page_size = max(self.page_size, len(page))
            self.listing.append(page)
        self.walk_agrees = self.expected == len(self.listing)

    @property
    def expected(self) -> int | None:
        """How many favorites there should be by the site's counter."""
        return None if self.count is None else self.count - self.drift

    def _may_be_a_hole(self, number: int) -> bool:
        """Tell whether an empty page can be one in the middle: the count promises favorites at later places."""
        if self.expected is None or len(self.listing) >= self.expected:
            return False
        return number * (self.page_size or self.limits.page_size) < self.expected

    # ---- step 2: the head again ----

    def reread_head(self, *, again: bool = False) -> Asking[bool]:
        """Read the head again and merge what came to the top or left it meanwhile; tell whether anything did."""
        page = yield from self._ask_page(1, again=again)
        if page == self.head:
            return False
        if not page and self.count != 0 and (yield from ask_count()) != 0:
            yield from probe_hidden(self.count)
            raise Unproven(f"the list is suddenly empty although the site counts {in_words(self.count)} favorites")
        depth, self.head = len(self.head), page
        self.head_changed = True
        head, number = list(page), 1
        while page and number < self.limits.last_page and not (yield from self._joins(head, depth)):
            number += 1
            page = yield from self._ask_page(number)
            head = list(dict.fromkeys([*head, *page]))
        gone = self.listing.put_on_top(head)
        if self.owned:
            yield from self.asked.ask(sorted(gone))
        doubtful = {post_id for post_id in gone if not self.owned or self.asked.is_favorite(post_id)}
        if doubtful:
            self.listing.restore(doubtful, ())
        if doubtful or self.asked.unavailable(gone):
            self.walk_agrees = False
        self.count = yield from ask_count()
        return True

    def _joins(self, head: Sequence[int], depth: int) -> Asking[bool]:
        """Tell whether a head that was read again reaches down to favorites that kept their place.

        One that was removed and added again stands on top and looks as if it had kept its place; then all those
        before it seem to have gone. So they are asked about: if one of them has not, the head goes on.
        """
        if not self.listing.joins(head, depth):
            return False
        if self.owned:
            gone = self.listing.lost_by(head)
            yield from self.asked.ask(sorted(gone))
            return not any(self.asked.is_favorite(post_id) for post_id in gone)
        return True

    def adds_up(self) -> bool:
        """Tell whether the walk and the counts agree, so that the list is proven without the search.

        Where favorites went from the head or came back to it meanwhile, one may have been pulled over a seam unseen,
        and another removal balances the counts.
        """
        return self.walk_agrees and not self.listing.is_disturbed and self.expected == len(self.listing)

    # ---- step 3: the search by post id ----

    def search(self) -> Asking[None]:
        """Read the `fav:` search, settle every difference by asking, and learn the counter's drift."""
        self.searched = True
        searchable = self.listing.ids - self.veil.unsearchable()
        found = yield from read_search(searchable)
        missing, extra = found - self.listing.ids, searchable - found
        if self.owned:
            yield from self.asked.ask(sorted(missing | extra, reverse=True))
            yield from prove_end(found, filter(self.asked.is_favorite, extra), self.limits)
            missing = set(filter(self.asked.is_favorite, missing))
            # What is hidden for now is in the list and in no search: the list has shown it.
            self.listing.drop(set(filter(self.asked.is_none, extra)))
        self.found_by_search = len(missing)
        if missing:
            yield from self._find_places(missing)
        before, self.count = self.count, (yield from ask_count())
        if self.veil.unsearchable() and (self.head_changed or not self.count_before == before == self.count):
            raise Disagreement("the list moved while it was read, and in safe mode the search cannot tell what went")
        if self.owned or (not extra and (not missing or before == self.count == len(self.listing))):
            # Two scans, or one that is the count's, or the site's word on each difference: against a steady count.
            if self.count is not None and self.count == before:
                self.drift = self.count - len(self.listing)
        elif self.expected != len(self.listing):
            # Nobody can be asked, and each of the two may have what went meanwhile, or lack what came.
            raise Disagreement("the list, the search and the count of favorites all disagree")

    def _find_places(self, missing: set[int]) -> Asking[None]:
        """Place what only the search knows: on top, as before, where a removal hid it, or at the end."""
        yield from self.reread_head()
        self.listing.restore(missing, () if self.resumed else self.known, untouched=self.untouched)
        loss = 0 if self.resumed else self.listing.first_loss
        number = self.limits.last_page + 1 if loss is None else loss // max(self.page_size, 1) + 1
        above: tuple[int, ...] = ()
        while self.listing.homeless and number <= self.limits.last_page:
            page = yield from self._ask_page(number)
            if not page:
                break
            self.listing.resolve((*above, *page))
            above = page[-1:]
            number += 1
        self.listing.append_unplaced(missing)

    # ---- step 4: a scan that was resumed ----

    def catch_up(self) -> Asking[None]:
        """Make a scan that began on another day one of today."""
        if not self.resumed:
            return
        self.asked.forget()
        self.drift = self.drift_before  # what was learned from two days at once would prove itself
        if not (yield from self.reread_head(again=True)):
            self.count = yield from ask_count()
        if self.expected == len(self.listing):
            if (yield from self._is_as_long()):
                return
            if not self.owned:
                raise Disagreement("the pages of two days do not make one list")
        yield from self.search()

    def _is_as_long(self) -> Asking[bool]:
        """Tell whether the site's pages end where this list does: its counter may have drifted between two days."""
        number, length = self.listing.last_page(self.page_size)
        page = self.head if number == 1 else (yield from self._ask_page(number))
        beyond = (yield from self._ask_page(number + 1)) if length == self.page_size else ()
        return len(page) == length and not beyond

    # ---- step 5: what is not there any more ----

    def missing(self) -> list[int]:
        """Return the known favorites that the scan did not see, newest first."""
        listed = self.listing.ids
        return [post_id for post_id in self.known if post_id not in listed]

    def ask_about_missing(self) -> Asking[tuple[Absence, ...]]:
        """Ask the site about each known favorite that was not seen, and return those that it says are gone."""
        missing = self.missing()
        if missing and not len(self.listing) and self.count != 0:
            raise Unproven(f"the list is suddenly empty although the site counts {in_words(self.count)} favorites")
        yield from self.asked.ask(missing)
        if self.owned and any(self.asked.is_favorite(post_id) for post_id in missing):
            if not self.searched:
                yield from self.search()
            still = {post_id for post_id in self.missing() if self.asked.is_favorite(post_id)}
            self.listing.restore(still, self.known, untouched=self.untouched)
            self.drift -= len(still)
        if not self.owned and self._counts_more():
            # What the count has too many may be these very favorites, hidden and not gone: nobody can say.
            hidden = {post_id for post_id in missing if self.asked.is_there(post_id)}
            self.listing.restore(hidden, self.known, untouched=self.untouched)
            self.drift = self.drift_before
        return absences_of(self.missing(), self.asked, removed_by_us=self.expected_gone)

    def _counts_more(self) -> bool:
        """Tell whether the site counts more favorites than it shows, beyond what its counter was off by before."""
        return self.count is not None and self.count - max(self.drift_before, 0) > len(self.listing)

    def _ask_page(self, number: int, *, again: bool = False) -> Asking[tuple[int, ...]]:
        answer = yield ReadPage(number, again)
        self.pages += 1
        if isinstance(answer, Page):
            if self.pages == 1:
                self.as_of = answer.newest_update
            # The last word on a post counts: one that was added again in between was untouched before.
            self.untouched.difference_update(answer.post_ids)
            self.untouched.update(answer.untouched)
            self.borderline.update(answer.borderline)
            self.veil.look_at(answer)
            return answer.post_ids
        failed = isinstance(answer, NoResult) and answer.status == 500
        if failed and number > 1 and self.expected == len(self.listing):
            # Very old servers fail past the end (docs/site-api.md, "Pages of favorites").
            return ()
        raise no_page(number, answer)

    def result(self, proof: Proof, *, absences: tuple[Absence, ...] = (), reason: str | None = None) -> ScanResult:
        listing = self.listing.order()
        kept = self.listing.kept_from(self.untouched)
        return ScanResult(
            proof=proof,
            listing=listing,
            kept=kept,
            witness=None if kept is None else listing[kept],
            borderline=frozenset(self.borderline),
            as_of=self.as_of,
            saw_all=True,
            page_size=self.page_size,
            unplaced=frozenset(self.listing.unplaced),
            remembered=frozenset(self.listing.remembered),
            absences=absences,
            missing=len(self.missing()),
            unavailable=self.asked.unavailable(self.missing(), but=self.expected_gone),
            drift=self.drift,
            reason=reason,
            evidence=Evidence(
                count_before=self.count_before,
                count_after=self.count,
                listed=len(self.listing),
                pages=self.pages,
                head_changed=self.head_changed,
                searched=self.searched,
                found_by_search=self.found_by_search,
                asked=len(self.asked),
                missing=len(self.missing()),
                because=self.because,
            ),
        )
