"""`favsync add`, `remove` and `queue`: queued changes for favorites, made offline and applied by the next sync."""

from collections.abc import Sequence

import click

from favsync.cli.invocation import Invocation
from favsync.cli.parameters.completion import complete_failed, complete_favorites, complete_pending
from favsync.cli.parameters.lists import say_skipped, stdin_bytes
from favsync.cli.parameters.options import WholeNumber, account_option, json_option, naming_one
from favsync.cli.terminal.console import count, counted
from favsync.cli.views.results.accounts import QueueEntry
from favsync.cli.views.results.to_json import to_json
from favsync.model import Action, OperationState
from favsync.post_urls import post_url

MOST_NAMED = 10
"""Posts that are named one by one."""


@click.command()
@click.argument("posts", metavar="POST...", nargs=-1, required=True)
@account_option
@click.pass_obj
def add(invocation: Invocation, *, posts: tuple[str, ...], account_name: str | None) -> None:
    """Queue posts to be added to the favorites. Nothing is sent before the next sync.

    POST is an id or the URL of a post, or several with commas between; '-' reads a list from stdin, as 'favsync import'
    does. A later change to a post replaces an earlier one.
    """
    _queue(invocation, Action.ADD, posts, account_name)


@click.command()
@click.argument("posts", metavar="POST...", nargs=-1, required=True, shell_complete=complete_favorites)
@account_option
@click.pass_obj
def remove(invocation: Invocation, *, posts: tuple[str, ...], account_name: str | None) -> None:
    """Queue posts to be removed from the favorites. Nothing is sent before the next sync.

    POST is an id or the URL of a post, or several with commas between; '-' reads a list from stdin, as 'favsync import'
    does. A later change to a post replaces an earlier one.
    """
    _queue(invocation, Action.REMOVE, posts, account_name)


def _queue(invocation: Invocation, action: Action, posts: Sequence[str], account_name: str | None) -> None:
    with naming_one():
        done = invocation.library.enqueue(action, posts, account=account_name, stream=stdin_bytes)
    waiting = f" ({count(done.already_queued)} had been already)" if done.already_queued else ""
    console, is_added = invocation.console, action is Action.ADD
    queued_change = "added" if is_added else "removed"
    console.say(f"{done.account}: {counted(done.queued, 'post')} queued to be {queued_change}{waiting}.")
    # Posts that are already what was asked for are named: it may be a slip, or the site may know better.
    what = f"is a favorite of {done.account} already" if is_added else f"is not a favorite of {done.account}"
    for post_id in done.needless[:MOST_NAMED]:
        console.say(f"{post_id} {what}; queued anyway.")
    if len(done.needless) > MOST_NAMED:
        console.say(f"… and {count(len(done.needless) - MOST_NAMED)} more like these")
    say_skipped(console, done.found)


# ---- the queue itself ----


@click.group()
def queue() -> None:
    """List, cancel and retry what is queued."""


@queue.command("list", short_help="List all queued changes, newest first.")
@click.option(
    "--state",
    "states",
    multiple=True,
    type=click.Choice([state.value for state in OperationState]),
    help="List only changes in this state; can be repeated.",
)
@account_option
@json_option
@click.pass_obj
def list_queue(invocation: Invocation, *, states: tuple[str, ...], account_name: str | None, as_json: bool) -> None:
    """List all queued changes, newest first: pending ones, and those that have ended."""
    library = invocation.library
    links = {3: post_url(library.site_url())}
    changes = library.queue(account_name, states=[OperationState(state) for state in states])
    if as_json:
        invocation.console.json([to_json(QueueEntry, change, change.operation) for change in changes])
        return
    invocation.console.table(
        ["id", "account", "action", "post", "state", "outcome", "tries", "reason"],
        [
            [
                str(change.operation.id),
                change.account,
                change.operation.action,
                str(change.operation.post_id),
                change.operation.state,
                change.operation.outcome,
                change.operation.attempts,
                change.operation.reason,
            ]
            for change in changes
        ],
        links=links,
    )


@queue.command()
@click.argument("ids", metavar="[ID]...", nargs=-1, type=WholeNumber(min=1), shell_complete=complete_pending)
@click.option("--all", "everything", is_flag=True, help="Cancel all pending changes.")
@account_option
@click.pass_obj
def cancel(invocation: Invocation, *, ids: tuple[int, ...], everything: bool, account_name: str | None) -> None:
    """Cancel pending changes, so that no sync sends them."""
    done = invocation.library.cancel(_chosen(ids, everything), account=account_name)
    why = f" ({count(done.left)} left as they are: ended meanwhile)" if done.left else ""
    invocation.console.say(f"{count(done.changed)} cancelled{why}.")


@queue.command()
@click.argument("ids", metavar="[ID]...", nargs=-1, type=WholeNumber(min=1), shell_complete=complete_failed)
@click.option("--all", "everything", is_flag=True, help="Retry all changes that failed.")
@account_option
@click.pass_obj
def retry(invocation: Invocation, *, ids: tuple[int, ...], everything: bool, account_name: str | None) -> None:
    """Retry changes that failed."""
    done = invocation.library.retry(_chosen(ids, everything), account=account_name)
    why = f" ({count(done.left)} left alone: a later change for the same post is pending)" if done.left else ""
    invocation.console.say(f"{count(done.changed)} queued again{why}.")


def _chosen(ids: Sequence[int], everything: bool) -> Sequence[int] | None:
    """The ids that were named; None: all are meant."""
    if bool(ids) == everything:
        raise click.UsageError("Name ids that 'favsync queue list' shows, or use --all, but not both.")
    return ids or None
