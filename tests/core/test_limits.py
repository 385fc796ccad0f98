"""The scan of a site with other limits than those of today: pages of seven, three pages, a few ids a request."""

import ast
from contextlib import suppress
from dataclasses import asdict
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from favsync.core.listing.asking import Asking, Unproven
from favsync.core.listing.by_id import prove_end
from favsync.core.listing.effects import AskPosts, Effect, ReadPage
from favsync.core.listing.incremental import Base
from favsync.core.listing.result import Proof, ScanResult
from favsync.core.push import PushReply, push_queue
from favsync.model import SiteLimits
from favsync.site.e621.limits import LIMITS
from tests.core.listed_site import ListedSite, finish, pull_scan
from tests.core.pushed_site import ADD, Favorites, queue

SMALL = SiteLimits(page_size=7, usual_page=7, last_page=3, ids_per_query=5)
odd_limits = st.builds(
    SiteLimits,
    page_size=st.integers(1, 9),
    usual_page=st.integers(1, 9),
    last_page=st.integers(1, 6),
    ids_per_query=st.integers(1, 13),
)
ids = st.integers(1, 300)
lists = st.lists(ids, unique=True, max_size=40)


def small_site(favorites: list[int], limits: SiteLimits = SMALL) -> ListedSite:
    return ListedSite(list(favorites), page_size=limits.page_size, limits=limits, states_at_once=limits.ids_per_query)


def whole(known: list[int], reading: ScanResult) -> list[int]:
    """The whole list that a scan tells."""
    if not reading.goes_on:
        return list(reading.listing)
    left = {absence.post_id for absence in reading.absences} | set(reading.listing)
    return [*reading.listing, *(post_id for post_id in known if post_id not in left)]


def is_within(questions: list[Effect], limits: SiteLimits) -> bool:
    """Tell whether a scan asked for nothing that the site does not answer."""
    pages = all(question.number <= limits.last_page for question in questions if isinstance(question, ReadPage))
    lists = all(len(each.post_ids) <= limits.ids_per_query for each in questions if isinstance(each, AskPosts))
    return pages and lists


@settings(max_examples=300)
@given(favorites=lists, limits=odd_limits)
def test_a_first_backup_is_whole_whatever_the_limits(favorites: list[int], limits: SiteLimits) -> None:
    """What the pages show is in order, what lies past the last one comes from the search: nothing is missing."""
    site = small_site(favorites, limits)
    reading = finish(pull_scan([], None, limits=limits), site)
    assert reading.proof is Proof.COMPLETE
    shown = limits.page_size * limits.last_page
    assert list(reading.listing[:shown]) == favorites[:shown]
    assert set(reading.listing) == set(favorites)
    assert len(reading.listing) == len(favorites)
    assert is_within(site.asked, limits)


@settings(max_examples=500)
@given(data=st.data(), before=lists, limits=odd_limits)
def test_what_changed_is_told_exactly_whatever_the_limits(
    data: st.DataObject, before: list[int], limits: SiteLimits
) -> None:
    """Adds on top and removals anywhere: the same favorites as the site has, each absence with the site's word."""
    site = small_site(before, limits)
    for adds, post_id in data.draw(st.lists(st.tuples(st.booleans(), ids), max_size=15)):
        (site.add if adds else site.remove)(post_id)
    for post_id in data.draw(st.lists(st.sampled_from(before), max_size=15)) if before else []:
        site.remove(post_id)
    reading = finish(pull_scan(before, Base(1), limits=limits), site)
    assert reading.proof is Proof.COMPLETE
    assert set(whole(before, reading)) == set(site.favorites)
    assert {absence.post_id for absence in reading.absences} == set(before) - set(site.favorites)
    shown = limits.page_size * limits.last_page
    if len(site.favorites) <= shown:
        assert whole(before, reading) == site.favorites
    assert is_within(site.asked, limits)


def test_a_site_of_three_pages_of_seven_is_read_to_its_last_one() -> None:
    """Twenty-one favorites come from pages, four more from the search, and stand at the end."""
    site = small_site(list(range(25, 0, -1)))
    reading = finish(pull_scan([], None, limits=SMALL), site)
    assert reading.listing == tuple(range(25, 0, -1))
    assert reading.unplaced == frozenset({4, 3, 2, 1})
    assert [question.number for question in site.asked if isinstance(question, ReadPage)][:3] == [1, 2, 3]


def test_an_incremental_scan_knows_the_last_page_of_its_site() -> None:
    """A list that is longer than the site shows is read whole, and the words name this site's number."""
    known = list(range(25, 0, -1))
    reading = finish(pull_scan(known, Base(1), limits=SMALL), small_site(known))
    assert reading.evidence.because == "the list has 4 pages, and the site shows 3"


def test_a_push_asks_in_lists_of_the_length_that_the_site_answers() -> None:
    """Adds that meet the account's limit are asked about five at a time, where five is the most."""
    site = Favorites(favorites={1, 2, 3}, limit=3)
    push = push_queue(queue(*((ADD, post_id) for post_id in range(1, 13))), SMALL)
    reply: PushReply = None
    with suppress(StopIteration):
        while True:
            reply = site.reply(push.send(reply))
    assert [len(step.post_ids) for step in site.steps if isinstance(step, AskPosts)] == [5, 5, 2]


def test_the_end_of_a_search_is_proven_with_one_list_that_the_site_answers() -> None:
    """The witness and as many of those below it as one list holds, however many there are."""
    site = small_site(list(range(40, 0, -1)))
    with pytest.raises(Unproven):
        finish_asking(prove_end({30, 31}, range(1, 30), SMALL), site)
    assert [len(each.post_ids) for each in site.asked if isinstance(each, AskPosts)] == [5]


def finish_asking(steps: Asking[None], site: ListedSite) -> None:
    """Answer a part of a scan from the site to its end."""
    with suppress(StopIteration):
        question = next(steps)
        while True:
            question = steps.send(site.answer(question))


def test_no_limit_of_a_site_stands_in_the_core_or_the_model() -> None:
    """The numbers of today's site are in its own folder, and whoever needs them is given them."""
    package = Path(__file__).parents[2] / "favsync"
    numbers = set(asdict(LIMITS).values())
    for path in [package / "model.py", *(package / "core").rglob("*.py")]:
        found = {node.value for node in ast.walk(ast.parse(path.read_text())) if isinstance(node, ast.Constant)}
        assert numbers.isdisjoint(found), path
