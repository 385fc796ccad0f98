"""What `favsync check` can find: each kind by its code, how grave it is, and whether it can be repaired.

The codes are an interface: scripts look for them, and docs/checks.md lists them.
"""

from collections import Counter
from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Severity(StrEnum):
    """How grave a finding is."""

    DAMAGE = "damage"
    """Something that was kept is lost or wrong, and nothing here tells what it was."""
    FAULT = "fault"
    """Something is not as it should be; what was kept is all there."""
    NOTE = "note"
    """Worth knowing, and nothing wrong by itself."""


@dataclass(frozen=True, slots=True)
class Kind:
    """One kind of finding. `repair` says what --fix does about it; None: nothing."""

    severity: Severity
    meaning: str
    repair: str | None = None


_DAMAGE, _FAULT, _NOTE = Severity.DAMAGE, Severity.FAULT, Severity.NOTE
_SAVED_AGAIN: Final = "is saved again from the payload"

KINDS: Final[dict[str, Kind]] = {
    # the files
    "open-to-others": Kind(
        _FAULT, "A private file or folder can be read or written by others.", "its permissions are restricted to you"
    ),
    "folder-writable": Kind(_FAULT, "Others can write in a folder with private files, and so replace them."),
    "keys-left": Kind(_FAULT, "An interrupted save of the API keys left a file with keys in it."),
    # the database file
    "file-damaged": Kind(_DAMAGE, "SQLite finds the file damaged."),
    "value-impossible": Kind(_DAMAGE, "A column has an impossible value."),
    "unreadable": Kind(_DAMAGE, "A part of the database could not be read, or is invalid."),
    "index-out-of-step": Kind(_FAULT, "An index does not agree with its table.", "all indexes are rebuilt"),
    "application-id": Kind(_FAULT, "The file is not marked as a database of favsync.", "it is marked as one"),
    "version-missing": Kind(
        _FAULT,
        "The database does not say which version of the schema it has.",
        "the version is written, if the tables are those of this version",
    ),
    "schema-older": Kind(
        _NOTE, "The database is of an older version, and was not checked.", "it is upgraded, then checked"
    ),
    "not-wal": Kind(
        _NOTE, "The database has no write-ahead log, so that readers and a run wait for each other.", "it gets one"
    ),
    "table-wrong": Kind(_DAMAGE, "A table is missing, or is not what this version makes."),
    "index-wrong": Kind(_FAULT, "An index is missing, or is not what this version makes.", "it is rebuilt"),
    "view-wrong": Kind(_FAULT, "A view is missing, or is not what this version makes.", "it is rebuilt"),
    "schema-extra": Kind(_NOTE, "There is a table, view, index or trigger that is not favsync's."),
    "reference-broken": Kind(_DAMAGE, "A row points to a row that is not there."),
    "time-malformed": Kind(_FAULT, "A time is not in ISO 8601."),
    "text-garbled": Kind(_FAULT, "A text is not UTF-8."),
    "site-unknown": Kind(_DAMAGE, "The database does not say which site it is about."),
    "account-impossible": Kind(_FAULT, "An account holds impossible values."),
    # posts
    "fts-out-of-step": Kind(
        _FAULT, "The full-text index, or that of the tags, does not agree with tags and descriptions.", "it is rebuilt"
    ),
    "post-missing": Kind(
        _FAULT, "A favorite, an event or a part of a post belongs to a post that is not there.", f"it {_SAVED_AGAIN}"
    ),
    "post-differs": Kind(
        _FAULT,
        "A post's columns, current original, tags, sources, pools or recorded shape differ from its payload.",
        f"the post {_SAVED_AGAIN}",
    ),
    "post-destroyed": Kind(
        _FAULT,
        "The history says that the site has destroyed a post, but the post is not marked as destroyed.",
        "the post is marked",
    ),
    "post-not-destroyed": Kind(
        _NOTE, "A post is marked as destroyed, but no history here says so; a removed account's may have."
    ),
    "tag-missing": Kind(_FAULT, "A post has a tag that is not there.", f"the post {_SAVED_AGAIN}"),
    "tag-category": Kind(
        _FAULT, "A tag has a category that no post's payload gives it.", "it gets the category of the newest payload"
    ),
    "payload-damaged": Kind(
        _DAMAGE,
        "A post's payload cannot be unpacked, or is not that of the post.",
        "the next `favsync sync --full` fetches it again; until then it stays a finding",
    ),
    "payload-digest": Kind(
        _FAULT, "A payload is intact, but its digest does not match.", "the digest is computed again"
    ),
    "payload-missing": Kind(_DAMAGE, "A post was returned by the site, and its payload is missing."),
    # the files of posts
    "version-impossible": Kind(_DAMAGE, "The originals that a post had cannot have followed each other as recorded."),
    "file-impossible": Kind(_FAULT, "What is recorded of a file is impossible."),
    "file-missing": Kind(_FAULT, "A kept file is not there."),
    "file-differs": Kind(_FAULT, "A kept file has another size, or something that is no file has its name."),
    "files-away": Kind(_FAULT, "The files folder is not there or empty, and files are kept in it."),
    "tree-impossible": Kind(_FAULT, "What is recorded of a tree of files is impossible."),
    # the history
    "event-impossible": Kind(_DAMAGE, "An event cannot have happened as recorded."),
    "run-counts": Kind(
        _DAMAGE, "The counts of a run and its events do not agree: events are lost, or there are too many."
    ),
    "favorite-missing": Kind(
        _DAMAGE,
        "A favorite is in the list that the history ends with, but not in today's list.",
        "it is put back, if the runs agree",
    ),
    "favorite-extra": Kind(_DAMAGE, "A favorite is in today's list, but not in the list that the history ends with."),
    "favorite-impossible": Kind(_DAMAGE, "A favorite holds impossible values."),
    "order-differs": Kind(_DAMAGE, "A favorite has another place in the list than the history says."),
    "first-seen": Kind(
        _FAULT, "A favorite was first seen at another time than its event says.", "it gets the event's time"
    ),
    "event-times": Kind(_DAMAGE, "The events of one run have different times."),
    "run-impossible": Kind(_FAULT, "A run holds impossible values."),
    "clock-jumped": Kind(_NOTE, "Times run backwards: the clock was set, or a time is wrong."),
    # the queue, and the checkpoint
    "wish-impossible": Kind(_FAULT, "A queued change holds impossible values."),
    "wish-twice": Kind(
        _FAULT,
        "Two queued changes to one post are pending.",
        "the later one stays, and the earlier is marked as replaced",
    ),
    "push-counts": Kind(_FAULT, "The counts of a run and its queued changes do not agree."),
    "checkpoint-damaged": Kind(
        _FAULT,
        "The checkpoint of an interrupted scan is invalid.",
        "it is discarded; the next sync reads from the start",
    ),
    # the site
    "list-lacks": Kind(_FAULT, "The site has favorites that are not in today's list."),
    "list-has-gone": Kind(_FAULT, "Today's list has favorites that are not on the site."),
    "list-order": Kind(_FAULT, "The site's list has another order."),
    "list-unproven": Kind(_FAULT, "The scan of the site's list proved nothing."),
    "post-not-told": Kind(_NOTE, "The site did not return a post that was requested."),
    "post-outdated": Kind(_NOTE, "A post changed on the site since it was last fetched."),
    "post-differs-from-site": Kind(_FAULT, "A post differs from the site, though it did not change there."),
}
"""Every code, in the order in which findings are shown."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing that was found. `place` says where: a file, a table and row, an account."""

    code: str
    place: str
    message: str
    """A sentence, and what to do where there is something."""
    is_repairable: bool = False
    """True: --fix repairs this one. Some of a kind can be repaired and others not."""
    about: int | None = None
    """The number of the post, or of the account, that it is about: for the repair."""

    @property
    def severity(self) -> Severity:
        return KINDS[self.code].severity


