"""`check --remote`: today's list, and a sample of its posts, held against what the site says now."""

from collections.abc import Iterator, Sequence
from typing import Final

from favsync.app.check.posts import differing_fields
from favsync.app.sync.report import SyncReport
from favsync.app.sync.single_posts import SinglePosts
from favsync.batches import batches
from favsync.core.listing.asking import FailedLists
from favsync.errors import SiteTrouble
from favsync.model import Account, Post, RunOutcome
from favsync.site.api import Site
from favsync.store.check.findings import Finding
from favsync.store.posts.kept import KeptPost, load_kept_posts, load_tag_ids
from favsync.store.sqlite.connect import Reader

_VOLATILE: Final = frozenset(
    {"score", "score_up", "score_down", "fav_count", "comment_count", "updated_at", "change_seq"}
)
"""What changes all the time, and is refreshed by a full scan only."""

_SYNC: Final = "Run 'favsync sync' to update it."
_MOST_NAMED: Final = 5


def find_in_listing(report: SyncReport) -> Iterator[Finding]:
    """Find what a full scan, of which `report` is the dry run, would change about today's list.

    What kept the site from being read is the report's own error.
    """
    place = f"the list of {report.account}"
    if report.error is None and report.outcome is not RunOutcome.COMPLETE:
        words = f"{report.account}: the scan of the site's list proved nothing: {report.reason}."
        yield Finding("list-unproven", place, words)
    for post_id in report.unavailable:
        words = f"the site's list lacks post {post_id}, and it does not say whether that is a favorite."
        yield Finding("post-not-told", f"post {post_id}", f"{report.account}: {words}")
    plan = report.plan
    if plan is None:
        return
    added = [new.post_id for new in plan.added]
    removed = [removal.post_id for removal in plan.removed] + list(plan.newly_absent)
    for code, ids, said in (
        ("list-lacks", added, "on the site, and not in today's list"),
        ("list-has-gone", removed, "in today's list, and not on the site"),
        ("list-order", list(plan.moved), "elsewhere in the site's list"),
    ):
        if ids:
            are = "favorite is" if len(ids) == 1 else "favorites are"
            named = ", ".join(map(str, ids[:_MOST_NAMED])) + (", …" if len(ids) > _MOST_NAMED else "")
            yield Finding(code, place, f"{report.account}: {len(ids):,} {are} {said} ({named}). {_SYNC}")


def find_in_sample(client: Site, conn: Reader, ids: Sequence[int], account: Account) -> Iterator[Finding]:
    """Find which of these posts are not what the site says of them now, asked about in lists of ids.

    What the site fails at is one post, as long as it answers anything else. Raises SiteRefused and SiteTrouble; errors
    of the database come as they are, for the caller to translate.
    """
    single = SinglePosts(client, account.site_user_id)
    failed = FailedLists()
    tag_ids = load_tag_ids(conn)
    for some in batches(ids, client.limits.ids_per_query):
        reported = _fetch_posts(client, single, failed, some)
        for post_id in some:
            for kept in load_kept_posts(conn, [post_id]):
                # What no list shows, because of safe mode or of an index that lags, can still be asked for alone.
                post = reported.get(post_id) or next(iter(single.ask(post_id)[1]), None)
                yield from _compare(kept, post, tag_ids, account.name)


def _fetch_posts(client: Site, single: SinglePosts, failed: FailedLists, ids: Sequence[int]) -> dict[int, Post]:
    """Return what the site says of these posts; a list that it fails at is halved, down to a few."""
    try:
        posts = client.fetch_posts(ids).posts
    except SiteTrouble as exc:
        single.make_sure_of_the_site(exc)
        shorter = failed.shorter(ids)
        if shorter is None:
            raise
        return {
            post_id: post for half in shorter for post_id, post in _fetch_posts(client, single, failed, half).items()
        }
    failed.answered()
    return {post.id: post for post in posts}


def _compare(kept: KeptPost, post: Post | None, tag_ids: dict[str, int], name: str) -> Iterator[Finding]:
    place = f"post {kept.id}"
    if post is None:
        if not kept.is_destroyed:
            words = f"{name}: the site did not return post {kept.id}: it was destroyed, or is hidden from this login."
            yield Finding("post-not-told", place, words)
        return
    differing = differing_fields(kept, post, tag_ids)
    if not differing:
        return
    content = [field for field in differing if field not in _VOLATILE]
    has_changed = "change_seq" in differing or (post.change_seq is None and "updated_at" in differing)
    if content and not has_changed:
        words = f"{name}: post {kept.id} is not what the site says: {', '.join(content)}."
        yield Finding("post-differs-from-site", place, f"{words} Run 'favsync sync --full' to update it.")
    else:
        words = f"{name}: post {kept.id} changed on the site since it was last fetched: {', '.join(differing)}. {_SYNC}"
        yield Finding("post-outdated", place, words)
