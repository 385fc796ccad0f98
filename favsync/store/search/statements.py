"""The questions that a search puts to the database, as SQLAlchemy Core writes them. Nothing here reads anything."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, select, true

from favsync.query.fields import NumberField, OrderKey
from favsync.query.search_options import SHUFFLE_PRIME, shuffle_factors
from favsync.query.tree import Node, Order, Search
from favsync.store.search.conditions import Conditions
from favsync.store.search.rows import Rows, rows_of, unindexed
from favsync.store.search.tables import FAVORITES, POSTS
from favsync.store.search.tag_index import TagNumbers, TagSet

_COLUMNS: Final = {OrderKey.CREATED: "created_at", OrderKey.UPDATED: "updated_at", OrderKey.MD5: "file_md5"}

_INDEXED: Final = frozenset({OrderKey.FAVORITED, OrderKey.ID, OrderKey.SCORE})
"""Orders that an index has: the rows at the top are met first."""

_Question = TypeVar("_Question", bound=Select[*tuple[Any, ...]])


@dataclass(frozen=True, slots=True)
class Plan:
    """How a search is asked."""

    few: Select[Any] | None
    """A few posts, all others being out of the question already; None: there may be many."""
    tags: TagSet
    """Which posts the tags leave, unless `few` says it."""
    terms: tuple[Node, ...]
    """What else a row has to be."""


class Questions:
    """The questions of one search to the rows of these accounts, of which there is one at least."""

    def __init__(self, search: Search, account_ids: Sequence[int], tags: TagNumbers) -> None:
        self._search = search
        self._account_ids = account_ids
        self._tags = tags
        self._rows = rows_of(search.gone)
        self._is_one_account = len(account_ids) == 1
        mine = self._rows.account_id
        self._of_accounts = mine == account_ids[0] if self._is_one_account else mine.in_(account_ids)
        self._order_terms = partial(order_terms, search.order, one_account=self._is_one_account)

    def ordered(self, plan: Plan) -> Select[int, int]:
        """All rows in order, account and post, up to the search's limit."""
        # Of a few posts each is looked at; of many, sets are told apart at once.
        conditions = Conditions(self._rows, self._tags, sets=plan.few is None)
        # By its own index the list is in order, and SQLite would go through all of it to meet the few.
        rows = self._rows if plan.few is None else replace(self._rows, place=unindexed(self._rows.place))
        where = self._where(plan, conditions)
        question = select(rows.account_id, rows.post_id).where(where).order_by(*self._order_terms(rows, conditions))
        return self._with_posts(question, conditions).limit(self._search.limit)

    def count(self, plan: Plan) -> Select[int]:
        """How many rows there are, whatever the limit."""
        conditions = Conditions(self._rows, self._tags, sets=plan.few is None)
        question = select(func.count()).select_from(self._rows.table).where(self._where(plan, conditions))
        return self._with_posts(question, conditions)

    def at_the_top(self, terms: Sequence[Node], depth: int) -> Select[int, int] | None:
        """The same as `ordered`, of about `depth` rows at the top alone, which are looked at one by one.

        None where there is no index to go down, or no limit to end at. Where it finds as many rows as the limit allows,
        these are the rows; otherwise it says nothing.
        """
        search, rows = self._search, self._rows
        one_by_one = search.order.key is not OrderKey.ID or self._is_one_account
        if search.limit is None or search.gone is not None or search.order.key not in _INDEXED or not one_by_one:
            return None
        conditions = Conditions(rows, self._tags, sets=False)
        where = and_(true(), *map(conditions.of, terms))
        question = select(rows.account_id, rows.post_id).where(where).limit(search.limit)
        if search.order.key is OrderKey.SCORE:
            # Here the row is looked up by the post, and the index of the scores has the posts' ids in order.
            best = POSTS.alias("best").c.score
            top = _reaches(POSTS.c.score, search.order, select(best).where(best.is_not(None)), best, depth)
            question = question.where(top, unindexed(POSTS.c.id) == rows.post_id, self._of_accounts)
            by_score = replace(rows, post_id=POSTS.c.id)
            return question.order_by(*self._order_terms(by_score, conditions, all_known=True))
        # Account by account: what stands at the top is of the first.
        first, newest = self._account_ids[0], FAVORITES.alias("top").c
        mine, of_top = (
            (rows.post_id, newest.post_id) if search.order.key is OrderKey.ID else (rows.place, newest.sort_key)
        )
        top = _reaches(mine, search.order, select(of_top).where(newest.account_id == first), of_top, depth)
        question = question.where(rows.account_id == first, top).order_by(*self._order_terms(rows, conditions))
        return self._with_posts(question, conditions)

    def _where(self, plan: Plan, conditions: Conditions) -> ColumnElement[bool]:
        return and_(
            self._of_accounts,
            self._rows.condition,
            conditions.in_set(plan.tags) if plan.few is None else self._rows.post_id.in_(plan.few),
            *map(conditions.of, plan.terms),
        )

    def _with_posts(self, question: _Question, conditions: Conditions) -> _Question:
        # The post is looked up by the row, never the other way round.
        return question.where(POSTS.c.id == unindexed(self._rows.post_id)) if conditions.uses_posts else question


def _reaches(
    value: ColumnElement[Any], order: Order, others: Select[Any], other: ColumnElement[Any], depth: int
) -> ColumnElement[bool]:
    """The condition that a value stands no lower in its order than the one at `depth`; none does when there is none."""
    if order.descending:
        return value >= others.order_by(other.desc()).limit(1).offset(depth).scalar_subquery()
    return value <= others.order_by(other.asc()).limit(1).offset(depth).scalar_subquery()


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
        # `query.search_options.shuffled` in SQL: whole numbers of at most 62 bits.
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
