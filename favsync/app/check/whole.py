"""A whole check: what is here, the repair of it, and what the site says."""

import random
from collections.abc import Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass

from favsync.app.check.parts import LocalCheck, Skipped
from favsync.app.check.permissions import private_files
from favsync.app.check.repair import repair
from favsync.app.check.report import CheckReport
from favsync.app.check.site import find_in_listing, find_in_sample
from favsync.app.listener import LogListener
from favsync.app.site_access import SiteAccess
from favsync.app.sync.lock import RunLock
from favsync.app.sync.run import SyncOptions
from favsync.app.sync.sync_accounts import Runs
from favsync.config.home import own_folders
from favsync.config.settings import Settings
from favsync.errors import AnotherRun, FavsyncError, NoAccounts, SiteRefused, SiteTrouble, UsageError
from favsync.private_paths import is_there
from favsync.store.accounts import choose_accounts, load_account
from favsync.store.check.examine import examined
from favsync.store.database import Database
from favsync.store.favorites import load_post_ids
from favsync.store.sites import require_site_url
from favsync.store.sqlite.connect import Reader, translated


@dataclass(frozen=True, slots=True)
class CheckRequest:
    """What is to be checked. `names` are the accounts whose history and queue are looked at; none: all."""

    settings: Settings
    listener: LogListener
    names: Sequence[str]
    asks_site: bool
    """Compare the lists with those of the site as well."""
    sample: int
    """So many posts of each list are compared with what the site says of them."""
    repairs: bool
    """Copy the database, then repair what is safe to repair."""


def check(request: CheckRequest) -> CheckReport:
    """Verify everything that can be verified, as `Library.check` does. What keeps the site away is reported."""
    database = request.settings.database
    if not is_there(database):
        raise NoAccounts(database)
    access = _read_keys(request) if request.asks_site else None
    with ExitStack() as stack:
        if request.repairs:
            stack.enter_context(RunLock(database))
        found = _look(request)
        report = CheckReport(database, found.found, found.checked, found.skipped)
        if request.repairs:
            _repair(request, found, report)
        if request.asks_site:
            try:
                if not request.repairs:
                    stack.enter_context(RunLock(database))  # the site is asked by one run at a time
            except AnotherRun as exc:
                report.errors.append(exc)
            else:
                _ask_site(request, access, found, report)
    return report


def _look(request: CheckRequest) -> LocalCheck:
    settings = request.settings
    files = private_files(settings.database, settings.config, settings.key_file)
    with request.listener.checking() as observer:
        found = LocalCheck(
            settings.database, request.names, observer, files, own_folders(), files_folder=settings.files_folder
        )
        found.run()
    return found


def _repair(request: CheckRequest, found: LocalCheck, report: CheckReport) -> None:
    report.is_blocked = found.is_blocked
    if not found.found.can_be_repaired():
        return
    report.copy = repair(found)
    if found.found.has("schema-older"):
        report.is_upgraded = True
        found = _look(request)
        report.found, report.checked, report.skipped = found.found, found.checked, found.skipped
        report.copy = repair(found)
        report.is_blocked = found.is_blocked
    report.left = _look(request).found


def _read_keys(request: CheckRequest) -> SiteAccess | None:
    """Read the keys before the lock is taken; a database that cannot be read is for the check itself to tell of."""
    path = request.settings.database
    access = None
    with ExitStack() as stack:
        stack.enter_context(suppress(FavsyncError))
        stack.enter_context(translated(path))
        stack.enter_context(examined(path))  # as in `_ask_site`
        database = stack.enter_context(Database(path, busy_timeout=LocalCheck.busy_timeout))
        conn = stack.enter_context(database.read())
        access = SiteAccess(request.settings, request.listener, require_site_url(conn))
        access.read_keys(choose_accounts(conn, request.names))
    return access


def _ask_site(request: CheckRequest, access: SiteAccess | None, found: LocalCheck, report: CheckReport) -> None:
    """Add what the site says otherwise; what keeps it from being asked goes into the report, and hides nothing else."""
    left = report.left or report.found
    if not found.accounts or left.has("file-damaged", "unreadable", "table-wrong", "schema-older"):
        report.skipped.append(Skipped("the site", "today's list cannot be read as it is"))
        return
    path = request.settings.database
    try:
        # Open all the while, so that no other connection is the last one: that would fold the log into the file.
        with translated(path), examined(path) as conn, Database(path, busy_timeout=found.busy_timeout) as database:
            if access is None:
                with database.read() as reading:
                    access = SiteAccess(request.settings, request.listener, require_site_url(reading))
            runs = Runs.of(database, access, SyncOptions(push=False, dry_run=True, full=True))
            for _, name in found.accounts:
                try:
                    _compare_account(runs, conn, report, name, request.sample or 0)
                except (SiteRefused, SiteTrouble, UsageError) as exc:
                    report.errors.append(exc)  # the other accounts may fare better
    except FavsyncError as exc:
        report.errors.append(exc)


def _compare_account(runs: Runs, conn: Reader, report: CheckReport, name: str, sample: int) -> None:
    """Compare the list of an account, and so many of its posts."""
    with runs.database.read() as reading:
        account = load_account(reading, name)
        ids = load_post_ids(reading, account.id)
    listed = runs.run(account)
    report.add("list", find_in_listing(listed))
    if listed.error is not None:
        report.errors.append(listed.error)
    elif sample:
        chosen = random.SystemRandom().sample(ids, min(sample, len(ids)))
        with runs.site.connect_account(account, runs.pacing) as client:
            report.add("sample", find_in_sample(client, conn, sorted(chosen), account))
