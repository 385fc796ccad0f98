"""Colours, and links that a terminal opens: for the eye only, and only where there is one.

Nothing is told by a colour alone: without it, or in a pipe, a line says the same.
"""

import os
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, TextIO


class Style(StrEnum):
    """What a part of a line is, as the number that a terminal knows its colour by."""

    GOOD = "32"
    BAD = "31"
    FAILED = "1;31"
    WAITING = "33"
    NAME = "1"


@dataclass(frozen=True, slots=True)
class Mark:
    """The next place in a line where `text` stands, how it is painted, and the URL that it leads to."""

    text: str
    style: Style | None = None
    link: str | None = None


@dataclass(frozen=True, slots=True)
class Line:
    """A line, and what in it is marked, from left to right."""

    text: str
    marks: tuple[Mark, ...] = ()
    is_verbatim: bool = False
    """To be typed, pasted or compared: the terminal may break it, favsync does not."""


_KNOWN_BY_TERM: Final = frozenset(
    {"xterm-kitty", "xterm-ghostty", "foot", "foot-extra", "alacritty", "wezterm", "contour"}
)
_KNOWN_BY_PROGRAM: Final = frozenset(
    {"iTerm.app", "WezTerm", "vscode", "ghostty", "Hyper", "Tabby", "rio", "WarpTerminal"}
)
_KNOWN_BY_THEIR_OWN: Final = ("WT_SESSION", "KITTY_WINDOW_ID", "KONSOLE_VERSION", "DOMTERM")
_FIRST_VTE: Final = 5000
_FIRST_TMUX: Final = (3, 4)
_HARMLESS_URL: Final = re.compile(r"https?://[!-~]+")


def has_colours(stream: TextIO | None, environ: Mapping[str, str] = os.environ) -> bool:
    """True for a terminal with colours whose owner wants them (https://no-color.org)."""
    if stream is None or not stream.isatty() or environ.get("NO_COLOR"):
        return False
    return environ.get("TERM", "dumb") not in {"", "dumb", "unknown"}


def has_links(stream: TextIO | None, environ: Mapping[str, str] = os.environ) -> bool:
    """True for a terminal that is known to take OSC 8. `FORCE_HYPERLINK` says so of others, and with 0 of none."""
    if stream is None or not stream.isatty():
        return False
    forced = environ.get("FORCE_HYPERLINK")
    if forced:
        return forced != "0"
    program, term = environ.get("TERM_PROGRAM", ""), environ.get("TERM", "")
    if program == "tmux":
        version = environ.get("TERM_PROGRAM_VERSION", "")
        return tuple(map(int, re.findall(r"\d+", version))) >= _FIRST_TMUX
    if term in {"", "dumb", "linux"} or term.startswith("screen"):
        return False
    vte = environ.get("VTE_VERSION", "")
    return (
        term in _KNOWN_BY_TERM
        or program in _KNOWN_BY_PROGRAM
        or any(environ.get(name) for name in _KNOWN_BY_THEIR_OWN)
        or (vte.isdecimal() and int(vte) >= _FIRST_VTE)
    )


def painted(lines: Sequence[str], marks: Sequence[Mark], *, colours: bool, links: bool) -> list[str]:
    """The lines with their marks. A mark that was broken between two lines is left out."""
    waiting = list(marks)
    done = []
    for line in lines:
        shown, at = "", 0
        for mark in [*waiting]:
            place = line.find(mark.text, at)
            if place < 0:
                continue
            text = f"\x1b[{mark.style}m{mark.text}\x1b[0m" if colours and mark.style else mark.text
            if links and mark.link and _HARMLESS_URL.fullmatch(mark.link):
                text = f"\x1b]8;;{mark.link}\x1b\\{text}\x1b]8;;\x1b\\"
            shown += line[at:place] + text
            at = place + len(mark.text)
            waiting.remove(mark)
        done.append(shown + line[at:])
    return done
