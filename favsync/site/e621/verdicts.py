"""What an answer in the site's own words says about what was asked.

docs/site-api.md, "Hidden lists" and "Changing favorites".
"""

import re
from typing import Final

import msgspec

from favsync.errors import FavsyncError, ListingHidden, RightRefused
from favsync.model import (
    AlreadyFavorite,
    Applied,
    LimitReached,
    NotSaved,
    PostGone,
    Transferring,
    WriteAnswer,
)
from favsync.site.e621.decoding import decode_object
from favsync.site.e621.lenient import read_struct
from favsync.site.e621.shapes import PostId
from favsync.site.http.failures import Answer, site_words, unexpected

_ALREADY: Final = "You have already favorited this post"
_LIMIT: Final = re.compile(r"You can only keep up to ([0-9,]*[0-9]) favorites\.")
_UNAVAILABLE: Final = re.compile(r"\bpost unavailable\b", re.IGNORECASE)
"""The site's word on one post, which says nothing about the login."""
FAVORITES_DISABLED: Final = re.compile(r"\bfavorites are disabled\b", re.IGNORECASE)
"""The site's word on all favorites of everybody (docs/site-api.md, "Adding a favorite")."""
_HIDDEN: Final = re.compile(r"favorites are hidden", re.IGNORECASE)


_NOT_WHOLE: Final = frozenset({202, 203, 206, 226})
"""Successes whose body is not the whole answer of the site: not ready, changed on the way, a part, a difference."""


class _Post(msgspec.Struct):
    id: PostId | None = None


class _Changed(msgspec.Struct):
    """A success of a write: the post's id where the site is current, the post where it is the documented one."""

    post_id: PostId | None = None
    post: _Post | None = None


def check_read(answer: Answer, *, hidden_user: str | None = None, not_found: FavsyncError | None = None) -> None:
    """Raise unless a read succeeded.

    `hidden_user` is whose favorites were asked for; `not_found` is what a 404 means here. Raises ListingHidden,
    RightRefused, `not_found`, and SiteNonsense for a no that nothing we ask should get.
    """
    said = site_words(answer) or ""
    match answer.status:
        case 403 if hidden_user is not None and _HIDDEN.search(said):
            raise ListingHidden(hidden_user)
        case 403:
            raise RightRefused(f"The site refuses this request for this login: “{said}”.", said)
        case 404 if not_found is not None:
            raise not_found
        case status if status >= 400 or status in _NOT_WHOLE:
            raise unexpected(answer)


def write_answer(answer: Answer, post_id: int) -> WriteAnswer:
    """Return what the answer to an add or a remove of `post_id` means (docs/site-api.md, "Changing favorites").

    Raises RightRefused for 403, NotJson for a success that is a web page, and SiteNonsense, also for a success that
    does not name this post.
    """
    if answer.status < 400:
        # Each generation names the post that it changed, in a place of its own. What names another post, or none, came
        # from something on the way: the change stays pending, and asked again the site says how it stands.
        if answer.status != 204:
            named = read_struct(_Changed, decode_object(answer.body), "", [])
            if (named.post_id or (named.post.id if named.post else None)) != post_id:
                raise unexpected(answer)
        return Applied()
    said = site_words(answer) or ""
    match answer.status:
        case 403 if not _UNAVAILABLE.search(said):
            raise RightRefused(f"The site refuses to change favorites for this login: “{said}”.", said)
        case 404:
            return PostGone()
        case 423:
            return Transferring()
        case 422 if said == _ALREADY:
            return AlreadyFavorite()
        case 422 if limit := _LIMIT.fullmatch(said):
            return LimitReached(int(limit[1].replace(",", "")))
        case _:
            return NotSaved(said)
