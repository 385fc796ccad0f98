"""What an incremental pull builds on, and the list as of any run."""

from alembic import op

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None

_VIEWS = ("favorite_history", "favorite_posts")

# SQLite can add a column only behind the constraints, and change none of them: each table is made anew, with its rows.
# Foreign keys are off while migrating, and name a table by what it is called in the end.
_TABLES = {
    "runs": """
CREATE TABLE runs (
    id INTEGER NOT NULL,
    account_id INTEGER,
    started_at TEXT NOT NULL,
    finished_at TEXT,
    kind TEXT NOT NULL,
    outcome TEXT,
    reason TEXT,
    requests INTEGER DEFAULT 0 NOT NULL,
    pages_read INTEGER DEFAULT 0 NOT NULL,
    total INTEGER,
    added INTEGER DEFAULT 0 NOT NULL,
    removed INTEGER DEFAULT 0 NOT NULL,
    moved INTEGER DEFAULT 0 NOT NULL,
    changed INTEGER DEFAULT 0 NOT NULL,
    pushed_applied INTEGER DEFAULT 0 NOT NULL,
    pushed_already INTEGER DEFAULT 0 NOT NULL,
    pushed_failed INTEGER DEFAULT 0 NOT NULL,
    pushed_pending INTEGER DEFAULT 0 NOT NULL,
    evidence TEXT,
    is_base INTEGER DEFAULT 0 NOT NULL,
    as_of TEXT,
    change_seq INTEGER,
    CONSTRAINT pk_runs PRIMARY KEY (id),
    CONSTRAINT ck_runs_kind CHECK (kind IN ('full', 'incremental')),
    CONSTRAINT ck_runs_outcome CHECK (outcome IN ('complete', 'incomplete', 'refused', 'failed')),
    CONSTRAINT ck_runs_is_base CHECK (is_base IN (0, 1)),
    CONSTRAINT fk_runs_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id)
) STRICT
""",
    "favorites": """
CREATE TABLE favorites (
    account_id INTEGER NOT NULL,
    post_id INTEGER NOT NULL,
    sort_key INTEGER NOT NULL,
    is_placed INTEGER NOT NULL,
    is_tied INTEGER DEFAULT 0 NOT NULL,
    first_seen_at TEXT NOT NULL,
    absent_since_run_id INTEGER,
    run_id INTEGER NOT NULL,
    CONSTRAINT pk_favorites PRIMARY KEY (account_id, post_id),
    CONSTRAINT ck_favorites_is_placed CHECK (is_placed IN (0, 1)),
    CONSTRAINT ck_favorites_is_tied CHECK (is_tied IN (0, 1)),
    CONSTRAINT fk_favorites_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT fk_favorites_post_id_posts FOREIGN KEY(post_id) REFERENCES posts (id),
    CONSTRAINT fk_favorites_absent_since_run_id_runs FOREIGN KEY(absent_since_run_id) REFERENCES runs (id),
    CONSTRAINT fk_favorites_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id)
) WITHOUT ROWID, STRICT
""",
    "favorite_events": """
CREATE TABLE favorite_events (
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
            ('listed', 'pushed', 'unfavorited', 'moved_to_parent', 'destroyed', 'unlisted', 'added_again')),
    CONSTRAINT fk_favorite_events_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT fk_favorite_events_post_id_posts FOREIGN KEY(post_id) REFERENCES posts (id),
    CONSTRAINT fk_favorite_events_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id)
) STRICT
""",
}

# The keys of before were not written down. Those of today's favorites are known; a former one gets that of the last
# one before it that is known, because keys were given rising, in the order of the events.
_EVENTS = """
INSERT INTO favorite_events_new
    (id, account_id, post_id, kind, reason, related_post_id, sort_key, run_id, happened_at)
SELECT id, account_id, post_id, kind, reason, related_post_id,
    CASE kind WHEN 'added' THEN coalesce(max(known_key) OVER (PARTITION BY account_id, stretch), 0) END,
    run_id, happened_at
FROM (
    SELECT event.*, favorites.sort_key AS known_key,
        count(favorites.sort_key) OVER (PARTITION BY event.account_id ORDER BY event.id) AS stretch
    FROM favorite_events AS event
        LEFT JOIN (
            SELECT max(id) AS id FROM favorite_events WHERE kind = 'added' GROUP BY account_id, post_id
        ) AS latest ON latest.id = event.id
        LEFT JOIN favorites
            ON latest.id IS NOT NULL AND favorites.account_id = event.account_id AND favorites.post_id = event.post_id
)
ORDER BY id
"""

_AFTER = (
    """
CREATE INDEX ix_runs_account_id ON runs (account_id)
""",
    """
CREATE UNIQUE INDEX uq_favorites_account_id_sort_key ON favorites (account_id, sort_key DESC)
""",
    """
CREATE INDEX ix_favorite_events_account_id_post_id ON favorite_events (account_id, post_id)
""",
    """
CREATE TABLE favorite_placements (
    account_id INTEGER NOT NULL,
    post_id INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    sort_key INTEGER NOT NULL,
    CONSTRAINT pk_favorite_placements PRIMARY KEY (account_id, post_id, run_id),
    CONSTRAINT fk_favorite_placements_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT fk_favorite_placements_post_id_posts FOREIGN KEY(post_id) REFERENCES posts (id),
    CONSTRAINT fk_favorite_placements_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id)
) WITHOUT ROWID, STRICT
""",
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
    for table, statement in _TABLES.items():
        _make_anew(table, statement)
    for statement in _AFTER:
        op.execute(statement)


def _make_anew(table: str, statement: str) -> None:
    columns = ", ".join(row[1] for row in op.get_bind().exec_driver_sql(f"PRAGMA table_info({table})"))
    op.execute(statement.replace(f"CREATE TABLE {table} (", f"CREATE TABLE {table}_new (", 1))
    if table == "favorite_events":
        op.execute(_EVENTS)
    else:
        op.execute(f"INSERT INTO {table}_new ({columns}) SELECT {columns} FROM {table}")  # noqa: S608 - our own
    op.execute(f"DROP TABLE {table}")
    op.execute(f"ALTER TABLE {table}_new RENAME TO {table}")
