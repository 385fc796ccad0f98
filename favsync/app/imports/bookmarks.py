"""Posts in bookmark files, which every browser writes (Netscape HTML), and in other HTML: `HREF` of links, alone."""

import io
from html.parser import HTMLParser
from typing import Final

from favsync.app.imports.found import FoundPosts
from favsync.app.imports.record import of_url
from favsync.errors import FileUnreadable

LOOKED_FOR: Final = 'links to posts (<A HREF="…">)'

_PIECE: Final = 256 * 1024
_LONGEST_TAG: Final = 512 * 1024
"""Characters. Bookmarks have pictures of some kilobytes in their tags. A tag is looked at again with each piece."""

_ENDS_NOTE: Final = frozenset({"dt", "dl", "h3"})


def read_bookmarks(text: io.TextIOWrapper, name: str, found: FoundPosts) -> None:
    """Read the links. Raises FileUnreadable for a tag that does not end."""
    links = _Links(found)
    while piece := text.read(_PIECE):
        links.feed(piece)
        if len(links.rawdata) > _LONGEST_TAG:
            raise FileUnreadable(name, "a tag does not end.", line=links.getpos()[0])
    # What is left has no end, and `close` would take it for text, in a time that grows with its square.


class _Links(HTMLParser):
    """Takes in each link that is no part of a note (`DD`): what notes say are other people's words."""

    def __init__(self, found: FoundPosts) -> None:
        super().__init__(convert_charrefs=True)
        self._found = found
        self._is_note = False

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        if tag == "dd":
            self._is_note = True
        elif tag in _ENDS_NOTE:
            self._is_note = False
        elif tag == "a" and not self._is_note:
            href = next((value for name, value in attrs if name == "href" and value), None)
            if href is not None:
                self._found.take(of_url(href, self._found.site), href, self.getpos()[0])

    def handle_endtag(self, tag: str) -> None:
        if tag in _ENDS_NOTE:
            self._is_note = False
