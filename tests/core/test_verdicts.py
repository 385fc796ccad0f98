"""Whose doing a removal was, from what posts and their events say; questions that are not needed are not asked."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import pytest

from favsync.core.listing.effects import NoResult, PostState, PostStates
from favsync.core.listing.result import Absence, AbsenceReason
from favsync.core.plan import Addition, PullPlan, Removal
from favsync.core.removal_reasons import (
    MOST_EVENTS,
    MOVED,
    AskEvents,
    AskLinks,
    PostEvent,
    PostEvents,
    VerdictEffect,
    VerdictResult,
    judge_removals,
    with_verdicts,
)
from favsync.site.e621.limits import LIMITS

SINCE = "2026-01-02T00:00:00.000Z"
BEFORE = "2026-01-01T00:00:00.000Z"
AFTER = "2026-01-03T00:00:00.000Z"
CHILD, PARENT, GRANDPARENT, OLD = 1, 2, 3, 9


def absence(
    post_id: int = CHILD,
    *,
    deleted: bool = True,
    parent: int | None = PARENT,
    fav_count: int | None = 0,
    has_changed: bool = True,
    gone: AbsenceReason = AbsenceReason.UNFAVORITED,
) -> Absence:
    return Absence(post_id, gone, deleted, parent, fav_count, has_changed)


@dataclass
class Staff:
    """A site that knows what was done: `moves` are the times at which the favorites of a post were moved."""

    moves: Mapping[int, str] = field(default_factory=dict)
    links: Mapping[int, PostState] = field(default_factory=dict)
    tells: bool = True
    asked: list[VerdictEffect] = field(default_factory=list)

    def answer(self, question: VerdictEffect) -> VerdictResult:
        self.asked.append(question)
        match question:
            case AskEvents(post_id):
                if not self.tells:
                    return NoResult("no such route")
                moved = [PostEvent(MOVED, self.moves[post_id])] if post_id in self.moves else []
                return PostEvents((PostEvent("deleted", AFTER), *moved))
            case AskLinks(post_ids):
                return PostStates(tuple(self.links[post_id] for post_id in post_ids if post_id in self.links))


def judged(
    staff: Staff, *absences: Absence, new: Sequence[int] = (PARENT,), reason: str = "unfavorited", since: str = SINCE
) -> list[Removal]:
    """The removals of a plan after judgement. The list had the absent ones and OLD; `new` came."""
    removed = tuple(Removal(gone.post_id, "unlisted" if reason == "unlisted" else "unfavorited") for gone in absences)
    plan = PullPlan(added=tuple(Addition(post_id, 5, True, "listed") for post_id in new), removed=removed)
    had = {*(gone.post_id for gone in absences), OLD}
    steps = judge_removals(
        absences, plan, limits=LIMITS, is_favorite=had.__contains__, last_known=dict.fromkeys(had, since)
    )
    try:
        question = next(steps)
        while True:
            question = steps.send(staff.answer(question))
    except StopIteration as end:
        return list(with_verdicts(plan, end.value).removed)


def test_a_duplicate_without_favorites_whose_parent_came_was_moved() -> None:
    """The usual case needs no question."""
    staff = Staff()
    assert judged(staff, absence()) == [Removal(CHILD, "moved_to_parent", PARENT)]
    assert staff.asked == []


def test_a_deleted_child_with_favorites_was_taken_out() -> None:
    """Its favorites were not moved, whatever stands at the top; and nothing is asked."""
    staff = Staff({CHILD: AFTER})
    assert judged(staff, absence(fav_count=7)) == [Removal(CHILD, "unfavorited")]
    assert staff.asked == []


@pytest.mark.parametrize(
    ("moved_at", "reason"), [(AFTER, "moved_to_parent"), (BEFORE, "unfavorited"), (None, "unfavorited")]
)
def test_where_the_parent_was_a_favorite_before_the_events_tell(moved_at: str | None, reason: str) -> None:
    """The user may have taken the child out; a move that is older than the list is no news."""
    staff = Staff({} if moved_at is None else {CHILD: moved_at})
    [removal] = judged(staff, absence(parent=OLD), new=())
    assert (removal.reason, staff.asked) == (reason, [AskEvents(CHILD)])


def test_without_events_the_count_of_favorites_is_believed() -> None:
    """A server that has no such route changes nothing about a duplicate that lost all its favorites."""
    staff = Staff(tells=False)
    assert judged(staff, absence(parent=OLD), new=()) == [Removal(CHILD, "moved_to_parent", OLD)]


@pytest.mark.parametrize(
    ("moved_at", "tells", "reason"),
    [
        (AFTER, True, "moved_to_parent"),
        (BEFORE, True, "unfavorited"),
        (None, True, "unfavorited"),
        (None, False, "unknown"),
    ],
)
def test_an_undeleted_child_is_asked_about(moved_at: str | None, reason: str, *, tells: bool) -> None:
    """Deleted, moved and back again: only its events know, and nobody guesses where they are not told."""
    staff = Staff({} if moved_at is None else {CHILD: moved_at}, tells=tells)
    [removal] = judged(staff, absence(deleted=False, fav_count=3))
    assert (removal.reason, staff.asked) == (reason, [AskEvents(CHILD)])


def test_a_child_that_nobody_touched_was_taken_out() -> None:
    """Not deleted, with other favorites, and its change number is the old one: no staff was there. Nothing is asked."""
    staff = Staff({CHILD: AFTER})
    assert judged(staff, absence(deleted=False, fav_count=3, has_changed=False)) == [Removal(CHILD, "unfavorited")]
    assert judged(staff, absence(deleted=False, parent=None)) == [Removal(CHILD, "unfavorited")]
    assert staff.asked == []


def test_favorites_that_were_moved_without_a_deletion_are_found() -> None:
    """Staff can do that; then the child is there, unchanged, and nobody has it."""
    staff = Staff({CHILD: AFTER})
    reported = absence(deleted=False, fav_count=0, has_changed=False)
    assert judged(staff, reported) == [Removal(CHILD, "moved_to_parent", PARENT)]


def link(post_id: int, parent: int | None, *, deleted: bool = True, fav_count: int = 0) -> PostState:
    return PostState(post_id, False, deleted, parent, fav_count)


def test_a_chain_is_followed_to_its_end() -> None:
    """Child → parent → its parent, which came: one question about the parent, and none about events."""
    staff = Staff(links={PARENT: link(PARENT, GRANDPARENT)})
    assert judged(staff, absence(), new=(GRANDPARENT,)) == [Removal(CHILD, "moved_to_parent", GRANDPARENT)]
    assert staff.asked == [AskLinks((PARENT,))]


def test_a_chain_of_many_links_is_followed_so_far() -> None:
    """Five links; what goes on after that is unknown."""
    links = {number: link(number, number + 1) for number in range(PARENT, 20)}
    assert judged(Staff(links=links), absence(), new=(7,)) == [Removal(CHILD, "moved_to_parent", 7)]
    assert judged(Staff(links=links), absence(), new=(8,)) == [Removal(CHILD, "unknown")]


def test_a_chain_in_a_ring_ends() -> None:
    """Two posts that are each other's parents, which no site should have."""
    links = {PARENT: link(PARENT, 4), 4: link(4, PARENT)}
    assert judged(Staff(links=links), absence(), new=()) == [Removal(CHILD, "unknown")]


