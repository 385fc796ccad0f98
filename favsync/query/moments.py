"""Days, moments and ages: text to periods of UTC, resolved against a `now`."""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Final

from favsync.errors import SearchError
from favsync.query.comparisons import Comparison, Relation, comparisons
from favsync.query.fields import MomentField
from favsync.query.lexer import Piece
from favsync.query.tree import MomentIn, Period
from favsync.timestamps import as_text, whole_milliseconds

TICK: Final = timedelta(milliseconds=1)
DAY: Final = timedelta(days=1)

_WRITTEN: Final = re.compile(
    r"(?P<year>[0-9]{4})(-(?P<month>[0-9]{1,2})(-(?P<day>[0-9]{1,2})"
    r"([t_ ](?P<hour>[0-9]{1,2}):(?P<minute>[0-9]{2})(:(?P<second>[0-9]{2})(\.(?P<milli>[0-9]{1,3}))?)?"
    r"(?P<zone>z|[+-][0-9]{2}:?[0-9]{2})?)?)?)?",
    re.IGNORECASE,
)
_COUNT: Final = "(?P<count>[0-9]{1,9})"
_UNIT: Final = (
    r"_?(?P<unit>s(?:ec(?:ond)?s?)?|mi(?:n(?:ute)?s?)?|h(?:ours?)?|d(?:ays?)?|w(?:eeks?)?|mo(?:nths?)?|y(?:ears?)?)"
    r"(?:_?ago)?"
)
_SPAN_OF_TIME: Final = re.compile(_COUNT + _UNIT, re.IGNORECASE)
_AGE: Final = re.compile(f"{_COUNT}(?:{_UNIT})?", re.IGNORECASE)
_YESTER: Final = re.compile(
    r"(?:(?P<count>[0-9]{1,2})_?)?yester(?P<unit>week|month|year)(?P<ago>s?_?ago)?", re.IGNORECASE
)
_LENGTHS: Final = {
    "s": timedelta(seconds=1),
    "mi": timedelta(minutes=1),
    "h": timedelta(hours=1),
    "d": DAY,
    "w": timedelta(weeks=1),
}
_MONTHS: Final = {"mo": 1, "y": 12}
_WORDS: Final = {"day": (1, "d"), "week": (1, "w"), "month": (1, "mo"), "year": (1, "y"), "decade": (10, "y")}
_DAYS_AGO: Final = re.compile(r"(?!(?:19|20)[0-9]{2}$)[0-9]{1,9}")
"""A number alone is one of days, as on the site; but what looks like the year of a post is that year."""

_TAKES = "a day (2024-01-31, 2024-01, 2024), 'today', 'yesterday', '3_days_ago', or a range of them"


@dataclass(frozen=True, slots=True)
class _Stretch:
    """What one word for a time covers: from `start` on and before `end`.

    `alone` is what it means without a relation, when that is something else: `3_days_ago` is everything since, and `3`
    the whole of that day.
    """

    start: datetime
    end: datetime
    alone: Period | None = None


def moment_in(field: MomentField, value: Piece, now: datetime) -> MomentIn:
    """Read the value of `date:` or `favorited:`. Raises SearchError."""
    return _moment_in(field, value, lambda piece: _stretch(piece, now), inverted=False)


def age_in(value: Piece, now: datetime) -> MomentIn:
    """Read the value of `age:`, which counts backwards: `<1d` is after yesterday's now. Raises SearchError.

    Alone it means the UTC day around that moment, as on the site; with a relation, itself.
    """

    def read(piece: Piece) -> _Stretch:
        found = _AGE.fullmatch(piece.text.lower())
        if found is None:
            raise piece.error("This is not an age: 30, <1d, >=2w, 3mo..1y. Its units are s, mi, h, d, w, mo and y.")
        return _around(_before(whole_milliseconds(now), int(found["count"]), found["unit"] or "d"))

    return _moment_in(MomentField.DATE, value, read, inverted=True)


def moment_of(text: str, now: datetime) -> datetime:
    """The one moment that a word of `date:` means outside of a search: when that which it means begins.

    Blanks may stand where the word has underscores. Raises ValueError and OverflowError for what is none.
    """
    word = "_".join(text.split())
    try:
        stretch = _stretch(Piece(word, word, 0, len(word)), now)
    except SearchError as exc:
        raise ValueError(exc.problem) from exc
    if stretch.alone and stretch.alone.start:
        return datetime.fromisoformat(stretch.alone.start)
    return stretch.start


def _moment_in(field: MomentField, value: Piece, read: Callable[[Piece], _Stretch], *, inverted: bool) -> MomentIn:
    periods = []
    for comparison in comparisons(value):
        try:
            periods.append(_period(comparison, read, inverted=inverted))
        except (ValueError, OverflowError) as exc:
            raise comparison.whole.error("There is no such day.") from exc
    return MomentIn(field, tuple(periods))


