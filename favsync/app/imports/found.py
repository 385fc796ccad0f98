"""What is found in the files that people bring: the posts, each once, and everything that was skipped, by reason."""

from array import array
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final

from favsync.errors import FileUnreadable, TooManyPosts
from favsync.post_urls import PostSite

MOST_EXAMPLES: Final = 5
"""Skipped entries of all files that are kept with their line and text."""

_LONGEST_TEXT: Final = 80


class Reason(StrEnum):
    """Why an entry was skipped."""

    OTHER_SITE = "other_site"
    NO_PREFIX = "no_prefix"
    """An entry of gallery-dl that does not say which site it is of."""
    POOL_OR_SET = "pool_or_set"
    NO_POST = "no_post"
    """Nothing in it names a post."""
    NO_ID = "no_id"
    """Where an id should be there is none: zero, a fraction, a word, or a number that no id can be."""
    DAMAGED = "damaged"
    """It cannot be read: cut off, too deep, with too few cells or too many."""


Verdict = tuple[int, ...] | Reason
"""The posts that an entry names, which is more than one only where `urls` has several; or why there is none."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """One entry that was skipped. `line` counts from 1; None where a file has no lines."""

    file: str
    """The file it is in."""
    line: int | None
    """Its line, from 1; None where a file has no lines."""
    reason: Reason
    """Why it was skipped."""
    text: str
    """The text there, shortened."""


@dataclass(frozen=True, slots=True)
class FileRead:
    """What one file was read as, and how many entries of it name posts."""

    file: str
    """Its name."""
    read_as: str
    """The form that it was read as."""
    entries: int
    """Entries that name posts."""
    skipped: int
    """Entries that were skipped."""


class Enough(Exception):
    """As many posts were found as are wanted: nothing more has to be read."""


@dataclass(slots=True)
class FoundPosts:
    """The posts of one or several files, each once, in the order of the files."""

    site: PostSite
    most: int
    """More posts than this are refused."""
    wanted: int | None = None
    """After so many that `is_new` the rest is not read. None: everything is."""
    is_new: Callable[[int], bool] = lambda _: True
    gallery_dl_prefix: str | None = None
    """What the entries of gallery-dl's archives begin with that say nothing of a site. None: those are skipped."""

    post_ids: "array[int]" = field(default_factory=lambda: array("q"))
    duplicates: int = 0
    skipped: Counter[Reason] = field(default_factory=Counter)
    examples: list[Skipped] = field(default_factory=list)
    files: list[FileRead] = field(default_factory=list)
    _seen: set[int] = field(default_factory=set)
    _new: int = 0
    _entries: int = 0
    """Of the file that is being read, as the next two."""
    _skipped: int = 0
    _name: str = ""

    def add(self, post_id: int) -> None:
        """Take a post in, unless it is there. Raises TooManyPosts, and Enough when no more are wanted."""
        self._entries += 1
        if post_id in self._seen:
            self.duplicates += 1
            return
        if len(self.post_ids) >= self.most and self.wanted is None:
            raise TooManyPosts(self._name, self.most)
        self._seen.add(post_id)
        self.post_ids.append(post_id)
        self._new += self.wanted is not None and self.is_new(post_id)
        if self.wanted is not None and self._new >= self.wanted:
            raise Enough

    def take(self, verdict: Verdict, text: str, line: int | Callable[[], int] | None = None) -> None:
        """Take in what an entry with this text names, or count it as skipped."""
        if isinstance(verdict, Reason):
            self.skip(verdict, text, line)
        else:
            for post_id in verdict:
                self.add(post_id)

    def skip(self, reason: Reason, text: str, line: int | Callable[[], int] | None = None) -> None:
        """Count an entry that names no post of the site; of the first few, keep the text. `line` is told when asked."""
        self.skipped[reason] += 1
        self._skipped += 1
        if len(self.examples) < MOST_EXAMPLES:
            number = line() if callable(line) else line
            shown = " ".join(text[: 4 * _LONGEST_TEXT].split())
            shown = shown if len(shown) <= _LONGEST_TEXT else shown[: _LONGEST_TEXT - 3] + "..."
            self.examples.append(Skipped(self._name, number, reason, shown))

    def merge_skipped(self, other: "FoundPosts", name: str) -> None:
        """Count what was skipped in a file of a folder as well; one that names nothing at all is one entry."""
        if not other.post_ids and not other.skipped:
            self.skip(Reason.NO_POST, name)
        self.skipped += other.skipped
        self._skipped += other.skipped.total()
        self.duplicates += other.duplicates
        room = MOST_EXAMPLES - len(self.examples)
        self.examples += [replace(example, file=name) for example in other.examples[:room]]

    def begin(self, name: str) -> None:
        """Begin to count again, for a file that errors and examples call `name`."""
        self._name, self._entries, self._skipped = name, 0, 0

    def end(self, read_as: str, looked_for: str) -> None:
        """Note what the file was read as. Raises FileUnreadable when it yielded nothing: `looked_for` says why."""
        self.files.append(FileRead(self._name, read_as, self._entries, self._skipped))
        if self._entries:
            return
        words = f"it was read as {read_as}, and names no post of {self.site.url}. Looked for: {looked_for}."
        first = next((example for example in self.examples if example.file == self._name), None)
        if first is not None:
            where = "" if first.line is None else f" in line {first.line:,}"
            words += f" The first that was skipped{where} ({first.reason}): {first.text}"
        raise FileUnreadable(self._name, words)
