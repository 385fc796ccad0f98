"""How many of the favorites have each tag; counted without SQLAlchemy."""

import json
import sqlite3
from collections import Counter
from collections.abc import Collection
from dataclasses import dataclass
from itertools import chain
from pathlib import Path
from typing import Annotated, Final

from favsync.store.sqlite.read_only import choose_accounts, reading

MANY: Final = 5_000
"""From so many tags on it is quicker to count all of them, and to choose then."""

# A post that is a favorite of several accounts is listed once. The tags are counted here and not by a GROUP BY: SQLite
# would sort all the rows first, which takes three times as long.
_TAGS = """WITH listed AS MATERIALIZED (
  SELECT DISTINCT post_id FROM favorites WHERE account_id IN (SELECT value FROM json_each(:accounts)))
SELECT tag_id FROM listed CROSS JOIN post_tags USING (post_id)"""
# The plus keeps the planner from looking for each of the tags in each of the posts: one walk over all is quicker.
_CHOSEN_TAGS = f"{_TAGS} WHERE +tag_id IN (SELECT value FROM json_each(:tags))"  # noqa: S608 - put together from texts of ours


@dataclass(frozen=True, slots=True)
class TagCount:
    """A tag, and how many of the favorites have it."""

    name: Annotated[str, "The tag."]
    category: Annotated[str, "Its category."]
    favorites: Annotated[int, "How many of the favorites have it."]


def load_tag_counts(
    path: Path, account: str | None, *, pattern: str = "*", category: str | None = None
) -> list[TagCount]:
    """Load the tags of the favorites of an account (None: of all), the most frequent first.

    A `*` in `pattern` stands for any characters or none; upper and lower case are the same. `category` is one of the
    site's, or None for all. A post that is a favorite of several accounts counts once. Raises NoAccounts,
    NoSuchAccount, and the DatabaseTrouble family.
    """
    with reading(path) as connection:
        accounts = choose_accounts(connection, account)
        tags = {
            tag_id: (name, of)
            for tag_id, name, of in connection.execute("SELECT id, name, category FROM tags")
            if category in {None, of} and matches(pattern, name)
        }
        counted = count_tags(connection, [each.id for each in accounts], tags)
    found = (TagCount(*tags[tag_id], favorites) for tag_id, favorites in counted.items() if tag_id in tags)
    return sorted(found, key=lambda tag: (-tag.favorites, tag.name))


def count_tags(
    connection: sqlite3.Connection, accounts: Collection[int], tags: Collection[int] | None = None
) -> Counter[int]:
    """Count, by the numbers of the tags, how many favorites of these accounts have each.

    `tags` says which are wanted (others may be counted as well); None: all.
    """
    values = {"accounts": json.dumps(list(accounts))}
    if tags is None or len(tags) >= MANY:
        return Counter(chain.from_iterable(connection.execute(_TAGS, values)))
    chosen = values | {"tags": json.dumps(list(tags))}
    return Counter(chain.from_iterable(connection.execute(_CHOSEN_TAGS, chosen)))


def matches(pattern: str, name: str) -> bool:
    """Tell whether a tag fits a pattern, in which `*` stands for any characters or none, and all else for itself.

    The time that it takes grows with the lengths alone, whatever the pattern: each part is looked for once.
    """
    first, *parts = pattern.lower().split("*")
    name = name.lower()
    if not parts:
        return name == first
    *parts, last = parts
    if not name.startswith(first) or not name.endswith(last) or len(name) < len(first) + len(last):
        return False
    place, end = len(first), len(name) - len(last)
    for part in parts:
        found = name.find(part, place, end)
        if found < 0:
            return False
        place = found + len(part)
    return True
