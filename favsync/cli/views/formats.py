"""Rows in the formats that users choose among: a table for people, five others for programs.

Rows are written as they come, so that a hundred thousand of them take no more memory than a few.
"""

import itertools
import math
from base64 import b64encode
from collections.abc import Iterable, Iterator, Sequence

import click

from favsync.cli.terminal.console import NARROWEST, WIDEST_CELL, Console, Links, aligned
from favsync.cli.terminal.text import as_json, clean
from favsync.counting import counted
from favsync.errors import FavsyncError, UsageError
from favsync.exporters.csv import csv_row
from favsync.post_urls import post_url

Value = str | int | float | bytes | None
"""What SQLite hands out."""

Row = Sequence[Value]

ROW_FORMATS = ("table", "json", "jsonl", "csv", "ids", "urls")

format_option = click.option(
    "--format",
    "kind",
    type=click.Choice(ROW_FORMATS),
    default="table",
    show_default=True,
    help="The format of the output.",
)

MOST_MEASURED = 500
"""Rows of a table whose widths are looked at before the first is written."""

_MOST_CHARACTERS = 250_000


class Unfinished:
    """What is still to be written so that a JSON list which is stopped where it is becomes whole."""

    def __init__(self) -> None:
        self.waiting: str | None = None
        """The newest row: only the next one tells whether a comma follows it."""

    def rest(self) -> bytes:
        """That row and the end of the list; nothing where no row was found."""
        return b"" if self.waiting is None else f"{self.waiting}\n]\n".encode()


def write_rows(
    console: Console,
    kind: str,
    columns: Sequence[str],
    rows: Iterable[Row],
    *,
    site_url: str | None = None,
    unfinished: Unfinished | None = None,
) -> int:
    """Write rows to stdout in the format `kind`, one of `ROW_FORMATS`, and return how many there were.

    `ids` and `urls` need a column `post_id`, or `id`, or one column alone; NULL there gives no line. `urls` takes a
    column `page_url` as it is. BLOBs are base64 in JSON (`{"$base64": true, "encoded": …}`), and SQL literals in csv. A
    JSON list is closed where the rows end with an error; `unfinished` is for whoever ends the process from another
    thread. Raises UsageError when there is no such column.
    """
    counter = itertools.count()
    passing = (row for row, _ in zip(rows, counter, strict=False))  # each row takes a number
    match kind:
        case "table":
            _write_table(console, columns, passing, links_of(columns, site_url))
        case "json":
            begun = unfinished or Unfinished()
            try:
                console.stream(_json_list(columns, passing, begun))
            except (FavsyncError, KeyboardInterrupt):  # an interrupt may come while the list waits for its turn
                console.stream(filter(None, [begun.rest()]))
                raise
        case "jsonl":
            names = _distinct(columns)
            console.stream(
                f"{as_json(dict(zip(names, map(_json_value, row), strict=True)))}\n".encode() for row in passing
            )
        case "csv":
            literals = (
                [f"X'{value.hex().upper()}'" if isinstance(value, bytes) else value for value in row] for row in passing
            )
            console.stream(itertools.chain([csv_row(columns)], map(csv_row, literals)))
        case "ids":
            console.stream(b"%d\n" % post_id for post_id in _ids(passing, _column_of_ids(columns, kind)))
        case "urls":
            console.stream(_urls(columns, passing, site_url))
        case _:
            raise ValueError(kind)
    return next(counter)


# ---- table ----


_IDS_OF_POSTS = {"post_id", "post", "related_post_id", "parent_id"}


def links_of(columns: Sequence[str], site_url: str | None) -> Links:
    """The columns of a table that hold ids of posts, which are links on a terminal that has them."""
    if site_url is None:
        return {}
    return {i: post_url(site_url) for i, name in enumerate(columns) if name.lower() in _IDS_OF_POSTS}


