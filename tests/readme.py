"""Reads README.md and the pages of docs/ as their readers do: blocks under headings, sessions at a prompt, tables."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).parents[1]

_BLOCK = re.compile(r"^```(?P<language>\w+)\n(?P<text>.*?)\n```$", re.M | re.S)
_HEADING = re.compile(r"^#+ (.*)$", re.M)


@dataclass(frozen=True, slots=True)
class Block:
    """One block of code. `section` is the heading that it stands under."""

    language: str
    section: str
    lines: list[str]


@dataclass(frozen=True, slots=True)
class Page:
    """One page of Markdown."""

    path: Path

    @property
    def text(self) -> str:
        return self.path.read_text()

    def blocks(self, language: str | None = None, *, section: str | None = None) -> list[Block]:
        """Every block of one language and below one heading, or of any with None, in order."""
        text = self.text
        found = [
            Block(each["language"], _heading_before(text, each.start()), each["text"].split("\n"))
            for each in _BLOCK.finditer(text)
        ]
        return [each for each in found if language in {None, each.language} and section in {None, each.section}]

    def sessions(self) -> list[list[tuple[str, str]]]:
        """Every session: what is typed at each `$`, and what is written then."""
        return [list(_exchanges("\n".join(block.lines))) for block in self.blocks("console")]

    def table(self, first_heading: str) -> list[list[str]]:
        """The rows of the table whose first column has that heading."""
        [found] = re.findall(rf"^\| {first_heading} \|.*\n\|[-|]+\|\n((?:\|.*\n)+)", self.text, re.M)
        return [[cell.strip() for cell in row.strip("|").split("|")] for row in found.splitlines()]

    def anchors(self) -> set[str]:
        """What a link can name after its `#`, as GitHub makes it of each heading."""
        prose = _BLOCK.sub("", self.text)
        return {re.sub(r"[^\w\- ]", "", found.lower()).replace(" ", "-") for found in _HEADING.findall(prose)}

    def links(self) -> list[tuple[str, str]]:
        """Every relative link: the file, or nothing for this page, and the anchor, or nothing."""
        targets = re.findall(r"\]\(([^)\s]+)\)", _BLOCK.sub("", self.text))
        return [(file, anchor) for file, _, anchor in (each.partition("#") for each in targets if "://" not in each)]


def page(name: str) -> Page:
    """The page of docs/ with that name, without `.md`."""
    return Page(ROOT / "docs" / f"{name}.md")


README = Page(ROOT / "README.md")


def pages() -> list[Page]:
    """The README and every page of docs/."""
    return [README, *map(Page, sorted((ROOT / "docs").glob("*.md")))]


def _exchanges(text: str) -> Iterator[tuple[str, str]]:
    for exchange in text.removeprefix("$ ").split("\n$ "):
        line, _, written = exchange.partition("\n")
        yield line, written


def _heading_before(text: str, place: int) -> str:
    *_, last = _HEADING.finditer(text, 0, place)
    return last[1]
