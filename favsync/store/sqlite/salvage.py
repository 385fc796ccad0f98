"""What can still be read of a damaged database, row by row, and the names of what cannot."""

import sqlite3
from collections.abc import Iterator, Sequence
from itertools import islice
from typing import Any, Final

Record = dict[str, Any]

_MOST_FAILURES: Final = 10_000  # rows in a row that cannot be read before the rest of a table is given up


class Salvage:
    """Reads rows in the order of a question; where SQLite breaks off, by their keys, one at a time.

    One that does not `rescue` lets everything through as it is, and raises where SQLite breaks off.
    """

    def __init__(self, connection: sqlite3.Connection, account_id: int, *, rescues: bool) -> None:
        self.rescues = rescues
        self._connection = connection
        self._account_id = account_id
        self.lost: list[str] = []
        """What could not be read, in words."""

    def numbered(self, table: str, rows: Iterator[Record]) -> Iterator[Record]:
        """Rows of a table that has an `id`, in its order."""
        if not self.rescues:
            yield from rows
            return
        reported = 0
        try:
            for row in rows:
                reported += 1
                yield self.sound(table, row)
        except sqlite3.DatabaseError as exc:
            self.lost.append(f"some of {table} ({exc})")
        else:
            return
        own = (row for row in self._after(table, 0) if row["account_id"] == self._account_id)
        yield from (self.sound(table, row) for row in islice(own, reported, None))

    def of_posts(self, table: str, rows: Iterator[Record]) -> Iterator[Record]:
        """Rows of a table whose key begins with the account and the post."""
        if not self.rescues:
            yield from rows
            return
        seen: set[tuple[object, object]] = set()
        try:
            for row in rows:
                seen.add((row["post_id"], row["run_id"]))
                yield self.sound(table, row)
        except sqlite3.DatabaseError as exc:
            self.lost.append(f"some of {table} ({exc})")
        else:
            return
        found: list[Record] = []
        for post_id in self.post_ids():
            question = f"SELECT * FROM {table} WHERE account_id = ? AND post_id = ?"  # noqa: S608 - a table of ours
            found += self._try(question, (self._account_id, post_id)) or []
        found.sort(key=lambda row: row["sort_key"], reverse=True)
        yield from (self.sound(table, row) for row in found if (row["post_id"], row["run_id"]) not in seen)

    def post_ids(self) -> list[int]:
        """The number of every post that can still be found."""
        return [row["id"] for row in self._after("posts", 0)]

    def sound(self, where: str, row: Record) -> Record:
        """The row, with every value that is none in a text of Unicode replaced and named."""
        for name, value in row.items():
            if isinstance(value, str) and is_garbled(value):
                self.lost.append(f"{name} in {where} is not UTF-8")
                row[name] = value.encode(errors="surrogateescape").decode(errors="replace")
            elif isinstance(value, bytes):
                self.lost.append(f"{name} in {where} is no text")
                row[name] = None
        return row

    def _after(self, table: str, last: int) -> Iterator[Record]:
        failures = 0
        question = f"SELECT * FROM {table} NOT INDEXED WHERE id > ? ORDER BY id LIMIT 1"  # noqa: S608 - a table of ours
        while failures < _MOST_FAILURES:
            found = self._try(question, (last,))
            if found == []:
                return
            if found is None:
                failures, last = failures + 1, last + 1
                continue
            failures, last = 0, found[0]["id"]
            yield found[0]

    def _try(self, question: str, values: Sequence[object]) -> list[Record] | None:
        """The rows; None: they cannot be read."""
        try:
            cursor = self._connection.execute(question, tuple(values))
            names = [column[0] for column in cursor.description]
            return [dict(zip(names, row, strict=True)) for row in cursor]
        except sqlite3.DatabaseError:
            return None


def any_text(text: bytes) -> str:
    """Read text that may not be UTF-8: what is not becomes surrogates, which compare unequal to all that is."""
    return text.decode(errors="surrogateescape")


def is_garbled(text: str) -> bool:
    """Tell whether text that was read so was not UTF-8."""
    try:
        text.encode()
    except UnicodeEncodeError:
        return True
    return False
