"""`favsync import`: the posts of a list into the queue of an account, or an export back into an empty database."""

import sys
from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from io import BufferedReader
from pathlib import Path
from typing import Any

import click

from favsync.cli.access import choose_account, open_database, require_site_url
from favsync.cli.console import count, counted
from favsync.cli.invocation import Invocation
from favsync.cli.options import account_option, json_option
from favsync.engine.bring_back import bring_back, count_export
from favsync.engine.clock import as_text, utc_now
from favsync.engine.exported import is_export
from favsync.engine.found_posts import FoundPosts, find_posts, find_posts_in
from favsync.engine.import_queue import ImportPlan, plan_import
from favsync.engine.wishes import queue_wishes
from favsync.errors import AccountIsReadOnly, FileUnreadable, NoAccounts
from favsync.store.account_copy import is_blank
from favsync.store.database import Database
from favsync.store.sqlite import is_there
from favsync.sync.model import Action


@click.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True)
@account_option
@click.option("--oldest-first", is_flag=True, help="The list has its oldest favorite on top, not its newest.")
@click.option("--dry-run", is_flag=True, help="Count what would be queued, and write nothing.")
@json_option
@click.pass_obj
def import_(
    invocation: Invocation,
    *,
    files: tuple[str, ...],
    account_name: str | None,
    oldest_first: bool,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Queue the posts of a list to be added to an account's favorites, so that they get the order of the list.

    FILE is an export of favsync (jsonl, csv, ids, urls or html), any text with ids or URLs of posts, an archive or
    metadata of gallery-dl, or a folder of the latter; '-' is stdin. Into an empty database, a jsonl export is brought
    back with everything in it.
    """
    if _is_blank(invocation):
        _bring_back(invocation, files, dry_run=dry_run, as_json=as_json)
        return
    with open_database(invocation) as database:
        with database.read() as conn:
            site_url = require_site_url(conn)
            account = choose_account(conn, account_name)
        if account.is_public:
            raise AccountIsReadOnly(account.name)
        found = FoundPosts()
        for file in files:
            if file == "-":
                find_posts(_stdin(), "stdin", site_url, found)
            else:
                find_posts_in(Path(file), site_url, found)
        with database.read() as conn:
            plan = plan_import(conn, account.id, found, oldest_first=oldest_first)
        if not dry_run:
            queue_wishes(database, account.id, plan.to_add, Action.ADD, at=as_text(utc_now()))
    if as_json:
        invocation.console.json({"account": account.name, "dry_run": dry_run, **_counts(plan)})
    else:
        invocation.console.data(f"{account.name}: {_said(plan)}")


def _counts(plan: ImportPlan) -> dict[str, int]:
    return {
        "new": len(plan.to_add),
        "already_favorites": plan.already_favorites,
        "already_queued": plan.already_queued,
        "destroyed": plan.destroyed,
        "duplicates": plan.duplicates,
        "not_posts": plan.not_posts,
        "other_site": plan.other_site,
    }


def _said(plan: ImportPlan) -> str:
    left_out = [
        f"{count(number)} {words}"
        for number, words in (
            (plan.already_favorites, "already a favorite"),
            (plan.already_queued, "already queued"),
            (plan.destroyed, "destroyed on the site"),
            (plan.duplicates, "named again"),
            (plan.not_posts, "that are no posts"),
            (plan.other_site, "of another site"),
        )
        if number
    ]
    rest = f"; left out: {', '.join(left_out)}" if left_out else ""
    return f"{counted(len(plan.to_add), 'post')} to be added{rest}"


# ---- an export, back into an empty database ----


def _is_blank(invocation: Invocation) -> bool:
    path = invocation.settings.database
    if not is_there(path):
        return True
    with Database.open(path, create=False) as database, database.read() as conn:
        return is_blank(conn)


def _bring_back(invocation: Invocation, files: tuple[str, ...], *, dry_run: bool, as_json: bool) -> None:
    if len(files) > 1:
        raise NoAccounts
    with _opened(files[0]) as file:
        if not is_export(file.peek(1)):
            raise NoAccounts
        if dry_run:
            name, counts = count_export(file, files[0])
        else:
            with _made(invocation.settings.database) as database:
                name, counts = bring_back(database, file, files[0], at=as_text(utc_now()))
    if as_json:
        invocation.console.json({"account": name, "dry_run": dry_run, **counts})
        return
    told = f"{counted(counts['favorites'], 'favorite')}, {counted(counts['events'], 'event')}"
    invocation.console.data(f"{name}: {told}, {counted(counts['posts'], 'post')}, {counted(counts['runs'], 'run')}")
    if not dry_run:
        invocation.console.say(f"An export holds no API key. To sync again: favsync account login {name}")


@contextmanager
def _made(path: Path) -> Iterator[Database]:
    """A database to be filled; one that was not there before is not left behind empty."""
    is_new = not is_there(path)
    try:
        with Database.open(path) as database:
            yield database
    except BaseException:
        if is_new:
            for suffix in ("", "-wal", "-shm"):
                with suppress(OSError):
                    path.with_name(path.name + suffix).unlink()
        raise


@contextmanager
def _opened(name: str) -> Iterator[BufferedReader]:
    try:
        with nullcontext(_stdin()) if name == "-" else Path(name).open("rb") as file:
            yield file
    except OSError as exc:
        raise FileUnreadable(name, f"it cannot be read ({exc.strerror}).") from exc


def _stdin() -> BufferedReader:
    if sys.stdin is None:
        raise FileUnreadable("stdin", "it is closed.")
    stream: Any = sys.stdin.buffer
    return stream if isinstance(stream, BufferedReader) else BufferedReader(stream)
