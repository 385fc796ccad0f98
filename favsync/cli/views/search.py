"""What a search found, as a table that fits the terminal."""

from collections.abc import Iterable, Sequence
from typing import Any

from favsync.cli.terminal.console import NARROWEST
from favsync.cli.terminal.text import clean

_HEADINGS = {
    "account": "account",
    "post_id": "post",
    "first_seen_at": "favorited",
    "removed_at": "gone",
    "removed_reason": "why",
    "rating": "rating",
    "score": "score",
    "fav_count": "favs",
    "file_ext": "type",
    "artists": "artists",
    "tags": "tags",
}
_DAYS = {"first_seen_at", "removed_at"}
_CUT = 2
"""The last columns, which are cut: artists and tags."""

_BETWEEN = 3
_AROUND = 2
_LEAST = 8


def columns_for(*, several_accounts: bool, gone: bool) -> tuple[str, ...]:
    """The columns that a person wants to see."""
    left_out = {"fav_count"} if several_accounts else {"account"}
    left_out |= {"rating", "score", "fav_count", "file_ext"} if gone else {"removed_at", "removed_reason"}
    return tuple(name for name in _HEADINGS if name not in left_out)


def fit(
    columns: Sequence[str], rows: Iterable[Sequence[Any]], width: int | None
) -> tuple[Sequence[str], Iterable[Sequence[Any]]]:
    """Name the columns for people, say days in place of moments, and cut artists and tags to a terminal's width.

    `width` is in characters; None: no terminal. Nothing is cut there, and on one too narrow for a table.
    """
    headings = [_HEADINGS[name] for name in columns]
    days = [name in _DAYS for name in columns]
    reported = ([value[:10] if day and value else value for value, day in zip(row, days, strict=True)] for row in rows)
    if width is None or width < len(columns) * NARROWEST:
        return headings, reported
    from rich.cells import cell_len  # noqa: PLC0415 - a terminal draws with rich in any case

    shown = list(reported)
    widths = [max(cell_len(clean(str(text))) for text in column) for column in zip(headings, *shown, strict=True)]
    taken = sum(widths[:-_CUT]) + _BETWEEN * (len(headings) - 1) + _AROUND
    left = max(width - taken, 2 * _LEAST)
    artists = min(widths[-_CUT], max(_LEAST, left // 2))
    return headings, (
        [*row[:-_CUT], _shortened(row[-_CUT], artists), _shortened(row[-1], left - artists)] for row in shown
    )


def _shortened(text: str | None, width: int) -> str | None:
    from rich.cells import cell_len, set_cell_size  # noqa: PLC0415 - as above

    if text is None or cell_len(shown := clean(text)) <= width:
        return text
    return set_cell_size(shown, width - 1) + "…"
