"""Statistics in the words of the terminal: a few lines, then tables that have bars where a person is looking."""

from collections.abc import Sequence
from dataclasses import dataclass

from favsync import model
from favsync.cli.terminal.console import Console, clean, count, counted, size
from favsync.store.stats import Part, Stats

MOST_TAGS = 10
"""Tags of a category that are shown; 'favsync tags' and the page show more."""

MOST_MONTHS = 24
"""More months than these are shown as years."""

_MOST_PERIODS = 1_200
"""Where a year is wrong by centuries, nobody wants to see all that lies between."""

WHEN_ADDED = "The site does not say when something became a favorite: 'added' is when a sync noticed it."

RATINGS = dict[str | None, str]([*model.RATINGS.items(), (None, "not reported")])

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


def month_number(name: str) -> int:
    """Months up to the one of that name (`2026-01`), so that those that follow each other can be counted."""
    year, month = name.split("-")
    return 12 * int(year) + int(month) - 1


def month_name(number: int) -> str:
    """The name of the month of that number."""
    return f"{number // 12:04}-{number % 12 + 1:02}"


def by_month(parts: Sequence[Part], *, before: int = 0) -> list[Period]:
    """Each month from the first that is known to the last, also those without any; `before` were there before.

    Where these would be too many to look at, those without any are left out.
    """
    months = {month_number(part.name): part for part in parts if part.name is not None}
    numbers = sorted(months)
    if numbers and numbers[-1] - numbers[0] < _MOST_PERIODS:
        numbers = list(range(numbers[0], numbers[-1] + 1))
    shown = []
    for number in numbers:
        name = month_name(number)
        part = months.get(number, Part(name, 0, 0))
        before += part.favorites
        shown.append(Period(name, part.favorites, before, part.bytes))
    return shown


def by_year(months: Sequence[Period]) -> list[Period]:
    """The months put together to years."""
    years: dict[str, Period] = {}
    for month in months:
        name = month.name[: len("2026")]
        year = years.get(name, Period(name, 0, 0, 0))
        years[name] = Period(name, year.favorites + month.favorites, month.in_all, year.bytes + month.bytes)
    return list(years.values())


def unknown(parts: Sequence[Part]) -> int:
    """How many of the favorites it is not known of."""
    return sum(part.favorites for part in parts if part.name is None)


def explained(stats: Stats) -> str:
    """What the numbers of what was added do not say of themselves."""
    before = unknown(stats.added)
    if not before:
        return WHEN_ADDED
    were = f"{count(before)} were" if before > 1 else "one was"
    return (
        f"{WHEN_ADDED} For those from before the first complete sync ({were} in the list then), the month is not known."
    )


def facts(stats: Stats) -> list[tuple[str, str]]:
    """What is to be said of all favorites, as pairs of a name and words."""

    def with_share(number: int) -> str:
        return f"{count(number)} ({share(number, stats.favorites)})" if number else "none"

    said = []
    if len(stats.accounts) > 1:
        each = (f"{account.name} {count(account.favorites)}" for account in stats.accounts)
        said.append(("accounts", ", ".join(each)))
    if stats.files.known:
        mean, left = size(round(stats.files.bytes / stats.files.known)), stats.favorites - stats.files.known
        of_known = f" ({count(left)} of unknown size)" if left else ""
        said.append(("files", f"{size(stats.files.bytes)} in all, {mean} each{of_known}"))
    said.append(("deleted", with_share(stats.deleted)))
    if stats.destroyed:
        said.append(("destroyed", with_share(stats.destroyed)))
    if stats.without_details:
        said.append(("known by id alone", with_share(stats.without_details)))
    return said


def say_stats(console: Console, stats: Stats) -> None:
    """Write all of it to stdout, and to stderr what the numbers do not say."""
    on = f" on {stats.site}" if stats.site else ""
    console.data(f"{whose(stats)}{on}: {counted(stats.favorites, 'favorite')}")
    if not stats.favorites:
        console.say("There is nothing to count yet. Run: favsync sync")
        return
    for name, words in facts(stats):
        console.data(f"  {name}: {words}")
    _say_parts(console, "rating", [(RATINGS.get(part.name, part.name or ""), part) for part in stats.ratings], stats)
    _say_parts(console, "type", [(part.name or "not reported", part) for part in stats.types], stats)
    for category in stats.tags:
        top = category.top[:MOST_TAGS]
        rows = [(tag.name, tag.favorites, f"{share(tag.favorites, stats.favorites):>5}") for tag in top]
        words = tag_words(category.category, len(top))
        heading = words if len(top) == category.different else f"{words}, {len(top)} of {count(category.different)}"
        _say_table(console, (clean(heading), "favorites", "share"), rows, [tag.favorites for tag in top])
    _say_periods(console, "added", by_month(stats.added, before=unknown(stats.added)))
    _say_periods(console, "posted", by_month(stats.posted))
    console.say(explained(stats))


def _sizes(numbers: Sequence[int]) -> list[str]:
    words = [size(number) for number in numbers]
    return [word.rjust(max(map(len, words))) for word in words]


def _say_parts(console: Console, what: str, parts: Sequence[tuple[str, Part]], stats: Stats) -> None:
    files = _sizes([part.bytes for _, part in parts])
    rows = [
        (name, part.favorites, f"{share(part.favorites, stats.favorites):>5}", of)
        for (name, part), of in zip(parts, files, strict=True)
    ]
    _say_table(console, (what, "favorites", "share", "files"), rows, [part.favorites for _, part in parts])


def _say_periods(console: Console, what: str, months: Sequence[Period]) -> None:
    shown = months if len(months) <= MOST_MONTHS else by_year(months)
    files = _sizes([period.bytes for period in shown])
    rows = [(period.name, period.favorites, period.in_all, of) for period, of in zip(shown, files, strict=True)]
    if rows:
        _say_table(console, (what, "favorites", "in all", "files"), rows, [period.favorites for period in shown])


def _say_table(
    console: Console, columns: Sequence[str], rows: Sequence[Sequence[str | int]], lengths: Sequence[int]
) -> None:
    longest = max(lengths)
    console.gap()
    console.table(columns, rows, bars=[length / longest for length in lengths])
