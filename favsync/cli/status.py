"""`favsync status`: what is kept here, what waits, and how the last runs went. The site is not asked.

It is run often, by people and by scripts: neither SQLAlchemy nor rich is imported for it.
"""

from dataclasses import asdict
from datetime import datetime

import click

from favsync.cli.console import age, clean, count, counted, minute
from favsync.cli.invocation import Invocation
from favsync.cli.options import json_option
from favsync.engine.backup_folder import Backup, BackupFolder
from favsync.engine.clock import utc_now
from favsync.errors import NoAccounts
from favsync.store.status import AccountStatus, LastRun, Status, load_status


@click.command()
@json_option
@click.pass_obj
def status(invocation: Invocation, *, as_json: bool) -> None:
    """Show each account's favorites, its queue and its last run, and the age of the newest backup.

    The site is not asked.
    """
    found = load_status(invocation.settings.database)
    if not found.accounts:
        raise NoAccounts
    folder = BackupFolder(invocation.settings.backup_folder, invocation.settings.database)
    newest = folder.find_newest()
    if as_json:
        invocation.console.json(_as_json(found, newest))
        return
    invocation.console.data(f"{found.site} in {found.database}\n")
    now = utc_now()
    for account in found.accounts:
        invocation.console.data(_headline(account))
        invocation.console.data(f"  last run: {_last_run(account.last_run, now)}")
    when = f"{_when(newest.created_at, now)}, {newest.path}" if newest else f"none in {folder.path}"
    invocation.console.data(f"\nlast backup: {when}")
    if any(account.failed for account in found.accounts):
        invocation.console.say("\nWhy wishes failed: favsync queue list --state failed")


def _headline(account: AccountStatus) -> str:
    user = "" if account.username == account.name else f" ({clean(account.username)})"
    failed = f", {count(account.failed)} failed" if account.failed else ""
    return f"{account.name}{user}: {counted(account.favorites, 'favorite')}, {count(account.pending)} waiting{failed}"


def _last_run(run: LastRun | None, now: datetime) -> str:
    if run is None:
        return "none yet"
    if run.finished_at is None:
        return f"begun {_when(run.started_at, now)}, and still at work or interrupted"
    because = f": {clean(run.reason)}" if run.reason else ""
    return f"{_when(run.finished_at, now)}, {run.outcome}{because}"


def _when(moment: str, now: datetime) -> str:
    return f"{age(moment, now)} ({minute(moment)})"


def _as_json(found: Status, newest: Backup | None) -> dict[str, object]:
    return {
        "database": str(found.database),
        "site": found.site,
        "last_backup": {"file": str(newest.path), "created_at": newest.created_at} if newest else None,
        "accounts": [asdict(account) for account in found.accounts],
    }
