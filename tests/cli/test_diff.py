"""`favsync diff NAME OTHER` and `favsync diff NAME --since`: lists that are kept here, without asking the site."""

import json

import pytest

from favsync.sandbox import Site, World
from tests.cli.conftest import Favsync


@pytest.fixture
def two(alice: Favsync, site: Site, world: World) -> Favsync:
    """alice and bob, both synced; bob has two of alice's five in her order, and one of his own."""
    assert alice("sync").code == 0
    _, second, _, fourth, _ = world.listing("alice")
    world.add_user("bob")
    world.add_posts(1, tags_per_post=3)
    for post_id in (fourth, second, 6):
        world.favorite("bob", post_id)
    added = alice("account", "add", "bob", "--site", site.url, "--username", "bob", "--public")
    assert added.code == 0, added.err
    assert alice("sync", "bob").code == 0
    site.clear_log()
    return alice


def test_two_accounts_against_each_other(two: Favsync, world: World, site: Site) -> None:
    """Both sides and what both have; the site is not asked."""
    first, second, third, fourth, fifth = world.listing("alice")
    outcome = two("diff", "alice", "bob")
    assert (outcome.code, outcome.err) == (0, "")
    assert outcome.out.splitlines() == [
        f"< {first}  only alice has it",
        f"< {third}  only alice has it",
        f"< {fifth}  only alice has it",
        "> 6  only bob has it",
        "alice: 5 favorites, 3 alone; bob: 3 favorites, 1 alone; 2 in both, in the same order",
    ]
    assert json.loads(two("diff", "BOB", "alice", "--json").out) == {
        "left": {"account": "bob", "favorites": 3},
        "right": {"account": "alice", "favorites": 5},
        "only_left": [6],
        "only_right": [first, third, fifth],
        "common": 2,
        "same_order": True,
    }
    world.unfavorite("bob", second)
    world.unfavorite("bob", fourth)
    world.favorite("bob", second)
    world.favorite("bob", fourth)
    two("sync", "bob", "--full")
    assert two("diff", "alice", "bob").out.splitlines()[-1].endswith("2 in both, in another order")
    assert {entry.query.get("user_id") for entry in site.log if "user_id" in entry.query} == {str(world.user("bob").id)}


def test_an_account_against_itself_is_wrong_usage(two: Favsync) -> None:
    """In whatever case; and so is an account that is not here, or --since with two of them."""
    assert "cannot be compared with itself" in two("diff", "alice", "Alice").err
    for arguments in (["alice", "Alice"], ["alice", "carol"], ["alice", "bob", "--since", "1"]):
        assert two("diff", *arguments).code == 2


def test_now_against_then(alice: Favsync, world: World, site: Site) -> None:
    """By the run's number or a moment; what went says why."""
    alice("sync")
    world.add_posts(2, tags_per_post=3)
    _, second, third, *_ = world.listing("alice")
    world.unfavorite("alice", second)
    world.transfer_favorites(third, 6)
    world.set_parent(third, 6)
    world.delete_post(third, reason="duplicate", parent_id=6)
    world.favorite("alice", 7)
    alice("sync")
    site.clear_log()
    outcome = alice("diff", "alice", "--since", "1")
    assert (outcome.code, outcome.err) == (0, "")
    *lines, summary = outcome.out.splitlines()
    assert lines == [
        "+ 7  added since",
        "+ 6  added since",
        f"- {second}  no longer a favorite on the site",
        f"- {third}  moved to its parent 6",
    ]
    assert summary.startswith("alice: 5 favorites, 2 new and 2 removed since run 1 (")
    assert summary.endswith("), which had 5")
    reported = json.loads(alice("diff", "--since", "1", "--json").out)
    assert list(reported) == ["account", "since_run", "since", "then", "now", "added", "removed"]
    assert (reported["account"], reported["since_run"], reported["then"], reported["now"], reported["added"]) == (
        "alice",
        1,
        5,
        5,
        [7, 6],
    )
    assert reported["removed"] == [
        {"post_id": second, "reason": "unfavorited", "related_post_id": None},
        {"post_id": third, "reason": "moved_to_parent", "related_post_id": 6},
    ]
    assert json.loads(alice("diff", "--since", reported["since"], "--json").out) == reported
    assert site.log == []


