"""What a fetch of files is asked for, and how it gets there: the plan from the database, the client, the settings."""

import time
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from functools import partial
from threading import Event
from typing import TYPE_CHECKING

from favsync.addresses import is_loopback
from favsync.app.files.fetch import Fetch, FetchOptions
from favsync.app.files.folder import FilesFolder
from favsync.app.site_access import SiteAccess
from favsync.config.settings import Settings
from favsync.core.files.address import FileHosts
from favsync.core.files.plan import Candidate, FilesPlan, plan_files, wanted_kinds
from favsync.model import Account, FileKind
from favsync.site.files.client import FileHost
from favsync.site.files.pace import Pace
from favsync.store.accounts import choose_accounts
from favsync.store.database import Database
from favsync.store.files.wanted import load_candidates, load_origins
from favsync.store.sites import require_site_url
from favsync.store.sqlite.connect import Reader
from favsync.store.sqlite.upgrade import driver_connection

if TYPE_CHECKING:
    from favsync.app.files.verdicts import Resolved


@dataclass(frozen=True, slots=True)
class FetchRequest:
    """What is to be fetched."""

    names: tuple[str, ...] = ()
    """Accounts; none: all."""
    kinds: tuple[FileKind, ...] = ()
    """None: those of the setting `files`, and originals where that is off."""
    where: str | None = None
    """A search that means some of the posts."""
    limit: int | None = None
    """Files at most."""
    seconds: float | None = None
    files: frozenset[tuple[str, FileKind]] | None = None
    """Only these, by md5 and kind; None: all."""
    ignores_hours: bool = False
    """It is also done outside of `file_hours`."""
    again: bool = False
    """Also what was corrupt, or not found, before."""


def load_plan(reader: Reader, accounts: Sequence[Account], request: FetchRequest) -> FilesPlan:
    """Load what is wanted, and put it in its order. Raises SearchError and UsageError."""
    ids = [account.id for account in accounts] if request.names else None
    candidates = list(load_candidates(reader, request.kinds, ids, again=request.again))
    if request.files is not None:
        candidates = [each for each in candidates if (each.md5, each.kind) in request.files]
    if request.where is not None:
        from favsync.app.search import load_chosen_ever, parse_where  # noqa: PLC0415 - it costs as much as a night

        where = parse_where(request.where)
        chosen = {post_id for account in accounts for post_id in load_chosen_ever(reader, account.name, where)}
        candidates = [candidate for candidate in candidates if candidate.post_id in chosen]
    return plan_files(candidates, limit=request.limit)


def connect_hosts(site: SiteAccess, user: str, origins: Mapping[str, int], stop: Event) -> FileHost:
    """Make the client of a site's file hosts. `origins` are those that its posts name; `stop` ends its waits."""
    settings = site.settings
    pace = Pace(
        settings.file_interval,
        settings.file_rate,
        is_loopback=all(map(is_loopback, (site.url, *origins))),
        clock=time.monotonic,
        wait=stop.wait,
    )
    return FileHost(FileHosts.of(site.url, origins), user=user, timeout=settings.timeout, pace=pace)


@contextmanager
def opened_fetch(
    database: Database,
    access: Callable[[str], SiteAccess],
    request: FetchRequest,
    elapsed: Callable[[], float],
) -> Iterator[Fetch]:
    """Plan a fetch, for the length of a `with` block, as `LibraryFiles.fetching` does."""
    with database.read() as conn:
        accounts = choose_accounts(conn, request.names)
        site = access(require_site_url(conn))
        settings = site.settings
        request = replace(request, kinds=request.kinds or wanted_kinds(settings.files))
        reader = driver_connection(conn)
        plan = load_plan(reader, accounts, request)
        origins = load_origins(reader) if plan.wanted else {}

    def replan(missing: Collection[Candidate]) -> FilesPlan:
        post_ids, md5s = {each.post_id for each in missing}, {each.md5 for each in missing}
        with database.read() as conn:
            whole = load_plan(driver_connection(conn), accounts, replace(request, limit=None))
        # Another post may have the same file, and be asked for it now.
        return FilesPlan(tuple(each for each in whole.wanted if each.post_id in post_ids or each.md5 in md5s))

    def resolve(missing: Mapping[Candidate, int], host_serves: bool) -> "Resolved":
        from favsync.app.files.verdicts import resolve_missing  # noqa: PLC0415 - most fetches miss nothing

        return resolve_missing(database, access, missing, host_serves)

    yield Fetch(
        database,
        FilesFolder(settings.files_folder),
        plan,
        _options(settings, request),
        connect=partial(connect_hosts, site, accounts[0].username, origins),
        resolve=resolve,
        replan=replan,
        watching=site.listener.fetching,
        elapsed=elapsed,
    )


def _options(settings: Settings, request: FetchRequest) -> FetchOptions:
    options = FetchOptions(
        connections=settings.file_connections,
        seconds=request.seconds,
        interval=settings.file_interval,
        rate=settings.file_rate,
    )
    if settings.file_hours is not None and not request.ignores_hours:
        now = datetime.now().astimezone()  # local time, as the user says it
        left = settings.file_hours.seconds_left(now.hour * 60 + now.minute + now.second / 60)
        if options.seconds is None or left < options.seconds:
            return replace(options, seconds=left, ended_by="it is not within 'file_hours'; --now fetches all the same")
    return options
