"""Ranges of numbers: text to spans in the unit of the field."""

import re
from collections.abc import Callable
from dataclasses import dataclass, replace
from fractions import Fraction
from math import ceil, floor, inf, nextafter
from typing import Final

from favsync.query.comparisons import Comparison, Relation, comparisons
from favsync.query.fields import NumberField
from favsync.query.lexer import Piece
from favsync.query.tree import NumberIn, Span

LARGEST: Final = 2**63 - 1
LONGEST_DURATION: Final = 10**9
"""Seconds; some thirty years."""

_WHOLE: Final = re.compile(r"-?[0-9]{1,19}")
_DECIMAL: Final = re.compile(r"[0-9]{1,19}(\.[0-9]{1,60})?|\.[0-9]{1,60}")
_SIZE: Final = re.compile(rf"(?P<number>{_DECIMAL.pattern})(?P<unit>[kmg]i?b?|b)?", re.IGNORECASE)
_BYTES: Final = {"": 1, "b": 1, "k": 2**10, "m": 2**20, "g": 2**30}


def number_in(field: NumberField, value: Piece) -> NumberIn:
    """Read the value of a number's metatag. Raises SearchError, which says what the field takes."""
    unit = _UNITS.get(field, _PLAIN)
    if "," in value.text:
        unit = replace(unit, around=None)  # as on the site, where what is in a list is exact
    return NumberIn(field, tuple(_span(comparison, unit) for comparison in comparisons(value)))


def whole_number(value: Piece, *, least: int = 0, what: str = "a number") -> int:
    """Read one whole number. Raises SearchError when it is none, below `least`, or larger than 64 bits hold."""
    if not _WHOLE.fullmatch(value.text) or not least <= int(value.text) <= LARGEST:
        raise value.error(f"This is not {what}.")
    return int(value.text)


@dataclass(frozen=True, slots=True)
class _Unit:
    """How a field's values are written: `read` returns the number in the field's unit, or None."""

    read: Callable[[str], Fraction | None]
    takes: str
    around: Callable[[Fraction], Span] | None = None
    """What an exact number means, where it is more than that number."""
    is_whole: bool = True
    """False: the field is one of floats."""


def _read_ratio(text: str) -> Fraction | None:
    """Hundredths, rounded before anything is compared, as the site does."""
    left, colon, right = text.partition(":")
    if not _DECIMAL.fullmatch(left) or (colon and not _DECIMAL.fullmatch(right)):
        return None
    by = Fraction(right) if colon else Fraction(1)
    return Fraction(floor(Fraction(left) / by * 100 + Fraction(1, 2))) if by else None


def _read_bytes(text: str) -> Fraction | None:
    found = _SIZE.fullmatch(text)
    if found is None:
        return None
    return Fraction(floor(Fraction(found["number"]) * _BYTES[(found["unit"] or "").lower()[:1]]))


def _around(number: Fraction) -> Span:
    """5 % less to 5 % more; at least the number itself, rounded."""
    middle = floor(number + Fraction(1, 2))
    return Span(min(middle, ceil(number * Fraction(95, 100))), max(middle, floor(number * Fraction(105, 100))))


def _around_bytes(number: Fraction) -> Span:
    """5 % less to 5 % more, each rounded down, in the site's own arithmetic of floats."""
    size = int(number)
    return Span(int(size * 0.95), int(size * 1.05))


_PLAIN: Final = _Unit(
    lambda text: Fraction(int(text)) if _WHOLE.fullmatch(text) else None,
    "a whole number: 5, >5, >=5, <5, 5..10, 5.. or 1,2,3",
)
_UNITS: Final = {
    NumberField.MPIXELS: _Unit(
        lambda text: Fraction(text) * 100 if _DECIMAL.fullmatch(text) else None,
        "a number of megapixels: 2.5, >10 or 1..4",
        _around,
    ),
    NumberField.RATIO: _Unit(_read_ratio, "a ratio: 16:9, 1.77, >1 or 4:3..16:9"),
    NumberField.FILESIZE: _Unit(_read_bytes, "a size: 200KB, >5MB or 200KB..1MB", _around_bytes),
    NumberField.DURATION: _Unit(
        lambda text: Fraction(float(text)) if _DECIMAL.fullmatch(text) and float(text) <= LONGEST_DURATION else None,
        "a number of seconds: 30, >30, 2.5..10",
        is_whole=False,
    ),
}


def _span(comparison: Comparison, unit: _Unit) -> Span:
    numbers = []
    for piece in (comparison.first, comparison.second):
        number = unit.read(piece.text)
        if number is None:
            raise piece.error(f"This is not {unit.takes}.")
        numbers.append(number)
    first, second = numbers
    if first > second:
        raise comparison.upside_down()
    low: float = ceil(first) if unit.is_whole else float(first)
    high: float = floor(second) if unit.is_whole else float(second)
    match comparison.relation:
        case Relation.EXACT:
            span = unit.around(first) if unit.around else Span(high, high)
        case Relation.ABOVE:
            span = Span(floor(first) + 1 if unit.is_whole else nextafter(low, inf), None)
        case Relation.FROM:
            span = Span(low, None)
        case Relation.BELOW:
            span = Span(None, low - 1 if unit.is_whole else nextafter(low, -inf))
        case Relation.UP_TO:
            span = Span(None, high)
        case Relation.BETWEEN:
            span = Span(low, high)
    if any(bound is not None and abs(bound) > LARGEST for bound in (span.low, span.high)):
        raise comparison.whole.error("This number is too large.")
    if span.low is not None and span.high is not None and span.low > span.high:
        raise comparison.whole.error("Nothing lies between these two: two decimals are what is kept.")
    return span
