"""Which files are fetched first, and that none is fetched twice."""

from hypothesis import given
from hypothesis import strategies as st

from favsync.core.files.plan import ESTIMATED_SIZE, Candidate, plan_files
from favsync.model import FileKind

candidates = st.lists(
    st.builds(
        Candidate,
        post_id=st.integers(1, 30),
        md5=st.sampled_from(["a" * 32, "b" * 32, "c" * 32]),
        kind=st.sampled_from(FileKind),
        ext=st.just("png"),
        url=st.sampled_from([None, "https://files.invalid/1.png"]),
        size=st.one_of(st.none(), st.integers(1, 10**8)),
        place=st.one_of(st.none(), st.integers(0, 50)),
        is_at_risk=st.booleans(),
        is_deleted=st.booleans(),
    ),
    max_size=20,
)


@given(candidates, st.one_of(st.none(), st.integers(0, 5)))
def test_each_file_is_wanted_once_and_the_most_urgent_first(found: list[Candidate], limit: int | None) -> None:
    """Whatever is left for later is counted, and nothing without an address is planned."""
    plan = plan_files(found, limit=limit)
    everything = plan_files(found).wanted
    assert plan.wanted == everything[:limit]
    assert len(plan.wanted) + plan.left == len(everything)
    assert {(each.md5, each.kind) for each in everything} == {(c.md5, c.kind) for c in found if c.url is not None}
    ranks = [(not each.is_at_risk, each.place is None, each.place or 0) for each in everything]
    assert ranks == sorted(ranks)
    assert sum(number for _, number in plan.unavailable) == sum(each.url is None for each in found)


@given(candidates)
def test_what_it_comes_to_is_never_less_than_is_known(found: list[Candidate]) -> None:
    """Sizes that the site does not say are estimated, and said to be."""
    plan = plan_files(found)
    unknown = [each for each in plan.wanted if each.size is None]
    assert plan.estimated_bytes - plan.known_bytes == sum(ESTIMATED_SIZE[each.kind] for each in unknown)
    assert plan.seconds(interval=0.5, rate=None) == len(plan.wanted) * 0.5
