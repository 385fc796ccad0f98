"""Charts as SVG for a page of favsync's own: no script, no font, no address; colors come from the page's style.

What is stretched to whatever room there is holds shapes alone: words stand beside it, so that they keep their size on a
telephone. Nothing has a style of its own, so that the page can forbid all but the one that it has.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from html import escape
from math import floor, log10
from typing import Final

from favsync.cli.terminal.console import clean, count
from favsync.cli.views.stats import month_name, month_number

_TALL: Final = 100
"""Units of height of a chart of columns; a column is one unit wide."""

_STEPS: Final = (1, 2, 5, 10)
_MOST_MARKS: Final = 8
_MARKED_BY_MONTH: Final = 36
"""More months than these are marked by their years."""

_ROOM: Final = 0.06
"""The share of a chart's width that words take: a mark without so much room after it is left out."""


@dataclass(frozen=True, slots=True)
class Column:
    """One column of a chart: where it stands (0 the first), how high it is, and what it is called."""

    place: int
    height: int
    name: str


def text(words: str) -> str:
    """Words as HTML in which nothing is markup, and no character turns the line around."""
    return escape(clean(words))


def bar(length: float) -> str:
    """A bar of zero to one of the room that there is. It says nothing that does not stand beside it."""
    return (
        '<svg class="bar" viewBox="0 0 100 10" preserveAspectRatio="none" aria-hidden="true">'
        f'<rect width="{100 * length:.2f}" height="10"/></svg>'
    )


def stacked(lengths: Sequence[tuple[str, float, str]], *, title: str) -> str:
    """One bar of several parts, given as (class, share, name), whose shares make up one."""
    place, parts = 0.0, []
    for kind, share, name in lengths:
        parts.append(
            f'<rect class="{kind}" x="{100 * place:.2f}" width="{100 * share:.2f}" height="10">'
            f"<title>{text(name)}</title></rect>"
        )
        place += share
    return (
        f'<svg class="stacked" viewBox="0 0 100 10" preserveAspectRatio="none" role="img" aria-label="{text(title)}">'
        f"{''.join(parts)}</svg>"
    )


def columns(shown: Sequence[Column], marks: Sequence[tuple[int, str]], *, title: str) -> str:
    """A chart of columns over places that follow each other; `shown` is in their order and holds at least one.

    `marks` are words below it, each at the left edge of a place.
    """
    wide = shown[-1].place + 1
    top = round_up(max(column.height for column in shown))
    rects = "".join(
        f'<rect x="{column.place + 0.1:.1f}" y="{_TALL * (1 - column.height / top):.2f}" width="0.8"'
        f' height="{_TALL * column.height / top:.2f}"><title>{text(column.name)}</title></rect>'
        for column in shown
    )
    lines = "".join(f'<line x1="0" x2="{wide}" y1="{y}" y2="{y}"/>' for y in (0, _TALL // 2, _TALL))
    heights = "".join(f"<span>{words}</span>" for words in (count(top), "" if top % 2 else count(top // 2), "0"))
    under = "".join(
        f'<svg x="{100 * place / wide:.2f}%"><line y2="18"/><text x="5" y="14">{text(words)}</text></svg>'
        for place, words in marks
        if wide - place >= _ROOM * wide
    )
    return (
        f'<div class="columns" role="img" aria-label="{text(title)}">'
        f'<div class="heights" aria-hidden="true">{heights}</div>'
        f'<svg class="shapes" viewBox="0 0 {wide} {_TALL}" preserveAspectRatio="none">{lines}{rects}</svg>'
        f'<svg class="places" aria-hidden="true">{under}</svg></div>'
    )


def months_chart(counts: Sequence[tuple[str, int, str]], *, title: str) -> str:
    """A chart of columns over the months that are counted, given as (`2026-01`, number, name), in order.

    Below it stand as many words as have room: months, or every so many years.
    """
    first = month_number(counts[0][0])
    shown = [Column(month_number(month) - first, number, name) for month, number, name in counts]
    last = shown[-1].place
    if last < _MARKED_BY_MONTH:
        step = -(-(last + 1) // _MOST_MARKS)
        marks = [(place, month_name(first + place)) for place in range(0, last + 1, step)]
    else:
        every = max(1, round_up(-(-(last // 12 + 1) // _MOST_MARKS)))
        years = range(-(-first // 12), (first + last) // 12 + 1)
        marks = [(12 * year - first, str(year)) for year in years if year % every == 0]
    return columns(shown, marks, title=title)


def round_up(number: int) -> int:
    """The next round number, for the top of a scale: 1, 2 or 5 and zeros."""
    power = 10 ** floor(log10(number)) if number > 0 else 1
    return next(step * power for step in _STEPS if step * power >= number) if number > 0 else 1
