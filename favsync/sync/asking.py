"""How a reading asks: each question with what its answer has to be, so that a failure proves nothing."""

from collections.abc import Collection, Generator, Sequence
from typing import TypeVar

from favsync.counting import counted
from favsync.sync.questions import (
    Answer,
    AskPost,
    AskPosts,
    Count,
    Page,
    PostState,
    PostStates,
    Question,
    ReadCount,
    ReadPage,
    Unanswered,
    batches,
)
from favsync.sync.reading import Absence, Gone

T = TypeVar("T")
ASKED_SINGLY = 10
"""Posts that a list of ids left out, below which each is asked about alone at once."""

Asking = Generator[Question, Answer, T]
"""A part of a reading: yields questions, is sent answers, returns what they came to."""


class Unproven(Exception):  # not an error: the end of what can be proven, caught by the reading
    """The reading cannot be completed, and why."""


def ask_count() -> Asking[int | None]:
    """Ask how many favorites the site counts; None: it does not say."""
    answer = yield ReadCount()
    if not isinstance(answer, Count):
        raise Unproven(f"the site did not tell the number of favorites: {said(answer)}")
    return answer.value


def ask_page(number: int, *, anew: bool = False) -> Asking[Page]:
    """Ask for one page of the listing."""
    answer = yield ReadPage(number, anew)
    if not isinstance(answer, Page):
        raise no_page(number, answer)
    return answer


def no_page(number: int, answer: Answer) -> Unproven:
    """Return what is raised for a page that did not come."""
    return Unproven(f"page {number:,} of the list could not be read: {said(answer)}")


def said(answer: Answer) -> str:
    """Say in words what came instead of an answer of use."""
    return answer.reason if isinstance(answer, Unanswered) else f"it answered with {type(answer).__name__}"


class AskedPosts:
    """What the site said of posts by id, each asked about once.

    `owned`: the owner's key is used, so that `is_favorited` has to be there and can be believed.
    """

    def __init__(self, *, owned: bool) -> None:
        self.owned = owned
        self._states: dict[int, PostState | None] = {}

    def __len__(self) -> int:
        return len(self._states)

    def forget(self) -> None:
        """Let everything be asked again."""
        self._states.clear()

    def ask(self, post_ids: Sequence[int]) -> Asking[None]:
        """Learn what the site says of each post, a hundred at a time, and singly where it says nothing."""
        unknown = self._unknown(post_ids)
        is_worth_it = bool(unknown)
        while is_worth_it:
            for batch in batches(unknown):
                answer = yield AskPosts(batch)
                self._learn(answer, batch)
            left = self._unknown(unknown)
            answered, unknown = len(unknown) - len(left), left
            # Old servers answer no more than a page of the user's own size; what is left out then is asked for again.
            is_worth_it = answered > 0 and len(left) >= max(answered, ASKED_SINGLY)
        for post_id in unknown:
            answer = yield AskPost(post_id)
            self._learn(answer, (post_id,))
            self._states.setdefault(post_id, None)

    def _unknown(self, post_ids: Sequence[int]) -> list[int]:
        return [post_id for post_id in post_ids if post_id not in self._states]

    def state(self, post_id: int) -> PostState | None:
        """Return what the site said of a post that was asked about; None: there is no such post."""
        return self._states[post_id]

    def is_favorite(self, post_id: int) -> bool:
        """Tell whether the site said that a post, which was asked about, is a favorite."""
        state = self._states[post_id]
        return state is not None and state.is_favorited is True

    def _learn(self, answer: Answer, asked: Collection[int]) -> None:
        if not isinstance(answer, PostStates):
            raise Unproven(f"the site could not be asked about {counted(len(asked), 'post')}: {said(answer)}")
        for state in answer.posts:
            if self.owned and state.is_favorited is None:
                raise Unproven(f"the site does not say whether post {state.post_id} is a favorite")
            self._states[state.post_id] = state


def absence_of(post_id: int, asked: AskedPosts) -> Absence:
    """Return what the site said of a favorite that is missing, and that it was asked about."""
    state = asked.state(post_id)
    if state is None:
        return Absence(post_id, Gone.DESTROYED)
    gone = Gone.UNFAVORITED if asked.owned else Gone.UNLISTED
    return Absence(post_id, gone, state.is_deleted, state.parent_id)
