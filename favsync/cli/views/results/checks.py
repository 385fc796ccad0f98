"""JSON of a check."""

from dataclasses import dataclass
from pathlib import Path

from favsync.app.check.parts import Skipped


@dataclass(frozen=True)
class Finding:
    """One thing that a check found."""

    code: str
    """What kind it is of: see [checks.md](checks.md)."""
    severity: str
    """`damage`, `fault` or `note`."""
    place: str
    """Where: a file, a table and row, an account."""
    message: str
    """A sentence, and what to do."""
    mendable: bool
    """`--fix` repairs it."""
    mended: bool
    """It was repaired."""


@dataclass(frozen=True)
class LeftOut:
    """Findings that are only counted: a hundred of one code are listed."""

    code: str
    """Their code."""
    number: int
    """How many more there are."""


@dataclass(frozen=True)
class Check:
    """What a check found and repaired."""

    database: Path
    """The database file."""
    checked: tuple[str, ...]
    """The parts that were looked at."""
    skipped: tuple[Skipped, ...]
    """The parts that could not be."""
    findings: tuple[Finding, ...]
    """What was found."""
    left_out: tuple[LeftOut, ...]
    """What is only counted."""
    copy: Path | None
    """The copy of the database that was made before a repair."""
    errors: tuple[str, ...]
    """What kept the site from being asked."""
