"""What a check came to, and how grave it is."""

from collections.abc import Iterable
from dataclasses import dataclass, field
from pathlib import Path

from favsync.app.check.parts import Skipped
from favsync.errors import DatabaseTrouble, FavsyncError
from favsync.store.check.findings import Finding, Findings, Severity


@dataclass
class CheckReport:
    """Everything that one check came to."""

    database: Path
    found: Findings
    checked: list[str]
    skipped: list[Skipped]
    left: Findings | None = None
    """What is there after the repair; None: nothing was to be repaired."""
    copy: Path | None = None
    is_blocked: bool = False
    """The database is damaged in a way that forbids to repair anything in it."""
    is_upgraded: bool = False
    """The schema was an older one, and was upgraded."""
    errors: list[FavsyncError] = field(default_factory=list)
    """What kept the site from being asked, for one account or another."""

    @property
    def exit_code(self) -> int:
        """8 for damage, 3 for a fault, the errors' own codes; the highest counts, of what is left."""
        severities = (self.left or self.found).severities()
        codes = [error.exit_code for error in self.errors]
        if Severity.DAMAGE in severities:
            codes.append(DatabaseTrouble.exit_code)
        if Severity.FAULT in severities:
            codes.append(3)
        return max(codes, default=0)

    def add(self, part: str, findings: Iterable[Finding]) -> None:
        """Add what a part that was looked at after the repair has found; it is left as well."""
        for finding in findings:
            self.found.add(finding)
            if self.left is not None:
                self.left.add(finding)
        if part not in self.checked:
            self.checked.append(part)

    def is_repaired(self, finding: Finding) -> bool:
        """Tell whether a finding was repaired: the check after it knows of none of its kind at that place."""
        if self.left is None:
            return False
        still = {(other.code, other.place) for other in self.left.kept}
        return (finding.code, finding.place) not in still

    def lines_of(self, code: str) -> tuple[list[Finding], int]:
        """The findings of a code that are kept, and how many more there are."""
        kept = [finding for finding in self.found.kept if finding.code == code]
        return kept, self.found.number(code) - len(kept)
