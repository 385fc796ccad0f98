"""Whose doing a removal was: the user's, or the staff's, who move the favorites of a duplicate to its parent.

docs/site-api.md, "Moved favorites". The site's list only shows that a favorite is gone; its post says the rest, most
often:

    deleted, with a parent       fav_count above 0: the favorites were not moved, so the user took it out
                                 fav_count 0, and the parent came to the top since: moved
                                 fav_count 0, and the parent was a favorite before: its events tell
    child → parent → its parent  each link that is no favorite is asked about: deleted with a fav_count of 0, it passed
                                 its favorites on
    not deleted, with a parent   undeleted since, or moved without a deletion: its events tell

An event of a move counts when it is younger than the list that still had the favorite. Where it is not known, because
the site has no such events or too many would have to be asked for, the reason is `unknown`; but a deleted post without
favorites whose parent is a favorite is believed to have been moved even then.
"""

from collections.abc import Callable, Collection, Generator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final, TypeVar

from favsync.batches import batches
from favsync.core.listing.effects import NoResult, PostState, PostStates
from favsync.core.listing.result import Absence
from favsync.core.listing.untouched import COMMIT_WITHIN
from favsync.core.plan import PullPlan, Removal
from favsync.model import SiteLimits
from favsync.timestamps import earlier

MOST_EVENTS: Final = 50
"""Posts of which one run asks for the events: a minute, at one request a second."""

MOST_LINKS: Final = 5
"""Parents of parents that are followed. Staff moves favorites twice at times, and hardly ever oftener."""

MOVED: Final = "favorites_moved"
"""What the event of a post is called whose favorites went to its parent."""


@dataclass(frozen=True, slots=True)
class PostEvent:
    """One thing that was done to a post: `action` as the site names it, and when (UTC)."""

    action: str
    at: str


@dataclass(frozen=True, slots=True)
class AskEvents:
    """What was done to this post, the newest first."""

    post_id: int


@dataclass(frozen=True, slots=True)
class AskLinks:
    """What the site says of these parents, which are no favorites; nothing of it is kept. At most a hundred."""

    post_ids: tuple[int, ...]


@dataclass(frozen=True, slots=True)
class PostEvents:
    """The result of `AskEvents`."""

    events: tuple[PostEvent, ...]


VerdictEffect = AskEvents | AskLinks
VerdictResult = PostEvents | PostStates | NoResult
T = TypeVar("T")
Judging = Generator[VerdictEffect, VerdictResult, T]


@dataclass(frozen=True, slots=True)
class Verdicts:
    """What became of favorites that seemed to be taken out by the user, as far as it was something else."""

    moved: Mapping[int, int]
    """To which favorite of today."""
    unknown: frozenset[int] = frozenset()


@dataclass(frozen=True, slots=True)
class _Case:
    """A favorite that may have been moved, and the posts whose events have to agree that it was."""

    post_id: int
    target: int
    witnesses: tuple[int, ...]
    is_likely: bool
    """True: without events it is believed to have been moved."""


def judge_removals(
    absences: Sequence[Absence],
    plan: PullPlan,
    *,
    limits: SiteLimits,
    is_favorite: Callable[[int], bool],
    last_known: Mapping[int, str],
) -> Judging[Verdicts]:
    """Judge the removals of a plan that nothing but an absence stands for.

    `limits` are how much the site answers at once. `is_favorite` tells of any post whether the list had it before this
    plan. `last_known` is how far the site's clock had come when the list was last known to have a post, where that can
    be said: an older move proves nothing.
    """
    reasonless = {removal.post_id for removal in plan.removed if removal.reason in ("unfavorited", "unlisted")}
    gone = {removal.post_id for removal in plan.removed}
    new = {addition.post_id for addition in plan.added}
    judge = _Judge(
        lambda post_id: post_id in new or (post_id not in gone and is_favorite(post_id)),
        new,
        last_known,
        limits,
    )
    return (yield from judge.run([absence for absence in absences if absence.post_id in reasonless]))


def with_verdicts(plan: PullPlan, verdicts: Verdicts) -> PullPlan:
    """Return the plan with the reasons that were found."""
    if not verdicts.moved and not verdicts.unknown:
        return plan
    found = {post_id: Removal(post_id, "unknown") for post_id in verdicts.unknown}
    found |= {post_id: Removal(post_id, "moved_to_parent", parent) for post_id, parent in verdicts.moved.items()}
    return replace(plan, removed=tuple(found.get(removal.post_id, removal) for removal in plan.removed))


