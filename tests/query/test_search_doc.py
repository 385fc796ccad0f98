"""docs/search.md is true: it has every term that the parser knows, and no other, and its examples are searches."""

import re
from datetime import UTC, datetime
from pathlib import Path

import pytest

from favsync.errors import SearchError
from favsync.query.lexer import MOST_CHARACTERS
from favsync.query.parser import MOST_GROUPS, MOST_TERMS, parse
from favsync.query.terms import _WORDS as SHORTHANDS
from favsync.query.words import CATEGORIES, KNOWN, NOT_KEPT, NOT_KEPT_ORDERS, ORDERS

DOC = (Path(__file__).parents[2] / "docs" / "search.md").read_text()
NOW = datetime(2026, 3, 31, 12, 30, tzinfo=UTC)
WRONG = {"scroe:5", "foo:>5"}
"""What the text itself calls an error."""

STATES = {"same", "different", "ours", "not offered"}


def spans(text: str) -> list[str]:
    """Everything between backticks."""
    return re.findall(r"`([^`\n]+)`", text)


def rows() -> list[list[str]]:
    """The rows of every table of terms and orders: the term, what it is here, and what there is to say."""
    cells = [[cell.strip() for cell in line.strip("|").split("|")] for line in DOC.splitlines() if line.startswith("|")]
    return [row for row in cells if len(row) == 3 and row[1] and not row[1].startswith("-")]


def examples() -> list[str]:
    """Every whole search of the text: the lines of its blocks, and what has a value after a colon."""
    blocks = re.findall(r"^```text\n(.*?)\n```$", DOC, re.M | re.S)
    quoted = re.findall(r"favsync search '(.*?)'", DOC)
    return [
        *(line for block in blocks for line in block.split("\n")),
        *quoted,
        *(span for span in spans(DOC) if re.search(r":(?!$)", span) and not span.startswith("favsync")),
        *(span for row in rows()[:6] for span in spans(row[0])),
    ]


def named(state: str, kind: str) -> set[str]:
    """The names in the first column of rows of this state; of metatags with `:` for a kind, of orders with nothing."""
    found = [span for row in rows() if row[1] == state for span in spans(row[0])]
    return {span.removesuffix(":") for span in found if re.fullmatch(rf"\w+{kind}", span)}


def test_every_row_says_how_it_stands_to_the_site() -> None:
    """The same, different, ours, or not offered."""
    assert {row[1] for row in rows()} == STATES
    assert len(rows()) > 60


def test_the_tables_have_every_metatag_and_no_other() -> None:
    """Those that are understood, and those that are refused."""
    offered = named("same", ":") | named("different", ":") | named("ours", ":")
    assert offered == KNOWN - {"tag"} | CATEGORIES.keys()
    assert named("not offered", ":") == NOT_KEPT.keys()


def test_the_tables_have_every_order_and_no_other() -> None:
    """Those that can be had, and those that cannot."""
    offered = named("same", "") | named("different", "") | named("ours", "")
    assert offered - {"hat", "wolf"} == ORDERS.keys()
    assert named("not offered", "") == NOT_KEPT_ORDERS.keys()


def test_what_is_not_offered_says_why_as_the_error_does() -> None:
    """In the same words."""
    reasons = {f"{name}:": reason for name, reason in NOT_KEPT.items()} | NOT_KEPT_ORDERS
    refused = [row for row in rows() if row[1] == "not offered"]
    assert {name: row[2] for row in refused for name in spans(row[0])} == reasons


@pytest.mark.parametrize("text", sorted(set(examples())))
def test_every_example_is_a_search(text: str) -> None:
    """Or, where the text says so, an error."""
    if text in WRONG:
        with pytest.raises(SearchError):
            parse(text, now=NOW)
    else:
        parse(text, now=NOW)


def test_there_are_many_examples_and_the_wrong_ones_are_among_them() -> None:
    """So that the test above looks at what it should."""
    assert len(set(examples())) > 120
    assert set(examples()) >= WRONG
    assert {"wolf -solo rating:s", "fav:alice -fav:bob", "-( cat fox )", "wol*", "( ~cat ~fox ) score:>50"} <= set(
        examples()
    )


def test_the_limits_and_shorthands_are_the_parsers() -> None:
    """Numbers and words in the text."""
    assert f"At most {MOST_TERMS} terms and {MOST_CHARACTERS:,} characters" in DOC
    assert f"up to {MOST_GROUPS} deep" in DOC
    assert SHORTHANDS.keys() <= set(spans(DOC))
