"""Where in a statement SQLite found a mistake: it tells the word, and not the place."""

import re
import sqlite3
from typing import Final

_NEAR: Final = re.compile(r'near "(?P<token>.+)": syntax error|unrecognized token: "(?P<other>.+)"', re.DOTALL)
_NAMED: Final = re.compile(
    r"(?:no such (?:column|table|function)|ambiguous column name|[\w ]+ function): (?P<token>\S+)"
)
_FUNCTION: Final = re.compile(
    r"wrong number of arguments to function (?P<token>\w+)\(\)|misuse of (?:\w+ )*function:? (?P<other>\w+)"
)
_LONGEST: Final = 4_000  # characters of a statement in which a place is looked for


def find_place(connection: sqlite3.Connection, sql: str, message: str) -> tuple[int, int] | None:
    """Where the word stands that `message` complains about, as (start, end); None: it cannot be told for sure.

    A word that stands there once is the one. For one that stands there several times, in a syntax error, the statement
    is read up to each: the first that breaks it in the same way is it.
    """
    if len(sql) > _LONGEST:
        return None
    if message == "incomplete input":
        end = len(sql.rstrip())
        return end, end + 1
    near = _NEAR.fullmatch(message)
    found = near or _NAMED.match(message) or _FUNCTION.match(message)
    if found is None:
        return None
    token: str = next(filter(None, found.groups()))
    before, after = r"(?<!\w)" if token[0].isalnum() else "", r"(?!\w)" if token[-1].isalnum() else ""
    places = [match.span() for match in re.finditer(before + re.escape(token) + after, sql, re.IGNORECASE)]
    if len(places) > 1 and near:
        places = [place for place in places if _breaks(connection, sql[: place[1]], message)][:1]
    return places[0] if len(places) == 1 else None


def _breaks(connection: sqlite3.Connection, beginning: str, message: str) -> bool:
    try:
        connection.execute(f"EXPLAIN {beginning}").close()
    except (sqlite3.Error, sqlite3.Warning) as exc:
        return str(exc) == message
    return False
