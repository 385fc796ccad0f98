"""Durations as people write them: `90s`, `15m`, `2h`, `7d`, and several together, largest first: `1h30m`."""

import re

_UNITS = {"d": 86_400.0, "h": 3_600.0, "m": 60.0, "s": 1.0}
_NUMBER = r"(?P<{unit}>[0-9]+(?:\.[0-9]+)?){unit}"
_DURATION = "".join(f"(?:{_NUMBER.format(unit=unit)})?" for unit in _UNITS)

LONGEST = 36_500 * _UNITS["d"]
"""A century, in seconds: more is a slip of the finger, and would overflow the dates made from it."""

EXAMPLES = "90s, 15m, 2h, 7d or 1h30m"


def parse_duration(text: str) -> float:
    """Read a duration and return it in seconds.

    Raises ValueError when `text` is no duration, is zero, or is longer than a century: its words say what is accepted.
    """
    found = re.fullmatch(_DURATION, text.strip().lower())
    if found is None or not any(found.groups()):
        raise ValueError(f"a duration such as {EXAMPLES}")
    seconds = sum(float(number) * _UNITS[unit] for unit, number in found.groupdict(default="0").items())
    if not 0 < seconds <= LONGEST:
        raise ValueError("a duration longer than zero and not longer than a hundred years")
    return seconds


def in_words(seconds: float) -> str:
    """A duration as people say it, in its two largest units: `5 hours 33 minutes`, `40 seconds`."""
    left = round(seconds)
    parts: list[str] = []
    for letter, name in zip(_UNITS, ("day", "hour", "minute", "second"), strict=True):
        number, left = divmod(left, round(_UNITS[letter]))
        if number:
            parts.append(f"{number} {name}{'' if number == 1 else 's'}")
        elif parts:
            break
    return " ".join(parts[:2]) or "0 seconds"
