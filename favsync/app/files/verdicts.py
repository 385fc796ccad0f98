"""What became of files that their host does not have: each post is asked about once, and its word is written down."""

from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass

from favsync.app.site_access import SiteAccess
from favsync.batches import batches
from favsync.clock import as_text, utc_now
from favsync.core.files.plan import Candidate
from favsync.core.files.verdicts import Unavailable, judge_all
from favsync.errors import FavsyncError, SiteRefused, SiteTrouble, UsageError
from favsync.model import FileState, Post, PostUnavailable
from favsync.site.e621.client import SiteClient
from favsync.store.accounts import choose_accounts
from favsync.store.database import Database
from favsync.store.files.rows import FileRow, load_file, save_files
from favsync.store.files.versions import is_file_of_another
from favsync.store.posts.saving import save_posts
from favsync.store.sites import require_site_url

_HELD = frozenset({FileState.STORED, FileState.EXTERNAL, FileState.EXCLUDED})
"""What no answer about a URL changes: the bytes are here, or the user wants none."""


@dataclass(frozen=True, slots=True)
class Resolved:
    """What was learned about missing files."""

    reasons: dict[Candidate, Unavailable | None]
    """Why each is not there. None: nothing follows, and it is still wanted."""
    failure: FavsyncError | None = None
    """Why the site could not be asked about all of them; those that it was not asked about have no reason."""


def resolve_missing(
    database: Database, access: Callable[[str], SiteAccess], missing: Mapping[Candidate, int], host_serves: bool
) -> Resolved:
    """Ask the site about the posts of files that were answered with 403, 404 or 410, and save what it says.

    Each post is saved as it is now, so that a replaced file becomes a version and the new one is wanted; its files get
    their reasons in the same transaction. The site is asked as an account with a key, where there is one: such a login
    is shown the most. `host_serves` tells whether the host has served another file meanwhile.

    Posts are saved in the name of no run, and a destroyed one stays as it is: what became of the favorite is for the
    next sync to prove. What keeps it from asking is the failure that it returns; raises DatabaseTrouble.
    """
    found: dict[Candidate, Unavailable | None] = dict.fromkeys(missing)
    posts: dict[int, list[Candidate]] = {}
    for tried in missing:
        posts.setdefault(tried.post_id, []).append(tried)

    def conclude(answers: Mapping[int, Post | PostUnavailable | None]) -> None:
        about = {tried: missing[tried] for post_id in answers for tried in posts[post_id]}
        reasons = judge_all(about, answers, signed_in=client.login is not None, host_serves=host_serves)
        at = as_text(utc_now())
        with database.write() as conn:
            save_posts(conn, [post for post in answers.values() if isinstance(post, Post)], run_id=None, at=at)
            for tried, reason in reasons.items():
                # Where another post has the same file today, that one is asked for it.
                if reason is not None and not is_file_of_another(conn, tried.md5, tried.post_id):
                    found[tried] = reason
                    known = load_file(conn, tried.md5, tried.kind)
                    if known is None or known.state not in _HELD:
                        row = FileRow(tried.md5, tried.kind, tried.ext, FileState.UNAVAILABLE, reason)
                        save_files(conn, [row], at=at)

    try:
        with _connect(database, access) as client:
            for ids in batches(sorted(posts), client.limits.ids_per_query):
                shown = {post.id: post for post in client.fetch_posts(ids).posts}
                conclude(shown)
                for post_id in ids:
                    if post_id not in shown:  # a search leaves out more than what is gone
                        conclude({post_id: client.fetch_post(post_id)})
    except (SiteTrouble, SiteRefused, UsageError) as exc:
        return Resolved(found, exc)
    return Resolved(found)


def _connect(database: Database, access: Callable[[str], SiteAccess]) -> SiteClient:
    """Make a client with the first key that can be read; where no account has one, without.

    Raises NoAccounts, KeyMissing, and ConfigInvalid.
    """
    with database.read() as conn:
        accounts, site = choose_accounts(conn, ()), access(require_site_url(conn))
    # Without its key an account would be shown less, and files would seem to be hidden.
    *others, last = [account for account in accounts if not account.is_public] or accounts
    for account in others:
        with suppress(UsageError):
            return site.connect_account(account, site.pacing())
    return site.connect_account(last, site.pacing())
