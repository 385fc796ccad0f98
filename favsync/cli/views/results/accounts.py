"""JSON of accounts, and of an entry of the queue."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Account:
    """An account that is kept."""

    name: str
    """Its local name."""
    username: str
    """The user's name on the site."""
    site_user_id: int
    """The user's number on the site."""
    is_public: bool
    """It is read without an API key."""
    created_at: str
    """When it was added."""


@dataclass(frozen=True)
class AccountShown(Account):
    """An account, its site and its key."""

    site: str
    """The site's URL."""
    key: str | None
    """Where the API key is: `key file`, `system keyring` or `command`; null: nowhere, or none is needed."""


@dataclass(frozen=True)
class AccountFailed:
    """An account that the site does not accept; after one that works, five more names follow."""

    name: str
    """The account's local name."""
    username: str
    """The user's name as it is known here."""
    ok: bool
    """The account works."""
    error: str | None
    """Why it does not."""


@dataclass(frozen=True)
class AccountChecked(AccountFailed):
    """What the site says of an account. After a check that failed, the names from `username_on_site` on are missing."""

    username_on_site: str
    """What the user is called there now."""
    favorite_count: int | None
    """The site's own count of the favorites."""
    favorite_limit: int | None
    """How many there may be."""
    is_banned: bool
    """The user can read and not write."""


@dataclass(frozen=True)
class QueueEntry:
    """A queued change, pending or ended."""

    id: int
    """Its number in the queue."""
    account: str
    """The account's local name."""
    post_id: int
    """The post."""
    action: str
    """`add` or `remove`."""
    state: str
    """`pending`, `done`, `failed` or `superseded`."""
    outcome: str | None
    """How it ended, or how the last try did: `applied`, `already`, `refused`, `later`, `cancelled` or `replaced`."""
    reason: str | None
    """Why it was refused or deferred, in words."""
    attempts: int
    """How often it was sent."""
