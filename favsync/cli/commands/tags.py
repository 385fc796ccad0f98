"""`favsync tags`: which tags the favorites have, and how many have each. Neither SQLAlchemy nor the site is needed."""

from itertools import islice
from shlex import quote

import click

from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_categories, complete_tags
from favsync.cli.parameters.options import account_named, json_option, number_option
from favsync.cli.terminal.console import MOST_LINES, count, is_terminal
from favsync.cli.views.results.to_json import to_json
from favsync.store.tag_counts import TagCount


@click.command()
@click.argument("pattern", metavar="[PATTERN]", default="*", shell_complete=complete_tags)
@account_named("Count the favorites of this account only. Default: all accounts.")
@click.option(
    "--category",
    metavar="C",
    help="Show only tags of this category, such as artist or species.",
    shell_complete=complete_categories,
)
@number_option("--limit", help="Show the N most frequent only.")
@json_option
@click.pass_obj
def tags(
    invocation: Invocation,
    *,
    pattern: str,
    account_name: str | None,
    category: str | None,
    limit: int | None,
    as_json: bool,
) -> None:
    """Show the tags of your favorites and how many have each, most frequent first.

    PATTERN is a tag; a * in it stands for any characters, as in the site's search: 'wol*'. Without it, all tags are
    shown. Upper and lower case are the same, and former favorites are not counted.
    """
    found = invocation.library.tags(pattern, account=account_name, category=category and category.lower())
    if as_json:
        invocation.console.json([to_json(TagCount, tag) for tag in islice(found, limit)])
        return
    shown = found[: limit or (MOST_LINES if is_terminal() else None)]
    if not shown:
        every = invocation.library.tags(account=account_name)
        categories = sorted({tag.category for tag in every})
        if not every:
            why = "There is nothing to count yet. Run: favsync sync"
        elif category and category.lower() not in categories:
            why = f"Your favorites have no tag of the category '{category}'; there are {', '.join(categories)}."
        else:
            hint = "" if "*" in pattern else f" A * stands for any characters: favsync tags {quote(f'*{pattern}*')}"
            why = f"Your favorites have no such tag.{hint}"
        invocation.console.say(why)
        return
    rows = [(tag.name, tag.category, tag.favorites) for tag in shown]
    most = shown[0].favorites
    bars = [tag.favorites / most for tag in shown]
    invocation.console.table(("tag", "category", "favorites"), rows, bars=bars)
    more = 0 if limit else len(found) - len(shown)
    if more:
        invocation.console.say(f"… and {count(more)} more: --limit N shows more, and a pipe gets all.")
