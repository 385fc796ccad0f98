"""One user's favorites as the site keeps them: rows by time, and pages of them with the site's own ties."""

from bisect import bisect_left, bisect_right, insort
from collections.abc import Callable, Iterable
from itertools import pairwise
from typing import NamedTuple


class Row(NamedTuple):
    """One favorite. They sort by time, and a later one of the same time by its id."""

    at: int
    """Microseconds since 1970; no answer of the site shows it."""
    favorite_id: int
    post_id: int


TieOrder = Callable[[int], int]
"""Post id -> place among favorites of one time. It differs from page to page (docs/site-api.md, "Ties")."""


class Favorites:
    """The favorites of one user."""

    def __init__(self) -> None:
        self._rows: list[Row] = []
        self._row_of: dict[int, Row] = {}

    def __len__(self) -> int:
        return len(self._rows)

    def __contains__(self, post_id: object) -> bool:
        return post_id in self._row_of

    def post_ids(self) -> Iterable[int]:
        """All of them, in no order that means anything."""
        return self._row_of.keys()

    def newest_first(self) -> list[int]:
        """The whole list; favorites of one time by descending favorite id."""
        return [row.post_id for row in reversed(self._rows)]

    def add(self, row: Row) -> None:
        """Put a favorite where its time has it."""
        self._row_of[row.post_id] = row
        if self._rows and row < self._rows[-1]:
            insort(self._rows, row)
        else:
            self._rows.append(row)

    def remove(self, post_id: int) -> None:
        """Take a favorite out. Raises KeyError when it is none."""
        del self._rows[bisect_left(self._rows, self._row_of.pop(post_id))]

    def clear(self) -> None:
        """Take all of them out."""
        self._rows.clear()
        self._row_of.clear()

    def page(self, offset: int, size: int, tie_order: TieOrder | None) -> list[int]:
        """`size` post ids after the first `offset`, newest first. Without `tie_order` as `newest_first` has them."""
        end = len(self._rows) - offset
        start = max(0, end - size)
        if end <= 0 or size <= 0:
            return []
        # Widened until no favorite outside shares its time with one inside.
        low = bisect_left(self._rows, self._rows[start].at, key=lambda row: row.at)
        high = bisect_right(self._rows, self._rows[end - 1].at, key=lambda row: row.at)
        rows = self._rows[low:high]
        if tie_order is not None and any(older.at == newer.at for older, newer in pairwise(rows)):
            rows.sort(key=lambda row: (row.at, tie_order(row.post_id)))
        return [row.post_id for row in reversed(rows[start - low : end - low])]

    def after(self, favorite_id: int, size: int) -> list[int]:
        """Page `aID`: the `size` favorites next above that favorite id, newest first."""
        rows = sorted((row.favorite_id, row.post_id) for row in self._rows if row.favorite_id > favorite_id)
        return [post_id for _, post_id in reversed(rows[:size])]

    def before(self, favorite_id: int, size: int) -> list[int]:
        """Page `bID`: the `size` favorites next below that favorite id, newest first."""
        rows = sorted((row.favorite_id, row.post_id) for row in self._rows if row.favorite_id < favorite_id)
        return [post_id for _, post_id in rows[: -size - 1 : -1]]
