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

_AS_OF = text("""
SELECT event.post_id
FROM favorite_events AS event
WHERE event.account_id = :account AND event.kind = 'added'
  AND event.id = (
    SELECT max(latest.id) FROM favorite_events AS latest
    WHERE latest.account_id = :account AND latest.post_id = event.post_id AND latest.run_id <= :run
  )
ORDER BY coalesce(
    (SELECT placement.sort_key FROM favorite_placements AS placement
      WHERE placement.account_id = :account AND placement.post_id = event.post_id
        AND placement.run_id > event.run_id AND placement.run_id <= :run
      ORDER BY placement.run_id DESC LIMIT 1),
    event.sort_key
  ) DESC, event.id DESC
""")


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
