"""A sync of a site of another kind: the app asks for nothing but what `favsync.site.api` says, within its limits."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self

from favsync.app.sync.report import SyncReport
from favsync.app.sync.run import Sync, SyncOptions
from favsync.core.removal_reasons import PostEvent
from favsync.errors import RightRefused
from favsync.model import (
    Account,
    Action,
    AlreadyFavorite,
    Applied,
    Post,
    PostGone,
    PostUnavailable,
    RunKind,
    RunOutcome,
    SiteLimits,
    SiteUser,
    WriteAnswer,
)
from favsync.site.api import DeletionReasons, PostPage, Site
from favsync.store.accounts import load_account, save_account
from favsync.store.database import Database
from favsync.store.favorites import load_post_ids
from favsync.store.operations import queue_operation
from favsync.store.sites import save_site_url
from tests.app.rig import MORNING

AT = "2024-01-02T03:00:00.000Z"
OLD = "2023-01-01T00:00:00.000Z"
SMALL = SiteLimits(page_size=7, usual_page=7, last_page=3, ids_per_query=4)


@dataclass
class Shelf:
    """A site without HTTP, of three pages of seven, that takes four ids at a time."""

    favorites: list[int]
    limits: SiteLimits = SMALL
    requests: int = 0
    now: str = OLD
    touched: dict[int, str] = field(default_factory=dict)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None: ...

    def fetch_user(self, name_or_id: str | int) -> SiteUser:
        self.requests += 1
        return SiteUser(9, "alice", len(self.favorites), is_self=True)

    def fetch_listing(self, user_id: int, page: int) -> PostPage:
        self.requests += 1
        assert 1 <= page <= self.limits.last_page
        return self._page(self.favorites[(page - 1) * 7 : page * 7])

    def fetch_favorites_by_id(self, username: str, before: int | None) -> PostPage:
        self.requests += 1
        below = sorted((each for each in self.favorites if before is None or each < before), reverse=True)
        return self._page(below[:7])

    def fetch_changes(self, username: str, after: int) -> PostPage:
        self.requests += 1
        return PostPage(())

    def fetch_posts_by_md5(self, md5s: Sequence[str]) -> PostPage:
        return PostPage(tuple(Post(1, b"{}", file_md5=md5) for md5 in md5s))

    def fetch_posts(self, ids: Sequence[int]) -> PostPage:
        self.requests += 1
        assert len(ids) <= self.limits.ids_per_query
        return self._page(ids)

    def fetch_post(self, post_id: int) -> Post | PostUnavailable | None:
        self.requests += 1
        return self._post(post_id)

    def fetch_events(self, post_id: int) -> tuple[PostEvent, ...]:
        return ()

    def fetch_deletion_reasons(self, post_ids: Sequence[int]) -> DeletionReasons:
        return DeletionReasons({}, 0)

    def add_favorite(self, post_id: int, *, wait: bool = False) -> WriteAnswer:
        self.requests += 1
        if post_id > 1_000:
            return PostGone()
        if post_id in self.favorites:
            return AlreadyFavorite()
        self.favorites.insert(0, post_id)
        self.touched[post_id] = self.now
        return Applied()

    def remove_favorite(self, post_id: int, *, wait: bool = False) -> WriteAnswer:
        self.requests += 1
        self.favorites.remove(post_id)
        self.touched[post_id] = self.now
        return Applied()

    def refuses_every_change(self, refusal: RightRefused) -> bool:
        return False

    def _page(self, ids: Sequence[int]) -> PostPage:
        return PostPage(tuple(map(self._post, ids)))

    def _post(self, post_id: int) -> Post:
        at = self.touched.get(post_id, OLD)
        liked = post_id in self.favorites
        return Post(post_id, b'{"id":%d}' % post_id, rating="s", updated_at=at, fav_count=1, is_favorited=liked)


def sync(site: Site, path: Path) -> SyncReport:
    """One run of alice's account, which is made where there is none."""
    with Database.open(path) as database:
        return Sync(
            database=database,
            client=site,
            account=account(database),
            anonymous=lambda: site,
            options=SyncOptions(),
            clock=lambda: MORNING,
        ).run()


def account(database: Database) -> Account:
    with database.read() as conn:
        return load_account(conn, "alice")


def kept(path: Path) -> list[int]:
    with Database.open(path) as database, database.read() as conn:
        return list(load_post_ids(conn, 1))


def test_a_site_that_is_not_e621_is_synced_within_its_limits(tmp_path: Path) -> None:
    """A first backup past the last page, a night of changes, and a push: through the Protocol alone."""
    path = tmp_path / "x.db"
    with Database.open(path) as database, database.write() as conn:
        save_site_url(conn, "https://shelf.example", at=AT)
        save_account(conn, name="alice", username="alice", site_user_id=9, is_public=False, at=AT)
    site = Shelf(list(range(25, 0, -1)))
    first = sync(site, path)
    assert (first.outcome, first.kind) == (RunOutcome.COMPLETE, RunKind.FULL)
    assert kept(path) == site.favorites
    site.now = AT
    site.favorites = [each for each in site.favorites if each > 9]
    site.add_favorite(30)
    second = sync(site, path)
    assert second.outcome is RunOutcome.COMPLETE
    assert kept(path) == site.favorites
    with Database.open(path) as database, database.write() as conn:
        for action, post_id in ((Action.ADD, 31), (Action.REMOVE, 30), (Action.ADD, 2_000)):
            queue_operation(conn, account_id=1, post_id=post_id, action=action, at=AT)
    third = sync(site, path)
    assert third.outcome is RunOutcome.COMPLETE
    assert kept(path) == site.favorites == [31, *range(25, 9, -1)]
