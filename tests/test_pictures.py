"""The pictures of the README show what the program shows."""

import re
from html import unescape
from pathlib import Path

import pytest

from favsync.sandbox import Site, make_world
from tests.pictures import PICTURES, drawn, left_on_screen, session


def words(svg: str) -> list[str]:
    """All text of a picture, in order."""
    found = [unescape(each).replace("\xa0", " ").strip() for each in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]
    return [each for each in found if each]


@pytest.mark.slow
def test_the_session_is_what_the_program_shows(tmp_path: Path) -> None:
    """Typed again; where it differs, `python -m tests.pictures` draws it again."""
    with Site(make_world(favorites=1_500)) as site:
        shown = drawn(list(session(tmp_path, site)))
    assert words(shown) == words((PICTURES / "session.svg").read_text())
    assert "favsync diff" in words(shown)


def test_of_a_progress_bar_nothing_is_left() -> None:
    """It is drawn over, and removed with the lines that it took."""
    bar = "\x1b[?25lpushing \x1b[31m━━\x1b[0m 1 of 2\r\x1b[2Kpushing ━━━━ 2 of 2\r\nreading\r\n"
    bar += "\x1b[?25h\r\x1b[1A\x1b[2K\x1b[1A\x1b[2K"
    assert left_on_screen(f"{bar}\x1b[1malice:\x1b[0m done\r\n next\r\n") == "\x1b[1malice:\x1b[0m done\n next"


def test_a_picture_asks_no_server_for_anything() -> None:
    """No font, no script: the only address is the name of the format."""
    svg = drawn([("favsync status", "\x1b[31mred\x1b[0m & <plain>\r\n")])
    assert re.findall(r"\w+://[^\"' )]+", svg) == ["http://www.w3.org/2000/svg"]
    assert words(svg) == ["favsync", "$", "favsync status", "red", "& <plain>"]
