"""A whole adoption: what is on the disk, what the site knows of the rest, and the queue."""

from __future__ import annotations

from contextlib import ExitStack
from typing import TYPE_CHECKING

from favsync.app.files.adopt.adopt import Adoption
from favsync.app.files.adopt.replacements import load_replacements
from favsync.app.files.adopt.report import AdoptReport, AdoptRequest, Method
from favsync.app.files.adopt.walk import Walk
from favsync.app.files.folder import FilesFolder
from favsync.app.imports.gallery_dl import categories_of
from favsync.app.sync.lock import FilesLock
from favsync.errors import AccountIsReadOnly, UsageError
from favsync.post_urls import PostSite
from favsync.private_paths import nearest_folder
from favsync.store.accounts import choose_account, choose_accounts
from favsync.store.files.trees import load_tree_paths
from favsync.store.sites import require_site_url
from favsync.store.sqlite.upgrade import driver_connection

if TYPE_CHECKING:
    from collections.abc import Callable

    from favsync.app.listener import LogListener
    from favsync.app.site_access import SiteAccess
    from favsync.config.settings import Settings
    from favsync.model import Account
    from favsync.store.database import Database, Transaction


def adopt(
    database: Database,
    settings: Settings,
    listener: LogListener,
    request: AdoptRequest,
    access_to: Callable[[str], SiteAccess],
) -> AdoptReport:
    """Adopt files, as `Library.adopt_files` does. `access_to` makes the way to the site, by its URL."""
    folder = FilesFolder(settings.files_folder)
    device = nearest_folder(folder.path).stat().st_dev
    with database.read() as conn:
        url = require_site_url(conn)
        account = _choose_account(conn, request)
        trees = load_tree_paths(driver_connection(conn))
    access = None
    if request.remote:
        access = access_to(url)
        access.read_keys([account])
    report = AdoptReport(request.method, request.dry_run)
    replaced = {} if request.replacements is None else load_replacements(request.replacements, database)
    report.replacements = len(replaced)
    categories = categories_of(PostSite.of(url, settings.aliases))
    adoption = Adoption(database, folder, report, categories, replaced, device)
    with ExitStack() as stack:
        walk = Walk(report, folder.path, trees, database.path)
        walk.run(request.paths)
        if request.method is Method.HARDLINK and walk.devices and device not in walk.devices:
            raise UsageError(
                f"The files folder {folder.path} is on another disk, and a hard link cannot lead to another."
                " Use --copy, or --leave to record the files where they lie."
            )
        if not request.dry_run:
            stack.enter_context(FilesLock(database.path))
            if request.method is not Method.LEAVE:
                folder.prepare()
        observer = stack.enter_context(listener.fetching())
        adoption.run(walk, observer)
        if access is None:
            adoption.finish()
            return report
        from favsync.app.files.adopt.remote import ask_site, queue_posts  # noqa: PLC0415 - it costs 0.2 s

        adoption.finish(ask_site(access, account, adoption, observer))
    if request.queue:
        queue_posts(access, account, adoption)
    return report


def _choose_account(conn: Transaction, request: AdoptRequest) -> Account:
    """The account that asks the site, and into whose queue posts go. Only for the second it matters which."""
    if request.queue and not request.remote:
        raise UsageError("--queue queues what the site knows, so it has to be asked: add --remote.")
    if not request.queue and request.account is None:
        return min(choose_accounts(conn, ()), key=lambda account: account.is_public)
    account = choose_account(conn, request.account)
    if request.queue and account.is_public:
        raise AccountIsReadOnly(account.name)
    return account
