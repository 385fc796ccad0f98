"""How a scan asks: each effect with what its result has to be, so that a failure proves nothing."""

from collections.abc import Collection, Generator, Iterable, Sequence
from typing import TypeVar

from favsync.batches import batches
from favsync.core.listing.effects import (
    AskPost,
    AskPosts,
    Count,
    Effect,
    NoResult,
    PostState,
    PostStates,
    ReadCount,
    Result,
)
from favsync.core.listing.result import Absence, AbsenceReason
from favsync.counting import counted
from favsync.model import PostUnavailable, SiteLimits

T = TypeVar("T")
ASKED_SINGLY = 10
"""Posts that a list of ids left out, below which each is asked about alone at once."""

LISTS_IN_A_ROW = 5
"""Lists of ids without an answer, one after another, after which the site is not asked with shorter ones: halved as
often, a hundred ids are few enough to be asked about alone."""

Asking = Generator[Effect, Result, T]
"""A part of a scan: yields effects, is sent results, returns what they came to."""


class Unproven(Exception):  # not an error: the end of what can be proven, caught by the scan
    """The scan cannot be completed, and why."""


class Disagreement(Unproven):
    """The sources say different things, and nobody can be asked which is right."""


def ask_count() -> Asking[int | None]:
    """Ask how many favorites the site counts; None: it does not say."""
    result = yield ReadCount()
    if not isinstance(result, Count):
        raise Unproven(f"the site did not say how many favorites there are: {said(result)}")
    return result.value


def no_page(number: int, result: Result) -> Unproven:
    """Return what is raised for a page that did not come."""
    return Unproven(f"page {number:,} of the list could not be read: {said(result)}")


def said(result: Result) -> str:
    """Say in words what came instead of a result of use."""
    return result.reason if isinstance(result, NoResult) else f"it answered with {type(result).__name__}"


class FailedLists:
    """Lists of ids without an answer: one post may be what the site fails at, and is found with ever shorter lists."""

    def __init__(self) -> None:
        self._in_a_row = 0

    def answered(self) -> None:
        """A list got its answer: the site answers some."""
        self._in_a_row = 0

    def shorter(self, post_ids: Sequence[int]) -> tuple[Sequence[int], ...] | None:
        """Count a failed list, and return what to ask about in its place: its halves, or none where each post is next.

        None: too many failed, one after another, and the site is not asked with shorter ones.
        """
        self._in_a_row += 1
        if self._in_a_row > LISTS_IN_A_ROW:
            return None
        middle = len(post_ids) // 2
        return (post_ids[:middle], post_ids[middle:]) if len(post_ids) > ASKED_SINGLY else ()


class AskedPosts:
    """What the site said of posts by id, each asked about once.

    `owned`: the owner's key is used, so that `is_favorited` has to be there and can be believed. A post that the site
    does not show now, or of which it does not say so, is unavailable: it is neither a favorite nor none.
    """

    def __init__(self, limits: SiteLimits, *, owned: bool) -> None:
        self.owned = owned
        self._at_once = limits.ids_per_query
        self.states: dict[int, PostState | None] = {}
        """What was said of each that is not unavailable; None: there is no such post."""
        self._unavailable: dict[int, PostUnavailable] = {}
        self._failed = FailedLists()

    def __len__(self) -> int:
        return len(self.states) + len(self._unavailable)

    def forget(self) -> None:
        """Let everything be asked again."""
        self.states.clear()
        self._unavailable.clear()

    def ask(self, post_ids: Sequence[int]) -> Asking[None]:
        """Learn what the site says of each post, as many at a time as it answers, and singly where it says nothing."""
        unknown = self._unknown(post_ids)
        is_worth_it = bool(unknown)
        while is_worth_it:
            for batch in batches(unknown, self._at_once):
                yield from self._ask_some(batch)
            left = self._unknown(unknown)
            answered, unknown = len(unknown) - len(left), left
            # Old servers answer no more than a page of the user's own size; what is left out then is asked for again.
            is_worth_it = answered > 0 and len(left) >= max(answered, ASKED_SINGLY)
        for post_id in unknown:
            result = yield AskPost(post_id)
            if not isinstance(result, PostStates):
                raise self._no_result(1, result)
            self._learn(result)
            if post_id not in self._unavailable:
                self.states.setdefault(post_id, None)

    def _ask_some(self, batch: Sequence[int]) -> Asking[None]:
        result = yield AskPosts(tuple(batch))
        if isinstance(result, PostStates):
            self._failed.answered()
            self._learn(result)
            return
        shorter = self._failed.shorter(batch)
        if shorter is None:
            raise self._no_result(len(batch), result)
        if shorter:
            yield from ask_count()
        for half in shorter:
            yield from self._ask_some(half)

    def _unknown(self, post_ids: Sequence[int]) -> list[int]:
        return [post_id for post_id in post_ids if post_id not in self.states and post_id not in self._unavailable]

    def is_favorite(self, post_id: int) -> bool:
        """Tell whether the site said that a post, which was asked about, is a favorite."""
        state = self.states.get(post_id)
        return state is not None and state.is_favorited is True

    def is_none(self, post_id: int) -> bool:
        """Tell whether the site said that a post, which was asked about, is no favorite, or that there is none."""
        return post_id in self.states and not self.is_favorite(post_id)

    def is_there(self, post_id: int) -> bool:
        """Tell whether there is such a post, as far as the site said; one that is unavailable may be there."""
        return self.states.get(post_id) is not None or post_id in self._unavailable

    def unavailable(self, post_ids: Iterable[int], *, but: Collection[int] = ()) -> tuple[PostUnavailable, ...]:
        """Return those of `post_ids`, without `but`, that the site does not show now, with the reason."""
        hidden = self._unavailable
        return tuple(hidden[post_id] for post_id in post_ids if post_id in hidden and post_id not in but)

    def _learn(self, result: PostStates) -> None:
        for state in result.posts:
            if self.owned and state.is_favorited is None:
                reason = "the site does not say whether it is a favorite"
                self._unavailable[state.post_id] = PostUnavailable(state.post_id, reason)
            else:
                self.states[state.post_id] = state
        self._unavailable.update((each.post_id, each) for each in result.unavailable)

    def _no_result(self, number: int, result: Result) -> Unproven:
        return Unproven(f"the site could not be asked about {counted(number, 'post')}: {said(result)}")


def absences_of(post_ids: Sequence[int], asked: AskedPosts, *, removed_by_us: Collection[int]) -> tuple[Absence, ...]:
    """Return what the site said of favorites that are missing, without those of which nothing follows.

    Each was asked about. Of one that favsync itself has removed the site has said so when it answered that; it need not
    be shown for it.
    """
    absences = []
    reason = AbsenceReason.UNFAVORITED if asked.owned else AbsenceReason.UNLISTED
    for post_id in post_ids:
        if asked.unavailable((post_id,)):
            if asked.owned and post_id in removed_by_us:
                absences.append(Absence(post_id, AbsenceReason.UNFAVORITED))
        elif (state := asked.states[post_id]) is None:
            absences.append(Absence(post_id, AbsenceReason.DESTROYED))
        else:
            facts = (state.is_deleted, state.parent_id, state.fav_count, state.has_changed)
            absences.append(Absence(post_id, reason, *facts))
    return tuple(absences)
