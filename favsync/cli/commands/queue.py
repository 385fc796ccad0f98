"""`favsync add`, `remove` and `queue`: wishes for favorites, made offline and carried out by the next sync."""

from collections.abc import Sequence
from typing import Literal, Protocol

import click
from sqlalchemy import Connection

from favsync.addresses import PostSite
from favsync.app.enqueue import in_parts, queue_wishes
from favsync.app.imports.found import FoundPosts
from favsync.app.imports.import_queue import MOST_POSTS, Target, load_target, plan_import
from favsync.app.imports.read import read_stream
from favsync.cli.access import open_database
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_failed, complete_favorites, complete_pending
from favsync.cli.parameters.lists import parse_posts, post_site, say_skipped, stdin_bytes
from favsync.cli.parameters.options import WholeNumber, account_option, json_option
from favsync.cli.terminal.console import Console, count, counted
from favsync.clock import as_text, utc_now
from favsync.errors import AccountIsReadOnly, UsageError
from favsync.model import Action, Operation, OperationState
from favsync.store.accounts import choose_account, choose_accounts, load_accounts
from favsync.store.database import Database
from favsync.store.history import load_ended_runs
from favsync.store.operations import (
    cancel_operations,
    load_operations,
    retry_operations,
)
from favsync.store.sites import require_site_url

MOST_NAMED = 10
"""Posts that are named one by one."""


@click.command()
@click.argument("posts", metavar="POST...", nargs=-1, required=True)
@account_option
@click.pass_obj
def add(invocation: Invocation, *, posts: tuple[str, ...], account_name: str | None) -> None:
    """Queue posts to be added to the favorites. Nothing is sent before the next sync.

    POST is an id or the URL of a post, or several with commas between; '-' reads a list from stdin, as 'favsync import'
    does. A later queued change to a post takes the place of an earlier one.
    """
    _queue(invocation, Action.ADD, posts, account_name)


@click.command()
@click.argument("posts", metavar="POST...", nargs=-1, required=True, shell_complete=complete_favorites)
@account_option
@click.pass_obj
def remove(invocation: Invocation, *, posts: tuple[str, ...], account_name: str | None) -> None:
    """Queue posts to be removed from the favorites. Nothing is sent before the next sync.

    POST is an id or the URL of a post, or several with commas between; '-' reads a list from stdin, as 'favsync import'
    does. A later queued change to a post takes the place of an earlier one.
    """
    _queue(invocation, Action.REMOVE, posts, account_name)


def _queue(invocation: Invocation, action: Action, posts: Sequence[str], account_name: str | None) -> None:
    with open_database(invocation) as database:
        with database.read() as conn:
            site = post_site(invocation, conn)
            account = choose_account(conn, account_name, say="--account NAME")
            target = load_target(conn, account)
            is_known = bool(load_ended_runs(conn, account.id))
        if account.is_public:
            raise AccountIsReadOnly(account.name)
        is_guarded = action is Action.ADD and "-" in posts
        found = FoundPosts(site, target.most if is_guarded else MOST_POSTS)
        _find(posts, site, found)
        if is_guarded:
            plan_import(target, found, oldest_first=True)
        new = queue_wishes(database, account.id, found.post_ids, action, at=as_text(utc_now()))
    had = len(found.post_ids) - new
    waiting = f" ({count(had)} had been already)" if had else ""
    wish = "added" if action is Action.ADD else "removed"
    invocation.console.say(f"{account.name}: {counted(new, 'post')} queued to be {wish}{waiting}.")
    if is_known:
        _say_needless(invocation.console, account.name, target, found.post_ids, action)
    say_skipped(invocation.console, found)


def _say_needless(console: Console, name: str, target: Target, post_ids: Sequence[int], action: Action) -> None:
    """Name posts that are already what was asked for: it may be a slip, or the site may know better."""
    needless = [
        post_id
        for post_id in post_ids
        if (post_id in target.favorites) is (action is Action.ADD) and target.pending.get(post_id, action) is action
    ]
    what = f"is a favorite of {name} already" if action is Action.ADD else f"is not a favorite of {name}"
    for post_id in needless[:MOST_NAMED]:
        console.say(f"{post_id} {what}; queued anyway")
    if len(needless) > MOST_NAMED:
        console.say(f"… and {count(len(needless) - MOST_NAMED)} more of which the same is true")


def _find(posts: Sequence[str], site: PostSite, found: FoundPosts) -> None:
    """Take in the arguments, with what stdin holds in the place of the first `-`."""
    for text in posts:
        if text == "-":
            read_stream(stdin_bytes(), "stdin", found)
        else:
            for post_id in parse_posts(text, site):
                found.add(post_id)


# ---- the queue itself ----


@click.group()
def queue() -> None:
    """List, cancel and retry what is queued."""


