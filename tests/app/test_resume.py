"""A scan that stopped half-way: the next run goes on where it was, and is right about today."""

from datetime import timedelta
from pathlib import Path

from favsync.model import Action
from favsync.sandbox import Fault, Site
from tests.app.rig import Rig


def stop_at_page(rig: Rig, number: int, *, full: bool = False) -> None:
    """Let one run meet a site that does not answer for this page."""
    rig.site.fault(Fault("db_timeout", path="/favorites.json", query={"page": str(number)}))
    report = rig.sync(full=full)
    assert report.exit_code == 5
    assert report.outcome.value == "incomplete"
    rig.site.clear_faults()
    rig.site.clear_log()


def pages_read(rig: Rig) -> list[str]:
    return [entry.query["page"] for entry in rig.site.requests(path="/favorites.json")]


def test_a_first_backup_goes_on_at_the_page_where_it_stopped(rig: Rig) -> None:
    """What was read is kept as favorites already, and is not read again but for the head and the end."""
    stop_at_page(rig, 3)
    assert rig.favorites() == rig.listing()[:20]
    report = rig.sync()
    assert report.exit_code == 0
    assert rig.favorites() == rig.listing()
    assert pages_read(rig) == ["3", "4", "1", "1", "3"]
    assert len({post_id for post_id, *_ in rig.events()}) == len(rig.events()) == 25


def test_what_changed_meanwhile_is_found(rig: Rig) -> None:
    """Added, removed and re-added between the two runs: the list is the one of today, in its order."""
    spare = [post_id for post_id in rig.world.posts if not rig.world.is_favorite("alice", post_id)]
    stop_at_page(rig, 3)
    listing = rig.listing()
    rig.world.unfavorite("alice", listing[4])
    rig.world.unfavorite("alice", listing[22])
    rig.world.unfavorite("alice", listing[12])
    rig.world.favorite("alice", listing[12])
    rig.world.favorite("alice", spare[0])
    assert rig.sync().exit_code == 0
    assert rig.favorites() == rig.listing()


def fail_at_single_posts(rig: Rig, post_id: int) -> None:
    """Let the site fail at this post, and at what it is asked after that to learn whether it answers at all."""
    rig.site.fault(Fault("db_timeout", path=f"/posts/{post_id}.json"))
    rig.site.fault(Fault("db_timeout", path=f"/users/{rig.account().site_user_id}.json", skip=1))


def test_only_a_removal_meanwhile_is_found(rig: Rig) -> None:
    """The head is the same and all pages were read: the count, asked again, tells."""
    rig.site.fault(Fault("db_timeout", path="/favorites.json", query={"page": "1"}, skip=1))
    assert rig.sync().exit_code == 5
    rig.site.clear_faults()
    rig.world.unfavorite("alice", rig.listing()[15])
    assert rig.sync().exit_code == 0
    assert rig.favorites() == rig.listing()


def test_evidence_of_another_day_removes_nothing(synced: Rig, spare: list[int]) -> None:
    """A candidate that was gone when a run stopped, and was added again since, is not removed."""
    back = synced.listing()[15]
    synced.world.unfavorite("alice", back)
    other = synced.listing()[3]
    synced.world.destroy_post(other)
    fail_at_single_posts(synced, other)
    assert synced.sync().exit_code == 5
    synced.site.clear_faults()
    synced.world.favorite("alice", spare[0])
    synced.world.favorite("alice", back)
    assert synced.sync().exit_code == 0
    assert synced.favorites() == synced.listing()
    assert set(synced.events()[25:]) == {
        (other, "removed", "destroyed", None),
        (spare[0], "added", "listed", None),
        (back, "removed", "added_again", None),
        (back, "added", "added_again", None),
    }


def test_a_checkpoint_older_than_a_week_is_begun_again(rig: Rig) -> None:
    """Its pages say too little about today."""
    stop_at_page(rig, 3)
    rig.now += timedelta(days=8)
    assert rig.sync().exit_code == 0
    assert pages_read(rig) == ["1", "2", "3", "4", "1"]


def test_a_finished_scan_leaves_no_checkpoint(rig: Rig) -> None:
    """Neither a complete one, nor one after an interruption."""
    stop_at_page(rig, 3)
    assert rig.rows("SELECT count(*) FROM reading_steps") != [(0,)]
    rig.sync()
    assert rig.rows("SELECT count(*) FROM reading_steps") == [(0,)]


def test_a_dry_run_goes_on_from_a_checkpoint_and_leaves_it(rig: Rig) -> None:
    """It plans what the real run would do, and the real run still finds everything where it was."""
    stop_at_page(rig, 3)
    before = rig.dump()
    dry = rig.sync(dry_run=True)
    assert rig.dump() == before
    real = rig.sync()
    assert dry.plan == real.plan
    assert real.exit_code == 0


def test_a_push_is_taken_into_account_by_the_next_complete_pull(synced: Rig) -> None:
    """A pull that proves nothing does not use up the reason why a favorite went."""
    gone = synced.listing()[20]
    synced.queue((Action.REMOVE, gone))
    stop_at_page(synced, 2, full=True)
    assert gone in synced.favorites()
    assert synced.sync().exit_code == 0
    assert synced.events()[-1] == (gone, "removed", "pushed", None)


def test_what_was_proven_again_is_proven_again_the_next_time(synced: Rig) -> None:
    """The head and the count of a resumed scan are no checkpoint for a third one."""
    gone = synced.listing()[4]
    synced.world.unfavorite("alice", gone)
    stop_at_page(synced, 3)
    synced.site.fault(Fault("db_timeout", path="/posts.json"))
    fail_at_single_posts(synced, gone)
    assert synced.sync().exit_code == 5
    synced.site.clear_faults()
    synced.world.unfavorite("alice", synced.listing()[14])
    assert synced.sync().exit_code == 0
    assert synced.favorites() == synced.listing()


def test_a_list_that_was_hidden_meanwhile_is_not_taken_for_the_one_of_then(site: Site, tmp_path: Path) -> None:
    """The pages of before, and an empty one now: nothing is concluded."""
    public = Rig(site, tmp_path / "public.db", public=True)
    public.site.fault(Fault("db_timeout", path="/favorites.json", query={"page": "1"}, skip=1))
    assert public.sync().exit_code == 5  # every page was read, and the first one could not be looked at again
    public.site.clear_faults()
    public.world.set_hidden("alice", True)
    assert public.sync().exit_code == 4
    assert public.rows("SELECT count(*) FROM runs WHERE is_base") == [(0,)]


def test_what_changed_on_a_page_of_another_day_is_not_lost_to_an_index_that_lags(synced: Rig) -> None:
    """A later change that the index has must not hide an earlier one that it has not: the posts themselves count."""
    early, late = synced.listing()[12], synced.listing()[-1]
    synced.site.fault(Fault("db_timeout", path="/favorites.json", query={"page": "3"}))
    assert synced.sync(full=True).exit_code == 5
    synced.site.clear_faults()
    for post_id in (early, late):
        synced.world.edit_post(post_id, description="rewritten")
    synced.world.unindexed = {early}
    assert synced.sync(full=True).outcome == "complete"
    synced.world.unindexed = set()
    synced.sync()
    assert synced.rows("SELECT description FROM posts WHERE id = ?", early) == [("rewritten",)]
