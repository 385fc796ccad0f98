"""Which backups stay: the newest of each of the last days, weeks and months that have one.

It counts as restic's `forget` does. Days begin at 00:00 UTC and weeks on Monday; a day without a backup is no day. What
any rule keeps, stays. Where a rule's count is not used up, the oldest backup of all stays as well, so that the history
is as long as it can be.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Final

FUTURE: Final = "future"
"""The reason of a backup that is dated later than now: a clock was wrong, then or now."""

NO_RULE: Final = "no rule"
"""The reason of every backup when there is no rule."""


@dataclass(frozen=True, slots=True)
class Keep:
    """How many backups each rule keeps. 0: there is no such rule."""

    last: int = 0
    daily: int = 0
    weekly: int = 0
    monthly: int = 0
    yearly: int = 0

    @property
    def is_empty(self) -> bool:
        """True when there is no rule: then nothing is removed."""
        return not (self.last or self.daily or self.weekly or self.monthly or self.yearly)


def reasons_to_keep(moments: Sequence[datetime], keep: Keep, *, now: datetime) -> list[tuple[str, ...]]:
    """Tell for each backup, by its moment, why it stays: `daily`, `oldest daily` and the like. Without one, it goes.

    `moments` come in any order, each in UTC. One that is later than `now` stays, and counts for no rule: after a clock
    that was ahead, the days that it made up must not push out those that were.
    """
    if keep.is_empty:
        return [(NO_RULE,) for _ in moments]
    reasons: list[list[str]] = [[FUTURE] if moment > now else [] for moment in moments]
    newest_first = sorted(
        (place for place, moment in enumerate(moments) if moment <= now), key=lambda place: moments[place], reverse=True
    )
    rules: list[tuple[str, int, Callable[[datetime], object] | None]] = [
        ("last", keep.last, None),
        ("daily", keep.daily, datetime.date),
        ("weekly", keep.weekly, lambda moment: moment.isocalendar()[:2]),
        ("monthly", keep.monthly, lambda moment: (moment.year, moment.month)),
        ("yearly", keep.yearly, lambda moment: moment.year),
    ]
    for name, number, period_of in rules:
        periods = [period_of(moments[place]) if period_of else place for place in newest_first]
        firsts = [nth for nth, period in enumerate(periods) if nth == 0 or period != periods[nth - 1]]
        for nth in firsts[:number]:
            reasons[newest_first[nth]].append(name)
        if len(firsts) < number and periods and firsts[-1] != len(periods) - 1:
            reasons[newest_first[-1]].append(f"oldest {name}")
    return [tuple(found) for found in reasons]
