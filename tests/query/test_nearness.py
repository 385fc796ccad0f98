"""How far names are from one another, and what a search asks for."""

from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from favsync.query.parser import parse
from favsync.query.tree import Tag, wanted
from favsync.query.words import slips

NOW = datetime(2026, 3, 31, tzinfo=UTC)


@pytest.mark.parametrize(
    ("one", "other", "far"),
    [
        ("fox", "fox", 0),
        ("fxo", "fox", 1),
        ("fo", "fox", 1),
        ("foxx", "fox", 1),
        ("fax", "fox", 1),
        ("wlof_pup", "wolf_pop", 2),
        ("", "ab", 2),
        ("fox", "wolf", 3),
        ("blue_hat", "red_scarf", 3),
        ("abc", "cba", 2),
    ],
)
def test_slips_are_counted_up_to_a_limit(one: str, other: str, far: int) -> None:
    """A letter less, more, another or swapped is one; beyond the limit it is the limit and one."""
    assert slips(one, other, most=2) == slips(other, one, most=2) == far


@given(st.text("abc", max_size=7), st.lists(st.tuples(st.integers(0, 6), st.sampled_from("abc-")), max_size=2))
def test_so_many_slips_are_never_counted_as_more(text: str, made: list[tuple[int, str]]) -> None:
    """Each of them put in by hand: a letter more, or, for a `-`, one less."""
    slipped = text
    for at, letter in made:
        slipped = slipped[:at] + (slipped[at + 1 :] if letter == "-" else letter + slipped[at:])
    assert slips(text, slipped, most=2) <= len(made)


@given(st.text("abc", min_size=2, max_size=7), st.integers(0, 5))
def test_two_letters_that_changed_places_are_one_slip(text: str, at: int) -> None:
    """Wherever they stand."""
    swapped = text[:at] + text[at : at + 2][::-1] + text[at + 2 :]
    assert slips(text, swapped, most=2) <= 1


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("a -b c", ["a", "c"]),
        ("~a ~b -( c -d )", ["a", "b", "d"]),
        ("-( -( -a ) )", []),
        ("-( ~a ~( -b ) )", ["b"]),
    ],
)
def test_what_is_wanted_is_told_from_what_is_not(text: str, names: list[str]) -> None:
    """Through every group, in the order in which it was written."""
    assert list(wanted(parse(text, now=NOW).where)) == [Tag(name) for name in names]
