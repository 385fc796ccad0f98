"""The kinds of values that settings have: each with its limits, and the words for what it accepts.

A value is what TOML makes of it, or the text of a variable. msgspec checks its type and limits; where that is not all,
a function makes of it what the setting is.
"""

import math
import re
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any, ClassVar, Final, Literal

from msgspec import Meta, Struct, ValidationError, convert

from favsync.config.durations import EXAMPLES, parse_duration

OFF: Final = "off"

_DAY: Final = 86_400
_MINUTES: Final = 24 * 60
_THOUSANDS: Final = {"": 1, "k": 1e3, "m": 1e6, "g": 1e9}
_FILE_KINDS: Final = ("original", "sample", "preview")
_FROM_TEXT: Final[dict[Any, Callable[[str], object]]] = {
    bool: {"true": True, "on": True, "false": False, "off": False}.__getitem__,
    float: float,
    int: lambda text: int(text) if text.isascii() and text.isdigit() else text,
    Literal: str,
}


class Kind(Struct, frozen=True):
    """What a setting may be: `accepted` in words, and as a `type` that msgspec checks."""

    accepted: str
    type: Any
    make: Callable[[Any], object] = lambda value: value
    """Makes the setting of what was accepted so far, or raises ValueError, with words where it has better ones."""

    def read(self, value: object) -> Any:
        """Read a value. Raises ValueError, whose words say what is accepted."""
        if isinstance(value, str):
            with suppress(KeyError, ValueError):
                value = _FROM_TEXT[getattr(self.type, "__origin__", self.type)](value.strip().lower())
        try:
            return self.make(convert(value, self.type))
        except ValidationError as exc:
            raise ValueError(self.accepted) from exc
        except ValueError as exc:
            raise ValueError(str(exc) or self.accepted) from exc


class RemovalLimit(Struct, frozen=True):
    """How many favorites one run may remove: a number, or a share of the list. One of the two is None."""

    FLOOR: ClassVar = 20
    """What a share always allows: in a short list a few removals are a large share, and no cause for alarm."""

    number: int | None = None
    percent: float | None = None

    @classmethod
    def parse(cls, said: int | str) -> "RemovalLimit":
        """Read a number, or a share such as `25%`. Raises ValueError."""
        text = str(said).strip()
        with suppress(ValueError):
            if text.isascii() and text.isdigit():
                return cls(number=int(text))
            if text.endswith("%") and 0 <= (percent := float(text[:-1])) <= 100:
                return cls(percent=percent)
        raise ValueError

    def allowed(self, of: int) -> int:
        """The most removals out of `of` favorites: a share is rounded down, but not below FLOOR."""
        if self.number is not None:
            return self.number
        return max(self.FLOOR, math.floor(of * (self.percent or 0.0) / 100))


def parse_path(text: str) -> Path:
    """Read a path, with the home in the place of a `~`. Raises ValueError."""
    try:
        return Path(text).expanduser()
    except RuntimeError as exc:
        raise ValueError(f"{PATH.accepted} (a '~name' must be a user of this machine)") from exc


def parse_hosts(said: list[str] | str) -> tuple[str, ...]:
    """Read a list of hosts, or several in one text with commas between them. Raises ValueError."""
    from favsync.addresses import parse_alias  # noqa: PLC0415 - milliseconds, and few set any
    from favsync.errors import SiteUrlInvalid  # noqa: PLC0415 - as above

    try:
        return tuple(parse_alias(host) for host in (said.split(",") if isinstance(said, str) else said) if host.strip())
    except SiteUrlInvalid as exc:
        raise ValueError(f"{HOSTS.accepted}, such as mirror.example") from exc


def parse_command_line(text: str) -> str | None:
    """Read the command line of a program; None: `off`, none is run. Raises ValueError."""
    import shlex  # noqa: PLC0415 - as above

    try:
        words = shlex.split(text)
    except ValueError as exc:
        raise ValueError(f"{COMMAND_LINE.accepted}, with each quotation mark in it closed") from exc
    if not words:
        raise ValueError
    return None if words == [OFF] else text