class _Judge:
    """The state of one judgement."""

    def __init__(
        self,
        is_listed: Callable[[int], bool],
        new: Collection[int],
        last_known: Mapping[int, str],
        limits: SiteLimits,
    ) -> None:
        self.limits = limits
        self.is_listed = is_listed
        self.new = new
        self.last_known = last_known
        self.moved: dict[int, int] = {}
        self.unknown: set[int] = set()
        self.last_moves: dict[int, str] = {}
        """When the favorites of a post were last moved, by its events; before all times: never."""
        self.are_reported = True
        """False once the site would not tell events: it is not asked again."""

    def run(self, absences: Sequence[Absence]) -> Judging[Verdicts]:
        cases: list[_Case] = []
        chains: list[Absence] = []
        for absence in absences:
            # Neither deleted nor undeleted since it was a favorite, or deleted with its favorites: it was taken out.
            is_told = absence.fav_count is not None if absence.is_deleted else not absence.has_changed
            if absence.parent_id is None or (is_told and absence.fav_count != 0):
                continue
            if not self.is_listed(absence.parent_id):
                chains.append(absence)
            elif absence.is_deleted and absence.fav_count == 0 and absence.parent_id in self.new:
                self.moved[absence.post_id] = absence.parent_id
            else:
                is_likely = absence.is_deleted and absence.fav_count == 0
                cases.append(_Case(absence.post_id, absence.parent_id, (absence.post_id,), is_likely))
        cases += yield from self._follow([chain for chain in chains if chain.is_deleted or chain.has_changed])
        for case in sorted(cases, key=lambda case: case.is_likely):  # those first that nothing else can tell
            said: list[bool | None] = []
            for witness in case.witnesses:
                said.append((yield from self._says_moved(witness, case.post_id)))
            if False in said:
                continue
            if None not in said or case.is_likely:
                self.moved[case.post_id] = case.target
            else:
                self.unknown.add(case.post_id)
        return Verdicts(self.moved, frozenset(self.unknown))

    def _follow(self, chains: Sequence[Absence]) -> Judging[list[_Case]]:
        """Follow parents that are no favorites to one that is; return what the events still have to say."""
        cases: list[_Case] = []
        ends: dict[int, tuple[int, tuple[int, ...]]] = {
            chain.post_id: (chain.parent_id or 0, () if chain.is_deleted else (chain.post_id,)) for chain in chains
        }
        for _ in range(MOST_LINKS):
            states = yield from self._ask_links(sorted({parent for parent, _ in ends.values()}))
            following: dict[int, tuple[int, tuple[int, ...]]] = {}
            for post_id, (parent, witnesses) in ends.items():
                state = states.get(parent)
                if state is None:
                    self.unknown.add(post_id)
                elif state.parent_id is None or (state.is_deleted and (state.fav_count or 0) > 0):
                    pass  # it would have to be a favorite now: somebody took out the one or the other
                elif self.is_listed(state.parent_id):
                    to_ask = witnesses if state.is_deleted else (*witnesses, parent)
                    if not to_ask and state.parent_id in self.new:
                        self.moved[post_id] = state.parent_id
                    else:
                        cases.append(_Case(post_id, state.parent_id, to_ask or (post_id,), False))
                elif state.is_deleted:
                    following[post_id] = (state.parent_id, witnesses)
                elif (was_moved := (yield from self._says_moved(parent, post_id))) is None:
                    self.unknown.add(post_id)
                elif was_moved:
                    following[post_id] = (state.parent_id, (*witnesses, parent))
            ends = following
            if not ends:
                return cases
        self.unknown.update(ends)
        return cases

    def _ask_links(self, post_ids: Sequence[int]) -> Judging[dict[int, PostState]]:
        states: dict[int, PostState] = {}
        for batch in batches(post_ids, self.limits.ids_per_query):
            result = yield AskLinks(tuple(batch))
            if isinstance(result, PostStates):
                states.update((state.post_id, state) for state in result.posts)
        return states

    def _says_moved(self, witness: int, post_id: int) -> Judging[bool | None]:
        """Tell whether those of `witness` were moved since `post_id` was last known to be a favorite; None: unknown."""
        if witness not in self.last_moves:
            if not self.are_reported or len(self.last_moves) >= MOST_EVENTS:
                return None
            result = yield AskEvents(witness)
            if not isinstance(result, PostEvents):
                self.are_reported = False
                return None
            moves = (event.at for event in result.events if event.action == MOVED)
            self.last_moves[witness] = max(moves, default="")
        since = self.last_known.get(post_id)
        return self.last_moves[witness] > ("" if since is None else earlier(since, COMMIT_WITHIN))
