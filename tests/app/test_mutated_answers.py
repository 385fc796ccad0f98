"""A few hundred syncs whose answers were changed on their way; see there for how, and for what never may come of it."""

import random
from collections import Counter
from copy import deepcopy

import pytest

from tests.app.mutated_answers import VALUES, live, mutated

LIVES = 18


@pytest.mark.slow
def test_no_answer_that_was_changed_on_its_way_does_harm() -> None:
    """No internal error, no favorite removed without a word about it, and all is exact when answers are right again."""
    counts: Counter[str] = Counter()
    for number in range(LIVES):
        live(number, counts)
    assert counts["mutated answers"] >= 90
    assert len([name for name in counts if name.startswith("exit ")]) >= 3


def test_what_is_put_into_an_answer_is_a_copy() -> None:
    """Else the next mutations would change what later answers get, or put it into itself, which has no end."""
    chance, values = random.Random(1), deepcopy(VALUES)  # noqa: S311 - the same each time
    for _ in range(2_000):
        value = {"posts": [{"id": 1, "tags": {"general": ["a"]}}]}
        for _ in range(5):
            value = mutated(value, chance) if isinstance(value, dict | list) else value
    assert values == VALUES
