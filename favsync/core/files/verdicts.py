"""Why a file that the site gave a URL of is not there: what the post says now decides.

The file host answered 404, 403 or 410, which says no more than that it is not at that URL. Then the post is asked for:

    no such post                         destroyed
    not shown to this login              hidden
    another md5                          replaced
    deleted                              deleted
    no URL any more                      login (nobody is logged in), or safe_mode
    another URL                          nothing: the file moved, and is asked for there
    the same md5 at the same URL         not_found, where that can be believed

A 403 for the file of an unchanged post refuses it, and does not say that it is gone. And a host that has lost its disk,
or keeps favsync out, answers the same for every file: of several unchanged posts nothing follows, unless the host has
served another file meanwhile.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import Final

from favsync.core.files.names import read_md5
from favsync.core.files.plan import Candidate
from favsync.model import FileKind, Post, PostUnavailable, Shape


class Unavailable(StrEnum):
    """Why a file cannot be had (`files.reason`)."""

    DELETED = "deleted"
    REPLACED = "replaced"
    DESTROYED = "destroyed"
    HIDDEN = "hidden"
    NOT_FOUND = "not_found"
    LOGIN = "login"
    SAFE_MODE = "safe_mode"


_REFUSED: Final = 403
_MOST_ALONE: Final = 4
"""Files of unchanged posts that are believed to be gone, although their host has served nothing meanwhile."""

_URL_OF: Final = {FileKind.ORIGINAL: "file_url", FileKind.SAMPLE: "sample_url", FileKind.PREVIEW: "preview_url"}


def judge_all(
    missing: Mapping[Candidate, int],
    now: Mapping[int, Post | PostUnavailable | None],
    *,
    signed_in: bool,
    host_serves: bool,
) -> dict[Candidate, Unavailable | None]:
    """Return why files are not there that were answered with these statuses, by what the posts are `now`.

    `host_serves` tells whether their host has served another file meanwhile.
    """
    reasons = {tried: judge_missing(tried, now[tried.post_id], signed_in=signed_in) for tried in missing}
    gone = [tried for tried, reason in reasons.items() if reason is Unavailable.NOT_FOUND]
    doubtful = [tried for tried in gone if missing[tried] == _REFUSED or (len(gone) > _MOST_ALONE and not host_serves)]
    return reasons | dict.fromkeys(doubtful)


def judge_missing(tried: Candidate, now: Post | PostUnavailable | None, *, signed_in: bool) -> Unavailable | None:
    """Return why the file at `tried.url` is not there, by what its post is `now`; None: nothing follows.

    `now` is None where the site has no such post. Nothing follows from another post, or from one that was understood
    in part: what seems to be missing may only not have been told.
    """
    if now is None:
        return Unavailable.DESTROYED
    if isinstance(now, PostUnavailable):
        return Unavailable.HIDDEN if now.post_id == tried.post_id else None
    if now.id != tried.post_id or now.problem is not None or now.shape is Shape.OTHER:
        return None
    return _judge_post(tried, now, signed_in=signed_in)


def _judge_post(tried: Candidate, now: Post, *, signed_in: bool) -> Unavailable | None:
    md5, url = read_md5(now.file_md5), getattr(now, _URL_OF[tried.kind])
    if md5 is not None and md5 != tried.md5:
        return Unavailable.REPLACED
    if now.is_deleted:
        return Unavailable.DELETED
    if md5 is not None and now.file_url is None:
        return Unavailable.SAFE_MODE if signed_in else Unavailable.LOGIN
    return Unavailable.NOT_FOUND if md5 is not None and url in {None, tried.url} else None