@pytest.mark.parametrize(
    ("since", "words"),
    [
        ("2020-01-01", "There is no list of alice before 20"),
        ("99", "alice has no run 99 that has ended"),
        ("soon", "is not a day"),
        ("9" * 19, "is not a day"),
    ],
)
def test_a_past_that_is_not_known(alice: Favsync, since: str, words: str) -> None:
    """Wrong usage, with words."""
    alice("sync")
    outcome = alice("diff", "--since", since)
    assert outcome.code == 2
    assert words in outcome.err


def test_before_the_first_sync(alice: Favsync) -> None:
    """It says what to do."""
    assert "There is no list of alice yet: run 'favsync sync alice' first" in alice("diff", "--since", "7d").err


def test_a_search_that_leaves_nothing_of_both_lists_says_why(two: Favsync) -> None:
    """A tag that none of them has is named, of two accounts and of now and then; JSON stays without words."""
    two("sync")
    for which, whose in ((["alice", "bob"], "alice or bob"), (["alice", "--since", "1"], "alice")):
        outcome = two("diff", *which, "--where", "no_such_tag")
        assert outcome.code == 0
        assert outcome.err.splitlines() == [
            "Only posts that --where finds are counted.",
            f"Nothing is found: no favorite of {whose} has the tag no_such_tag.",
        ]
        assert two("diff", *which, "--where", "no_such_tag", "--json").err == ""


def test_a_search_chooses_from_both_lists(two: Favsync, world: World, site: Site) -> None:
    """Two accounts, or now and then: the posts are as they are known today, and the rest counts nowhere."""
    first, second, third, fourth, _ = world.listing("alice")
    with world.lock:
        for post_id in (first, second, third, 6):
            world.edit_post(post_id, tags={"species": ["wolf"]})
    world.unfavorite("alice", third)
    world.favorite("alice", 6)
    assert two("sync", "--full").code == 0
    site.clear_log()
    versus = two("diff", "alice", "bob", "--where", "wolf")
    assert versus.out.splitlines() == [
        f"< {first}  only alice has it",
        "alice: 3 favorites, 1 alone; bob: 2 favorites, 0 alone; 2 in both, in the same order",
    ]
    assert versus.err == "Only posts that --where finds are counted.\n"
    reported = json.loads(two("diff", "alice", "--since", "1", "--where", "wolf", "--json").out)
    assert (reported["then"], reported["now"], reported["added"]) == (3, 3, [6])
    assert [gone["post_id"] for gone in reported["removed"]] == [third]
    reported = json.loads(two("diff", "alice", "--since", "1", "--where", "-wolf", "--json").out)
    assert (reported["then"], reported["now"], reported["added"], reported["removed"]) == (2, 2, [], [])
    assert site.log == []
    assert fourth in world.listing("alice")


def test_where_needs_two_lists_that_are_kept_here(two: Favsync, site: Site) -> None:
    """Of what is new on the site nothing is known yet; and a list is named beside the search, not in it."""
    for arguments, said in (
        (["alice", "--where", "wolf"], "OTHER or --since"),
        (["alice", "bob", "--where", "wolf ("], "not closed"),
        (["alice", "bob", "--where", "limit:2"], "does not accept 'limit:'"),
        (["alice", "bob", "--where", "favorited:>2020-01-01"], "does not accept 'favorited:'"),
        (["alice", "bob", "--where", "wolf -favorited:>2020-01-01"], "does not accept 'favorited:'"),
        (
            ["alice", "--since", "1", "--where", "( ~wolf ~( hat favorited:<2020-01-01 ) )"],
            "does not accept 'favorited:'",
        ),
        (["alice", "--since", "1", "--where", "gone:any"], "does not accept 'gone:'"),
    ):
        outcome = two("diff", *arguments)
        assert (outcome.code, outcome.out) == (2, "")
        assert said in outcome.err
    assert site.log == []
