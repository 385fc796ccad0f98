"""What a full scan and a sample of posts say of today's list, as findings."""

from favsync.app.check.site import find_in_listing
from favsync.app.sync.report import SyncReport
from favsync.core.plan import Addition, PullPlan
from favsync.errors import SiteUnreachable
from favsync.model import RunKind, RunOutcome
from tests.app.rig import Rig


def report(plan: PullPlan | None, outcome: RunOutcome = RunOutcome.COMPLETE, **more: object) -> SyncReport:
    return SyncReport("", outcome, account="alice", run_id=None, kind=RunKind.FULL, plan=plan, **more)  # type: ignore[arg-type] # by name


def test_a_scan_that_proved_nothing_is_a_finding() -> None:
    """Unless the site is the reason: that is an error, and has an exit code of its own."""
    unproven = report(PullPlan(), RunOutcome.INCOMPLETE, reason="the counts differ")
    assert [finding.code for finding in find_in_listing(unproven)] == ["list-unproven"]
    failed = report(None, RunOutcome.FAILED, error=SiteUnreachable("no answer"))
    assert list(find_in_listing(failed)) == []


def test_a_favorite_that_one_public_scan_missed_counts_as_gone() -> None:
    """A check looks once; whether it is gone is for the next syncs to say."""
    (finding,) = find_in_listing(report(PullPlan(newly_absent=(3,))))
    assert finding.code == "list-has-gone"
    assert "1 favorite is in today's list, and not on the site (3)." in finding.message


def test_of_many_a_few_are_named() -> None:
    """Newest first."""
    added = tuple(Addition(post_id, post_id, True, "listed") for post_id in range(2000, 1000, -1))
    (finding,) = find_in_listing(report(PullPlan(added=added)))
    assert (
        "1,000 favorites are on the site, and not in today's list (2000, 1999, 1998, 1997, 1996, …)" in finding.message
    )


def test_a_favorite_of_which_the_site_says_nothing_is_told_of(synced: Rig) -> None:
    """A hidden pending one that the list lacks: neither there nor gone, as far as anybody can say."""
    hidden = synced.listing()[3]
    synced.world.unfavorite("alice", hidden)
    synced.world.hidden_pending.add(hidden)
    found = list(find_in_listing(synced.sync(dry_run=True, full=True)))
    assert [(finding.code, finding.place) for finding in found] == [("post-not-told", f"post {hidden}")]
