"""Runs of the accounts of one database, one after the other, each with its own report."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from favsync import interruption
from favsync.app.site_access import SiteAccess
from favsync.app.sync.lock import RunLock
from favsync.app.sync.report import SyncReport
from favsync.app.sync.run import Ordered, Sync, SyncOptions
from favsync.clock import as_text, utc_now
from favsync.errors import DatabaseTrouble, unforeseen
from favsync.model import Account, RunKind, RunOutcome
from favsync.site.http.pacing import Pacing
from favsync.store.accounts import choose_accounts
from favsync.store.database import Database
from favsync.store.favorites import count_favorites
from favsync.store.operations import count_pending
from favsync.store.sites import require_site_url


@dataclass(frozen=True)
class Runs:
    """Runs of accounts of one site, one at a time and at one pace."""

    database: Database
    site: SiteAccess
    options: SyncOptions
    pacing: Pacing

    @classmethod
    def of(cls, database: Database, site: SiteAccess, options: SyncOptions) -> "Runs":
        """Prepare runs of accounts of the database's site."""
        return cls(database, site, options, site.pacing())

    def run(
        self, account: Account, options: SyncOptions | None = None, *, in_order: Ordered | None = None
    ) -> SyncReport:
        """Run one account; what went wrong is in its report, so that the others are still run.

        `options` are others than those of the rest. `in_order` are queued changes to send in place of the queue.
        Raises DatabaseTrouble: no other account would fare better.
        """
        try:
            with (
                self.site.connect_account(account, self.pacing) as client,
                self.site.listener.running(account.name) as observer,
            ):
                return Sync(
                    database=self.database,
                    client=client,
                    account=account,
                    anonymous=partial(self.site.anonymous_like, client, account.username),
                    options=options or self.options,
                    observer=observer,
                    in_order=in_order,
                ).run()
        except DatabaseTrouble:
            raise
        except Exception as exc:  # noqa: BLE001 - it ends this account's run, and the others go on
            interruption.check()
            error = unforeseen(exc)
        with self.database.read() as conn:
            return SyncReport(
                as_text(utc_now()),
                RunOutcome.FAILED,
                error.message,
                total=count_favorites(conn, account.id),
                pushed_pending=count_pending(conn, account.id),
                account=account.name,
                run_id=None,
                kind=RunKind.FULL,
                error=error,
            )


def sync_accounts(
    database: Database,
    access: Callable[[str], SiteAccess],
    names: Sequence[str],
    options: SyncOptions,
    on_report: Callable[[SyncReport], None],
) -> list[SyncReport]:
    """Run the accounts of those names, or all, as `Library.sync` does. `access` makes the way to the site of a URL."""
    with database.read() as conn:
        accounts = choose_accounts(conn, names)
        site = access(require_site_url(conn))
    site.read_keys(accounts)
    reports = []
    # A dry run as well: the site is asked by one run at a time.
    with RunLock(database.path):
        with database.read() as conn:
            accounts = choose_accounts(conn, names)
        runs = Runs.of(database, site, options)
        for account in accounts:
            reports.append(runs.run(account))
            on_report(reports[-1])
    return reports