_INVERSE: Final = {
    Relation.ABOVE: Relation.BELOW,
    Relation.FROM: Relation.UP_TO,
    Relation.BELOW: Relation.ABOVE,
    Relation.UP_TO: Relation.FROM,
}


def _period(comparison: Comparison, read: Callable[[Piece], _Stretch], *, inverted: bool) -> Period:
    first = read(comparison.first)
    relation = _INVERSE.get(comparison.relation, comparison.relation) if inverted else comparison.relation
    start: datetime | None = None
    end: datetime | None = None
    match relation:
        case Relation.EXACT if first.alone is not None:
            return first.alone
        case Relation.EXACT:
            start, end = first.start, first.end
        case Relation.ABOVE:
            start = first.end
        case Relation.FROM:
            start = first.start
        case Relation.BELOW:
            end = first.start
        case Relation.UP_TO:
            end = first.end
        case Relation.BETWEEN:
            second = read(comparison.second)
            earlier, later = (second, first) if inverted else (first, second)
            start, end = earlier.start, later.end
            if start >= end:
                raise comparison.upside_down()
    return Period(as_text(start) if start else None, as_text(end) if end else None)


def _stretch(piece: Piece, now: datetime) -> _Stretch:
    word = piece.text.lower()
    now = whole_milliseconds(now)
    today = _midnight(now)
    if word in {"today", "yesterday"}:
        start = today if word == "today" else today - DAY
        return _Stretch(start, start + DAY)
    if word in _WORDS:
        moment = _before(now, *_WORDS[word])
        # The site takes no account of the time of day but in these four, and there only where they stand alone.
        since = None if word == "decade" else Period(as_text(moment), None)
        return _Stretch(_midnight(moment), _midnight(moment) + DAY, since)
    if _DAYS_AGO.fullmatch(word):
        return _around(_before(now, int(word), "d"))
    if found := _SPAN_OF_TIME.fullmatch(word):
        moment = _before(now, int(found["count"]), found["unit"])
        return _Stretch(moment, moment + TICK, Period(as_text(moment), None))
    if (found := _YESTER.fullmatch(word)) and bool(found["count"]) == bool(found["ago"]):
        return _yester(today, int(found["count"] or 1), found["unit"])
    if found := _WRITTEN.fullmatch(word):
        return _written(found)
    raise piece.error(f"This is not {_TAKES}.")


def _around(moment: datetime) -> _Stretch:
    day = _midnight(moment)
    return _Stretch(moment, moment + TICK, Period(as_text(day), as_text(day + DAY)))


def _midnight(moment: datetime) -> datetime:
    return moment.replace(hour=0, minute=0, second=0, microsecond=0)


def _before(moment: datetime, count: int, unit: str) -> datetime:
    """`count` units before the moment, in any spelling of the unit; months before, the day is the last where it lacks.

    Raises OverflowError or ValueError when that is before all days.
    """
    short = unit[:2] if unit.startswith(("mi", "mo")) else unit[0]
    if short in _LENGTHS:
        return moment - count * _LENGTHS[short]
    year, month = divmod(moment.year * 12 + moment.month - 1 - count * _MONTHS[short], 12)
    first = moment.replace(year=year, month=month + 1, day=1)
    return first + min(moment.day - 1, (_month_after(first) - first).days - 1) * DAY


def _month_after(first: datetime) -> datetime:
    return (first + 31 * DAY).replace(day=1)


def _yester(today: datetime, count: int, unit: str) -> _Stretch:
    """A whole calendar week (from Monday), month or year, so many before this one."""
    if unit == "week":
        start = today - (today.weekday() + 7 * count) * DAY
        return _Stretch(start, start + 7 * DAY)
    if unit == "month":
        start = _before(today.replace(day=1), count, "mo")
        return _Stretch(start, _month_after(start))
    start = today.replace(year=today.year - count, month=1, day=1)
    return _Stretch(start, start.replace(year=start.year + 1))


def _written(found: re.Match[str]) -> _Stretch:
    """The year, month, day, minute, second or millisecond that is named. Raises ValueError when there is none such."""
    year, month, day = (int(found[name] or 1) for name in ("year", "month", "day"))
    hour, minute, second = (int(found[name] or 0) for name in ("hour", "minute", "second"))
    micros = int((found["milli"] or "0").ljust(3, "0")) * 1000
    zone, named = UTC, found["zone"]
    if named is not None and named != "z":
        offset = timedelta(hours=int(named[1:3]), minutes=int(named[-2:]))
        zone = timezone(-offset if named[0] == "-" else offset)
    start = datetime(year, month, day, hour, minute, second, micros, tzinfo=zone).astimezone(UTC)
    lengths = {"milli": TICK, "second": timedelta(seconds=1), "minute": timedelta(minutes=1), "day": DAY}
    for name, length in lengths.items():
        if found[name]:
            return _Stretch(start, start + length)
    if found["month"]:
        return _Stretch(start, _month_after(start))
    return _Stretch(start, start.replace(year=start.year + 1))
