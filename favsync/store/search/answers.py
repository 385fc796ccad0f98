"""Answers a search from the database, with plain `sqlite3` and statements that SQLAlchemy Core writes.

How it is asked depends on how many posts have the tags. Those of a rare tag are taken from the index of the tags, and
put in order. A common tag is met soon by going down the list from its top, so that is tried first, for a while; where
that does not fill the limit, the whole question is asked. What is found is the same; docs/decisions.md has the times.
"""

import secrets
import sqlite3
from collections.abc import Iterator
from dataclasses import dataclass, replace
from time import monotonic
from typing import Any, Final, NamedTuple

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.sqlite import pysqlite

from favsync.errors import NoSuchAccount, QueryTooLong
from favsync.query.fields import OrderKey
from favsync.query.metatags import lower
from favsync.query.tree import And, FavoriteOf, Node, Search, TextHas, Wildcard, leaves
from favsync.store.search.conditions import posts_with_some_tag, posts_with_tags, posts_with_text
from favsync.store.search.patterns import folded
from favsync.store.search.statements import Plan, Questions
from favsync.store.search.tag_index import TagNumbers, TagSet, all_of
from favsync.store.search.trees import deep_trees, prepared
from favsync.store.sqlite.deadline import STEPS_BETWEEN_LOOKS, Deadline
from favsync.store.sqlite.read_only import choose_accounts

FEW: Final = 4_000
"""So many posts are put in order within milliseconds, whatever the order."""

LOOKED_AT_FIRST: Final = 100
"""Rows at the top that are looked at first, for each row that is wanted."""

MOST_LOOKED_AT_FIRST: Final = 20_000
"""However many are wanted."""

_SEEDS: Final = 2**31
_DIALECT: Final = pysqlite.dialect()

PATIENCE: Final = 30.0
"""Seconds that SQLite may take for one question: a pattern may have hundreds of stars, and each text takes its time."""


class Found(NamedTuple):
    """A row that a search finds: a post in the list of an account."""

    account_id: int
    post_id: int


@dataclass(frozen=True, slots=True)
class Statement:
    """SQL with a `?` for each of its parameters."""

    sql: str
    parameters: tuple[Any, ...]


class PostSearch:
    """One search of one database, through a connection that sees one state of it throughout (`sqlite/read_only.py`).

    A search that names no account goes through all of them. Raises NoSuchAccount, NoAccounts when there are none at
    all, QueryTooLong, and sqlite3.Error.
    """

    def __init__(
        self,
        connection: sqlite3.Connection,
        search: Search,
        *,
        seconds: float = PATIENCE,
        deadline: Deadline | None = None,
    ) -> None:
        """Prepare a search of which each question may take so many seconds.

        A step of SQLite looks at no clock: `deadline` is kept for whoever can end it from outside.
        """
        every = choose_accounts(connection, None)
        self._seconds = seconds
        self._deadline = deadline or Deadline()
        order = search.order
        if order.key is OrderKey.RANDOM and order.seed is None:
            search = replace(search, order=replace(order, seed=secrets.randbelow(_SEEDS)))
        self.search = search
        """The search as it is answered: a random order has its seed."""
        named = {account.id for name in search.accounts for account in choose_accounts(connection, name)}
        self.account_ids = tuple(account.id for account in every if account.id in named or not search.accounts)
        """The accounts that it goes through, in the order in which they were added."""
        _require_favorites_of(connection, search.where)
        self._connection = connection
        connection.create_function("folded", 1, lambda text: None if text is None else folded(text), deterministic=True)
        self._tags = TagNumbers(connection)
        self._questions = Questions(self.search, self.account_ids, self._tags)
        with deep_trees():
            where = prepared(search.where)
            self._terms = where.terms if isinstance(where, And) else (where,)
            self._plan = self._make_plan()

    def rows(self) -> list[Found]:
        """The rows in order, as many as the search's limit allows."""
        found: list[Found] = []
        for statement in self.statements():
            found = [Found(*row) for row in self._ask(statement)]
            if len(found) == self.search.limit:
                break
        return found

    def post_ids(self) -> list[int]:
        """The posts of the rows, in order. One that two accounts have is there twice."""
        return [row.post_id for row in self.rows()]

    def count(self) -> int:
        """How many rows there are, whatever the limit."""
        with deep_trees():
            statement = _statement(self._questions.count(self._plan))
        ((total,),) = self._ask(statement)
        return int(total)

    def statements(self) -> Iterator[Statement]:
        """What `rows` asks. The next one is asked only where the one before found fewer rows than the limit allows."""
        limit, plan = self.search.limit, self._plan
        if limit is not None and plan.few is None and not plan.tags.is_empty:
            with deep_trees():
                top = self._questions.at_the_top(self._terms, min(limit * LOOKED_AT_FIRST, MOST_LOOKED_AT_FIRST))
                first = None if top is None else _statement(top)
            if first is not None:
                yield first
        with deep_trees():
            whole = _statement(self._questions.ordered(self._plan))
        yield whole

    def _make_plan(self) -> Plan:
        """Find out whether few posts have the tags or the words that are asked for."""
        sets: list[TagSet] = []
        others = []
        for term in self._terms:
            found = self._tags.set_of(term)
            if found is None:
                others.append(term)
            else:
                sets.append(found)
        tags = all_of(sets)
        if tags.question is not None and not tags.negated:
            few = posts_with_tags(tags.question)
            if self._are_few(few):
                return Plan(few, tags, tuple(others))
        for term in others:
            if isinstance(term, TextHas | Wildcard):
                few = posts_with_text(term) if isinstance(term, TextHas) else posts_with_some_tag(term)
                if self._are_few(few):
                    return Plan(few, tags, tuple(other for other in self._terms if other is not term))
        return Plan(None, tags, tuple(others))

    def _are_few(self, posts: Select[Any]) -> bool:
        some = posts.limit(FEW).subquery("some")
        ((count,),) = self._ask(_statement(select(func.count()).select_from(some)))
        return bool(count < FEW)

    def _ask(self, statement: Statement) -> list[tuple[Any, ...]]:
        self._deadline.at = monotonic() + self._seconds
        self._connection.set_progress_handler(self._deadline.is_over, STEPS_BETWEEN_LOOKS)
        try:
            return self._connection.execute(statement.sql, statement.parameters).fetchall()
        except sqlite3.OperationalError as exc:
            if exc.sqlite_errorcode == sqlite3.SQLITE_INTERRUPT and self._deadline.is_over():
                raise QueryTooLong(self._seconds) from exc
            raise
        finally:
            self._deadline.at = None
            self._connection.set_progress_handler(None, 0)


def _statement(question: Select[*tuple[Any, ...]]) -> Statement:
    compiled = question.compile(dialect=_DIALECT, compile_kwargs={"render_postcompile": True})
    parameters = compiled.params
    return Statement(str(compiled), tuple(parameters[name] for name in compiled.positiontup or ()))


def _require_favorites_of(connection: sqlite3.Connection, where: Node) -> None:
    """Raise NoSuchAccount for a `fav:` of none: its opposite would leave nothing out, without a word."""
    names = {leaf.name for leaf in leaves(where) if isinstance(leaf, FavoriteOf)}
    if names:
        accounts = connection.execute("SELECT name, username, site_user_id FROM accounts ORDER BY id").fetchall()
        known = {each if isinstance(each, int) else lower(each) for account in accounts for each in account}
        for name in sorted(names - known, key=str):
            shown = name if isinstance(name, str) else f"!{name}"
            raise NoSuchAccount(shown, tuple(account for account, _, _ in accounts))
