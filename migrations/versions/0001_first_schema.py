"""The first schema."""

from alembic import op

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
CREATE TABLE accounts (
    id INTEGER NOT NULL,
    name TEXT COLLATE "NOCASE" NOT NULL,
    username TEXT NOT NULL,
    site_user_id INTEGER NOT NULL,
    is_public INTEGER NOT NULL,
    created_at TEXT NOT NULL,
    favorite_count INTEGER,
    favorite_limit INTEGER,
    count_drift INTEGER DEFAULT 0 NOT NULL,
    CONSTRAINT pk_accounts PRIMARY KEY (id),
    CONSTRAINT ck_accounts_is_public CHECK (is_public IN (0, 1)),
    CONSTRAINT uq_accounts_name UNIQUE (name)
) STRICT
""",
    """
CREATE TABLE payload_dictionaries (
    id INTEGER NOT NULL,
    content BLOB NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT pk_payload_dictionaries PRIMARY KEY (id)
) STRICT
""",
    """
CREATE TABLE sites (
    id INTEGER NOT NULL,
    url TEXT NOT NULL,
    created_at TEXT NOT NULL,
    CONSTRAINT pk_sites PRIMARY KEY (id),
    CONSTRAINT ck_sites_one_site CHECK (id = 1)
) STRICT
""",
    """
CREATE TABLE tags (
    id INTEGER NOT NULL,
    name TEXT NOT NULL,
    category TEXT NOT NULL,
    CONSTRAINT pk_tags PRIMARY KEY (id),
    CONSTRAINT uq_tags_name UNIQUE (name)
) STRICT
""",
    """
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
    CONSTRAINT pk_runs PRIMARY KEY (id),
    CONSTRAINT ck_runs_kind CHECK (kind IN ('full', 'incremental')),
    CONSTRAINT ck_runs_outcome CHECK (outcome IN ('complete', 'incomplete', 'refused', 'failed')),
    CONSTRAINT fk_runs_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id)
) STRICT
""",
    """
CREATE INDEX ix_runs_account_id ON runs (account_id)
""",
    """
CREATE TABLE operations (
    id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    post_id INTEGER NOT NULL,
    action TEXT NOT NULL,
    state TEXT NOT NULL,
    outcome TEXT,
    reason TEXT,
    attempts INTEGER DEFAULT 0 NOT NULL,
    created_at TEXT NOT NULL,
    updated_at TEXT NOT NULL,
    settled_at TEXT,
    run_id INTEGER,
    pushed_run_id INTEGER,
    noticed_run_id INTEGER,
    CONSTRAINT pk_operations PRIMARY KEY (id),
    CONSTRAINT ck_operations_action CHECK (action IN ('add', 'remove')),
    CONSTRAINT ck_operations_state CHECK (state IN ('pending', 'done', 'failed', 'superseded')),
    CONSTRAINT ck_operations_outcome
        CHECK (outcome IN ('applied', 'already', 'refused', 'later', 'cancelled', 'replaced')),
    CONSTRAINT fk_operations_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT fk_operations_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id),
    CONSTRAINT fk_operations_pushed_run_id_runs FOREIGN KEY(pushed_run_id) REFERENCES runs (id),
    CONSTRAINT fk_operations_noticed_run_id_runs FOREIGN KEY(noticed_run_id) REFERENCES runs (id)
) STRICT
""",
    """
CREATE INDEX ix_operations_account_id_state ON operations (account_id, state)
""",
    """
CREATE INDEX ix_operations_unnoticed ON operations (account_id)
    WHERE pushed_run_id IS NOT NULL AND noticed_run_id IS NULL
""",
    """
CREATE UNIQUE INDEX uq_operations_pending ON operations (account_id, post_id)
    WHERE state = 'pending'
""",
    """
CREATE TABLE posts (
    id INTEGER NOT NULL,
    created_at TEXT,
    updated_at TEXT,
    rating TEXT,
    score INTEGER,
    score_up INTEGER,
    score_down INTEGER,
    fav_count INTEGER,
    comment_count INTEGER,
    file_ext TEXT,
    file_size INTEGER,
    file_md5 TEXT,
    file_url TEXT,
    preview_url TEXT,
    sample_url TEXT,
    width INTEGER,
    height INTEGER,
    duration REAL,
    uploader_id INTEGER,
    uploader_name TEXT,
    approver_id INTEGER,
    parent_id INTEGER,
    change_seq INTEGER,
    is_deleted INTEGER DEFAULT 0 NOT NULL,
    is_pending INTEGER DEFAULT 0 NOT NULL,
    is_flagged INTEGER DEFAULT 0 NOT NULL,
    is_destroyed INTEGER DEFAULT 0 NOT NULL,
    problem TEXT,
    fetched_at TEXT,
    run_id INTEGER,
    description TEXT,
    CONSTRAINT pk_posts PRIMARY KEY (id),
    CONSTRAINT ck_posts_is_deleted CHECK (is_deleted IN (0, 1)),
    CONSTRAINT ck_posts_is_pending CHECK (is_pending IN (0, 1)),
    CONSTRAINT ck_posts_is_flagged CHECK (is_flagged IN (0, 1)),
    CONSTRAINT ck_posts_is_destroyed CHECK (is_destroyed IN (0, 1)),
    CONSTRAINT fk_posts_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id)
) STRICT
""",
    """
