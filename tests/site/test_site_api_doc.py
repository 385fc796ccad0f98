"""docs/site-api.md: what it says was recorded, the modules that it names exist, and citations name its headings."""

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any

import pytest

from tests.readme import ROOT, Page
from tests.sandbox.transcripts import load_shapes

PAGE = Page(ROOT / "docs" / "site-api.md")
RECORDINGS = ("sandbox/transcripts.jsonl", "sandbox/transcripts_more.jsonl", "site/transcripts.jsonl")
CODE = re.compile(r"`([^`]+)`")


@dataclass(frozen=True)
class Row:
    """One row of a table, by the headings of its columns."""

    cells: dict[str, str]

    @property
    def recordings(self) -> list[str]:
        return CODE.findall(self.cells["recording"])

    @property
    def answers(self) -> list[str]:
        """The cells that say what the current server answers."""
        named = ("status", "statuses", "current", "answer", "beyond it", "words")
        return [self.cells[name] for name in named if name in self.cells]


def rows() -> Iterator[Row]:
    for table in re.findall(r"(?:^\|.*\n)+", PAGE.text, re.M):
        head, _, *rest = [[cell.strip() for cell in line.strip("|").split("|")] for line in table.splitlines()]
        yield from (Row(dict(zip(head, cells, strict=True))) for cells in rest)


@cache
def recorded() -> dict[str, dict[str, Any]]:
    """Every exchange by its name. Of one that is in two files, what both have is merged."""
    found: dict[str, dict[str, Any]] = {}
    for file in RECORDINGS:
        for line in (ROOT / "tests" / file).read_text(encoding="utf-8").splitlines():
            exchange = json.loads(line)
            if "name" in exchange:
                found[exchange["name"]] = exchange | found.get(exchange["name"], {})
    return found


ROWS = [row for row in rows() if row.cells.get("recording")]


def test_every_recording_that_the_page_names_exists() -> None:
    """In a table, and in a sentence that says what was seen."""
    seen = [name for words in re.findall(r"\(seen:([^)]*)\)", PAGE.text) for name in CODE.findall(words)]
    named = [*seen, *(name for row in ROWS for name in row.recordings)]
    assert set(named) <= recorded().keys()
    assert len(set(named)) > 100


@pytest.mark.parametrize("row", ROWS, ids=lambda row: row.recordings[0])
def test_a_row_says_what_was_recorded(row: Row) -> None:
    """The status, the words of an error, and how many posts."""
    for exchange in (recorded()[name] for name in row.recordings):
        said = " ".join(row.answers)
        if statuses := re.findall(r"\b[1-5]\d\d\b(?! posts)", CODE.sub("", said)):
            assert str(exchange["status"]) in statuses
        error = exchange.get("error") or exchange.get("json") or {}
        words = str(error.get("message", error.get("reason"))) if isinstance(error, dict) else ""
        for quoted in CODE.findall(said):
            if not quoted.startswith("{"):
                assert re.fullmatch(re.escape(quoted).replace("N", "[0-9]+"), words), exchange["name"]
        if (promised := row.cells.get("returns", "").removesuffix(" posts")).isdecimal():
            assert len(exchange.get("ids", [])) == int(promised)


def names_in(cell: str) -> list[str]:
    """The fields that a cell names; one that begins with a dot stands beside the one before it."""
    names: list[str] = []
    for name in CODE.findall(cell):
        names.append(names[-1].rpartition(".")[0] + name if name.startswith(".") else name)
    return names


@pytest.mark.parametrize(("column", "shape"), [("first shape", "post"), ("second shape", "post_v2")])
def test_the_fields_of_a_post_are_those_that_were_recorded(column: str, shape: str) -> None:
    """Each that is named is in the recorded shape, and no group of fields is left out."""
    fields = [
        row.cells["first shape" if row.cells[column] == "the same" else column] for row in rows() if column in row.cells
    ]
    named = [name for cell in fields for name in names_in(cell)]
    schema = (load_shapes() | shapes_of_more())[shape]
    for name in named:
        inside = schema
        for part in name.split("."):
            inside = inside["keys"][part]
    assert {name.partition(".")[0] for name in named} == schema["keys"].keys()


def shapes_of_more() -> dict[str, Any]:
    lines = map(json.loads, (ROOT / "tests" / RECORDINGS[1]).read_text(encoding="utf-8").splitlines())
    return {line["shape"]: line["schema"] for line in lines if "shape" in line}


def test_the_modules_that_the_page_names_exist() -> None:
    """Whoever looks for the code behind a fact finds it."""
    named = set(re.findall(r"`((?:favsync|tests)/[\w/.]+)`", PAGE.text))
    assert [path for path in named if not (ROOT / path).exists()] == []
    assert len(named) > 25


# ---- citations ----

CITATION = re.compile(r'docs/site-api\.md,((?:(?:\s|#|and|,)*"[^"]+")+)')
"""As comments cite: the page, and one heading or more in quotes, on as many lines as they need."""


def cited() -> Iterator[tuple[str, str]]:
    """Every citation in code: the file, and the heading."""
    for file in sorted([*(ROOT / "favsync").rglob("*.py"), *(ROOT / "tests").rglob("*.py")]):
        for headings in CITATION.findall(file.read_text(encoding="utf-8")):
            for heading in re.findall(r'"([^"]+)"', headings):
                yield str(file.relative_to(ROOT)), re.sub(r"\s+(# )?", " ", heading)


def test_a_citation_names_a_heading_that_the_page_has() -> None:
    """A heading that is renamed takes its citations with it."""
    headings = set(re.findall(r"^##+ (.*)$", PAGE.text, re.M))
    assert [(file, heading) for file, heading in cited() if heading not in headings] == []
    assert len({heading for _, heading in cited()}) > 15


def test_the_package_never_cites_the_page_without_a_heading() -> None:
    """The page is long: a comment says where in it."""
    for file in (ROOT / "favsync").rglob("*.py"):
        text = file.read_text(encoding="utf-8")
        assert text.count("site-api") == len(CITATION.findall(text)), file


def test_comments_cite_the_page_and_no_other_contract() -> None:
    """What a comment names can be read in this repository."""
    elsewhere = re.compile(r"contract(?:'s)?\s+sections?\s+[0-9]|design\s+section|api[-]contract", re.I)
    files = [*(ROOT / "favsync").rglob("*.py"), *(ROOT / "tests").rglob("*.py"), *(ROOT / "docs").glob("*.md")]
    assert [str(file) for file in files if elsewhere.search(file.read_text(encoding="utf-8"))] == []