class Hours(Struct, frozen=True):
    """A part of each day, in minutes since local midnight; one that ends before it begins goes over midnight."""

    start: int
    end: int

    @classmethod
    def parse(cls, said: str) -> "Hours | None":
        """Read `01:00-07:00`; None: `off`, the whole day. Raises ValueError."""
        if said.strip().lower() == OFF:
            return None
        found = re.fullmatch(r"([01]?\d|2[0-3]):([0-5]\d)-([01]?\d|2[0-3]):([0-5]\d)", said.strip(), re.ASCII)
        if found is None:
            raise ValueError
        numbers = [int(number) for number in found.groups()]
        start, end = numbers[0] * 60 + numbers[1], numbers[2] * 60 + numbers[3]
        if start == end:
            raise ValueError
        return cls(start, end)

    def seconds_left(self, minute: float) -> float:
        """Tell for how many seconds they still last at that minute of a day; 0: it is none of them."""
        into = (minute - self.start) % _MINUTES
        return max((self.end - self.start) % _MINUTES - into, 0) * 60


def parse_rate(text: str) -> float | None:
    """Read a rate such as `2MB/s` in bytes a second; None: `off`, as fast as it goes. Raises ValueError."""
    if text.strip().lower() == OFF:
        return None
    found = re.fullmatch(r"(\d+(?:\.\d+)?) ?([kmg]?)b/s", text.strip().lower(), re.ASCII)
    if found is None or not 1_000 <= (rate := float(found[1]) * _THOUSANDS[found[2]]) <= 1e12:
        raise ValueError
    return rate


def parse_file_kinds(said: list[str] | str) -> tuple[str, ...]:
    """Read which kinds of files are kept, a list or a text with commas; none: `off`. Raises ValueError."""
    words = [word.strip().lower() for word in (said.split(",") if isinstance(said, str) else said)]
    if words in ([OFF], []):
        return ()
    if not set(words) <= set(_FILE_KINDS):
        raise ValueError
    return tuple(kind for kind in _FILE_KINDS if kind in words)


WAIT: Final = Kind("a number of seconds above zero and at most a day", Annotated[float, Meta(gt=0, le=_DAY)])
PAUSE: Final = Kind("a number of seconds, zero or more and at most a day", Annotated[float, Meta(ge=0, le=_DAY)])
COUNT: Final = Kind("a number, 0 or more", Annotated[int, Meta(ge=0, lt=1_000_000_000)])
SWITCH: Final = Kind("true or false", bool)
ON_OR_OFF: Final = Kind("'on' or 'off'", Literal["on", "off"], "on".__eq__)
DURATION: Final = Kind(f"a duration in quotes: {EXAMPLES}", str, parse_duration)
REMOVAL_LIMIT: Final = Kind('a number, or a share of the list such as "25%"', int | str, RemovalLimit.parse)
PATH: Final = Kind(
    'a path in quotes, such as "~/favsync.db"', Annotated[str, Meta(pattern=r"^[^\0]*[^\0\s][^\0]*$")], parse_path
)
HOSTS: Final = Kind("a list of hosts", list[str] | str, parse_hosts)
COMMAND_LINE: Final = Kind(
    f"a command line in quotes, or '{OFF}'", Annotated[str, Meta(pattern=r"^[^\0]*$")], parse_command_line
)
FILE_KINDS: Final = Kind(
    f"'{OFF}', or one or several of original, sample and preview", list[str] | str, parse_file_kinds
)
CONNECTIONS: Final = Kind("a number from 1 to 4", Annotated[int, Meta(ge=1, le=4)])
RATE: Final = Kind(f'a rate in quotes such as "500kB/s" or "2MB/s", or \'{OFF}\'', str, parse_rate)
HOURS: Final = Kind(f"a part of the day such as \"01:00-07:00\", or '{OFF}'", str, Hours.parse)
