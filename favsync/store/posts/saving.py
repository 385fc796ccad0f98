"""Posts: what the site told, kept so that nothing once known is lost."""

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from operator import attrgetter
from typing import Any, Final

from sqlalchemy import Connection, and_, bindparam, case, func, select, text, update
from sqlalchemy.dialects.sqlite import Insert, insert

from favsync.batches import batches
from favsync.model import Post, Shape
from favsync.store.files.versions import save_versions
from favsync.store.models import Payload as PayloadRow
from favsync.store.models import Post as PostRow
from favsync.store.posts.details import DetailChanges, compare_details, index_bare_posts, save_details, unindex
from favsync.store.posts.payloads import Packable, digest_of, load_payloads, save_payloads
from favsync.store.sqlite.statements import Row, compiled, execute_many, insert_into, table_of

_VOLATILE = ("score", "fav_count", "comment_count", "is_favorited", "vote", "updated_at", "stats")
URLS = frozenset({"file_url", "preview_url", "sample_url"})
"""Columns that stay when the site stops telling them."""
FLAGS = frozenset({"is_deleted", "is_pending", "is_flagged"})
DELETION = ("deletion_reason", "deletion_reason_at")
"""Columns that no payload tells: why a post was deleted is asked for."""
_TABLE = table_of(PostRow)
REPORTED = tuple(
    column.name
    for column in _TABLE.columns
    if column.name not in {"is_destroyed", "problem", "fetched_at", "run_id", "description", *DELETION}
)
"""The columns that hold what the site told of a post, `id` first; `description` is not among them: it comes last."""

reported_values = attrgetter(*REPORTED)


@dataclass(frozen=True, slots=True)
class SavedPosts:
    """What a page of posts brought."""

    new: int
    """Posts of which nothing but the id, if that, was known before."""
    changed: int
    """Known posts whose content changed. Votes, favorites and comments are not content."""


@dataclass(frozen=True, slots=True)
class _Known:
    """What is kept of a post, as far as it decides what to do with a new answer."""

    change_seq: int | None
    is_destroyed: bool
    digest: bytes | None
    shape: str | None
    """None: there is no payload."""

    def tells_more_than(self, post: Post) -> bool:
        """Whether what is kept would be the poorer for what came: a flat list of tags knows no categories."""
        return bool(self.digest) and self.shape in _SHAPES and Shape(self.shape).richness > post.shape.richness


_SHAPES = frozenset(Shape)
_AT_ONCE: Final = 320  # posts that are looked up by one statement


def save_posts(conn: Connection, posts: Sequence[Post], *, run_id: int | None, at: str) -> SavedPosts:
    """Save posts with their tags, sources, pools and payloads.

    `run_id` is None where no run asked, but `files fetch` did. Then no later run may take a post for one that is as it
    was when a list was last known (`find_unchanged`), so the row names none.

    A post that comes as it was kept is not written again, and neither is one in a shape that tells less than the one
    that is kept. A null URL never overwrites a known one, and where a post has a `problem`, nothing that is known gives
    way to something that was not understood.
    """
    # By id, as the tables are ordered: rows near each other are written together. The last of several answers counts.
    ordered = sorted({post.id: post for post in posts}.values(), key=attrgetter("id"))
    new = changed = 0
    for some in batches(ordered, _AT_ONCE):
        saved = _save_some(conn, some, run_id=run_id, at=at)
        new += saved.new
        changed += saved.changed
    return SavedPosts(new, changed)