CREATE TABLE reading_steps (
    account_id INTEGER NOT NULL,
    ordinal INTEGER NOT NULL,
    run_id INTEGER NOT NULL,
    question TEXT NOT NULL,
    answer TEXT NOT NULL,
    answered_at TEXT NOT NULL,
    CONSTRAINT pk_reading_steps PRIMARY KEY (account_id, ordinal),
    CONSTRAINT fk_reading_steps_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT fk_reading_steps_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id)
) WITHOUT ROWID, STRICT
""",
    """
CREATE TABLE favorite_events (
    id INTEGER NOT NULL,
    account_id INTEGER NOT NULL,
    post_id INTEGER NOT NULL,
    kind TEXT NOT NULL,
    reason TEXT NOT NULL,
    related_post_id INTEGER,
    run_id INTEGER NOT NULL,
    happened_at TEXT NOT NULL,
    CONSTRAINT pk_favorite_events PRIMARY KEY (id),
    CONSTRAINT ck_favorite_events_kind CHECK (kind IN ('added', 'removed')),
    CONSTRAINT ck_favorite_events_reason
        CHECK (reason IN ('listed', 'pushed', 'unfavorited', 'moved_to_parent', 'destroyed', 'unlisted')),
    CONSTRAINT fk_favorite_events_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT fk_favorite_events_post_id_posts FOREIGN KEY(post_id) REFERENCES posts (id),
    CONSTRAINT fk_favorite_events_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id)
) STRICT
""",
    """
CREATE INDEX ix_favorite_events_account_id_post_id ON favorite_events (account_id, post_id)
""",
    """
CREATE TABLE favorites (
    account_id INTEGER NOT NULL,
    post_id INTEGER NOT NULL,
    sort_key INTEGER NOT NULL,
    is_placed INTEGER NOT NULL,
    first_seen_at TEXT NOT NULL,
    absent_since_run_id INTEGER,
    run_id INTEGER NOT NULL,
    CONSTRAINT pk_favorites PRIMARY KEY (account_id, post_id),
    CONSTRAINT ck_favorites_is_placed CHECK (is_placed IN (0, 1)),
    CONSTRAINT fk_favorites_account_id_accounts FOREIGN KEY(account_id) REFERENCES accounts (id),
    CONSTRAINT fk_favorites_post_id_posts FOREIGN KEY(post_id) REFERENCES posts (id),
    CONSTRAINT fk_favorites_absent_since_run_id_runs FOREIGN KEY(absent_since_run_id) REFERENCES runs (id),
    CONSTRAINT fk_favorites_run_id_runs FOREIGN KEY(run_id) REFERENCES runs (id)
) WITHOUT ROWID, STRICT
""",
    """
CREATE UNIQUE INDEX uq_favorites_account_id_sort_key ON favorites (account_id, sort_key DESC)
""",
    """
CREATE TABLE payloads (
    id INTEGER NOT NULL,
    post_id INTEGER NOT NULL,
    dictionary_id INTEGER NOT NULL,
    digest BLOB NOT NULL,
    data BLOB NOT NULL,
    CONSTRAINT pk_payloads PRIMARY KEY (id),
    CONSTRAINT uq_payloads_post_id UNIQUE (post_id),
    CONSTRAINT fk_payloads_post_id_posts FOREIGN KEY(post_id) REFERENCES posts (id),
    CONSTRAINT fk_payloads_dictionary_id_payload_dictionaries FOREIGN KEY(dictionary_id)
        REFERENCES payload_dictionaries (id)
) STRICT
""",
    """
CREATE TABLE post_pools (
    post_id INTEGER NOT NULL,
    pool_id INTEGER NOT NULL,
    CONSTRAINT pk_post_pools PRIMARY KEY (post_id, pool_id),
    CONSTRAINT fk_post_pools_post_id_posts FOREIGN KEY(post_id) REFERENCES posts (id)
) WITHOUT ROWID, STRICT
""",
    """
CREATE TABLE post_sources (
    post_id INTEGER NOT NULL,
    position INTEGER NOT NULL,
    url TEXT NOT NULL,
    CONSTRAINT pk_post_sources PRIMARY KEY (post_id, position),
    CONSTRAINT fk_post_sources_post_id_posts FOREIGN KEY(post_id) REFERENCES posts (id)
) WITHOUT ROWID, STRICT
""",
    """
CREATE TABLE post_tags (
    post_id INTEGER NOT NULL,
    tag_id INTEGER NOT NULL,
    CONSTRAINT pk_post_tags PRIMARY KEY (post_id, tag_id),
    CONSTRAINT fk_post_tags_post_id_posts FOREIGN KEY(post_id) REFERENCES posts (id),
    CONSTRAINT fk_post_tags_tag_id_tags FOREIGN KEY(tag_id) REFERENCES tags (id)
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
  favorite_events.run_id AS run_id
FROM favorite_events JOIN accounts ON accounts.id = favorite_events.account_id
""",
    """
CREATE VIEW post_texts AS
SELECT posts.id AS post_id,
  (SELECT group_concat(name, ' ') FROM
    (SELECT tags.name AS name FROM post_tags JOIN tags ON tags.id = post_tags.tag_id
      WHERE post_tags.post_id = posts.id ORDER BY tags.name)) AS tags,
  posts.description AS description
FROM posts
""",
    """
CREATE VIRTUAL TABLE posts_fts USING fts5 (tags, description,
  content='post_texts', content_rowid='post_id', tokenize='unicode61 remove_diacritics 2')
""",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
