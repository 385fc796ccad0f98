"""The words of the domain as frozen data: what the site tells and what the database keeps.

Everything here is plain data without behaviour. `favsync.site` makes it from JSON, `favsync.store`
writes and reads it, `favsync.core` thinks about it. Times are text, UTC, ISO 8601 with milliseconds and
a `Z` (`2024-01-02T07:04:05.678Z`), so that they sort.
"""

from dataclasses import dataclass
from enum import StrEnum
from typing import Final, Literal


@dataclass(frozen=True, slots=True)
class SiteLimits:
    """How much a kind of site answers at once: given to the scan, which knows no number of any site."""

    page_size: int
    """Most posts that one page of a listing or a search holds."""
    usual_page: int
    """Posts on a page where the site pays no heed to the size that is asked for."""
    last_page: int
    """Highest number of a page of the listing that the site answers."""
    ids_per_query: int
    """Most posts that can be asked for by id in one request, and come in full."""


class Shape(StrEnum):
    """How the JSON of a post is laid out (docs/site-api.md, "Two shapes of a post")."""

    V1 = "v1"
    """As sites have it today."""
    V2 = "v2"
    """As it is announced, with `mode=extended`: tags by category."""
    V2_BASIC = "v2_basic"
    """The same with its tags in a flat list."""
    OTHER = "other"
    """None that is known, that of `mode=thumbnail` among them: nothing is understood but the id."""

    @property
    def richness(self) -> int:
        """How much such JSON tells: what tells less never takes the place of what tells more."""
        return _RICHNESS[self]


_RICHNESS = {Shape.V1: 2, Shape.V2: 2, Shape.V2_BASIC: 1, Shape.OTHER: 0}


@dataclass(frozen=True, slots=True)
class Post:
    """One post as the site told it (docs/site-api.md, "Fields of a post").

    None means that the site did not say, or said something that could not be understood; then `problem`
    says what. `payload` is the JSON as it came, byte for byte; only a secret in the URLs of its files is left out.
    """

    id: int
    payload: bytes
    created_at: str | None = None
    updated_at: str | None = None
    rating: str | None = None
    score: int | None = None
    score_up: int | None = None
    score_down: int | None = None
    fav_count: int | None = None
    comment_count: int | None = None
    file_ext: str | None = None
    file_size: int | None = None
    """Bytes."""
    file_md5: str | None = None
    file_url: str | None = None
    """Null for deleted posts and for those hidden from this login; a null never overwrites a known URL."""
    preview_url: str | None = None
    sample_url: str | None = None
    width: int | None = None
    """Pixels."""
    height: int | None = None
    """Pixels."""
    duration: float | None = None
    """Seconds; None for stills."""
    description: str | None = None
    uploader_id: int | None = None
    uploader_name: str | None = None
    approver_id: int | None = None
    parent_id: int | None = None
    has_children: bool | None = None
    """Other posts have it as their parent, deleted ones included."""
    change_seq: int | None = None
    is_deleted: bool = False
    is_pending: bool = False
    is_flagged: bool = False
    is_favorited: bool | None = None
    """Of the authenticated user; None when the site did not say. Not stored: it is a fact about an account."""
    tags: tuple[tuple[str, tuple[str, ...]], ...] = ()
    """(category, names) as the site groups them; unknown categories are kept."""
    sources: tuple[str, ...] = ()
    pools: tuple[int, ...] = ()
    problem: str | None = None
    """What could not be understood, in words; None when all was."""
    shape: Shape = Shape.V1
    """How `payload` is laid out."""


@dataclass(frozen=True, slots=True)
class PostUnavailable:
    """The site does not show this post now, and does not say that there is none (docs/site-api.md, "One post").

    Nothing follows from it: what is known of the post stays as it is, and the site is asked again next time.
    """

    post_id: int
    reason: str
    """In words, without a full stop."""


@dataclass(frozen=True, slots=True)
class SiteUser:
    """A user of the site (docs/site-api.md, "Users")."""

    id: int
    name: str
    favorite_count: int | None
    """A counter that has drifted in the past: a hint, never proof."""
    is_self: bool
    """True when the fields shown only to oneself came along: the key belongs to this user."""
    favorite_limit: int | None = None
    per_page: int | None = None
    is_banned: bool = False
    is_safe_mode: bool = False
    """True when the user's own settings keep what is not rated safe out of every search; False when not told."""


class Action(StrEnum):
    ADD = "add"
    REMOVE = "remove"


@dataclass(frozen=True, slots=True)
class PlannedChange:
    """What somebody wants of one post; in a queue it becomes an `Operation`."""

    action: Action
    post_id: int


