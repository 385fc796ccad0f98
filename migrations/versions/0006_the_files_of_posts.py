"""The files of posts: what is kept, which original a post had when, and the links that people look at them by."""

from alembic import op

revision = "0006"
down_revision = "0005"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
CREATE TABLE files (
    id INTEGER NOT NULL,
    md5 TEXT NOT NULL,
    kind TEXT NOT NULL,
    ext TEXT NOT NULL,
    content_md5 TEXT,
    size INTEGER,
    state TEXT NOT NULL,
    reason TEXT,
    path TEXT,
    member TEXT,
    is_own INTEGER DEFAULT 0 NOT NULL,
    stored_at TEXT,
    checked_at TEXT,
    updated_at TEXT NOT NULL,
    CONSTRAINT pk_files PRIMARY KEY (id),
    CONSTRAINT ck_files_kind CHECK (kind IN ('original', 'sample', 'preview')),
    CONSTRAINT ck_files_state CHECK
        (state IN ('wanted', 'partial', 'stored', 'external', 'excluded', 'unavailable', 'corrupt')),
    CONSTRAINT ck_files_is_own CHECK (is_own IN (0, 1)),
    CONSTRAINT uq_files_md5_kind UNIQUE (md5, kind)
) STRICT
""",
    """
CREATE INDEX ix_files_state ON files (state)
""",
    """
CREATE TABLE post_files (
    id INTEGER NOT NULL,
    post_id INTEGER NOT NULL,
    md5 TEXT NOT NULL,
    ext TEXT,
    first_run_id INTEGER,
    last_run_id INTEGER,
    CONSTRAINT pk_post_files PRIMARY KEY (id),
    CONSTRAINT fk_post_files_post_id_posts FOREIGN KEY(post_id) REFERENCES posts (id),
    CONSTRAINT fk_post_files_first_run_id_runs FOREIGN KEY(first_run_id) REFERENCES runs (id),
    CONSTRAINT fk_post_files_last_run_id_runs FOREIGN KEY(last_run_id) REFERENCES runs (id)
) STRICT
""",
    # What a post has today: the run that last wrote the row found it, or an earlier one; which, was not kept.
    """
INSERT INTO post_files (post_id, md5, ext)
SELECT id, lower(file_md5), file_ext FROM posts
WHERE length(file_md5) = 32 AND file_md5 NOT GLOB '*[^0-9a-fA-F]*' ORDER BY id
""",
    """
CREATE UNIQUE INDEX uq_post_files_current ON post_files (post_id) WHERE last_run_id IS NULL
""",
    """
CREATE INDEX ix_post_files_md5 ON post_files (md5)
""",
    """
CREATE INDEX ix_post_files_earlier ON post_files (post_id) WHERE last_run_id IS NOT NULL
""",
    """
CREATE TABLE file_hashes (
    device INTEGER NOT NULL,
    inode INTEGER NOT NULL,
    size INTEGER NOT NULL,
    mtime_ns INTEGER NOT NULL,
    md5 TEXT NOT NULL,
    CONSTRAINT pk_file_hashes PRIMARY KEY (device, inode)
) WITHOUT ROWID, STRICT
""",
    """
CREATE TABLE file_trees (
    id INTEGER NOT NULL,
    path TEXT NOT NULL,
    template TEXT NOT NULL,
    method TEXT NOT NULL,
    made_at TEXT NOT NULL,
    CONSTRAINT pk_file_trees PRIMARY KEY (id),
    CONSTRAINT ck_file_trees_method CHECK (method IN ('hardlink', 'symlink', 'copy')),
    CONSTRAINT uq_file_trees_path UNIQUE (path)
) STRICT
""",
    """
CREATE TABLE tree_links (
    tree_id INTEGER NOT NULL,
    path TEXT NOT NULL,
    file_id INTEGER,
    device INTEGER DEFAULT 0 NOT NULL,
    inode INTEGER DEFAULT 0 NOT NULL,
    size INTEGER DEFAULT 0 NOT NULL,
    mtime_ns INTEGER DEFAULT 0 NOT NULL,
    target TEXT,
    content_md5 TEXT,
    CONSTRAINT pk_tree_links PRIMARY KEY (tree_id, path),
    CONSTRAINT fk_tree_links_tree_id_file_trees FOREIGN KEY(tree_id) REFERENCES file_trees (id),
    CONSTRAINT fk_tree_links_file_id_files FOREIGN KEY(file_id) REFERENCES files (id)
) WITHOUT ROWID, STRICT
""",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
