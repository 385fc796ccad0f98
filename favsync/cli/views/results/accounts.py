"""JSON of accounts, of an entry of the queue, and of status, which is run often: there is little to import for it."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from favsync.store.status import AccountStatus


@dataclass(frozen=True)
class Account:
    """An account that is kept."""

    name: Annotated[str, "Its local name."]
    username: Annotated[str, "The user's name on the site."]
    site_user_id: Annotated[int, "The user's number on the site."]
    is_public: Annotated[bool, "It is read without an API key."]
    created_at: Annotated[str, "When it was added."]


@dataclass(frozen=True)
class AccountShown(Account):
    """An account, its site and its key."""

    site: Annotated[str, "The site's URL."]
    key: Annotated[
        str | None, "Where the API key is: `key file`, `system keyring` or `command`; null: nowhere, or none is needed."
    ]


@dataclass(frozen=True)
class AccountFailed:
    """An account that the site does not accept; after one that works, five more names follow."""

    name: Annotated[str, "The account's local name."]
    username: Annotated[str, "The user's name as it is known here."]
    ok: Annotated[bool, "The account works."]
    error: Annotated[str | None, "Why it does not."]


@dataclass(frozen=True)
class AccountChecked(AccountFailed):
    """What the site says of an account. After a check that failed, the names from `username_on_site` on are missing."""

    username_on_site: Annotated[str, "What the user is called there now."]
    favorite_count: Annotated[int | None, "The site's own count of the favorites."]
    favorite_limit: Annotated[int | None, "How many there may be."]
    is_banned: Annotated[bool, "The user may read, but not write."]


@dataclass(frozen=True)
class QueueEntry:
    """A queued change, pending or ended."""

    id: Annotated[int, "Its number in the queue."]
    account: Annotated[str, "The account's local name."]
    post_id: Annotated[int, "The post."]
    action: Annotated[str, "`add` or `remove`."]
    state: Annotated[str, "`pending`, `done`, `failed` or `superseded`."]
    outcome: Annotated[
        str | None,
        "How it ended, or how the last try did: `applied`, `already`, `refused`, `later`, `cancelled` or `replaced`.",
    ]
    reason: Annotated[str | None, "Why it was refused or deferred, in words."]
    attempts: Annotated[int, "How often it was sent to the site."]


@dataclass(frozen=True)
class BackupTime:
    """The newest backup."""

    file: Annotated[Path, "Its path."]
    created_at: Annotated[str, "When it was made."]


@dataclass(frozen=True)
class FilesCounts:
    """The files of favorites, in four numbers: `favsync files status` has more."""

    stored: Annotated[int, "Files that are kept, in the files folder or where they were adopted."]
    bytes: Annotated[int, "Their bytes."]
    wanted: Annotated[int, "Files that the next fetch would fetch."]
    unavailable: Annotated[int, "Files that cannot be had."]


@dataclass(frozen=True)
class Status:
    """What is kept, and how the last runs went."""

    database: Annotated[Path, "The database file."]
    site: Annotated[str | None, "The site's URL."]
    last_backup: Annotated[BackupTime | None, "Null before the first backup."]
    accounts: Annotated[tuple[AccountStatus, ...], "The accounts, in the order in which they were added."]
    files: Annotated[FilesCounts | None, "Null where the setting `files` is off and nothing is known of any file."]
