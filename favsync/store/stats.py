"""What the favorites are, in numbers: one scan of the database, without SQLAlchemy, for whatever shows them."""

import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any, Final

from favsync.store.plain_statements import SITE_URL
from favsync.store.sqlite.read_only import choose_accounts, reading
from favsync.store.tag_counts import count_tags

TOP: Final = 20
"""So many tags of each category are named."""

CATEGORIES: Final = ("artist", "character", "copyright", "species", "general")
"""The order in which categories are told; the site's others follow in alphabetical order."""

_RATINGS: Final[dict[str | None, int]] = {"s": 0, "q": 1, "e": 2}
"""The order in which ratings are told; others follow."""

_COUNT: Final = "SELECT count(*) FROM favorites WHERE account_id = ?"


@dataclass(frozen=True, slots=True)
class AccountCount:
    """An account by its local name, and how many favorites it has."""

    name: Annotated[str, "Its local name."]
    favorites: Annotated[int, "Its favorites."]


@dataclass(frozen=True, slots=True)
class Files:
    """The files of the favorites."""

    known: Annotated[int, "Favorites whose file size is known."]
    bytes: Annotated[int, "The sum of these sizes."]


@dataclass(frozen=True, slots=True)
class Part:
    """Some of the favorites: those of one rating, type or month."""

    name: str | None
    """The rating (`s`, `q`, `e`), type (`png`) or month (`2026-01`, in UTC); None: not known."""
    favorites: Annotated[int, "How many favorites."]
    bytes: Annotated[int, "The size of their files, as far as it is known."]


@dataclass(frozen=True, slots=True)
class TopTag:
    """A tag, and how many of the favorites have it."""

    name: Annotated[str, "The tag."]
    favorites: Annotated[int, "How many of the favorites have it."]


@dataclass(frozen=True, slots=True)
class TagCategory:
    """The tags of one category."""

    category: Annotated[str, "The category."]
    different: Annotated[int, "How many tags of it there are."]
    top: Annotated[tuple[TopTag, ...], "The twenty most frequent, first of all."]


@dataclass(frozen=True, slots=True)
class Stats:
    """The favorites of some accounts. A post that is a favorite of several counts once.

    `without_details` counts posts of which the site returned nothing but the id. `deleted` and `destroyed` count posts
    that the site has deleted or destroyed since. `posted` goes by the month in which a post was posted, `added` by the
    month in which a sync noticed the favorite; None there are those from before the first complete sync, of which the
    month is not known. Months without any are left out; the first comes first, and None last.
    """

    site: Annotated[str | None, "The site's URL."]
    accounts: Annotated[tuple[AccountCount, ...], "The accounts that are counted."]
    favorites: Annotated[int, "How many favorites; a post that several have counts once."]
    without_details: Annotated[int, "How many are known only by their id."]
    deleted: Annotated[int, "How many the site has deleted since."]
    destroyed: Annotated[int, "How many the site has destroyed since."]
    files: Annotated[Files, "The files of the favorites."]
    ratings: Annotated[tuple[Part, ...], "By rating."]
    types: Annotated[tuple[Part, ...], "By file type, the most frequent first."]
    added: tuple[Part, ...]
    """By the month in which a sync noticed them; None: they were in the list before its first complete sync."""
    posted: Annotated[tuple[Part, ...], "By the month in which they were posted."]
    tags: Annotated[tuple[TagCategory, ...], "By category of tags."]


@dataclass(frozen=True, slots=True)
class _Alike:
    """Favorites that are alike in all of this, how many they are, and of how many the size is told."""

    added: str | None
    posted: str | None
    rating: str | None
    type: str | None
    is_without_details: bool
    is_deleted: bool
    is_destroyed: bool
    favorites: int
    known: int
    bytes: float


