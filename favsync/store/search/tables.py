"""The tables that searches read: names and kinds of columns, for searches that need not make the schema.

Written by `python -m tests.store.search_tables` from `store/tables.py`. Change that and run it again; a test compares.
"""

from typing import Any, Final

from sqlalchemy import Float, Integer, String, TableClause, column, table
from sqlalchemy.types import TypeEngine

_KINDS: Final[dict[str, TypeEngine[Any]]] = {"i": Integer(), "r": Float(), "t": String()}


def _table(name: str, **kinds: str) -> TableClause:
    """A table from the names of its columns, by the letter of their kind: `i`ntegers, `r`eals, `t`exts."""
    columns = [(each, _KINDS[kind]) for kind, names in kinds.items() for each in names.split()]
    return table(name, *(column(each, kind) for each, kind in columns))


ACCOUNTS: Final = _table(
    "accounts", i="id site_user_id is_public favorite_count favorite_limit count_drift", t="name username created_at"
)
FAVORITES: Final = _table(
    "favorites", i="account_id post_id sort_key is_placed is_tied absent_since_run_id run_id", t="first_seen_at"
)
FAVORITE_EVENTS: Final = _table(
    "favorite_events", i="id account_id post_id related_post_id sort_key run_id", t="kind reason happened_at"
)
POSTS: Final = _table(
    "posts",
    i="id score score_up score_down fav_count comment_count file_size width height uploader_id approver_id"
    " parent_id change_seq is_deleted is_pending is_flagged is_destroyed run_id has_children",
    r="duration",
    t="created_at updated_at rating file_ext file_md5 file_url preview_url sample_url uploader_name problem"
    " fetched_at description deletion_reason deletion_reason_at",
)
TAGS: Final = _table("tags", i="id", t="name category")
POST_TAGS: Final = _table("post_tags", i="post_id tag_id")
POST_SOURCES: Final = _table("post_sources", i="post_id position", t="url")
POST_POOLS: Final = _table("post_pools", i="post_id pool_id")

# FTS5's have a column that is named like them, and is asked with MATCH.
POST_TAGS_FTS: Final = _table("post_tags_fts", i="rowid", t="post_tags_fts")
POSTS_FTS: Final = _table("posts_fts", i="rowid", t="posts_fts")