@queue.command("list", short_help="List all wishes, the newest first.")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in OperationState]),
    help="Only wishes in this state; may be given several times.",
)
@account_option
@json_option
@click.pass_obj
def list_queue(invocation: Invocation, *, states: tuple[str, ...], account_name: str | None, as_json: bool) -> None:
    """List all wishes, the newest first: those that wait, and those that have ended."""
    with open_database(invocation) as database, database.read() as conn:
        links = {3: f"{require_site_url(conn)}/posts/"}
        account_id = _chosen_id(conn, account_name)
        names = {account.id: account.name for account in load_accounts(conn)}
        operations = load_operations(conn, account_id, states=[OperationState(state) for state in states] or None)
    if as_json:
        invocation.console.json([_as_json(operation, names) for operation in operations])
        return
    invocation.console.table(
        ["id", "account", "action", "post", "state", "outcome", "tries", "reason"],
        [
            [
                str(operation.id),
                names[operation.account_id],
                operation.action,
                str(operation.post_id),
                operation.state,
                operation.outcome,
                operation.attempts,
                operation.reason,
            ]
            for operation in operations
        ],
        links=links,
    )


@queue.command()
@click.argument("ids", metavar="[ID]...", nargs=-1, type=WholeNumber(min=1), shell_complete=complete_pending)
@click.option("--all", "everything", is_flag=True, help="All that wait.")
@account_option
@click.pass_obj
def cancel(invocation: Invocation, *, ids: tuple[int, ...], everything: bool, account_name: str | None) -> None:
    """Cancel wishes that wait, so that no sync carries them out."""
    with open_database(invocation) as database:
        chosen = _choose(database, ids, everything, account_name, OperationState.PENDING)
        cancelled = _change(database, [operation.id for operation in chosen], cancel_operations, as_one=bool(ids))
    left = len(chosen) - cancelled
    why = f" ({count(left)} left alone: ended meanwhile)" if left else ""
    invocation.console.say(f"{count(cancelled)} cancelled{why}.")


@queue.command()
@click.argument("ids", metavar="[ID]...", nargs=-1, type=WholeNumber(min=1), shell_complete=complete_failed)
@click.option("--all", "everything", is_flag=True, help="All that failed.")
@account_option
@click.pass_obj
def retry(invocation: Invocation, *, ids: tuple[int, ...], everything: bool, account_name: str | None) -> None:
    """Put wishes that failed into the queue again."""
    with open_database(invocation) as database:
        chosen = _choose(database, ids, everything, account_name, OperationState.FAILED)
        # Of several for one post only the last: the others would be sent after it, had a sync carried it out by then.
        last = {(operation.account_id, operation.post_id): operation.id for operation in reversed(chosen)}
        queued = _change(database, list(last.values()), retry_operations, as_one=bool(ids))
    left = len(chosen) - queued
    why = f" ({count(left)} left alone: a later wish for the same post waits)" if left else ""
    invocation.console.say(f"{count(queued)} queued again{why}.")


class _Change(Protocol):
    def __call__(self, conn: Connection, ids: Sequence[int], *, at: str) -> list[int]: ...


def _change(database: Database, ids: Sequence[int], change: _Change, *, as_one: bool) -> int:
    """Change operations part by part, or `as_one`, and count those that still could be."""
    changed = 0
    at = as_text(utc_now())
    for some in [ids] if as_one else in_parts(ids):
        with database.write() as conn:
            changed += len(change(conn, some, at=at))
    return changed


def _chosen_id(conn: Connection, account_name: str | None) -> int | None:
    """The id of the named account; None, for all, without a name. Raises NoSuchAccount and NoAccounts."""
    accounts = choose_accounts(conn, () if account_name is None else (account_name,))
    return None if account_name is None else accounts[0].id


def _choose(
    database: Database,
    ids: Sequence[int],
    everything: bool,
    account_name: str | None,
    state: Literal[OperationState.PENDING, OperationState.FAILED],
) -> list[Operation]:
    """The operations that are meant, the newest first, all of them in `state`. Raises UsageError."""
    if bool(ids) == everything:
        raise click.UsageError("Name the ids that 'favsync queue list' shows, or say --all: one of the two.")
    with database.read() as conn:
        account_id = _chosen_id(conn, account_name)
        operations = load_operations(conn, account_id, states=(state,) if everything else None)
    if everything:
        return operations
    known = {operation.id: operation for operation in operations}
    for wanted in ids:
        if wanted not in known:
            raise UsageError(f"There is no wish {wanted} in the queue. See: favsync queue list")
        if known[wanted].state != state:
            raise UsageError(f"Wish {wanted} is {known[wanted].state}, not {state}. Nothing was changed.")
    return [known[wanted] for wanted in sorted(set(ids), reverse=True)]


def _as_json(operation: Operation, names: dict[int, str]) -> dict[str, object]:
    return {
        "id": operation.id,
        "account": names[operation.account_id],
        "post_id": operation.post_id,
        "action": operation.action,
        "state": operation.state,
        "outcome": operation.outcome,
        "reason": operation.reason,
        "attempts": operation.attempts,
    }
