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

from collections.abc import Sequence
from dataclasses import dataclass, field, replace

from favsync.core.listing.asking import AskedPosts, Asking, Unproven, absences_of, ask_count
from favsync.core.listing.baseline import BaselineList
from favsync.core.listing.effects import Begin, Page
from favsync.core.listing.full import full_scan
from favsync.core.listing.gaps import Contradiction, Gaps, Losses, Pages, top_of
from favsync.core.listing.result import Absence, Evidence, Proof, ScanResult, ScanSteps, ScanTask
from favsync.counting import counted
from favsync.model import PostUnavailable

MOST_ATTEMPTS = 3
"""Beginnings on a list that moves while it is read, after which everything is read instead."""


@dataclass(frozen=True, slots=True)
class Base:
    """What an incremental scan builds on: the list as the run `run_id` left it.

    `ties` are the stretches of places, rising and apart, in which the site has no order.
    """

    run_id: int
    ties: tuple[range, ...] = ()


def pull_scan(task: ScanTask, base: Base | None) -> ScanSteps:
    """Read what changed, or everything where that proves nothing, and return what the listing is with its proof.

    `base` says since when the known favorites are known to be all there were, in their order, or a few more; None:
    everything is read.
    """
    if base is not None:
        yield Begin(base.run_id)
        changes = yield from _read_changes(task, base)
        if isinstance(changes, ScanResult):
            return changes
        task = replace(task, because=changes, resumed=False)
    yield Begin(None)
    return (yield from full_scan(task))


def _read_changes(task: ScanTask, base: Base) -> Asking[ScanResult | str]:
    """Read until the pieces fit together, or until it is clear that they will not; then return why."""
    scan, resumed = _Scan(task, AskedPosts(task.limits, owned=task.owned)), task.resumed
    try:
        count = yield from ask_count()
        scan = replace(scan, count_before=count, count=count)
        first = yield from scan.pages.ask(1)
        while True:
            try:
                scan = scan.begin(base, first)
                scan.check_first(first)
                scan = scan.take(first)  # step 1
                while (top := scan.top) is None:
                    scan = scan.take((yield from scan.pages.read(scan.head_pages + 1)))
                gaps = Gaps(scan.below_top(top), scan.pages, top)
                scan = replace(scan, lost=gaps.expected())
                if scan.pages.last() not in scan.pages:
                    yield from scan.pages.read(scan.pages.last())  # step 2
                is_guarded = task.allowed_removals is not None and scan.lost > task.allowed_removals
                losses = Losses() if is_guarded else (yield from gaps.find())  # step 3
                again, resumed = resumed, False
                yield from scan.look_again(first, again=again)  # step 4
                return scan.result(Proof.GUARDED) if is_guarded else (yield from scan.confirm(losses))  # step 5
            except Contradiction as found:
                because = str(found)
            count = yield from ask_count()
            page = yield from scan.pages.ask(1)
            if scan.attempts == MOST_ATTEMPTS or (count, page.post_ids) == (scan.count, first.post_ids):
                return because
            scan, first = replace(scan, count=count), page
    except Unproven as stop:
        return scan.result(Proof.UNPROVEN, reason=str(stop))


