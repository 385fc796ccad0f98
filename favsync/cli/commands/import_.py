"""`favsync import`: the posts of a list into the queue of an account, or an export back into an empty database."""

from typing import Any

import click

from favsync.app.imports.found import FoundPosts, Reason
from favsync.app.imports.import_queue import ImportPlan
from favsync.app.imports.whole import ExportImported, ImportRequest
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.lists import say_skipped, skipped_words, stdin_bytes
from favsync.cli.parameters.options import account_option, json_option, naming_one, number_option
from favsync.cli.terminal.console import count, counted
from favsync.cli.views.results.lists import BroughtBack, Imported
from favsync.cli.views.results.to_json import to_json


@click.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@account_option
@click.option(
    "--oldest-first",
    is_flag=True,
    help="Read the list from its oldest favorite to its newest, not from newest to oldest.",
)
@number_option("--limit", help="Queue only the first N posts that are new.")
@click.option(
    "--gallery-dl-prefix",
    metavar="PREFIX",
    help="Read entries of gallery-dl's archive without a prefix, or with this one: e621.",
)
@click.option("--dry-run", is_flag=True, help="Count what would be queued, and write nothing.")
@json_option
@click.pass_obj
def import_(invocation: Invocation, /, *, account_name: str | None, as_json: bool, **given: Any) -> None:
    """Queue the posts of a list to be added to an account's favorites, so that they get the order of the list.

    FILE is what favsync's export, search or query wrote; JSON, a table, bookmarks, or text with ids or URLs of posts;
    gallery-dl's archive or metadata, or Hydrus sidecars, also as a folder. '-' is stdin. It is read by its structure,
    and what is skipped is counted: docs/import.md has every form. A jsonl export is imported whole into
    an empty database.
    """
    request = ImportRequest(account=account_name, stream=stdin_bytes, **given)
    console = invocation.console
    with naming_one():
        done = invocation.library.import_files(request)
    if isinstance(done, ExportImported):
        name, counts = done.account, done.counts
        if as_json:
            console.json(to_json(BroughtBack, counts, account=name, dry_run=request.dry_run))
            return
        posts, runs = counted(counts["posts"], "post"), counted(counts["runs"], "run")
        favorites, events = counted(counts["favorites"], "favorite"), counted(counts["events"], "event")
        console.data(f"{name}: {favorites}, {events}, {posts}, {runs}")
        if not request.dry_run:
            console.say(f"An export holds no API key. To sync again: favsync account login {name}")
    elif as_json:
        found, other_site = done.found, done.found.skipped[Reason.OTHER_SITE]
        result = to_json(
            Imported,
            done.plan,
            found,
            account=done.account,
            dry_run=request.dry_run,
            new=len(done.plan.to_add),
            not_posts=found.skipped.total() - other_site,
            other_site=other_site,
            skipped={reason.value: number for reason in Reason if (number := found.skipped[reason])},
            first_skipped=found.examples,
        )
        console.json(result)
    else:
        console.data(f"{done.account}: {_said(done.plan, done.found)}")
        say_skipped(console, done.found)


def _said(plan: ImportPlan, found: FoundPosts) -> str:
    left_out = [
        f"{count(number)} {words}"
        for number, words in (
            (plan.already_favorites, "already a favorite"),
            (plan.already_queued, "already queued"),
            (plan.destroyed, "destroyed on the site"),
            (found.duplicates, "named again"),
        )
        if number
    ]
    left_out += skipped_words(found)
    rest = f"; left out: {', '.join(left_out)}" if left_out else ""
    return f"{counted(len(plan.to_add), 'post')} to be added{rest}"