class OperationState(StrEnum):
    PENDING = "pending"
    DONE = "done"
    FAILED = "failed"
    SUPERSEDED = "superseded"


class OperationOutcome(StrEnum):
    """How an operation ended; while it is pending, how the last try ended (None before the first)."""

    APPLIED = "applied"
    ALREADY = "already"
    REFUSED = "refused"
    LATER = "later"
    """Not now: being transferred, not saved, or the answer was lost. Stays pending."""
    CANCELLED = "cancelled"
    REPLACED = "replaced"
    """A later queued change for the same post took its place."""


@dataclass(frozen=True, slots=True)
class Operation:
    """One queued change of one account."""

    id: int
    account_id: int
    post_id: int
    action: Action
    state: OperationState
    outcome: OperationOutcome | None
    reason: str | None
    attempts: int
    created_at: str
    settled_at: str | None


@dataclass(frozen=True, slots=True)
class Account:
    """One user on the site whose favorites are kept, under a local name."""

    id: int
    name: str
    username: str
    site_user_id: int
    is_public: bool
    """True: read without an API key."""
    created_at: str
    count_drift: int
    """The site's favorite counter less the favorites that two scans agreed on (docs/site-api.md, "Users")."""


RATINGS: Final = {"s": "safe", "q": "questionable", "e": "explicit"}
"""The letters of `posts.rating` in words."""


class FileKind(StrEnum):
    """What a file is to its post."""

    ORIGINAL = "original"
    """Known by the site's md5."""
    SAMPLE = "sample"
    """Reduced, made by the site from the original; of a video one of 720 lines."""
    PREVIEW = "preview"
    """The thumbnail, made by the site."""


class FileState(StrEnum):
    """What is known of a file (`files.state`)."""

    WANTED = "wanted"
    PARTIAL = "partial"
    STORED = "stored"
    EXTERNAL = "external"
    EXCLUDED = "excluded"
    UNAVAILABLE = "unavailable"
    CORRUPT = "corrupt"


AddedReason = Literal["listed", "pushed", "added_again"]
RemovedReason = Literal["unfavorited", "pushed", "moved_to_parent", "destroyed", "unlisted", "added_again", "unknown"]


class RunKind(StrEnum):
    FULL = "full"
    INCREMENTAL = "incremental"


class RunOutcome(StrEnum):
    COMPLETE = "complete"
    INCOMPLETE = "incomplete"
    """The scan did not finish, or could not be proven: nothing was removed."""
    REFUSED = "refused"
    """A guard stopped it."""
    FAILED = "failed"
    """The site refused, was out of reach, or made no sense."""


@dataclass(frozen=True, slots=True)
class RunEnd:
    """How a run ended."""

    finished_at: str
    outcome: RunOutcome
    reason: str | None = None
    """Why it is not complete, in words; None when it is."""
    requests: int = 0
    pages_read: int = 0
    total: int | None = None
    """Favorites in the local list at the end; None when the run did not come so far as to know."""
    added: int = 0
    removed: int = 0
    moved: int = 0
    changed: int = 0
    pushed_applied: int = 0
    pushed_already: int = 0
    pushed_failed: int = 0
    pushed_pending: int = 0
    evidence: str | None = None
    """JSON: what made the scan complete."""
    is_base: bool = False
    """Later runs may look only for what changed since this one."""
    as_of: str | None = None
    """How far the site's clock had come, at least, when the scan began."""
    change_seq: int | None = None
    """The change number up to which changes of posts were followed."""


# ---- what the site answers to one write (docs/site-api.md, "Changing favorites") ----


@dataclass(frozen=True, slots=True)
class Applied:
    """Done, or (for a remove) it was not a favorite: the site does not tell these apart."""


@dataclass(frozen=True, slots=True)
class AlreadyFavorite:
    """422 with exactly "You have already favorited this post"."""


@dataclass(frozen=True, slots=True)
class LimitReached:
    """422 "You can only keep up to N favorites.": checked before "already", so it says nothing about the post."""

    limit: int


@dataclass(frozen=True, slots=True)
class PostGone:
    """404: there is no such post."""


@dataclass(frozen=True, slots=True)
class Transferring:
    """423: the post's favorites are being moved; try again later."""


@dataclass(frozen=True, slots=True)
class NotSaved:
    """Any other 4xx: not applied, and may pass later. `said` is the site's own message."""

    said: str


WriteAnswer = Applied | AlreadyFavorite | LimitReached | PostGone | Transferring | NotSaved
