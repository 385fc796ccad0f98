"""What was done to a tree, in words and as JSON."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from favsync.cli.terminal.console import Console, count, counted
from favsync.cli.views.results import files as results
from favsync.cli.views.results.to_json import to_json

if TYPE_CHECKING:  # the group of all these commands imports this
    from favsync.app.files.tree.tree import TreeReport

_MOST_LINES: Final = 10


def say_tree(console: Console, report: TreeReport) -> None:
    """Write to stdout what was done, and to stderr what was not, and why."""
    would = "would be " if report.is_dry else ""
    done = f"{counted(report.made, 'link')} {would}made, {count(report.kept)} kept"
    done += f", {count(report.renamed)} {would}renamed, {count(report.removed)} {would}removed"
    console.data(f"tree: {done}")
    for path in report.blocked[:_MOST_LINES]:
        console.warn(f"Something of yours is at '{path}'. It stays, and no link was made there.")
    if (more := len(report.blocked) - _MOST_LINES) > 0:
        console.warn(f"The same at {counted(more, 'more path')}.")
    for reason, number in sorted(report.left_out.items()):
        console.warn(f"{counted(number, 'file is', 'files are')} left out: {reason}.")


def tree_as_json(report: TreeReport) -> dict[str, object]:
    """The report as `--json` writes it."""
    return to_json(results.FilesTree, report, left_out=dict(report.left_out))
