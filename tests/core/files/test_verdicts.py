"""Why a file is not there, by what its post says now."""

from collections import Counter
from dataclasses import replace

import pytest

from favsync.core.files.plan import Candidate
from favsync.core.files.verdicts import Unavailable, judge_all, judge_missing
from favsync.model import FileKind, Post, PostUnavailable, Shape

A, B = "a" * 32, "b" * 32
URL, SAMPLE = f"https://files.invalid/{A}.png", f"https://files.invalid/sample/{A}.jpg"
TRIED = Candidate(7, A, FileKind.ORIGINAL, "png", URL)
SAMPLE_TRIED = Candidate(7, A, FileKind.SAMPLE, "jpg", SAMPLE)
POST = Post(7, b"{}", file_md5=A, file_url=URL, sample_url=SAMPLE)
MOVED = f"https://other.invalid/{A}.png"


@pytest.mark.parametrize(
    ("now", "reason"),
    [
        (None, Unavailable.DESTROYED),
        (PostUnavailable(7, "not now"), Unavailable.HIDDEN),
        (POST, Unavailable.NOT_FOUND),
        (replace(POST, file_md5=A.upper()), Unavailable.NOT_FOUND),
        (replace(POST, file_md5=B), Unavailable.REPLACED),
        (replace(POST, file_md5=B, is_deleted=True, file_url=None), Unavailable.REPLACED),
        (replace(POST, is_deleted=True, file_url=None), Unavailable.DELETED),
        (replace(POST, is_deleted=True, file_md5=None), Unavailable.DELETED),
        (replace(POST, file_url=None), Unavailable.SAFE_MODE),
        (replace(POST, file_url=MOVED), None),
        (replace(POST, file_md5=None), None),
        (replace(POST, file_md5="no md5", file_url=None), None),
        (replace(POST, id=8, is_deleted=True), None),
        (PostUnavailable(8, "not now"), None),
        (replace(POST, problem="flags: missing", file_url=None), None),
        (replace(POST, shape=Shape.OTHER, file_url=None), None),
    ],
)
def test_the_post_says_why(now: Post | PostUnavailable | None, reason: Unavailable | None) -> None:
    """A half post, or another one, says nothing; a file that moved is not gone."""
    assert judge_missing(TRIED, now, signed_in=True) is reason


def test_without_a_login_a_url_is_missing_for_want_of_one() -> None:
    """Sites hide posts of some ratings from those who are not logged in."""
    assert judge_missing(TRIED, replace(POST, file_url=None), signed_in=False) is Unavailable.LOGIN


def test_a_sample_is_judged_by_its_own_url() -> None:
    """One that moved is asked for there, and one that the site makes no more is not found."""
    assert judge_missing(SAMPLE_TRIED, replace(POST, sample_url=MOVED), signed_in=True) is None
    assert judge_missing(SAMPLE_TRIED, replace(POST, sample_url=None), signed_in=True) is Unavailable.NOT_FOUND
    assert judge_missing(SAMPLE_TRIED, replace(POST, file_url=MOVED), signed_in=True) is Unavailable.NOT_FOUND


def test_a_host_that_serves_nothing_is_not_believed() -> None:
    """Nor is one that refuses: the posts are as they were. What the posts themselves say counts all the same."""
    posts = {number: replace(POST, id=number) for number in range(6)} | {6: None}
    missing = {replace(TRIED, post_id=number): 404 for number in posts}
    believed = judge_all(missing, posts, signed_in=True, host_serves=True)
    assert Counter(believed.values()) == {Unavailable.NOT_FOUND: 6, Unavailable.DESTROYED: 1}
    doubted = judge_all(missing, posts, signed_in=True, host_serves=False)
    assert Counter(doubted.values()) == {None: 6, Unavailable.DESTROYED: 1}
    few = {tried: status for tried, status in missing.items() if tried.post_id in {0, 1, 2, 6}}
    assert Counter(judge_all(few, posts, signed_in=True, host_serves=False).values())[Unavailable.NOT_FOUND] == 3
    refused = judge_all(dict.fromkeys(missing, 403), posts, signed_in=True, host_serves=True)
    assert Counter(refused.values()) == {None: 6, Unavailable.DESTROYED: 1}
