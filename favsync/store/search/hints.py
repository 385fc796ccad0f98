"""Why a search may find nothing: which of its parts nothing here has, and what comes near to them.

What is told is true by itself, whatever the rest of the search says: each part is asked about alone, in the same rows.
"""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from favsync.query.tree import And, Node, Search, SourceLike, Tag, UploaderIs, Wildcard, wanted
from favsync.query.words import slips
from favsync.store.search.answers import PostSearch
from favsync.store.search.patterns import ITSELF_IN_A_SOURCE, glob_of_source

MOST_HINTS: Final = 3
MOST_NEAR: Final = 3
"""Tags that are named as near ones."""

_MOST_LOOKED_AT: Final = 20
_URLS_IN_ANY_CASE: Final = "SELECT DISTINCT url FROM post_sources WHERE lower(url) GLOB lower(?) LIMIT ?"
_SHORT: Final = 6  # letters; in fewer, a second slip makes another word of it


@dataclass(frozen=True, slots=True)
class NoSuchTag:
    """Nothing that was searched has the tag, or one that fits the wildcard."""

    tag: Tag | Wildcard
    near: tuple[str, ...] = ()
    """Tags that something has and that come near, the nearest first."""
    category: str | None = None
    """Where the search named a category: the one under which something has the same tag."""


@dataclass(frozen=True, slots=True)
class NoSuchUploader:
    """Nothing that was searched was uploaded by somebody of that name, which is a number."""

    name: str


@dataclass(frozen=True, slots=True)
class OtherCase:
    """Nothing that was searched has such a source, but something has one in another case."""

    source: str


@dataclass(frozen=True, slots=True)
class NothingThere:
    """There is nothing to search."""


Hint = NoSuchTag | NoSuchUploader | OtherCase | NothingThere


def load_hints(connection: sqlite3.Connection, search: Search) -> list[Hint]:
    """Load what may be the reason that a search finds nothing; none where each of its parts finds something."""
    asked = _Asked(connection, search)
    if not asked.count(And(()), most=1):
        return [NothingThere()]
    hints = (hint for leaf in dict.fromkeys(wanted(search.where)) if (hint := asked.hint(leaf)) is not None)
    return [hint for hint, _ in zip(hints, range(MOST_HINTS), strict=False)]


class _Asked:
    """Asks about one part at a time, in the rows that the whole search goes through."""

    def __init__(self, connection: sqlite3.Connection, search: Search) -> None:
        self._connection = connection
        self._search = search

    def count(self, node: Node, *, most: int | None = None) -> int:
        """How many rows there are for which a part alone is true; no more than `most` are looked for."""
        found = PostSearch(
            self._connection, Search(node, limit=most, gone=self._search.gone, accounts=self._search.accounts)
        )
        return found.count() if most is None else len(found.rows())

    def hint(self, leaf: Node) -> Hint | None:
        """What there is to say about a part; None where it finds something, or there is nothing to say."""
        if not isinstance(leaf, Tag | Wildcard | UploaderIs | SourceLike) or self.count(leaf, most=1):
            return None
        match leaf:
            case Tag(name, category):
                found = None
                if category is not None and self.count(Tag(name), most=1):
                    found = self._connection.execute("SELECT category FROM tags WHERE name = ?", (name,)).fetchone()
                other = None if found is None else str(found[0])
                return NoSuchTag(leaf, () if other else self._near(leaf), other)
            case Wildcard():
                return NoSuchTag(leaf)
            case UploaderIs(str() as name) if name.isdigit():
                return NoSuchUploader(name)
            case SourceLike(pattern):
                rows = self._connection.execute(_URLS_IN_ANY_CASE, (glob_of_source(pattern), _MOST_LOOKED_AT))
                for (url,) in rows:
                    if self.count(SourceLike(f"{url.translate(ITSELF_IN_A_SOURCE)}*"), most=1):
                        return OtherCase(url)
            case _:
                pass
        return None

    def _near(self, tag: Tag) -> tuple[str, ...]:
        """Tags of the same category that something has: those with few slips, else those that have it as a word."""
        for candidates in (self._slipped, self._longer):
            ranked = []
            for far, name in candidates(tag):
                number = self.count(Tag(name, tag.category))
                ranked.append((far, -number, name))
            found = tuple(name for _, number, name in sorted(ranked) if number)
            if found:
                return found[:MOST_NEAR]
        return ()

    def _slipped(self, tag: Tag) -> list[tuple[int, str]]:
        # SQLite looks at all tags, by a condition that names with so few slips fulfil, and few others. Of three pieces
        # of a name, two slips, or two letters that changed places, leave one as it is.
        length = len(tag.name)
        most, third = 1 if length < _SHORT else 2, length // 3
        condition, values = "length(name) BETWEEN ? AND ?", [length - most, length + most]
        pieces = (tag.name[:third], tag.name[third : 2 * third], tag.name[2 * third :]) if length >= _SHORT else ()
        if pieces:
            condition += " AND (instr(name, ?) OR instr(name, ?) OR instr(name, ?))"
        names = self._names(tag, condition, *values, *pieces)
        near = sorted((far, name) for name in names if 0 < (far := slips(tag.name, name, most=most)) <= most)
        return near[:_MOST_LOOKED_AT]

    def _longer(self, tag: Tag) -> list[tuple[int, str]]:
        condition = "length(name) > ? AND instr('_' || name || '_', ?) ORDER BY length(name) LIMIT ?"
        return [(0, name) for name in self._names(tag, condition, len(tag.name), f"_{tag.name}_", _MOST_LOOKED_AT)]

    def _names(self, tag: Tag, condition: str, *values: object) -> Iterator[str]:
        rows = self._connection.execute(
            f"SELECT name FROM tags WHERE (? IS NULL OR category = ?) AND {condition}",  # noqa: S608 - texts of this file
            (tag.category, tag.category, *values),
        )
        return (name for (name,) in rows)
