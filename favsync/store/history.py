"""The list as of any moment: who was in it from the events, the order from the keys in them and in the placements."""

from collections.abc import Iterable
from typing import cast

from sqlalchemy import Connection, select, text

from favsync.core.earlier_runs import EarlierRun
from favsync.core.plan import Removal
from favsync.model import RemovedReason
from favsync.store.models import FavoriteEvent as FavoriteEventRow
from favsync.store.models import Run as RunRow
from favsync.store.sqlite.statements import values_of
from favsync.store.transfer.exports import KEY_AS_OF, LISTED_AS_OF

_AS_OF = text(f"SELECT event.post_id {LISTED_AS_OF} ORDER BY {KEY_AS_OF} DESC, event.id DESC")


def load_list_as_of(conn: Connection, account_id: int, run_id: int) -> list[int]:
    """Load the account's list as it was kept here after a run of any account, newest favorite first."""
    return list(conn.execute(_AS_OF, {"account": account_id, "run": run_id}).scalars())


def load_ended_runs(conn: Connection, account_id: int) -> list[EarlierRun]:
    """Load the account's runs that have ended, in the order in which they began."""
    ended = select(RunRow.id, RunRow.finished_at).where(RunRow.finished_at.is_not(None)).order_by(RunRow.id)
    return [EarlierRun(row[0], str(row[1])) for row in conn.execute(ended.where(RunRow.account_id == account_id))]


def load_last_removals(conn: Connection, account_id: int, post_ids: Iterable[int]) -> dict[int, Removal]:
    """Load why each of these posts left the account's list, the last time that it did."""
    wanted = values_of(sorted(set(post_ids)))
    rows = conn.execute(
        select(FavoriteEventRow.post_id, FavoriteEventRow.reason, FavoriteEventRow.related_post_id)
        .where(
            FavoriteEventRow.account_id == account_id,
            FavoriteEventRow.kind == "removed",
            FavoriteEventRow.post_id.in_(wanted),
        )
        .order_by(FavoriteEventRow.id)
    )
    return {post_id: Removal(post_id, cast("RemovedReason", reason), parent) for post_id, reason, parent in rows}
