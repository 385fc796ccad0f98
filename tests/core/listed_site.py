"""A site made of lists, for scans without I/O: it answers questions, and changes between them as told."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Any

from favsync.core.listing import full, incremental
from favsync.core.listing.effects import (
    AskPost,
    AskPosts,
    Begin,
    Begun,
    Changes,
    Count,
    Effect,
    NoResult,
    Page,
    PostState,
    PostStates,
    ReadCount,
    ReadPage,
    Result,
    SearchChanges,
    SearchFavorites,
)
from favsync.core.listing.incremental import Base
from favsync.core.listing.result import ScanResult, ScanSteps, ScanTask
from favsync.model import SiteLimits
from favsync.site.e621.limits import LIMITS

Change = Callable[["ListedSite"], None]


def full_scan(known: Sequence[int], **told: Any) -> ScanSteps:
    """The full scan, of a site with the limits of today where `told` gives no others."""
    return full.full_scan(ScanTask(known, **{"limits": LIMITS, **told}))


def pull_scan(known: Sequence[int], base: Base | None, **told: Any) -> ScanSteps:
    """The scan of a pull, in the same way."""
    return incremental.pull_scan(ScanTask(known, **{"limits": LIMITS, **told}), base)


@dataclass
class ListedSite:
    """One user's favorites as the site has them, newest first."""

    favorites: list[int]
    page_size: int = LIMITS.page_size
    limits: SiteLimits = LIMITS
    """What a scan of it may ask for."""
    drift: int = 0
    filtered: frozenset[int] = frozenset()
    """Left out of pages and of the search, as by a content filter, yet counted and taking up their places."""
    states_at_once: int = LIMITS.ids_per_query
    """Posts that one list of ids is answered with."""
    search_down: bool = False
    search_sees: frozenset[int] | None = None
    """What the lagging search index believes; None: the truth."""
    destroyed: set[int] = field(default_factory=set)
    parents: dict[int, int] = field(default_factory=dict)
    """Deleted posts with their parents."""
    fails_past_end: bool = False
    failing: dict[int, int] = field(default_factory=dict)
    """Pages with the HTTP status that they fail with."""
    changes: dict[int, list[Change]] = field(default_factory=dict)
    """What happens right before the question of that number, counted from 0."""
    asked: list[Effect] = field(default_factory=list)
    """What the site was asked; that a scan begins is nothing to it."""
    touched: set[int] = field(default_factory=set)
    """Posts that something happened to since the list was last read: to their favorites, or anything else."""
    tied: set[int] = field(default_factory=set)
    """Favorites, next to each other, that share one time: every page has its own order of them."""
    day: int = 0
    """The order of those that share one time depends on it; on day 0 all pages agree with each other."""

    def pages(self) -> int:
        return -(-len(self.favorites) // self.page_size)

    def add(self, post_id: int) -> None:
        if post_id not in self.favorites and post_id not in self.destroyed:
            self.favorites.insert(0, post_id)
            self.touched.add(post_id)
            self.tied.discard(post_id)

    def remove(self, post_id: int) -> None:
        if post_id in self.favorites:
            self.favorites.remove(post_id)
            self.touched.add(post_id)

    def destroy(self, post_id: int) -> None:
        self.remove(post_id)
        self.destroyed.add(post_id)

    def transfer(self, child: int, parent: int) -> None:
        if child in self.favorites and parent not in self.destroyed:
            self.remove(child)
            self.parents[child] = parent
            self.add(parent)

    def answer(self, question: Effect) -> Result:
        if isinstance(question, Begin):
            return Begun()
        for change in self.changes.pop(len(self.asked), []):
            change(self)
        self.asked.append(question)
        match question:
            case ReadCount():
                return Count(len(self.favorites) + self.drift)
            case ReadPage(number):
                return self._page(number)
            case SearchFavorites(before):
                return self._search(before)
            case SearchChanges():
                return Changes((), None)
            case AskPosts(post_ids):
                assert len(post_ids) <= self.limits.ids_per_query
                return PostStates(tuple(self._states(post_ids))[: self.states_at_once])
            case AskPost(post_id):
                return PostStates(tuple(self._states([post_id])))

    def _page(self, number: int) -> Result:
        assert 1 <= number <= self.limits.last_page
        if number in self.failing:
            return NoResult(str(self.failing[number]), self.failing[number])
        start = (number - 1) * self.page_size
        if self.fails_past_end and start >= len(self.favorites):
            return NoResult("500", 500)
        page = self._in_order(number)[start : start + self.page_size]
        shown = tuple(post_id for post_id in page if post_id not in self.filtered)
        return Page(shown, tuple(post_id for post_id in shown if post_id not in self.touched))

    def _in_order(self, number: int) -> list[int]:
        """The favorites as this page has them in order."""
        if not self.day or not self.tied:
            return self.favorites
        places = [place for place, post_id in enumerate(self.favorites) if post_id in self.tied]
        shuffled = sorted((self.favorites[place] for place in places), key=lambda i: hash((self.day, number, i)))
        listed = list(self.favorites)
        for place, post_id in zip(places, shuffled, strict=True):
            listed[place] = post_id
        return listed

    def _search(self, before: int | None) -> Result:
        if self.search_down:
            return NoResult("500")
        seen = set(self.favorites if self.search_sees is None else self.search_sees) - self.filtered - self.destroyed
        below = sorted((post_id for post_id in seen if before is None or post_id < before), reverse=True)
        return Page(tuple(below[: self.page_size]))

    def _states(self, post_ids: Iterable[int]) -> Iterable[PostState]:
        for post_id in post_ids:
            if post_id not in self.destroyed:
                parent = self.parents.get(post_id)
                yield PostState(post_id, post_id in self.favorites, parent is not None, parent)


def finish(reading: ScanSteps, site: ListedSite) -> ScanResult:
    """Feed a scan from the site to its end."""
    try:
        question = next(reading)
        while True:
            question = reading.send(site.answer(question))
    except StopIteration as end:
        result: ScanResult = end.value
        return result


def interrupted(reading: ScanSteps, site: ListedSite, *, after: int) -> list[tuple[Effect, Result]]:
    """Feed a scan with that many answers, or to its end, and return what it asked and was sent: its checkpoint."""
    steps: list[tuple[Effect, Result]] = []
    try:
        question = next(reading)
        while len(steps) < after:
            steps.append((question, site.answer(question)))
            question = reading.send(steps[-1][1])
    except StopIteration:
        pass
    return steps


def resume(reading: ScanSteps, site: ListedSite, steps: list[tuple[Effect, Result]]) -> ScanResult:
    """Feed a scan from a checkpoint while it asks the same, then from the site, as the app does."""
    saved = list(steps)
    try:
        question = next(reading)
        while True:
            if isinstance(question, ReadPage) and question.again:
                saved = []
            while saved and isinstance(saved[0][0], ReadCount) and not isinstance(question, ReadCount):
                saved.pop(0)
            if saved and saved[0][0] != question:
                saved = []
            question = reading.send(saved.pop(0)[1] if saved else site.answer(question))
    except StopIteration as end:
        result: ScanResult = end.value
        return result


def readd(site: ListedSite, post_id: int) -> None:
    """Remove a favorite and add it again."""
    if post_id in site.favorites:
        site.remove(post_id)
        site.add(post_id)
