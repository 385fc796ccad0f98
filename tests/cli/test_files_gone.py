"""A whole night with files that are gone: from the list through the host's 404 to what is kept of each, and shown."""

import json
import sqlite3
from contextlib import closing

import pytest

from favsync.sandbox import Fault, FileFault, Site, World
from tests.cli.conftest import Favsync


@pytest.fixture
def synced(alice: Favsync) -> Favsync:
    """Alice's five favorites, whose files are at the site's own host."""
    alice.environ["FAVSYNC_FILE_INTERVAL"] = "0"
    assert alice("sync").code == 0
    return alice


def states(favsync: Favsync) -> dict[int, tuple[str, str | None]]:
    """State and reason of the file that each post had after the first sync."""
    question = (
        "SELECT post_id, state, reason FROM files JOIN"
        " (SELECT post_id, md5 FROM post_files GROUP BY post_id HAVING min(id)) USING (md5)"
    )
    with closing(sqlite3.connect(favsync.database)) as connection:
        return {post_id: (state, reason) for post_id, state, reason in connection.execute(question)}


def test_each_file_that_is_gone_says_why(synced: Favsync, site: Site, world: World) -> None:
    """Four things happen between the list and the fetch; the fifth file is kept, and so is the one that is new."""
    kept, deleted, destroyed, replaced, lost = world.listing("alice")
    world.delete_post(deleted)
    world.destroy_post(destroyed)
    world.replace_file(replaced)
    site.files.fault(FileFault("status", status=410, path=f"*{world.posts[lost].original.md5}*", times=None))
    site.clear_log()
    outcome = synced("files", "fetch")
    assert outcome.code == 0, outcome
    assert states(synced) == {
        kept: ("stored", None),
        deleted: ("unavailable", "deleted"),
        destroyed: ("unavailable", "destroyed"),
        replaced: ("unavailable", "replaced"),
        lost: ("unavailable", "not_found"),
    }
    assert (
        "1 deleted on the site, 1 destroyed on the site, 1 not found on the site, 1 replaced on the site" in outcome.out
    )
    assert [entry.path for entry in site.log] == ["/posts.json", f"/posts/{destroyed}.json"]
    shown = json.loads(synced("show", str(replaced), "--json").out)
    assert [(file["md5"], file["state"]) for file in shown["files"]] == [
        (world.posts[replaced].original.md5, "stored"),
        (shown["versions"][1]["md5"], "unavailable"),
    ]
    site.files.clear_log()
    assert synced("files", "fetch").code == 0
    assert site.files.log == [], "nothing is asked for in vain"
    assert synced("sync").code == 0
    assert synced("check").code == 0
    assert synced("files", "fetch").code == 0
    assert site.files.log == []


def test_what_staff_are_shown_is_fetched_and_no_secret_kept(synced: Favsync, site: Site, world: World) -> None:
    """The file of a deleted post is out of reach without the query of its URL, which is gone the same day."""
    world.user("alice").staff = True
    deleted = world.listing("alice")[0]
    world.delete_post(deleted)
    assert synced("sync").code == 0
    assert synced("files", "fetch").code == 0
    assert not any(entry.query for entry in site.files.log)
    for path in synced.database.parent.iterdir():
        assert not path.is_file() or b"auth=" not in path.read_bytes()


def test_a_post_that_comes_back_has_its_file_again(synced: Favsync, site: Site, world: World) -> None:
    """It was undeleted: the next fetch after a sync gets it."""
    deleted = world.listing("alice")[0]
    world.delete_post(deleted)
    assert synced("files", "fetch").code == 0
    assert states(synced)[deleted] == ("unavailable", "deleted")
    world.undelete_post(deleted)
    assert synced("sync").code == 0
    assert synced("files", "fetch").code == 0
    assert states(synced)[deleted] == ("stored", None)


@pytest.mark.parametrize("happens", ["nobody answers", "half a post"])
def test_where_nothing_can_be_concluded_it_stays_wanted(
    synced: Favsync, site: Site, world: World, happens: str
) -> None:
    """Exit code 3, and no word about the file; the next fetch asks again."""
    lost = world.listing("alice")[0]
    missing = FileFault("status", status=404, path=f"*{world.posts[lost].original.md5}*", times=None)
    site.files.fault(missing)
    if happens == "nobody answers":
        site.fault(Fault("db_timeout", path="/posts.json", times=None))
    else:
        world.edit_post(lost, file=None)
    outcome = synced("files", "fetch", "--where", f"id:{lost}")
    assert (outcome.code, states(synced)) == (3, {})
    assert "1 wanted file is left" in outcome.err
    site.clear_faults()
    site.files.clear_faults()
    world.posts[lost].edits.pop("file", None)
    world.edit_post(lost)
    assert synced("sync").code == 0
    assert synced("files", "fetch", "--where", f"id:{lost}").code == 0
    assert states(synced) == {lost: ("stored", None)}


@pytest.mark.parametrize("status", [403, 404])
def test_a_host_that_has_nothing_for_us_ends_the_fetch(synced: Favsync, site: Site, world: World, status: int) -> None:
    """It keeps favsync out, or lost its disk: exit code 5, and of no file it is believed that it is gone."""
    world.favorite_many("alice", world.add_posts(15))
    assert synced("sync").code == 0
    site.files.fault(FileFault("status", status=status, times=None))
    site.clear_log()
    outcome = synced("files", "fetch")
    assert (outcome.code, states(synced)) == (5, {})
    assert f"it answered {status} for the file of a post that is as it was" in outcome.err
    assert [entry.path for entry in site.log] == ["/posts.json"]
    site.files.clear_faults()
    assert synced("files", "fetch").code == 0
    assert len(states(synced)) == 20


def test_a_few_posts_that_are_gone_do_not_end_the_fetch(synced: Favsync, site: Site, world: World) -> None:
    """Five in a row, and their posts say why: the others are fetched."""
    world.deleted_files_answer = 403
    world.favorite_many("alice", world.add_posts(6))
    assert synced("sync").code == 0
    gone = world.listing("alice")[:6]
    for post_id in gone:
        world.delete_post(post_id)
    assert synced("files", "fetch").code == 0
    found = states(synced)
    assert {post_id for post_id, state in found.items() if state == ("unavailable", "deleted")} == set(gone)
    assert list(found.values()).count(("stored", None)) == 5
