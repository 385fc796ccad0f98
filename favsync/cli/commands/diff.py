"""`favsync diff`: the plan of a sync, without carrying it out; or two lists that are kept here, or one now and then."""

import click

from favsync.app.compare import Since, Versus
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_accounts
from favsync.cli.parameters.dates import as_of_option
from favsync.cli.parameters.options import json_option, name_argument, naming_one, where_option
from favsync.cli.views.diff import apart_as_json, say_apart
from favsync.cli.views.sync import plan_as_json, say_plan, say_report
from favsync.errors import UsageError


@click.command()
@name_argument
@click.argument("other", metavar="[OTHER]", required=False, shell_complete=complete_accounts)
@as_of_option("--since", help="Compare the list with what it was then: 2026-01-31, yesterday, 7d, 12.")
@where_option("Compare only what a search finds; with OTHER or --since.")
@json_option
@click.pass_obj
def diff(
    invocation: Invocation,
    *,
    name: str | None,
    other: str | None,
    since: int | str | None,
    where: str | None,
    as_json: bool,
) -> int:
    """Show what a sync of an account would do: what changed on the site, and what is queued.

    The output is the plan that 'favsync sync' applies. Nothing is written, here or on the site. NAME is the account;
    give it only if there are several.

    With OTHER, compare the lists of two accounts that are kept here. With --since, compare an account's list now and
    then. Neither asks the site. --where compares only the posts that 'favsync search' would find, as they are known
    today; it accepts no 'limit:' or 'favorited:' here.
    """
    if other is not None and since is not None:
        raise click.UsageError("OTHER and --since cannot be combined.")
    library, console = invocation.library, invocation.console
    found: Versus | Since | None = None
    if other is not None:
        found = library.compare(str(name), other, where=where)
    elif since is not None:
        with naming_one("favsync diff NAME --since …"):
            found = library.compare_since(name, since, where=where)
    if found is not None:
        if as_json:
            console.json(apart_as_json(found))
        else:
            say_apart(console, found, is_chosen=where is not None)
        return 0
    if where is not None:
        raise UsageError(
            "--where chooses by what is kept here, and of a post that is new on the site nothing is kept yet. Say it"
            " with OTHER or --since."
        )
    with naming_one("favsync diff NAME"):
        report = library.diff(name)
    if as_json:
        console.json(plan_as_json(report))
    else:
        say_plan(console, report, library.site_url())
    say_report(console, report, in_words=not as_json)
    return report.exit_code
