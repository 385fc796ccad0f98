"""`check --fix`: what was found and can be mended is mended, after a copy, in one transaction, or not at all."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from favsync.app.check.parts import LocalCheck
from favsync.app.check.permissions import close_to_others
from favsync.app.check.posts import read_payload
from favsync.batches import batches
from favsync.clock import Clock, as_text, utc_now
from favsync.errors import DatabaseReadOnly, FavsyncError
from favsync.model import Post
from favsync.store.check import repairs as mending
from favsync.store.check.findings import Findings
from favsync.store.check.schema import wrong_objects
from favsync.store.checkpoints import delete_steps
from favsync.store.database import Database, Transaction
from favsync.store.posts.kept import BATCH, load_kept_posts
from favsync.store.posts.payloads import digest_of
from favsync.store.sqlite import connect as sqlite
from favsync.store.sqlite import upgrade

_BLOCKING = ("file-damaged", "unreadable", "table-wrong")
"""With these nothing inside is touched: what is written into a damaged file may take more along."""

_OUTSIDE = frozenset({"open-to-others", "schema-older", "not-wal"})
_TEXT = frozenset({"fts-out-of-step", "post-missing", "post-differs", "tag-missing"})


@dataclass
class Mending:
    """The mending of what one check has found."""

    check: LocalCheck
    clock: Clock = utc_now
    copy: Path | None = None
    """The copy of the database from before; None: nothing in it was changed."""
    closed: list[Path] = field(default_factory=list)
    """Files and folders that were open to others."""

    @property
    def found(self) -> Findings:
        return self.check.found

    @property
    def path(self) -> Path:
        return self.check.path

    @property
    def is_blocked(self) -> bool:
        """The database is damaged in a way that forbids to write to it."""
        return self.found.has(*_BLOCKING)

    def run(self) -> None:
        """Mend what can be mended. Raises the DatabaseTrouble family; then the database is as it was."""
        self._close_files()
        if self.found.has("schema-older"):
            timeout = self.check.busy_timeout
            upgrade.bring_to_head(self.path, create=False, busy_timeout=timeout)
            return
        wanted = {code for (code, is_mendable), _ in self.found.numbers.items() if is_mendable}
        if self.is_blocked or not wanted - {"open-to-others"}:
            return
        if wanted - _OUTSIDE:
            moment = as_text(self.clock()).replace(":", "")
            self.copy = upgrade.save_backup(self.path, f"fix-{moment}", self.check.busy_timeout, what="mended")
            with (
                sqlite.dressed(self.path),
                Database(self.path, busy_timeout=self.check.busy_timeout) as database,
                database.write() as conn,
                mending.reading_any_text(conn),
            ):
                self._mend(conn)
        if "not-wal" in wanted:
            mending.use_wal(self.path)

    def _close_files(self) -> None:
        for finding in self.found.kept:
            if finding.code == "open-to-others":
                place = Path(finding.place)
                try:
                    close_to_others(place)
                except FileNotFoundError:
                    continue  # as SQLite's log does with its last connection
                except OSError as exc:
                    raise DatabaseReadOnly(f"{place} cannot be closed to others ({exc.strerror}).") from exc
                self.closed.append(place)

    def _mend(self, conn: Transaction) -> None:
        before = mending.count_kept(conn)
        found = self.found
        if found.has("application-id", "version-missing"):
            mending.mend_header(conn, lacks_version=found.has("version-missing"))
        self._mend_posts(conn)
        for account_id, _ in self.check.accounts:
            if found.has("favorite-missing", "first-seen"):
                mending.put_back_favorites(conn, account_id)
        if found.has("wish-twice"):
            mending.settle_doubles(conn, at=as_text(self.clock()))
        for account_id in found.ids("checkpoint-damaged"):
            delete_steps(conn, account_id)
        if found.has("index-wrong", "view-wrong", "fts-out-of-step"):
            mending.make_anew(conn, wrong_objects(upgrade.driver_connection(conn)))
        if found.has("index-out-of-step"):
            mending.make_indexes_anew(conn)
        if found.has(*_TEXT):
            mending.fill_fts(conn)
        after = mending.count_kept(conn)
        if any(now < then for now, then in zip(after, before, strict=True)):
            raise FavsyncError(
                "Mending would have lost something, so nothing was mended. This is an error of favsync's own."
            )

    def _mend_posts(self, conn: Transaction) -> None:
        ids = self.found.ids
        mending.ensure_bare_posts(conn, ids("post-missing"))
        wrong = sorted(ids("post-missing") | ids("post-differs") | ids("tag-missing"))
        for some in batches(wrong, BATCH):
            mending.save_posts_anew(conn, list(self._told(conn, some)))
        self._mend_digests(conn, sorted(ids("payload-digest")))
        mending.save_digests(conn, dict.fromkeys(ids("payload-damaged"), b""))
        mending.mark_as_destroyed(conn, ids("post-destroyed"))
        mending.save_categories(conn, self.check.categories)

    def _told(self, conn: Transaction, ids: Iterable[int]) -> Iterable[Post]:
        """What the payloads say of these posts, without those whose payload is not there or damaged."""
        raw = upgrade.driver_connection(conn)
        for post_id in ids:
            for kept in load_kept_posts(raw, [post_id]):
                post = read_payload(kept.payload, kept.id) if kept.payload is not None else None
                if isinstance(post, Post):
                    yield post

    def _mend_digests(self, conn: Transaction, ids: Iterable[int]) -> None:
        mending.save_digests(conn, {post.id: digest_of(post.payload) for post in self._told(conn, ids)})
