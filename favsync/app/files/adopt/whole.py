"""A whole adoption: what is on the disk, what the site knows of the rest, and the queue."""

from collections.abc import Collection
from contextlib import ExitStack
from pathlib import Path

from favsync.app.files.adopt.adopt import Adoption
from favsync.app.files.adopt.replacements import load_replacements
from favsync.app.files.adopt.report import AdoptReport, AdoptRequest, Content, Method
from favsync.app.files.adopt.walk import Walk
from favsync.app.files.folder import FilesFolder
from favsync.app.imports.gallery_dl import categories_of
from favsync.app.listener import Observer
from favsync.app.queue import enqueue
from favsync.app.site_access import SiteAccess
from favsync.app.sync.lock import FilesLock, RunLock
from favsync.batches import batches
from favsync.core.files.names import read_md5
from favsync.errors import AccountIsReadOnly, AnotherRun, SiteRefused, SiteTrouble, UsageError
from favsync.model import Account, Action
from favsync.post_urls import PostSite
from favsync.site.api import Site
from favsync.store.accounts import choose_account, choose_accounts
from favsync.store.database import Database, Transaction
from favsync.store.files.known import Original, load_known_posts


def adopt(database: Database, access: SiteAccess, request: AdoptRequest) -> AdoptReport:
    """Adopt files, as `Library.adopt_files` does."""
    settings = access.settings
    folder = FilesFolder(settings.files_folder)
    device = _find_device(folder.path)
    with database.read() as conn:
        account = _choose_account(conn, request)
    if request.remote:
        access.read_keys([account])
    report = AdoptReport(request.method, request.dry_run)
    replaced = {} if request.replacements is None else load_replacements(request.replacements, database)
    report.replacements = len(replaced)
    categories = categories_of(PostSite.of(access.url, settings.aliases))
    adoption = Adoption(database, folder, report, categories, replaced, device)
    with ExitStack() as stack:
        walk = Walk(report, folder.path)
        walk.run(request.paths)
        if request.method is Method.HARDLINK and device not in {None, *walk.devices} and walk.devices:
            raise UsageError(
                f"The files folder {folder.path} is on another disk, and a hard link cannot lead to another."
                " Use --copy, or --leave to record the files where they lie."
            )
        if not request.dry_run:
            stack.enter_context(FilesLock(database.path))
            if request.method is not Method.LEAVE:
                folder.prepare()
        observer = stack.enter_context(access.listener.fetching())
        adoption.run(walk, observer)
        on_site: set[str] = set()
        if request.remote:
            try:
                with RunLock(database.path), access.connect_account(account, access.pacing()) as site:
                    _ask_site(site, adoption, observer, on_site)
            except (SiteRefused, SiteTrouble, AnotherRun, UsageError) as exc:
                report.error = exc  # what is here is adopted all the same
        adoption.finish(on_site)
    if request.queue:
        report.account = account.name
        report.queued = 0
        if report.not_favorites and not request.dry_run:
            posts: list[int | str] = [*report.not_favorites]
            queued = enqueue(
                database, Action.ADD, posts, account_name=account.name, aliases=settings.aliases, stream=None
            )
            report.queued = queued.queued
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


def _ask_site(site: Site, adoption: Adoption, observer: Observer, on_site: set[str]) -> None:
    """Ask the site about what no post here has, and adopt what it knows of posts that are here.

    What it knows of others is no favorite, and was none: those posts are counted, and may be queued.
    """
    waiting: dict[str, list[Content]] = {}
    for content in adoption.unknown:
        waiting.setdefault(content.md5, []).append(content)
    done = 0
    for some in batches(list(waiting), site.limits.ids_per_query):
        posts = {read_md5(post.file_md5): post for post in site.fetch_posts_by_md5(some).posts}
        with adoption.database.read() as conn:
            known = load_known_posts(conn, [post.id for post in posts.values()])
        told = {md5: Original((post.id,), post.file_ext) for md5, post in posts.items() if md5 and post.id in known}
        adoption.settle([content for md5 in told for content in waiting[md5]], told)
        others: Collection[int] = {post.id for post in posts.values()} - known
        adoption.report.not_favorites = sorted({*adoption.report.not_favorites, *others})
        on_site |= {md5 for md5 in posts if md5}
        done += len(some)
        observer.checking("the site", done, len(waiting))


def _find_device(path: Path) -> int | None:
    """The file system that a folder is on, or will be on."""
    for folder in (path, *path.parents):
        if folder.is_dir():
            return folder.stat().st_dev
    return None
