"""`favsync import`: the posts of a list into the queue of an account, or an export back into an empty database."""

from collections.abc import Iterator
from contextlib import contextmanager, nullcontext, suppress
from io import BufferedReader
from pathlib import Path

import click

from favsync.app.enqueue import queue_wishes
from favsync.app.exports.lines import is_export, read_list
from favsync.app.imports.found import Enough, FoundPosts, Reason
from favsync.app.imports.full_import import bring_back, count_export
from favsync.app.imports.import_queue import ImportPlan, load_target, plan_import
from favsync.app.imports.read import read_path, read_stream
from favsync.cli.access import open_database
from favsync.cli.invocation import Invocation
from favsync.cli.parameters.lists import post_site, say_skipped, skipped_words, stdin_bytes
from favsync.cli.parameters.options import WholeNumber, account_option, json_option, naming_one
from favsync.cli.terminal.console import clean, count, counted
from favsync.cli.views.results.lists import BroughtBack, Imported
from favsync.cli.views.results.to_json import to_json
from favsync.clock import as_text, utc_now
from favsync.errors import AccountIsReadOnly, FileUnreadable, NoAccounts
from favsync.model import Action
from favsync.private_paths import is_there
from favsync.store.accounts import choose_account
from favsync.store.database import Database
from favsync.store.transfer.account_copy import is_blank


@click.command("import")
@click.argument("files", metavar="FILE...", nargs=-1, required=True, type=click.Path())
@account_option
@click.option(
    "--oldest-first", is_flag=True, help="Read the list as having its oldest favorite on top, not its newest."
)
@click.option("--limit", type=WholeNumber(min=1), metavar="N", help="Queue only the first N posts that are new.")
@click.option(
    "--gallery-dl-prefix",
    metavar="PREFIX",
    help="Read entries of gallery-dl's archive without a prefix, or with this one: e621.",
)
@click.option("--dry-run", is_flag=True, help="Count what would be queued, and write nothing.")
@json_option
@click.pass_obj
def import_(
    invocation: Invocation,
    *,
    files: tuple[str, ...],
    account_name: str | None,
    oldest_first: bool,
    limit: int | None,
    gallery_dl_prefix: str | None,
    dry_run: bool,
    as_json: bool,
) -> None:
    """Queue the posts of a list to be added to an account's favorites, so that they get the order of the list.

    FILE is what favsync's export, search or query wrote; JSON, a table, bookmarks, or text with ids or URLs of posts;
    gallery-dl's archive or metadata, or Hydrus sidecars, also as a folder. '-' is stdin. It is read by its structure,
    and what is skipped is counted: docs/import.md has every form. A jsonl export given to an empty database is brought
    back with everything in it.
    """
    if _is_blank(invocation):
        _bring_back(invocation, files, dry_run=dry_run, as_json=as_json)
        return
    with open_database(invocation) as database:
        with database.read() as conn:
            site = post_site(invocation, conn)
            with naming_one():
                account = choose_account(conn, account_name)
            target = load_target(conn, account)
        if account.is_public:
            raise AccountIsReadOnly(account.name)
        found = FoundPosts(site, target.most, limit, target.is_new, gallery_dl_prefix)
        _read(files, found)
        plan = plan_import(target, found, oldest_first=oldest_first)
        if not dry_run:
            queue_wishes(database, account.id, plan.to_add, Action.ADD, at=as_text(utc_now()))
    if as_json:
        invocation.console.json(_as_json(account.name, plan, found, dry_run=dry_run))
    else:
        invocation.console.data(f"{account.name}: {_said(plan, found)}")
        say_skipped(invocation.console, found)


def _read(files: tuple[str, ...], found: FoundPosts) -> None:
    with suppress(Enough):
        for file in files:
            if file == "-":
                read_stream(stdin_bytes(), "stdin", found)
            else:
                read_path(Path(file), found)


def _as_json(name: str, plan: ImportPlan, found: FoundPosts, *, dry_run: bool) -> dict[str, object]:
    other_site = found.skipped[Reason.OTHER_SITE]
    return to_json(
        Imported,
        plan,
        found,
        account=name,
        dry_run=dry_run,
        new=len(plan.to_add),
        not_posts=found.skipped.total() - other_site,
        other_site=other_site,
        skipped={reason.value: number for reason in Reason if (number := found.skipped[reason])},
        first_skipped=found.examples,
    )


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


# ---- an export, back into an empty database ----


def _is_blank(invocation: Invocation) -> bool:
    path = invocation.settings.database
    if not is_there(path):
        return True
    with Database.open(path, create=False) as database, database.read() as conn:
        return is_blank(conn)


def _bring_back(invocation: Invocation, files: tuple[str, ...], *, dry_run: bool, as_json: bool) -> None:
    if len(files) > 1:
        raise NoAccounts(invocation.settings.database)
    with _opened(files[0]) as file:
        if not is_export(file.peek(1)):
            raise NoAccounts(invocation.settings.database)
        with _naming_what_is_left(files[0]):
            if dry_run:
                name, counts = count_export(file, files[0])
            else:
                with _made(invocation.settings.database) as database:
                    name, counts = bring_back(database, file, files[0], at=as_text(utc_now()))
    if as_json:
        invocation.console.json(to_json(BroughtBack, counts, account=name, dry_run=dry_run))
        return
    told = f"{counted(counts['favorites'], 'favorite')}, {counted(counts['events'], 'event')}"
    invocation.console.data(f"{name}: {told}, {counted(counts['posts'], 'post')}, {counted(counts['runs'], 'run')}")
    if not dry_run:
        invocation.console.say(f"An export holds no API key. To sync again: favsync account login {name}")


@contextmanager
def _naming_what_is_left(file: str) -> Iterator[None]:
    """Of an export that is refused, but whose list can be read, say so: a rescued one is often such."""
    try:
        yield
    except FileUnreadable as exc:
        try:
            found = read_list(Path(file))
        except FileUnreadable:  # stdin, too: it cannot be read twice
            raise exc from None
        raise FileUnreadable(
            file,
            f"{exc.problem} An export that was rescued from a damaged database may lack what other lines speak of. Its"
            f" list of {counted(len(found.post_ids), 'favorite')} is whole enough to be queued:"
            f" 'favsync account add {clean(found.account)} …', 'favsync sync', then"
            f" 'favsync restore {clean(found.account)} --from {file}'.",
            line=exc.line,
        ) from exc


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
        with nullcontext(stdin_bytes()) if name == "-" else Path(name).open("rb") as file:
            yield file
    except OSError as exc:
        raise FileUnreadable(name, f"it cannot be read ({exc.strerror}).") from exc
