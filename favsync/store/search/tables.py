"""The tables that searches read, as SQLAlchemy Core knows them: names and types, and nothing of what writes.

The models in `store/models` say the same and more. They need SQLAlchemy's ORM, and importing that costs a third of
SQLAlchemy again: as much as everything else that a search does. A test holds the two together.
"""

from typing import Any, Final

from sqlalchemy import Float, Integer, String, TableClause, column, table
from sqlalchemy.types import TypeEngine

_TYPES: Final[dict[str, TypeEngine[Any]]] = {"i": Integer(), "r": Float(), "t": String()}


def _table(name: str, **kinds: str) -> TableClause:
    """A table from the names of its columns, by the letter of their kind: `i`ntegers, `r`eals, `t`exts."""
    columns = [(each, _TYPES[kind]) for kind, names in kinds.items() for each in names.split()]
    return table(name, *(column(each, kind) for each, kind in columns))


ACCOUNTS: Final = _table("accounts", i="id site_user_id", t="name username")
FAVORITES: Final = _table("favorites", i="account_id post_id sort_key", t="first_seen_at")
EVENTS: Final = _table("favorite_events", i="id account_id post_id", t="kind reason happened_at")
POSTS: Final = _table(
    "posts",
    i="id score fav_count comment_count file_size width height uploader_id approver_id parent_id change_seq"
    " is_deleted is_pending is_flagged is_destroyed has_children",
    r="duration",
    t="created_at updated_at rating file_ext file_md5 uploader_name fetched_at description deletion_reason",
)
TAGS: Final = _table("tags", i="id", t="name category")
POST_TAGS: Final = _table("post_tags", i="post_id tag_id")
POST_SOURCES: Final = _table("post_sources", i="post_id", t="url")
POST_POOLS: Final = _table("post_pools", i="post_id pool_id")
POST_TAGS_FTS: Final = _table("post_tags_fts", i="rowid", t="post_tags_fts")
POSTS_FTS: Final = _table("posts_fts", i="rowid", t="posts_fts")

TABLES: Final = (ACCOUNTS, FAVORITES, EVENTS, POSTS, TAGS, POST_TAGS, POST_SOURCES, POST_POOLS)
"""Those that have a model. FTS5's have a column that is named like them, and asked with MATCH."""
