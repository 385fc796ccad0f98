"""Why posts were deleted, the shape of payloads, and removals of which the site does not say whose they were."""

from alembic import op

revision = "0004"
down_revision = "0003"
branch_labels = None
depends_on = None

_VIEWS = ("favorite_history", "favorite_posts")

# Of the large tables not one row is written: SQLite keeps a column that was added in the statement alone.
_COLUMNS = (
    """
ALTER TABLE posts ADD COLUMN deletion_reason TEXT
""",
    """
ALTER TABLE posts ADD COLUMN deletion_reason_at TEXT
""",
    """
ALTER TABLE payloads ADD COLUMN shape TEXT DEFAULT 'v1' NOT NULL
""",
    """
CREATE INDEX ix_posts_reason_to_ask ON posts (id)
    WHERE is_deleted = 1 AND is_destroyed = 0 AND deletion_reason_at IS NULL
""",
)

# A constraint cannot be changed: the table is made again, with its rows. Foreign keys are off while migrating.
_EVENTS = (
    """
CREATE TABLE favorite_events_new (
    id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    post_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    related_post_id INTEGER,
    sort_key INTEGER,
    run_id INTEGER NOT NULL,
    happened_at TEXT NOT NULL,
    CONSTRAINT pk_favorite_events PRIMARY KEY (id),
    CONSTRAINT ck_favorite_events_kind CHECK (kind IN ('added', 'removed')),
    CONSTRAINT ck_favorite_events_reason
        CHECK (reason IN
            ('listed', 'pushed', 'unfavorited', 'moved_to_parent', 'destroyed', 'unlisted', 'added_again', 'unknown')),
    CONSTRAINT fk_favorite_events_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT fk_favorite_events_post_id_posts FOREIGN KEY(post_id) REFERENCES posts (id),
    CONSTRAINT fk_favorite_events_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id)
) STRICT
""",
    """
INSERT INTO favorite_events_new
    (id, account_id, post_id, kind, reason, related_post_id, sort_key, run_id, happened_at)
SELECT id, account_id, post_id, kind, reason, related_post_id, sort_key, run_id, happened_at FROM favorite_events
ORDER BY id
""",
    """
DROP TABLE favorite_events
""",
    """
ALTER TABLE favorite_events_new RENAME TO favorite_events
""",
    """
CREATE INDEX ix_favorite_events_account_id_post_id ON favorite_events (account_id, post_id)
""",
)

_VIEWS_AGAIN = (
    """
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
""",
    """
CREATE VIEW favorite_history AS
SELECT favorite_events.id AS event_id,
  favorite_events.happened_at AS happened_at,
  accounts.name AS account,
  favorite_events.kind AS kind,
  favorite_events.reason AS reason,
  favorite_events.post_id AS post_id,
  favorite_events.related_post_id AS related_post_id,
  (SELECT posts.deletion_reason FROM posts WHERE posts.id = favorite_events.post_id) AS deletion_reason,
  (SELECT url FROM sites) || '/posts/' || favorite_events.post_id AS page_url,
  favorite_events.run_id AS run_id,
  (SELECT runs.id FROM runs
    WHERE runs.account_id = favorite_events.account_id AND runs.id < favorite_events.run_id
      AND runs.outcome = 'complete' AND runs.evidence IS NOT NULL
    ORDER BY runs.id DESC LIMIT 1) AS previous_run_id,
  (SELECT runs.started_at FROM runs
    WHERE runs.account_id = favorite_events.account_id AND runs.id < favorite_events.run_id
      AND runs.outcome = 'complete' AND runs.evidence IS NOT NULL
    ORDER BY runs.id DESC LIMIT 1) AS happened_after
FROM favorite_events JOIN accounts ON accounts.id = favorite_events.account_id
""",
)


def upgrade() -> None:
    for view in _VIEWS:
        op.execute(f"DROP VIEW {view}")
    for statement in (*_COLUMNS, *_EVENTS, *_VIEWS_AGAIN):
        op.execute(statement)
