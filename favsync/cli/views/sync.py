"""What a run did, or would do, in the words of the terminal and as JSON."""

import re
from collections.abc import Iterable
from itertools import islice
from typing import Final

from favsync.app.sync.report import SyncReport
from favsync.cli.terminal.console import MOST_LINES, Console, Line, Mark, Style, count, counted, is_terminal
from favsync.cli.terminal.ending import say_traceback
from favsync.cli.views.results.runs import Plan, Run
from favsync.cli.views.results.to_json import to_json
from favsync.core.plan import Removal
from favsync.errors import InternalError
from favsync.model import Action, RemovedReason, RunOutcome
from favsync.post_urls import post_url

MOST_NOTICES = 20
"""Notices that are written one by one; of the others, how many there are."""


def say_report(console: Console, report: SyncReport, *, in_words: bool, is_about_queue: bool = True) -> None:
    """Write what should be heard to stderr, and with `in_words` the summary to stdout.

    `is_about_queue` tells of queued changes that are left waiting, too.
    """
    name = f"{report.account}: "  # some texts begin with it
    for notice in report.notices[:MOST_NOTICES]:
        console.warn(name + notice.removeprefix(name))
    if len(report.notices) > MOST_NOTICES:
        console.warn(f"{name}and {count(len(report.notices) - MOST_NOTICES)} more like these")
    if in_words:
        console.data(summary(report))
    if report.error is not None:
        console.error(name + report.error.message.removeprefix(name))
        if isinstance(report.error, InternalError):
            say_traceback(report.error, console)
    elif report.outcome is not RunOutcome.COMPLETE:
        console.error(f"{name}the list could not be proven, so nothing was removed: {report.reason}.")
    if report.unrefreshed is not None:
        console.warn(f"{name}the list is complete, but {report.unrefreshed} The next sync tries again.")
    elif (
        is_about_queue
        and report.outcome is RunOutcome.COMPLETE
        and not (report.error or report.notices)
        and report.exit_code > 0
        and report.pushed.pending > 0
    ):
        # The line of the summary is not seen where only stderr is: no exit code without a word there.
        console.warn(f"{name}{counted(report.pushed.pending, 'queued change')} still pending.")


def summary(report: SyncReport) -> Line:
    """One line: what there is now, what came and went, what became of the queue."""
    parts = [counted(report.total, "favorite")]
    if report.plan is not None:
        moved = sum(removal.reason == "moved_to_parent" for removal in report.plan.removed)
        of_these = f" ({count(moved)} moved to {'its parent' if moved == 1 else 'their parents'})" if moved else ""
        parts += [f"{count(report.added)} new", f"{count(report.removed)} removed{of_these}"]
        if report.moved:
            parts.append(f"{count(report.moved)} moved")
        if report.plan.newly_absent:
            parts.append(f"{count(len(report.plan.newly_absent))} not seen (removed if the next sync agrees)")
    refused = [f"{count(report.pushed.failed)} refused"] if report.pushed.failed else []
    queue = [f"{count(report.pushed.pending)} pending"]
    if report.run_id is not None:
        queue = [f"{count(report.pushed.applied + report.pushed.already)} applied", *refused, *queue]
    name, ending = f"{report.account}:", _ENDINGS[report.outcome]
    failed = [Mark(words, Style.FAILED) for words in (*refused, ending.strip()) if words]
    text = f"{name} {', '.join(parts)}; queue: {', '.join(queue)}{ending}"
    return Line(text, (Mark(name, Style.NAME), *failed))


_ENDINGS = {
    RunOutcome.COMPLETE: "",
    RunOutcome.INCOMPLETE: " (not complete)",
    RunOutcome.REFUSED: " (stopped by a guard)",
    RunOutcome.FAILED: " (failed)",
}


# ---- the plan ----


def say_plan(console: Console, report: SyncReport, site_url: str) -> None:
    """Write the changes of a plan to stdout, one a line, newest first; on a terminal not more than fit an eye."""
    if report.plan is not None:
        added = (f"+ {new.post_id}  new on the site" for new in report.plan.added)
        say_lines(console, added, report.added, site_url=site_url)
        removed = (f"- {removal.post_id}  {why_removed(removal)}" for removal in report.plan.removed)
        say_lines(console, removed, report.removed, site_url=site_url)
    queued = tuple(reversed(report.pending))
    lines = (
        f"> {change.post_id}  queued to be {'added' if change.action is Action.ADD else 'removed'}" for change in queued
    )
    say_lines(console, lines, len(queued), site_url=site_url)


def say_lines(
    console: Console, lines: Iterable[str], number: int, *, site_url: str, all_of_them: str = "favsync diff --json"
) -> None:
    """Write `number` lines to stdout, on a terminal only the first of many; `all_of_them` is how to see the rest.

    Each is a sign, the id of a post, and words. On a terminal the sign has a colour, and the id is a link.
    """
    shown = MOST_LINES if is_terminal() and number > MOST_LINES else number
    for line in islice(lines, shown):
        marks: list[Mark] = []
        if found := _SIGNED.match(line):
            style = _STYLES[found[1]]
            marks = [Mark(found[1], style), Mark(found[2], style, post_url(site_url, int(found[2])))]
            if found[3]:
                marks.append(Mark(found[3], link=post_url(site_url, int(found[3]))))
        console.data(Line(line, tuple(marks)))
    if shown < number:
        console.data(f"  … and {count(number - shown)} more: {all_of_them} has them all")


_SIGNED: Final = re.compile(r"([-+<>!]) ([0-9]+)  (?:moved to its parent ([0-9]+))?")
_STYLES: Final = {"+": Style.GOOD, "-": Style.BAD, "<": Style.WAITING, ">": Style.WAITING, "!": Style.FAILED}


def why_removed(removal: Removal) -> str:
    """Say why a favorite is none any more."""
    return _WHY_GONE[removal.reason].format(removal.related_post_id)


_WHY_GONE: dict[RemovedReason, str] = {
    "moved_to_parent": "moved to its parent {}",
    "destroyed": "destroyed on the site",
    "pushed": "removed by a queued change",
    "unlisted": "not in the public list, twice",
    "added_again": "removed and added again on the site",
    "unfavorited": "no longer a favorite on the site",
    "unknown": "no longer a favorite on the site: removed by you, or moved by its staff",
}


# ---- JSON: shapes that scripts rely on ----


def run_as_json(report: SyncReport) -> dict[str, object]:
    """One account's part of `sync --json`."""
    return to_json(Run, report)


def plan_as_json(report: SyncReport) -> dict[str, object]:
    """`diff --json`; every list is newest first."""
    plan = report.plan
    return to_json(
        Plan,
        added=[new.post_id for new in plan.added] if plan else [],
        removed=plan.removed if plan else [],
        queued={
            action.value: [change.post_id for change in reversed(report.pending) if change.action is action]
            for action in (Action.ADD, Action.REMOVE)
        },
    )
