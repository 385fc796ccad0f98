"""Rows in every format: whole for programs, harmless for terminals, and never all in memory."""

import csv
import io
import json
import tracemalloc
from collections.abc import Iterator

import pytest

from favsync.cli.terminal.console import Console
from favsync.cli.views.formats import MOST_MEASURED, ROW_FORMATS, Row, write_rows
from favsync.errors import UsageError

SITE = "https://site.example"
TEXT = "=1+1\x1b[2J\n\u202eé\x7f"
COLUMNS = ("post_id", "name", "score", "data")
ROWS: list[Row] = [
    (4_321_000, 'fox, "red"', 1.5, None),
    (7, TEXT, -3, b"\x00\xff"),
]


def written(capfd: pytest.CaptureFixture[str], kind: str, columns: tuple[str, ...], rows: list[Row]) -> str:
    """What stdout gets, which is a file here."""
    console = Console()
    assert write_rows(console, kind, columns, iter(rows), site_url=SITE) == len(rows)
    console.flush()
    return capfd.readouterr().out


def test_a_table_shows_ids_without_commas_and_nothing_that_moves_a_cursor(capfd: pytest.CaptureFixture[str]) -> None:
    """NULL is a dash, a BLOB its size, a number stands to the right."""
    assert written(capfd, "table", COLUMNS, ROWS) == (
        "post_id  name                      score  data\n"
        '4321000  fox, "red"                  1.5  -\n'
        "      7  =1+1\\x1b[2J\\n\\u202eé\\x7f     -3  (2 bytes)\n"
    )


def test_a_heading_is_as_harmless_as_a_cell(capfd: pytest.CaptureFixture[str]) -> None:
    """In SQL a column can have any name."""
    assert "\x1b" not in written(capfd, "table", ("\x1b[2J", "b"), [(1, 2)])


def test_json_is_what_all_rows_at_once_would_give(capfd: pytest.CaptureFixture[str]) -> None:
    """Byte for byte as the console's JSON, and in ASCII."""
    out = written(capfd, "json", COLUMNS, ROWS)
    expected = [
        {"post_id": 4_321_000, "name": 'fox, "red"', "score": 1.5, "data": None},
        {"post_id": 7, "name": TEXT, "score": -3, "data": {"$base64": True, "encoded": "AP8="}},
    ]
    Console().json(expected)
    Console().flush()
    assert out == capfd.readouterr().out
    assert out.isascii()
    assert json.loads(out) == expected


@pytest.mark.parametrize(
    ("kind", "nothing"), [("json", "[]\n"), ("jsonl", ""), ("csv", "a\r\n"), ("ids", ""), ("urls", "")]
)
def test_no_rows_are_said_in_each_format(capfd: pytest.CaptureFixture[str], kind: str, nothing: str) -> None:
    """An empty answer can be read by the same program as a full one."""
    assert written(capfd, kind, ("a",), []) == nothing


def test_jsonl_is_one_object_a_line(capfd: pytest.CaptureFixture[str]) -> None:
    """A line end in a text does not end the line."""
    first, second = written(capfd, "jsonl", COLUMNS, ROWS).splitlines()
    assert json.loads(first)["name"] == 'fox, "red"'
    assert json.loads(second)["name"] == TEXT


def test_two_columns_of_one_name_both_arrive_in_json(capfd: pytest.CaptureFixture[str]) -> None:
    """As a join gives them."""
    out = written(capfd, "jsonl", ("id", "id_2", "id", "id"), [(1, 2, 3, 4)])
    assert json.loads(out) == {"id": 1, "id_2": 2, "id_3": 3, "id_4": 4}


def test_an_endless_number_stays_json(capfd: pytest.CaptureFixture[str]) -> None:
    """SQL has infinity (`9e999`), JSON has not."""
    assert json.loads(written(capfd, "jsonl", ("a",), [(float("-inf"),)]), parse_constant=pytest.fail) == {"a": "-inf"}


