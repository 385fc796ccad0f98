"""The rows that a search goes through: today's favorites, or the former ones."""

from dataclasses import dataclass
from typing import Any, Final

from sqlalchemy import ColumnElement, FromClause, and_, func, select, true
from sqlalchemy.sql.elements import UnaryExpression
from sqlalchemy.sql.operators import custom_op

from favsync.query.fields import Gone
from favsync.store.search.tables import FAVORITE_EVENTS, FAVORITES

_PLUS: Final = custom_op[Any]("+")
_REASONS: Final = {
    Gone.UNFAVORITED: ("unfavorited", "pushed", "unlisted"),
    Gone.MOVED: ("moved_to_parent",),
    Gone.DESTROYED: ("destroyed",),
    Gone.UNKNOWN: ("unknown",),
}


@dataclass(frozen=True, slots=True)
class Rows:
    """One row is one post in the list of one account: its table, and what of it means what."""

    table: FromClause
    account_id: ColumnElement[int]
    post_id: ColumnElement[int]
    place: ColumnElement[int]
    """Where it stands in the account's list: the higher, the newer."""
    first_seen_at: ColumnElement[str]
    condition: ColumnElement[bool]
    """What holds for all of them."""


def unindexed(column: ColumnElement[Any]) -> ColumnElement[Any]:
    """The same value, by which SQLite looks nothing up: a `+` before a column's name says so."""
    return UnaryExpression(column, operator=_PLUS, type_=column.type)


def rows_of(gone: Gone | None) -> Rows:
    """Today's favorites for None, otherwise the former ones that went so."""
    if gone is None:
        today = FAVORITES.c
        return Rows(FAVORITES, today.account_id, today.post_id, today.sort_key, today.first_seen_at, true())
    # What is in no list now has a removal as its newest event: `favsync check` holds the two together.
    of, later, added = FAVORITE_EVENTS.c, FAVORITE_EVENTS.alias("later"), FAVORITE_EVENTS.alias("came")
    newest = (
        select(func.max(later.c.id))
        .where(later.c.account_id == of.account_id, later.c.post_id == of.post_id)
        .correlate(FAVORITE_EVENTS)
        .scalar_subquery()
    )
    came = (
        select(added.c.happened_at)
        .where(added.c.account_id == of.account_id, added.c.post_id == of.post_id, added.c.kind == "added")
        .order_by(added.c.id.desc())
        .limit(1)
        .correlate(FAVORITE_EVENTS)
        .scalar_subquery()
    )
    how = true() if gone is Gone.ANY else of.reason.in_(_REASONS[gone])
    return Rows(
        FAVORITE_EVENTS, of.account_id, of.post_id, of.id, came, and_(of.kind == "removed", how, of.id == newest)
    )
