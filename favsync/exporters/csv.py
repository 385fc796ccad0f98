"""A list as a table for spreadsheets and scripts (RFC 4180)."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import Final

from favsync.exporters.api import Post, Scope, Source

SCOPE: Final[Scope] = "list"

CSV_COLUMNS: Final = (
    *("position", "post_id", "page_url", "first_seen_at", "rating", "score", "fav_count", "created_at"),
    *("uploader_name", "artists", "characters", "species", "copyrights", "tags", "file_url", "file_ext", "file_size"),
    *("file_md5", "width", "height", "duration", "is_deleted", "is_destroyed"),
)
"""The columns of the table, named as in the view `favorite_posts`."""

_FORMULA: Final = re.compile("^(?=[-=+@＝＋－＠\t\r\n])|(?<=[\t\r\n;])(?=[-=+@＝＋－＠])")
"""Where a spreadsheet would begin to read a formula: also behind what it may take for the end of a cell."""


def export(source: Source) -> Iterator[bytes]:
    """Yield the rows of a table (RFC 4180), its heading first."""
    yield csv_row(CSV_COLUMNS)
    for position, favorite, post in source.listed_posts():
        columns = {
            **post.columns,
            "position": position,
            "post_id": favorite["post_id"],
            "page_url": source.post_url(favorite["post_id"]),
            "first_seen_at": favorite["first_seen_at"],
            "tags": names_of(post, None),
            "artists": names_of(post, "artist"),
            "characters": names_of(post, "character"),
            "species": names_of(post, "species"),
            "copyrights": names_of(post, "copyright"),
        }
        yield csv_row([columns[name] for name in CSV_COLUMNS])


def names_of(post: Post, category: str | None) -> str:
    """Return the names of a post's tags in a category, in alphabetical order; None: all."""
    return " ".join(sorted(name for of, name in post.tags if category in {None, of}))


def csv_row(cells: Sequence[object]) -> bytes:
    """One row of a table (RFC 4180). None is an empty cell.

    What a spreadsheet would take for a formula gets an apostrophe before it; numbers are what they are.
    """
    text = io.StringIO(newline="")
    csv.writer(text).writerow([_FORMULA.sub("'", value) if isinstance(value, str) else value for value in cells])
    return text.getvalue().encode("utf-8", "backslashreplace")
