"""Whatever is typed: a tree, or an error with its place; and never slowly."""

import gc
import random
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from time import perf_counter, process_time
from typing import Final

import pytest

from favsync.errors import SearchError
from favsync.query.parser import parse
from favsync.query.tree import Search
from favsync.query.words import CATEGORIES, KNOWN, NOT_KEPT, ORDERS
from tests.query.printing import print_search

NOW: Final = datetime(2026, 3, 31, 12, 30, tzinfo=UTC)
STRINGS: Final = 100_000
SLOW: Final = 0.050
"""Seconds of CPU that no string may take."""

WORDS: Final = (*sorted(KNOWN), *sorted(NOT_KEPT), *sorted(CATEGORIES))
FRAGMENTS: Final = (
    *(
        "(",
        ")",
        " ( ",
        " ) ",
        " -( ",
        " ~( ",
        "-",
        "~",
        " -",
        " ~",
        " ",
        "  ",
        "\t",
        "\n",
        ":",
        "::",
        '"',
        ':"',
        '" ',
        "\\",
    ),
    *("*", "..", ",", "<", ">", "<=", ">=", "=", "!", "_", ".", "/", "'", ";", "%", "[", "?", "é", "e\u0301", "\u0338"),
    *("日本", "İ", "ß", "\x00", "\x1c", "\ud800", "\u202e", "\u00a0", "\U0001f98a", "a", "wolf", "blue_hat", "re:zero"),
    *("0", "1", "5", "10", "1.77", "16:9", "200KB", "1MB", "-3", "9223372036854775807", "99999999999999999999", "1e5"),
    *("today", "yesterday", "2024", "2024-01", "2024-02-30", "2024-01-01T10:00", "3_days_ago", "yesterweek", "9999"),
    *("0000-00-00", "999999y", "2w", "1d", "any", "none", "true", "false", "s", "q", "e", "png", "me", "_asc", "_desc"),
)


def strings(seed: int, number: int) -> Iterator[str]:
    """Random strings of metatags and what stands around them, the same ones for the same seed."""
    chance = random.Random(seed)  # noqa: S311 -- the same strings in every run are wanted
    for _ in range(number):
        parts = []
        for _ in range(chance.choice((1, 2, 3, 4, 6, 9))):
            kind = chance.random()
            if kind < 0.35:
                parts.append(chance.choice(WORDS) + ":")
            elif kind < 0.40:
                parts.append("order:" + chance.choice(sorted(ORDERS)))
            elif kind < 0.95:
                parts.append(chance.choice(FRAGMENTS))
            else:
                parts.append(chr(chance.randrange(0x110000)))
        yield "".join(parts)


@contextmanager
def nothing_else_at_work() -> Iterator[None]:
    """No collection of garbage, whose turn comes when it likes."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def read(text: str) -> Search | SearchError:
    """What a string is read as. Any other exception passes, with the string."""
    try:
        return parse(text, now=NOW)
    except SearchError as exc:
        return exc
    except Exception as exc:
        raise AssertionError(f"{text!r} ended in {exc!r}") from exc


def quickest(text: str) -> float:
    """Seconds of CPU that a string costs: the least of three, so not what the machine did meanwhile."""
    taken = []
    for _ in range(3):
        started = process_time()
        read(text)
        taken.append(process_time() - started)
    return min(taken)


@pytest.mark.slow
def test_a_hundred_thousand_strings_are_each_a_tree_or_an_error_with_a_place() -> None:
    """Never another exception, and never more than 50 ms; many of them are searches, and those print and read back."""
    slow, trees = [], 0
    with nothing_else_at_work():
        for number, text in enumerate(strings(5, STRINGS)):
            started = perf_counter()
            outcome = read(text)
            # No more CPU than time has passed; the clock of the CPU itself is slow to ask.
            if perf_counter() - started > SLOW and quickest(text) > SLOW:
                slow.append(text)
            if isinstance(outcome, SearchError):
                assert 0 <= outcome.position <= len(outcome.text), repr(text)
                assert outcome.problem, repr(text)
                assert not set(str(outcome).splitlines()[-1]) - {" ", "^"}, repr(text)
            else:
                trees += 1
                if number % 20 == 0:
                    assert parse(print_search(outcome), now=NOW) == outcome, repr(text)
    assert slow == []
    assert STRINGS / 10 < trees < STRINGS * 9 / 10


LONG: Final = 5_000
LONG_ONES: Final = {
    "opened groups": "( " * (LONG // 2),
    "nested groups": "( " * 50 + "a" + " )" * 50,
    "many groups": "( a ) " * (LONG // 6),
    "one word": "a" * LONG,
    "colons": ":" * LONG,
    "signs": "-" * LONG,
    "stars": "*" * LONG,
    "backslashes": 'text:"' + "\\" * (LONG - 6),
    "quoted": 'tag:"b" ' * (LONG // 8),
    "marks in the wrong order": "e" + "\u0301" * (LONG // 2) + "\u0327" * (LONG // 2 - 1),
    "marks in the right order": ("e" + "\u0327\u0301" * 15) * (LONG // 31),
    "words": "a " * (LONG // 2),
    "near misses": " ".join(f"scor{number}e:_x" for number in range(350)),
    "misses": " ".join(f"zz{number}x{number}:b" for number in range(350)),
    "dots": "score:" + "." * (LONG - 6),
    "commas": "score:" + "," * (LONG - 6),
    "digits": "score:" + "1" * (LONG - 6),
    "lists": " ".join(["id:" + ",".join(["123"] * 100)] * 12),
    "days": " ".join(["date:" + ",".join(["today"] * 100)] * 8),
    "ratios": " ".join(["ratio:1." + "7" * 60 + ":1." + "3" * 60] * 37),
    "a long miss": "w" * (LONG - 2) + ":>",
    "a long order": "order:" + "_asc" * (LONG // 4 - 2),
    "text": 'text:"' + "a " * (LONG // 2 - 4) + '"',
    "much too long": "a" * 1_000_000,
}


@pytest.mark.parametrize("text", LONG_ONES.values(), ids=LONG_ONES)
def test_no_long_string_takes_long(text: str) -> None:
    """Time grows with the length only, whatever the string repeats."""
    with nothing_else_at_work():
        assert quickest(text) < SLOW
