"""What is kept, as plain objects: posts, the lists of accounts, and what happened to them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True)
class KeptPost:
    """A post as it is known. None: it was never told, or there is none."""

    id: int
    was_read: bool = True
    """False: nothing was ever told but the id, and then that it is destroyed."""
    created_at: datetime | None = None
    updated_at: datetime | None = None
    rating: str | None = None
    score: int | None = None
    fav_count: int | None = None
    comment_count: int | None = None
    file_ext: str | None = None
    file_size: int | None = None
    file_md5: str | None = None
    width: int | None = None
    height: int | None = None
    duration: float | None = None
    description: str | None = None
    uploader_id: int | None = None
    uploader_name: str | None = None
    approver_id: int | None = None
    parent_id: int | None = None
    has_children: bool | None = None
    change_seq: int | None = None
    is_deleted: bool = False
    is_pending: bool = False
    is_flagged: bool = False
    is_destroyed: bool = False
    deletion_reason: str | None = None
    tags: Mapping[str, str] = field(default_factory=dict)
    """Name → category."""
    sources: Sequence[str] = ()
    pools: Sequence[int] = ()


@dataclass(frozen=True)
class Listed:
    """A favorite of today."""

    post_id: int
    first_seen_at: datetime


@dataclass(frozen=True)
class Event:
    """Something that happened to a favorite."""

    post_id: int
    kind: str
    reason: str
    happened_at: datetime


@dataclass(frozen=True)
class KeptAccount:
    """An account with its list, newest first, and its events, oldest first."""

    name: str
    username: str
    listed: Sequence[Listed] = ()
    events: Sequence[Event] = ()


@dataclass(frozen=True)
class Kept:
    """Everything that is kept; the accounts in the order in which they were added."""

    posts: Mapping[int, KeptPost]
    accounts: Sequence[KeptAccount]
