"""Plain objects of `tests/query/kept.py`, written into a database through the store."""

import json
from dataclasses import asdict, replace
from datetime import datetime

from sqlalchemy import Connection, insert

from favsync.model import Post
from favsync.store.accounts import save_account
from favsync.store.models import Favorite as FavoriteRow
from favsync.store.models import FavoriteEvent as FavoriteEventRow
from favsync.store.posts.saving import ensure_posts, mark_destroyed, save_deletion_reasons, save_posts
from favsync.store.sites import save_site_url
from tests.query.kept import Kept, KeptAccount, KeptPost
from tests.query.worlds import as_text
from tests.store.samples import AT, new_run


def write(conn: Connection, kept: Kept, *, site: str = "https://site.example") -> None:
    """Write everything."""
    save_site_url(conn, site, at=AT)
    runs = []
    for number, account in enumerate(kept.accounts):
        saved = save_account(
            conn, name=account.name, username=account.username, site_user_id=number + 1, is_public=False, at=AT
        )
        runs.append((saved.id, new_run(conn, saved.id)))
    run_id = runs[0][1]
    save_posts(conn, [_post(post) for post in kept.posts.values() if post.was_read], run_id=run_id, at=AT)
    ensure_posts(conn, kept.posts, run_id=run_id)
    reasons = {post.id: post.deletion_reason for post in kept.posts.values() if post.deletion_reason is not None}
    save_deletion_reasons(conn, reasons, at=AT)
    mark_destroyed(conn, [post.id for post in kept.posts.values() if post.is_destroyed], run_id=run_id, at=AT)
    for account, (account_id, run) in zip(kept.accounts, runs, strict=True):
        _write_list(conn, account, account_id, run)


def _write_list(conn: Connection, account: KeptAccount, account_id: int, run_id: int) -> None:
    for key, favorite in enumerate(reversed(account.listed), start=1):
        conn.execute(
            insert(FavoriteRow).values(
                account_id=account_id,
                post_id=favorite.post_id,
                sort_key=key * 7,
                is_placed=True,
                first_seen_at=as_text(favorite.first_seen_at),
                run_id=run_id,
            )
        )
    for event in account.events:
        conn.execute(
            insert(FavoriteEventRow).values(
                account_id=account_id, run_id=run_id, **asdict(event) | {"happened_at": as_text(event.happened_at)}
            )
        )


def _post(kept: KeptPost) -> Post:
    reported = {name: _as_told(value) for name, value in vars(kept).items() if name not in _WRITTEN_OTHERWISE}
    by_category: dict[str, list[str]] = {}
    for name, category in kept.tags.items():
        by_category.setdefault(category, []).append(name)
    tags = tuple((category, tuple(names)) for category, names in by_category.items())
    blank = Post(kept.id, json.dumps({"id": kept.id}).encode(), tags=tags)
    return replace(blank, **reported)  # type: ignore[arg-type]  # the fields of Post, by name


_WRITTEN_OTHERWISE = frozenset({"id", "was_read", "is_destroyed", "tags", "deletion_reason"})


def _as_told(value: object) -> object:
    return as_text(value) if isinstance(value, datetime) else value
