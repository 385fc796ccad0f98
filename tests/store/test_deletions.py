"""Why posts were deleted: asked for once each deletion, and never told of a post that is not deleted."""

from favsync.model import Post
from favsync.store.database import Database
from favsync.store.posts.saving import load_unasked_deletions, mark_destroyed, save_deletion_reasons, save_posts
from tests.store.conftest import Ask
from tests.store.samples import AT, LATER, post


def deleted(post_id: int, *, change_seq: int = 5, score: int = 0) -> Post:
    return post(post_id, is_deleted=True, change_seq=change_seq, score=score)


def save(database: Database, run_id: int, *posts: Post) -> None:
    with database.write() as conn:
        save_posts(conn, posts, run_id=run_id, at=AT)


def give(database: Database, **reasons: str | None) -> None:
    """Save reasons, given as `p1="why"`."""
    with database.write() as conn:
        save_deletion_reasons(conn, {int(name[1:]): reason for name, reason in reasons.items()}, at=LATER)


def unasked(database: Database, limit: int = 100) -> list[int]:
    with database.read() as conn:
        return load_unasked_deletions(conn, limit)


def test_deleted_posts_wait_for_their_reason(database: Database, run_id: int) -> None:
    """The newest first, as many as are wanted; posts that are there, or that are no more, do not."""
    save(database, run_id, deleted(1), post(2), deleted(3), deleted(4))
    with database.write() as conn:
        mark_destroyed(conn, [4], run_id=run_id, at=AT)
    assert unasked(database) == [3, 1]
    assert unasked(database, 1) == [3]


def test_a_reason_is_asked_for_once(database: Database, run_id: int, ask: Ask) -> None:
    """Given or not: what was answered stays, also when the post comes again with other votes."""
    save(database, run_id, deleted(1), deleted(2))
    give(database, p1="Bad quality", p2=None)
    save(database, run_id, deleted(1, score=9), deleted(2, score=9))
    assert unasked(database) == []
    assert ask("SELECT id, deletion_reason, deletion_reason_at FROM posts") == [
        (1, "Bad quality", LATER),
        (2, None, LATER),
    ]


def test_a_deleted_post_that_changed_is_asked_about_again(database: Database, run_id: int, ask: Ask) -> None:
    """It may have been undeleted and deleted for another reason; until that is known the old one stays."""
    save(database, run_id, deleted(1))
    give(database, p1="Bad quality")
    save(database, run_id, deleted(1, change_seq=6))
    assert unasked(database) == [1]
    assert ask("SELECT deletion_reason FROM posts") == [("Bad quality",)]


def test_an_undeleted_post_has_no_reason(database: Database, run_id: int, ask: Ask) -> None:
    """The site's own search forgets it as well (`delreason:`); deleted once more, it is asked about once more."""
    save(database, run_id, deleted(1))
    give(database, p1="Bad quality")
    save(database, run_id, post(1, change_seq=6))
    assert ask("SELECT deletion_reason, deletion_reason_at FROM posts") == [(None, None)]
    save(database, run_id, deleted(1, change_seq=7))
    assert unasked(database) == [1]


def test_a_post_that_was_not_understood_keeps_its_reason(database: Database, run_id: int, ask: Ask) -> None:
    """Flags that could not be read do not say that it was undeleted."""
    save(database, run_id, deleted(1))
    give(database, p1="Bad quality")
    save(database, run_id, post(1, problem="flags: odd"))
    assert ask("SELECT is_deleted, deletion_reason, deletion_reason_at FROM posts") == [(1, "Bad quality", LATER)]


def test_the_views_tell_the_reason(database: Database, run_id: int, ask: Ask) -> None:
    """Beside a favorite, and beside what happened to one."""
    save(database, run_id, deleted(1))
    give(database, p1="Bad quality")
    with database.write() as conn:
        conn.exec_driver_sql("INSERT INTO favorites VALUES (1, 1, 1, 1, 0, 'x', NULL, 1)")
        conn.exec_driver_sql(
            "INSERT INTO favorite_events (account_id, post_id, kind, reason, sort_key, run_id, happened_at)"
            " VALUES (1, 1, 'added', 'listed', 1, 1, 'x')"
        )
    assert ask("SELECT deletion_reason FROM favorite_posts") == [("Bad quality",)]
    assert ask("SELECT deletion_reason FROM favorite_history") == [("Bad quality",)]
