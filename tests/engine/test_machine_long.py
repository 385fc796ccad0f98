"""The engine as a state machine: a site that lives its life, runs that fail in every way, and what always holds."""

import tempfile
from pathlib import Path

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from favsync.sandbox import Fault, Site, make_world
from favsync.sync.model import Action, OperationState
from tests.engine.rig import Rig

places = st.integers(0, 60)
faults = st.sampled_from(
    [
        Fault("html", status=503),
        Fault("cut_body", path="/favorites.json"),
        Fault("drop_after", method="POST"),
        Fault("drop_before", method="DELETE"),
        Fault("db_timeout", path="/favorites.json"),
        Fault("not_json", path="/posts.json"),
        Fault("status", status=429, retry_after=1),
    ]
)


class Backup(RuleBasedStateMachine):
    """Alice's favorites there and here."""

    @initialize(generation=st.sampled_from(["documented", "current"]))
    def begin(self, generation: str) -> None:
        self.folder = tempfile.TemporaryDirectory()
        world = make_world(
            generation="current" if generation == "current" else "documented", favorites=12, spare_posts=12
        )
        world.page_size = 5
        self.site = Site(world).start()
        self.rig = Rig(self.site, Path(self.folder.name) / "favsync.db")
        self.ever = set(self.rig.listing())
        self.wishes: dict[int, Action] = {}

    def teardown(self) -> None:
        if hasattr(self, "site"):
            self.site.stop()
            self.folder.cleanup()

    # ---- what happens on the site ----

    @rule(place=places)
    def favorited(self, place: int) -> None:
        posts = sorted(self.rig.world.posts)
        self.rig.world.favorite("alice", posts[place % len(posts)])
        self.ever.update(self.rig.listing())

    @rule(place=places)
    def unfavorited(self, place: int) -> None:
        listing = self.rig.listing()
        if listing:
            self.rig.world.unfavorite("alice", listing[place % len(listing)])

    @rule(place=places)
    def destroyed(self, place: int) -> None:
        posts = sorted(self.rig.world.posts)
        self.rig.world.destroy_post(posts[place % len(posts)])

    # ---- what the user does ----

    @rule(place=places, action=st.sampled_from([*Action]))
    def wished(self, place: int, action: Action) -> None:
        self.rig.queue((action, place + 1))
        self.wishes[place + 1] = action

    @rule(fault=faults, skip=st.integers(0, 8))
    def synced_in_trouble(self, fault: Fault, skip: int) -> None:
        """A run that may fail anywhere: it never removes what is a favorite."""
        self.site.fault(Fault(fault.kind, fault.path, fault.method, skip=skip, times=None, status=fault.status))
        self.rig.sync()
        self.site.clear_faults()
        self.ever.update(self.rig.listing())

    @rule()
    def synced(self) -> None:
        """A run without trouble: both lists are the same, and every wish has ended."""
        report = self.rig.sync()
        assert report.exit_code in (0, 3), report
        assert self.rig.favorites() == self.rig.listing()
        for post_id, operation in self.rig.operations().items():
            assert operation.state is not OperationState.PENDING
            if operation.state is OperationState.FAILED:
                assert post_id not in self.rig.world.posts
        self.ever.update(self.rig.listing())

    # ---- what always holds ----

    @invariant()
    def what_is_removed_was_no_favorite(self) -> None:
        """Everything that is a favorite there and was one here still is one here."""
        if not hasattr(self, "rig"):
            return
        events: dict[int, str] = {}
        for post_id, kind, _reason, _other in self.rig.events():
            assert events.get(post_id) != kind, "an event happened twice"
            events[post_id] = kind
        assert {post_id for post_id, kind in events.items() if kind == "added"} == set(self.rig.favorites())
        assert set(self.rig.favorites()) <= self.ever | {
            post_id for post_id, action in self.wishes.items() if action is Action.ADD
        }


TestBackup = Backup.TestCase
TestBackup.settings = settings(
    max_examples=400, stateful_step_count=15, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)
