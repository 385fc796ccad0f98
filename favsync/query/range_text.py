"""Ranges written as the language has them."""

from datetime import datetime
from decimal import Decimal
from math import inf, nextafter

from favsync.query.fields import NumberField
from favsync.query.moments import DAY, TICK, as_text
from favsync.query.tree import Period, Span


def span_text(field: NumberField, span: Span) -> str:
    """A span; an exact one is written with two ends where one would be taken as roughly so."""
    if span.low is not None and span.high is not None:
        if span.low == span.high and field not in {NumberField.FILESIZE, NumberField.MPIXELS}:
            return _number(field, span.low)
        return f"{_number(field, span.low)}..{_number(field, span.high)}"
    if span.low is not None:
        sign, inner, outer = ">", span.low, nextafter(span.low, -inf)
    else:
        sign, inner, outer = "<", span.high or 0, nextafter(span.high or 0, inf)
    if field is NumberField.DURATION and len(repr(outer)) < len(repr(inner)):
        return f"{sign}{_number(field, outer)}"
    return f"{sign}={_number(field, inner)}"


def _number(field: NumberField, number: int | float) -> str:
    if field in {NumberField.MPIXELS, NumberField.RATIO}:
        return f"{int(number) // 100}.{int(number) % 100:02}"
    if field is NumberField.DURATION:
        return format(Decimal(repr(number)), "f").removesuffix(".0")
    return str(number)


def period_text(period: Period) -> str:
    """A period in days where it is one of whole days, else to the millisecond."""
    start = None if period.start is None else datetime.fromisoformat(period.start)
    end = None if period.end is None else datetime.fromisoformat(period.end)
    if end is None:
        return f">={_moment(start)}" if start else ""
    if start is None:
        return f"<{_moment(end)}"
    if start + DAY == end and _is_midnight(start):
        return _moment(start)
    last = _moment(end - DAY) if _is_midnight(end) else as_text(end - TICK)
    return f"{_moment(start)}..{last}"


def _moment(moment: datetime) -> str:
    return moment.date().isoformat() if _is_midnight(moment) else as_text(moment)


def _is_midnight(moment: datetime) -> bool:
    return moment.time() == datetime.min.time()
