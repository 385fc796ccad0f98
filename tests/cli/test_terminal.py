"""What reaches a terminal, and what is asked at one; and what happens when stdout is something else."""


from favsync.sandbox import Site, World
from tests.cli.conftest import KEY, Favsync
from tests.cli.terminal import at_a_terminal


def test_a_key_that_is_typed_is_not_shown(favsync: Favsync, site: Site) -> None:
    """At a terminal the key is asked for, and not echoed."""
    arguments = ["account", "add", "alice", "--site", site.url, "--username", "alice"]
    code, shown = at_a_terminal(favsync, *arguments, answers={"API key of alice: ": KEY})
    assert code == 0
    assert "5 favorites there" in shown
    assert KEY not in shown


def test_a_name_from_the_site_is_harmless_in_a_prompt(alice: Favsync, world: World) -> None:
    """A user may be called what they like: the terminal is not told so in its own language."""
    world.rename("alice", "al\x1b[2Jice\u202e")
    code, shown = at_a_terminal(alice, "account", "login", "alice", answers={r"API key of al\x1b[2Jice\u202e: ": KEY})
    assert code in (2, 4)
    assert "\x1b[2J" not in shown
    assert "\u202e" not in shown


def test_forgetting_is_asked_for_at_a_terminal(alice: Favsync) -> None:
    """And no is the answer that nothing but a yes changes."""
    question = "Forget 'alice' (alice), with its list and its history? [y/N]: "
    code, shown = at_a_terminal(alice, "account", "remove", "alice", answers={question: ""})
    assert (code, "Nothing was changed." in shown) == (0, True)
    assert alice("account", "list").code == 0
    code, shown = at_a_terminal(alice, "account", "remove", "alice", answers={question: "y"})
    assert (code, "alice is forgotten here" in shown) == (0, True)
    assert alice("account", "list").code == 2
