"""An export while the database is open for it: what is written, of which account, and what could not be read."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from favsync.app.exports.source import ExportSource
from favsync.clock import as_text, utc_now
from favsync.core.earlier_runs import choose_run
from favsync.errors import UsageError
from favsync.exporters import registry
from favsync.store.sqlite.connect import Reader
from favsync.store.sqlite.read_only import load_site_url, reading
from favsync.store.transfer.exports import AccountExport

if TYPE_CHECKING:
    from favsync.app.search import NothingMeant


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
            f"{kind} is everything of an account, which can be brought back whole. With --where, say --format csv, ids,"
            " urls or html; or see 'favsync search --format jsonl'."
        )
    return exporter


@contextmanager
def opened_export(
    database: Path, exporter: registry.Format, *, account: str | None, as_of: int | str | None, where: str | None
) -> Iterator[OpenExport]:
    """Open the database to export of it.

    `as_of` is a run or a moment (text that sorts), and `where` a search. Raises UsageError, NoAccounts, NoSuchAccount,
    SeveralAccounts, NoSuchRun, NothingKnownBefore, and SearchError.
    """
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
