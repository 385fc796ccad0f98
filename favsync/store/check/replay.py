"""The history of one account played again from its first event, and held against its runs and against today's list."""

import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final, NamedTuple

from favsync.store.check.findings import Finding, repairable

_ADDED: Final = frozenset({"listed", "pushed", "added_again"})
_REMOVED: Final = frozenset(
    {"unfavorited", "pushed", "moved_to_parent", "destroyed", "unlisted", "added_again", "unknown"}
)
_BACKUP: Final = "Restore it from a backup."
_RESYNC: Final = "'favsync sync --full' reads today's list from the site."
_EVENTS: Final = """
SELECT id, post_id, kind, reason, related_post_id, sort_key, run_id, happened_at
FROM favorite_events WHERE account_id = ? ORDER BY id
"""
_PLACEMENTS: Final = "SELECT post_id, run_id, sort_key FROM favorite_placements WHERE account_id = ? ORDER BY run_id"
_FAVORITES: Final = """
SELECT post_id, sort_key, first_seen_at, run_id, absent_since_run_id FROM favorites WHERE account_id = ?
"""
_RUNS: Final = "SELECT id, outcome, total, added, removed FROM runs WHERE account_id = ? ORDER BY id"


class _Event(NamedTuple):
    """One row of `favorite_events`."""

    id: int
    post_id: int
    kind: str
    reason: str
    related_post_id: int | None
    sort_key: int | None
    run_id: int
    happened_at: str


@dataclass(slots=True)
class Listed:
    """A favorite as the history ends with it."""

    sort_key: int
    run_id: int
    """The run that last placed it."""
    first_seen_at: str


@dataclass(slots=True)
class _OfARun:
    """What the events of one run come to."""

    added: int = 0
    removed: int = 0
    size: int = 0
    """Favorites after it."""
    happened_at: str | None = None


