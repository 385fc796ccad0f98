"""What is printed reads back as what it was."""

from datetime import UTC, datetime

from hypothesis import given, settings

from favsync.query.explain import explain
from favsync.query.parser import parse
from favsync.query.tree import Search
from tests.query.printing import print_search
from tests.query.trees import searches

NOW = datetime(2026, 3, 31, 12, 30, 15, 678_000, tzinfo=UTC)


@settings(max_examples=400)
@given(searches())
def test_every_search_that_is_printed_reads_back_as_the_same(search: Search) -> None:
    """Whatever is in its names, and whenever it is read."""
    assert parse(print_search(search), now=NOW) == search


@settings(max_examples=100)
@given(searches())
def test_every_search_can_be_drawn(search: Search) -> None:
    """A line for the rows, one for each node, one for the order, and one for the limit if there is one."""
    assert len(explain(search).splitlines()) >= 3 + (search.limit is not None)