def repairable(code: str, place: str, message: str, *, about: int | None = None) -> Finding:
    """A finding that --fix repairs."""
    return Finding(code, place, message, True, about)


MOST_OF_A_KIND: Final = 100
"""Findings of one code that are kept in full: a damaged dictionary alone would make one for each post."""


class Findings:
    """What was found so far. Of one code, repairable or not, the first hundred are kept; the others are counted."""

    def __init__(self) -> None:
        self.kept: list[Finding] = []
        self.numbers: Counter[tuple[str, bool]] = Counter()
        self._about: dict[str, set[int]] = {}

    def add(self, finding: Finding) -> None:
        """Take one more."""
        key = (finding.code, finding.is_repairable)
        self.numbers[key] += 1
        if self.numbers[key] <= MOST_OF_A_KIND:
            self.kept.append(finding)
        if finding.is_repairable and finding.about is not None:
            self._about.setdefault(finding.code, set()).add(finding.about)

    def ids(self, code: str) -> set[int]:
        """What the repairable findings of a code are about: all of them, also those that were only counted."""
        return self._about.get(code, set())

    def has(self, *codes: str) -> bool:
        """Tell whether there is any of these codes."""
        return any(code in codes for code, _ in self.numbers)

    def forget(self, *codes: str) -> None:
        """Forget what was found of these codes: it turned out to say nothing."""
        self.kept = [finding for finding in self.kept if finding.code not in codes]
        self.numbers = Counter({key: number for key, number in self.numbers.items() if key[0] not in codes})

    def number(self, code: str, *, is_repairable: bool | None = None) -> int:
        """How many there are of a code; with `is_repairable` only those that are, or are not."""
        return sum(
            number
            for (found, repairs), number in self.numbers.items()
            if found == code and is_repairable in {None, repairs}
        )

    def severities(self) -> set[Severity]:
        """How grave what was found is."""
        return {KINDS[code].severity for code, _ in self.numbers}

    def can_be_repaired(self) -> bool:
        """Tell whether --fix would repair any of it."""
        return any(is_repairable for _, is_repairable in self.numbers)
