"""`favsync stats`: what the favorites are, in numbers. The site is not asked, and SQLAlchemy is not imported."""

from pathlib import Path

import click

from favsync.cli.invocation import Invocation
from favsync.cli.parameters.options import file_option, json_option, name_argument
from favsync.cli.parameters.output import force_option, require_replaceable, write_output
from favsync.cli.terminal.console import counted
from favsync.cli.views.results.to_json import to_json
from favsync.cli.views.stats import say_stats, whose
from favsync.clock import utc_now
from favsync.store.stats import Stats


@click.command()
@name_argument
@file_option("--html", "page", help="Write a page with charts instead. It loads nothing from a network.")
@force_option
@json_option
@click.pass_obj
def stats(invocation: Invocation, *, name: str | None, page: Path | None, force: bool, as_json: bool) -> None:
    """Show what your favorites are: ratings, types, tags, size and growth.

    NAME is an account. Without it, the favorites of all accounts are counted together, each post once. Former favorites
    are not counted. The site does not say when something became a favorite, so growth counts when favsync first
    saw it.
    """
    if page is not None:
        require_replaceable(invocation, page, option="--html", force=force)
    found = invocation.library.stats(name)
    if page is not None:
        from favsync.cli.views.stats_page import stats_page  # noqa: PLC0415 - only a page needs it

        write_output(invocation, page, stats_page(found, at=utc_now()))
        invocation.console.say(f"{whose(found)}: {counted(found.favorites, 'favorite')} in {page}.")
    if as_json:
        invocation.console.json(to_json(Stats, found))
    elif page is None:
        say_stats(invocation.console, found)
