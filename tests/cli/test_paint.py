"""Colours and links: for the eye, on a terminal that has them, and nowhere else."""

import re
import sys
from collections.abc import Mapping
from types import MappingProxyType

import pytest

from favsync.cli.terminal.paint import Mark, Style, has_links, painted
from favsync.cli.terminal.text import columns_of, fitted
from favsync.sandbox import Site, World
from tests.cli.conftest import Favsync
from tests.cli.terminal import at_a_terminal

COLOUR = re.compile(r"\x1b\[[0-9;]*m")
LINK = re.compile(r"\x1b\]8;[^\x1b\x07;]*;([^\x1b\x07]*)(?:\x1b\\|\x07)")


@pytest.fixture
def lived(alice: Favsync, world: World) -> Favsync:
    """Alice has synced; since then a favorite came, one went, and two changes are queued."""
    assert alice("sync").code == 0
    world.favorite_many("alice", world.add_posts(1))
    world.unfavorite("alice", 2)
    assert alice("add", "900").code == 0
    assert alice("remove", "3").code == 0
    return alice


def shown(favsync: Favsync, *line: str, columns: int = 120, environ: Mapping[str, str] = MappingProxyType({})) -> str:
    """What a terminal gets; with colours and links, unless the environment says otherwise."""
    there = {"TERM": "xterm-256color", "NO_COLOR": "", "FORCE_HYPERLINK": "1", **environ}
    return at_a_terminal(Favsync(favsync.home, favsync.environ | there), *line, columns=columns)[1].replace("\r", "")


def bare(text: str) -> str:
    """The text without colours and links."""
    return LINK.sub("", COLOUR.sub("", text))


def test_a_plan_has_colours_and_links(lived: Favsync, site: Site) -> None:
    """Green for what comes, red for what goes, and each id leads to its post."""
    text = shown(lived, "diff")
    assert "\x1b[32m+\x1b[0m" in text
    assert "\x1b[31m-\x1b[0m" in text
    assert set(LINK.findall(text)) == {"", *(f"{site.url}/posts/{n}" for n in (6, 2, 900, 3))}
    assert "- 2  no longer a favorite" in bare(text)


@pytest.mark.parametrize("environ", [{"NO_COLOR": "1"}, {"TERM": "dumb"}])
@pytest.mark.parametrize("line", ["diff", "status", "account check", "sync --dry-run", "queue list"])
def test_who_wants_no_colours_gets_none(lived: Favsync, environ: dict[str, str], line: str) -> None:
    """https://no-color.org, and terminals that have none."""
    text = shown(lived, *line.split(), environ={"FORCE_HYPERLINK": "0", **environ})
    assert not re.search(r"\x1b\[[0-9;]*3[0-9]m", text)
    assert "\x1b]8" not in text


@pytest.mark.parametrize("line", ["diff", "status", "queue list", "history", "search", "restore --at 1 --dry-run"])
def test_what_is_no_terminal_gets_neither(lived: Favsync, line: str) -> None:
    """Whatever the environment says of colours: a pipe is read by programs."""
    favsync = Favsync(lived.home, lived.environ | {"TERM": "xterm", "FORCE_COLOR": "1", "FORCE_HYPERLINK": "1"})
    outcome = favsync.process(*line.split())
    assert outcome.code == 0
    assert "\x1b" not in outcome.out + outcome.err


@pytest.mark.parametrize(
    "line", ["search", "queue list", "history", "query --format table 'SELECT post_id FROM favorites'"]
)
@pytest.mark.parametrize("columns", [30, 120])
def test_ids_in_tables_are_links(lived: Favsync, site: Site, line: str, columns: int) -> None:
    """Also where the rows stand one under the other, because the terminal is narrow."""
    if line == "history":
        assert lived("sync").code in (0, 3)
    arguments = line.split(" '")
    text = shown(lived, *arguments[0].split(), *(each.rstrip("'") for each in arguments[1:]), columns=columns)
    lead_to = set(LINK.findall(text)) - {""}
    assert lead_to
    assert all(link.startswith(f"{site.url}/posts/") for link in lead_to)


