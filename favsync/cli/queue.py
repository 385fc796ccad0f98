"""`favsync add`, `remove` and `queue`: wishes for favorites, made offline and carried out by the next sync."""

import sys
from collections.abc import Sequence
from typing import Literal

import click
from sqlalchemy import Connection

from favsync.cli.access import choose_account, choose_accounts, open_database, require_site_url
from favsync.cli.console import count
from favsync.cli.invocation import Invocation
from favsync.cli.options import account_option, json_option
from favsync.engine.clock import as_text, utc_now
from favsync.errors import AccountIsReadOnly, UsageError
from favsync.remote.address import parse_post
from favsync.store.accounts import load_accounts
from favsync.store.operations import (
    cancel_operations,
    load_operations,
    load_pending,
    queue_operation,
    retry_operations,
)
from favsync.sync.model import Action, Operation, OperationState


@click.command()
@click.argument("posts", metavar="POST...", nargs=-1, required=True)
@account_option
@click.pass_obj
def add(invocation: Invocation, *, posts: tuple[str, ...], account_name: str | None) -> None:
    """Queue posts to be added to the favorites. Nothing is sent before the next sync.

    POST is an id or the URL of a post; '-' reads more of them from stdin, separated by white space. A later wish for a
    post takes the place of an earlier one.
    """
    _queue(invocation, Action.ADD, posts, account_name)


@click.command()
@click.argument("posts", metavar="POST...", nargs=-1, required=True)
@account_option
@click.pass_obj
def remove(invocation: Invocation, *, posts: tuple[str, ...], account_name: str | None) -> None:
    """Queue posts to be removed from the favorites. Nothing is sent before the next sync.

    POST is an id or the URL of a post; '-' reads more of them from stdin, separated by white space. A later wish for a
    post takes the place of an earlier one.
    """
    _queue(invocation, Action.REMOVE, posts, account_name)


def _queue(invocation: Invocation, action: Action, posts: Sequence[str], account_name: str | None) -> None:
    with open_database(invocation) as database:
        with database.read() as conn:
            site_url = require_site_url(conn)
            account = choose_account(conn, account_name)
        if account.is_public:
            raise AccountIsReadOnly(account.name)
        post_ids = list(dict.fromkeys(parse_post(text, site_url) for text in _expand(posts)))
        at = as_text(utc_now())
        with database.write() as conn:
            before = {operation.id for operation in load_pending(conn, account.id)}
            queued = [queue_operation(conn, account.id, post_id, action, at=at) for post_id in post_ids]
    new = sum(operation.id not in before for operation in queued)
    waiting = f" ({count(len(queued) - new)} had been already)" if new < len(queued) else ""
    wish = "added" if action is Action.ADD else "removed"
    invocation.console.say(f"{account.name}: {_posts(new)} queued to be {wish}{waiting}.")


def _expand(posts: Sequence[str]) -> list[str]:
    """The arguments, with what stdin holds in the place of the first `-`."""
    texts: list[str] = []
    for text in posts:
        texts += _stdin_words() if text == "-" else [text]
    if not texts:
        raise UsageError("No post was named: stdin was empty.")
    return texts


def _stdin_words() -> list[str]:
    if sys.stdin is None:
        return []
    return sys.stdin.buffer.read().decode("utf-8", "backslashreplace").split()


def _posts(number: int) -> str:
    return f"{count(number)} post{'' if number == 1 else 's'}"


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
    )


@queue.command()
@click.argument("ids", metavar="[ID]...", nargs=-1, type=click.IntRange(min=1))
@click.option("--all", "everything", is_flag=True, help="All that wait.")
@account_option
@click.pass_obj
def cancel(invocation: Invocation, *, ids: tuple[int, ...], everything: bool, account_name: str | None) -> None:
    """Cancel wishes that wait, so that no sync carries them out."""
    with open_database(invocation) as database, database.write() as conn:
        chosen = _choose(conn, ids, everything, account_name, OperationState.PENDING)
        cancel_operations(conn, chosen, at=as_text(utc_now()))
    invocation.console.say(f"{count(len(chosen))} cancelled.")


@queue.command()
@click.argument("ids", metavar="[ID]...", nargs=-1, type=click.IntRange(min=1))
@click.option("--all", "everything", is_flag=True, help="All that failed.")
@account_option
@click.pass_obj
def retry(invocation: Invocation, *, ids: tuple[int, ...], everything: bool, account_name: str | None) -> None:
    """Put wishes that failed into the queue again."""
    with open_database(invocation) as database, database.write() as conn:
        chosen = _choose(conn, ids, everything, account_name, OperationState.FAILED)
        queued = retry_operations(conn, chosen, at=as_text(utc_now()))
    left = len(chosen) - len(queued)
    why = f" ({count(left)} left alone: a later wish for the same post waits)" if left else ""
    invocation.console.say(f"{count(len(queued))} queued again{why}.")


def _chosen_id(conn: Connection, account_name: str | None) -> int | None:
    """The id of the named account; None, for all, without a name. Raises NoSuchAccount and NoAccounts."""
    accounts = choose_accounts(conn, () if account_name is None else (account_name,))
    return None if account_name is None else accounts[0].id


def _choose(
    conn: Connection,
    ids: Sequence[int],
    everything: bool,
    account_name: str | None,
    state: Literal[OperationState.PENDING, OperationState.FAILED],
) -> list[int]:
    """The ids of the operations that are meant, all of them in `state`. Raises UsageError, before anything is done."""
    if bool(ids) == everything:
        raise click.UsageError("Name the ids that 'favsync queue list' shows, or say --all: one of the two.")
    account_id = _chosen_id(conn, account_name)
    if everything:
        return [operation.id for operation in load_operations(conn, account_id, states=(state,))]
    known = {operation.id: operation for operation in load_operations(conn, account_id)}
    for wanted in ids:
        if wanted not in known:
            raise UsageError(f"There is no wish {wanted} in the queue. See: favsync queue list")
        if known[wanted].state != state:
            raise UsageError(f"Wish {wanted} is {known[wanted].state}, not {state}. Nothing was changed.")
    return list(dict.fromkeys(ids))


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
