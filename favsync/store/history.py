"""The list as of any moment: who was in it from the events, the order from the keys in them and in the placements."""

from sqlalchemy import Connection, func, select, text

from favsync.store.models import RunRow

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


def load_run_at(conn: Connection, account_id: int, moment: str) -> int | None:
    """Load the account's last run that had ended at a moment; None: nothing is known before it."""
    ended = select(func.max(RunRow.id)).where(RunRow.account_id == account_id, RunRow.finished_at <= moment)
    return conn.execute(ended).scalar_one()
