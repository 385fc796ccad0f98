"""Asking the site whose doing a removal was, and why posts were deleted: effects that may stay without a result."""

from collections.abc import Callable, Mapping
from typing import Final, assert_never

from favsync.app.sync.single_posts import state_of
from favsync.clock import Clock, as_text
from favsync.core.listing.effects import NoResult, PostStates
from favsync.core.listing.result import ScanResult
from favsync.core.plan import PullPlan
from favsync.core.removal_reasons import AskEvents, AskLinks, PostEvents, VerdictResult, judge_removals, with_verdicts
from favsync.errors import SiteRefused, SiteTrouble
from favsync.site.api import Site
from favsync.store.database import Database
from favsync.store.posts.saving import load_unasked_deletions, save_deletion_reasons

MOST_QUESTIONS: Final = 2
"""Times that one run asks why posts were deleted, a whole list of ids each; the rest is for later runs."""


def find_reasons(
    client: Site, plan: PullPlan, scan: ScanResult, *, is_favorite: Callable[[int], bool], last_known: Mapping[int, str]
) -> PullPlan:
    """Return the plan with the reasons of its removals; the arguments are those of `judge_removals`.

    What the site does not answer leaves a reason unknown, and fails nothing. Raises nothing of the site's.
    """
    steps = judge_removals(scan.absences, plan, limits=client.limits, is_favorite=is_favorite, last_known=last_known)
    try:
        effect = next(steps)
        while True:
            try:
                match effect:
                    case AskEvents(post_id):
                        result: VerdictResult = PostEvents(client.fetch_events(post_id))
                    case AskLinks(post_ids):
                        result = PostStates(tuple(map(state_of, client.fetch_posts(post_ids).posts)))
                    case _ as never:
                        assert_never(never)
            except (SiteTrouble, SiteRefused) as exc:
                result = NoResult(exc.message)
            effect = steps.send(result)
    except StopIteration as end:
        return with_verdicts(plan, end.value)


def learn_deletion_reasons(database: Database, client: Site, page_sizes: set[int | None], clock: Clock) -> None:
    """Ask why posts were deleted, of those of which it was not asked yet, and save it.

    `page_sizes` are those that the site is known to have where it pays no heed to `limit`. A site that does not answer
    is asked again by the next run. Raises DatabaseTrouble.
    """
    limits = client.limits
    for _ in range(MOST_QUESTIONS):
        with database.read() as conn:
            post_ids = load_unasked_deletions(conn, limits.ids_per_query)
        if not post_ids:
            return
        try:
            result = client.fetch_deletion_reasons(post_ids)
        except (SiteTrouble, SiteRefused):
            return
        # A page as long as pages are may lack the rest: then only those that it tells of are answered.
        is_all = result.reported not in {limits.usual_page, limits.page_size, *page_sizes}
        answered = {post_id: result.reasons.get(post_id) for post_id in (post_ids if is_all else result.reasons)}
        with database.write() as conn:
            save_deletion_reasons(conn, answered, at=as_text(clock()))
        if len(post_ids) < limits.ids_per_query:
            return
