"""What a check found and repaired, in the words of the terminal and as JSON."""

from favsync.app.check.report import CheckReport
from favsync.cli.terminal.console import Console, Line, Mark, Style, count, counted
from favsync.cli.views.results import checks as results
from favsync.cli.views.results.to_json import to_json
from favsync.store.check.findings import KINDS, Severity

MOST_SHOWN = 20
"""Findings of one code that are written one by one; of the others, how many there are."""

_STYLES = {Severity.DAMAGE: Style.FAILED, Severity.FAULT: Style.WAITING, Severity.NOTE: None}


def _line(severity: Severity, words: str) -> Line:
    sight = f"{severity}:"
    return Line(f"{sight} {words}", (Mark(sight, _STYLES[severity]),))


def say_check(console: Console, report: CheckReport) -> None:
    """Write every finding to stdout, the gravest first, then one line that sums them up; the rest to stderr."""
    for severity in Severity:
        for code in (code for code, kind in KINDS.items() if kind.severity is severity):
            kept, more = report.lines_of(code)
            for finding in kept[:MOST_SHOWN]:
                repaired = " Repaired." if report.is_repaired(finding) else ""
                console.data(_line(severity, f"{finding.message}{repaired} [{code}]"))
            more += max(0, len(kept) - MOST_SHOWN)
            if more:
                console.data(_line(severity, f"… and {count(more)} more like these [{code}]"))
    for skipped in report.skipped:
        console.warn(f"not checked: {skipped.what}: {skipped.reason}")
    for error in report.errors:
        console.error(*error.lines)
    console.data(_summary(report))
    if report.copy is not None:
        console.say(f"A copy was made before: {report.copy}")


def _summary(report: CheckReport) -> str:
    looked_at = f"Checked: {', '.join(report.checked)}."
    numbers = dict.fromkeys(Severity, 0)
    for (code, _), number in report.found.numbers.items():
        numbers[KINDS[code].severity] += number
    parts = [counted(number, severity.value) for severity, number in numbers.items() if number]
    if not parts:
        return f"{looked_at} {'Nothing is wrong.' if not report.errors else 'Nothing else was found.'}"
    repairable = sum(number for (_, is_repairable), number in report.found.numbers.items() if is_repairable)
    if report.is_blocked:
        end = "the file is damaged, so nothing in it is repaired. Restore it from a backup."
    elif report.left is not None:
        left = sum(report.left.numbers.values())
        end = "everything is repaired." if not left else f"{count(left)} left."
    elif not repairable:
        end = "'favsync check --fix' repairs none of it: see what is said of each."
    else:
        end = f"{count(repairable)} can be repaired: favsync check --fix"
    return f"{looked_at} Found: {', '.join(parts)}; {end}"


def check_as_json(report: CheckReport) -> dict[str, object]:
    """`check --json`."""
    left_out = {code: report.lines_of(code)[1] for code in KINDS}
    return to_json(
        results.Check,
        report,
        findings=[
            to_json(results.Finding, each, mendable=each.is_repairable, mended=report.is_repaired(each))
            for each in report.found.kept
        ],
        left_out=[{"code": code, "number": number} for code, number in left_out.items() if number],
        errors=[error.message for error in report.errors],
    )
