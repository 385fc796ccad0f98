"""`favsync restore`: a list as it was, looked through and put into the queue."""

from pathlib import Path

import click

from favsync.cli.invocation import Invocation
from favsync.cli.parameters.confirming import confirm
from favsync.cli.parameters.dates import as_of_option
from favsync.cli.parameters.options import file_option, json_option, name_argument, naming_one
from favsync.cli.terminal.console import Console, count, counted, minute
from favsync.cli.views.results.lists import Restoration
from favsync.cli.views.results.to_json import to_json
from favsync.cli.views.sync import say_lines
from favsync.core.restore import RestorePlan
from favsync.store.transfer.list_of_database import EarlierList

_NO_TERMINAL = "Nothing was queued: there is no terminal to ask on. Use --yes to queue it, or --dry-run."


@click.command()
@name_argument
@as_of_option("--at", "as_of", help="Bring back the list as of then: 2026-01-31, yesterday, 7d, or a run.")
@file_option("--from", "file", help="Bring back the list in another database, a backup or an export.")
@click.option("--exact", is_flag=True, help="Also remove what the list did not have then.")
@click.option("--other-site", is_flag=True, help="Treat the post ids of another site as those of this one.")
@click.option("--dry-run", is_flag=True, help="Show the plan, and queue nothing.")
@click.option("--yes", is_flag=True, help="Queue it without asking.")
@json_option
@click.pass_obj
def restore(
    invocation: Invocation,
    *,
    name: str | None,
    as_of: int | str | None,
    file: Path | None,
    exact: bool,
    other_site: bool,
    dry_run: bool,
    yes: bool,
    as_json: bool,
) -> None:
    """Queue the changes that restore an account's list as it was.

    --at takes the list from the account's history, --from takes it from a file. The plan is shown first, and the next
    'favsync sync' applies it, oldest first: restored favorites get their old order, on top of the list.

    NAME is the account; give it only if there are several.
    """
    if as_of is None and file is None:
        raise click.UsageError("Name a list: --at DATE, --at RUN or --from FILE.")
    library, console = invocation.library, invocation.console
    with naming_one("favsync restore NAME"):
        planned = library.plan_restore(name, as_of=as_of, file=file, exact=exact, other_site=other_site)
    account, past, plan = planned.account, planned.past, planned.plan
    if as_json:
        newest_first = {"favorites": len(past.post_ids), "add": plan.add[::-1]}
        console.json(to_json(Restoration, plan, past, account=account.name, dry_run=dry_run, **newest_first))
    else:
        _say(console, account.name, past, plan, planned.site_url)
    if dry_run or not (plan.add or plan.remove):
        return
    if not yes and not confirm("Queue this?", otherwise=_NO_TERMINAL):
        raise click.Abort
    library.queue_restore(planned)
    console.say(f"Queued. Next: favsync sync {account.name}")


def _say(console: Console, name: str, past: EarlierList, plan: RestorePlan, site_url: str) -> None:
    all_of_them = "--dry-run --json"
    for sign, post_ids, words in (
        (">", plan.add[::-1], "to be added"),
        (">", plan.remove, "to be removed"),
        ("!", plan.destroyed, "destroyed on the site: nothing brings it back"),
    ):
        lines = [f"{sign} {post_id}  {words}" for post_id in post_ids]
        say_lines(console, lines, len(lines), site_url=site_url, all_of_them=all_of_them)
    console.data(
        f"{name}: {count(len(plan.add))} to be added, {count(len(plan.remove))} to be removed,"
        f" {count(len(plan.destroyed))} lost,"
        f" for the {counted(len(past.post_ids), 'favorite')} of {minute(past.taken_at)}"
    )
