"""The engine as a state machine: a site that lives its life, runs that fail in every way, and what always holds.

CI runs a few thousand steps of it (`test_machine.py`). A long run by hand:

    python -m tests.app.machine --steps 100000 --seed 1
"""

import argparse
import os
import shutil
import signal
import sqlite3
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path
from threading import Event
from typing import ClassVar

from hypothesis import HealthCheck, Phase, seed, settings
from hypothesis import strategies as st
from hypothesis.stateful import initialize, invariant, precondition, rule, run_state_machine_as_test

from favsync.app.listener import Observer
from favsync.app.sync.report import SyncReport
from favsync.clock import as_text
from favsync.model import Action, OperationState, RunOutcome
from favsync.sandbox import Exchange, Fault, Site, make_world
from favsync.sandbox.layouts import ShapeSwitch
from favsync.store.database import Database
from favsync.store.history import load_list_as_of
from favsync.store.operations import cancel_operations
from tests.app.checking import found_in
from tests.app.machine_files import Files
from tests.app.rig import MORNING, Rig
from tests.app.zygote import Zygote

places = st.integers(0, 60)
moments = st.integers(0, 12)
FAULTS = [
    Fault("html", status=503),
    Fault("html"),
    Fault("cut_body", path="/favorites.json"),
    Fault("drop_after", method="POST"),
    Fault("drop_before", method="DELETE"),
    Fault("drop_after", method="DELETE"),
    Fault("db_timeout", path="/favorites.json"),
    Fault("db_timeout", path="/posts.json"),
    Fault("db_timeout", path="/posts/*.json"),
    Fault("not_json", path="/posts.json"),
    Fault("wrong_shape", path="/favorites.json"),
    Fault("status", path="/favorites.json", status=200, body='{"posts":[]}'),
    Fault("status", path="/posts.json", status=200, body='{"posts":[]}'),
    Fault("status", status=429, retry_after=1),
    Fault("search_timeout", path="/favorites.json"),
    Fault("search_timeout", path="/posts.json"),
    Fault("db_down"),
    Fault("html", path="/posts/*.json", status=403),
    Fault("status", path="/posts/*.json", status=200, body="[]"),
]
BELIEVED = 2
"""Removals that a guarded run believes."""
SPARE_POSTS = 12
"""Posts that are nobody's favorite at first."""


@cache
def zygote() -> Zygote:
    """One for all examples of a process."""
    return Zygote()


@cache
def template() -> Path:
    """A database with nothing in it: to make one takes longer than a whole example."""
    path = Path(tempfile.mkdtemp(prefix="favsync-machine-")) / "empty.db"
    Database.open(path).close()
    return path


class Interrupted(Observer):
    """Somebody presses Ctrl-C after so many reports of progress."""

    def __init__(self, after: int) -> None:
        self.left = after

    def pushing(self, done: int, total: int) -> None:
        self._tick()

    def reading(self, seen: int, expected: int | None) -> None:
        self._tick()

    def _tick(self) -> None:
        self.left -= 1
        if self.left < 0:
            raise KeyboardInterrupt


