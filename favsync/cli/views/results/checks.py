"""JSON of a check."""

from dataclasses import dataclass
from pathlib import Path
from typing import Annotated

from favsync.app.check.parts import Skipped


@dataclass(frozen=True)
class Finding:
    """One thing that a check found."""

    code: Annotated[str, "Its kind: see [checks.md](checks.md)."]
    severity: Annotated[str, "`damage`, `fault` or `note`."]
    place: Annotated[str, "Where: a file, a table and row, an account."]
    message: Annotated[str, "A sentence, and what to do."]
    mendable: Annotated[bool, "`--fix` repairs it."]
    mended: Annotated[bool, "It was repaired."]


@dataclass(frozen=True)
class LeftOut:
    """Findings that are only counted: a hundred of one code are listed."""

    code: Annotated[str, "Their code."]
    number: Annotated[int, "How many more there are."]


@dataclass(frozen=True)
class Check:
    """What a check found and repaired."""

    database: Annotated[Path, "The database file."]
    checked: Annotated[tuple[str, ...], "The parts that were checked."]
    skipped: Annotated[tuple[Skipped, ...], "The parts that could not be checked."]
    findings: Annotated[tuple[Finding, ...], "What was found."]
    left_out: Annotated[tuple[LeftOut, ...], "What is only counted."]
    copy: Annotated[Path | None, "The copy of the database that was made before a repair."]
    errors: Annotated[tuple[str, ...], "Why the site could not be asked."]
