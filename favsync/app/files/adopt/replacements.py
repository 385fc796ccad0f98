"""The site's daily export of its replacements: which file a post had before another took its place.

A table with a heading: `post_id`, `md5`, `file_ext` and `status` are among its columns. `original` is the file that a
post began with, `approved` one that took its place, and may have lost it again. Whatever else it may be, it was never
the post's file (docs/site-api.md, "Replaced files").
"""

import csv
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from favsync.app.imports.source import lines_of, open_source
from favsync.core.files.names import read_md5
from favsync.errors import FileUnreadable
from favsync.store.database import Database
from favsync.store.files.known import Original, load_known_posts

_NEEDED: Final = ("post_id", "md5", "status")
_WAS_THE_FILE: Final = frozenset({"approved", "original"})
_ID: Final = re.compile(r"[1-9][0-9]{0,17}")
_LONGEST_CELL: Final = 1024**2
_AT_ONCE: Final = 5_000

Version = tuple[int, str, str | None]
"""A post, the md5 of a file that it once had, and its type."""


def load_replacements(path: Path, database: Database) -> dict[str, Original]:
    """Read of the export what is about posts that are known here, by md5. Raises FileUnreadable."""
    found: dict[str, Original] = {}
    some: list[Version] = []
    for version in _read(path):
        some.append(version)
        if len(some) >= _AT_ONCE:
            _keep(found, some, database)
            some = []
    _keep(found, some, database)
    return found


def _keep(found: dict[str, Original], versions: list[Version], database: Database) -> None:
    with database.read() as conn:
        known = load_known_posts(conn, {post_id for post_id, _, _ in versions})
    for post_id, md5, ext in versions:
        if post_id in known:
            found.setdefault(md5, Original((post_id,), ext))


def _read(path: Path) -> Iterator[Version]:
    name = str(path)
    try:
        with path.open("rb") as raw:
            csv.field_size_limit(_LONGEST_CELL)
            text = open_source(raw, name).text()
            yield from _read_rows(csv.reader((line for _, line in lines_of(text, name)), strict=True), name)
    except OSError as exc:
        raise FileUnreadable(name, f"it cannot be read ({(exc.strerror or str(exc)).lower()}).") from exc


def _read_rows(rows: "Iterator[list[str]]", name: str) -> Iterator[Version]:
    number = 1
    try:
        heading = next(rows, [])
        if missing := [column for column in _NEEDED if column not in heading]:
            raise FileUnreadable(
                name,
                f"this is no export of replacements: it has no column {missing[0]}. The site's own is called"
                " post_replacements.csv.gz.",
                line=1,
            )
        for number, row in enumerate(rows, start=2):
            if len(row) != len(heading):
                raise FileUnreadable(
                    name, "this row has not as many cells as the heading: the file is damaged.", line=number
                )
            record = dict(zip(heading, row, strict=True))
            md5, post_id = read_md5(record["md5"]), record["post_id"]
            if record["status"] in _WAS_THE_FILE and md5 is not None and _ID.fullmatch(post_id):
                yield int(post_id), md5, record.get("file_ext")
    except csv.Error as exc:
        raise FileUnreadable(name, f"the table is damaged ({exc}).", line=number + 1) from exc