@pytest.mark.parametrize(
    "parent",
    [
        link(PARENT, None),
        link(PARENT, None, deleted=False),
        link(PARENT, GRANDPARENT, fav_count=5),
        link(PARENT, 77, deleted=False, fav_count=5),
    ],
    ids=["deleted, end of the line", "there, and no favorite", "kept its favorites", "there, with a parent of its own"],
)
def test_a_chain_that_leads_to_no_favorite_was_cut_by_the_user(parent: PostState) -> None:
    """The child or what it became was taken out: it would be a favorite otherwise."""
    staff = Staff({CHILD: AFTER}, links={PARENT: parent})
    assert judged(staff, absence(), new=(GRANDPARENT,)) == [Removal(CHILD, "unfavorited")]
    has_to_say = not parent.is_deleted and parent.parent_id is not None
    assert staff.asked == [AskLinks((PARENT,)), *([AskEvents(PARENT)] if has_to_say else [])]


def test_a_chain_of_posts_that_are_there_is_followed_by_their_events() -> None:
    """Favorites were moved on twice without a deletion: each link has to have passed them on."""
    links = {PARENT: link(PARENT, 4, deleted=False), 4: link(4, GRANDPARENT, deleted=False)}
    moved = Staff({PARENT: AFTER, 4: AFTER}, links)
    assert judged(moved, absence(), new=(GRANDPARENT,)) == [Removal(CHILD, "moved_to_parent", GRANDPARENT)]
    assert moved.asked == [AskLinks((PARENT,)), AskEvents(PARENT), AskLinks((4,)), AskEvents(4)]
    assert judged(Staff({4: AFTER}, links), absence(), new=(GRANDPARENT,)) == [Removal(CHILD, "unfavorited")]
    assert judged(Staff({}, links, tells=False), absence(), new=(GRANDPARENT,)) == [Removal(CHILD, "unknown")]


