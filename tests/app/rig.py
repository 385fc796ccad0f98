"""One account, one sandbox site over HTTP, one database file: what a run needs, and what tests ask afterwards."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from favsync.app.listener import Observer
from favsync.app.sync.report import SyncReport
from favsync.app.sync.run import Sync, SyncOptions
from favsync.clock import as_text
from favsync.model import Account, Action, Operation
from favsync.sandbox import Exchange, Site, World
from favsync.site.api import Login
from favsync.site.e621.client import SiteClient
from favsync.store.accounts import load_account, save_account
from favsync.store.database import Database
from favsync.store.operations import load_operations, queue_operation
from favsync.store.sites import save_site_url

MORNING = datetime(2024, 1, 2, 3, 0, tzinfo=UTC)


@dataclass
class Rig:
    """Runs syncs of `name` and looks at what they left."""

    site: Site
    path: Path
    name: str = "alice"
    public: bool = False
    now: datetime = MORNING
    database: Database | None = None
    """One to use for all runs; None: each opens its own, as the program does."""

    is_made: bool = False
    """The account is in the database already."""

    def __post_init__(self) -> None:
        if self.is_made:
            return
        with Database.open(self.path) as database, database.write() as conn:
            save_site_url(conn, self.site.url, at=as_text(self.now))
            user = self.world.user(self.name)
            save_account(
                conn,
                name=self.name,
                username=self.name,
                site_user_id=user.id,
                is_public=self.public,
                at=as_text(self.now),
            )

    @property
    def world(self) -> World:
        return self.site.world

    def client(self, *, key: bool = True, retry_for: float = 0.0) -> SiteClient:
        return SiteClient(
            self.site.url,
            login=Login(self.name, f"{self.name}-key") if key and not self.public else None,
            user=self.name,
            request_interval=0,
            retry_for=retry_for,
            sleep=lambda _seconds: None,
        )

    def sync(
        self,
        *,
        pull: bool = True,
        push: bool = True,
        dry_run: bool = False,
        full: bool = False,
        allowed_removals: Callable[[int], int] | None = None,
        retry_for: float = 0.0,
        observer: Observer | None = None,
    ) -> SyncReport:
        """One run; any number of removals is believed unless `allowed_removals` says otherwise."""
        with self._opened() as database, self.client(retry_for=retry_for) as client:
            return Sync(
                database=database,
                client=client,
                account=self.account(),
                anonymous=lambda: self.client(key=False),
                options=SyncOptions(
                    pull=pull, push=push, dry_run=dry_run, full=full, allowed_removals=allowed_removals
                ),
                clock=lambda: self.now,
                observer=observer or Observer(),
            ).run()

    @contextmanager
    def _opened(self) -> Iterator[Database]:
        if self.database is not None:
            yield self.database
            return
        with Database.open(self.path) as database:
            yield database

    def account(self) -> Account:
        with self._opened() as database, database.read() as conn:
            return load_account(conn, self.name)

    def queue(self, *changes: tuple[Action, int]) -> list[Operation]:
        with self._opened() as database, database.write() as conn:
            account = load_account(conn, self.name)
            return [
                queue_operation(conn, account.id, post_id, action, at=as_text(self.now)) for action, post_id in changes
            ]

    def operations(self) -> dict[int, Operation]:
        """The newest queued change of each post."""
        with self._opened() as database, database.read() as conn:
            newest_first = load_operations(conn, load_account(conn, self.name).id)
            return {operation.post_id: operation for operation in reversed(newest_first)}

    def favorites(self) -> list[int]:
        """The list in the database, newest first."""
        return [row[0] for row in self.rows("SELECT post_id FROM favorites ORDER BY sort_key DESC")]

    def searches(self) -> list[Exchange]:
        """The searches by post id that the site was asked for: what proves a list that its count does not."""
        return [
            entry
            for entry in self.site.log
            if entry.query.get("tags", "").endswith("status:any") and "fav:" in entry.query["tags"]
        ]

    def listing(self) -> list[int]:
        """The list on the site, newest first."""
        return self.world.listing(self.name)

    def events(self) -> list[tuple[int, str, str, int | None]]:
        """(post, kind, reason, other post), oldest first."""
        return self.rows("SELECT post_id, kind, reason, related_post_id FROM favorite_events ORDER BY id")

    def rows(self, sql: str, *parameters: object) -> list[Any]:
        with closing(sqlite3.connect(self.path)) as connection:
            return connection.execute(sql, parameters).fetchall()

    def dump(self) -> str:
        """Everything in the database but what runs say of themselves."""
        with closing(sqlite3.connect(self.path)) as connection:
            lines = connection.iterdump()
            return "\n".join(line for line in lines if not line.startswith('INSERT INTO "runs"'))