class Backup(Files):
    """Alice's favorites there and here."""

    steps: ClassVar[Counter[str]] = Counter()
    """How often each rule was applied, over all examples."""

    @initialize(
        generation=st.sampled_from(["documented", "current"]),
        public=st.sampled_from([False, False, False, True]),
        favorites=st.integers(0, 30),
        page_size=st.integers(2, 9),
        tied=st.sampled_from([0, 0, 0, 4, 9]),
        below=st.integers(0, 10),
        has_files=st.sampled_from([False, False, True]),
    )
    def begin(  # noqa: PLR0917 - the strategies above are named alike
        self, generation: str, public: bool, favorites: int, page_size: int, tied: int, below: int, has_files: bool
    ) -> None:
        self.has_files = has_files
        self.folder = tempfile.TemporaryDirectory()
        self.now = MORNING
        world = make_world(
            generation="current" if generation == "current" else "documented",
            favorites=favorites,
            spare_posts=SPARE_POSTS,
            clock=lambda: self.now,
        )
        world.page_size = page_size
        self.world = world
        self._tie(tied, below)
        self.site = Site(world).start()
        path = Path(self.folder.name) / "favsync.db"
        shutil.copy(template(), path)
        self.rig = Rig(self.site, path, public=public)
        self.database = self.rig.database = Database.open(
            path
        )  # one for all, or opening it would take half of the time
        self.has_ties = bool(self.tied)
        """Where it has, a walk through a list that moves, or over two days, can put others into a wrong order, too."""
        self.was_favorite = set(self.rig.listing())
        self.absent: set[int] = set()
        """Posts that were no favorites at some moment of this step."""
        self.left: set[int] = set()
        """Posts that were no favorites at some moment since the last event about them."""
        self.here_before: set[int] = set()
        self.by_user: set[int] = set()
        """Posts that the user had a hand in, or asked for: why they went can be the one or the other."""
        self.moved_to: dict[int, int] = {}
        """Where staff moved the favorites of a post, the last time."""
        self.events_seen = 0
        self.wrong_writes = 0
        self.queued_changes = 0
        self.snapshots: dict[int, list[int]] = {}
        self.site.after = self._observe

    def _tie(self, number: int, below: int) -> None:
        """Give some neighbours in the list one time."""
        listing = self.world.listing("alice")[below : below + number]
        if len(listing) < 2:
            self.tied: set[int] = set()
            return
        rows = self.world.user("alice").favorites
        moment = MORNING - timedelta(days=1, minutes=10 * (below + number))
        for post_id in listing:
            rows.remove(post_id)
            self.world.posts[post_id].fav_count -= 1
        for post_id in reversed(listing):
            self.world.favorite("alice", post_id, at=moment)
        self.tied = set(listing)

    def teardown(self) -> None:
        if hasattr(self, "site"):
            self._everything_can_be_gone_back_to()
            assert found_in(self.rig.path) == []
            self.database.close()
            self.site.stop()
            self.folder.cleanup()

    # ---- what happens on the site ----

    def _count(self, name: str) -> None:
        self.steps[name] += 1
        self.now += timedelta(hours=3)

    def _change(self, kind: str, place: int) -> None:
        """Let one thing happen to the favorites, or to a post."""
        with self.world.lock:
            posts, listing = sorted(self.world.posts), self.rig.listing()
            post_id = posts[place % len(posts)]
            favorite = listing[place % len(listing)] if listing else post_id
            match kind:
                case "favorite":
                    self.by_user.add(post_id)
                    self.world.favorite("alice", post_id)
                case "unfavorite":
                    self.by_user.add(favorite)
                    self.world.unfavorite("alice", favorite)
                case "readd":
                    self.by_user.add(favorite)
                    self.world.unfavorite("alice", favorite)
                    self._look()
                    self.world.favorite("alice", favorite)
                case "destroy" if len(posts) > 2:
                    self.world.destroy_post(post_id)
                case "transfer" | "chain" | "moved" | "moved back":
                    self._move(kind, favorite, posts, place)
                case "undelete":
                    deleted = [post_id for post_id in posts if self.world.posts[post_id].deleted]
                    if deleted:
                        self.world.undelete_post(deleted[place % len(deleted)])
                case "delete":
                    self.world.delete_post(favorite)
                case "edit":
                    self.world.edit_post(favorite, description=f"rewritten at {self.now}")
                case "count" if not self.rig.public:  # of a public list, a count that is too high keeps what is gone
                    self.world.drift("alice", 1 if place % 2 else -1)
            self._look()

    def _move(self, kind: str, favorite: int, posts: list[int], place: int) -> None:
        """Staff moves favorites to a parent: of a duplicate, on to the parent's parent, or of a post that stays."""
        parent, grandparent = posts[(place + 1) % len(posts)], posts[(place + 2) % len(posts)]
        if len({favorite, parent, grandparent}) < 3:
            return
        if kind == "moved":
            self.world.set_parent(favorite, parent)
            self.world.move_favorites(favorite, parent)
        else:
            self.world.transfer_favorites(favorite, parent)
        if kind == "chain":
            self.world.transfer_favorites(parent, grandparent)
        if kind == "moved back":
            self.world.undelete_post(favorite)
        self.moved_to[favorite] = parent
        if kind == "chain":
            self.moved_to[parent] = grandparent

    def _expect_moves(self) -> dict[int, list[int]]:
        """Favorites that are gone for the one reason that staff moved them, and on which way: its end is one now."""
        there = set(self.rig.listing())
        ways: dict[int, list[int]] = {}
        for post_id in set(self.rig.favorites()) - there - self.by_user:
            seen, at, way = {post_id}, post_id, list[int]()
            while at in self.moved_to and self.moved_to[at] not in seen and self._is_child(at):
                at = self.moved_to[at]
                seen.add(at)
                way.append(at)
                if at in there:
                    if not seen & self.world.hidden_pending and len(seen) <= 4:
                        ways[post_id] = way
                    break
        return ways

    def _is_child(self, post_id: int) -> bool:
        """Whether a post is there, and still the child of the one that it was moved to."""
        return post_id in self.world.posts and self.world.posts[post_id].parent_id == self.moved_to[post_id]

    def _look(self) -> None:
        """Remember which favorites there are at this moment."""
        listing = set(self.rig.listing())
        gone = (self.was_favorite | set(self.world.posts)) - listing
        self.absent |= gone
        self.left |= gone
        self.tied -= gone
        self.was_favorite |= listing

    def _observe(self, exchange: Exchange) -> None:
        """Called by the site with each exchange: it is only ever written to for a queued change that waits."""
        self._look()
        if exchange.method != "GET" and exchange.post_id is not None and exchange.fault is None:
            self.wrong_writes += not self._waits(exchange)

    def _waits(self, exchange: Exchange) -> bool:
        action = "add" if exchange.method == "POST" else "remove"
        with closing(sqlite3.connect(self.rig.path)) as connection:
            waiting = "SELECT count(*) FROM operations WHERE post_id = ? AND action = ? AND state = 'pending'"
            (found,) = connection.execute(waiting, (exchange.post_id, action)).fetchone()
        return bool(found)

    moves = st.sampled_from(["transfer", "chain", "moved", "moved back", "undelete"])
    changes = st.sampled_from(
        [
            *("favorite", "favorite", "unfavorite", "unfavorite", "readd", "destroy", "delete", "edit", "count"),
            *("transfer", "chain", "moved", "moved back", "undelete"),
        ]
    )

    @rule(happenings=st.lists(st.tuples(changes, places), min_size=1, max_size=4))
    def happened(self, happenings: list[tuple[str, int]]) -> None:
        for kind, place in happenings:
            self._count(f"happened: {kind}")
            self._change(kind, place)

    @rule(size=st.integers(1, 12))
    def pages_changed(self, size: int) -> None:
        """The user sets another page size on the site, and an old server obeys that alone."""
        self._count("page size")
        self.world.page_size = size

    @rule(day=st.integers(0, 5))
    def another_day(self, day: int) -> None:
        """Favorites of one time come in another order."""
        self._count("another day")
        self.world.tie_salt = day

    @rule(shape=st.sampled_from(["asked", "v2", "flipping", "mixed"]))
    def told_in_another_shape(self, shape: ShapeSwitch) -> None:
        """From now on posts are laid out otherwise: today's way, the announced one, or both in turn."""
        self._count(f"shape: {shape}")
        self.world.shape = shape

    @rule(place=places, favorite=st.booleans())
    def hidden_while_pending(self, place: int, favorite: bool) -> None:
        """A post is shown in lists only: no search has it, and asked for it the site says 403."""
        self._count("hidden pending")
        listing = self.rig.listing() if favorite else []
        posts = listing or sorted(self.world.posts)
        with self.world.lock:
            post_id = posts[place % len(posts)]
            self.world.posts[post_id].pending = True
            self.world.edit_post(post_id)
            self.world.hidden_pending.add(post_id)

    @rule()
    def approved(self) -> None:
        """What was hidden is approved, which is a change of the post, and shown."""
        self._count("approved")
        with self.world.lock:
            for post_id in self.world.hidden_pending & self.world.posts.keys():
                self.world.posts[post_id].pending = False
                self.world.edit_post(post_id)
            self.world.hidden_pending.clear()

    @rule(status=st.sampled_from([None, None, 404, 403, 500]))
    def records_refused(self, status: int | None) -> None:
        """From now on the server tells, or does not, what its staff did."""
        self._count("records refused")
        self.world.records_answer = status

    @rule()
    def flushed(self) -> None:
        """All favorites are cleared."""
        self._count("flushed")
        self.by_user.update(self.rig.listing())
        self.world.flush("alice")
        self._look()

    # ---- what the user does ----

    @precondition(lambda self: hasattr(self, "rig") and not self.rig.public)
    @rule(place=places, action=st.sampled_from([*Action]))
    def change_queued(self, place: int, action: Action) -> None:
        self._count("change queued")
        self.by_user.add(place + 1)
        (queued_change,) = self.rig.queue((action, place + 1))
        self.queued_changes = max(self.queued_changes, queued_change.id)

    @precondition(lambda self: hasattr(self, "rig") and not self.rig.public)
    @rule(back=st.integers(0, 5))
    def cancelled(self, back: int) -> None:
        self._count("cancelled")
        with self.database.write() as conn:
            cancel_operations(conn, [self.queued_changes - back], at=as_text(self.now))

    # ---- runs that do not go as they should ----

    def _sync(self, **options: object) -> SyncReport:
        self.rig.now = self.now
        return self.rig.sync(**options)  # type: ignore[arg-type]  # named where it is called

    @rule(fault=st.sampled_from(FAULTS), skip=moments, times=st.sampled_from([1, None]))
    def synced_in_trouble(self, fault: Fault, skip: int, times: int | None) -> None:
        self._count("run in trouble")
        self.site.fault(replace(fault, skip=skip, times=times))
        self._sync()
        self.site.clear_faults()

    @rule(kinds=st.lists(st.tuples(moments, changes, places), min_size=1, max_size=4), full=st.booleans())
    def synced_while_the_list_moves(self, kinds: list[tuple[int, str, int]], full: bool) -> None:
        self._count("run on a moving list")
        waiting = sorted(kinds)
        number = 0

        def move(_exchange: Exchange) -> None:
            nonlocal number
            while waiting and waiting[0][0] <= number:
                _, kind, place = waiting.pop(0)
                self._change(kind, place)
            number += 1

        with self._hook("before", move):
            self._sync(full=full)

    @rule(after=moments)
    def interrupted(self, after: int) -> None:
        self._count("run interrupted")
        try:
            self._sync(observer=Interrupted(after))
        except KeyboardInterrupt:
            self.steps["interrupted in time"] += 1

    @rule(number=st.integers(1, 12), moment=st.sampled_from(["before", "after"]), full=st.booleans())
    def killed_at_a_request(self, number: int, moment: str, full: bool) -> None:
        """SIGKILL, when the site has read a request, or has done what it asks."""
        self._count("run killed at a request")
        started = Event()
        pid = 0

        def kill(_exchange: Exchange) -> None:
            nonlocal number
            number -= 1
            if number == 0:
                started.wait()
                os.kill(pid, signal.SIGKILL)
            self._look()

        with self._hook(moment, kill):
            pid = zygote().start(**self._job(full), commit=0, moment="")
            started.set()
            assert zygote().wait() != 99

    @rule(number=st.integers(1, 14), moment=st.sampled_from(["before", "after"]), full=st.booleans())
    def killed_at_a_commit(self, number: int, moment: str, full: bool) -> None:
        self._count("run killed at a commit")
        zygote().start(**self._job(full), commit=number, moment=moment)
        assert zygote().wait() != 99

    def _zygote(self) -> Zygote:
        return zygote()

    def _job(self, full: bool) -> dict[str, object]:
        return {"path": str(self.rig.path), "url": self.site.url, "now": self.now.isoformat(), "full": full}

    @contextmanager
    def _hook(self, moment: str, call: Callable[[Exchange], None]) -> Iterator[None]:
        before, after = self.site.before, self.site.after

        def both(exchange: Exchange) -> None:
            call(exchange)
            if moment == "after" and after is not None:
                after(exchange)

        setattr(self.site, moment, both)
        try:
            yield
        finally:
            self.site.before, self.site.after = before, after

    @rule()
    def synced_with_a_wrong_key(self) -> None:
        self._count("wrong key")
        self.world.set_api_key("alice", "another")
        report = self._sync()
        assert self.rig.public or report.exit_code == 4
        self.world.set_api_key("alice", "alice-key")

    @rule()
    def synced_while_hidden(self) -> None:
        self._count("hidden")
        self.world.set_hidden("alice", True)
        self._sync()
        self.world.set_hidden("alice", False)

    @rule(places=st.sets(places, max_size=4), from_search=st.booleans())
    def synced_through_a_filter(self, places: set[int], from_search: bool) -> None:
        """Pages are short, and perhaps the search knows as little."""
        self._count("filtered")
        listing = self.rig.listing()
        if listing:
            self.world.filtered = {listing[place % len(listing)] for place in places}
            self.world.unindexed = set(self.world.filtered) if from_search else set()
        self._sync()
        self.world.filtered, self.world.unindexed = set(), set()

    @rule(kind=changes, place=places)
    def synced_while_the_index_lags(self, kind: str, place: int) -> None:
        self._count("lagging index")
        self.world.freeze_index()
        self._change(kind, place)
        self._sync()
        self.world.thaw_index()

    @rule()
    def synced_without_the_search(self) -> None:
        self._count("search down")
        self.world.search_down = True
        assert self._sync().exit_code == 5
        self.world.search_down = False

    @rule()
    def synced_under_guard(self) -> None:
        self._count("guarded")
        before = set(self.rig.favorites())
        report = self._sync(allowed_removals=lambda _of: BELIEVED)
        if report.exit_code == 6:
            assert report.outcome is RunOutcome.REFUSED
            assert before <= set(self.rig.favorites())

    @rule(full=st.booleans())
    def planned(self, full: bool) -> None:
        """A dry run writes nothing."""
        self._count("dry run")
        before = self.rig.dump()
        self._sync(dry_run=True, full=full)
        assert self.rig.dump() == before

    # ---- runs that do ----

    @rule(full=st.sampled_from([False, False, False, True]), weeks=st.sampled_from([0, 0, 0, 1]))
    def synced(self, full: bool, weeks: int) -> None:
        self._undisturbed(full=full, weeks=weeks)

    @rule(kinds=st.lists(st.tuples(moves, places), min_size=1, max_size=3))
    def moved_by_staff(self, kinds: list[tuple[str, int]]) -> None:
        """The run after it says so of each favorite that nobody else had a hand in."""
        self._undisturbed()
        self.by_user -= set(self.rig.listing())  # what comes now has no other cause
        for kind, place in kinds:
            self._count(f"by staff: {kind}")
            self._change(kind, place)
        self._undisturbed()

    @rule()
    def a_quiet_night(self) -> None:
        """Nothing happens between two runs: the second costs little and finds nothing."""
        self._undisturbed()
        before = self.rig.dump()
        report = self._undisturbed()
        news = (report.added, report.removed - len(self.missed), report.moved, report.changed)
        assert news == (0, 0, 0, 0), report
        is_steady = self.world.shape in {"asked", "v2"}  # else the same answer comes in another shape
        if not self.missed and report.removed == 0 and report.kind == "incremental" and is_steady:
            assert self.rig.dump() == before

    def _undisturbed(self, *, full: bool = False, weeks: int = 0) -> SyncReport:
        """Both lists are the same afterwards, in order, and every queued change has ended."""
        self._count("undisturbed run")
        self.now += timedelta(weeks=weeks)
        if not self.rig.listing():
            self.world.user("alice").drift = 0  # an empty list is believed only with a count of 0
        marked = "SELECT post_id FROM favorites WHERE absent_since_run_id IS NOT NULL"
        self.missed = {post_id for (post_id,) in self.rig.rows(marked)}
        is_resumed = self.rig.rows("SELECT count(*) FROM reading_steps") != [(0,)]
        moves, events = self._expect_moves(), len(self.rig.events())
        report = self._sync(full=full)
        if self.rig.public and report.outcome is RunOutcome.INCOMPLETE and self.world.hidden_pending:
            # In the list and in no search, with a count that was off once: until it is shown, nobody can tell.
            assert report.removed == 0
            self.approved()
            report = self._sync(full=full)
        self.steps[f"undisturbed: {report.kind}"] += 1
        assert report.exit_code in (0, 3), report
        assert report.outcome is RunOutcome.COMPLETE, report
        absent = {post_id for (post_id,) in self.rig.rows(marked)}
        for post_id, kind, reason, other in self.rig.events()[events:]:
            if kind == "removed" and post_id in moves:
                is_told = self.world.records_answer is None
                *links, end = moves[post_id]
                # One that the list has lost as well stays until it is missed twice, and is the favorite till then.
                may_be = {("moved_to_parent", at) for at in (*(absent.intersection(links)), end)}
                may_be |= set() if is_told else {("unknown", None)}
                assert (reason, other) in may_be, f"post {post_id} was moved, and is said to be {reason} ({other})"
                self.steps["moves explained"] += 1
        there, hidden = self.rig.listing(), set(report.unavailable)
        if self.has_ties:  # such a favorite can be on no page that was read, and then nothing else shows it
            hidden -= set(there) & self.world.hidden_pending
        assert hidden <= self.world.hidden_pending - set(there), "only what is hidden, and was missed, is left open"
        assert bool(hidden) <= (report.exit_code == 3), report
        here = [post_id for post_id in self.rig.favorites() if post_id not in absent | hidden]
        assert sorted(here) == sorted(there)
        if not self.has_ties:
            assert here == there
        elif report.kind == "full" and not is_resumed:
            self._check_order(here, there)
        assert absent.isdisjoint(self.missed), "gone twice, and still here"
        for post_id, operation in self.rig.operations().items():
            assert operation.state is not OperationState.PENDING
            if operation.state is OperationState.FAILED:
                assert post_id not in self.world.posts or operation.attempts > 1
        fresh = dict(self.rig.rows("SELECT id, change_seq FROM posts"))
        for post_id in set(there) - self.world.hidden_pending:
            assert fresh[post_id] == self.world.posts[post_id].change_seq, f"post {post_id} is not up to date"
        return report

    def _check_order(self, here: list[int], there: list[int]) -> None:
        """The order is right but for favorites that share one time, are taken to, or were never shown by a page."""
        loose = {
            post_id for (post_id,) in self.rig.rows("SELECT post_id FROM favorites WHERE is_tied OR NOT is_placed")
        }
        loose |= self.tied
        assert [post_id for post_id in here if post_id not in loose] == [p for p in there if p not in loose]

    # ---- what always holds ----

    @invariant()
    def what_is_removed_was_no_favorite(self) -> None:
        """No removal of what was a favorite at that moment, no favorite lost, and the events replay to the list."""
        if not hasattr(self, "rig"):
            return
        self._look()
        here = self.rig.favorites()
        events = self.rig.events()
        for post_id, kind, reason, _other in events[self.events_seen :]:
            if kind == "removed":
                where = self.left if reason == "added_again" else self.absent
                assert post_id in where, f"post {post_id} was removed ({reason}), and was a favorite all the while"
        lost = (self.here_before - set(here)) - self.absent
        assert not lost, f"lost without having gone: {lost}"
        replayed: dict[int, str] = {}
        for post_id, kind, _reason, _other in events:
            assert replayed.get(post_id) != kind, "an event happened twice"
            replayed[post_id] = kind
        assert {post_id for post_id, kind in replayed.items() if kind == "added"} == set(here)
        assert set(here) <= self.was_favorite
        assert self.wrong_writes == 0, "the site was written to without a queued change"
        # One that left while a run was at work may have done so after that run had seen it.
        self.left -= {post_id for post_id, *_ in events[self.events_seen :]} - self.absent
        self.events_seen = len(events)
        self.absent.clear()
        self.here_before = set(here)
        self._remember(here)

    def _remember(self, here: list[int]) -> None:
        """The list as of the newest run is what is kept now."""
        ((run_id,),) = self.rig.rows("SELECT max(id) FROM runs")
        if run_id is not None:
            self.snapshots[run_id] = here
            assert self._as_of(run_id) == here

    def _everything_can_be_gone_back_to(self) -> None:
        """The list as of each earlier run is what was kept then, in order."""
        for run_id, here in self.snapshots.items():
            assert self._as_of(run_id) == here

    def _as_of(self, run_id: int) -> list[int]:
        with self.database.read() as conn:
            return load_list_as_of(conn, 1, run_id)


def settings_of(examples: int, steps: int, *, is_random: bool = False) -> settings:
    """The settings of a run of so many examples of so many steps each; the same ones each time unless `is_random`.

    Nothing is made shorter after a failure: that would take many times as long as the run.
    """
    return settings(
        max_examples=examples,
        stateful_step_count=steps,
        deadline=None,
        derandomize=not is_random,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=[*HealthCheck],
    )


def main() -> int:
    """Run so many steps, and tell what was done."""
    parser = argparse.ArgumentParser(prog="python -m tests.app.machine")
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--seed", type=int, default=1, help="of the first fifty examples; the next ones count up")
    given = parser.parse_args()
    started, number = time.monotonic(), given.seed
    while Backup.steps.total() < given.steps:
        run_state_machine_as_test(seed(number)(Backup), settings=settings_of(50, 50, is_random=True))
        elapsed = time.monotonic() - started
        print(f"seed {number}: {Backup.steps.total():,} steps in {elapsed:,.0f} s", flush=True)
        number += 1
    for name, times in sorted(Backup.steps.items()):
        print(f"{times:>8,}  {name}")
    return 0


if __name__ == "__main__":
    sys.exit(main())