@dataclass(frozen=True)
class _Scan:
    """How far an incremental scan has come. What its steps learn makes the scan that follows.

    `asked`, `known` and `pages` remember what was asked, who left its place, and which pages were read.
    """

    task: ScanTask
    asked: AskedPosts
    count_before: int | None = None
    count: int | None = None
    attempts: int = 0
    known: BaselineList = field(default_factory=lambda: BaselineList(()))
    pages: Pages = field(default_factory=Pages)
    """What was read in this attempt."""
    head: tuple[int, ...] = ()
    """What the pages from the top on show, without a gap."""
    head_pages: int = 0
    borderline: frozenset[int] = frozenset()
    witness: int | None = None
    top: int | None = None
    """How many of `head` are new or were added again; None while that is not known."""
    lost: int = 0
    as_of: str | None = None

    def begin(self, base: Base, first: Page) -> "_Scan":
        """Begin an attempt with the first page: what was read before counts no more."""
        self.asked.forget()
        total = 0 if self.count is None or not (self.count or first.post_ids) else self.count - self.task.drift
        return _Scan(
            self.task,
            self.asked,
            self.count_before,
            self.count,
            self.attempts + 1,
            BaselineList(self.task.known, ties=base.ties, gone=self.task.expected_gone),
            Pages(total, asked=self.pages.asked),
            as_of=first.newest_update,
        )

    # ---- step 1: the head ----

    def check_first(self, first: Page) -> None:
        """Take the first page in. Raises Contradiction where the list cannot be known from it on."""
        if self.count is None:
            raise Contradiction("the site does not say how many favorites there are")
        self.pages.add(1, first.post_ids)
        last, most = self.pages.last(), self.task.limits.last_page
        if last > most:
            raise Contradiction(f"the list has {counted(last, 'page')}, and the site shows {most:,}")

    def take(self, page: Page) -> "_Scan":
        """Take a page onto the head; where what is new ends on it, the `top` is known.

        known        A B C D E …
        head   N A C|D E …        C is the first that nobody touched: what was added since stands above it,
        top    N                  and A, which stands in the known order above it, kept its place as well
        """
        head = (*self.head, *page.post_ids)
        untouched = set(page.untouched)
        witnesses = (
            index
            for index, post_id in enumerate(page.post_ids, start=len(self.head))
            if post_id in untouched and self.known.place(post_id) is not None
        )
        kept = next(witnesses, None)
        is_end = kept is not None or len(head) >= self.pages.total
        return replace(
            self,
            head=head,
            head_pages=self.head_pages + 1,
            borderline=self.borderline.union(page.borderline),
            witness=None if kept is None else head[kept],
            top=top_of(self.known, head, len(head) if kept is None else kept) if is_end else None,
        )

    def below_top(self, top: int) -> BaselineList:
        """Return what was known, without what stands on top now. Raises Contradiction."""
        if len(set(self.head[:top])) != top:
            raise Contradiction("a favorite is at the top twice")
        for post_id in self.head[:top]:
            self.known.leave(post_id)
        return self.known

    # ---- step 4: once more ----

    def look_again(self, first: Page, *, again: bool) -> Asking[None]:
        """Make sure that the list did not move between pages that have to fit together. Raises Contradiction.

        `again`: some of them are from another day.
        """
        if self.head_pages < 2 and not again:
            return
        page = yield from self.pages.ask(1, again=again)
        count = (yield from ask_count()) if again else self.count
        if (page.post_ids, count) != (first.post_ids, self.count):
            raise Contradiction("the list moved while it was read")
        last = self.pages.last()
        if again and last > 1 and set((yield from self.pages.ask(last)).post_ids) != set(self.pages[last]):
            raise Contradiction("the list is not the one that an interrupted scan has seen")

    # ---- step 5: what is gone ----

    def confirm(self, losses: Losses) -> Asking[ScanResult]:
        """Ask the site about everything that is missing. Raises Contradiction when it says otherwise, or cannot say."""
        asked, ours = self.asked, self.task.expected_gone
        top = set(self.head[: self.top])
        gone = [post_id for post_id in ours if self.known.former_place(post_id) is not None and post_id not in top]
        gone += losses.post_ids
        doubtful = [post_id for doubt in losses.doubts for post_id in doubt.post_ids]
        yield from asked.ask(sorted([*gone, *doubtful], reverse=True))
        unavailable: list[PostUnavailable] = []
        for doubt in losses.doubts:
            # Without the owner's key nobody says that a post that is still there is gone.
            is_known = [i for i in doubt.post_ids if asked.is_none(i) and (asked.owned or not asked.is_there(i))]
            hidden = asked.unavailable(doubt.post_ids)
            if not len(is_known) <= doubt.gone <= len(is_known) + len(hidden):
                raise Contradiction(
                    f"{doubt.gone:,} of {len(doubt.post_ids):,} favorites that share one time were removed"
                )
            gone += is_known
            if len(is_known) < doubt.gone:
                unavailable += hidden
        if still := [post_id for post_id in gone if asked.is_favorite(post_id)]:
            raise Contradiction(f"post {still[0]} is missing in the list, and the site says that it is a favorite")
        if not asked.owned and any(map(asked.is_there, gone)):
            # Nobody confirms these, and favorites that share one time could pass for others: the whole list counts.
            raise Contradiction("favorites are missing, and without the owner's key the site cannot be asked for them")
        unavailable += asked.unavailable(gone, but=ours)
        gone.sort(key=lambda post_id: self.known.former_place(post_id) or 0)
        absences = absences_of(gone, asked, removed_by_us=ours)
        return self.result(Proof.COMPLETE, absences=absences, unavailable=unavailable)

    # ---- the end ----

    def result(
        self,
        proof: Proof,
        *,
        absences: tuple[Absence, ...] = (),
        unavailable: Sequence[PostUnavailable] = (),
        reason: str | None = None,
    ) -> ScanResult:
        """Return the scan as it stands. Where the end of what is new was not found, it ends with what was seen."""
        return ScanResult(
            proof=proof,
            listing=tuple(dict.fromkeys(self.head[: self.top])),
            goes_on=self.top is not None,
            absences=absences,
            missing=self.lost,
            unavailable=tuple(unavailable),
            drift=self.task.drift if self.pages.total or self.count else 0,
            witness=self.witness,
            borderline=self.borderline,
            as_of=self.as_of,
            saw_all=self.pages.are_all(),
            page_size=self.pages.size,
            reason=reason,
            evidence=Evidence(
                count_before=self.count_before,
                count_after=self.count,
                listed=self.pages.total,
                pages=self.pages.asked,
                head_changed=self.attempts > 1,
                asked=len(self.asked),
                missing=self.lost,
                unavailable=tuple(each.post_id for each in unavailable),
            ),
        )
