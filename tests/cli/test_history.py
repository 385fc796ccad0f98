"""`favsync history`: what is shown of what came, went and moved; and that it is quick."""

import json
import subprocess
import sys

import pytest

from favsync.sandbox import Site, World
from tests.cli.conftest import Favsync
from tests.cli.terminal import at_a_terminal


@pytest.fixture
def lived(alice: Favsync, world: World) -> Favsync:
    """Two syncs, with a move, a removal, a favorite added again and a new one between them."""
    assert alice("sync").code == 0
    world.add_posts(3, tags_per_post=3)
    _, second, third, _, oldest = world.listing("alice")
    world.unfavorite("alice", second)
    world.transfer_favorites(third, 6)
    world.unfavorite("alice", oldest)
    world.favorite("alice", oldest)
    world.favorite("alice", 7)
    assert alice("sync").code == 0
    return alice


def test_each_change_is_one_line_newest_first(lived: Favsync) -> None:
    """A move is one; both ends of the time in which it happened are there."""
    outcome = lived("history")
    assert (outcome.code, outcome.err) == (0, "")
    head, *lines = outcome.out.splitlines()
    assert head.split() == ["noticed", "not", "before", "post", "what"]
    shown = [(line.rsplit("  ", 1)[0].split()[-1], line.rsplit("  ", 1)[1]) for line in lines]
    assert shown[:4] == [
        ("7", "added"),
        ("1", "moved to the top: removed and added again"),
        ("4", "removed on the site"),
        ("3", "moved to a better version #6 (Inferior version of post #6)"),
    ]
    assert all(line.count("UTC") == 2 for line in lines[:4])
    assert [what.strip() for *_, what in shown[4:]] == ["first sync: 5 favorites"]
    assert all(line.count("UTC") == 1 and " -  " in line for line in lines[4:])


def test_the_json_is_what_scripts_rely_on(lived: Favsync) -> None:
    """Its keys are fixed, and the runs between which it happened are there."""
    moved = next(change for change in json.loads(lived("history", "--json").out) if change["related_post_id"])
    assert moved.pop("happened_at") > moved.pop("happened_after")
    assert moved == {
        "account": "alice",
        "kind": "moved",
        "reason": "moved_to_parent",
        "post_id": 3,
        "related_post_id": 6,
        "run_id": 2,
        "previous_run_id": 1,
        "deletion_reason": "Inferior version of post #6",
    }


def test_it_can_be_asked_about_a_post_a_time_and_an_account(lived: Favsync, site: Site) -> None:
    """And for no more than so many; nothing of it asks the site."""
    site.clear_log()
    assert len(lived("history", "alice", "--post", "3").out.splitlines()) == 1 + 2
    assert len(lived("history", "--limit", "2").out.splitlines()) == 1 + 2
    assert len(lived("history", "--since", "7d").out.splitlines()) == 1 + 5
    nothing = lived("history", "--since", "2999-01-01")
    assert (nothing.code, nothing.out, nothing.err) == (0, "", "No such changes are recorded.\n")
    assert json.loads(lived("history", "--since", "2999-01-01T12:30", "--json").out) == []
    assert site.log == []


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["--since", "soon"], "such as 2026-01-31, 2026-01-31T18:30, yesterday, 1_week_ago or 7d"),
        (["--since", "9999999d"], "such as 2026-01-31"),
        (["--post", "0"], "x>=1"),
        (["--limit", "none"], "not a valid integer"),
        (["bob"], "There is no account named 'bob'"),
    ],
)
def test_what_is_not_understood_is_said(lived: Favsync, arguments: list[str], said: str) -> None:
    """Exit code 2, with what is."""
    outcome = lived("history", *arguments)
    assert (outcome.code, outcome.out) == (2, "")
    assert said in outcome.err


def test_before_the_first_account_there_is_no_history(favsync: Favsync) -> None:
    """As for every other command."""
    outcome = favsync("history")
    assert outcome.code == 2
    assert "favsync account add" in outcome.err
    assert favsync.files() == []


def test_it_is_shown_without_the_heavy_libraries(lived: Favsync) -> None:
    """Whoever looks something up does not wait for what only a sync needs."""
    program = (
        "import sys; from favsync.cli.main import main; main(['history']);"
        " print([name for name in ('sqlalchemy', 'httpcore', 'httpx', 'rich', 'alembic') if name in sys.modules])"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], env=lived.environ, capture_output=True, text=True, timeout=60, check=True
    )
    assert done.stdout.splitlines()[-1] == "[]"


def test_the_first_sync_is_one_line(alice: Favsync, world: World) -> None:
    """That its favorites were there before is all that can be said of them; JSON has each, and so has --post."""
    assert alice("sync").code == 0
    world.favorite_many("alice", world.add_posts(2))
    assert alice("sync").code == 0
    lines = alice("history").out.splitlines()
    assert len(lines) == 4
    assert lines[3].split("  ")[-1].strip() == "first sync: 5 favorites"
    assert len(alice("history", "--limit", "2").out.splitlines()) == 3
    assert len(json.loads(alice("history", "--json").out)) == 7
    assert "added" in alice("history", "--post", "3").out
    code, shown = at_a_terminal(alice, "history")
    assert (code, "first sync: 5 favorites" in shown) == (0, True)
