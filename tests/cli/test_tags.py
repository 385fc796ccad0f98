"""`favsync tags`: which tags the favorites have, and how many have each."""

import json
import subprocess
import sys

import pytest

from favsync.sandbox import Site, World
from tests.cli.conftest import Favsync
from tests.cli.terminal import at_a_terminal


@pytest.fixture
def tagged(alice: Favsync, world: World) -> Favsync:
    """Three of alice's favorites, with tags of several categories; the others are gone, and had tags, too."""
    one, two, three, *gone = world.listing("alice")
    with world.lock:
        world.edit_post(one, tags={"species": ["wolf"], "artist": ["maple"], "general": ["sky"]})
        world.edit_post(two, tags={"species": ["wolf", "Wolverine"], "general": ["sky"]})
        world.edit_post(three, tags={"species": ["fox"], "general": ["sky", "\x1b[2J"]})
    assert alice("sync").code == 0
    with world.lock:
        for post_id in gone:
            world.unfavorite("alice", post_id)
    assert alice("sync", "--accept-removals").code == 0
    return alice


def lines(favsync: Favsync, *arguments: str) -> list[list[str]]:
    """The words of each line that a pipe gets."""
    outcome = favsync("tags", *arguments)
    assert (outcome.code, outcome.err) == (0, "")
    return [line.split() for line in outcome.out.splitlines()]


def test_the_most_frequent_come_first(tagged: Favsync, site: Site) -> None:
    """Aligned, without color; former favorites are not counted, and the site is not asked."""
    site.clear_log()
    assert lines(tagged) == [
        ["tag", "category", "favorites"],
        ["sky", "general", "3"],
        ["wolf", "species", "2"],
        ["\\x1b[2J", "general", "1"],
        ["Wolverine", "species", "1"],
        ["fox", "species", "1"],
        ["maple", "artist", "1"],
    ]
    assert site.log == []


def test_they_are_chosen_by_pattern_category_and_number(tagged: Favsync) -> None:
    """Each alone, and together."""
    assert [line[0] for line in lines(tagged, "wol*")[1:]] == ["wolf", "Wolverine"]
    assert [line[0] for line in lines(tagged, "--category", "SPECIES")[1:]] == ["wolf", "Wolverine", "fox"]
    assert [line[0] for line in lines(tagged, "--limit", "2")[1:]] == ["sky", "wolf"]
    assert [line[0] for line in lines(tagged, "*o*", "--category", "species", "--limit", "1")[1:]] == ["wolf"]


def test_the_json_is_what_scripts_rely_on(tagged: Favsync) -> None:
    """Its keys are fixed; none found is an empty list."""
    assert json.loads(tagged("tags", "w*", "--json").out) == [
        {"name": "wolf", "category": "species", "favorites": 2},
        {"name": "Wolverine", "category": "species", "favorites": 1},
    ]
    assert len(json.loads(tagged("tags", "w*", "--json", "--limit", "1").out)) == 1
    nothing = tagged("tags", "none", "--json")
    assert (nothing.code, nothing.out, nothing.err) == (0, "[]\n", "")


def test_an_account_alone_or_all_together(tagged: Favsync, world: World, site: Site) -> None:
    """A post of two accounts counts once."""
    with world.lock:
        world.favorite("bob", world.listing("alice")[0])
    tagged("account", "add", "bob", "--site", site.url, "--username", "bob", "--public")
    tagged("sync", "bob")
    assert lines(tagged, "sky")[1] == ["sky", "general", "3"]
    assert lines(tagged, "sky", "--account", "bob")[1] == ["sky", "general", "1"]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["olf"], "Your favorites have no such tag. A * stands for any characters: favsync tags '*olf*'\n"),
        (["olf*"], "Your favorites have no such tag.\n"),
        (["--category", "artists"], "no tag of the category 'artists'; there are artist, general, species.\n"),
        (["wolf", "--category", "artist"], "Your favorites have no such tag. A * stands"),
    ],
)
def test_why_there_is_none_is_said(tagged: Favsync, arguments: list[str], said: str) -> None:
    """With what could be meant instead; to find nothing is no failure."""
    outcome = tagged("tags", *arguments)
    assert (outcome.code, outcome.out) == (0, "")
    assert said in outcome.err


def test_without_favorites_there_is_nothing_to_count(alice: Favsync) -> None:
    """And how to get some is said."""
    outcome = alice("tags", "w*")
    assert (outcome.code, outcome.out, "favsync sync" in outcome.err) == (0, "", True)


def test_a_terminal_gets_the_first_of_many_with_bars(alice: Favsync, world: World) -> None:
    """And is told of the others; no tag can harm it."""
    with world.lock:
        world.edit_post(world.listing("alice")[0], tags={"general": [f"tag_{n}" for n in range(60)] + ["\x1b[2J"]})
    alice("sync")
    total = len(lines(alice)) - 1
    code, shown = at_a_terminal(alice, "tags", columns=80)
    assert code == 0
    assert len([line for line in shown.splitlines() if "general" in line or "█" in line]) == 40
    assert f"… and {total - 40} more" in shown.replace("\r\n", " ")
    assert "\x1b[2J" not in at_a_terminal(alice, "tags", "*[2*", columns=80)[1]
    limited = at_a_terminal(alice, "tags", "--limit", "3", columns=80)[1]
    assert "more" not in limited


def test_it_is_shown_without_the_heavy_libraries(tagged: Favsync) -> None:
    """Whoever looks something up does not wait for what only a sync needs."""
    for command in ("tags", "stats"):
        program = (
            f"import sys; from favsync.cli.main import main; main([{command!r}]);"
            " print([name for name in ('sqlalchemy', 'httpcore', 'httpx', 'rich', 'alembic') if name in sys.modules])"
        )
        done = subprocess.run(
            [sys.executable, "-c", program], env=tagged.environ, capture_output=True, text=True, timeout=60, check=True
        )
        assert done.stdout.splitlines()[-1] == "[]"
