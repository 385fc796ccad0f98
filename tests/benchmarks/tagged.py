"""A database of favorites with tags as people give them: a few on half of the posts, most on a handful (Zipf's law)."""

from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from random import Random

from favsync.store.database import Database
from favsync.store.sqlite import connect as sqlite

TAGS_EACH = 34
NAMES = 30_000
FEWEST = 3
"""Posts that the rarest tags are on."""
_AT = "2026-01-02T03:04:05.678Z"
_KINDS = (
    *("amber", "blue", "bright", "calm", "coral", "dusty", "golden", "green", "grey", "long", "mossy", "pale", "red"),
    *("short", "soft", "tiny", "wide"),
)
_THINGS = (
    *("apron", "basket", "bench", "blanket", "boots", "bridge", "cloud", "cup", "door", "feather", "fence", "flower"),
    *("fox", "fur", "gloves", "grass", "hat", "kite", "lamp", "leaf", "mountain", "pillow", "river", "road", "roof"),
    *("scarf", "sky", "stone", "teapot", "tower", "tree", "window", "wolf"),
)
_CATEGORIES = (*["general"] * 6, "artist", "species", "character", "copyright")
_OLD = 25
"""One of so many ranks is that of a tag that only the oldest favorites have: none of them is met near the top."""


@dataclass(frozen=True, slots=True)
class Tagged:
    """What is in the database, by the rank of the tags from 1 on: their names, and how many posts have them."""

    names: dict[int, str]
    counts: dict[int, int]

    @property
    def old(self) -> str:
        """A tag that only the oldest favorites have."""
        return self.names[self.rarest // _OLD]

    @property
    def rarest(self) -> int:
        """The last rank."""
        return len(self.names)


def build(path: Path, favorites: int, *, tags: int = NAMES) -> Tagged:
    """Make a database with one account and so many favorites, `TAGS_EACH` of so many tags each on the whole."""
    random = Random(5)  # noqa: S311 - no secret
    Database.open(path).close()
    ids = sorted(random.sample(range(1, 50 * favorites), favorites))
    newest_first = random.sample(range(favorites), favorites)
    names = _names(random, tags)
    counts = _counts(favorites, tags)
    tags_of: list[list[int]] = [[] for _ in ids]
    for rank, count in counts.items():
        chosen = newest_first[-count:] if rank == tags // _OLD else random.sample(range(favorites), count)
        for place in chosen:
            tags_of[place].append(rank)
    keys = sorted((ids[place], favorites - position) for position, place in enumerate(newest_first))
    with closing(sqlite.connect(path, writable=True)) as connection:
        many = connection.executemany
        connection.execute("BEGIN IMMEDIATE")
        connection.execute("INSERT INTO sites (id, url, created_at) VALUES (1, 'https://site.example', ?)", (_AT,))
        connection.execute(
            "INSERT INTO accounts (id, name, username, site_user_id, is_public, created_at)"
            " VALUES (1, 'alice', 'alice', 1, 0, ?)",
            (_AT,),
        )
        run = "INSERT INTO runs (id, account_id, started_at, kind, outcome) VALUES (1, 1, ?, 'full', 'complete')"
        connection.execute(run, (_AT,))
        many(_POST, _posts(random, ids))
        many("INSERT INTO tags (id, name, category) VALUES (?, ?, ?)", _tags(random, names))
        many("INSERT INTO post_tags (post_id, tag_id) VALUES (?, ?)", _pairs(ids, tags_of))
        numbers = ((post, " ".join(map(str, tags))) for post, tags in zip(ids, tags_of, strict=True))
        many("INSERT INTO post_tags_fts (rowid, tag_ids) VALUES (?, ?)", numbers)
        many(
            "INSERT INTO favorites (account_id, post_id, sort_key, is_placed, first_seen_at, run_id)"
            " VALUES (1, ?, ?, 1, ?, 1)",
            ((post, key, _AT) for post, key in keys),
        )
        connection.execute("INSERT INTO posts_fts (posts_fts) VALUES ('rebuild')")
        connection.execute("COMMIT")
    return Tagged(names, counts)


_POST = (
    "INSERT INTO posts (id, created_at, rating, score, fav_count, file_ext, file_size, width, height, is_deleted,"
    " fetched_at, run_id, description) VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, 1, ?)"
)


def _counts(favorites: int, tags: int) -> dict[int, int]:
    """How many posts have the tag of each rank: half at most, and all together `TAGS_EACH` for each post."""
    low, high = 0.0, 100.0
    while high - low > 1e-6:
        factor = (low + high) / 2
        total = sum(_count(rank, factor, favorites, tags) for rank in range(1, tags + 1))
        low, high = (factor, high) if total < TAGS_EACH * favorites else (low, factor)
    return {rank: _count(rank, low, favorites, tags) for rank in range(1, tags + 1)}


def _count(rank: int, factor: float, favorites: int, tags: int) -> int:
    return max(min(int(favorites * factor / rank), favorites // 2), FEWEST) if rank < tags else FEWEST


def _names(random: Random, number: int) -> dict[int, str]:
    names: dict[str, None] = {}
    while len(names) < number:
        name = random.choice(_THINGS)
        if random.random() < 0.8:
            name = f"{random.choice(_KINDS)}_{name}"
        if name in names:
            name = f"{name}_{random.choice(_THINGS)}"
        if name in names:
            name = f"{name}_({random.choice(_KINDS)}_{len(names)})"
        names[name] = None
    return dict(enumerate(names, start=1))


def _tags(random: Random, names: dict[int, str]) -> Iterator[tuple[int, str, str]]:
    return ((rank, name, random.choice(_CATEGORIES)) for rank, name in names.items())


def _pairs(ids: list[int], tags_of: list[list[int]]) -> Iterator[tuple[int, int]]:
    return ((post, tag) for post, tags in zip(ids, tags_of, strict=True) for tag in tags)


def _posts(random: Random, ids: list[int]) -> Iterator[tuple[object, ...]]:
    for post in ids:
        width, height = random.choice([(2_400, 3_200), (800, 1_200), (1_200, 900), (500, 500), (1_920, 1_080)])
        words = " ".join(random.choice(_KINDS + _THINGS) + random.choice(["", "s", "ing"]) for _ in range(25))
        year, month, day = 2010 + post * 15 // (ids[-1] + 1), random.randint(1, 9), random.randint(10, 28)
        yield (
            *(post, f"{year}-0{month}-{day}T00:00:00.000Z"),
            *(random.choice("ssqe"), random.randint(-20, 2_000), random.randint(0, 3_000)),
            *(random.choice(["jpg", "png", "png", "gif", "webm"]), random.randint(10**5, 4 * 10**6), width, height),
            *(random.random() < 0.05, _AT, words if random.random() < 0.4 else None),
        )
