"""The plan of a tree: what follows from what is wanted and what was made, whatever both are."""

from hypothesis import given
from hypothesis import strategies as st

from favsync.core.files.tree_plan import Link, plan_tree

PATHS = st.sampled_from(["a/1.png", "a/2.png", "b/1.png", "1.png", "1.png.txt"])
NUMBERS = st.integers(1, 3)
LINKS = st.one_of(
    st.builds(lambda file, inode: Link(file, 7, inode, 5, 9), NUMBERS, NUMBERS),
    st.builds(lambda file: Link(file, target=f"/files/{file}"), NUMBERS),
    st.builds(lambda file: Link(file, content_md5=f"md5 of {file}"), NUMBERS),
    st.builds(lambda text: Link(None, content_md5=f"md5 of text {text}"), NUMBERS),
)
TREES = st.dictionaries(PATHS, LINKS)


@given(TREES, TREES)
def test_what_is_kept_and_added_is_what_is_wanted(wanted: dict[str, Link], listed: dict[str, Link]) -> None:
    """Each path that was made is kept or removed, each that is wanted kept or added, and nothing else is named."""
    plan = plan_tree(wanted, listed)
    assert sorted(plan.keep + plan.add) == sorted(wanted)
    assert sorted(plan.keep + plan.remove) == sorted(listed.keys())
    assert plan.renamed <= min(len(plan.add), len(plan.remove))
    shown = {path: (listed if path in plan.keep else wanted)[path].file_id for path in wanted}
    assert shown == {path: link.file_id for path, link in wanted.items()}


@given(TREES)
def test_what_is_as_it_should_be_is_kept(wanted: dict[str, Link]) -> None:
    """A copy, too, which has got a number since; and the number of the disk does not count."""
    made = {path: link._replace(device=8, inode=link.inode or 4, size=6, mtime_ns=3) for path, link in wanted.items()}
    plan = plan_tree(wanted, made)
    assert (plan.add, plan.remove, plan.renamed) == ((), (), 0)


def test_a_name_that_changes_is_one_renaming() -> None:
    """And another file under an old name is none."""
    plan = plan_tree({"b": Link(1, 7, 1), "c": Link(2, 7, 2)}, {"a": Link(1, 7, 1), "c": Link(3, 7, 3)})
    assert (plan.add, plan.remove, plan.renamed) == (("b", "c"), ("a", "c"), 1)
