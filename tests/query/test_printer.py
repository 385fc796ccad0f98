"""How a search is written, and drawn for a person."""

from datetime import UTC, datetime

import pytest

from favsync.query.explain import explain
from favsync.query.parser import parse
from favsync.query.tree import And, Or, Tag
from tests.query.printing import print_search, print_term

NOW = datetime(2026, 3, 31, 12, 30, 15, 678_000, tzinfo=UTC)


@pytest.mark.parametrize(
    ("text", "written"),
    [
        ("  wolf   -Hat ", "wolf -hat"),
        ("a ~b c ~d", "a ~b ~d c"),
        ("( ~a ~b ) ( ~c ~d ) e", "( ~a ~b ) ( ~c ~d ) e"),
        ("a ( ~b ~c )", "a ~b ~c"),
        ("~( -a ) ~b", "~( -a ) ~b"),
        ("tag:wolf tag:score:5 tag:webm", "wolf tag:score:5 tag:webm"),
        ("art:x", "artist:x"),
        ("score:>5 score:<5 score:5 score:1,2..3", "score:>=6 score:<=4 score:5 score:1,2..3"),
        ("filesize:100..100 mpixels:2..2.5", "filesize:100..100 mpixels:2.00..2.50"),
        ("ratio:16:9", "ratio:1.78"),
        ("duration:>5 duration:<.5 duration:>=1.25", "duration:>5 duration:<0.5 duration:>=1.25"),
        ("date:2024-01-31 date:2024-01", "date:2024-01-31 date:2024-01-01..2024-01-31"),
        ("date:<=2024 date:>2024", "date:<2025-01-01 date:>=2025-01-01"),
        ("age:<1d", "date:>=2026-03-30T12:30:15.679Z"),
        ("date:2024-01-01T10:00", "date:2024-01-01T10:00:00.000Z..2024-01-01T10:00:59.999Z"),
        ("source:any ( source:none )", "hassource:true -hassource:true"),
        ("source:Any* source:x", "source:Any* source:x"),
        ("status:deleted ( -status:pending )", "status:deleted ( -status:pending )"),
        ("~status:deleted ~status:pending wolf", "~status:deleted ~status:pending wolf"),
        ("-( status:any ) -status:any", "-( status:any ) status:any"),
        ("uploader:12 user_id:12 approver:12 fav:!3", "user:12 user:!12 approver:!12 fav:!3"),
        ("source:any* source:x", "source:any* source:x"),
        ('description:"a b" description:"c"', 'description:"a b" description:c'),
        ("limit:5 order:id_desc account:bob gone:moved a", "account:bob gone:moved a order:id_desc limit:5"),
        ("randseed:7", "order:random randseed:7"),
        ("order:portrait", "order:ratio_asc"),
    ],
)
def test_a_search_is_written_in_one_way(text: str, written: str) -> None:
    """However it was typed: days as days, names under one name, settings at the ends."""
    assert print_search(parse(text, now=NOW)) == written


def test_a_part_of_a_tree_can_be_written() -> None:
    """As it stands in a search or a group."""
    assert print_term(And((Tag("a"), Or((Tag("b"), Tag("c")))))) == "a ~b ~c"


def test_a_search_is_drawn_as_a_tree() -> None:
    """With the rows that it goes through, what it asks of each, and their order."""
    search = parse(
        'account:alice wolf -( hat ~cat ~fox ) score:>=50 date:2024 text:"blue hat" art:x* filesize:5MB mpixels:<2'
        " duration:>5 id:12345 -rating:e order:score limit:1000",
        now=NOW,
    )
    assert explain(search).splitlines() == [
        "favorites of today, of alice",
        "all of",
        "  the tag wolf",
        "  not",
        "    all of",
        "      the tag hat",
        "      at least one of",
        "        the tag cat",
        "        the tag fox",
        "  score at least 50",
        "  date from 2024-01-01T00:00:00.000Z on, before 2025-01-01T00:00:00.000Z",
        "  a description with the words blue hat",
        "  a tag like x* of the category artist",
        "  filesize 4,980,736 to 5,505,024 bytes",
        "  mpixels at most 1.99 megapixels",
        "  duration >5 seconds",
        "  id 12345",
        "  not",
        "    rating:e",
        "ordered by score, highest first",
        "the first 1,000 of them",
    ]


@pytest.mark.parametrize(
    ("text", "first", "order"),
    [
        ("", "favorites of today, of all accounts", "favorited, newest first"),
        ("order:favorited_asc", "favorites of today, of all accounts", "favorited, oldest first"),
        ("gone:any account:a,b", "former favorites, of a, b", "favorited, last removed first"),
        ("gone:any order:favorited_asc", "former favorites, of all accounts", "favorited, first removed first"),
        ("order:created_asc", "favorites of today, of all accounts", "created, oldest first"),
        ("order:id", "favorites of today, of all accounts", "id, lowest first"),
        ("order:random", "favorites of today, of all accounts", "chance"),
        ("randseed:7", "favorites of today, of all accounts", "chance, as the seed 7 has it"),
    ],
)
def test_rows_and_order_are_said_in_words(text: str, first: str, order: str) -> None:
    """Also when nothing was said about them."""
    assert explain(parse(text, now=NOW)).splitlines() == [first, "everything", f"ordered by {order}"]
