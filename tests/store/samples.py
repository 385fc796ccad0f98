"""Posts, accounts and runs for the store's tests, with no more said than a test asks for."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace

from sqlalchemy import Connection

from favsync.model import Account, Post, RunKind
from favsync.store.accounts import save_account
from favsync.store.posts.saving import ensure_posts
from favsync.store.runs import start_run

AT = "2026-01-02T03:04:05.678Z"
LATER = "2026-01-03T03:04:05.678Z"

Tags = Mapping[str, Sequence[str]]


def post(
    post_id: int, *, tags: Tags | None = None, payload: Mapping[str, object] | None = None, **reported: object
) -> Post:
    """A post of which `reported` is told; its payload says the same, unless it is given."""
    by_category = {category: list(names) for category, names in (tags or {}).items()}
    said = {"id": post_id, "tags": by_category, **reported} if payload is None else payload
    blank = Post(post_id, json.dumps(said, default=list).encode())
    grouped = tuple((category, tuple(names)) for category, names in by_category.items())
    return replace(blank, tags=grouped, **reported)  # type: ignore[arg-type]  # the fields of Post, by name


def new_account(conn: Connection, name: str = "alice") -> Account:
    """An account of that name, which is the user's name as well."""
    return save_account(conn, name=name, username=name, site_user_id=7, is_public=False, at=AT)


def new_run(conn: Connection, account_id: int) -> int:
    """A run that has just begun."""
    return start_run(conn, account_id, kind=RunKind.FULL, at=AT)


def bare_posts(conn: Connection, account_id: int, ids: Sequence[int]) -> int:
    """Rows for posts of which nothing is known, and the run that made them."""
    run_id = new_run(conn, account_id)
    ensure_posts(conn, ids, run_id=run_id)
    return run_id
