"""An account's list for other programs: a table, ids, URLs, or bookmarks of a browser. Newest first, as all lists."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from itertools import islice
from typing import Final

from favsync.store.transfer.exports import AccountExport, KeptPost, Record

CSV_COLUMNS: Final = (
    *("position", "post_id", "page_url", "first_seen_at", "rating", "score", "fav_count", "created_at"),
    *("uploader_name", "artists", "characters", "species", "copyrights", "tags", "file_url", "file_ext", "file_size"),
    *("file_md5", "width", "height", "duration", "is_deleted", "is_destroyed"),
)
"""The columns of the table, named as in the view `favorite_posts`."""

_AT_ONCE: Final = 320
_FORMULA: Final = re.compile("^(?=[-=+@＝＋－＠\t\r\n])|(?<=[\t\r\n;])(?=[-=+@＝＋－＠])")
"""Where a spreadsheet would begin to read a formula: also behind what it may take for the end of a cell."""


def id_lines(export: AccountExport) -> Iterator[bytes]:
    """Yield the ids, one a line."""
    return (b"%d\n" % favorite["post_id"] for favorite in export.favorites())


def url_lines(export: AccountExport) -> Iterator[bytes]:
    """Yield the URLs of the posts, one a line."""
    return (f"{_url(export, favorite['post_id'])}\n".encode() for favorite in export.favorites())


def csv_lines(export: AccountExport) -> Iterator[bytes]:
    """Yield the rows of a table (RFC 4180), its heading first."""
    yield csv_row(CSV_COLUMNS)
    for position, favorite, post in _with_posts(export):
        columns = post.columns | {
            "position": position,
            "post_id": favorite["post_id"],
            "page_url": _url(export, favorite["post_id"]),
            "first_seen_at": favorite["first_seen_at"],
            "tags": _names(post, None),
            "artists": _names(post, "artist"),
            "characters": _names(post, "character"),
            "species": _names(post, "species"),
            "copyrights": _names(post, "copyright"),
        }
        yield csv_row([columns[name] for name in CSV_COLUMNS])


def html_lines(export: AccountExport) -> Iterator[bytes]:
    """Yield a bookmarks file, as every browser imports it.

    Each bookmark has a date of its own, at least a second before that of the one above it: services that sort by date
    keep the order, although many favorites were first seen in one moment.
    """
    title = escape(f"Favorites of {export.account['name']}")
    yield (
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n"
        '<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">\n'
        f"<TITLE>Bookmarks</TITLE>\n<H1>Bookmarks</H1>\n<DL><p>\n    <DT><H3>{title}</H3>\n    <DL><p>\n"
    ).encode()
    above: int | None = None
    for _, favorite, post in _with_posts(export):
        names = _one_line(_names(post, "artist") + " " + _names(post, "character"))
        words = escape(f"#{favorite['post_id']} {names}".strip())
        seen = int(datetime.fromisoformat(favorite["first_seen_at"]).timestamp())
        added = above = seen if above is None else min(seen, above - 1)
        url = escape(_url(export, favorite["post_id"]))
        yield f'        <DT><A HREF="{url}" ADD_DATE="{added}">{words}</A>\n'.encode("utf-8", "backslashreplace")
    yield b"    </DL><p>\n</DL><p>\n"


def _with_posts(export: AccountExport) -> Iterator[tuple[int, Record, KeptPost]]:
    listed = export.listed()
    while some := list(islice(listed, _AT_ONCE)):
        ids = [favorite["post_id"] for _, favorite in some]
        for (position, favorite), post in zip(some, export.load_posts(ids, payloads=False), strict=True):
            yield position, favorite, post


def _url(export: AccountExport, post_id: int) -> str:
    return f"{export.site_url}/posts/{post_id}"


def _names(post: KeptPost, category: str | None) -> str:
    return " ".join(sorted(name for of, name in post.tags if category in {None, of}))


def _one_line(text: str) -> str:
    """The text without what could begin a line of its own, or steer a terminal."""
    return " ".join("".join(char if char.isprintable() else " " for char in text).split())


def csv_row(cells: Sequence[object]) -> bytes:
    """One row of a table (RFC 4180). None is an empty cell.

    What a spreadsheet would take for a formula gets an apostrophe before it; numbers are what they are.
    """
    text = io.StringIO(newline="")
    csv.writer(text).writerow([_cell(value) for value in cells])
    return text.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: object) -> object:
    return _FORMULA.sub("'", value) if isinstance(value, str) else value
