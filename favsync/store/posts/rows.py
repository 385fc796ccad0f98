"""Favorites and former favorites as rows of the columns that somebody chose; read without SQLAlchemy."""

import json
import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from typing import Any, Final

from favsync.post_urls import POST_PATH

_AT_ONCE: Final = 320

_OF_THE_POST: Final = (
    *("created_at", "updated_at", "rating", "score", "score_up", "score_down", "fav_count", "comment_count"),
    *("file_ext", "file_size", "file_md5", "file_url", "preview_url", "sample_url", "width", "height", "duration"),
    *("uploader_id", "uploader_name", "approver_id", "parent_id", "change_seq"),
    *("is_deleted", "is_pending", "is_flagged", "is_destroyed", "problem", "fetched_at", "description"),
    *("deletion_reason", "has_children"),
)


def page_url_of(post_id: str) -> str:
    """Return the expression for a post's page on the site; `post_id` is the one for its id."""
    return f"(SELECT url FROM sites) || '{POST_PATH}' || {post_id}"  # noqa: S608 - texts of ours


def tags_of(post_id: str, category: str | None = None) -> str:
    """Return the expression for a post's tags, of one category or of all, in alphabetical order."""
    of_category = f" AND tags.category = '{category}'" if category else ""
    # No value from outside gets in here: the categories are four of the site's own.
    return f"""(SELECT group_concat(name, ' ') FROM
    (SELECT tags.name AS name FROM post_tags JOIN tags ON tags.id = post_tags.tag_id
      WHERE post_tags.post_id = {post_id}{of_category} ORDER BY tags.name))"""  # noqa: S608 - as just said


_NEWEST_EVENT: Final = """(SELECT {} FROM favorite_events WHERE favorite_events.account_id = accounts.id
    AND favorite_events.post_id = posts.id AND {} ORDER BY favorite_events.id DESC LIMIT 1)"""
_IS_ADDED: Final = "kind = 'added'"
_IS_GONE: Final = "favorites.post_id IS NULL"

_EXPRESSIONS: Final = {
    "account": "accounts.name",
    "post_id": "posts.id",
    "page_url": page_url_of("posts.id"),
    "first_seen_at": f"coalesce(favorites.first_seen_at, {_NEWEST_EVENT.format('happened_at', _IS_ADDED)})",
    "removed_at": _NEWEST_EVENT.format("happened_at", _IS_GONE),
    "removed_reason": _NEWEST_EVENT.format("reason", _IS_GONE),
    **{name: f"posts.{name}" for name in _OF_THE_POST},
    "artists": tags_of("posts.id", "artist"),
    "characters": tags_of("posts.id", "character"),
    "species": tags_of("posts.id", "species"),
    "copyrights": tags_of("posts.id", "copyright"),
    "tags": tags_of("posts.id"),
}

COLUMNS: Final = tuple(_EXPRESSIONS)
"""All there are, most of them those of the view `favorite_posts`. `removed_at` and `removed_reason` tell how a former
favorite went, and are NULL for one of today; `first_seen_at` of a former one is when it last came."""

_QUESTION: Final = """
SELECT {} FROM json_each(?) AS wanted
CROSS JOIN accounts ON accounts.id = wanted.value ->> 0
CROSS JOIN posts ON posts.id = wanted.value ->> 1
LEFT JOIN favorites ON favorites.account_id = accounts.id AND favorites.post_id = posts.id
ORDER BY wanted.key
"""


def load_rows(
    connection: sqlite3.Connection, found: Iterable[tuple[int, int]], columns: Sequence[str]
) -> Iterator[tuple[Any, ...]]:
    """Load `columns` (of `COLUMNS`) of each pair of an account and a post (ids), in this order, not all at once."""
    question = _QUESTION.format(", ".join(_EXPRESSIONS[name] for name in columns))
    rest = iter(found)
    while some := list(islice(rest, _AT_ONCE)):
        # All of these at once: no cursor is left behind by whoever does not want the rest.
        yield from connection.execute(question, (json.dumps(some),)).fetchall()