def _write_table(console: Console, columns: Sequence[str], rows: Iterable[Row], links: Links) -> None:
    """Draw a short table as the others of favsync; write a long one line by line, and a wide one row under row."""
    width = console.width
    if width is not None and len(columns) > 1 and len(columns) * NARROWEST > width:
        names = [clean(name) for name in columns]
        console.records(names, ([_table_value(value) for value in row] for row in rows), links=links)
        return
    coming = iter(rows)
    first: list[list[str]] = []
    kinds: list[set[type]] = [set() for _ in columns]
    characters = 0
    is_long = False
    for row in coming:
        first.append([_table_value(value) for value in row])
        for seen, value in zip(kinds, row, strict=True):
            seen.add(type(value))
        characters += sum(map(len, first[-1]))
        if len(first) >= MOST_MEASURED or characters >= _MOST_CHARACTERS:
            is_long = True
            break
    numeric = [bool(seen & {int, float}) and not seen & {str, bytes} for seen in kinds]
    names = [clean(name) for name in columns]
    if not is_long:
        console.draw(names, first, numeric, links=links)
        return
    widths = [min(WIDEST_CELL, max(map(len, cells))) for cells in zip(names, *first, strict=True)]
    for cells in itertools.chain([names], first, ([_table_value(value) for value in row] for row in coming)):
        console.data(aligned(cells, widths, numeric))


def _table_value(value: Value) -> str:
    match value:
        case None:
            return "-"
        case str():
            return clean(value)
        case bytes():
            return f"({counted(len(value), 'byte')})"
        case _:
            # An id is no quantity: it has no commas.
            return str(value)


# ---- for programs ----


def _json_list(columns: Sequence[str], rows: Iterable[Row], unfinished: Unfinished) -> Iterator[bytes]:
    """The same bytes as all the rows at once would give, one row after the other."""
    names = _distinct(columns)
    for row in rows:
        waiting = unfinished.waiting
        listed = as_json([dict(zip(names, map(_json_value, row), strict=True))], indent=2)
        unfinished.waiting = listed.removeprefix("[\n").removesuffix("\n]")
        yield b"[\n" if waiting is None else f"{waiting},\n".encode()
    rest = unfinished.rest() or b"[]\n"
    unfinished.waiting = None
    yield rest


def _json_value(value: Value) -> object:
    if isinstance(value, bytes):
        return {"$base64": True, "encoded": b64encode(value).decode()}
    if isinstance(value, float) and not math.isfinite(value):
        return str(value)  # JSON has no such number
    return value


def _column_of_ids(columns: Sequence[str], kind: str) -> int:
    lowered = [name.lower() for name in columns]
    for name in ("post_id", "id"):
        if name in lowered:
            return lowered.index(name)
    if len(columns) == 1:
        return 0
    raise UsageError(f"--format {kind} needs a column 'post_id', and there is none: add it, or choose another format.")


def _ids(rows: Iterable[Row], which: int) -> Iterator[int]:
    for row in rows:
        value = row[which]
        if value is None:
            continue
        if not isinstance(value, int):
            raise UsageError(f"'{_table_value(value)}' is no post id. Choose another format, or the column 'post_id'.")
        yield value


def _urls(columns: Sequence[str], rows: Iterable[Row], site_url: str | None) -> Iterator[bytes]:
    lowered = [name.lower() for name in columns]
    if "page_url" in lowered:
        which = lowered.index("page_url")
        given = (row[which] for row in rows)
        return (f"{clean(str(url))}\n".encode() for url in given if url is not None)
    if site_url is None:
        raise UsageError("--format urls needs a column 'page_url', and there is none.")
    which = _column_of_ids(columns, "urls")
    return (f"{post_url(site_url, post_id)}\n".encode() for post_id in _ids(rows, which))


def _distinct(columns: Sequence[str]) -> list[str]:
    """Names for JSON, in which nothing may be lost because two columns have one name: the second is `name_2`."""
    names: list[str] = []
    for column in columns:
        name, n = column, 1
        while name in names:
            n += 1
            name = f"{column}_{n}"
        names.append(name)
    return names
