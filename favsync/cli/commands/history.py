"""`favsync history`: what came, went and moved, when that was noticed, and since when it can have happened.

Neither SQLAlchemy nor, in a pipe, rich is imported for it.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import groupby, islice

import click

from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_favorites
from favsync.cli.parameters.dates import MOMENT, complete_moments
from favsync.cli.parameters.options import WholeNumber, json_option, name_argument, naming_one, number_option
from favsync.cli.terminal.console import MOST_LINES, counted, is_terminal, minute
from favsync.cli.views.history import what_happened
from favsync.cli.views.results.to_json import to_json
from favsync.post_urls import post_url
from favsync.store.list_changes import Change


@click.command()
@name_argument
@click.option(
    "--since",
    type=MOMENT,
    metavar="DATE",
    help="Show only what was noticed since then: 2026-01-31, yesterday, 7d.",
    shell_complete=complete_moments,
)
@click.option(
    "--post",
    "post_id",
    type=WholeNumber(min=1),
    metavar="ID",
    help="Show only what happened to this post.",
    shell_complete=complete_favorites,
)
@number_option("--limit", help="Show the newest N only.")
@json_option
@click.pass_obj
def history(
    invocation: Invocation,
    *,
    name: str | None,
    since: str | None,
    post_id: int | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """Show what was added, removed and moved in an account's list, newest first.

    The site does not say when something happened: it was between the run that noticed it and the complete run before
    that. What the first sync found is one line, except with --json and --post. NAME is the account; give it only if
    there are several.
    """
    with naming_one("favsync history NAME"):
        changes = invocation.library.history(name, since=since, post_id=post_id)
    if as_json:
        invocation.console.json([to_json(Change, change) for change in islice(changes, limit)])
        return
    most = limit or (MOST_LINES if is_terminal() else None)
    rows = map(_row, changes) if post_id else _rows(changes)
    shown = list(islice(rows, most))
    if not shown:
        invocation.console.say("No such changes are recorded.")
        return
    links = {2: post_url(invocation.library.site_url())} if is_terminal() else {}
    invocation.console.table(("noticed", "not before", "post", "what"), shown, links=links)
    more = 0 if limit else sum(1 for _ in rows)
    if more:
        invocation.console.say(f"… and {counted(more, 'older one')}: --limit N shows more, and a pipe gets all.")


Row = Sequence[str | int | None]


def _rows(changes: Iterable[Change]) -> Iterator[Row]:
    """Each change, and all that a first sync found as one: that it was there before is all that can be said of it."""

    def first_sync(change: Change) -> int | None:
        return change.run_id if change.reason == "listed" and change.previous_run_id is None else None

    for run_id, some in groupby(changes, first_sync):
        if run_id is None:
            yield from map(_row, some)
        else:
            first = next(some)
            found = 1 + sum(1 for _ in some)
            yield minute(first.happened_at), None, None, f"first sync: {counted(found, 'favorite')}"


def _row(change: Change) -> Row:
    after = minute(change.happened_after) if change.happened_after else None
    return minute(change.happened_at), after, str(change.post_id), what_happened(change)
