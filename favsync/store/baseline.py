"""What an incremental pull of an account builds on: the newest run after which the list was known."""

import json
from collections.abc import Iterable
from dataclasses import dataclass

from sqlalchemy import Connection, case, func, select, update

from favsync.model import RunKind, RunOutcome
from favsync.store.models import Favorite as FavoriteRow
from favsync.store.models import FavoriteEvent as FavoriteEventRow
from favsync.store.models import Post as PostRow
from favsync.store.models import Run as RunRow
from favsync.store.sqlite.statements import values_of


@dataclass(frozen=True, slots=True)
class Baseline:
    """The list was last known after the run `run_id`, which began to read when the site's clock showed `as_of`."""

    run_id: int
    as_of: str
    last_full_scan_at: str | None
    """When everything was last read; None: never."""
    is_placed: bool
    """False when no page ever showed where some of its favorites stand, so that no place proves anything."""


def load_baseline(conn: Connection, account_id: int) -> Baseline | None:
    """Load since when the account's list is known to have all that the site's had, in its order; None: it is not."""
    row = conn.execute(
        select(RunRow.id, RunRow.as_of)
        .where(RunRow.account_id == account_id, RunRow.is_base)
        .order_by(RunRow.id.desc())
        .limit(1)
    ).one_or_none()
    if row is None or row.as_of is None:
        return None
    unplaced = select(FavoriteRow.post_id).where(FavoriteRow.account_id == account_id, ~FavoriteRow.is_placed)
    is_placed = conn.execute(unplaced.limit(1)).one_or_none() is None
    last_full_scan_at = conn.execute(
        select(func.max(RunRow.started_at)).where(
            RunRow.account_id == account_id,
            RunRow.kind == RunKind.FULL,
            RunRow.outcome.in_((RunOutcome.COMPLETE, RunOutcome.REFUSED)),
            RunRow.evidence.is_not(None),
        )
    ).scalar_one()
    return Baseline(row.id, row.as_of, last_full_scan_at, is_placed)


def load_last_known(conn: Connection, account_id: int, post_ids: Iterable[int]) -> dict[int, str]:
    """Load how far the site's clock had come, at least, when the list was last known to have each of these favorites.

    Those are left out of which that is not known. A favorite that a run missed, and that the site did not show then,
    stayed in the list here; it was last known before that run.
    """
    is_base = (RunRow.account_id == account_id, RunRow.is_base)
    not_shown = case((func.json_valid(RunRow.evidence) == 1, func.json_extract(RunRow.evidence, "$.unavailable")))
    last_runs: dict[int, int] = {}
    left = set(post_ids)
    for run_id, text in conn.execute(select(RunRow.id, not_shown).where(*is_base).order_by(RunRow.id.desc())):
        missed = left.intersection(json.loads(text or "[]"))
        last_runs |= dict.fromkeys(left - missed, run_id)
        left = missed
        if not left:
            break
    last_known: dict[int, str] = {}
    for run_id in set(last_runs.values()):
        # A run sees as much of the clock as the posts on its pages show: an earlier one may have seen more.
        as_of = conn.execute(select(func.max(RunRow.as_of)).where(*is_base, RunRow.id <= run_id)).scalar_one()
        if as_of is not None:
            last_known |= {post_id: as_of for post_id, at in last_runs.items() if at == run_id}
    return last_known


def load_came_after(conn: Connection, account_id: int, post_ids: Iterable[int]) -> dict[int, int]:
    """Load after how many proven lists each of these favorites came, the last time that it came.

    Of two with different numbers, the one with the higher came later on the site as well; they do not share one time.
    """
    wanted = values_of(sorted(set(post_ids)))
    came = (
        select(FavoriteEventRow.post_id, func.max(FavoriteEventRow.run_id).label("run_id"))
        .where(
            FavoriteEventRow.account_id == account_id,
            FavoriteEventRow.kind == "added",
            FavoriteEventRow.post_id.in_(wanted),
        )
        .group_by(FavoriteEventRow.post_id)
        .subquery()
    )
    before = (
        select(func.count())
        .where(RunRow.account_id == account_id, RunRow.is_base, RunRow.id < came.c.run_id)
        .scalar_subquery()
    )
    return {row[0]: row[1] for row in conn.execute(select(came.c.post_id, before))}


def forget_baseline(conn: Connection, account_id: int) -> None:
    """Let the next run read everything: the list here may lack something in its middle."""
    conn.execute(update(RunRow).where(RunRow.account_id == account_id, RunRow.is_base).values(is_base=False))


def load_change_seq(conn: Connection, account_id: int, *, indexed_before: str) -> int | None:
    """Load the change number from which on to look for changes; None: it is not known.

    What an incremental run saw went through the site's search index, which lags: such a number counts when the run
    ended before `indexed_before`. A full run saw the posts themselves.
    """
    counts = (RunRow.kind == RunKind.FULL) | (RunRow.finished_at <= indexed_before)
    known = select(func.max(RunRow.change_seq)).where(RunRow.account_id == account_id, counts)
    return conn.execute(known).scalar_one()


def load_highest_change(conn: Connection, *, as_of: str) -> int | None:
    """Load the highest change number of the posts here that were not touched after `as_of`.

    The site had come at least so far then; what changed while a list was read has a higher number.
    """
    return conn.execute(select(func.max(PostRow.change_seq)).where(PostRow.updated_at <= as_of)).scalar_one()
