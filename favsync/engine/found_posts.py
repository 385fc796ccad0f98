"""Posts in files of any kind: our own exports, lists of ids and URLs, bookmarks, and what gallery-dl writes.

What a file is, is told by what is in it. Everything is streamed; of each post only its id is kept.
"""

import codecs
import csv
import io
import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Any, Final

from favsync.engine import gallery_dl
from favsync.engine.export_lists import CSV_COLUMNS
from favsync.engine.exported import is_export, read_list_from
from favsync.errors import FileUnreadable, NotAPost, PostOfAnotherSite, SiteMismatch
from favsync.remote.address import HIGHEST_ID, parse_post
from favsync.store.sqlite import MAGIC

_PIECE: Final = 1 << 20
_LONGEST_WORD: Final = 65_536
_START: Final = 65_536
_ID: Final = re.compile(r"0*[1-9][0-9]{0,18}")
_URL: Final = re.compile(r"https?://[^\s<>\"'()\[\]{}|\\^`]+", re.IGNORECASE)
_ENDS_WORD: Final = re.compile(r"[\s<>\"'()\[\]{}|\\^`,;]")
_JSON: Final = re.compile(r'\s*(\{\s*"|\[\s*[\[{])')
_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)


@dataclass(slots=True)
class FoundPosts:
    """The posts of one or several files, each once, in the order of the files."""

    post_ids: "array[int]" = field(default_factory=lambda: array("q"))
    duplicates: int = 0
    not_posts: int = 0
    """Words, URLs and entries that name no post."""
    other_site: int = 0
    """Posts of another site than the database's."""
    _seen: set[int] = field(default_factory=set)

    def add(self, post_id: int) -> None:
        """Take a post in, unless it is there."""
        if post_id in self._seen:
            self.duplicates += 1
            return
        self._seen.add(post_id)
        self.post_ids.append(post_id)

    def add_text(self, text: str, site_url: str) -> None:
        """Take in what is an id or the URL of a post of the site; count what is not."""
        try:
            self.add(parse_post(text, site_url))
        except PostOfAnotherSite:
            self.other_site += 1
        except NotAPost:
            self.not_posts += 1


def find_posts_in(path: Path, site_url: str, found: FoundPosts) -> None:
    """Find the posts in a file, or in the metadata files of a folder. Raises FileUnreadable and SiteMismatch."""
    try:
        if path.is_dir():
            gallery_dl.read_folder(path, site_url, found)
            return
        with io.BufferedReader(io.FileIO(path), _START) as file:
            if file.peek(len(MAGIC)).startswith(MAGIC):
                gallery_dl.read_archive(path, site_url, found)
                return
            find_posts(file, str(path), site_url, found)
    except OSError as exc:
        raise FileUnreadable(str(path), f"it cannot be read ({exc.strerror}).") from exc


def find_posts(stream: "io.BufferedReader[Any]", name: str, site_url: str, found: FoundPosts) -> None:
    """Find the posts in a stream of bytes. `name` is how errors call it."""
    start = stream.peek(_START)[:_START]
    if not start:
        raise FileUnreadable(name, "it is empty.")
    if is_export(start):
        exported = read_list_from(stream, name)
        if exported.site_url != site_url:
            raise SiteMismatch(site_url, exported.site_url)
        for post_id in exported.post_ids:
            found.add(post_id)
        return
    encoding = next((encoding for mark, encoding in _MARKS if start.startswith(mark)), "utf-8")
    if encoding != "utf-16" and b"\x00" in start:
        raise FileUnreadable(
            name,
            "this is no text (it is binary). What can be read: favsync's exports, text with ids or URLs of posts,"
            " and gallery-dl's archives and metadata.",
        )
    text = io.TextIOWrapper(stream, encoding=encoding, errors="replace", newline=None)
    try:
        _find_in_text(text, start.decode(encoding, "replace"), name, site_url, found)
    finally:
        text.detach()


def _find_in_text(text: io.TextIOWrapper, start: str, name: str, site_url: str, found: FoundPosts) -> None:
    heading = ",".join(CSV_COLUMNS[:3])
    if start.startswith((heading, f'"{CSV_COLUMNS[0]}"')):
        _find_in_table(text, name, site_url, found)
    elif _JSON.match(start) and '"category"' in start:
        gallery_dl.read_metadata(text, name, site_url, found)
    else:
        for words in _words(text):
            _find_in_words(words, site_url, found)


def _find_in_table(text: Iterable[str], name: str, site_url: str, found: FoundPosts) -> None:
    try:
        for row in csv.DictReader(text):
            found.add_text(row.get("page_url") or row.get("post_id") or "", site_url)
    except csv.Error as exc:
        raise FileUnreadable(name, f"the table is damaged ({exc}).") from exc


def _find_in_words(words: str, site_url: str, found: FoundPosts) -> None:
    """Find the posts of a line: its only word, or ids side by side, or the URLs in it. Prose is passed over."""
    if _ID.fullmatch(words) and int(words) <= HIGHEST_ID:
        found.add(int(words))
        return
    parts = words.split()
    if not parts:
        return
    if all(_ID.fullmatch(part) for part in parts):
        for part in parts:
            found.add_text(part, site_url)
        return
    urls = _URL.findall(words)
    if urls:
        for url in urls:
            found.add_text(url.rstrip(".,;:!?*_~"), site_url)
    elif len(parts) == 1 and not words.startswith(("<", "#")):
        found.add_text(parts[0], site_url)


def _words(text: io.TextIOWrapper) -> Iterator[str]:
    """The lines of a text; one that is longer than anything is cut between two words, and never within one."""
    rest = ""
    for piece in iter(partial(text.readline, _PIECE), ""):
        line = rest + piece
        rest = ""
        if not piece.endswith("\n") and len(piece) >= _PIECE:
            cut = next((m.end() for m in _ENDS_WORD.finditer(line[-_LONGEST_WORD:][::-1])), None)
            if cut is not None:
                at = len(line) - cut + 1
                line, rest = line[:at], line[at:]
            else:
                rest = line[-_LONGEST_WORD:]  # no word is so long: what it is, is told at its end
                continue
        yield line.strip()
    if rest:
        yield rest.strip()
