"""Statistics in the words of the terminal: a few lines, then tables that have bars where a person is looking."""

from collections.abc import Sequence
from dataclasses import dataclass

from favsync.cli.console import Console, clean, count, counted, size
from favsync.store.stats import Part, Stats, TagCategory

MOST_TAGS = 10
"""Tags of a category that are shown; 'favsync tags' and the page show more."""

MOST_MONTHS = 24
"""More months than these are shown as years."""

RATINGS = {"s": "safe", "q": "questionable", "e": "explicit", None: "not told"}

CATEGORIES = {
    "artist": ("artist", "artists"),
    "character": ("character", "characters"),
    "copyright": ("copyright", "copyrights"),
    "species": ("species", "species"),
    "general": ("general tag", "general tags"),
}
"""A tag of each category and several, in words; of others, the site's own name is used."""


@dataclass(frozen=True, slots=True)
class Period:
    """A month or a year: its favorites, those up to its end, and the bytes of its files."""

    name: str
    favorites: int
    in_all: int
    bytes: int


def whose(stats: Stats) -> str:
    """The accounts by name."""
    return ", ".join(account.name for account in stats.accounts)


def share(number: int, of: int) -> str:
    """A share as people read it: `12.3%`, `0.04%`. What is not nothing is not shown as nothing."""
    percent = 100 * number / of if of else 0.0
    if 0 < percent < 0.005:
        return "<0.01%"
    return f"{percent:.2f}%" if 0 < percent < 0.095 else f"{percent:.1f}%"


def tag_words(category: str, number: int) -> str:
    """What tags of a category are called: `artist`, or for several `artists`."""
    one, several = CATEGORIES.get(category, (f"{category} tag", f"{category} tags"))
    return one if number == 1 else several


def periods(months: Sequence[Part], *, most: int = MOST_MONTHS) -> list[Period]:
    """The months that are known, in order; where they are more than `most`, put together to years."""
    told = [(month.name, month) for month in months if month.name is not None]
    length = len("2026-01") if len(told) <= most else len("2026")
    merged: dict[str, Period] = {}
    in_all = 0
    for name, month in told:
        in_all += month.favorites
        key = name[:length]
        before = merged.get(key, Period(key, 0, 0, 0))
        merged[key] = Period(key, before.favorites + month.favorites, in_all, before.bytes + month.bytes)
    return list(merged.values())


def facts(stats: Stats) -> list[tuple[str, str]]:
    """What is to be said of all favorites, as pairs of a name and words."""
    said = []
    if len(stats.accounts) > 1:
        each = (f"{account.name} {count(account.favorites)}" for account in stats.accounts)
        said.append(("accounts", ", ".join(each)))
    if stats.files.known:
        mean = size(round(stats.files.bytes / stats.files.known))
        said.append(("files", f"{size(stats.files.bytes)} in all, {mean} each{_of_known(stats)}"))
    said.append(("deleted", _with_share(stats.deleted, stats)))
    if stats.destroyed:
        said.append(("destroyed", _with_share(stats.destroyed, stats)))
    if stats.untold:
        said.append(("known by id alone", _with_share(stats.untold, stats)))
    return said


def say_stats(console: Console, stats: Stats) -> None:
    """Write all of it to stdout, and to stderr what the numbers do not say."""
    on = f" on {stats.site}" if stats.site else ""
    console.data(f"{whose(stats)}{on}: {counted(stats.favorites, 'favorite')}")
    if not stats.favorites:
        console.say("There is nothing to count yet: favsync sync learns what the favorites are.")
        return
    for name, words in facts(stats):
        console.data(f"  {name}: {words}")
    _say_parts(console, "rating", [(RATINGS.get(part.name, part.name or ""), part) for part in stats.ratings], stats)
    _say_parts(console, "type", [(part.name or "not told", part) for part in stats.types], stats)
    for category in stats.tags:
        _say_tags(console, category, stats)
    _say_periods(console, "first seen here", periods(stats.first_seen))
    _say_periods(console, "posted", periods(stats.posted))
    console.say(
        "The site does not tell when something was made a favorite: 'first seen here' is when favsync first saw it."
    )


def _of_known(stats: Stats) -> str:
    unknown = stats.favorites - stats.files.known
    return f" ({count(unknown)} of unknown size)" if unknown else ""


def _with_share(number: int, stats: Stats) -> str:
    return f"{count(number)} ({share(number, stats.favorites)})" if number else "none"


def _share(number: int, stats: Stats) -> str:
    return share(number, stats.favorites).rjust(len("12.3%"))  # one under the other


def _say_parts(console: Console, what: str, parts: Sequence[tuple[str, Part]], stats: Stats) -> None:
    rows = [(name, part.favorites, _share(part.favorites, stats), size(part.bytes)) for name, part in parts]
    _say_table(console, (what, "favorites", "share", "files"), rows, [part.favorites for _, part in parts])


def _say_tags(console: Console, category: TagCategory, stats: Stats) -> None:
    top = category.top[:MOST_TAGS]
    rows = [(tag.name, tag.favorites, _share(tag.favorites, stats)) for tag in top]
    words = tag_words(category.category, len(top))
    heading = words if len(top) == category.different else f"{words}, {len(top)} of {count(category.different)}"
    _say_table(console, (clean(heading), "favorites", "share"), rows, [tag.favorites for tag in top])


def _say_periods(console: Console, what: str, shown: Sequence[Period]) -> None:
    rows = [(period.name, period.favorites, period.in_all, size(period.bytes)) for period in shown]
    if rows:
        _say_table(console, (what, "favorites", "in all", "files"), rows, [period.favorites for period in shown])


def _say_table(
    console: Console, columns: Sequence[str], rows: Sequence[Sequence[str | int]], lengths: Sequence[int]
) -> None:
    longest = max(lengths)
    console.gap()
    console.table(columns, rows, bars=[length / longest for length in lengths])
