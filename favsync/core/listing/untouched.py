"""What a post's `updated_at` proves about its favorites.

Adding and removing a favorite save the post, so that its `updated_at` is the time of whatever last happened to its
favorites, or later (docs/site-api.md, "Changed posts"; the server's `FavoriteManager` and `TransferFavoritesJob`). A
post whose `updated_at` lies before the moment at which the list was last known was therefore not added to it since:
where it stands, and below it, nothing is new.

All times are the site's own, so that its clock may be as wrong as it likes.
"""

from collections.abc import Iterable
from datetime import timedelta

from favsync.model import Post
from favsync.timestamps import earlier

COMMIT_WITHIN = timedelta(minutes=1)
"""Between the time that is written into a post and the moment at which others see it; statements end after seconds."""


def newest_update(posts: Iterable[Post], *, now: str) -> str | None:
    """Return the latest `updated_at` of some posts: how far the site's clock had come, at least, when it told them.

    `now` is the time here. What claims to be from later is not believed further than that: too early a time only
    makes less provable, too late a one would prove what is not so.
    """
    reported = [post.updated_at for post in posts if post.updated_at is not None]
    return min(max(reported), now) if reported else None


def untouched_since(posts: Iterable[Post], as_of: str | None) -> tuple[tuple[int, ...], tuple[int, ...]]:
    """Return the ids of the posts that nobody has added or removed since the site's clock showed `as_of`.

    Second come those of which this cannot be said, because they were touched right before it.
    """
    if as_of is None:
        return (), ()
    before = earlier(as_of, COMMIT_WITHIN)
    updates = [(post.id, post.updated_at) for post in posts if post.updated_at is not None]
    return (
        tuple(post_id for post_id, at in updates if at <= before),
        tuple(post_id for post_id, at in updates if before < at <= as_of),
    )
