"""Moments on the command line: the words of the search's `date:` that mean one."""

import json
from datetime import UTC, datetime

import pytest

from favsync.cli.parameters.dates import AS_OF, parse_moment
from tests.cli.conftest import Favsync
from tests.cli.test_help import EVERY

NOW = datetime(2026, 3, 18, 15, 30, 20, tzinfo=UTC)
"""A Wednesday."""


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2026-01-31", "2026-01-31T00:00:00"),
        ("2026-01-31T18:30", "2026-01-31T18:30:00"),
        ("2026-01-31 18:30:05", "2026-01-31T18:30:05"),
        ("2026-01-31T18:30+02:00", "2026-01-31T16:30:00"),
        ("2026-01-31T18:30Z", "2026-01-31T18:30:00"),
        ("20260131", "2026-01-31T00:00:00"),
        ("2026-01", "2026-01-01T00:00:00"),
        ("2025", "2025-01-01T00:00:00"),
        ("today", "2026-03-18T00:00:00"),
        ("yesterday", "2026-03-17T00:00:00"),
        (" Yesterday ", "2026-03-17T00:00:00"),
        ("1_week_ago", "2026-03-11T15:30:20"),
        ("1 week ago", "2026-03-11T15:30:20"),
        ("1 week", "2026-03-11T15:30:20"),
        ("week", "2026-03-11T15:30:20"),
        ("2_months_ago", "2026-01-18T15:30:20"),
        ("1y", "2025-03-18T15:30:20"),
        ("3mo", "2025-12-18T15:30:20"),
        ("10mi", "2026-03-18T15:20:20"),
        ("yesterweek", "2026-03-09T00:00:00"),
        ("yestermonth", "2026-02-01T00:00:00"),
        ("7d", "2026-03-11T15:30:20"),
        ("15m", "2026-03-18T15:15:20"),
        ("1h30m", "2026-03-18T14:00:20"),
    ],
)
def test_every_word_for_one_moment_is_understood(text: str, moment: str) -> None:
    """A day is where it begins, a time is UTC, and what is counted counts back from now."""
    assert parse_moment(text, NOW) == datetime.fromisoformat(moment).replace(tzinfo=UTC)


@pytest.mark.parametrize(
    "text", ["", "soon", "2026-02-30", ">2026", "2026-01-01..2026-02-01", "999999999y", "7x", "-7d"]
)
def test_what_is_no_moment_is_refused_with_examples(text: str) -> None:
    """A range is none, and neither is a day that there is not."""
    with pytest.raises(ValueError, match=r"a day, a time .* such as 2026-01-31, .* yesterday, 1_week_ago or 7d"):
        parse_moment(text, NOW)


def test_a_number_alone_is_a_run_where_there_can_be_one() -> None:
    """Also one that looks like a year."""
    assert AS_OF.convert("2025", None, None) == 2025
    assert isinstance(AS_OF.convert("2025-01", None, None), str)


def test_every_option_that_is_a_date_knows_them(alice: Favsync) -> None:
    """None of them has words of its own, and there are no other options for dates."""
    dates = {
        f"{name} {parameter.opts[0]}"
        for name, command in EVERY.items()
        for parameter in command.params
        if "DATE" in (parameter.metavar or "")
    }
    assert dates == {"history --since", "diff --since", "export --at", "restore --at"}
    assert alice("sync").code == 0
    for word in ("yesterday", "1_week_ago", "1 week", "7d", "2024-01-02T03:04"):
        assert len(json.loads(alice("history", "--since", word, "--json").out)) == 5
        for line in (["diff", "--since"], ["export", "--format", "ids", "--at"], ["restore", "--dry-run", "--at"]):
            outcome = alice(*line, word)
            assert (outcome.code, "There is no list of alice before" in outcome.err) == (2, True), (line, outcome.err)
        assert alice("history", "--since", "soon").code == 2