def test_the_state_of_things_has_colours(lived: Favsync) -> None:
    """Green for a good run, red for a bad one."""
    assert "\x1b[32mcomplete\x1b[0m" in shown(lived, "status")
    lived("--config", "/nowhere", "status")
    code, text = at_a_terminal(
        Favsync(lived.home, lived.environ | {"TERM": "xterm", "NO_COLOR": ""}), "status", "--max-age", "0.001s"
    )
    assert (code, "\x1b[1;31mfavsync:\x1b[0m alice: the last good run" in text) == (3, True)


@pytest.mark.parametrize("width", [12, 40, 80])
@pytest.mark.parametrize(
    "line", ["status", "diff", "account check", "history", "search", "sync --dry-run", "queue list"]
)
def test_lines_break_between_words_at_every_width(lived: Favsync, line: str, width: int) -> None:
    """What was one word stays one, unless a table had to fold it."""
    text = bare(shown(lived, "--quiet", *line.split(), columns=width))  # quiet: a progress bar has its own ways
    words = set(bare(shown(lived, "--quiet", *line.split(), columns=500)).split())
    if line.split(maxsplit=1)[0] in {"status", "diff", "sync", "account", "history", "queue"}:
        assert {word for word in text.split() if word.strip("─")} - words == set()
    assert all(columns_of(each) <= width or " " not in each.strip() for each in text.splitlines())


@pytest.mark.parametrize(
    ("environ", "has"),
    [
        ({"TERM": "xterm-256color"}, False),
        ({"TERM": "xterm-kitty"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "7200"}, True),
        ({"TERM": "xterm-256color", "VTE_VERSION": "4205"}, False),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "iTerm.app"}, True),
        ({"TERM": "xterm-256color", "TERM_PROGRAM": "Apple_Terminal"}, False),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.4"}, True),
        ({"TERM": "tmux-256color", "TERM_PROGRAM": "tmux", "TERM_PROGRAM_VERSION": "3.3a"}, False),
        ({"TERM": "linux", "VTE_VERSION": "7200"}, False),
        ({"TERM": "dumb", "FORCE_HYPERLINK": "1"}, True),
        ({"TERM": "xterm-kitty", "FORCE_HYPERLINK": "0"}, False),
        ({}, False),
    ],
)
def test_links_are_for_terminals_that_are_known_to_have_them(environ: dict[str, str], *, has: bool) -> None:
    """Others would show the URL as rubbish."""

    class Terminal:
        def isatty(self) -> bool:
            return True

    assert has_links(Terminal(), environ) is has  # type: ignore[arg-type]  # all that is asked of a stream
    assert has_links(sys.__stdin__ and None, environ) is False


def test_a_url_that_could_harm_a_terminal_is_no_link() -> None:
    """It would end the sequence, and begin another."""
    for url in ("https://x.example/\x1b]0;title\x07", "javascript:alert(1)", "https://x example/"):
        assert painted(["a 5"], [Mark("5", link=url)], colours=False, links=True) == ["a 5"]


def test_a_mark_is_painted_once_and_in_order() -> None:
    """Not where the same text stood before, and not where it was broken between two lines."""
    marks = [Mark("b", Style.BAD), Mark("a", Style.GOOD), Mark("c d", Style.BAD)]
    assert painted(["a b a", "c", "d"], marks, colours=True, links=False) == [
        "a \x1b[31mb\x1b[0m \x1b[32ma\x1b[0m",
        "c",
        "d",
    ]


def test_wide_letters_count_as_two() -> None:
    """As a terminal counts them."""
    assert list(fitted("狼狼 狼狼 fox", 9)) == ["狼狼 狼狼", "fox"]
    assert list(fitted("狼狼 狼狼 fox", 8)) == ["狼狼", "狼狼 fox"]
    assert list(fitted("  indented words stay", 14)) == ["  indented", "  words stay"]
