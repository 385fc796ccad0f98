"""Why posts were deleted: what is to be asked for, and what the site answered."""

from collections.abc import Mapping

from sqlalchemy import Connection, bindparam, select, text, update

from favsync.store.models import Post as PostRow
from favsync.store.sqlite.statements import compiled, execute_many, table_of

_POSTS = table_of(PostRow)
# As the condition of the index `ix_posts_reason_to_ask` is written: SQLite takes it only then.
_IS_TO_ASK = text("is_deleted = 1 AND is_destroyed = 0 AND deletion_reason_at IS NULL")
_SAVE = compiled(
    update(_POSTS)
    .where(_POSTS.c.id == bindparam("post_id"))
    .values(deletion_reason=bindparam("reason"), deletion_reason_at=bindparam("at"))
)


def load_unasked_deletions(conn: Connection, limit: int) -> list[int]:
    """Load the ids of deleted posts whose reason was not asked for yet, the newest posts first."""
    return list(conn.execute(select(PostRow.id).where(_IS_TO_ASK).order_by(PostRow.id.desc()).limit(limit)).scalars())


def save_deletion_reasons(conn: Connection, reasons: Mapping[int, str | None], *, at: str) -> None:
    """Save why posts were deleted, by post; None: the site was asked, and no reason was given."""
    execute_many(conn, _SAVE, [(reason, at, post_id) for post_id, reason in sorted(reasons.items())])