@dataclass
class Replay:
    """The history of one account. `play` has to be exhausted before the rest is asked for."""

    conn: sqlite3.Connection
    account_id: int
    name: str
    favorites: dict[int, Listed] = field(default_factory=dict)
    """The list that the history ends with, by post."""
    is_clean: bool = True
    """The events agree with each other and with the runs."""
    _runs: dict[int, _OfARun] = field(default_factory=dict)
    _own: frozenset[int] = frozenset()
    _again: dict[int, str] = field(default_factory=dict)
    """Favorites that are being added again: when each was first seen."""
    _parents: list[tuple[int, int]] = field(default_factory=list)
    """Events of the run at hand, and the parents that favorites moved to."""

    def play(self) -> Iterator[Finding]:
        """Play every event, and find those that cannot be, and runs that say otherwise."""
        self._own = frozenset(row[0] for row in self.conn.execute(_RUNS, (self.account_id,)))
        for finding in self._play():
            self.is_clean = False
            yield finding

    def _play(self) -> Iterator[Finding]:
        last_run = 0
        for event in map(_Event._make, self.conn.execute(_EVENTS, (self.account_id,))):
            said = self._problem(event)
            if said is None and event.run_id < last_run:
                said = "belongs to an earlier run than the event before it"
            if said is not None:
                words = f"{self.name}: event {event.id}, post {event.post_id} {event.kind}, {said}. {_BACKUP}"
                yield Finding("event-impossible", f"favorite_events, row {event.id}", words)
            if event.run_id != last_run:
                yield from self._look_for_parents()
            last_run = max(last_run, event.run_id)
            yield from self._apply(event)
        yield from self._look_for_parents()
        for post_id, run_id, key in self.conn.execute(_PLACEMENTS, (self.account_id,)):
            if run_id not in self._own:
                words = f"{self.name}: post {post_id} was placed by run {run_id}, which is not one of the account."
                where = f"favorite_placements, post {post_id}, run {run_id}"
                yield Finding("event-impossible", where, f"{words} {_BACKUP}")
            listed = self.favorites.get(post_id)
            if listed is not None and run_id > listed.run_id:
                listed.sort_key, listed.run_id = key, run_id
        yield from self._hold_against_runs()

    def _problem(self, event: _Event) -> str | None:
        is_add = event.kind == "added"
        if is_add == (event.post_id in self.favorites):
            return "was a favorite already" if is_add else "was no favorite"
        if event.reason not in (_ADDED if is_add else _REMOVED):
            return f"has the reason '{event.reason}'"
        if (event.reason == "moved_to_parent") != (event.related_post_id is not None):
            return "lacks its parent" if event.related_post_id is None else "names a parent, and did not move to it"
        if is_add != (event.sort_key is not None):
            return "has no place in the list" if is_add else "has a place in the list"
        if event.run_id not in self._own:
            return f"belongs to run {event.run_id}, which is not one of the account"
        return None

    def _look_for_parents(self) -> Iterator[Finding]:
        """A favorite moves to a parent that is one afterwards; it may have come in the same run."""
        for event_id, parent in self._parents:
            if parent not in self.favorites:
                words = (
                    f"{self.name}: event {event_id} moves a favorite to post {parent}, which was no favorite. {_BACKUP}"
                )
                yield Finding("event-impossible", f"favorite_events, row {event_id}", words)
        self._parents.clear()

    def _apply(self, event: _Event) -> Iterator[Finding]:
        """Count an event for its run, and let the list be what it makes of it."""
        run = self._runs.setdefault(event.run_id, _OfARun())
        if event.reason != "added_again":
            run.added += event.kind == "added"
            run.removed += event.kind != "added"
        if run.happened_at is None:
            run.happened_at = event.happened_at
        elif run.happened_at != event.happened_at:
            words = f"{self.name}: the events of run {event.run_id} have different times. {_BACKUP}"
            yield Finding("event-times", f"favorite_events, row {event.id}", words)
        if event.related_post_id is not None:
            self._parents.append((event.id, event.related_post_id))
        before = self.favorites.pop(event.post_id, None)
        again = event.reason == "added_again"
        if event.kind == "added":
            # One that was added again keeps its row, with the time at which it was first seen.
            first_seen_at = self._again.pop(event.post_id, event.happened_at) if again else event.happened_at
            self.favorites[event.post_id] = Listed(event.sort_key or 0, event.run_id, first_seen_at)
        elif before is not None and again:
            self._again[event.post_id] = before.first_seen_at
        run.size = len(self.favorites)

    def _hold_against_runs(self) -> Iterator[Finding]:
        size = 0
        for run_id, outcome, total, added, removed in self.conn.execute(_RUNS, (self.account_id,)):
            played = self._runs.get(run_id, _OfARun(size=size))
            size = played.size
            differing = [
                f"{said:,} {what}, and its events {found:,}"
                for what, said, found in (
                    ("new", added, played.added),
                    ("gone", removed, played.removed),
                    ("in all", total, size),
                )
                if said is not None and said != found
            ]
            if outcome is None and (played.added or played.removed):
                differing = ["nothing yet, and there are events of it"]
            if differing:
                words = f"{self.name}: run {run_id} counts {'; '.join(differing)}. {_BACKUP}"
                yield Finding("run-counts", f"runs, row {run_id}", words)

    def hold_against_today(self) -> Iterator[Finding]:
        """Find where today's list is not the one that the history ends with. Takes `favorites` apart."""
        taken = set()
        for post_id, key, first_seen_at, run_id, absent_since in self.conn.execute(_FAVORITES, (self.account_id,)):
            taken.add(key)
            listed = self.favorites.pop(post_id, None)
            place = f"favorites of {self.name}, post {post_id}"
            if listed is None:
                words = f"{self.name}: post {post_id} is in today's list, and the history does not end with it."
                yield Finding("favorite-extra", place, f"{words} {_RESYNC}")
                continue
            if listed.sort_key != key:
                words = f"{self.name}: post {post_id} has another place in the list than the history says."
                yield Finding("order-differs", place, f"{words} {_RESYNC}")
            if listed.first_seen_at != first_seen_at:
                words = f"{self.name}: post {post_id} was first seen at another time than its event says."
                yield Finding("first-seen", place, words, self.is_clean, post_id)
            strangers = {run_id, absent_since} - self._own - {None}
            if strangers or run_id < listed.run_id:
                words = f"{self.name}: post {post_id} names a run that cannot have written it. {_BACKUP}"
                yield Finding("favorite-impossible", place, words)
        for post_id, listed in self.favorites.items():
            words = f"{self.name}: the history ends with post {post_id}, and it is not in today's list."
            place = f"favorites of {self.name}, post {post_id}"
            if self.is_clean and listed.sort_key not in taken:
                yield repairable("favorite-missing", place, words, about=post_id)
            else:
                yield Finding("favorite-missing", place, f"{words} {_RESYNC}")
