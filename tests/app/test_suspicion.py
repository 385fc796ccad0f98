"""Promise 3: nothing is removed on suspicion. Whatever a site or the network does, no row of the list changes."""

from collections.abc import Callable
from dataclasses import dataclass

import pytest

from favsync.sandbox import Fault
from tests.app.rig import Rig


@dataclass(frozen=True)
class Hardship:
    """Something that goes wrong, and the exit code that says so."""

    name: str
    order: Callable[[Rig], None]
    exit_code: int

    def __str__(self) -> str:
        return self.name


def fault(**order: object) -> Callable[[Rig], None]:
    """Order a fault for good."""
    return lambda rig: rig.site.fault(Fault(times=None, **order))  # type: ignore[arg-type]  # checked where it is read


def empty_page(number: int) -> Callable[[Rig], None]:
    return fault(kind="status", path="/favorites.json", query={"page": str(number)}, status=200, body='{"posts":[]}')


HARDSHIPS = [
    Hardship("every answer is an error page", fault(kind="html", status=503), 5),
    Hardship("a challenge page with status 200", fault(kind="html"), 5),
    Hardship("a challenge page with status 403", fault(kind="html", status=403), 5),
    Hardship("lists are cut off", fault(kind="cut_body", path="/favorites.json"), 5),
    Hardship("lists are not JSON", fault(kind="not_json", path="/favorites.json"), 5),
    Hardship("lists are other JSON", fault(kind="wrong_shape", path="/favorites.json"), 5),
    Hardship("the second page is lost", fault(kind="drop_after", path="/favorites.json", query={"page": "2"}), 5),
    Hardship("the database of the site times out", fault(kind="db_timeout", path="/favorites.json"), 5),
    Hardship("a redirect to somewhere", fault(kind="redirect", location="https://other.example/"), 5),
    Hardship("the search engine is down", lambda rig: setattr(rig.world, "search_down", True), 5),
    Hardship("a ban", lambda rig: setattr(rig.world.user("alice"), "banned", "forever"), 4),
    Hardship("another key", lambda rig: rig.world.set_api_key("alice", "another"), 4),
]


@pytest.mark.parametrize("hardship", HARDSHIPS, ids=str)
def test_a_site_in_trouble_changes_no_row(synced: Rig, hardship: Hardship) -> None:
    """While the list on the site really shrinks: no row is changed, and the exit code is not 0."""
    for post_id in synced.listing()[5:10]:
        synced.world.unfavorite("alice", post_id)
    before = synced.rows("SELECT * FROM favorites"), synced.events()
    hardship.order(synced)
    report = synced.sync()
    assert (synced.rows("SELECT * FROM favorites"), synced.events()) == before
    assert report.exit_code == hardship.exit_code, report


@pytest.mark.parametrize("hardship", HARDSHIPS, ids=str)
def test_after_the_trouble_everything_is_learned(synced: Rig, hardship: Hardship) -> None:
    """What went wrong leaves nothing behind that could mislead a later run."""
    for post_id in synced.listing()[5:10]:
        synced.world.unfavorite("alice", post_id)
    hardship.order(synced)
    synced.sync()
    synced.site.clear_faults()
    synced.world.search_down = False
    synced.world.user("alice").banned = False
    synced.world.set_api_key("alice", "alice-key")
    assert synced.sync().exit_code == 0
    assert synced.favorites() == synced.listing()


def test_a_page_that_is_empty_by_mistake_loses_nothing(synced: Rig) -> None:
    """An empty page, be it the first: the search and the word of the site keep every favorite."""
    before = set(synced.favorites())
    for number in (2, 1):
        empty_page(number)(synced)
        report = synced.sync()
        assert set(synced.favorites()) == before
        assert report.removed == 0


def test_a_shifted_page_removes_nothing(synced: Rig) -> None:
    """A removal while the list is read skips one at the seam: it is found, only the removed one goes."""
    gone = synced.listing()[2]

    def shift(exchange: object) -> None:
        if len(synced.site.requests(path="/favorites.json")) == 1 and synced.world.is_favorite("alice", gone):
            synced.world.unfavorite("alice", gone)

    synced.site.before = shift
    assert synced.sync().exit_code == 0
    assert synced.favorites() == synced.listing()
    assert [event for event in synced.events() if event[1] == "removed"] == [(gone, "removed", "unfavorited", None)]


def test_a_list_that_shrank_past_the_guard_is_not_believed(synced: Rig) -> None:
    """A flush, or something that looks like one: exit 6 until a person says that it is right."""
    synced.world.flush("alice")
    before = synced.dump()
    report = synced.sync(allowed_removals=lambda _of: 20)
    assert report.exit_code == 6
    assert synced.dump().count("INSERT") == before.count("INSERT")
    assert len(synced.favorites()) == 25


def test_a_public_list_that_hides_changes_no_row(rig: Rig) -> None:
    """Both ways of hiding (403, or an empty list with a count) end with a refusal and leave everything."""
    public = Rig(rig.site, rig.path.with_name("public.db"), public=True)
    assert public.sync().exit_code == 0
    before = public.dump()
    public.world.set_hidden("alice", True)
    for _ in range(2):
        assert public.sync().exit_code == 4
    assert public.dump() == before


@pytest.mark.parametrize("singly", [False, True])
def test_a_list_of_ids_that_gets_no_answer_is_asked_about_one_by_one(synced: Rig, *, singly: bool) -> None:
    """Each post has its own word then; one that gets none stays a favorite, and that is said."""
    gone = synced.listing()[5:8]
    for post_id in gone:
        synced.world.unfavorite("alice", post_id)
    synced.site.fault(Fault("db_timeout", path="/posts.json", times=None))
    if not singly:
        synced.site.fault(Fault("db_timeout", path="/posts/*.json", times=None))
    report = synced.sync()
    assert report.exit_code == 3  # the search for changes failed as well
    assert report.removed == (3 if singly else 0)
    assert len(synced.favorites()) == 25 - report.removed
    assert sorted(report.unavailable) == ([] if singly else sorted(gone))
    assert sum("stays as it was" in notice for notice in report.notices) == len(report.unavailable)


def test_a_long_list_of_ids_that_gets_no_answer_is_halved(synced: Rig) -> None:
    """Each post has its own word in the end; too many lists without an answer are `tests/core/test_asking.py`'s."""
    for post_id in synced.listing()[5:20]:
        synced.world.unfavorite("alice", post_id)
    synced.site.fault(Fault("db_timeout", path="/posts.json", times=None))
    report = synced.sync()
    assert (report.exit_code, report.removed) == (0, 15)
    assert len(synced.favorites()) == 10
