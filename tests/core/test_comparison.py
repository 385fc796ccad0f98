"""Two lists against each other."""

from hypothesis import given
from hypothesis import strategies as st

from favsync.core.comparison import Comparison, compare_lists

lists = st.lists(st.integers(1, 12), unique=True)


def test_what_only_one_has_and_whether_the_rest_is_in_order() -> None:
    """Newest first, as the lists are."""
    assert compare_lists([9, 5, 3, 1], [5, 8, 1, 7]) == Comparison((9, 3), (8, 7), 2, True)
    assert compare_lists([1, 2], [2, 1]) == Comparison((), (), 2, False)


@given(left=lists, right=lists)
def test_nothing_is_forgotten(left: list[int], right: list[int]) -> None:
    """What only one has and what both have is all that there is; the order is that of what is shared."""
    compared = compare_lists(left, right)
    assert set(compared.only_left) == set(left) - set(right)
    assert set(compared.only_right) == set(right) - set(left)
    assert compared.common == len(set(left) & set(right))
    shared = [[post_id for post_id in one if post_id in other] for one, other in ((left, right), (right, left))]
    assert compared.same_order is (shared[0] == shared[1])
    assert list(compared.only_left) == sorted(compared.only_left, key=left.index)