def test_csv_is_that_of_the_export(capfd: pytest.CaptureFixture[str]) -> None:
    """A text that would be a formula has an apostrophe; NULL is empty, and a BLOB what SQL calls it."""
    out = written(capfd, "csv", COLUMNS, ROWS)
    assert list(csv.reader(io.StringIO(out, newline=""))) == [
        list(COLUMNS),
        ["4321000", 'fox, "red"', "1.5", ""],
        ["7", "'" + TEXT, "-3", "X'00FF'"],
    ]


@pytest.mark.parametrize("columns", [("name", "POST_ID"), ("name", "id"), ("id", "post_id")])
def test_ids_are_those_of_the_posts(capfd: pytest.CaptureFixture[str], columns: tuple[str, ...]) -> None:
    """Of the column `post_id`, or of `id`; a row without one gives none."""
    rows: list[Row] = [(1, 12), (2, None), (3, 10)]
    assert written(capfd, "ids", columns, rows) == "12\n10\n"
    assert written(capfd, "urls", columns, rows) == f"{SITE}/posts/12\n{SITE}/posts/10\n"


def test_the_only_column_is_the_one_that_is_meant(capfd: pytest.CaptureFixture[str]) -> None:
    """Whatever it is called."""
    assert written(capfd, "ids", ("max(post_id)",), [(12,)]) == "12\n"


def test_urls_are_those_that_the_rows_have(capfd: pytest.CaptureFixture[str]) -> None:
    """A view knows the site's address."""
    out = written(capfd, "urls", ("post_id", "page_url"), [(1, "https://other.example/posts/1"), (2, None)])
    assert out == "https://other.example/posts/1\n"


@pytest.mark.parametrize(
    ("kind", "columns", "rows", "site", "said"),
    [
        ("ids", ("a", "b"), [(1, 2)], SITE, "needs a column 'post_id'"),
        ("urls", ("a", "b"), [(1, 2)], SITE, "needs a column 'post_id'"),
        ("urls", ("post_id",), [(1,)], None, "needs a column 'page_url'"),
        ("ids", ("name",), [("fo\x1bx",)], SITE, r"'fo\\x1bx' is no post id"),
        ("ids", ("score",), [(1.0,)], SITE, "'1.0' is no post id"),
    ],
)
def test_what_is_no_list_of_posts_is_refused(
    kind: str, columns: tuple[str, ...], rows: list[Row], site: str | None, said: str
) -> None:
    """It says what to ask for."""
    with pytest.raises(UsageError, match=said):
        write_rows(Console(), kind, columns, rows, site_url=site)


def test_a_long_table_is_written_while_it_comes(capfd: pytest.CaptureFixture[str]) -> None:
    """Columns are as wide as the first rows need; what is longer later is whole, too."""
    rows: list[Row] = [(n, "fox") for n in range(MOST_MEASURED)]
    lines = written(capfd, "table", ("id", "name"), [*rows, (10**12, None)]).splitlines()
    assert lines[:2] == [" id  name", "  0  fox"]
    assert lines[-2:] == ["499  fox", "1000000000000  -"]


def test_one_long_text_does_not_blow_up_the_others(capfd: pytest.CaptureFixture[str]) -> None:
    """It ends the measuring, and columns are not padded to its length."""
    lines = written(capfd, "table", ("text", "n"), [("x" * 300_000, 1), ("y", 2)]).splitlines()
    assert len(lines[1]) == 300_000 + 3
    assert lines[2] == "y" + " " * 79 + "  2"


@pytest.mark.parametrize("kind", ROW_FORMATS)
def test_many_rows_take_no_more_memory_than_a_few(capfd: pytest.CaptureFixture[str], kind: str) -> None:
    """Of 2,500 rows, which together are 20 MB, no more than a small part is held at once."""

    def rows() -> Iterator[Row]:
        for n in range(2_500):
            yield n, f"{n:08000}"

    tracemalloc.start()
    try:
        assert write_rows(Console(), kind, ("post_id", "text"), rows(), site_url=SITE) == 2_500
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 3_000_000
