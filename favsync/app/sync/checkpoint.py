"""The checkpoint of a reading: every question it asked and the answer it was sent, in the database.

A reading is a pure generator, so sending a new one the same answers brings it to where the old one stopped. The
question is kept as words (`page 7`) to be compared, never parsed: where a new reading asks something else than the
old one did, the rest of the old one is of no use.
"""

from datetime import datetime, timedelta
from typing import assert_never

import msgspec

from favsync.core.listing.effects import (
    Answer,
    AskPost,
    AskPosts,
    Begin,
    Changes,
    Count,
    Page,
    PostStates,
    Question,
    ReadCount,
    ReadPage,
    SearchChanges,
    SearchFavorites,
    SiteQuestion,
)
from favsync.store.checkpoints import Step

KEPT_FOR = timedelta(days=7)
"""An interrupted reading older than this is begun anew: its pages say too little about today."""

COUNT = "count"
"""The words for `ReadCount`."""

EVERYTHING = "everything"
"""The words with which a reading of the whole list begins."""

_SINCE = "since run "


def in_words(question: Question) -> str:
    """Name a question, so that equal questions have equal names."""
    match question:
        case Begin(since):
            words = EVERYTHING if since is None else f"{_SINCE}{since}"
        case ReadCount():
            words = COUNT
        case ReadPage(number):
            words = f"page {number}"
        case SearchFavorites(before):
            words = "search" if before is None else f"search below {before}"
        case SearchChanges(after):
            words = f"changes above {after}"
        case AskPosts(post_ids):
            words = f"posts {','.join(map(str, post_ids))}"
        case AskPost(post_id):
            words = f"post {post_id}"
        case _ as never:
            assert_never(never)
    return words


def begin_of(words: str) -> Begin | None:
    """Return what a reading began with, from its words; None for the words of any other question."""
    if words == EVERYTHING:
        return Begin(None)
    run = words.removeprefix(_SINCE)
    return Begin(int(run)) if run != words and run.isdecimal() else None


def encode(answer: Answer) -> str:
    """Return an answer as JSON."""
    return msgspec.json.encode(answer).decode()


def decode(question: SiteQuestion, text: str) -> Answer:
    """Return the answer to `question` that `encode` wrote."""
    answer: Answer = msgspec.json.decode(text, type=_ANSWERS[type(question)])
    return answer


_ANSWERS: dict[type[SiteQuestion], type[Answer]] = {
    ReadCount: Count,
    ReadPage: Page,
    SearchFavorites: Page,
    SearchChanges: Changes,
    AskPosts: PostStates,
    AskPost: PostStates,
}


def is_fresh(steps: list[Step], now: datetime) -> bool:
    """Tell whether an interrupted reading is recent enough to go on with."""
    return bool(steps) and now - datetime.fromisoformat(steps[0].at) < KEPT_FOR


_KINDS: dict[str, type[SiteQuestion]] = {
    COUNT: ReadCount,
    "page": ReadPage,
    "search": SearchFavorites,
    "changes": SearchChanges,
    "posts": AskPosts,
    "post": AskPost,
}


def can_be_gone_on_with(steps: list[Step]) -> bool:
    """Tell whether every step can be read, of steps that a reading would go on with at all."""
    if not steps or begin_of(steps[0].question) is None:
        return True  # of another version: forgotten at the first question
    for place, step in enumerate(steps):
        if step.ordinal != place:
            return False
        kind = _KINDS.get(step.question.partition(" ")[0]) if place else None
        if place and kind is None and begin_of(step.question) is None:
            return False
        if kind is not None:
            try:
                msgspec.json.decode(step.answer, type=_ANSWERS[kind])
            except (msgspec.MsgspecError, UnicodeError):
                return False
    return True
