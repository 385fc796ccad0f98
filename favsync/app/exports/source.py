"""What an export is made of, as exporters see it, and an export while the database is open for it."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Final

from favsync.clock import as_text, utc_now
from favsync.core.earlier_runs import choose_run
from favsync.errors import UsageError
from favsync.exporters import api, registry
from favsync.exporters.api import Record
from favsync.model import Post
from favsync.post_urls import post_url
from favsync.site.e621.decoding import NoId, read_post
from favsync.store.sqlite.connect import Reader
from favsync.store.sqlite.read_only import load_site_url, reading
from favsync.store.transfer.exports import AccountExport

if TYPE_CHECKING:
    from favsync.app.search import NothingMeant

_AT_ONCE: Final = 320


@dataclass(frozen=True, slots=True)
class ExportSource:
    """Gives exporters what they ask for (`favsync.exporters.api.Source`). `of` None: the whole database."""

    database: str
    site_url: str
    exported_at: str
    of: AccountExport | None = None

    @property
    def account(self) -> Record:
        return self._of.account

    @property
    def as_of_run(self) -> int | None:
        return self._of.run_id

    @property
    def _of(self) -> AccountExport:
        if self.of is None:
            raise ValueError("an export of the whole database is of no account")
        return self.of

    def post_url(self, post_id: int) -> str:
        return post_url(self.site_url, post_id)

    def favorites(self) -> Iterator[Record]:
        return self._of.favorites()

    def listed_posts(self) -> Iterator[tuple[int, Record, api.Post]]:
        listed = self._of.listed()
        while some := list(islice(listed, _AT_ONCE)):
            ids = [favorite["post_id"] for _, favorite in some]
            for (position, favorite), post in zip(some, self._of.load_posts(ids, payloads=False), strict=True):
                yield position, favorite, post

    def runs(self) -> Iterator[Record]:
        return self._of.runs()

    def posts(self) -> Iterator[api.Post]:
        return self._of.posts()

    def read_payload(self, post: api.Post) -> Post:
        return derive(post.payload, post.columns["id"])

    def events(self) -> Iterator[Record]:
        return self._of.events()

    def placements(self) -> Iterator[Record]:
        return self._of.placements()

    def operations(self) -> Iterator[Record]:
        return self._of.operations()

    def tables(self) -> Iterator[api.Table]:
        from favsync.store.docs.schema import describe  # noqa: PLC0415 - SQLAlchemy, which lists do not need

        return describe()

    def questions(self) -> Iterator[api.Question]:
        from favsync.store.docs.worked_questions import QUESTIONS  # noqa: PLC0415 - only Datasette needs them

        return (question for question in QUESTIONS if not question.needs_favsync)


def derive(payload: bytes | None, post_id: int) -> Post:
    """What a payload tells of a post; a blank one when it tells nothing."""
    try:
        found = None if payload is None else read_post(payload, signed_in=False)
    except (NoId, ValueError, RecursionError):
        found = None
    return found if found is not None and found.id == post_id else Post(post_id, payload or b"")


@dataclass(frozen=True, slots=True)
class OpenExport:
    """What is exported. The account's part is None for the formats that are about the whole database."""

    chunks: Iterator[bytes]
    """What is to be written, piece by piece; it is read as it is taken."""
    connection: Reader
    of: AccountExport | None = None
    where: str | None = None

    @property
    def account(self) -> str | None:
        """The local name of the account."""
        return None if self.of is None else str(self.of.account["name"])

    @property
    def lost(self) -> Sequence[str]:
        """What could not be read so far, in words: the database is damaged there."""
        return () if self.of is None else self.of.lost

    def count(self) -> int:
        """Count the favorites that are exported."""
        return 0 if self.of is None else self.of.count_favorites()

    def why_nothing(self) -> "NothingMeant | None":
        """Load why a search leaves nothing of the list; None: it does not."""
        if self.of is None or self.where is None or self.count():
            return None
        from favsync.app.search import load_nothing  # noqa: PLC0415 - only a search needs it

        ever = self.of.run_id is not None
        return load_nothing(self.connection, (str(self.of.account["name"]),), self.where, ever=ever)


def load_exporter(kind: str, where: str | None) -> registry.Format:
    """Load a format. Raises as `registry.load` does, and UsageError where a part is wanted of one that has none."""
    exporter = registry.load(kind)
    if where is not None and exporter.scope == "account":
        raise UsageError(
            f"{kind} is everything of an account, which can be brought back whole. With --where, use --format csv, ids,"
            " urls or html; or see 'favsync search --format jsonl'."
        )
    return exporter


@contextmanager
def opened_export(
    database: Path, exporter: registry.Format, *, account: str | None, as_of: int | str | None, where: str | None
) -> Iterator[OpenExport]:
    """Open the database to export of it, as `Library.export` does."""
    if exporter.scope == "database":
        if account is not None or as_of is not None or where is not None:
            raise UsageError(
                f"--format {exporter.name} is about the whole database: name no account, no --at, no --where."
            )
        with reading(database) as connection:
            source = ExportSource(database.stem, load_site_url(connection), as_text(utc_now()))
            yield OpenExport(iter(exporter.export(source)), connection)
        return
    with reading(database) as connection:
        found = AccountExport(connection, account, rescues=exporter.scope == "account")
        if as_of is not None:
            found = found.as_of(choose_run(found.ended_runs(), found.account["name"], as_of).id)
        if where is not None:
            from favsync.app.search import load_chosen, load_chosen_ever, parse_where  # noqa: PLC0415 - as above

            load = load_chosen if found.run_id is None else load_chosen_ever
            found = found.choosing(set(load(connection, found.account["name"], parse_where(where))))
        source = ExportSource(database.stem, found.site_url, as_text(utc_now()), found)
        yield OpenExport(iter(exporter.export(source)), connection, found, where)
