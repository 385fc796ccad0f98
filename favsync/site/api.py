"""What the program needs of a site: one Protocol, and what goes in and comes out of it that is no post or user.

`app` is written against `Site` alone. One kind of site there is, `favsync.site.e621`; another one is a class with these
methods and its own `SiteLimits`, and neither `core` nor `store` hears of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from types import TracebackType
from typing import Protocol, Self

from favsync.core.removal_reasons import PostEvent
from favsync.errors import KeyMissing, RightRefused, UsageError
from favsync.model import Post, PostUnavailable, SiteLimits, SiteUser, WriteAnswer


@dataclass(frozen=True, slots=True)
class Login:
    """A user name and the API key that goes with it (not the password; docs/site-api.md, "Logins").

    Raises KeyMissing when either is empty, because the site takes half a login for no login, and UsageError
    for a name that HTTP Basic cannot carry.
    """

    username: str
    api_key: str = field(repr=False)

    def __post_init__(self) -> None:
        if not self.username.strip() or not self.api_key.strip():
            raise KeyMissing("A login needs both a user name and an API key.")
        if ":" in self.username or not (self.username + self.api_key).isprintable():
            raise UsageError("The user name or the API key holds a character that HTTP Basic cannot carry.")


@dataclass(frozen=True, slots=True)
class PostPage:
    """What one request told about posts, in the order of the answer."""

    posts: tuple[Post, ...]
    unreadable: tuple[str, ...] = ()
    """Elements from which not even an id could be had, in words, with their position (the first is 1)."""


@dataclass(frozen=True, slots=True)
class DeletionReasons:
    """What a question about some deleted posts brought."""

    reasons: dict[int, str | None]
    """Of each post that the page has a flag of; None: none that stands gives a reason."""
    reported: int
    """How many flags there were on the page."""


class Site(Protocol):
    """One site, asked on behalf of one user or of nobody; one request at a time. Not for several threads.

    Every method that asks may raise LoginRefused, RightRefused, SiteUnreachable, SiteOverloaded and SiteNonsense.
    """

    requests: int
    """How many were made so far, repeated ones included."""

    @property
    def limits(self) -> SiteLimits:
        """How much this kind of site answers at once."""

    def __enter__(self) -> Self:
        """Return the site itself."""

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        """Close the connection."""

    def fetch_user(self, name_or_id: str | int) -> SiteUser:
        """Return a user, by name (str) or by id (int). Raises UserNotFound."""

    def fetch_listing(self, user_id: int, page: int) -> PostPage:
        """Return one page of a user's favorites, newest first; an empty one past the end.

        Raises ListingHidden, UserNotFound, and ValueError for a page beyond `limits.last_page`.
        """

    def fetch_favorites_by_id(self, username: str, before: int | None) -> PostPage:
        """Return a user's favorites by post id, highest first: those below `before`, or the highest for None.

        Raises ListingHidden.
        """

    def fetch_changes(self, username: str, after: int) -> PostPage:
        """Return a user's favorites whose change number is above `after`, lowest first. Raises ListingHidden."""

    def fetch_posts(self, ids: Sequence[int]) -> PostPage:
        """Return some posts, deleted ones too, in any order; what is missing is not shown now, or not there.

        Raises ValueError for more than `limits.ids_per_query`.
        """

    def fetch_posts_by_md5(self, md5s: Sequence[str]) -> PostPage:
        """Return the posts whose file has one of these md5s (lower case), deleted ones too, in any order.

        Raises ValueError for more than `limits.ids_per_query`.
        """

    def fetch_post(self, post_id: int) -> Post | PostUnavailable | None:
        """Return one post; None: there is no such post."""

    def fetch_events(self, post_id: int) -> tuple[PostEvent, ...]:
        """Return what the staff did to a post, newest first."""

    def fetch_deletion_reasons(self, post_ids: Sequence[int]) -> DeletionReasons:
        """Return why posts were deleted, of at most `limits.ids_per_query`."""

    def add_favorite(self, post_id: int, *, wait: bool = False) -> WriteAnswer:
        """Make a post a favorite of the login's user; with `wait`, "not now" is asked again within the retries.

        Raises KeyMissing without a login.
        """

    def remove_favorite(self, post_id: int, *, wait: bool = False) -> WriteAnswer:
        """Make a post no favorite of the login's user; as `add_favorite`."""

    def refuses_every_change(self, refusal: RightRefused) -> bool:
        """Tell whether a refused right is the site's word on all favorites, and not on the one post."""
