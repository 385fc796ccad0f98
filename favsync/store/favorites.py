"""Today's list of each account, and the events that made it."""

from array import array
from collections.abc import Iterable, Sequence
from itertools import chain
from operator import attrgetter

from sqlalchemy import Connection, bindparam, delete, func, or_, select, update

from favsync.core.listing.ties import stretches_of
from favsync.core.plan import BaselineRows, LocalFavorite, PullPlan, Removal
from favsync.errors import FavsyncError
from favsync.store.models import Favorite as FavoriteRow
from favsync.store.models import FavoriteEvent as FavoriteEventRow
from favsync.store.models import FavoritePlacement as FavoritePlacementRow
from favsync.store.sqlite.statements import compiled, execute_many, insert_into, table_of, values_of

_F = table_of(FavoriteRow)
_ONE = (_F.c.account_id == bindparam("account"), _F.c.post_id == bindparam("post"))

_COLUMNS = (_F.c.post_id, _F.c.sort_key, _F.c.is_placed, _F.c.absent_since_run_id, _F.c.is_tied)
_OF_THE_ACCOUNT = _F.c.account_id == bindparam("account")
_LOAD = compiled(select(*_COLUMNS).where(_OF_THE_ACCOUNT).order_by(_F.c.sort_key.desc()))
_LOAD_IDS = compiled(select(_F.c.post_id).where(_OF_THE_ACCOUNT).order_by(_F.c.sort_key.desc()))
_LOAD_TIED = compiled(select(_F.c.post_id).where(_OF_THE_ACCOUNT, _F.c.is_tied))
_INSERT = insert_into(
    FavoriteRow, ["account_id", "post_id", "sort_key", "is_placed", "is_tied", "first_seen_at", "run_id"]
)
_DELETE = compiled(delete(_F).where(*_ONE))
_MOVE_ASIDE = compiled(update(_F).values(sort_key=bindparam("key")).where(*_ONE))
_PLACE = compiled(
    update(_F)
    .values(
        sort_key=bindparam("key"), is_placed=bindparam("placed"), is_tied=bindparam("tied"), run_id=bindparam("run")
    )
    .where(*_ONE)
)
_MARK = compiled(update(_F).values(absent_since_run_id=bindparam("absent"), run_id=bindparam("run")).where(*_ONE))
_EVENT = insert_into(
    FavoriteEventRow,
    ["account_id", "post_id", "kind", "reason", "related_post_id", "sort_key", "run_id", "happened_at"],
)
_PLACEMENT = insert_into(FavoritePlacementRow, ["account_id", "post_id", "run_id", "sort_key"])


def load_favorites(conn: Connection, account_id: int) -> list[LocalFavorite]:
    """Load the account's list, newest first."""
    return [
        LocalFavorite(post_id, sort_key, is_placed == 1, absent_since, is_tied == 1)
        for post_id, sort_key, is_placed, absent_since, is_tied in conn.exec_driver_sql(_LOAD, (account_id,))
    ]


def load_post_ids(conn: Connection, account_id: int) -> Sequence[int]:
    """Load the posts of the account's list alone, newest first: 8 bytes each."""
    return array("q", (row[0] for row in conn.exec_driver_sql(_LOAD_IDS, (account_id,))))


def load_ties(conn: Connection, account_id: int, post_ids: Sequence[int]) -> tuple[range, ...]:
    """Load the stretches without an order of the account's list, which is `post_ids`, as ranges of its places."""
    tied = {row[0] for row in conn.exec_driver_sql(_LOAD_TIED, (account_id,))}
    return stretches_of([post_id in tied for post_id in post_ids]) if tied else ()