def _save_some(conn: Connection, posts: Sequence[Post], *, run_id: int | None, at: str) -> SavedPosts:
    known = _load_known(conn, [post.id for post in posts])
    digests = {post.id: digest_of(post.payload) for post in posts}
    different = [
        post
        for post in posts
        if (row := known.get(post.id)) is None
        or ((row.is_destroyed or row.digest != digests[post.id]) and not row.tells_more_than(post))
    ]
    destroyed = [(post.id,) for post in posts if post.id in known and known[post.id].is_destroyed]
    execute_many(conn, "UPDATE posts SET is_destroyed = 0 WHERE id = ?", destroyed)
    first_reported = [post for post in different if post.id not in known or known[post.id].digest is None]
    told_again = [post for post in different if post.id in known and known[post.id].digest is not None]
    changes = compare_details(conn, different, known.keys())
    changed = _count_changed(conn, told_again, known, changes)
    rows = [(post, row_of(post, is_destroyed=False, fetched_at=at, run_id=run_id)) for post in different]
    unindex(conn, changes)  # while what they index is still there: the indexes keep no copy of it
    execute_many(conn, SAVE, [row for post, row in rows if post.problem is None])
    execute_many(conn, SAVE_UNDERSTOOD, [row for post, row in rows if post.problem is not None])
    save_details(conn, changes)
    save_versions(conn, [post.id for post in different], run_id=run_id)
    save_payloads(conn, {post.id: Packable(post.payload, digests[post.id], post.shape) for post in different}, at=at)
    return SavedPosts(len(first_reported), changed)


def ensure_posts(conn: Connection, ids: Iterable[int], *, run_id: int) -> None:
    """Make a bare row for each post that has none: nothing but its id was ever told."""
    for some in batches(sorted(set(ids)), _AT_ONCE):
        known = _load_known(conn, some)
        bare = [post_id for post_id in some if post_id not in known]
        execute_many(conn, _INSERT_BARE, [(post_id, run_id) for post_id in bare])
        index_bare_posts(conn, bare)


def mark_destroyed(conn: Connection, ids: Iterable[int], *, run_id: int, at: str) -> None:
    """Remember that the site has no such posts any more; what was known of them stays."""
    wanted = sorted(set(ids))
    ensure_posts(conn, wanted, run_id=run_id)
    execute_many(conn, _DESTROY, [(at, run_id, post_id) for post_id in wanted])


def load_destroyed(conn: Connection) -> set[int]:
    """Load the ids of all posts that the site has no more."""
    return set(conn.execute(select(PostRow.id).where(PostRow.is_destroyed)).scalars())


def load_unasked_deletions(conn: Connection, limit: int) -> list[int]:
    """Load the ids of deleted posts whose reason was not asked for yet, the newest posts first."""
    return list(conn.execute(select(PostRow.id).where(_IS_TO_ASK).order_by(PostRow.id.desc()).limit(limit)).scalars())


def save_deletion_reasons(conn: Connection, reasons: Mapping[int, str | None], *, at: str) -> None:
    """Save why posts were deleted, by post; None: the site was asked, and no reason was given."""
    execute_many(conn, _SAVE_REASON, [(reason, at, post_id) for post_id, reason in sorted(reasons.items())])


def find_unchanged(conn: Connection, posts: Iterable[Post], *, baseline_run: int) -> set[int]:
    """Find which of these posts have the change number that is kept of them, since the run `baseline_run` or before."""
    reported = {post.id: post.change_seq for post in posts if post.change_seq is not None}
    rows = conn.execute(
        select(PostRow.id, PostRow.change_seq).where(PostRow.id.in_(reported.keys()), PostRow.run_id <= baseline_run)
    )
    return {row.id for row in rows if row.change_seq == reported[row.id]}


def _load_known(conn: Connection, ids: Sequence[int]) -> dict[int, _Known]:
    rows = conn.execute(
        select(PostRow.id, PostRow.change_seq, PostRow.is_destroyed, PayloadRow.digest, PayloadRow.shape)
        .outerjoin(PayloadRow, PayloadRow.post_id == PostRow.id)
        .where(PostRow.id.in_(ids))
    )
    return {row[0]: _Known(*row[1:]) for row in rows}


