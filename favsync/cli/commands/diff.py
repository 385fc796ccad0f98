"""`favsync diff`: the plan of a sync, without carrying it out; or two lists that are kept here, or one now and then."""

from collections.abc import Sequence
from datetime import timedelta

import click
from sqlalchemy import Connection

from favsync.app.sync.lock import RunLock
from favsync.app.sync.run import SyncOptions
from favsync.app.sync.runs import Runs
from favsync.cli.access import open_database, site_access
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_accounts, complete_search
from favsync.cli.parameters.dates import AsOf
from favsync.cli.parameters.options import json_option
from favsync.cli.views.diff import Since, Versus, say_since, say_versus, since_as_json, versus_as_json
from favsync.cli.views.sync import plan_as_json, say_plan, say_report
from favsync.core.comparison import compare_lists
from favsync.core.past_runs import choose_run
from favsync.errors import UsageError
from favsync.model import Account
from favsync.store.accounts import choose_account, load_account
from favsync.store.favorites import load_post_ids
from favsync.store.history import load_ended_runs, load_last_removals, load_list_as_of
from favsync.store.sites import require_site_url
from favsync.store.sqlite.upgrade import driver_connection


@click.command()
@click.argument("name", metavar="[NAME]", required=False, shell_complete=complete_accounts)
@click.argument("other", metavar="[OTHER]", required=False, shell_complete=complete_accounts)
@click.option(
    "--since",
    type=AsOf(),
    metavar="DATE|RUN",
    help="What is here now against what was here then: 2026-01-31, yesterday, 7d, 12.",
)
@click.option(
    "--where",
    metavar="SEARCH",
    help="Only what a search finds; with OTHER or --since.",
    shell_complete=complete_search,
)
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

    It is the plan that 'favsync sync' carries out, from the same code. Nothing is written, here or on the site.
    NAME is the account; it is needed only where there are several.

    With OTHER, the lists of two accounts are held against each other as they are kept here; with --since, the list of
    one as it is now and as it was then. The site is not asked for that, and --where leaves in both lists only what
    'favsync search' would find, by what is known of the posts today. It cannot say 'limit:' or 'favorited:' here.
    """
    if other is not None and since is not None:
        raise click.UsageError("OTHER and --since exclude each other.")
    if other is not None:
        _versus(invocation, str(name), other, where, as_json=as_json)
        return 0
    if since is not None:
        _since(invocation, name, since, where, as_json=as_json)
        return 0
    if where is not None:
        raise UsageError(
            "--where chooses by what is kept here, and of a post that is new on the site nothing is kept yet. Say it"
            " with OTHER or --since."
        )
    return _plan(invocation, name, as_json=as_json)


def _versus(invocation: Invocation, name: str, other: str, where: str | None, *, as_json: bool) -> None:
    with open_database(invocation) as database, database.read() as conn:
        left, right = load_account(conn, name), load_account(conn, other)
        if left.id == right.id:
            raise UsageError(f"'{left.name}' is one account: there is nothing to hold it against.")
        site_url = require_site_url(conn)
        here, there = (_only(conn, who, load_post_ids(conn, who.id), where) for who in (left, right))
        hints = _nothing_found(conn, (left.name, right.name), where) if not (here or there) else []
    found = Versus(left.name, right.name, len(here), len(there), compare_lists(here, there))
    if as_json:
        invocation.console.json(versus_as_json(found))
    else:
        say_versus(invocation.console, found, site_url)
        _say_chosen(invocation, where, hints)


def _since(invocation: Invocation, name: str | None, since: int | str, where: str | None, *, as_json: bool) -> None:
    with open_database(invocation) as database, database.read() as conn:
        account = choose_account(conn, name, say="favsync diff NAME --since …")
        site_url = require_site_url(conn)
        run = choose_run(load_ended_runs(conn, account.id), account.name, since)
        lists = load_list_as_of(conn, account.id, run.id), load_post_ids(conn, account.id)
        then, now = (_only(conn, account, post_ids, where) for post_ids in lists)
        hints = _nothing_found(conn, (account.name,), where) if not (then or now) else []
        compared = compare_lists(now, then)
        gone = load_last_removals(conn, account.id, compared.only_right)
    removed = tuple(gone[post_id] for post_id in compared.only_right)
    found = Since(account.name, run, len(then), len(now), compared.only_left, removed)
    if as_json:
        invocation.console.json(since_as_json(found))
    else:
        say_since(invocation.console, found, site_url)
        _say_chosen(invocation, where, hints)


def _only(conn: Connection, account: Account, post_ids: Sequence[int], where: str | None) -> Sequence[int]:
    if where is None:
        return post_ids
    from favsync.app.search import load_chosen_ever, parse_where  # noqa: PLC0415 - only --where needs it

    chosen = load_chosen_ever(driver_connection(conn), account.name, parse_where(where))
    return [post_id for post_id in post_ids if post_id in chosen]


def _nothing_found(conn: Connection, accounts: tuple[str, ...], where: str | None) -> list[str]:
    if where is None:
        return []
    from favsync.cli.views.search_hints import where_finds_nothing  # noqa: PLC0415 - only --where needs it

    return list(where_finds_nothing(driver_connection(conn), accounts, where, ever=True))


def _say_chosen(invocation: Invocation, where: str | None, hints: Sequence[str]) -> None:
    if where is not None:
        invocation.console.say("Both lists are counted without what --where does not find.", *hints)


def _plan(invocation: Invocation, name: str | None, *, as_json: bool) -> int:
    options = SyncOptions(
        dry_run=True,
        full_every=timedelta(seconds=invocation.settings.full_every),
        allowed_removals=invocation.settings.max_removals.allowed,
    )
    with open_database(invocation) as database:
        with database.read() as conn:
            account = choose_account(conn, name, say="favsync diff NAME")
            site = site_access(invocation, require_site_url(conn))
        site.read_keys([account])
        with RunLock(invocation.settings.database):  # nothing is written, but the site is asked by one run at a time
            report = Runs.of(database, site, options).run(account)
    if as_json:
        invocation.console.json(plan_as_json(report))
    else:
        say_plan(invocation.console, report, site.url)
    say_report(invocation.console, report, in_words=not as_json)
    return report.exit_code
