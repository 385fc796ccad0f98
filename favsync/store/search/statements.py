"""The questions that a search puts to the database, as SQLAlchemy Core writes them. Nothing here reads anything."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Final, TypeVar

from sqlalchemy import ColumnElement, Select, and_, func, select, true

from favsync.query.fields import OrderKey
from favsync.query.tree import Node, Order, Search
from favsync.store.search.conditions import Conditions
from favsync.store.search.orders import order_terms
from favsync.store.search.rows import rows_of, unindexed
from favsync.store.search.tables import FAVORITES, POSTS
from favsync.store.search.tag_index import TagNumbers, TagSet

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
        conditions = self._conditions(plan)
        # By its own index the list is in order, and SQLite would go through all of it to meet the few.
        rows = self._rows if plan.few is None else replace(self._rows, place=unindexed(self._rows.place))
        where = self._where(plan, conditions)
        question = select(rows.account_id, rows.post_id).where(where).order_by(*self._order_terms(rows, conditions))
        return self._with_posts(question, conditions).limit(self._search.limit)

    def count(self, plan: Plan) -> Select[int]:
        """How many rows there are, whatever the limit."""
        conditions = self._conditions(plan)
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

    def _conditions(self, plan: Plan) -> Conditions:
        # Of a few posts each is looked at; of many, sets are told apart at once.
        return Conditions(self._rows, self._tags, sets=plan.few is None)

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
