"""What a fetch of files came to."""

from collections import Counter
from dataclasses import dataclass, field
from typing import Self

from favsync.core.files.plan import Candidate
from favsync.errors import FavsyncError
from favsync.model import FileKind


@dataclass(frozen=True, slots=True)
class Failure:
    """A file that did not become whole, and why, in words without a full stop."""

    post_id: int
    md5: str
    kind: FileKind
    reason: str

    @classmethod
    def of(cls, candidate: Candidate, reason: str) -> Self:
        """The failure of a file that was to be fetched."""
        return cls(candidate.post_id, candidate.md5, candidate.kind, reason)


@dataclass(slots=True)
class FetchReport:
    """What a fetch came to. Sizes are in bytes."""

    stored: int = 0
    """Files that are kept now, and were not before."""
    size: int = 0
    """Of these files."""
    requests: int = 0
    """To file hosts."""
    received: int = 0
    """Bytes that came from them."""
    unavailable: Counter[str] = field(default_factory=Counter)
    """Files that cannot be had, by reason (`files.reason`)."""
    failed: list[Failure] = field(default_factory=list)
    """Files that the next fetch tries again."""
    corrupt: list[Failure] = field(default_factory=list)
    """Files of which the site has other bytes than it says."""
    left: int = 0
    """Wanted files that are not kept, the failed ones among them."""
    ended: str | None = None
    """What ended it before all was tried, in words; None: nothing did."""
    error: FavsyncError | None = None
    """What stopped it."""

    @property
    def exit_code(self) -> int:
        """0: nothing wanted is left; 3: something is; else that of the error."""
        if self.error is not None:
            return self.error.exit_code
        return 3 if self.left or self.corrupt else 0
