"""What a scan asks of the site, and what can come of it: the seam between thinking and I/O.

A scan is a generator: it yields an `Effect`, is sent the matching `Result`, and returns what it
concluded. The app gets the results over HTTP, the tests from lists. A scan that was interrupted is
resumed by sending a new generator the results that the old one was sent: they are its checkpoint, as
far as the first effect that is wanted `again`.

| effect | result |
|---|---|
| `Begin` | `Begun` |
| `ReadCount` | `Count` |
| `ReadPage` | `Page`, `NoResult` |
| `SearchFavorites` | `Page`, `NoResult` |
| `SearchChanges` | `Changes`, `NoResult` |
| `AskPosts` | `PostStates`, `NoResult` |
| `AskPost` | `PostStates` with one state, with none: there is no such post, or with one unavailable; `NoResult` |
"""

from dataclasses import dataclass

from favsync.model import PostUnavailable


@dataclass(frozen=True, slots=True)
class Begin:
    """Nothing is asked of the site: from here on another scan's steps are of no use."""

    since: int | None
    """The run since which changes are looked for; None: everything is read."""


@dataclass(frozen=True, slots=True)
class ReadCount:
    """The user's `favorite_count`, as it is now (docs/site-api.md, "Users")."""


@dataclass(frozen=True, slots=True)
class ReadPage:
    """One page of the listing, newest favorite first (docs/site-api.md, "Pages of favorites")."""

    number: int
    again: bool = False
    """From this effect on a resumed scan proves what its checkpoint said: only the site's results count."""


@dataclass(frozen=True, slots=True)
class SearchFavorites:
    """The next favorites in falling post id below `before`; None begins at the top (docs/site-api.md, "Searches")."""

    before: int | None


@dataclass(frozen=True, slots=True)
class SearchChanges:
    """The next favorites whose post has a change number above `after`, lowest first.

    docs/site-api.md, "Changed posts".
    """

    after: int


@dataclass(frozen=True, slots=True)
class AskPosts:
    """What the site says of these posts, at most as many as its limits allow; some may be missing in the result."""

    post_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class AskPost:
    """What the site says of this one post: the only effect whose result can say "there is no such post"."""

    post_id: int


SiteEffect = ReadCount | ReadPage | SearchFavorites | SearchChanges | AskPosts | AskPost
Effect = Begin | SiteEffect


@dataclass(frozen=True, slots=True)
class Begun:
    """The result of `Begin`."""


@dataclass(frozen=True, slots=True)
class Count:
    """None: the site did not say."""

    value: int | None


@dataclass(frozen=True, slots=True)
class Page:
    post_ids: tuple[int, ...]
    untouched: tuple[int, ...] = ()
    """Those that nobody can have added since the list was last known: see `core/listing/untouched.py`."""
    borderline: tuple[int, ...] = ()
    """Those that were touched about the moment at which the list was last known: nobody can say on which side of it."""
    newest_update: str | None = None
    """The latest `updated_at` on the page: the site's clock had come so far when it answered."""
    veiled: tuple[int, ...] = ()
    """Those that are not rated safe and come without a file: in safe mode no search finds them.

    docs/site-api.md, "Safe mode".
    """
    is_open: bool = False
    """A post that is not rated safe has its file: this is no safe mode."""


@dataclass(frozen=True, slots=True)
class Changes:
    """What a `SearchChanges` found. `highest` is the greatest change number among them; None for none."""

    post_ids: tuple[int, ...]
    highest: int | None


@dataclass(frozen=True, slots=True)
class PostState:
    post_id: int
    is_favorited: bool | None
    """Of the authenticated user; None when the site did not say."""
    is_deleted: bool
    parent_id: int | None
    fav_count: int | None = None
    """How many users have it as a favorite; None when the site did not say."""
    has_changed: bool = True
    """False: its content is what it was when it was last known to be a favorite (`change_seq`).

    docs/site-api.md, "Changed posts".
    """


@dataclass(frozen=True, slots=True)
class PostStates:
    posts: tuple[PostState, ...]
    unavailable: tuple[PostUnavailable, ...] = ()
    """Posts that the site does not show now: nothing follows about them."""


@dataclass(frozen=True, slots=True)
class NoResult:
    """The site failed at this effect to the end of its retries. `reason` says how, in words."""

    reason: str
    status: int | None = None
    """The HTTP status it failed with; None: with none, or with a success that made no sense."""


Result = Begun | Count | Page | Changes | PostStates | NoResult
