"""Following what changed about posts, and what the time of a change proves."""

import pytest

from favsync.core.listing.effects import Changes, NoResult, Result, SearchChanges
from favsync.core.listing.untouched import newest_update, untouched_since
from favsync.core.post_changes import Followed, follow_changes
from favsync.model import Post

NOON = "2026-01-02T12:00:00.000Z"


def follow(answers: list[Result], **wanted: int) -> tuple[Followed, list[int]]:
    """Send answers, one after the other; return what it came to, and above which numbers was asked."""
    steps = follow_changes(wanted.pop("after", 10), **({"favorites": 100, "page_size": 3} | wanted))
    asked: list[int] = []
    try:
        question = next(steps)
        while True:
            assert isinstance(question, SearchChanges)
            asked.append(question.after)
            question = steps.send(answers.pop(0))
    except StopIteration as end:
        followed: Followed = end.value
        return followed, asked


def test_nothing_changed_is_one_request() -> None:
    """And the number stays."""
    assert follow([Changes((), None)]) == (Followed(10, 0), [10])


def test_a_page_that_is_not_full_is_the_last() -> None:
    """Each next one begins above the highest number so far."""
    pages: list[Result] = [Changes((1, 2, 3), 14), Changes((4, 5, 6), 19), Changes((7,), 25)]
    assert follow(pages) == (Followed(25, 7), [10, 14, 19])


def test_there_are_no_more_changes_than_favorites() -> None:
    """A full page of all there are is the last one, too."""
    assert follow([Changes((1, 2, 3), 14)], favorites=3) == (Followed(14, 3), [10])
    assert follow([], favorites=0) == (Followed(10, 0), [])


def test_a_failure_keeps_what_was_seen() -> None:
    """The next run goes on from there."""
    followed, asked = follow([Changes((1, 2, 3), 14), NoResult("it was down")])
    assert (followed, asked) == (Followed(14, 3, "it was down"), [10, 14])


def test_an_answer_that_does_not_advance_ends_it() -> None:
    """A site that answers the same page forever."""
    assert follow([Changes((1, 2, 3), 14), Changes((1, 2, 3), 14)]) == (Followed(14, 6), [10, 14])


def post(post_id: int, updated_at: str | None) -> Post:
    return Post(post_id, b"{}", updated_at=updated_at)


def test_what_was_touched_before_the_moment_is_untouched_since() -> None:
    """With a minute between the time that is written into a post and that at which others see it."""
    posts = [
        post(1, "2026-01-02T11:59:00.000Z"),
        post(2, "2026-01-02T11:59:00.001Z"),
        post(3, NOON),
        post(4, "2026-01-02T12:00:00.001Z"),
        post(5, None),
    ]
    assert untouched_since(posts, NOON) == ((1,), (2, 3))
    assert untouched_since(posts, None) == ((), ())


@pytest.mark.parametrize(
    ("reported", "newest"),
    [
        ([], None),
        ([None], None),
        ([NOON, None], NOON),
        (["2026-01-02T13:00:00.000Z", NOON], "2026-01-02T12:30:00.000Z"),
    ],
)
def test_the_latest_update_is_as_far_as_the_sites_clock_is_believed(
    reported: list[str | None], newest: str | None
) -> None:
    """Never further than the time here: too late a moment would prove what is not so."""
    assert newest_update([post(n, at) for n, at in enumerate(reported, 1)], now="2026-01-02T12:30:00.000Z") == newest
