"""A list as bookmarks of a browser."""

from collections.abc import Iterator
from datetime import datetime
from html import escape
from typing import Final

from favsync.exporters.api import Scope, Source
from favsync.exporters.csv import names_of

SCOPE: Final[Scope] = "list"


def export(source: Source) -> Iterator[bytes]:
    """Yield a bookmarks file, as every browser imports it.

    Each bookmark has a date of its own, at least a second before that of the one above it: services that sort by date
    keep the order, although many favorites were first seen in one moment.
    """
    title = escape(f"Favorites of {source.account['name']}")
    yield (
        "<!DOCTYPE NETSCAPE-Bookmark-file-1>\n"
        '<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=UTF-8">\n'
        f"<TITLE>Bookmarks</TITLE>\n<H1>Bookmarks</H1>\n<DL><p>\n    <DT><H3>{title}</H3>\n    <DL><p>\n"
    ).encode()
    above: int | None = None
    for _, favorite, post in source.listed_posts():
        names = f"{names_of(post, 'artist')} {names_of(post, 'character')}"
        # What could begin a line of its own, or steer a terminal, is no part of a title.
        names = " ".join("".join(char if char.isprintable() else " " for char in names).split())
        words = escape(f"#{favorite['post_id']} {names}".strip())
        seen = int(datetime.fromisoformat(favorite["first_seen_at"]).timestamp())
        added = above = seen if above is None else min(seen, above - 1)
        url = escape(source.post_url(favorite["post_id"]))
        yield f'        <DT><A HREF="{url}" ADD_DATE="{added}">{words}</A>\n'.encode("utf-8", "backslashreplace")
    yield b"    </DL><p>\n</DL><p>\n"
