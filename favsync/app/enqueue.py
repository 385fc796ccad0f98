"""Posts into the queue, part by part, so that a sync that is running gets its turn to write between two."""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from io import BufferedReader
from typing import Final

from favsync.app.imports.found import FoundPosts
from favsync.app.imports.import_queue import MOST_POSTS, load_target, plan_import
from favsync.app.imports.read import read_stream
from favsync.batches import batches
from favsync.clock import as_text, utc_now
from favsync.errors import AccountIsReadOnly, NotAPost
from favsync.model import Action
from favsync.post_urls import PostSite, parse_post
from favsync.store.accounts import choose_account
from favsync.store.database import Database
from favsync.store.history import load_ended_runs
from favsync.store.operations import queue_operations
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
    """Queue the same change for posts, each an id, a URL, or several of them with commas between.

    `stream` opens what `-` among the posts stands for, which is read as a list that is imported is. Raises NotAPost,
    PostOfAnotherSite, FileUnreadable, TooManyPosts, AccountIsReadOnly, NoSuchAccount, and SeveralAccounts.
    """
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
    """Queue the same queued change for many posts, in this order, and count those for which it did not wait already.

    Cut off half way, the same call does the rest.
    """
    new = 0
    for some in batches(post_ids, AT_ONCE):
        with database.write() as conn:
            new += queue_operations(conn, account_id, some, action, at=at)
    return new
