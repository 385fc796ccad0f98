"""What is to be adopted, and what came of it."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from favsync.core.files.adoption import Evidence

if TYPE_CHECKING:  # the words of the command line are made of this, and need no database
    from collections.abc import Sequence
    from pathlib import Path

    from favsync.errors import FavsyncError
    from favsync.store.files.hashes import Identity
    from favsync.store.files.rows import FileRow

_MOST_EXAMPLES: Final = 5


class Method(StrEnum):
    """What becomes of a file that is adopted."""

    LEAVE = "leave"
    """It is recorded where it lies."""
    HARDLINK = "hardlink"
    COPY = "copy"
    MOVE = "move"


class Reason(StrEnum):
    """Why something was left out."""

    FOLDER_UNREADABLE = "folder_unreadable"
    UNREADABLE = "unreadable"
    CHANGED = "changed"
    """It was written to, or exchanged, while it was read."""
    SYMLINK = "symlink"
    SPECIAL = "special"
    """A pipe, a socket, or a device."""
    EMPTY = "empty"
    TOO_LARGE = "too_large"
    NOT_UTF8 = "not_utf8"
    """A name that the database cannot hold; linked or copied, it has another."""
    NO_TYPE = "no_type"
    """Neither the site nor its name says of which type it is."""
    EXCLUDED = "excluded"
    CANNOT_LINK = "cannot_link"
    ARCHIVE_DAMAGED = "archive_damaged"
    ARCHIVE_TOO_LARGE = "archive_too_large"
    MEMBER_UNREADABLE = "member_unreadable"
    """Encrypted, damaged, or packed in another way than zip files usually are."""
    MEMBER_TOO_LARGE = "member_too_large"
    MEMBER_NAMED_TWICE = "member_named_twice"
    MEMBER_CANNOT_LINK = "member_cannot_link"
    MEMBER_CANNOT_MOVE = "member_cannot_move"

    @property
    def is_final(self) -> bool:
        """Whether there is nothing to be done about it: it is no file of a post, or was left out on purpose."""
        return self in {Reason.SYMLINK, Reason.SPECIAL, Reason.EMPTY, Reason.TOO_LARGE, Reason.EXCLUDED}


class Content(NamedTuple):
    """Bytes that lie on the disk, and their md5. A tuple, because there are a hundred thousand of them."""

    path: str
    """Absolute; of an archive."""
    file: Identity
    """Of the archive, where it is in one."""
    md5: str
    size: int
    """Bytes."""
    is_fresh: bool = False
    """They were read just now; False: the md5 was known from before."""
    member: str | None = None

    @property
    def place(self) -> str:
        """Where it is, for people."""
        return self.path if self.member is None else f"{self.path}: {self.member}"

    @property
    def name(self) -> str:
        """The last part of its name."""
        return (self.path if self.member is None else self.member).rpartition("/")[2]


@dataclass(frozen=True, slots=True)
class AdoptRequest:
    """What is to be adopted, and how."""

    paths: Sequence[Path]
    method: Method = Method.LEAVE
    dry_run: bool = False
    replacements: Path | None = None
    """The site's export of its replacements."""
    remote: bool = False
    """Ask the site about what nothing here knows."""
    queue: bool = False
    """Queue the posts that it names, as favorites to be."""
    account: str | None = None


@dataclass(slots=True)
class Examples:
    """How many there are of something, and the first of them in words."""

    number: int = 0
    first: list[str] = field(default_factory=list)

    def add(self, text: str) -> None:
        """Count one more."""
        self.number += 1
        if len(self.first) < _MOST_EXAMPLES:
            self.first.append(text)


@dataclass(slots=True)
class AdoptReport:
    """What was found, and what became of it; with `dry_run`, what would."""

    method: Method
    dry_run: bool
    considered: int = 0
    """Files, and members of archives."""
    size: int = 0
    """Bytes of these."""
    hashed: int = 0
    """Of these the ones that were read; the md5 of the others was known."""
    files: list[FileRow] = field(default_factory=list)
    """Those that were adopted, as they are in the database."""
    evidence: Counter[Evidence] = field(default_factory=Counter)
    already_here: int = 0
    duplicates: int = 0
    """Other files with the bytes of one that was adopted or is here."""
    sidecars: int = 0
    """Metadata and tags beside other files."""
    unknown: Examples = field(default_factory=Examples)
    other_bytes: Examples = field(default_factory=Examples)
    """Of the unknown ones those that name a post of which something is kept here: they may be an earlier version."""
    lied: Examples = field(default_factory=Examples)
    """Files whose name or metadata gives another md5 than their bytes have."""
    not_favorites: list[int] = field(default_factory=list)
    """Posts on the site that were never a favorite here, and of which a file is on the disk; the lowest id first."""
    queued: int | None = None
    """How many of these were not in the queue already; None: they were not to be queued."""
    account: str | None = None
    """Into whose queue."""
    replacements: int = 0
    """Earlier files of posts that the site's export tells of."""
    left_out: dict[Reason, Examples] = field(default_factory=dict)
    error: FavsyncError | None = None
    """Why the site could not be asked about everything; what was found here is adopted all the same."""

    @property
    def adopted_size(self) -> int:
        """Bytes that were adopted."""
        return sum(row.size or 0 for row in self.files)

    @property
    def exit_code(self) -> int:
        """0, or 3 where something was left out that may yet be adopted."""
        if self.error is not None:
            return self.error.exit_code
        return 0 if all(reason.is_final for reason in self.left_out) else 3

    def leave_out(self, reason: Reason, what: str) -> None:
        """Count something that is not adopted."""
        self.left_out.setdefault(reason, Examples()).add(what)
