"""The full scan: every page of the listing, proven.

The list moves while it is read (docs/site-api.md, "Order of favorites"): an add pushes everything down one place, so
that a favorite is seen twice at a seam between pages; a removal pulls everything up one place, so that one is skipped:

    page 1 is read     A B C | D E F | G
    A is removed       B C D | E F G |         page 2 is read: D was on neither

The site's counter of favorites tells that something is wrong, never what. So:

1. Read page after page to the empty one that the count agrees with.
2. Read the head again. What came to the top meanwhile is merged in; the count must then agree again.
3. Where it does not, read the `fav:` search as well (by post id, so that nothing shifts) and ask the site about every
   post on which the two differ. Where both agree against the counter, it has drifted, and the drift is remembered.
4. Where the scan was resumed, prove what its checkpoint said: the head, the count and the end once more, as
   they are now, and the search where these do not agree.
5. Ask the site about every known favorite that is in neither list. Only its answer removes one.

One gap is left, by the request budget of a first backup: an add between the first count and the first page, and a
removal later in the same walk, cancel out in every count. With a known list to compare with, the count is asked again;
without one, the next run finds the favorite. And a page of favorites that are all removed and added again while they
are read can hide one that came between them.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from favsync.core.listing.asking import AskedPosts, Asking, Disagreement, T, Unproven, absences_of, ask_count, no_page
from favsync.core.listing.assembly import Listing, untouched_on
from favsync.core.listing.by_id import probe_hidden, prove_end, read_search, suddenly_empty, unsearchable
from favsync.core.listing.effects import Begin, NoResult, Page, ReadPage
from favsync.core.listing.result import Absence, Evidence, Proof, ScanResult, ScanSteps, ScanTask


def full_scan(task: ScanTask) -> ScanSteps:
    """Read the whole listing and return it with its proof."""
    while True:
        scan = _Scan(task, AskedPosts(task.limits, owned=task.owned), drift=task.drift)
        try:
            scan = yield from scan.walk()
            scan = yield from scan.reread_head()
            # Where favorites went from the head or came back to it meanwhile, one may have been pulled over a seam
            # unseen, and another removal balances the counts.
            if not scan.walk_agrees or scan.listing.is_disturbed or scan.expected != len(scan.listing):
                scan = yield from scan.search()
            if task.resumed:
                scan = yield from scan.catch_up()
            unexpected = sum(post_id not in task.expected_gone for post_id in scan.missing())
            if task.allowed_removals is not None and unexpected > task.allowed_removals:
                return scan.result(Proof.GUARDED)
            scan = yield from scan.ask_about_missing()
        except _Stopped as stop:
            if not (task.resumed and isinstance(stop.reason, Disagreement)):
                return stop.scan.result(Proof.UNPROVEN, reason=str(stop.reason))
        else:
            absences = absences_of(scan.missing(), scan.asked, removed_by_us=task.expected_gone)
            return scan.result(Proof.COMPLETE, absences=absences)
        task = replace(task, resumed=False)  # what was read on another day says too little about today
        yield Begin(None)


class _Stopped(Exception):  # not an error: the end of what can be proven, with what was seen up to then
    """The scan ends as it stands in `scan`, for `reason`."""

    def __init__(self, scan: "_Scan", reason: Unproven) -> None:
        super().__init__(reason)
        self.scan = scan
        self.reason = reason


@dataclass(frozen=True)
class _Scan:
    """How far a full scan has come. Nothing in it changes: each step asks, and returns the scan that follows.

    Where the site does not answer, the step raises `_Stopped` with the scan as it stood at that effect.
    """

    task: ScanTask
    asked: AskedPosts
    drift: int
    pages: tuple[Page, ...] = ()
    """The pages as they were read, repeated ones included; one that did not come is without favorites."""
    count_before: int | None = None
    count: int | None = None
    merged: Listing | None = None
    """The list, once the walk has ended; up to then it is what the pages show."""
    walk_agrees: bool = False
    head: tuple[int, ...] = ()
    """The first page as it was last read."""
    head_changed: bool = False
    searched: bool = False
    found_by_search: int = 0

    @property
    def listing(self) -> Listing:
        return Listing.of(page.post_ids for page in self.pages) if self.merged is None else self.merged

    @property
    def shown(self) -> tuple[int, ...]:
        """The favorites of the page that was read last."""
        return self.pages[-1].post_ids

    @property
    def expected(self) -> int | None:
        """How many favorites there should be by the site's counter."""
        return None if self.count is None else self.count - self.drift

    def missing(self) -> list[int]:
        """Return the known favorites that the scan did not see, newest first."""
        listed = self.listing.ids
        return [post_id for post_id in self.task.known if post_id not in listed]

    def asking(self, effect: Asking[T]) -> Asking[T]:
        """Ask something; the scan ends as it is now where the result proves nothing."""
        try:
            return (yield from effect)
        except Unproven as reason:
            raise _Stopped(self, reason) from reason

    def recount(self) -> Asking["_Scan"]:
        return replace(self, count=(yield from self.asking(ask_count())))

    def read(self, number: int, *, again: bool = False) -> Asking["_Scan"]:
        """Read one page of the listing, to be found in `shown`."""
        result = yield ReadPage(number, again)
        if isinstance(result, Page):
            return replace(self, pages=(*self.pages, result))
        scan = replace(self, pages=(*self.pages, Page(())))
        has_failed = isinstance(result, NoResult) and result.status == 500
        if not has_failed or number == 1 or self.expected != len(self.listing):
            raise _Stopped(scan, no_page(number, result))
        return scan  # very old servers fail past the end (docs/site-api.md, "Pages of favorites")

    # ---- step 1: the walk ----

    def walk(self) -> Asking["_Scan"]:
        """Read page after page to an empty one that the count agrees with, or to what the site lets be read."""
        count = yield from self.asking(ask_count())
        scan = yield from replace(self, count_before=count, count=count).read(1)
        scan = replace(scan, head=scan.shown)
        known = self.task.known
        if known and scan.head[:1] != tuple(known[:1]) and not self.task.resumed:
            # Something may have come between the count and this page; a count taken after it cannot be fooled so.
            scan = yield from scan.recount()
        if not scan.head and scan.expected:
            yield from scan.asking(probe_hidden(scan.count))
        number = 1
        while (goes_on := bool(scan.shown) or scan.is_in_the_middle(number)) and number < self.task.limits.last_page:
            number += 1
            scan = yield from scan.read(number)
        listing = scan.listing
        return replace(scan, merged=listing, walk_agrees=not goes_on and scan.expected == len(listing))

    def is_in_the_middle(self, number: int) -> bool:
        """Tell whether an empty page need not be the last one: the count promises favorites at later places."""
        size = max(len(page.post_ids) for page in self.pages) or self.task.limits.page_size
        return number * size < (self.expected or 0) and len(self.listing) < (self.expected or 0)

    # ---- step 2: the head again ----

    def reread_head(self, *, again: bool = False) -> Asking["_Scan"]:
        """Read the head again and merge what came to the top or left it meanwhile."""
        scan = yield from self.read(1, again=again)
        if scan.shown == self.head:
            return scan
        if not scan.shown and scan.count != 0 and (yield from scan.asking(ask_count())) != 0:
            yield from scan.asking(probe_hidden(scan.count))
            raise _Stopped(scan, suddenly_empty(scan.count))
        scan = replace(scan, head=scan.shown, head_changed=True)
        head, number = list(scan.head), 1
        while scan.shown and number < self.task.limits.last_page and not (yield from scan.joins(head, len(self.head))):
            number += 1
            scan = yield from scan.read(number)
            head = list(dict.fromkeys([*head, *scan.shown]))
        gone = scan.listing.lost_by(head)
        scan = replace(scan, merged=scan.listing.under(head))
        if self.task.owned:
            yield from scan.asking(self.asked.ask(sorted(gone)))
        doubtful = {post_id for post_id in gone if not self.task.owned or self.asked.is_favorite(post_id)}
        agrees = scan.walk_agrees and not doubtful and not self.asked.unavailable(gone)
        scan = replace(scan, merged=scan.listing.restore(doubtful, ()), walk_agrees=agrees)
        return (yield from scan.recount())

    def joins(self, head: Sequence[int], depth: int) -> Asking[bool]:
        """Tell whether a head that was read again reaches down to favorites that kept their place.

        One that was removed and added again stands on top and looks as if it had kept its place; then all those
        before it seem to have gone. So they are asked about: if one of them has not, the head goes on.
        """
        if not self.listing.joins(head, depth):
            return False
        if not self.task.owned:
            return True
        gone = self.listing.lost_by(head)
        yield from self.asking(self.asked.ask(sorted(gone)))
        return not any(map(self.asked.is_favorite, gone))

    # ---- step 3: the search by post id ----

    def search(self) -> Asking["_Scan"]:
        """Read the `fav:` search, resolve every difference by asking, and learn the counter's drift."""
        scan, listing, asked = replace(self, searched=True), self.listing, self.asked
        searchable = listing.ids - unsearchable(self.pages)
        found = yield from scan.asking(read_search(searchable))
        missing, extra = found - listing.ids, searchable - found
        if asked.owned:
            yield from scan.asking(asked.ask(sorted(missing | extra, reverse=True)))
            yield from scan.asking(prove_end(found, filter(asked.is_favorite, extra), self.task.limits))
            missing = set(filter(asked.is_favorite, missing))
            # What is hidden for now is in the list and in no search: the list has shown it.
            scan = replace(scan, merged=listing.without(set(filter(asked.is_none, extra))))
        scan = replace(scan, found_by_search=len(missing))
        if missing:
            scan = yield from scan.find_places(missing)
        before = scan.count
        scan = yield from scan.recount()
        number = len(scan.listing)
        if unsearchable(scan.pages) and (scan.head_changed or not scan.count_before == before == scan.count):
            why = "the list moved while it was read, and in safe mode the search does not show what was removed"
            raise _Stopped(scan, Disagreement(why))
        if asked.owned or (not extra and (not missing or before == scan.count == number)):
            # Two scans, or one that is the count's, or the site's word on each difference: against a steady count.
            return scan if scan.count is None or scan.count != before else replace(scan, drift=scan.count - number)
        if scan.expected != number:
            # Nobody can be asked, and each of the two may have what went meanwhile, or lack what came.
            raise _Stopped(scan, Disagreement("the list, the search and the count of favorites all disagree"))
        return scan

    def find_places(self, missing: set[int]) -> Asking["_Scan"]:
        """Place what only the search knows: on top, as before, where a removal hid it, or at the end."""
        scan = yield from self.reread_head()
        resumed, last_page = self.task.resumed, self.task.limits.last_page
        listing = scan.listing.restore(missing, () if resumed else self.task.known, untouched=untouched_on(scan.pages))
        scan = replace(scan, merged=listing)
        loss = 0 if resumed else listing.first_loss
        number = last_page + 1 if loss is None else loss // max(listing.page_size, 1) + 1
        above: tuple[int, ...] = ()
        while (homeless := missing - scan.listing.ids) and number <= last_page:
            scan = yield from scan.read(number)
            if not scan.shown:
                break
            scan = replace(scan, merged=scan.listing.resolve((*above, *scan.shown), homeless))
            above = scan.shown[-1:]
            number += 1
        return replace(scan, merged=scan.listing.with_unplaced(missing))

    # ---- step 4: a scan that was resumed ----

    def catch_up(self) -> Asking["_Scan"]:
        """Make a scan that began on another day one of today."""
        self.asked.forget()
        # A drift that was learned from two days at once would prove itself.
        scan = yield from replace(self, drift=self.task.drift).reread_head(again=True)
        if scan.head == self.head:
            scan = yield from scan.recount()
        number, length = scan.listing.last_page()
        is_full = length == scan.listing.page_size
        if scan.expected == len(scan.listing) and number + is_full <= self.task.limits.last_page:
            # The site's pages must end where this list does: its counter may have drifted between two days.
            beyond: tuple[int, ...] = ()
            last = scan.head
            if number > 1:
                scan = yield from scan.read(number)
                last = scan.shown
            if is_full:
                scan = yield from scan.read(number + 1)
                beyond = scan.shown
            if len(last) == length and not beyond:
                return scan
            if not self.task.owned:
                raise _Stopped(scan, Disagreement("the pages of two days do not make one list"))
        return (yield from scan.search())

    # ---- step 5: what is not there any more ----

    def ask_about_missing(self) -> Asking["_Scan"]:
        """Ask the site about each known favorite that was not seen, and take back those that it does not call gone."""
        scan, missing = self, self.missing()
        if missing and not len(scan.listing) and scan.count != 0:
            raise _Stopped(scan, suddenly_empty(scan.count))
        yield from scan.asking(self.asked.ask(missing))
        if self.task.owned:
            if not scan.searched and any(map(self.asked.is_favorite, missing)):
                scan = yield from scan.search()
            still = set(filter(self.asked.is_favorite, scan.missing()))
            return replace(scan, merged=scan.with_back(still), drift=scan.drift - len(still)) if still else scan
        if scan.count is not None and scan.count - max(self.task.drift, 0) > len(scan.listing):
            # What the count has too many may be these very favorites, hidden and not gone: nobody can say.
            hidden = set(filter(self.asked.is_there, missing))
            return replace(scan, merged=scan.with_back(hidden), drift=self.task.drift)
        return scan

    def with_back(self, post_ids: Collection[int]) -> Listing:
        """Return the list with known favorites that no page showed, where they stood."""
        return self.listing.restore(post_ids, self.task.known, untouched=untouched_on(self.pages))

    def result(self, proof: Proof, *, absences: tuple[Absence, ...] = (), reason: str | None = None) -> ScanResult:
        listing, missing = self.listing, self.missing()
        kept = listing.kept_from(untouched_on(self.pages))
        unavailable = self.asked.unavailable(missing, but=self.task.expected_gone)
        return ScanResult(
            proof=proof,
            listing=listing.order,
            kept=kept,
            witness=None if kept is None else listing.order[kept],
            borderline=frozenset(post_id for page in self.pages for post_id in page.borderline),
            as_of=self.pages[0].newest_update if self.pages else None,
            saw_all=True,
            page_size=listing.page_size,
            unplaced=listing.unplaced,
            remembered=listing.remembered,
            absences=absences,
            missing=len(missing),
            unavailable=unavailable,
            drift=self.drift,
            reason=reason,
            evidence=Evidence(
                count_before=self.count_before,
                count_after=self.count,
                listed=len(listing),
                pages=len(self.pages),
                head_changed=self.head_changed,
                searched=self.searched,
                found_by_search=self.found_by_search,
                asked=len(self.asked),
                missing=len(missing),
                because=self.task.because,
                unavailable=tuple(each.post_id for each in unavailable),
            ),
        )
