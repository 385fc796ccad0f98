"""Which backups stay: worked by hand, and against a slow count that follows the words of the rules."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from favsync.core.retention import FUTURE, NO_RULE, Keep, reasons_to_keep

LATER = datetime(2200, 1, 1, tzinfo=UTC)


def day(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def kept(moments: Sequence[datetime], keep: Keep, now: datetime = LATER) -> dict[str, tuple[str, ...]]:
    """The days of those that stay, newest first, with the reasons."""
    reasons = reasons_to_keep(moments, keep, now=now)
    return {
        f"{moment:%Y-%m-%d}": why
        for moment, why in sorted(zip(moments, reasons, strict=True), key=lambda pair: pair[0], reverse=True)
        if why
    }


# ---- by hand ----

SUNDAYS = [day("2019-09-01T11:00") + timedelta(weeks=n) for n in range(12)]


def test_days_without_a_backup_are_not_counted() -> None:
    """One backup every Sunday: four daily ones are those of four weeks."""
    assert list(kept(SUNDAYS, Keep(daily=4))) == ["2019-11-17", "2019-11-10", "2019-11-03", "2019-10-27"]


def test_the_newest_of_a_day_stays() -> None:
    """Of the others of that day, none does; a day begins at midnight, UTC."""
    hours = [day(f"2026-03-0{date}T{hour:02}:00") for date in (1, 2) for hour in (0, 5, 23)]
    reasons = reasons_to_keep(hours, Keep(daily=2), now=LATER)
    assert [hour for hour, why in zip(hours, reasons, strict=True) if why] == [hours[2], hours[5]]


def test_a_week_ends_on_sunday_and_belongs_to_the_year_of_its_thursday() -> None:
    """The days around New Year 2027, a Friday: the week goes from the 28th of December to the 3rd of January."""
    days = [day("2026-12-25") + timedelta(days=n) for n in range(14)]
    assert list(kept(days, Keep(weekly=3))) == ["2027-01-07", "2027-01-03", "2026-12-27"]


def test_months_and_years_are_the_calendars() -> None:
    """The newest of each; a year without a backup is none."""
    days = [day(text) for text in ("2022-12-31", "2023-01-01", "2025-05-30", "2025-05-31", "2025-06-01")]
    assert list(kept(days, Keep(monthly=3))) == ["2025-06-01", "2025-05-31", "2023-01-01"]
    assert list(kept(days, Keep(yearly=2))) == ["2025-06-01", "2023-01-01"]


def test_what_one_rule_keeps_stays() -> None:
    """A backup may have several reasons, and each rule counts for itself."""
    days = [day("2026-01-01T03:00") + timedelta(days=n) for n in range(100)]
    assert kept(days, Keep(daily=3, weekly=2, monthly=2)) == {
        "2026-04-10": ("daily", "weekly", "monthly"),  # a Friday
        "2026-04-09": ("daily",),
        "2026-04-08": ("daily",),
        "2026-04-05": ("weekly",),
        "2026-03-31": ("monthly",),
    }


def test_a_year_of_nights_with_the_usual_rules() -> None:
    """Seven days, four weeks and twelve months of them, counted on a calendar."""
    nights = [day("2025-01-01T03:30") + timedelta(days=n) for n in range(500)]  # until the 15th of May, 2026, a Friday
    stay = kept(nights, Keep(daily=7, weekly=4, monthly=12))
    assert [date for date, why in stay.items() if "daily" in why] == [f"2026-05-{n:02}" for n in range(15, 8, -1)]
    assert [date for date, why in stay.items() if "weekly" in why] == [
        *("2026-05-15", "2026-05-10", "2026-05-03", "2026-04-26"),
    ]
    months = [date for date, why in stay.items() if "monthly" in why]
    assert months[:3] == ["2026-05-15", "2026-04-30", "2026-03-31"]
    assert (months[-1], len(months), len(stay)) == ("2025-06-30", 12, 20)


def test_a_rule_that_is_not_used_up_keeps_the_oldest_as_well() -> None:
    """So that the history is as long as it can be, until there are months enough."""
    days = [day("2026-01-10"), day("2026-01-20"), day("2026-01-30"), day("2026-02-10")]
    assert kept(days, Keep(monthly=3)) == {
        "2026-02-10": ("monthly",),
        "2026-01-30": ("monthly",),
        "2026-01-10": ("oldest monthly",),
    }
    assert list(kept(days, Keep(monthly=2))) == ["2026-02-10", "2026-01-30"]


def test_the_last_ones_are_counted_one_by_one() -> None:
    """Whatever day they are of."""
    same_day = [day("2026-01-10T10:00") + timedelta(minutes=n) for n in range(5)]
    reasons = reasons_to_keep(same_day, Keep(last=2), now=LATER)
    assert reasons == [(), (), (), ("last",), ("last",)]


def test_without_a_rule_all_stay() -> None:
    """Nothing is removed that nobody asked to have removed."""
    assert reasons_to_keep(SUNDAYS, Keep(), now=LATER) == [(NO_RULE,)] * 12
    assert reasons_to_keep([], Keep(daily=1), now=LATER) == []


def test_a_clock_that_was_ahead_pushes_out_nothing() -> None:
    """Ten nights of a clock in 2099: they stay, and the real ones are counted as if they were not there."""
    nights = [day("2026-05-01") + timedelta(days=n) for n in range(10)]
    wrong = [day("2099-05-01") + timedelta(days=n) for n in range(10)]
    now, keep = nights[-1], Keep(daily=3, monthly=1)
    reasons = reasons_to_keep([*wrong, *nights], keep, now=now)
    assert reasons[:10] == [(FUTURE,)] * 10
    assert reasons[10:] == reasons_to_keep(nights, keep, now=now)
    assert [bool(why) for why in reasons[10:]] == [False] * 7 + [True] * 3


def test_a_clock_that_is_behind_removes_nothing() -> None:
    """In 1970, all there are is of the future."""
    assert all(reasons_to_keep([day("1970-01-01"), *SUNDAYS], Keep(last=1), now=day("1970-01-01")))


# ---- by a slow count ----

_PERIODS = {
    "last": "{0:%Y-%m-%dT%H:%M:%S.%f}",
    "daily": "{0:%Y-%m-%d}",
    "weekly": "{0:%G-%V}",
    "monthly": "{0:%Y-%m}",
    "yearly": "{0:%Y}",
}


def counted_slowly(moments: Sequence[datetime], keep: Keep, now: datetime) -> set[datetime]:
    """Each rule asked about each backup: is it the newest of its period, and how many later periods are there?"""
    past = [moment for moment in moments if moment <= now]
    stay = {moment for moment in moments if moment > now}
    for rule, shown in _PERIODS.items():
        number = getattr(keep, rule)
        periods = {moment: shown.format(moment) for moment in past}
        if number > len(set(periods.values())):
            stay |= {min(past)} if past else set()
        for moment in past:
            later = {periods[other] for other in past if other > moment}
            if periods[moment] not in later and len(later) < number:
                stay.add(moment)
    return stay


counts = st.integers(0, 5)
rules = st.builds(Keep, counts, counts, counts, counts, counts)
hours = st.integers(0, 24 * 900).map(lambda n: datetime(2024, 11, 1, tzinfo=UTC) + timedelta(hours=n))
days_of = st.lists(st.one_of(hours, hours.map(lambda moment: moment.replace(hour=3))), unique=True, max_size=60)


@given(days_of, rules, hours)
@example([day("2024-12-29"), day("2024-12-30"), day("2025-01-01")], Keep(weekly=5), LATER)
def test_the_rules_are_those_of_the_slow_count(moments: list[datetime], keep: Keep, now: datetime) -> None:
    """Whatever backups there are, in whatever order, and whatever time it is."""
    reasons = reasons_to_keep(moments, keep, now=now)
    stay = {moment for moment, why in zip(moments, reasons, strict=True) if why}
    assert stay == (set(moments) if keep.is_empty else counted_slowly(moments, keep, now))


@given(days_of.filter(bool), rules, hours)
def test_the_newest_always_stays(moments: list[datetime], keep: Keep, now: datetime) -> None:
    """The newest of all, and the newest that is not of the future."""
    reasons = dict(zip(moments, reasons_to_keep(moments, keep, now=now), strict=True))
    assert reasons[max(moments)]
    assert reasons[max((moment for moment in moments if moment <= now), default=max(moments))]


@given(days_of, rules, hours)
def test_what_was_removed_is_not_missed(moments: list[datetime], keep: Keep, now: datetime) -> None:
    """Removing at once what goes, and asking again, removes no more."""
    stay = [why for why in reasons_to_keep(moments, keep, now=now) if why]
    left = [m for m, why in zip(moments, reasons_to_keep(moments, keep, now=now), strict=True) if why]
    again = reasons_to_keep(left, keep, now=now)
    assert len(stay) == len(left)
    assert all(again)


@given(days_of, rules, hours, st.sampled_from(list(_PERIODS)))
def test_a_rule_that_keeps_more_removes_no_more(moments: list[datetime], keep: Keep, now: datetime, rule: str) -> None:
    """A count raised by one keeps all that stayed before."""
    numbers = {name: getattr(keep, name) for name in _PERIODS}
    before = reasons_to_keep(moments, keep, now=now)
    after = reasons_to_keep(moments, Keep(**numbers | {rule: numbers[rule] + 1}), now=now)
    for one, other in zip(before, after, strict=True):
        assert other or not one or one == (NO_RULE,)


@pytest.mark.parametrize("rule", _PERIODS)
def test_each_rule_alone_is_a_rule(rule: str) -> None:
    """None of them is taken for no rule."""
    assert not Keep(**{rule: 1}).is_empty
    assert any(not why for why in reasons_to_keep(SUNDAYS, Keep(**{rule: 1}), now=LATER))