def _count_changed(conn: Connection, posts: Sequence[Post], known: Mapping[int, _Known], changes: DetailChanges) -> int:
    """Count the posts whose content is not what it was: by the site's change number, else by comparing payloads.

    Payloads of two shapes cannot be compared; then what was understood of them is.
    """
    changed = 0
    uncertain: list[Post] = []
    reshaped: list[Post] = []
    for post in posts:
        before = known[post.id]
        if before.change_seq is not None and post.change_seq is not None:
            changed += before.change_seq != post.change_seq
        elif before.shape != post.shape:
            reshaped.append(post)
        else:
            uncertain.append(post)
    if reshaped:
        rows = conn.execute(select(*_STEADY).where(PostRow.id.in_([post.id for post in reshaped])))
        kept = {row.id: tuple(row) for row in rows}
        changed += sum(kept[post.id] != _steady(post) or changes.touch(post.id) for post in reshaped)
    old = load_payloads(conn, [post.id for post in uncertain])  # without those that are damaged
    return changed + sum(post.id not in old or _content(post.payload) != _content(old[post.id]) for post in uncertain)


def _content(payload: bytes) -> object:
    """A payload without its change number, and what votes, favorites and comments change; if no object, as it is."""
    try:
        reported = json.loads(payload)
    except (ValueError, RecursionError):
        return payload
    if not isinstance(reported, dict):
        return payload
    return {name: value for name, value in reported.items() if name not in _VOLATILE and name != "change_seq"}


def row_of(post: Post, *, is_destroyed: bool, fetched_at: str | None, run_id: int | None) -> Row:
    """The values of `SAVE` and `SAVE_UNDERSTOOD`."""
    kept = (is_destroyed, post.problem, fetched_at, run_id, post.description)
    return (*_values_first(post), *kept, post.has_children)


def _upsert(*, understood_only: bool) -> str:
    """The statement that saves a post. `understood_only`: nulls and zeros may only mean "not understood"."""
    statement: Insert = insert(_TABLE).values(dict.fromkeys(_COLUMNS))
    new: dict[str, Any] = {}
    for name in _COLUMNS[1:]:
        reported, kept = statement.excluded[name], _TABLE.c[name]
        if name in URLS or (understood_only and name not in FLAGS | _ALWAYS):
            new[name] = func.coalesce(reported, kept)
        elif understood_only and name in FLAGS:
            new[name] = func.max(reported, kept)
        else:
            new[name] = reported
    # A post that was undeleted has no reason, and one that changed since may have been deleted again for another.
    is_asked = new["change_seq"].is_not_distinct_from(_TABLE.c.change_seq)
    new["deletion_reason"] = case((new["is_deleted"], _TABLE.c.deletion_reason))
    new["deletion_reason_at"] = case((and_(new["is_deleted"], is_asked), _TABLE.c.deletion_reason_at))
    return compiled(statement.on_conflict_do_update(index_elements=["id"], set_=new))


_STEADY = [
    _TABLE.c[name] for name in REPORTED if name not in (*_VOLATILE, "score_up", "score_down", "change_seq", *URLS)
]
_steady = attrgetter(*(column.name for column in _STEADY))
_ALWAYS = frozenset({"is_destroyed", "problem", "fetched_at", "run_id"})
_LAST = ("has_children",)
"""Of what the site told, the columns that came to the table later and stand at its end."""
_FIRST = tuple(name for name in REPORTED if name not in _LAST)
_values_first = attrgetter(*_FIRST)
_COLUMNS = (*_FIRST, "is_destroyed", "problem", "fetched_at", "run_id", "description", *_LAST)
SAVE = _upsert(understood_only=False)
SAVE_UNDERSTOOD = _upsert(understood_only=True)
_INSERT_BARE = insert_into(PostRow, ["id", "run_id"])
_DESTROY = compiled(
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("post_id"))
    .values(is_destroyed=text("1"), fetched_at=bindparam("at"), run_id=bindparam("run"))
)
# As the condition of the index `ix_posts_reason_to_ask` is written: SQLite takes it only then.
_IS_TO_ASK = text("is_deleted = 1 AND is_destroyed = 0 AND deletion_reason_at IS NULL")
_SAVE_REASON = compiled(
    update(_TABLE)
    .where(_TABLE.c.id == bindparam("post_id"))
    .values(deletion_reason=bindparam("reason"), deletion_reason_at=bindparam("at"))
)
