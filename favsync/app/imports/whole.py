"""An import as a whole: the posts of files into the queue, or an export back into an empty database."""

from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, nullcontext, suppress
from dataclasses import dataclass
from io import BufferedReader
from pathlib import Path
from typing import TypeAlias

from favsync.app.exports.lines import is_export, read_list
from favsync.app.imports.found import Enough, FoundPosts
from favsync.app.imports.full_import import count_export, import_full_export
from favsync.app.imports.import_queue import ImportPlan, load_target, plan_import
from favsync.app.imports.read import read_path, read_stream
from favsync.app.queue import queue_changes
from favsync.clock import as_text, utc_now
from favsync.counting import counted
from favsync.errors import AccountIsReadOnly, FileUnreadable, NoAccounts
from favsync.model import Action
from favsync.post_urls import PostSite
from favsync.private_paths import is_there
from favsync.site_text import clean
from favsync.store.accounts import choose_account
from favsync.store.database import Database
from favsync.store.sites import require_site_url
from favsync.store.transfer.account_copy import is_blank

OpenStream: TypeAlias = Callable[[], BufferedReader]
"""Opens what `-` among the files stands for."""


@dataclass(frozen=True, slots=True)
class ImportRequest:
    """What is to be imported, and how it is meant."""

    files: Sequence[str]
    account: str | None = None
    limit: int | None = None
    """Queue so many posts that are new, and no more; None: all."""
    gallery_dl_prefix: str | None = None
    oldest_first: bool = False
    """The list has its oldest favorite on top."""
    dry_run: bool = False
    stream: OpenStream | None = None


@dataclass(frozen=True, slots=True)
class PostsImported:
    """What came of a list of posts: those of `plan.to_add` are queued, unless it was a dry run."""

    account: str
    plan: ImportPlan
    found: FoundPosts


@dataclass(frozen=True, slots=True)
class ExportImported:
    """What came of an export that was brought back into an empty database: how many there are of each kind."""

    account: str
    counts: dict[str, int]


def import_files(path: Path, aliases: Sequence[str], request: ImportRequest) -> PostsImported | ExportImported:
    """Queue the posts of files; into a database without an account, bring an export back with everything in it."""
    blank = not is_there(path)
    if not blank:
        with Database.open(path, create=False) as database, database.read() as conn:
            blank = is_blank(conn)
    if blank:
        return _import_full_export(path, request)
    with Database.open(path, create=False) as database:
        with database.read() as conn:
            site = PostSite.of(require_site_url(conn), aliases)
            account = choose_account(conn, request.account)
            target = load_target(conn, account)
        if account.is_public:
            raise AccountIsReadOnly(account.name)
        found = FoundPosts(site, target.most, request.limit, target.is_new, request.gallery_dl_prefix)
        with suppress(Enough):
            for file in request.files:
                if file == "-" and request.stream is not None:
                    read_stream(request.stream(), "stdin", found)
                else:
                    read_path(Path(file), found)
        plan = plan_import(target, found, oldest_first=request.oldest_first)
        if not request.dry_run:
            queue_changes(database, account.id, plan.to_add, Action.ADD, at=as_text(utc_now()))
    return PostsImported(account.name, plan, found)


def _import_full_export(path: Path, request: ImportRequest) -> ExportImported:
    if len(request.files) > 1:
        raise NoAccounts(path)
    (name,) = request.files
    stream = request.stream if name == "-" else None
    try:
        with Path(name).open("rb") if stream is None else nullcontext(stream()) as file:
            if not is_export(file.peek(1)):
                raise NoAccounts(path)
            with _naming_what_is_left(name):
                if request.dry_run:
                    return ExportImported(*count_export(file, name))
                with _made(path) as database:
                    return ExportImported(*import_full_export(database, file, name, at=as_text(utc_now())))
    except OSError as exc:
        raise FileUnreadable(name, f"it cannot be read ({exc.strerror}).") from exc


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
