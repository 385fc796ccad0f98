"""`check --fix`: what was found and can be repaired is repaired, after a copy, in one transaction, or not at all."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from favsync.app.check.parts import LocalCheck
from favsync.app.check.permissions import close_to_others
from favsync.app.check.posts import read_payload
from favsync.batches import batches
from favsync.clock import as_text, utc_now
from favsync.errors import DatabaseReadOnly, FavsyncError
from favsync.model import Post
from favsync.store.check import repairs
from favsync.store.check.schema import wrong_objects
from favsync.store.checkpoints import delete_steps
from favsync.store.database import Database, Transaction
from favsync.store.posts.kept import BATCH, load_kept_posts
from favsync.store.posts.payloads import digest_of
from favsync.store.sqlite import connect as sqlite
from favsync.store.sqlite import upgrade

_OUTSIDE = frozenset({"open-to-others", "schema-older", "not-wal"})
_TEXT = frozenset({"fts-out-of-step", "post-missing", "post-differs", "tag-missing"})


def repair(check: LocalCheck) -> Path | None:
    """Repair what can be repaired of what a check has found; return the copy of the database from before that.

    None: nothing in it was changed. Raises the DatabaseTrouble family; then the database is as it was.
    """
    path, timeout = check.path, check.busy_timeout
    for finding in check.found.kept:
        if finding.code == "open-to-others":
            try:
                close_to_others(Path(finding.place))
            except FileNotFoundError:
                pass  # as SQLite's log does with its last connection
            except OSError as exc:
                raise DatabaseReadOnly(f"{finding.place} cannot be closed to others ({exc.strerror}).") from exc
    if check.found.has("schema-older"):
        upgrade.bring_to_head(path, create=False, busy_timeout=timeout)
        return None
    wanted = {code for (code, is_repairable), _ in check.found.numbers.items() if is_repairable}
    if check.is_blocked or not wanted - {"open-to-others"}:
        return None
    copy = None
    if wanted - _OUTSIDE:
        moment = as_text(utc_now()).replace(":", "")
        copy = upgrade.save_backup(path, f"fix-{moment}", timeout, what="repaired")
        with (
            sqlite.translated(path),
            Database(path, busy_timeout=timeout) as database,
            database.write() as conn,
            repairs.reading_any_text(conn),
        ):
            _repair(conn, check)
    if "not-wal" in wanted:
        repairs.use_wal(path)
    return copy


def _repair(conn: Transaction, check: LocalCheck) -> None:
    before = repairs.count_kept(conn)
    found, ids = check.found, check.found.ids
    if found.has("application-id", "version-missing"):
        repairs.repair_header(conn, lacks_version=found.has("version-missing"))
    repairs.ensure_bare_posts(conn, ids("post-missing"))
    wrong = sorted(ids("post-missing") | ids("post-differs") | ids("tag-missing"))
    for some in batches(wrong, BATCH):
        repairs.save_posts_again(conn, list(_told_by_payloads(conn, some)))
    whole = _told_by_payloads(conn, sorted(ids("payload-digest")))
    repairs.save_digests(conn, {post.id: digest_of(post.payload) for post in whole})
    repairs.save_digests(conn, dict.fromkeys(ids("payload-damaged"), b""))
    repairs.mark_as_destroyed(conn, ids("post-destroyed"))
    repairs.save_categories(conn, check.categories)
    if found.has("favorite-missing", "first-seen"):
        for account_id, _ in check.accounts:
            repairs.put_back_favorites(conn, account_id)
    if found.has("wish-twice"):
        repairs.resolve_duplicates(conn, at=as_text(utc_now()))
    for account_id in ids("checkpoint-damaged"):
        delete_steps(conn, account_id)
    if found.has("index-wrong", "view-wrong", "fts-out-of-step"):
        repairs.rebuild(conn, wrong_objects(upgrade.driver_connection(conn)))
    if found.has("index-out-of-step"):
        repairs.rebuild_indexes(conn)
    if found.has(*_TEXT):
        repairs.fill_fts(conn)
    after = repairs.count_kept(conn)
    if any(now < then for now, then in zip(after, before, strict=True)):
        raise FavsyncError(
            "The repair would have lost something, so nothing was repaired. This is an error in favsync."
        )


def _told_by_payloads(conn: Transaction, ids: Iterable[int]) -> Iterator[Post]:
    """What the payloads say of these posts, without those whose payload is not there or damaged."""
    raw = upgrade.driver_connection(conn)
    for post_id in ids:
        for kept in load_kept_posts(raw, [post_id]):
            post = read_payload(kept.payload, kept.id) if kept.payload is not None else None
            if isinstance(post, Post):
                yield post
