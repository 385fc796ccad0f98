"""Night after night: a scan, its plan, and the rows that the plan leaves, without a database."""

from dataclasses import dataclass, field

from favsync.core.listing.incremental import Base
from favsync.core.listing.result import Proof, ScanResult
from favsync.core.listing.ties import stretches_of
from favsync.core.plan import BaselineRows, LocalFavorite, PullPlan, plan_changes, plan_pull
from tests.core.listed_site import ListedSite, finish, pull_scan
from tests.core.test_plan import applied


@dataclass
class Nights:
    """What is kept of one list, and how."""

    site: ListedSite
    rows: list[LocalFavorite] = field(default_factory=list)
    has_base: bool = False
    drift: int = 0
    number: int = 0
    """Proven lists so far."""
    came_after: dict[int, int] = field(default_factory=dict)

    def pull(self, *, full: bool = False) -> tuple[ScanResult, PullPlan]:
        """One night: read what has to be read, and keep what follows."""
        self.site.asked.clear()
        known = [row.post_id for row in self.rows]
        base = None
        if self.has_base and not full and all(row.is_placed for row in self.rows):
            base = Base(1, stretches_of([row.is_tied for row in self.rows]))
        reading = finish(pull_scan(known, base, drift=self.drift), self.site)
        if reading.goes_on:
            highest = max((row.sort_key for row in self.rows), default=0)
            rows = BaselineRows(len(self.rows), highest, {row.post_id: row for row in self.rows})
            plan = plan_changes(rows, reading, {}, came_after=self.came_after)
        else:
            plan = plan_pull(self.rows, reading, {}, has_base=self.has_base, came_after=self.came_after)
        self.came_after |= {new.post_id: self.number for new in (*plan.added, *plan.readded)}
        self.rows = applied(self.rows, plan)
        if reading.proof is not Proof.UNPROVEN:
            self.has_base, self.drift = plan.is_base, reading.drift
            self.number += plan.is_base
            self.site.touched.clear()
        return reading, plan

    def post_ids(self) -> list[int]:
        return [row.post_id for row in self.rows]

    def tied(self) -> set[int]:
        return {row.post_id for row in self.rows if row.is_tied}
