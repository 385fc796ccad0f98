"""The orders of a search, each of them total: no two rows are equal in it."""

from typing import Any, Final

from sqlalchemy import ColumnElement

from favsync.query.fields import NumberField, OrderKey
from favsync.query.settings import SHUFFLE_PRIME, shuffle_factors
from favsync.query.tree import Order
from favsync.store.search.conditions import Conditions
from favsync.store.search.rows import Rows

_COLUMNS: Final = {OrderKey.CREATED: "created_at", OrderKey.UPDATED: "updated_at", OrderKey.MD5: "file_md5"}


def order_terms(
    order: Order, rows: Rows, conditions: Conditions, *, one_account: bool, all_known: bool = False
) -> list[ColumnElement[Any]]:
    """What to order by.

    `one_account`: the rows are all of one. `all_known`: what is ordered by is NULL in none of them. Raises ValueError
    for a random order without a seed.
    """
    by_account = [] if one_account else [rows.account_id.asc()]
    if order.key is OrderKey.FAVORITED:
        return [*by_account, _directed(rows.place, order)]
    if order.key is OrderKey.RANDOM:
        if order.seed is None:
            raise ValueError("a random order needs a seed")
        # `query.settings.shuffled` in SQL: whole numbers of at most 62 bits.
        multiplier, addend = shuffle_factors(order.seed)
        x = (rows.post_id % SHUFFLE_PRIME * multiplier + addend) % SHUFFLE_PRIME
        return [x * x % SHUFFLE_PRIME, rows.post_id.asc(), *by_account]
    by_post = [_directed(rows.post_id, order), *by_account]
    if order.key is OrderKey.ID:
        return by_post
    column = _COLUMNS.get(order.key)
    value = conditions.number(NumberField(order.key.value)) if column is None else conditions.post(column)
    # Unknown values come last both ways. For SQLite they are lower than all others, so that downwards they do anyway.
    directed = _directed(value, order)
    return [directed if order.descending or all_known else directed.nulls_last(), *by_post]


def _directed(value: ColumnElement[Any], order: Order) -> ColumnElement[Any]:
    return value.desc() if order.descending else value.asc()
