"""The order of chance."""

import itertools
import sqlite3
from contextlib import closing

import pytest

from favsync.query.search_options import SHUFFLE_PRIME, shuffle_factors, shuffled

IDS = [*range(1, 300), 2**31 - 2, 2**31 - 1, 2**31, 2**63 - 1]
SEEDS = [0, 1, 2, 7, 2**31 - 1, 2**63 - 1]


@pytest.mark.parametrize("seed", SEEDS)
def test_sql_comes_to_the_same_place(seed: int) -> None:
    """Nothing leaves the 64 bits on the way."""
    multiplier, addend = shuffle_factors(seed)
    with closing(sqlite3.connect(":memory:")) as connection:
        for post_id in IDS:
            [[x]] = connection.execute(
                f"SELECT ((? % {SHUFFLE_PRIME}) * ? + ?) % {SHUFFLE_PRIME}", (post_id, multiplier, addend)
            )
            [[place]] = connection.execute(f"SELECT (? * ?) % {SHUFFLE_PRIME}", (x, x))
            assert place == shuffled(post_id, seed)


def test_each_seed_has_an_order_of_its_own_that_looks_like_none() -> None:
    """Next to each other in one is far apart in another, and no order is that of the ids."""
    orders = [sorted(IDS[:299], key=lambda post_id: shuffled(post_id, seed)) for seed in SEEDS]
    for number, order in enumerate(orders):
        steps = [abs(later - earlier) for earlier, later in itertools.pairwise(order)]
        assert 60 < sum(steps) / len(steps) < 140  # a third of 299, give or take
        assert all(order != other for other in orders[:number])
    neighbours = [{frozenset(pair) for pair in itertools.pairwise(order)} for order in orders]
    assert max(len(one & other) for one in neighbours for other in neighbours if one is not other) < 20
