"""The queue: posts into it, and what is in it, listed, taken back, and tried again.

It is written part by part, so that a sync that is running gets its turn to write between two.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BufferedReader
from typing import Final, Literal

from favsync.app.imports.found import FoundPosts
from favsync.app.imports.import_queue import MOST_POSTS, load_target, plan_import
from favsync.app.imports.read import read_stream
from favsync.batches import batches
from favsync.clock import as_text, utc_now
from favsync.errors import AccountIsReadOnly, NotAPost, UsageError
from favsync.model import Action, Operation, OperationState
from favsync.post_urls import PostSite, parse_post
from favsync.store.accounts import choose_account, choose_accounts
from favsync.store.database import Database
from favsync.store.history import load_ended_runs
from favsync.store.operations import cancel_operations, load_operations, queue_operations, retry_operations
from favsync.store.sites import require_site_url

AT_ONCE: Final = 1_000
"""Queued changes written in one transaction."""


@dataclass(frozen=True, slots=True)
class Enqueued:
    """What came of posts that were to be queued."""

    account: str
    action: Action
    queued: int
    """Posts that did not wait for the same already."""
    already_queued: int
    needless: tuple[int, ...]
    """Posts that are, by what is known here, as they are wanted: it may be a slip, or the site may know better."""
    found: FoundPosts
    """The posts, and what was skipped of a list."""


def enqueue(
    database: Database,
    action: Action,
    posts: Sequence[int | str],
    *,
    account_name: str | None,
    aliases: Sequence[str],
    stream: Callable[[], BufferedReader] | None,
) -> Enqueued:
    """Queue the same change for posts, each an id, a URL, or several with commas between, as `Library.enqueue` does."""
    with database.read() as conn:
        site = PostSite.of(require_site_url(conn), aliases)
        account = choose_account(conn, account_name)
        target = load_target(conn, account)
        is_known = bool(load_ended_runs(conn, account.id))
    if account.is_public:
        raise AccountIsReadOnly(account.name)
    is_guarded = action is Action.ADD and stream is not None and "-" in posts
    found = FoundPosts(site, target.most if is_guarded else MOST_POSTS)
    for post in posts:
        if post == "-" and stream is not None:
            read_stream(stream(), "stdin", found)
        else:
            for post_id in parse_posts(str(post), site):
                found.add(post_id)
    if is_guarded:
        plan_import(target, found, oldest_first=True)
    new = queue_changes(database, account.id, found.post_ids, action, at=as_text(utc_now()))
    needless = (
        post_id
        for post_id in found.post_ids
        if (post_id in target.favorites) is (action is Action.ADD) and target.pending.get(post_id, action) is action
    )
    return Enqueued(account.name, action, new, len(found.post_ids) - new, tuple(needless) if is_known else (), found)


def parse_posts(text: str, site: PostSite) -> list[int]:
    """Read an id or a URL, or several with commas between. Raises NotAPost and PostOfAnotherSite."""
    try:
        return [parse_post(text, site)]
    except NotAPost:
        parts = [part for part in re.split(r"[,;\s]+", text) if part]
        if len(parts) < 2:
            raise
        try:
            return [parse_post(part, site) for part in parts]
        except NotAPost as exc:
            raise NotAPost(text) from exc


def queue_changes(database: Database, account_id: int, post_ids: Sequence[int], action: Action, *, at: str) -> int:
    """Queue the same change for many posts, in this order, and count those for which it was not pending already.

    Cut off half way, the same call does the rest.
    """
    new = 0
    for some in batches(post_ids, AT_ONCE):
        with database.write() as conn:
            new += queue_operations(conn, account_id, some, action, at=at)
    return new


@dataclass(frozen=True, slots=True)
class QueuedChange:
    """One change that is or was in the queue, with the local name of its account."""

    account: str
    operation: Operation


@dataclass(frozen=True, slots=True)
class QueueChanged:
    """How many queued changes were cancelled or queued again, and how many could not be any more."""

    changed: int
    left: int


def load_queue(
    database: Database, account_name: str | None, states: Sequence[OperationState] = ()
) -> list[QueuedChange]:
    """Load what is in the queue of an account, or of all, newest first; in these states, or without any in all."""
    with database.read() as conn:
        accounts = choose_accounts(conn, () if account_name is None else (account_name,))
        names = {account.id: account.name for account in accounts}
        account_id = None if account_name is None else accounts[0].id
        operations = load_operations(conn, account_id, states=list(states) or None)
    return [QueuedChange(names[operation.account_id], operation) for operation in operations]


def cancel(database: Database, ids: Sequence[int] | None, account_name: str | None) -> QueueChanged:
    """Cancel queued changes, by their ids or all that are pending (None). Raises UsageError for an id that is not."""
    chosen = _choose(database, ids, account_name, OperationState.PENDING)
    wanted = [operation.id for operation in chosen]
    return _change(database, wanted, cancel_operations, of=len(chosen), as_one=ids is not None)


def retry(database: Database, ids: Sequence[int] | None, account_name: str | None) -> QueueChanged:
    """Queue changes that failed again, by their ids or all (None). Raises UsageError for an id that has not failed."""
    chosen = _choose(database, ids, account_name, OperationState.FAILED)
    # Of several for one post only the last: the others would be sent after it, had a sync carried it out by then.
    last = {(operation.account_id, operation.post_id): operation.id for operation in reversed(chosen)}
    return _change(database, list(last.values()), retry_operations, of=len(chosen), as_one=ids is not None)


def _change(
    database: Database, ids: Sequence[int], change: Callable[..., list[int]], *, of: int, as_one: bool
) -> QueueChanged:
    """Change operations part by part, or `as_one`, and count those that still could be."""
    changed = 0
    at = as_text(utc_now())
    for some in [ids] if as_one else batches(ids, AT_ONCE):
        with database.write() as conn:
            changed += len(change(conn, some, at=at))
    return QueueChanged(changed, of - changed)


def _choose(
    database: Database,
    ids: Sequence[int] | None,
    account_name: str | None,
    state: Literal[OperationState.PENDING, OperationState.FAILED],
) -> list[Operation]:
    """The operations that are meant, the newest first, all of them in `state`."""
    found = load_queue(database, account_name, (state,) if ids is None else ())
    if ids is None:
        return [change.operation for change in found]
    known = {change.operation.id: change.operation for change in found}
    for wanted in ids:
        if wanted not in known:
            raise UsageError(f"There is no change {wanted} in the queue. See: favsync queue list")
        if known[wanted].state != state:
            raise UsageError(f"Change {wanted} is {known[wanted].state}, not {state}. Nothing was changed.")
    return [known[wanted] for wanted in sorted(set(ids), reverse=True)]