def test_a_parent_that_the_site_does_not_show_leaves_the_reason_unknown() -> None:
    """Destroyed, or hidden: whether it was a favorite for a moment, nobody can say."""
    assert judged(Staff(), absence(), new=()) == [Removal(CHILD, "unknown")]


def test_an_undeleted_link_has_to_have_moved_its_favorites() -> None:
    """Its own events say so, or say that it did not."""
    links = {PARENT: link(PARENT, GRANDPARENT, deleted=False, fav_count=2)}
    moved = Staff({PARENT: AFTER}, links)
    assert judged(moved, absence(), new=(GRANDPARENT,)) == [Removal(CHILD, "moved_to_parent", GRANDPARENT)]
    assert moved.asked == [AskLinks((PARENT,)), AskEvents(PARENT)]
    assert judged(Staff({}, links), absence(), new=(GRANDPARENT,)) == [Removal(CHILD, "unfavorited")]
    assert judged(Staff({}, links, tells=False), absence(), new=(GRANDPARENT,)) == [Removal(CHILD, "unknown")]


def test_no_more_than_fifty_are_asked_about() -> None:
    """The others: unknown, or what the count says; those that only the events can tell are asked about first."""
    likely = [absence(100 + number, parent=OLD) for number in range(20)]
    undeleted = [absence(200 + number, deleted=False, parent=OLD) for number in range(45)]
    staff = Staff()
    reasons = [removal.reason for removal in judged(staff, *likely, *undeleted, new=())]
    assert len(staff.asked) == MOST_EVENTS
    assert reasons == ["unfavorited"] * 5 + ["moved_to_parent"] * 15 + ["unfavorited"] * 45
    more = [absence(200 + number, deleted=False, parent=OLD) for number in range(60)]
    reasons = [removal.reason for removal in judged(Staff(), *more, new=())]
    assert reasons == ["unfavorited"] * 50 + ["unknown"] * 10


def test_a_site_that_tells_no_events_is_asked_once() -> None:
    """Whatever there is to be known."""
    staff = Staff(tells=False)
    undeleted = [absence(200 + number, deleted=False, parent=OLD) for number in range(3)]
    assert [removal.reason for removal in judged(staff, *undeleted, new=())] == ["unknown"] * 3
    assert staff.asked == [AskEvents(200)]


def test_a_parent_that_leaves_as_well_is_followed() -> None:
    """Child and parent were both favorites, and both went to the grandparent."""
    staff = Staff(links={PARENT: link(PARENT, GRANDPARENT)})
    both = judged(staff, absence(), absence(PARENT, parent=GRANDPARENT), new=(GRANDPARENT,))
    assert both == [Removal(CHILD, "moved_to_parent", GRANDPARENT), Removal(PARENT, "moved_to_parent", GRANDPARENT)]


def test_what_has_a_reason_already_is_not_judged() -> None:
    """A queued change of the user's, or a post that was destroyed."""
    plan = PullPlan(removed=(Removal(CHILD, "pushed"), Removal(5, "destroyed")))
    steps = judge_removals([absence()], plan, limits=LIMITS, is_favorite=lambda _: True, last_known={})
    with pytest.raises(StopIteration) as end:
        next(steps)
    assert with_verdicts(plan, end.value.value) == plan


def test_a_public_list_is_judged_by_any_move() -> None:
    """What is missed twice was moved before the list was last known, as like as not."""
    gone = absence(deleted=False, gone=AbsenceReason.UNLISTED)
    steps = judge_removals(
        [gone],
        PullPlan(removed=(Removal(CHILD, "unlisted"),)),
        limits=LIMITS,
        is_favorite={CHILD, PARENT}.__contains__,
        last_known={},
    )
    assert next(steps) == AskEvents(CHILD)
    with pytest.raises(StopIteration) as end:
        steps.send(PostEvents((PostEvent(MOVED, BEFORE),)))
    assert end.value.value.moved == {CHILD: PARENT}
