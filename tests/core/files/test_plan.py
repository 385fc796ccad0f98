"""Which files are fetched first, and that none is fetched twice."""

from dataclasses import replace

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


def may_be_had(candidate: Candidate) -> bool:
    return candidate.url is not None and not candidate.is_deleted


@given(candidates, st.one_of(st.none(), st.integers(0, 5)))
def test_each_file_is_wanted_once_and_the_most_urgent_first(found: list[Candidate], limit: int | None) -> None:
    """Whatever is left for later is counted, and nothing without an address is planned."""
    plan = plan_files(found, limit=limit)
    everything = plan_files(found).wanted
    assert plan.wanted == everything[:limit]
    assert len(plan.wanted) + plan.left == len(everything)
    assert {(each.md5, each.kind) for each in everything} == {(c.md5, c.kind) for c in found if may_be_had(c)}
    ranks = [(not each.is_at_risk, each.place is None, each.place or 0) for each in everything]
    assert ranks == sorted(ranks)
    assert sum(number for _, number in plan.unavailable) == sum(not may_be_had(each) for each in found)


@given(candidates)
def test_what_it_comes_to_is_never_less_than_is_known(found: list[Candidate]) -> None:
    """Sizes that the site does not say are estimated, and said to be."""
    plan = plan_files(found)
    unknown = [each for each in plan.wanted if each.size is None]
    assert plan.estimated_bytes - plan.known_bytes == sum(ESTIMATED_SIZE[each.kind] for each in unknown)
    assert plan.seconds(interval=0.5, rate=None) == len(plan.wanted) * 0.5


@given(candidates, st.integers(0, 10**8))
def test_what_fits_is_counted_in_the_order_of_the_plan(found: list[Candidate], room: int) -> None:
    """The first files that fit, and not one more: that is the number for --limit."""
    plan = plan_files(found)
    fitting = plan.fitting(room)
    assert plan_files(found, limit=fitting).estimated_bytes <= room
    if fitting < len(plan.wanted):
        assert plan_files(found, limit=fitting + 1).estimated_bytes > room


def test_why_a_file_cannot_be_had_is_told_apart() -> None:
    """Deleted, destroyed, hidden from who is not logged in, or hidden by the account's safe mode."""
    one = Candidate(1, "a" * 32, FileKind.ORIGINAL, "png", None)
    found = [
        replace(one, is_deleted=True, url="https://files.invalid/1.png"),
        replace(one, is_deleted=True, is_destroyed=True),
        replace(one, is_anonymous=True),
        one,
    ]
    reasons = (("deleted", 1), ("destroyed", 1), ("login", 1), ("safe_mode", 1))
    assert (plan_files(found).wanted, plan_files(found).unavailable) == ((), reasons)
