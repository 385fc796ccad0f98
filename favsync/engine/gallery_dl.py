"""What gallery-dl leaves behind: the archive of what it has downloaded, and the metadata beside the files.

Its archive is a SQLite file with a table `archive(entry)`. An entry is the name of the site, and then what the kind of
the download says: the post's id alone, or `f_USER_ID` for favorites, `t_TAGS_ID`, `p_POOL_ID`; the id is always last.
Metadata are JSON objects with the name of the site as `category` and the post's `id`.
"""

import json
import re
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, Final, Protocol, TextIO
from urllib.parse import urlsplit

from favsync.errors import FileUnreadable
from favsync.remote.address import HIGHEST_ID
from favsync.store.sqlite import APPLICATION_ID

_CATEGORIES: Final = {"e621.net": "e621", "e926.net": "e926", "e6ai.net": "e6ai"}
_LONGEST: Final = 64 * 1024 * 1024
"""Characters of one JSON text."""


class Found(Protocol):
    """Takes in what is found."""

    not_posts: int
    other_site: int

    def add(self, post_id: int) -> None:
        """Take a post in."""


def category_of(site_url: str) -> str:
    """What gallery-dl calls a site: those that it knows by name, any other by its address."""
    host = urlsplit(site_url).netloc.removeprefix("www.")
    return _CATEGORIES.get(host, host)


def read_archive(path: Path, site_url: str, found: Found) -> None:
    """Read an archive, highest id first: it remembers no order. Raises FileUnreadable for any other database."""
    name = str(path)
    try:
        with closing(sqlite3.connect(f"{path.absolute().as_uri()}?mode=ro", uri=True)) as connection:
            (application_id,) = connection.execute("PRAGMA application_id").fetchone()
            if application_id == APPLICATION_ID:
                raise FileUnreadable(
                    name, "this is a database of favsync. To bring its list back: favsync restore NAME --from FILE"
                )
            tables = connection.execute("SELECT 1 FROM pragma_table_info('archive') WHERE name = 'entry'").fetchall()
            if not tables:
                raise FileUnreadable(name, "this is a SQLite database, but not an archive of gallery-dl.")
            entries = connection.execute("SELECT entry FROM archive")
            _add_sorted(_ids_of((str(row[0]) for row in entries), site_url, found), found)
    except sqlite3.Error as exc:
        raise FileUnreadable(name, f"the database cannot be read ({exc}).") from exc


def read_folder(path: Path, site_url: str, found: Found) -> None:
    """Read the metadata files of a folder and all below it, highest id first. Raises FileUnreadable for none."""
    files = sorted(file for file in path.rglob("*.json") if file.is_file())
    if not files:
        raise FileUnreadable(str(path), "the folder holds no metadata files (*.json) of gallery-dl.")

    def ids() -> Iterator[int]:
        for file in files:
            with file.open(encoding="utf-8", errors="replace") as text:
                told = _parsed(text.read(_LONGEST))
            if told is None:
                found.not_posts += 1
            else:
                yield from _ids_in(told, category_of(site_url), found)

    _add_sorted(ids(), found)


def read_metadata(text: TextIO, name: str, site_url: str, found: Found) -> None:
    """Read a text that is one JSON value, or one a line. Raises FileUnreadable when it is neither."""
    category = category_of(site_url)
    first = text.readline(_LONGEST)
    told = _parsed(first)
    if told is None:  # written over several lines
        told = _parsed(first + text.read(_LONGEST))
        if told is None:
            raise FileUnreadable(name, "it looks like JSON, but it is cut off or damaged.")
    for post_id in _ids_in(told, category, found):
        found.add(post_id)
    while line := text.readline(_LONGEST):
        if (told := _parsed(line)) is not None:
            for post_id in _ids_in(told, category, found):
                found.add(post_id)
        elif line.strip():
            found.not_posts += 1


def _parsed(text: str) -> Any:
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        return None


def _ids_in(told: Any, category: str, found: Found) -> Iterator[int]:
    """The posts of one JSON value: an object, or lists of them, as `gallery-dl --dump-json` writes."""
    if isinstance(told, list):
        for inner in told:
            if isinstance(inner, dict | list):
                yield from _ids_in(inner, category, found)
        return
    post_id = told.get("id") if isinstance(told, dict) else None
    if not isinstance(post_id, int) or isinstance(post_id, bool) or not 0 < post_id <= HIGHEST_ID:
        found.not_posts += 1
    elif told.get("category") == category:
        yield post_id
    elif isinstance(told.get("category"), str):
        found.other_site += 1
    else:
        found.not_posts += 1


def _ids_of(entries: Iterator[str], site_url: str, found: Found) -> Iterator[int]:
    category = category_of(site_url)
    entry_of_a_post = re.compile(r"(?:[A-Za-z]+_(?:.*_)?)?([1-9][0-9]{0,18})", re.DOTALL)
    for entry in entries:
        if not entry.startswith(category):
            found.other_site += 1
            continue
        match = entry_of_a_post.fullmatch(entry, len(category))
        if match is None or int(match[1]) > HIGHEST_ID:
            found.not_posts += 1
        else:
            yield int(match[1])


def _add_sorted(ids: Iterator[int], found: Found) -> None:
    for post_id in sorted(ids, reverse=True):
        found.add(post_id)
