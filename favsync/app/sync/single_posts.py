"""Asking the site about one post, so that what it fails at is that post and not the run."""

from dataclasses import dataclass, field
from typing import Final

from favsync.core.listing.effects import PostState, PostStates
from favsync.errors import LoginRefused, SiteTrouble
from favsync.model import Post, PostUnavailable
from favsync.site.api import Site

MOST_FAILURES: Final = 5
"""Posts that the site may fail at in one run, each to the end of its retries; the others are asked about next time."""


@dataclass
class SinglePosts:
    """Asks about one post at a time, and knows how often the site failed at that."""

    client: Site
    user_id: int
    """Whom to ask about, to learn whether the site answers at all."""
    _failures: int = field(default=0, init=False)

    def ask(self, post_id: int) -> tuple[PostStates, tuple[Post, ...]]:
        """Return what the site says of a post, with the post where it shows it.

        Whatever comes instead is about this post alone, if the site answers something else after it. Raises SiteRefused
        and SiteTrouble where it does not.
        """
        if self._failures >= MOST_FAILURES:
            why = "the site failed at too many others to be asked about it"
            return PostStates((), (PostUnavailable(post_id, why),)), ()
        found: Post | PostUnavailable | None
        try:
            found = self.client.fetch_post(post_id)
        except (SiteTrouble, LoginRefused) as exc:
            self._failures += 1
            self.make_sure_of_the_site(exc)
            found = PostUnavailable(post_id, exc.message.rstrip("."))
        match found:
            case Post():
                return PostStates((state_of(found),)), (found,)
            case PostUnavailable():
                return PostStates((), (found,)), ()
            case None:
                return PostStates(()), ()

    def make_sure_of_the_site(self, failure: SiteTrouble | LoginRefused) -> None:
        """Raise `failure`, or the refusal of the login, where the site does not answer about the user either."""
        try:
            self.client.fetch_user(self.user_id)
        except SiteTrouble:
            raise failure from None


def state_of(post: Post) -> PostState:
    """Return what a post says about being a favorite."""
    return PostState(post.id, post.is_favorited, post.is_deleted, post.parent_id, post.fav_count)
