"""The list of an account in another database of favsync, such as a backup."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from favsync.core.earlier_runs import choose_run
from favsync.core.names import same_name
from favsync.errors import FileUnreadable
from favsync.store.sqlite import connect as sqlite
from favsync.store.transfer.exports import AccountExport

_EVER: Final = "9999"
"""A moment after all that ever ended."""


@dataclass(frozen=True, slots=True)
class EarlierList:
    """A list as it was. `site_url` is None for one from the account's own history."""

    post_ids: Sequence[int]
    """Newest first."""
    taken_at: str
    site_url: str | None = None


def load_list_of_database(file: Path, name: str, as_of: int | str | None) -> EarlierList:
    """Load the list of the account `name`, or of the only one, as it was after a run or at a moment; None: at last.

    The file is not changed. Raises FileUnreadable, the UsageError family, and the DatabaseTrouble family.
    """
    with closing(sqlite.connect(file, writable=False)) as connection, sqlite.translated(file):
        if sqlite.load_revision(connection, file) != sqlite.HEAD:
            raise FileUnreadable(
                str(file),
                f"it is of an older favsync, and is not changed. Upgrade a copy: favsync --database {file} status",
            )
        connection.execute("BEGIN")
        names = [str(row[0]) for row in connection.execute("SELECT name FROM accounts ORDER BY id")]
        same = [known for known in names if same_name(known, name)]
        if not same and len(names) != 1:
            raise FileUnreadable(str(file), f"it has no account named '{name}', but: {', '.join(names) or 'none'}.")
        found = AccountExport(connection, (same or names)[0])
        run = choose_run(found.ended_runs(), found.account["name"], _EVER if as_of is None else as_of)
        past = found.as_of(run.id)
        return EarlierList([row["post_id"] for row in past.favorites()], run.finished_at, past.site_url)
