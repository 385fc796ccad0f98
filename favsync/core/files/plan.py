"""Which files to fetch, in which order, and what that comes to: frozen data, printed and carried out alike.

    first   those of flagged and pending posts: they may be gone tomorrow
    then    those of favorites, the newest first, as the list has them
    last    those of former favorites

A file that several posts have is fetched once, at the place of the first of them.
"""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Final

from favsync.model import FileKind

ESTIMATED_SIZE: Final = {FileKind.PREVIEW: 25_000, FileKind.SAMPLE: 250_000, FileKind.ORIGINAL: 2_000_000}
"""Bytes that a file is taken for whose size the site does not say: guesses, which are shown as such."""


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file that is not kept here, of a post that is a favorite or was one."""

    post_id: int
    md5: str
    """Of the original, also where it is a sample or a preview."""
    kind: FileKind
    ext: str
    url: str | None
    """None: the site gives none."""
    size: int | None = None
    """Bytes, as the site says; None: it does not."""
    place: int | None = None
    """Among the favorites, the newest is 0; None: it is a former one."""
    is_at_risk: bool = False
    """Its post is flagged or pending."""
    is_deleted: bool = False
    is_destroyed: bool = False
    is_anonymous: bool = False
    """No key reads a list that it is in: posts of some ratings may be hidden from that."""
    posted_at: str | None = None
    """When it was posted."""


@dataclass(frozen=True, slots=True)
class FilesPlan:
    """What is to be fetched, in this order, and what is wanted and cannot be had, by reason."""

    wanted: tuple[Candidate, ...]
    unavailable: tuple[tuple[str, int], ...] = ()
    left: int = 0
    """Wanted files that this plan leaves for a later one, because only some were asked for."""

    @property
    def known_bytes(self) -> int:
        """What the site says of the sizes, summed."""
        return sum(each.size or 0 for each in self.wanted)

    @property
    def estimated_bytes(self) -> int:
        """The same with an estimate of each size that it does not say."""
        return sum(each.size or ESTIMATED_SIZE[each.kind] for each in self.wanted)

    def fitting(self, room: int) -> int:
        """Count how many of the first files fit into `room` bytes."""
        for number, each in enumerate(self.wanted):
            room -= each.size or ESTIMATED_SIZE[each.kind]
            if room < 0:
                return number
        return len(self.wanted)

    def seconds(self, *, interval: float, rate: float | None) -> float:
        """How long it takes at least: one starts `interval` seconds after another, and `rate` bytes come a second."""
        return max(len(self.wanted) * interval, self.estimated_bytes / rate if rate else 0.0)


def wanted_kinds(chosen: Iterable[str]) -> tuple[FileKind, ...]:
    """Return the kinds that the setting `files`, or an option, names; originals where it names none."""
    return tuple(map(FileKind, chosen)) or (FileKind.ORIGINAL,)


def plan_files(candidates: Iterable[Candidate], *, limit: int | None = None) -> FilesPlan:
    """Order what is wanted; at most `limit` files of it, None: all."""
    wanted: dict[tuple[str, FileKind], Candidate] = {}
    unavailable: Counter[str] = Counter()
    for candidate in sorted(candidates, key=_urgency):
        if candidate.is_destroyed or candidate.is_deleted:  # its file is out of reach, whatever its URL was
            unavailable["destroyed" if candidate.is_destroyed else "deleted"] += 1
        elif candidate.url is None:
            unavailable["login" if candidate.is_anonymous else "safe_mode"] += 1
        else:
            wanted.setdefault((candidate.md5, candidate.kind), candidate)
    ordered = tuple(wanted.values())
    some = ordered[:limit]
    return FilesPlan(some, tuple(sorted(unavailable.items())), len(ordered) - len(some))


def _urgency(candidate: Candidate) -> tuple[bool, bool, int, int]:
    return not candidate.is_at_risk, candidate.place is None, candidate.place or 0, -candidate.post_id
