"""What can be wrong with a kept file, as a check of files finds it."""

from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

from favsync.model import FileKind


class FileProblem(StrEnum):
    """What is wrong."""

    MISSING = "missing"
    """It is not there."""
    AWAY = "away"
    """The folder in which it was adopted is not there, because its disk is not mounted, say."""
    SIZE = "size"
    """It has another size than was kept."""
    CONTENT = "content"
    """Its bytes have another md5."""
    UNREADABLE = "unreadable"
    """It cannot be read, or something that is no file has its name."""
    ROW = "row"
    """The file is whole, and its row says otherwise."""
    UNLISTED = "unlisted"
    """A file has the name of one, and no row says that it is kept."""
    MODE = "mode"
    """Others can read or write it."""
    PART = "part"
    """A part of a file that no fetch goes on with."""
    LINK = "link"
    """A symbolic link in the files folder, or something else that is no file: nothing is read through it."""
    TREE_LINK = "tree_link"
    """A link that `files tree` made leads nowhere."""
    FOREIGN = "foreign"
    """Something in the files folder that is not favsync's. It is left alone."""


DAMAGED: Final = frozenset({FileProblem.MISSING, FileProblem.SIZE, FileProblem.CONTENT, FileProblem.UNREADABLE})
"""Problems of which a file has to be fetched again."""


@dataclass(slots=True)
class FileFinding:
    """One thing that is wrong with a file, and what came of it."""

    problem: FileProblem
    path: str
    """Relative to the files folder; absolute where it lies elsewhere."""
    reason: str
    """What is wrong, in words without a full stop."""
    md5: str | None = None
    """Of the original; None where it is no file of favsync's."""
    kind: FileKind | None = None
    is_repairable: bool = False
    """`--fix` repairs it, or tries to: what is to be fetched again may fail."""
    is_lost: bool = False
    """The bytes are damaged or gone, and the site does not have them any more."""
    is_repaired: bool = False

    @property
    def key(self) -> tuple[str, FileKind] | None:
        """Md5 and kind of the file; None where it is none of favsync's."""
        return (self.md5, self.kind) if self.md5 is not None and self.kind is not None else None

    @property
    def exit_code(self) -> int:
        """8: lost; 3: something else is wrong; 0: nothing is, or not any more."""
        if self.is_repaired or self.problem is FileProblem.FOREIGN:
            return 0
        return 8 if self.is_lost else 3


@dataclass(frozen=True, slots=True)
class FilesCheckRequest:
    """What is checked, and how thoroughly."""

    names: tuple[str, ...] = ()
    """Only files of posts that were ever a favorite of these accounts; none: all."""
    reads_all: bool = False
    """Read every byte."""
    reads_random: int = 0
    """Read so many files, chosen at random."""
    repairs: bool = False
    """Repair what can be repaired; then also files without a row are read."""
    accepts_loss: bool = False
    """Go on although the folder is not there, or empty: its files are gone, and no disk is just not mounted."""


@dataclass
class FilesChecked:
    """What a check of files came to."""

    checked: int = 0
    """Kept files that were looked at."""
    verified: int = 0
    """Those whose bytes were read and are right."""
    size: int = 0
    """Bytes that were read."""
    findings: list[FileFinding] = field(default_factory=list)
    error: str | None = None
    """What stopped the fetch of damaged files, in words."""

    @property
    def exit_code(self) -> int:
        """0: nothing is wrong; 3: something is, and nothing is lost; 8: something is lost."""
        return max((finding.exit_code for finding in self.findings), default=0)
