"""Questions that people with favorites ask, in SQL: for docs/questions.md, and for Datasette.

A name with a colon is a value that whoever asks fills in.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Final


@dataclass(frozen=True, slots=True)
class Question:
    """One question. `name` is its name in a URL; `values` are examples for the names with a colon in `sql`."""

    name: str
    title: str
    words: str
    sql: str
    values: Mapping[str, str] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def needs_favsync(self) -> bool:
        """True when it uses a function that is favsync's own, and no other program has."""
        return "payload(" in self.sql


QUESTIONS: Final = (
    Question(
        "newest",
        "What did I add last?",
        "`position` counts from the newest favorite of an account.",
        """\
SELECT position, post_id, rating, artists, page_url
FROM favorite_posts
WHERE account = :account AND position <= 5
ORDER BY position""",
        {"account": "alice"},
    ),
    Question(
        "lost",
        "What did I lose, and why?",
        "Removed favorites, the latest first. `moved_to_parent`: the site's staff deleted the post as a duplicate of"
        " `related_post_id`, which is the favorite now. `destroyed`: the site no longer has the post; its data stays"
        " here.",
        """\
SELECT date(happened_at) AS noticed, account, post_id, reason, related_post_id
FROM favorite_history
WHERE kind = 'removed'
ORDER BY event_id DESC LIMIT 20""",
    ),
    Question(
        "deleted",
        "Which favorites has the site deleted?",
        "They are still favorites, and the site no longer serves their files. Other archives know a file by its MD5.",
        """\
SELECT account, position, post_id, artists, file_ext, file_md5
FROM favorite_posts
WHERE is_deleted = 1
ORDER BY account, position""",
    ),
    Question(
        "artists_by_year",
        "Who are my artists of each year?",
        "The three with the most favorites among the posts of each year.",
        """\
WITH counted AS (
  SELECT substr(posts.created_at, 1, 4) AS year, tags.name AS artist, count(DISTINCT posts.id) AS favorites
  FROM favorites
    JOIN posts ON posts.id = favorites.post_id
    JOIN post_tags ON post_tags.post_id = posts.id
    JOIN tags ON tags.id = post_tags.tag_id
  WHERE tags.category = 'artist'
  GROUP BY year, tags.id)
SELECT year, artist, favorites
FROM (SELECT *, row_number() OVER (PARTITION BY year ORDER BY favorites DESC, artist) AS place FROM counted)
WHERE place <= 3
ORDER BY year DESC, place""",
    ),
    Question(
        "growth",
        "How does it grow?",
        "Favorites added and removed in each month, and the total at its end, for all accounts together. A month is the"
        " one in which favsync noticed the change, so the first backup counts as one month.",
        """\
SELECT substr(happened_at, 1, 7) AS month,
  sum(kind = 'added') AS added,
  sum(kind = 'removed') AS removed,
  sum(sum(CASE kind WHEN 'added' THEN 1 ELSE -1 END)) OVER (ORDER BY substr(happened_at, 1, 7)) AS favorites
FROM favorite_events
GROUP BY month
ORDER BY month""",
    ),
    Question(
        "versions",
        "Of which posts do I have several versions?",
        "Posts with the same parent, and the parent itself where it is a favorite as well.",
        """\
SELECT family AS parent_id, count(*) AS versions, group_concat(id, ' ') AS posts
FROM (
  SELECT DISTINCT posts.id AS id, coalesce(posts.parent_id, posts.id) AS family
  FROM favorites JOIN posts ON posts.id = favorites.post_id
  ORDER BY posts.id)
GROUP BY family
HAVING versions > 1
ORDER BY versions DESC, family""",
    ),
    Question(
        "pools",
        "What did I keep of each pool?",
        "`known` counts the posts of the pool that were ever a favorite, `kept` those that are one today. The pool may"
        " have more posts on the site.",
        """\
SELECT pool_id, count(*) AS known, sum(post_id IN (SELECT post_id FROM favorites)) AS kept
FROM post_pools
GROUP BY pool_id
ORDER BY kept DESC, pool_id LIMIT 5""",
    ),
    Question(
        "then_and_not_now",
        "What was in my list on a day, and is not any more?",
        "The last event of a post before that day tells whether it was in the list. `favsync export --at` writes the"
        " whole list of a day, in its order.",
        """\
SELECT event.post_id, date(event.happened_at) AS first_seen, posts.rating, posts.is_destroyed
FROM (
  SELECT max(id) AS id FROM favorite_events
  WHERE happened_at < :day AND account_id = (SELECT id FROM accounts WHERE name = :account)
  GROUP BY post_id) AS last
  JOIN favorite_events AS event ON event.id = last.id
  JOIN posts ON posts.id = event.post_id
WHERE event.kind = 'added' AND NOT EXISTS (
  SELECT 1 FROM favorites WHERE favorites.account_id = event.account_id AND favorites.post_id = event.post_id)
ORDER BY event.post_id""",
        {"account": "alice", "day": "2026-02-01"},
    ),
    Question(
        "text",
        "Where did I read that?",
        "Words of descriptions and tags, through the full-text index. `AND`, `OR`, `NOT`, quoted phrases and `word*`"
        " mean what they do in FTS5.",
        """\
SELECT rowid AS post_id, snippet(posts_fts, 1, '[', ']', '…', 7) AS found
FROM posts_fts
WHERE posts_fts MATCH :words
ORDER BY rowid DESC LIMIT 5""",
        {"words": 'description : "sample words" AND tags : (otter NOT wolf)'},
    ),
    Question(
        "notes",
        "Which of them have notes?",
        "There is no column for it: `payload(post_id)` is all that the site said about a post, as JSON, in one of the"
        " two shapes that sites have. Only `favsync query` has this function.",
        """\
SELECT account, position, post_id, page_url
FROM favorite_posts
WHERE coalesce(payload(post_id) ->> '$.has_notes', payload(post_id) ->> '$.has.notes')
ORDER BY account, position""",
    ),
)
"""In the order in which they are read."""
