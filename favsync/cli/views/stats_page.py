"""The page of `favsync stats --html`: one file that is everything, and asks nobody for anything."""

from base64 import b64encode
from collections.abc import Iterator, Sequence
from datetime import datetime
from hashlib import sha256
from importlib.resources import files
from typing import Final

from favsync.cli.terminal.console import count, counted, minute, size
from favsync.cli.views.charts import bar, months_chart, stacked, text
from favsync.cli.views.stats import RATINGS, Period, by_month, explained, share, tag_words, unknown, whose
from favsync.clock import as_text
from favsync.store.stats import Part, Stats, TagCategory

POLICY: Final = "default-src 'none'; style-src 'sha256-{}'; img-src data:"
"""What the page may load: nothing, and no style but its own. A browser holds it to that, whatever a tag is called."""


_HEAD: Final = """\
<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark"><meta name="referrer" content="no-referrer">
<link rel="icon" href="data:,"><title>{title}</title>
<style>{style}</style></head>
<body><header><h1>{title}</h1>
<p>{on}Counted by favsync on {at}, from the copy on this machine.</p></header>
<dl>{cards}</dl>
"""

_FOOT: Final = b"""\
<footer><p>Former favorites are not counted. A post that is a favorite of several accounts counts once.
Sizes are those that the site reports. Months are those of UTC.</p></footer></body></html>
"""


def stats_page(stats: Stats, *, at: datetime) -> Iterator[bytes]:
    """Yield the page, in UTF-8. `at` is when it was counted."""
    style = files("favsync.cli.views").joinpath("stats_page.css").read_text(encoding="utf-8")
    yield _HEAD.format(
        policy=POLICY.format(b64encode(sha256(style.encode()).digest()).decode()),
        title=text(f"Favorites of {whose(stats)}"),
        style=style,
        on=text(f"On {stats.site}. ") if stats.site else "",
        at=minute(as_text(at)),
        cards="".join(
            f"<div><dt>{text(name)}</dt><dd>{text(value)}</dd>"
            + (f'<dd class="note">{text(note)}</dd></div>' if note else "</div>")
            for name, value, note in _cards(stats)
        ),
    ).encode()
    if stats.favorites:
        unreported = unknown(stats.posted)
        note = "When the posts were posted on the site." + (
            f" For {count(unreported)} it is not known." if unreported else ""
        )
        sections = (
            _months("Added, by month", explained(stats), by_month(stats.added, before=unknown(stats.added))),
            _months("Posted, by month", note, by_month(stats.posted)),
            _ratings(stats),
            _types(stats),
            *(_tags(category, stats) for category in stats.tags),
        )
        yield "\n".join(("<main>", *sections, "</main>", "")).encode()
    yield _FOOT


def _cards(stats: Stats) -> Iterator[tuple[str, str, str]]:
    each = [f"{account.name}: {count(account.favorites)}" for account in stats.accounts]
    yield ("favorites", count(stats.favorites), ", ".join(each) if len(each) > 1 else "")
    if stats.files.known:
        mean = size(round(stats.files.bytes / stats.files.known))
        unknown = stats.favorites - stats.files.known
        note = f"{mean} each" + (f", {count(unknown)} not reported" if unknown else "")
        yield ("size of their files", size(stats.files.bytes), note)
    yield ("deleted on the site", share(stats.deleted, stats.favorites), counted(stats.deleted, "favorite"))
    if stats.destroyed:
        words = counted(stats.destroyed, "favorite")
        yield ("destroyed on the site", share(stats.destroyed, stats.favorites), words)
    if stats.without_details:
        yield ("known by their id alone", count(stats.without_details), "")


def _months(title: str, note: str, months: Sequence[Period]) -> str:
    drawn = ""
    if months:
        rows = [
            (text(month.name), count(month.favorites), count(month.in_all), text(size(month.bytes))) for month in months
        ]
        drawn = _table(title, ("month", "favorites", "in all", "files"), rows)
    if len(months) > 1:
        counts = [
            (month.name, month.favorites, f"{month.name}: {counted(month.favorites, 'favorite')}") for month in months
        ]
        name = f"{title}, {months[0].name} to {months[-1].name}; the numbers are in the table"
        numbers = f"<details><summary>{counted(len(months), 'month')} in numbers</summary>{drawn}</details>"
        drawn = months_chart(counts, title=name) + numbers
    return f'<section class="wide"><h2>{title}</h2><p class="faint">{text(note)}</p>{drawn}</section>'


def _ratings(stats: Stats) -> str:
    named = [
        (part.name if part.name in {"s", "q", "e"} else "other", RATINGS.get(part.name, part.name or ""), part)
        for part in stats.ratings
    ]
    lengths = [
        (kind, part.favorites / stats.favorites, f"{name}: {share(part.favorites, stats.favorites)}")
        for kind, name, part in named
    ]
    drawn = stacked(lengths, title="Ratings: " + ", ".join(name for *_, name in lengths))
    rows = [(_KEY.format(kind) + text(name), *_numbers(part, stats)) for kind, name, part in named]
    table = _table("Ratings", ("rating", "favorites", "share", "files"), rows)
    return f"<section><h2>Ratings</h2>{drawn}{table}</section>"


_KEY: Final = '<svg class="key {}" viewBox="0 0 1 1" aria-hidden="true"><rect width="1" height="1"/></svg>'


def _types(stats: Stats) -> str:
    longest = max(part.favorites for part in stats.types)
    rows = [
        (text(part.name or "not reported"), bar(part.favorites / longest), *_numbers(part, stats))
        for part in stats.types
    ]
    table = _table("Types of files", ("type", "", "favorites", "share", "files"), rows)
    return f"<section><h2>Types of files</h2>{table}</section>"


def _numbers(part: Part, stats: Stats) -> tuple[str, str, str]:
    return count(part.favorites), text(share(part.favorites, stats.favorites)), text(size(part.bytes))


def _tags(category: TagCategory, stats: Stats) -> str:
    several = tag_words(category.category, 2)
    title = text(several[:1].upper() + several[1:])
    longest = category.top[0].favorites
    rows = [
        (
            text(tag.name),
            bar(tag.favorites / longest),
            count(tag.favorites),
            text(share(tag.favorites, stats.favorites)),
        )
        for tag in category.top
    ]
    words = f"the first {len(rows)} of {count(category.different)}" if len(rows) < category.different else ""
    table = _table(title, ("tag", "", "favorites", "share"), rows)
    return f'<section><h2>{title} <span class="of">{words}</span></h2>{table}</section>'


def _table(title: str, columns: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table of cells that are HTML; the heading of a column of bars is empty."""
    head = "".join(f'<th scope="col">{name}</th>' if name else "<td></td>" for name in columns)
    body = "".join(
        f'<tr><th scope="row">{first}</th>'
        + "".join(
            f"<td>{cell}</td>" if name else f'<td class="drawn">{cell}</td>'
            for name, cell in zip(columns[1:], rest, strict=True)
        )
        + "</tr>"
        for first, *rest in rows
    )
    return f"<table><caption>{title}</caption><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table>"
