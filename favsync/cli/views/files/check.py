"""What a check of files found and repaired, in words and as JSON."""

from typing import Final

from favsync.cli.terminal.console import Console, Line, Mark, Style, clean, count, counted, size
from favsync.cli.views.results import files as results
from favsync.cli.views.results.to_json import to_json
from favsync.core.files.checks import FileFinding, FileProblem, FilesChecked

MOST_SHOWN: Final = 20
"""Findings of one problem that are written one by one; all that is lost is."""


def say_check(console: Console, report: FilesChecked) -> None:
    """Write what was found to stdout, lost files last, then one line that sums it up; what stopped it to stderr."""
    for problem in FileProblem:
        findings = [each for each in report.findings if each.problem is problem and not each.is_lost]
        for finding in findings[:MOST_SHOWN]:
            console.data(_line(finding))
        if (more := len(findings) - MOST_SHOWN) > 0:
            console.data(f"{problem}: … and {count(more)} more like these")
    for finding in (each for each in report.findings if each.is_lost):
        console.data(_line(finding))
    if report.error is not None:
        console.error(report.error)
    console.data(_summary(report))


def check_as_json(report: FilesChecked) -> dict[str, object]:
    """`files check --json`."""
    return to_json(results.FilesChecked, report)


def _line(finding: FileFinding) -> Line:
    what = "lost" if finding.is_lost and not finding.is_repaired else finding.problem.value
    style = Style.FAILED if what == "lost" else Style.WAITING
    end = " Repaired." if finding.is_repaired else ""
    return Line(f"{what}: {clean(finding.path)}: {clean(finding.reason)}.{end}", (Mark(what, style),))


def _summary(report: FilesChecked) -> str:
    looked_at = f"Checked: {counted(report.checked, 'file')}"
    if report.verified:
        looked_at += f"; {count(report.verified)} read, {size(report.size)}"
    found = [each for each in report.findings if each.problem is not FileProblem.FOREIGN]
    if not found:
        return f"{looked_at}. Nothing is wrong."
    left = [each for each in found if not each.is_repaired]
    lost = sum(each.is_lost for each in left)
    said = [counted(len(found), "finding")]
    if len(left) < len(found):
        said.append(f"{count(len(found) - len(left))} repaired")
    if lost:
        said.append(f"{count(lost)} lost: restore them from a backup, or take them out with 'favsync files exclude'")
    elif not left:
        said.append("nothing is left")
    if repairable := sum(each.is_repairable for each in left):
        said.append(f"{count(repairable)} can be repaired: favsync files check --fix")
    return f"{looked_at}. Found: {'; '.join(said)}."