# Of a post that is a favorite of several accounts, the one that had it first here tells when: SQLite takes the other
# columns from the row that has the minimum. What was noticed only after the first complete run is told by its run and
# not by its time, because a clock may have been wrong in between.
# `total` does not overflow, whatever sizes a site tells; and up to nine petabytes it is exact.
_ALIKE = """WITH proofs AS MATERIALIZED (
  SELECT account_id, min(id) AS run_id FROM runs
  WHERE outcome = 'complete' AND evidence IS NOT NULL GROUP BY account_id),
noticed AS MATERIALIZED (
  SELECT DISTINCT account_id, post_id FROM favorite_events JOIN proofs USING (account_id)
  WHERE kind = 'added' AND reason <> 'added_again' AND favorite_events.run_id > proofs.run_id),
listed AS MATERIALIZED (
  SELECT favorites.post_id AS post_id, min(first_seen_at), CASE WHEN noticed.post_id THEN first_seen_at END AS added
  FROM favorites LEFT JOIN noticed USING (account_id, post_id)
  WHERE account_id IN (SELECT value FROM json_each(:accounts)) GROUP BY favorites.post_id)
SELECT substr(added, 1, 7), substr(created_at, 1, 7), rating, file_ext, fetched_at IS NULL,
  coalesce(is_deleted, 0), coalesce(is_destroyed, 0), count(*), count(file_size), total(file_size)
FROM listed LEFT JOIN posts ON posts.id = post_id GROUP BY 1, 2, 3, 4, 5, 6, 7
"""
_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


def load_stats(path: Path, account: str | None) -> Stats:
    """Load what there is to say of the favorites of an account; for None, of all accounts together.

    Raises NoAccounts, NoSuchAccount, and the DatabaseTrouble family.
    """
    with reading(path) as connection:
        accounts = choose_accounts(connection, account)
        ids = [each.id for each in accounts]
        site = connection.execute(SITE_URL).fetchone()
        counted = [connection.execute(_COUNT, (account_id,)).fetchone()[0] for account_id in ids]
        alike = [_Alike(*row) for row in connection.execute(_ALIKE, {"accounts": json.dumps(ids)})]
        tags = tuple(_categories(connection, count_tags(connection, ids)))
    return Stats(
        site=None if site is None else site[0],
        accounts=tuple(AccountCount(each.name, favorites) for each, favorites in zip(accounts, counted, strict=True)),
        favorites=sum(each.favorites for each in alike),
        without_details=sum(each.favorites for each in alike if each.is_without_details),
        deleted=sum(each.favorites for each in alike if each.is_deleted),
        destroyed=sum(each.favorites for each in alike if each.is_destroyed),
        files=Files(sum(each.known for each in alike), int(sum(each.bytes for each in alike))),
        ratings=_parts(((each.rating, each) for each in alike), lambda part: _RATINGS.get(part.name, 3)),
        types=_parts(((each.type, each) for each in alike), lambda part: (part.name is None, -part.favorites)),
        added=_parts((_month(each.added), each) for each in alike),
        posted=_parts((_month(each.posted), each) for each in alike),
        tags=tags,
    )


def _month(text: str | None) -> str | None:
    """A month; None for what is none, which somebody else must have written."""
    return text if text is not None and _MONTH.fullmatch(text) else None


def _parts(named: Iterable[tuple[str | None, _Alike]], key: Callable[[Part], Any] = lambda _: 0) -> tuple[Part, ...]:
    """The parts in the order of `key`, and by name; None comes last."""
    favorites: Counter[str | None] = Counter()
    sizes: Counter[str | None] = Counter()
    for name, alike in named:
        favorites[name] += alike.favorites
        sizes[name] += int(alike.bytes)
    parts = (Part(name, number, sizes[name]) for name, number in favorites.items())
    return tuple(sorted(parts, key=lambda part: (key(part), part.name is None, part.name or "")))


def _categories(connection: sqlite3.Connection, counted: Counter[int]) -> Iterator[TagCategory]:
    tags: dict[str, list[TopTag]] = {}
    for tag_id, name, category in connection.execute("SELECT id, name, category FROM tags"):
        if tag_id in counted:
            tags.setdefault(category, []).append(TopTag(name, counted[tag_id]))
    order = {category: place for place, category in enumerate(CATEGORIES)}
    for category in sorted(tags, key=lambda category: (order.get(category, len(order)), category)):
        top = sorted(tags[category], key=lambda tag: (-tag.favorites, tag.name))[:TOP]
        yield TagCategory(category, len(tags[category]), tuple(top))
