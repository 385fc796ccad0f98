"""The checkpoint of a scan: each effect in words, to be compared, with its result as JSON (docs/architecture.md)."""

from datetime import timedelta
from typing import Final, assert_never

import msgspec

from favsync.core.listing.effects import (
    AskPost,
    AskPosts,
    Begin,
    Changes,
    Count,
    Effect,
    Page,
    PostStates,
    ReadCount,
    ReadPage,
    Result,
    SearchChanges,
    SearchFavorites,
    SiteEffect,
)
from favsync.store.checkpoints import Step

KEPT_FOR = timedelta(days=7)
"""An interrupted scan older than this is begun again: its pages say too little about today."""

COUNT = "count"
EVERYTHING = "everything"
_SINCE = "since run "


def in_words(effect: Effect) -> str:
    """Name an effect, so that equal effects have equal names."""
    match effect:
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
    """Return what a scan began with, from its words; None for the words of any other effect."""
    if words == EVERYTHING:
        return Begin(None)
    run = words.removeprefix(_SINCE)
    return Begin(int(run)) if run != words and run.isdecimal() else None


def encode(result: Result) -> str:
    """Return a result as JSON."""
    return msgspec.json.encode(result).decode()


def decode(effect: SiteEffect, text: str) -> Result:
    """Return the result of `effect` that `encode` wrote."""
    result: Result = msgspec.json.decode(text, type=_RESULTS[in_words(effect).partition(" ")[0]])
    return result


_RESULTS: Final[dict[str, type[Result]]] = {
    COUNT: Count,
    "page": Page,
    "search": Page,
    "changes": Changes,
    "posts": PostStates,
    "post": PostStates,
}
"""What each effect results in, by its first word."""


def can_be_resumed(steps: list[Step]) -> bool:
    """Tell whether every step can be read, of steps that a scan would go on with at all."""
    if not steps or begin_of(steps[0].question) is None:
        return True  # of another version: forgotten at the first effect
    for place, step in enumerate(steps):
        if step.ordinal != place:
            return False
        kind = _RESULTS.get(step.question.partition(" ")[0]) if place else None
        if place and kind is None and begin_of(step.question) is None:
            return False
        if kind is not None:
            try:
                msgspec.json.decode(step.answer, type=kind)
            except (msgspec.MsgspecError, UnicodeError):
                return False
    return True
