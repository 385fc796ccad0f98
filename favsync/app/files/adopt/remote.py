"""What the site knows of files that no post here has; the posts of these may be queued."""

from collections.abc import Collection

from favsync.app.files.adopt.adopt import Adoption
from favsync.app.files.adopt.report import Content
from favsync.app.listener import Observer
from favsync.app.queue import enqueue
from favsync.app.site_access import SiteAccess
from favsync.app.sync.lock import RunLock
from favsync.batches import batches
from favsync.core.files.names import read_md5
from favsync.errors import AnotherRun, SiteRefused, SiteTrouble, UsageError
from favsync.model import Account, Action
from favsync.site.api import Site
from favsync.store.files.known import Original, load_known_posts


def ask_site(access: SiteAccess, account: Account, adoption: Adoption, observer: Observer) -> set[str]:
    """Ask the site about what stayed unknown, and return the md5s that it knows; why it could not is in the report."""
    on_site: set[str] = set()
    try:
        with RunLock(adoption.database.path), access.connect_account(account, access.pacing()) as site:
            _ask(site, adoption, observer, on_site)
    except (SiteRefused, SiteTrouble, AnotherRun, UsageError) as exc:
        adoption.report.error = exc  # what is here is adopted all the same
    return on_site


def queue_posts(access: SiteAccess, account: Account, adoption: Adoption) -> None:
    """Queue the posts that the site knows and no account here ever had."""
    report = adoption.report
    report.account, report.queued = account.name, 0
    posts: list[int | str] = [*report.not_favorites]
    if posts and not report.dry_run:
        aliases = access.settings.aliases
        report.queued = enqueue(
            adoption.database, Action.ADD, posts, account_name=account.name, aliases=aliases, stream=None
        ).queued


def _ask(site: Site, adoption: Adoption, observer: Observer, on_site: set[str]) -> None:
    """Adopt what the site knows of posts that are here. Others are no favorites, and were none: they are counted."""
    waiting: dict[str, list[Content]] = {}
    for content in adoption.unknown:
        waiting.setdefault(content.md5, []).append(content)
    done = 0
    for some in batches(list(waiting), site.limits.ids_per_query):
        posts = {md5: post for post in site.fetch_posts_by_md5(some).posts if (md5 := read_md5(post.file_md5))}
        with adoption.database.read() as conn:
            known = load_known_posts(conn, [post.id for post in posts.values()])
        told = {md5: Original((post.id,), post.file_ext) for md5, post in posts.items() if post.id in known}
        adoption.settle([content for md5 in told for content in waiting[md5]], told)
        others: Collection[int] = {post.id for post in posts.values()} - known
        adoption.report.not_favorites = sorted({*adoption.report.not_favorites, *others})
        on_site.update(posts)
        done += len(some)
        observer.checking("the site", done, len(waiting))
