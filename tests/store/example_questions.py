"""Questions that docs/schema.md answers with; a test asks each of them."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Example:
    words: str
    sql: str


QUESTIONS = (
    Example(
        "The twenty newest favorites of an account:",
        """
SELECT position, page_url, artists, rating FROM favorite_posts
WHERE account = 'alice' AND position <= 20""",
    ),
    Example(
        "Favorites that the site has deleted, and where their files were:",
        """
SELECT position, page_url, file_url FROM favorite_posts
WHERE is_deleted = 1 OR is_destroyed = 1""",
    ),
    Example(
        "The artists whose posts are favorites most often:",
        """
SELECT tags.name, count(*) AS favorites
FROM favorites JOIN post_tags USING (post_id) JOIN tags ON tags.id = post_tags.tag_id
WHERE tags.category = 'artist'
GROUP BY tags.id ORDER BY favorites DESC LIMIT 10""",
    ),
    Example(
        "Favorites with one tag and without another:",
        """
SELECT position, page_url FROM favorite_posts
WHERE post_id IN (SELECT rowid FROM posts_fts WHERE posts_fts MATCH 'tags : (fox NOT blue_hat)')
ORDER BY position""",
    ),
    Example(
        "What came and went in the last thirty days:",
        """
SELECT happened_at, account, kind, reason, page_url FROM favorite_history
WHERE happened_at >= strftime('%Y-%m-%dT%H:%M:%fZ', 'now', '-30 days')
ORDER BY event_id""",
    ),
    Example(
        "The list of an account as it was on a past day:",
        """
SELECT post_id FROM favorite_events AS event
WHERE account_id = (SELECT id FROM accounts WHERE name = 'alice')
  AND id = (SELECT max(id) FROM favorite_events
            WHERE account_id = event.account_id AND post_id = event.post_id AND happened_at < '2026-02-01')
  AND kind = 'added'""",
    ),
    Example(
        "Posts that two accounts both have:",
        """
SELECT post_id FROM favorites WHERE account_id = (SELECT id FROM accounts WHERE name = 'alice')
INTERSECT
SELECT post_id FROM favorites WHERE account_id = (SELECT id FROM accounts WHERE name = 'bob')""",
    ),
    Example(
        "How large all the files are together, by type:",
        """
SELECT file_ext, count(*) AS files, sum(file_size) / 1000000 AS megabytes
FROM favorite_posts GROUP BY file_ext ORDER BY megabytes DESC""",
    ),
    Example(
        "How the last runs ended:",
        """
SELECT runs.started_at, accounts.name, runs.kind, runs.outcome, runs.added, runs.removed, runs.requests
FROM runs LEFT JOIN accounts ON accounts.id = runs.account_id ORDER BY runs.id DESC LIMIT 10""",
    ),
    Example(
        "Something that has no column of its own, from the JSON as it came:",
        """
SELECT position, page_url FROM favorite_posts
WHERE payload(post_id) ->> '$.has_notes'""",
    ),
)
