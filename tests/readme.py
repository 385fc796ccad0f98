"""Reads README.md as its readers do: blocks under headings, sessions at a prompt, tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

README = (Path(__file__).parents[1] / "README.md").read_text()

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)\n```$", re.M | re.S)
_HEADING = re.compile(r"^#+ (.*)$", re.M)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of code. `section` is the heading that it stands under."""

    language: str
    section: str
    lines: list[str]


def blocks(language: str | None = None) -> list[Block]:
    """Every block of one language, or of any with None, in order."""
    return [
        Block(found["language"], _heading_before(found.start()), found["text"].split("\n"))
        for found in _BLOCK.finditer(README)
        if language in {None, found["language"]}
    ]


def sessions() -> list[list[tuple[str, str]]]:
    """Every session: what is typed at each `$`, and what is written then."""
    return [list(_exchanges("\n".join(block.lines))) for block in blocks("console")]


def table(first_heading: str) -> list[list[str]]:
    """The rows of the table whose first column has that heading."""
    [found] = re.findall(rf"^\| {first_heading} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", README, re.M)
    return [[cell.strip() for cell in row.strip("|").split("|")] for row in found.splitlines()]


def _exchanges(text: str) -> Iterator[tuple[str, str]]:
    for exchange in text.removeprefix("$ ").split("\n$ "):
        line, _, written = exchange.partition("\n")
        yield line, written


def _heading_before(place: int) -> str:
    *_, last = _HEADING.finditer(README, 0, place)
    return last[1]
