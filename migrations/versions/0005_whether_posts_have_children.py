"""Whether a post has children, from what the site said of it: searches ask for that."""

import json
import zlib
from typing import Any

from alembic import op

revision = "0005"
down_revision = "0004"
branch_labels = None
depends_on = None

_LONGEST = 32_000_000
"""Bytes of a payload, unpacked: what is longer is not what a site said."""

_AT_ONCE = 5_000
_PAYLOADS = """
SELECT payloads.post_id, payloads.shape, payloads.data, payload_dictionaries.content FROM payloads
JOIN payload_dictionaries ON payload_dictionaries.id = payloads.dictionary_id
WHERE payloads.post_id > ? ORDER BY payloads.post_id LIMIT ?
"""
_VIEW = """
CREATE VIEW favorite_posts AS
SELECT accounts.name AS account,
  listed.position AS position,
  listed.post_id AS post_id,
  posts.created_at AS created_at,
  posts.updated_at AS updated_at,
  posts.rating AS rating,
  posts.score AS score,
  posts.score_up AS score_up,
  posts.score_down AS score_down,
  posts.fav_count AS fav_count,
  posts.comment_count AS comment_count,
  posts.file_ext AS file_ext,
  posts.file_size AS file_size,
  posts.file_md5 AS file_md5,
  posts.file_url AS file_url,
  posts.preview_url AS preview_url,
  posts.sample_url AS sample_url,
  posts.width AS width,
  posts.height AS height,
  posts.duration AS duration,
  posts.uploader_id AS uploader_id,
  posts.uploader_name AS uploader_name,
  posts.approver_id AS approver_id,
  posts.parent_id AS parent_id,
  posts.change_seq AS change_seq,
  posts.is_deleted AS is_deleted,
  posts.is_pending AS is_pending,
  posts.is_flagged AS is_flagged,
  posts.is_destroyed AS is_destroyed,
  posts.problem AS problem,
  posts.fetched_at AS fetched_at,
  posts.description AS description,
  posts.deletion_reason AS deletion_reason,
  posts.has_children AS has_children,
  (SELECT group_concat(name, ' ') FROM
    (SELECT tags.name AS name FROM post_tags JOIN tags ON tags.id = post_tags.tag_id
      WHERE post_tags.post_id = listed.post_id AND tags.category = 'artist' ORDER BY tags.name)) AS artists,
  (SELECT group_concat(name, ' ') FROM
    (SELECT tags.name AS name FROM post_tags JOIN tags ON tags.id = post_tags.tag_id
      WHERE post_tags.post_id = listed.post_id AND tags.category = 'character' ORDER BY tags.name)) AS characters,
  (SELECT group_concat(name, ' ') FROM
    (SELECT tags.name AS name FROM post_tags JOIN tags ON tags.id = post_tags.tag_id
      WHERE post_tags.post_id = listed.post_id AND tags.category = 'species' ORDER BY tags.name)) AS species,
  (SELECT group_concat(name, ' ') FROM
    (SELECT tags.name AS name FROM post_tags JOIN tags ON tags.id = post_tags.tag_id
      WHERE post_tags.post_id = listed.post_id AND tags.category = 'copyright' ORDER BY tags.name)) AS copyrights,
  (SELECT group_concat(name, ' ') FROM
    (SELECT tags.name AS name FROM post_tags JOIN tags ON tags.id = post_tags.tag_id
      WHERE post_tags.post_id = listed.post_id ORDER BY tags.name)) AS tags,
  (SELECT url FROM sites) || '/posts/' || listed.post_id AS page_url,
  (SELECT favorites.first_seen_at FROM favorites
    WHERE favorites.account_id = listed.account_id AND favorites.post_id = listed.post_id) AS first_seen_at,
  (SELECT favorites.is_placed FROM favorites
    WHERE favorites.account_id = listed.account_id AND favorites.post_id = listed.post_id) AS is_placed,
  listed.sort_key AS sort_key
FROM
  (SELECT account_id, post_id, sort_key,
    row_number() OVER (PARTITION BY account_id ORDER BY sort_key DESC) AS position FROM favorites) AS listed
  CROSS JOIN accounts ON accounts.id = listed.account_id
  LEFT JOIN posts ON posts.id = listed.post_id
"""


def _has_children(shape: str, data: object, dictionary: object) -> bool | None:
    """What a payload says; None where it says nothing, or cannot be read: `favsync check` tells of that."""
    if not isinstance(data, bytes) or not isinstance(dictionary, bytes) or shape == "other":
        return None
    try:
        post: Any = json.loads(zlib.decompressobj(zdict=dictionary).decompress(data, _LONGEST))
        told = post["has"]["children"] if shape != "v1" and "has" in post else post["relationships"]["has_children"]
    except (zlib.error, ValueError, LookupError, TypeError, RecursionError):
        return None
    return told if isinstance(told, bool) else None


def upgrade() -> None:
    op.execute("ALTER TABLE posts ADD COLUMN has_children INTEGER")
    connection = op.get_bind()
    last = 0
    while some := connection.exec_driver_sql(_PAYLOADS, (last, _AT_ONCE)).fetchall():
        last = some[-1][0]
        told = [(_has_children(*payload), post_id) for post_id, *payload in some]
        connection.exec_driver_sql("UPDATE posts SET has_children = ? WHERE id = ?", told)
    op.execute("DROP VIEW favorite_posts")
    op.execute(_VIEW)
