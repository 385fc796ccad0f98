"""`favsync check`: is everything that is kept still whole, and still what the site says?"""

import random
from collections.abc import Iterator
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace

import click

from favsync.app.check.parts import LocalCheck, PrivatePlaces, Skipped
from favsync.app.check.permissions import private_files
from favsync.app.check.repair import Mending
from favsync.app.check.site import find_in_listing, find_in_sample
from favsync.app.site_access import SiteAccess
from favsync.app.sync.lock import RunLock
from favsync.app.sync.run import SyncOptions
from favsync.app.sync.runs import Runs
from favsync.cli.access import site_access
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_accounts
from favsync.cli.parameters.options import WholeNumber, json_option
from favsync.cli.views.check import CheckReport, check_as_json, say_check
from favsync.config.home import own_folders
from favsync.errors import AnotherRun, FavsyncError, NoAccounts, SiteRefused, SiteTrouble, UsageError
from favsync.private_paths import is_there
from favsync.store.accounts import choose_accounts, load_account
from favsync.store.check.examine import examined
from favsync.store.check.findings import Finding
from favsync.store.database import Database
from favsync.store.favorites import load_post_ids
from favsync.store.sites import require_site_url
from favsync.store.sqlite.connect import Reader, dressed


@click.command(short_help="Verify the database.")
@click.argument("names", metavar="[NAME]...", nargs=-1, shell_complete=complete_accounts)
@click.option("--remote", is_flag=True, help="Read the whole list on the site as well, and compare.")
@click.option(
    "--sample",
    type=WholeNumber(min=1),
    metavar="N",
    help="Compare N posts of each list with what the site says of them; implies --remote.",
)
@click.option("--fix", is_flag=True, help="Mend what is safe to mend, after a copy of the database.")
@json_option
@click.pass_obj
def check(
    invocation: Invocation, *, names: tuple[str, ...], remote: bool, sample: int | None, fix: bool, as_json: bool
) -> int:
    """Verify everything that can be verified: files, database, posts, history, queue.

    Without --fix nothing is written. NAME is an account whose history, queue and list are looked at; without one, all
    of them are. It ends with 0 when nothing is wrong, with 3 for what can be mended or is no loss, and with 8 for
    damage.
    """
    invocation = replace(invocation, leaves_rights=True)  # they are among what is looked at
    settings = invocation.settings
    if not is_there(settings.database):
        raise NoAccounts(settings.database)
    asks = remote or sample is not None
    access = _read_keys(invocation, names) if asks else None
    with ExitStack() as stack:
        if fix:
            stack.enter_context(RunLock(settings.database))
        found = _look(invocation, names)
        report = CheckReport(settings.database, found.found, found.checked, found.skipped)
        if fix:
            _mend(invocation, names, found, report)
        if asks:
            try:
                if not fix:
                    stack.enter_context(RunLock(settings.database))  # the site is asked by one run at a time
            except AnotherRun as exc:
                report.errors.append(exc)
            else:
                _ask_site(invocation, access, found, report, sample or 0)
    if as_json:
        invocation.console.json(check_as_json(report))
    else:
        say_check(invocation.console, report)
    return report.exit_code


def _look(invocation: Invocation, names: tuple[str, ...]) -> LocalCheck:
    settings = invocation.settings
    places = PrivatePlaces(private_files(settings.database, settings.config, settings.key_file), own_folders())
    with invocation.library.listener.checking() as observer:
        found = LocalCheck(settings.database, places, names, observer)
        found.run()
    return found


def _mend(invocation: Invocation, names: tuple[str, ...], found: LocalCheck, report: CheckReport) -> None:
    mending = Mending(found)
    report.is_blocked = mending.is_blocked
    if not found.found.can_be_mended():
        return
    mending.run()
    if found.found.has("schema-older"):
        invocation.console.say(f"{found.path} was upgraded.")
        found = _look(invocation, names)
        mending = Mending(found)
        report.found, report.checked, report.skipped = found.found, found.checked, found.skipped
        mending.run()
    report.is_blocked = mending.is_blocked
    report.copy = mending.copy
    report.left = _look(invocation, names).found


# ---- the site ----


def _read_keys(invocation: Invocation, names: tuple[str, ...]) -> SiteAccess | None:
    """Read the keys before the lock is taken; a database that cannot be read is for the check itself to tell of."""
    path = invocation.settings.database
    access = None
    with ExitStack() as stack:
        stack.enter_context(suppress(FavsyncError))
        stack.enter_context(dressed(path))
        stack.enter_context(examined(path))  # as in `_ask_site`
        database = stack.enter_context(Database(path, busy_timeout=LocalCheck.busy_timeout))
        conn = stack.enter_context(database.read())
        access = site_access(invocation, require_site_url(conn))
        access.read_keys(choose_accounts(conn, names))
    return access


def _ask_site(
    invocation: Invocation, access: SiteAccess | None, found: LocalCheck, report: CheckReport, sample: int
) -> None:
    """Add what the site says otherwise; what keeps it from being asked goes into the report, and hides nothing else."""
    left = report.left or report.found
    if not found.accounts or left.has("file-damaged", "unreadable", "table-wrong", "schema-older"):
        report.skipped.append(Skipped("the site", "today's list cannot be read as it is"))
        return
    path = invocation.settings.database
    try:
        # Open all the while, so that no other connection is the last one: that would fold the log into the file.
        with dressed(path), examined(path) as conn, Database(path, busy_timeout=found.busy_timeout) as database:
            if access is None:
                with database.read() as reading:
                    access = site_access(invocation, require_site_url(reading))
            site = _Site(Runs.of(database, access, SyncOptions(push=False, dry_run=True, full=True)), conn, report)
            for _, name in found.accounts:
                try:
                    site.compare(name, sample)
                except (SiteRefused, SiteTrouble, UsageError) as exc:
                    report.errors.append(exc)  # the other accounts may fare better
    except FavsyncError as exc:
        report.errors.append(exc)


@dataclass(frozen=True)
class _Site:
    """The site, asked about one account after the other."""

    runs: Runs
    conn: Reader
    report: CheckReport

    def compare(self, name: str, sample: int) -> None:
        """Compare the list of an account, and so many of its posts."""
        with self.runs.database.read() as conn:
            account = load_account(conn, name)
            ids = load_post_ids(conn, account.id)
        listed = self.runs.run(account)
        self._add("list", find_in_listing(listed))
        if listed.error is not None:
            self.report.errors.append(listed.error)
        elif sample:
            chosen = random.SystemRandom().sample(ids, min(sample, len(ids)))
            client = self.runs.site.connect_account(account, self.runs.pacing)
            with client:
                self._add("sample", find_in_sample(client, self.conn, sorted(chosen), account))

    def _add(self, what: str, findings: Iterator[Finding]) -> None:
        for finding in findings:
            for into in {id(each): each for each in (self.report.found, self.report.left) if each is not None}.values():
                into.add(finding)
        if what not in self.report.checked:
            self.report.checked.append(what)
