"""What the site writes down about its staff's work: events of posts, and the flags that deletions leave.

docs/site-api.md, "Records of staff".
"""

from collections.abc import Collection
from dataclasses import dataclass, field
from typing import Literal

from favsync.sandbox.posts import Original, site_time

EventAction = Literal[
    "deleted", "undeleted", "favorites_moved", "favorites_received", "expunged", "replacement_accepted"
]

STAFF = 1_000_014
"""The id of the one who does it all; no user of a world has it."""


@dataclass(frozen=True, slots=True)
class PostEvent:
    """One thing that was done to a post. `at` is in microseconds since 1970."""

    id: int
    post_id: int
    action: EventAction
    at: int

    def fields(self) -> dict[str, object]:
        """As `/post_events.json` shows it; what else the site knows of it (the other post of a move) it does not."""
        return {
            "id": self.id,
            "post_id": self.post_id,
            "action": self.action,
            "created_at": site_time(self.at),
            "creator_id": STAFF,
        }


@dataclass(slots=True)
class DeletionFlag:
    """Why a post was deleted."""

    id: int
    post_id: int
    reason: str
    at: int
    updated: int
    is_resolved: bool = False

    def fields(self) -> dict[str, object]:
        """As `/post_flags.json` shows it."""
        return {
            "id": self.id,
            "post_id": self.post_id,
            "creator_id": STAFF,
            "reason": self.reason,
            "is_resolved": self.is_resolved,
            "created_at": site_time(self.at),
            "updated_at": site_time(self.updated),
            "is_deletion": True,
            "reason_name": "deletion",
            "needs_parent_id": False,
            "needs_staff_reason": False,
            "type": "deletion",
        }


@dataclass(frozen=True, slots=True)
class Replacement:
    """A file that a post has, or had: the first one, which is written down when another takes its place, or a later."""

    id: int
    post_id: int
    number: int
    """0: the first."""
    file: Original
    at: int

    def fields(self) -> dict[str, object]:
        """As `/post_replacements.json` shows it; its pictures' sizes are not those of the samples."""
        return {
            "id": self.id,
            "created_at": site_time(self.at),
            "updated_at": site_time(self.at),
            "post_id": self.post_id,
            "creator_id": STAFF,
            "approver_id": STAFF,
            "file_ext": self.file.ext,
            "file_size": self.file.size,
            "image_height": 900,
            "image_width": 1200,
            "md5": self.file.md5,
            "source": "",
            "file_name": f"{self.file.md5}.{self.file.ext}",
            "status": "approved" if self.number else "original",
            "reason": "A better version" if self.number else "Backup of original file",
            "sequence_number": self.number,
        }


@dataclass
class Records:
    """All of it, oldest first."""

    events: list[PostEvent] = field(default_factory=list)
    flags: list[DeletionFlag] = field(default_factory=list)
    replacements: list[Replacement] = field(default_factory=list)

    def add(self, post_id: int, action: EventAction, *, at: int) -> None:
        """Write an event down."""
        self.events.append(PostEvent(len(self.events) + 1, post_id, action, at))

    def deleted(self, post_id: int, reason: str, *, at: int) -> None:
        """Write a deletion down, with its flag."""
        self.flags.append(DeletionFlag(len(self.flags) + 1, post_id, reason, at, at))
        self.add(post_id, "deleted", at=at)

    def undeleted(self, post_id: int, *, at: int) -> None:
        """Write down that a post is back; its flags are settled."""
        for flag in self.flags:
            if flag.post_id == post_id and not flag.is_resolved:
                flag.is_resolved, flag.updated = True, at
        self.add(post_id, "undeleted", at=at)

    def moved(self, child_id: int, parent_id: int, *, at: int) -> None:
        """Write down that favorites went from a post to its parent."""
        self.add(child_id, "favorites_moved", at=at)
        self.add(parent_id, "favorites_received", at=at)

    def replaced(self, post_id: int, old: Original, new: Original, *, at: int) -> None:
        """Write down that a post has another file, and the first time, which one it had."""
        number = sum(entry.post_id == post_id for entry in self.replacements)
        for file in (new,) if number else (old, new):
            self.replacements.append(Replacement(len(self.replacements) + 1, post_id, number, file, at))
            number += 1
        self.add(post_id, "replacement_accepted", at=at)

    def find_events(self, post_id: int | None, action: str | None) -> list[PostEvent]:
        """The events of a post and of an action, or of any; the newest first."""
        return [
            event
            for event in reversed(self.events)
            if post_id in (None, event.post_id) and action in (None, event.action)
        ]

    def find_replacements(self, post_ids: Collection[int] | None, md5: str | None) -> list[Replacement]:
        """The files of these posts, or of any, that have that md5, or any; the newest first."""
        return [
            entry
            for entry in reversed(self.replacements)
            if (post_ids is None or entry.post_id in post_ids) and md5 in (None, entry.file.md5)
        ]

    def find_flags(self, post_ids: Collection[int] | None) -> list[DeletionFlag]:
        """The flags of these posts, or of any; the newest first."""
        return [flag for flag in reversed(self.flags) if post_ids is None or flag.post_id in post_ids]