def load_baseline_rows(conn: Connection, account_id: int, post_ids: Iterable[int]) -> BaselineRows:
    """Load those of these posts that are in the account's list, and those marked absent, with the size of the list."""
    counts = select(func.count(), func.coalesce(func.max(FavoriteRow.sort_key), 0))
    total, highest = conn.execute(counts.where(FavoriteRow.account_id == account_id)).one()
    wanted = values_of(sorted(set(post_ids)))
    named = or_(FavoriteRow.post_id.in_(wanted), FavoriteRow.absent_since_run_id.is_not(None))
    rows = conn.execute(select(*_COLUMNS).where(_F.c.account_id == account_id, named))
    return BaselineRows(total, highest, {row[0]: LocalFavorite(*row) for row in rows})


def count_favorites(conn: Connection, account_id: int) -> int:
    """Count the account's list."""
    counted = select(func.count()).select_from(FavoriteRow).where(FavoriteRow.account_id == account_id)
    return conn.execute(counted).scalar_one()


def save_pull(conn: Connection, account_id: int, plan: PullPlan, *, run_id: int, at: str) -> None:
    """Carry a plan out, exactly: the list, the events, and the marks of what was not seen.

    The posts of what is added must be there. Raises FavsyncError when the plan does not fit the list that is here;
    then the transaction must not be kept.
    """
    gone = execute_many(conn, _DELETE, ((account_id, removal.post_id) for removal in plan.removed))
    _expect("removals", gone, len(plan.removed))
    removed = [*plan.removed, *(Removal(again.post_id, "added_again") for again in plan.readded)]
    removals = (
        (account_id, removal.post_id, "removed", removal.reason, removal.related_post_id, None, run_id, at)
        for removal in reversed(removed)
    )
    execute_many(conn, _EVENT, removals)
    _place(conn, account_id, plan, run_id=run_id)
    # By post, as the table is ordered; the events by age, as they are read.
    by_post = sorted(plan.added, key=attrgetter("post_id"))
    rows = ((account_id, new.post_id, new.sort_key, new.is_placed, new.is_tied, at, run_id) for new in by_post)
    execute_many(conn, _INSERT, rows)
    added = sorted([*plan.added, *plan.readded], key=attrgetter("sort_key")) if plan.readded else reversed(plan.added)
    events = ((account_id, new.post_id, "added", new.reason, None, new.sort_key, run_id, at) for new in added)
    execute_many(conn, _EVENT, events)
    absent = ((run_id, run_id, account_id, post_id) for post_id in plan.newly_absent)
    seen = ((None, run_id, account_id, post_id) for post_id in plan.seen_again)
    marked = execute_many(conn, _MARK, chain(absent, seen))
    _expect("marks", marked, len(plan.newly_absent) + len(plan.seen_again))
    _expect("favorites in all", count_favorites(conn, account_id), plan.total)


def _place(conn: Connection, account_id: int, plan: PullPlan, *, run_id: int) -> None:
    """Give favorites that stay their new keys, by way of keys that nobody has or gets: each is unique at any moment."""
    if not plan.placed:
        return
    highest = conn.execute(select(func.max(FavoriteRow.sort_key)).where(FavoriteRow.account_id == account_id))
    taken = (placement.sort_key for placement in plan.placed)
    planned = (addition.sort_key for addition in plan.added)
    free = max(chain([highest.scalar_one() or 0], taken, planned)) + 1
    aside = ((key, account_id, placement.post_id) for key, placement in enumerate(plan.placed, start=free))
    _expect("placements", execute_many(conn, _MOVE_ASIDE, aside), len(plan.placed))
    places = ((new.sort_key, new.is_placed, new.is_tied, run_id, account_id, new.post_id) for new in plan.placed)
    execute_many(conn, _PLACE, places)
    readded = {again.post_id for again in plan.readded}
    stayed = (placement for placement in plan.placed if placement.post_id not in readded)
    execute_many(conn, _PLACEMENT, ((account_id, place.post_id, run_id, place.sort_key) for place in stayed))


def _expect(what: str, found: int, planned: int) -> None:
    if found != planned:
        raise FavsyncError(
            f"The plan does not fit the database: {found:,} {what}, where {planned:,} were planned. Nothing of it was"
            " saved. This is an error in favsync."
        )
