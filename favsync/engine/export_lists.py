"""An account's list for other programs: a table, ids, URLs, or bookmarks of a browser. Newest first, as all lists."""

import csv
import io
from collections.abc import Iterator, Sequence
from datetime import datetime
from html import escape
from itertools import islice
from typing import Final

from favsync.store.exports import AccountExport, KeptPost, Record

CSV_COLUMNS: Final = (
    *("position", "post_id", "page_url", "first_seen_at", "rating", "score", "fav_count", "created_at"),
    *("uploader_name", "artists", "characters", "species", "copyrights", "tags", "file_url", "file_ext", "file_size"),
    *("file_md5", "width", "height", "duration", "is_deleted", "is_destroyed"),
)
"""The columns of the table, named as in the view `favorite_posts`."""

_AT_ONCE: Final = 320
_FORMULA: Final = ("=", "+", "-", "@", "\t", "\r", "\n")
"""What a spreadsheet takes for the beginning of a formula."""


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
    """Yield a bookmarks file, as every browser imports it."""
    title = escape(f"Favorites of {export.account['name']}")
    yield (
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n"
        '<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">\n'
        f"<TITLE>Bookmarks</TITLE>\n<H1>Bookmarks</H1>\n<DL><p>\n    <DT><H3>{title}</H3>\n    <DL><p>\n"
    ).encode()
    for _, favorite, post in _with_posts(export):
        names = " ".join((_names(post, "artist") + " " + _names(post, "character")).split())
        words = escape(f"#{favorite['post_id']} {names}".strip())
        added = int(datetime.fromisoformat(favorite["first_seen_at"]).timestamp())
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


def csv_row(cells: Sequence[object]) -> bytes:
    """One row of a table (RFC 4180). None is an empty cell.

    A text that a spreadsheet would take for a formula gets an apostrophe before it; numbers are what they are.
    """
    text = io.StringIO(newline="")
    csv.writer(text).writerow([_cell(value) for value in cells])
    return text.getvalue().encode("utf-8", "backslashreplace")


def _cell(value: object) -> object:
    return f"'{value}" if isinstance(value, str) and value.startswith(_FORMULA) else value
