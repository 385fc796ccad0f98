"""Questions and answers as they are kept: what is written is what is read."""

import pytest

from favsync.app.sync import checkpoint
from favsync.core.listing.effects import (
    AskPost,
    AskPosts,
    Count,
    Page,
    PostState,
    PostStates,
    ReadCount,
    ReadPage,
    Result,
    SearchFavorites,
    SiteEffect,
)

STEPS: list[tuple[SiteEffect, str, Result]] = [
    (ReadCount(), "count", Count(None)),
    (ReadCount(), "count", Count(3)),
    (ReadPage(7), "page 7", Page((3, 1))),
    (ReadPage(7, again=True), "page 7", Page(())),
    (SearchFavorites(None), "search", Page((3,))),
    (SearchFavorites(12), "search below 12", Page((3,))),
    (AskPosts((1, 2)), "posts 1,2", PostStates((PostState(1, None, True, 5),))),
    (AskPost(1), "post 1", PostStates(())),
]


@pytest.mark.parametrize(("question", "words", "answer"), STEPS)
def test_an_answer_comes_back_as_it_was(question: SiteEffect, words: str, answer: Result) -> None:
    """Each kind of question has its words, and its kind of answer."""
    assert checkpoint.in_words(question) == words
    assert checkpoint.decode(question, checkpoint.encode(answer)) == answer
