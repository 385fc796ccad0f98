"""What a fetch of files is to do and has done, in words and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Final

from favsync.cli.terminal.console import Console, count, counted, size
from favsync.cli.views.results import files as results
from favsync.cli.views.results.to_json import to_json
from favsync.model import FileKind

if TYPE_CHECKING:
    from favsync.app.files.fetch import Fetch
    from favsync.app.files.fetch_report import Failure, FetchReport

REASONS: Final = {
    "deleted": "deleted on the site",
    "destroyed": "destroyed on the site",
    "replaced": "replaced on the site",
    "hidden": "hidden by the site",
    "login": "shown only to who is logged in",
    "safe_mode": "hidden by the account's safe mode or tag settings",
    "not_found": "not found on the site",
}
"""`files.reason` of what is unavailable, in words."""

_MOST_LINES: Final = 10


def say_plan(console: Console, fetch: Fetch) -> None:
    """Write to stdout what is to be fetched, what it costs, and what cannot be had."""
    plan = fetch.plan
    if plan.wanted:
        kinds = [kind for kind in FileKind if any(each.kind is kind for each in plan.wanted)]
        about = "" if plan.known_bytes == plan.estimated_bytes else "about "
        room = f"{size(fetch.free_bytes())} free"
        console.data(
            f"files: {counted(len(plan.wanted), 'file')} to fetch ({', '.join(kinds)}), {about}"
            f"{size(plan.estimated_bytes)}, at least {_duration(fetch.least_seconds())}; {room}"
        )
    else:
        console.data("files: nothing to fetch")
    if plan.left:
        console.data(f"files: {count(plan.left)} more are wanted, beyond --limit")
    say_unavailable(console, dict(plan.unavailable))


def say_unavailable(console: Console, unavailable: Mapping[str, int]) -> None:
    """Write to stdout how many files cannot be had, and why."""
    if unavailable:
        why = ", ".join(f"{count(number)} {REASONS.get(name, name)}" for name, number in sorted(unavailable.items()))
        console.data(f"files: unavailable: {why}")


def say_report(console: Console, fetch: Fetch, *, in_words: bool) -> None:
    """Write to stdout what was fetched, and to stderr what is left and why."""
    report = fetch.report
    if in_words and fetch.plan.wanted:
        console.data(f"files: {counted(report.stored, 'file')} stored, {size(report.size)}")
        new = report.unavailable - type(report.unavailable)(dict(fetch.plan.unavailable))
        say_unavailable(console, new)
    _say_failures(console, report.corrupt, "has other bytes than the site says")
    _say_failures(console, report.failed, "failed")
    if report.error is not None:
        console.error(report.error.message)
    elif report.left:
        why = f" because {report.ended}" if report.ended else ""
        console.warn(
            f"{counted(report.left, 'wanted file is', 'wanted files are')} left{why}."
            " Run 'favsync files fetch' again to go on."
        )


def plan_as_json(fetch: Fetch) -> dict[str, object]:
    """The plan as `--dry-run --json` writes it."""
    return to_json(
        results.FilesPlanned,
        wanted=len(fetch.plan.wanted),
        size=fetch.plan.estimated_bytes,
        seconds=round(fetch.least_seconds()),
        free=fetch.free_bytes(),
        left=fetch.plan.left,
        unavailable=dict(fetch.plan.unavailable),
    )


def report_as_json(report: FetchReport) -> dict[str, object]:
    """The report as `--json` writes it."""
    return to_json(
        results.FilesFetched,
        report,
        error=report.error and report.error.message,
        unavailable=dict(report.unavailable),
    )


def _say_failures(console: Console, failures: Sequence[Failure], what: str) -> None:
    for failure in failures[:_MOST_LINES]:
        console.warn(f"The {failure.kind} of post {failure.post_id} {what}: {failure.reason}.")
    if (more := len(failures) - _MOST_LINES) > 0:
        console.warn(f"{counted(more, 'more file')} {what}; --json names each.")


def _duration(seconds: float) -> str:
    if seconds < 90:
        return f"{max(round(seconds), 1)} s"
    minutes = round(seconds / 60)
    return f"{minutes} min" if minutes < 90 else f"{minutes // 60} h {minutes % 60:02} min"
