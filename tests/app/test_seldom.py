"""What a run seldom meets: a checkpoint of another favsync, a public user's new name, a dry run of the queue alone."""

import sqlite3
from contextlib import closing
from pathlib import Path

from favsync.model import Action
from favsync.sandbox import Fault, Site
from tests.app.rig import Rig


def test_a_checkpoint_is_used_as_far_as_it_fits(rig: Rig) -> None:
    """A favsync that asks in another order replays what it would have asked itself, and asks the site for the rest."""
    rig.site.fault(Fault("db_timeout", path="/favorites.json", query={"page": "3"}))
    assert rig.sync().exit_code == 5
    rig.site.clear_faults()
    with closing(sqlite3.connect(rig.path)) as connection, connection:
        changed = connection.execute("UPDATE reading_steps SET question = 'page 9' WHERE question = 'page 2'")
        assert changed.rowcount == 1
    rig.site.clear_log()
    assert rig.sync().exit_code == 0
    assert rig.favorites() == rig.listing()
    assert [entry.query["page"] for entry in rig.site.requests(path="/favorites.json")][:3] == ["2", "3", "4"]


def test_a_public_user_is_known_by_the_new_name_from_then_on(site: Site, tmp_path: Path) -> None:
    """The id is what an account is kept by: the run goes on, says the new name once, and remembers it."""
    rig = Rig(site, tmp_path / "favsync.db", public=True)
    rig.world.rename("alice", "alicia")
    report = rig.sync()
    assert report.exit_code == 0
    assert report.notices == ("alice: 'alice' is called 'alicia' on the site now",)
    assert rig.account().username == "alicia"
    assert rig.sync().notices == ()


def test_a_dry_push_reads_no_list(synced: Rig, spare: list[int]) -> None:
    """It tells what would be sent, and asks the site only whether the key is good."""
    synced.queue((Action.ADD, spare[0]))
    synced.site.clear_log()
    report = synced.sync(dry_run=True, pull=False)
    assert [change.post_id for change in report.pending] == [spare[0]]
    assert report.plan is None
    assert [entry.path for entry in synced.site.log] == ["/users/1.json"]
