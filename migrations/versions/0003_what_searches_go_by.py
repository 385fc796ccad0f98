"""What searches go by: which posts have a tag, and the posts by score."""

from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None

_STATEMENTS = (
    """
CREATE INDEX ix_posts_score ON posts (score)
""",
    """
CREATE VIEW post_tag_numbers AS
SELECT posts.id AS post_id,
  (SELECT group_concat(post_tags.tag_id, ' ') FROM post_tags WHERE post_tags.post_id = posts.id) AS tag_ids
FROM posts
""",
    """
CREATE VIRTUAL TABLE post_tags_fts USING fts5 (tag_ids,
  content='post_tag_numbers', content_rowid='post_id', detail=none, columnsize=0, tokenize='ascii')
""",
    """
INSERT INTO post_tags_fts (post_tags_fts) VALUES ('rebuild')
""",
)


def upgrade() -> None:
    for statement in _STATEMENTS:
        op.execute(statement)
